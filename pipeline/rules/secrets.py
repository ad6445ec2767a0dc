"""How the three secrets are written: random bytes in, text out. Randomness is drawn in workflow."""

from __future__ import annotations

import re

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TOKEN_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # noqa: S105 - lower case, without l, o, 0 and 1

NUMBER_BYTES = 10  # 80 bits: 16 digits in four groups
TOKEN_BYTES = 24  # 192 bits
TOKEN_LENGTH = 39


def _base32(data: bytes, alphabet: str, length: int) -> str:
    value = int.from_bytes(data, "big")
    digits = []
    for _ in range(length):
        value, digit = divmod(value, 32)
        digits.append(alphabet[digit])
    return "".join(reversed(digits))


def certificate_number(data: bytes) -> str:
    """Ten random bytes as XXXX-XXXX-XXXX-XXXX in Crockford's base32."""
    if len(data) != NUMBER_BYTES:
        raise ValueError("a certificate number takes 10 bytes")
    digits = _base32(data, CROCKFORD, 16)
    return "-".join(digits[at : at + 4] for at in range(0, 16, 4))


def page_token(data: bytes) -> str:
    """24 random bytes as 39 lower-case letters and digits: survives case folding and cut trailing dashes."""
    if len(data) != TOKEN_BYTES:
        raise ValueError("a page token takes 24 bytes")
    return _base32(data, TOKEN_ALPHABET, TOKEN_LENGTH)


def read_number(text: str) -> str | None:
    """A certificate number as people type it (no dashes, lower case, O for 0, I or L for 1), or None."""
    digits = re.sub(r"[\s\-–—]", "", text).upper().translate(str.maketrans("OIL", "011"))
    if len(digits) != 16 or any(digit not in CROCKFORD for digit in digits):
        return None
    return "-".join(digits[at : at + 4] for at in range(0, 16, 4))
