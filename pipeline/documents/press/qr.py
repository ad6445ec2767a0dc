"""QR codes of addresses that differ in a certificate's number only: an address in, drawing operators out.

Coding is linear: a code's modules are the exclusive or of a fixed pattern and one pattern for each bit of the
text. So the patterns of the number's bits are taken from segno once; afterwards a code is sixteen look-ups
and exclusive ors of whole numbers whose bits are the modules.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.documents import pictures

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # of a certificate's number
FIRST = 8  # codes drawn by segno itself before the patterns are worth their making


class Codes:
    """Codes of `before` + number + `after`."""

    def __init__(self, before: str, after: str) -> None:
        self._before, self._after = before, after
        self._asked = 0
        self._patterns: Patterns | None = None

    def operators(self, number: str) -> bytes:
        """The code as filled runs of modules, byte for byte those of pictures.QrCode."""
        self._asked += 1
        address = f"{self._before}{number}{self._after}"
        if self._patterns is None and self._asked > FIRST and address.isascii():
            self._patterns = Patterns.of(self._before, number, self._after)
        code = self._patterns.code(number) if self._patterns else None
        return code.operators() if code else pictures.code(address, number).operators()


@dataclass(frozen=True)
class Patterns:
    """What every code of a family of addresses has in common, as numbers whose bits are modules."""

    size: int
    shape: str  # of the number: `-` where it has a dash, `x` elsewhere
    zeros: int  # the code of a number of zeros
    bits: tuple[dict[str, int], ...]  # for each place of the number, what each letter changes

    @classmethod
    def of(cls, before: str, number: str, after: str) -> Patterns:
        """Learn the patterns from segno's own codes."""
        shape = "".join("-" if letter == "-" else "x" for letter in number)

        def modules(text: str) -> pictures.Code:
            return pictures.code(f"{before}{text}{after}", text)

        zeros = shape.replace("x", "0")
        first = modules(zeros)
        places = []
        for at, sign in enumerate(shape):
            if sign == "-":
                places.append({"-": 0})
                continue
            basis = {}
            for bit in (1, 2, 4, 8, 16, 96):
                other = zeros[:at] + chr(ord("0") ^ bit) + zeros[at + 1 :]
                basis[bit] = modules(other).modules ^ first.modules
            places.append({letter: _sum(basis, ord(letter) ^ ord("0")) for letter in LETTERS})
        return cls(first.size, shape, first.modules, tuple(places))

    def code(self, number: str) -> pictures.Code | None:
        """The number's code; None for a number of another shape."""
        if len(number) != len(self.shape):
            return None
        modules = self.zeros
        for letter, place in zip(number, self.bits, strict=True):
            change = place.get(letter)
            if change is None:
                return None
            modules ^= change
        return pictures.Code(self.size, modules)


def _sum(basis: dict[int, int], bits: int) -> int:
    """What a change of these bits of a letter does; bits 5 and 6 always change together or not at all."""
    total = 0
    if bits & 64:
        total ^= basis[96]
        bits ^= 96
    for bit in (1, 2, 4, 8, 16):
        if bits & bit:
            total ^= basis[bit]
    return total
