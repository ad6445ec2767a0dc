"""Seals made and checked: private keys at rest or on a device, and signatures. The only place that knows
`cryptography` and PKCS#11."""

from pipeline.sealing.certificates import check_valid, name_of, read_chain
from pipeline.sealing.device import KeyPlace, device_signer
from pipeline.sealing.keyring import (
    SealKey,
    bought_signer,
    certified_keys,
    load_key,
    make_key,
    own_signer,
    private_keys,
)
from pipeline.sealing.signing import Certified, Sealer, fits
from pipeline.sealing.stamps import TimeStamps

__all__ = [
    "Certified",
    "KeyPlace",
    "SealKey",
    "Sealer",
    "TimeStamps",
    "bought_signer",
    "certified_keys",
    "check_valid",
    "device_signer",
    "fits",
    "load_key",
    "make_key",
    "name_of",
    "own_signer",
    "private_keys",
    "read_chain",
]
