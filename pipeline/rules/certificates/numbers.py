"""How certificate numbers and page tokens are written: random bytes in, text out; drawn in workflow."""

from __future__ import annotations

import re

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TOKEN_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # noqa: S105 - lower case, without l, o, 0 and 1

# A random byte gives a digit of either alphabet, five bits of it.
NUMBER_BYTES = 16  # 80 bits: four groups of digits
TOKEN_BYTES = 39  # 195 bits


def certificate_number(data: bytes) -> str:
    """16 random bytes as XXXX-XXXX-XXXX-XXXX in Crockford's base32."""
    if len(data) != NUMBER_BYTES:
        raise ValueError(f"a certificate number takes {NUMBER_BYTES} bytes")
    digits = data.translate(_NUMBER).decode()
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:12]}-{digits[12:]}"


def page_token(data: bytes) -> str:
    """39 random bytes as lower-case letters and digits: survives case folding and cut trailing dashes."""
    if len(data) != TOKEN_BYTES:
        raise ValueError(f"a page token takes {TOKEN_BYTES} bytes")
    return data.translate(_TOKEN).decode()


_NUMBER = CROCKFORD.encode() * 8  # one for each byte
_TOKEN = TOKEN_ALPHABET.encode() * 8


def read_number(text: str) -> str | None:
    """A certificate number as people type it (no dashes, lower case, O for 0, I or L for 1), or None."""
    digits = re.sub(r"[\s\-–—]", "", text).upper().translate(str.maketrans("OIL", "011"))
    if len(digits) != 16 or any(digit not in CROCKFORD for digit in digits):
        return None
    return "-".join(digits[at : at + 4] for at in range(0, 16, 4))
