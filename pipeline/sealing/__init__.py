"""Seals made and checked: private keys at rest, and the signature of P-256. The only place that knows
`cryptography`."""

from pipeline.sealing.keyring import certified_keys, load_sealer, make_key, private_keys
from pipeline.sealing.signing import Sealer, fits

__all__ = ["Sealer", "certified_keys", "fits", "load_sealer", "make_key", "private_keys"]
