"""QR codes of addresses that differ in a certificate's number only: an address in, drawing operators out.

Coding is linear: a code's modules are the exclusive or of a fixed pattern and one pattern for each bit of the
text. So the patterns of the number's bits are taken once from codes that segno makes; from then on a code is
sixteen look-ups. Without it pressing a certificate takes almost four times as long. The patterns are made for
many codes, and kept for the next run.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import xor

from pipeline.documents import codes

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # of a certificate's number
BITS = 1, 2, 4, 8, 16, 96  # of a letter: letters differ from digits in both bits of 96 or in none
FEW = 60  # codes that segno makes one by one: to make the patterns takes it as long as a hundred

Family = tuple[str, str, str]  # addresses that differ in their number only: before it, its shape, after it


class Codes:
    """The codes of one press. `recall` and `note`: what was kept under a key, and how to keep it."""

    def __init__(self, recall: Callable[[str], bytes | None], note: Callable[[str, bytes], None]) -> None:
        self._recall, self._note = recall, note
        self._asked: Counter[Family] = Counter()  # there are one or two families
        self._patterns: dict[Family, Patterns] = {}

    def operators(self, before: str, number: str, after: str) -> bytes:
        """The code of `before` + number + `after`, by the same operators as QrCode in pictures.py."""
        family = before, codes.zeros(number), after
        self._asked[family] += 1
        patterns = self._patterns.get(family)
        if patterns is None and self._asked[family] in (1, FEW + 1):
            patterns = self._found(family, makes=self._asked[family] > FEW)
            if patterns:
                self._patterns[family] = patterns
        modules = patterns.modules(number) if patterns else None
        return (modules or codes.qr_modules(f"{before}{number}{after}", number)).operators()

    def _found(self, family: Family, *, makes: bool) -> Patterns | None:
        """What was kept; else, where it `makes` them, what segno's codes teach."""
        key = f"patterns of {json.dumps(family)}"
        if kept := self._recall(key):
            return _decoded(kept)
        made = _patterns(*family) if makes else None
        if made:
            self._note(key, _encoded(made))
        return made


@dataclass(frozen=True, slots=True)
class Patterns:
    """What all codes of a family of addresses have in common, as numbers whose bits are modules."""

    zeros: codes.Modules  # of a number of zeros
    flips: tuple[tuple[int, ...], ...]  # what each of BITS changes at each place; none where a dash is
    changes: tuple[dict[str, int], ...]  # the same for each letter

    def modules(self, number: str) -> codes.Modules | None:
        """The number's code; None where it has a letter that numbers do not have."""
        bits = self.zeros.bits
        for letter, change in zip(number, self.changes, strict=True):
            if letter not in change:
                return None
            bits ^= change[letter]
        return codes.Modules(self.zeros.size, bits)


def _patterns(before: str, zeros: str, after: str) -> Patterns | None:
    """The patterns, from segno's own codes; None for addresses that may be coded otherwise than in bytes."""
    if not re.search("[a-z]", before + after):
        return None

    def modules(number: str) -> codes.Modules:
        return codes.qr_modules(f"{before}{number}{after}", number)

    def flips(at: int) -> tuple[int, ...]:
        others = (f"{zeros[:at]}{chr(ord('0') ^ bit)}{zeros[at + 1 :]}" for bit in BITS)
        return tuple(modules(other).bits ^ first.bits for other in others)

    first = modules(zeros)
    return _of(first, tuple(() if sign == "-" else flips(at) for at, sign in enumerate(zeros)))


def _of(zeros: codes.Modules, flips: tuple[tuple[int, ...], ...]) -> Patterns:
    return Patterns(zeros, flips, tuple(_changes(place) if place else {"-": 0} for place in flips))


def _changes(flips: tuple[int, ...]) -> dict[str, int]:
    """What each letter in the place of a zero does to the code."""
    return {
        letter: reduce(
            xor, (flip for bit, flip in zip(BITS, flips, strict=True) if (ord(letter) ^ ord("0")) & bit), 0
        )
        for letter in LETTERS
    }


def _encoded(patterns: Patterns) -> bytes:
    flips = [[f"{flip:x}" for flip in place] for place in patterns.flips]
    return json.dumps([patterns.zeros.size, f"{patterns.zeros.bits:x}", flips]).encode()


def _decoded(data: bytes) -> Patterns:
    size, bits, flips = json.loads(data)
    places = tuple(tuple(int(flip, 16) for flip in place) for place in flips)
    return _of(codes.Modules(size, int(bits, 16)), places)
