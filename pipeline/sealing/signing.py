"""A finished PDF in, the same one sealed out; and whether a seal fits the bytes it signs."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from pipeline.errors import SealError
from pipeline.rules.seals.catalog import with_entry
from pipeline.rules.seals.form import (
    DIGITS,
    HALF_ORDER,
    SIGNATURE,
    Seal,
    find_seals,
    seal_entry,
    signed_digest,
)
from pipeline.rules.seals.public_keys import PublicKey, base64url
from pipeline.sealing.cms import Signer
from pipeline.sealing.pades import Stamp, signed

ORDER = 2 * HALF_ORDER + 1
HASHED = utils.Prehashed(SHA256())
# The nonce comes from key and bytes (RFC 6979): the same certificate has the same seal, and no bad source of
# randomness can give the key away.
DETERMINISTIC = ec.ECDSA(HASHED, deterministic_signing=True)
CHECKED = ec.ECDSA(HASHED)


@dataclass(frozen=True)
class Certified:
    """A signature that viewers know, besides the seal."""

    signer: Signer
    whose: str  # who signs
    stamp: Stamp | None = None


class Sealer:
    """Seals by one private key."""

    def __init__(
        self, private: ec.EllipticCurvePrivateKey, key_id: str, certified: Certified | None = None
    ) -> None:
        self._private, self.key_id, self.certified = private, key_id, certified

    def seal(self, pdf: bytes, number: str, version: int, issued_on: dt.date) -> bytes:
        """The file with its seal; the same bytes each time, unless there are time stamps, or a device signs
        by an elliptic curve.

        Raises SealError for what is no certificate that this program has just made, and SignerLostError where
        the device is there no more."""
        seal = Seal(number, version, issued_on, self.key_id)
        try:
            made, at = self._prepared(pdf, seal)
        except (ValueError, IndexError) as error:
            raise SealError(f"Certificate {number} cannot be sealed: {error}.") from error
        if [(one.seal, one.at, one.end) for one in find_seals(made)] != [(seal, at, len(made))]:
            raise SealError(f"Certificate {number} cannot be sealed: a text in it has the form of a seal.")
        digits = self._signature(signed_digest(made, at, len(made)))
        return made[:at] + digits.encode() + made[at + DIGITS :]

    def _prepared(self, pdf: bytes, seal: Seal) -> tuple[bytes, int]:
        """The file with zeros in the place of the digits, and that place."""
        if by := self.certified:
            return signed(pdf, seal, by.signer, by.whose, by.stamp)
        entry = seal_entry(seal)
        made = with_entry(pdf, entry)
        begins = made.rindex(entry)
        at = made.index(SIGNATURE, begins) + len(SIGNATURE)
        return made[:begins] + seal_entry(seal, at) + made[begins + len(entry) :], at

    def jws(self, text: str) -> str:
        """A JWS of its signing input (RFC 7515, ES256)."""
        digits = self._signature(hashlib.sha256(text.encode()).digest())
        return f"{text}.{base64url(bytes.fromhex(digits))}"

    def _signature(self, digest: bytes) -> str:
        """Of the two that fit, the one with the lower second number, in hexadecimal digits."""
        r, s = utils.decode_dss_signature(self._private.sign(digest, DETERMINISTIC))
        return f"{r:064x}{min(s, ORDER - s):064x}"


def fits(key: PublicKey, digest: bytes, signature: bytes) -> bool:
    """Whether the signature of 64 bytes is that of this SHA-256 by the key."""
    if len(signature) != DIGITS // 2:
        return False
    r, s = int.from_bytes(signature[: DIGITS // 4]), int.from_bytes(signature[DIGITS // 4 :])
    try:
        numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(key.x), int.from_bytes(key.y), ec.SECP256R1())
        numbers.public_key().verify(utils.encode_dss_signature(r, s), digest, CHECKED)
    except (InvalidSignature, ValueError):
        return False
    return True
