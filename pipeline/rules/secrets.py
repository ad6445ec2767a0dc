"""How the three secrets are written: random bytes in, text out. Randomness is drawn in workflow."""

from __future__ import annotations

import re
from base64 import b32encode

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RFC_4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
TOKEN_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # noqa: S105 - lower case, without l, o, 0 and 1

NUMBER_BYTES = 10  # 80 bits: 16 digits in four groups
TOKEN_BYTES = 24  # 192 bits


_CROCKFORD = str.maketrans(RFC_4648, CROCKFORD)
_TOKEN = str.maketrans(RFC_4648, TOKEN_ALPHABET)


def certificate_number(data: bytes) -> str:
    """Ten random bytes as XXXX-XXXX-XXXX-XXXX in Crockford's base32."""
    if len(data) != NUMBER_BYTES:
        raise ValueError("a certificate number takes 10 bytes")
    digits = b32encode(data).decode().translate(_CROCKFORD)
    return "-".join(digits[at : at + 4] for at in range(0, 16, 4))


def page_token(data: bytes) -> str:
    """24 random bytes as 39 lower-case letters and digits: survives case folding and cut trailing dashes."""
    if len(data) != TOKEN_BYTES:
        raise ValueError("a page token takes 24 bytes")
    return b32encode(data).decode().rstrip("=").translate(_TOKEN)


def read_number(text: str) -> str | None:
    """A certificate number as people type it (no dashes, lower case, O for 0, I or L for 1), or None."""
    digits = re.sub(r"[\s\-–—]", "", text).upper().translate(str.maketrans("OIL", "011"))
    if len(digits) != 16 or any(digit not in CROCKFORD for digit in digits):
        return None
    return "-".join(digits[at : at + 4] for at in range(0, 16, 4))
