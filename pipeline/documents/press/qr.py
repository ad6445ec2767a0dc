"""QR codes of addresses that differ in a certificate's number only: an address in, drawing operators out.

Coding is linear: a code's modules are the exclusive or of a fixed pattern and one pattern for each bit of the
text. So the patterns of the number's bits are taken once from codes that segno makes; from then on a code is
sixteen look-ups. Without it pressing a certificate takes almost four times as long.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import xor

from pipeline.documents import codes

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # of a certificate's number
FEW = 60  # codes that segno makes one by one: to make the patterns takes it as long as a hundred
_asked: Counter[tuple[str, str, str]] = Counter()  # codes of each family of addresses; there are one or two


def operators(before: str, number: str, after: str) -> bytes:
    """The code of `before` + number + `after`, by the same operators as those of QrCode in pictures.py."""
    family = before, codes.zeros(number), after
    _asked[family] += 1
    patterns = _patterns(*family) if _asked[family] > FEW else None
    modules = patterns.modules(number) if patterns else None
    return (modules or codes.qr_modules(f"{before}{number}{after}", number)).operators()


@dataclass(frozen=True, slots=True)
class Patterns:
    """What all codes of a family of addresses have in common, as numbers whose bits are modules."""

    zeros: codes.Modules  # of a number of zeros
    changes: tuple[dict[str, int], ...]  # for each place of the number, what each letter changes

    def modules(self, number: str) -> codes.Modules | None:
        """The number's code; None where it has a letter that numbers do not have."""
        bits = self.zeros.bits
        for letter, change in zip(number, self.changes, strict=True):
            if letter not in change:
                return None
            bits ^= change[letter]
        return codes.Modules(self.zeros.size, bits)


@lru_cache(maxsize=64)
def _patterns(before: str, zeros: str, after: str) -> Patterns | None:
    """The patterns, from segno's own codes; None for addresses that may be coded otherwise than in bytes."""
    if not re.search("[a-z]", before + after):
        return None

    def modules(number: str) -> codes.Modules:
        return codes.qr_modules(f"{before}{number}{after}", number)

    first = modules(zeros)
    changes: list[dict[str, int]] = []
    for at, sign in enumerate(zeros):
        if sign == "-":
            changes.append({"-": 0})
            continue
        by_bit = {
            bit: modules(f"{zeros[:at]}{chr(ord('0') ^ bit)}{zeros[at + 1 :]}").bits ^ first.bits
            for bit in (1, 2, 4, 8, 16, 96)  # letters differ from digits in both bits of 96 or in none
        }
        changes.append({letter: _sum(by_bit, ord(letter) ^ ord("0")) for letter in LETTERS})
    return Patterns(first, tuple(changes))


def _sum(by_bit: dict[int, int], changed: int) -> int:
    """What a change of these bits of a letter does to the code."""
    return reduce(xor, (change for bit, change in by_bit.items() if changed & bit), 0)
