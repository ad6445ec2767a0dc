"""Seals made and checked: private keys at rest, and signatures. The only place that knows `cryptography`."""

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
    "SealKey",
    "Sealer",
    "TimeStamps",
    "bought_signer",
    "certified_keys",
    "fits",
    "load_key",
    "make_key",
    "own_signer",
    "private_keys",
]
