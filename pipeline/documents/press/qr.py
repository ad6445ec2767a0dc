"""QR codes of addresses that differ in a certificate's number only: an address in, drawing operators out.

Coding is linear: a code's modules are the exclusive or of a fixed pattern and one pattern for each bit of the
text. So the patterns of the number's bits are taken from segno once; afterwards a code is sixteen look-ups
and exclusive ors of whole numbers whose bits are the modules. The mask is chosen as the standard asks, by the
penalties of all eight (ISO/IEC 18004, 7.8.3), counted on all rows and columns at once in such a number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import segno

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # of a certificate's number
FIRST = 8  # codes drawn by segno itself before the patterns are worth their making
GAP = 4  # light modules after each row, as the quiet zone is to the penalties
STEP = 6


class Codes:
    """Codes of `before` + number + `after`."""

    def __init__(self, before: str, after: str) -> None:
        self._before, self._after = before, after
        self._asked = 0
        self._patterns: Patterns | None = None
        self._strokes: dict[tuple[int, int, bytes, int], tuple[bytes, int]] = {}

    def operators(self, number: str) -> bytes:
        """The code as filled runs of modules, byte for byte those of pictures.QrCode."""
        self._asked += 1
        address = f"{self._before}{number}{self._after}"
        if self._patterns is None and self._asked > FIRST and address.isascii():
            self._patterns = Patterns.of(self._before, number, self._after)
        rows = self._patterns.rows(number) if self._patterns else None
        if rows is None:
            rows = [bytes(row).translate(_DIGITS) for row in segno.make_qr(address, error="m").matrix]
        return self._draw(rows)

    def _draw(self, rows: list[bytes]) -> bytes:
        """Runs of dark modules, six modules at a time by a table: key is row, column, modules, open run."""
        strokes = self._strokes
        drawn = [b"0 0 0 rg"]
        size = len(rows)
        for y, row in enumerate(rows):
            begun = -1
            for x in range(0, size, STEP):
                at = (y, x, row[x : x + STEP], begun)
                found = strokes.get(at)
                if found is None:
                    found = strokes[at] = _strokes(*at, last=x + STEP >= size)
                text, begun = found
                if text:
                    drawn.append(text)
        drawn.append(b"f")
        return b"\n".join(drawn)


def _strokes(y: int, x: int, modules: bytes, begun: int, *, last: bool) -> tuple[bytes, int]:
    """The runs that end among these modules, and where the run begins that goes on after them (-1: none)."""
    runs = []
    for at, module in enumerate(modules + b"0" if last else modules, x):
        if module == 49 and begun < 0:
            begun = at
        elif module == 48 and begun >= 0:
            runs.append(b"%d %d %d 1 re" % (begun, y, at - begun))
            begun = -1
    return b"\n".join(runs), begun


_DIGITS = bytes([48, 49]) + bytes(range(2, 256))


@dataclass(frozen=True)
class Patterns:
    """What every code of a family of addresses has in common, as numbers whose bits are modules.

    Bit `line * stride + place` is a module; lines are all rows, then all columns.
    """

    size: int
    shape: str  # of the number: `-` where it has a dash, `x` elsewhere
    bare: tuple[int, ...]  # for each mask, the code of a number of zeros without the mask's own name
    named: tuple[int, ...]  # the modules that name the mask
    bits: tuple[dict[str, int], ...]  # for each place of the number, what each letter changes

    @classmethod
    def of(cls, before: str, number: str, after: str) -> Patterns | None:
        """Learn the patterns from segno's own codes; None for a number of unknown letters."""
        shape = "".join("-" if letter == "-" else "x" for letter in number)

        def code(text: str, mask: int) -> tuple[int, int]:
            made = segno.make_qr(f"{before}{text}{after}", error="m", mask=mask)
            rows = [bytes(row) for row in made.matrix]
            return _lines(rows), len(rows)

        zeros = shape.replace("x", "0")
        first, size = code(zeros, 0)
        finished = [first, *(code(zeros, mask)[0] for mask in range(1, 8))]
        names = _naming(size)
        places = []
        for at, sign in enumerate(shape):
            if sign == "-":
                places.append({"-": 0})
                continue
            basis = {}
            for bit in (1, 2, 4, 8, 16, 96):
                other = zeros[:at] + chr(ord("0") ^ bit) + zeros[at + 1 :]
                basis[bit] = code(other, 0)[0] ^ first
            places.append({letter: _sum(basis, ord(letter) ^ ord("0")) for letter in LETTERS})
        return cls(
            size,
            shape,
            tuple(each & ~names for each in finished),
            tuple(each & names for each in finished),
            tuple(places),
        )

    def rows(self, number: str) -> list[bytes] | None:
        """The code's rows as ASCII noughts and ones; None for a number of another shape."""
        if len(number) != len(self.shape):
            return None
        changed = 0
        for letter, place in zip(number, self.bits, strict=True):
            change = place.get(letter)
            if change is None:
                return None
            changed ^= change
        size, stride = self.size, self.size + GAP
        best = _measure(size).best(bare ^ changed for bare in self.bare)
        made = self.bare[best] ^ self.named[best] ^ changed
        text = f"{made:0{2 * size * stride}b}".encode()[::-1]
        return [text[at : at + size] for at in range(0, size * stride, stride)]


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


def _lines(rows: list[bytes]) -> int:
    """Rows and columns of a code as one number."""
    columns = [bytes(column) for column in zip(*rows, strict=True)]
    text = b"".join(line.translate(_DIGITS) + b"0" * GAP for line in [*rows, *columns])
    return int(text[::-1], 2)


def _naming(size: int) -> int:
    """The modules beside the finders that name level and mask; they are not judged (7.8)."""
    rows = [bytearray(size) for _ in range(size)]
    for at in range(9):
        if at != 6:
            rows[8][at] = rows[at][8] = 1
    for at in range(1, 9):
        rows[8][-at] = rows[-at][8] = 1
    return _lines([bytes(row) for row in rows])


@dataclass(frozen=True)
class Measure:
    """Penalties of codes of one size."""

    size: int
    stride: int
    pairs: int  # places whose next module is in the same line
    squares: int  # places of rows that have a neighbour to the right and below
    all_rows: int

    def best(self, codes: Iterable[int]) -> int:
        """The place of the code with the lowest penalty (7.8.3.1), the first of equals."""
        least, best = 1 << 30, 0
        for at, code in enumerate(codes):
            found = self._runs_and_squares(code)
            if found < least and (found := found + self._finders_and_balance(code)) < least:
                least, best = found, at
        return best

    def _runs_and_squares(self, code: int) -> int:
        """Features 1 and 2. Always `a ^ (a & b)`, not `a & ~b`: Python is slow with negative numbers."""
        same = self.pairs ^ (self.pairs & (code ^ code >> 1))
        long = same & same >> 1
        long &= long >> 2
        score = 3 * long.bit_count() - 2 * (long & long >> 1).bit_count()
        squares = same & same >> self.stride & self.squares
        return score + 3 * (squares.bit_count() - (squares & (code ^ code >> self.stride)).bit_count())

    def _finders_and_balance(self, code: int) -> int:
        """Features 3 and 4, as segno counts them."""
        ends = code & code >> 2 & code >> 4
        finders = ends & code >> 3 & ends >> 2
        finders ^= finders & (code >> 1 | code >> 5)
        count = 0
        close = finders & (finders >> 4 | finders >> 6)
        while close:  # rare: those of such a line one by one
            line = ((1 << self.stride) - 1) << (close.bit_length() - 1) // self.stride * self.stride
            count += self._apart(code, finders & line)
            close ^= close & line
            finders ^= finders & line
        if finders:
            near = code | code >> 1
            near |= near >> 2
            count += finders.bit_count() - (finders & near << 4 & near >> 7).bit_count()
        dark = (code & self.all_rows).bit_count() / self.size**2
        return 40 * count + 10 * int(abs(dark * 100 - 50) / 5)

    def _apart(self, code: int, finders: int) -> int:
        """Finder-like runs where some overlap: one that counts hides the next that shares modules with it."""
        count, after = 0, 0
        while finders:
            low = finders & -finders
            at = low.bit_length() - 1
            finders ^= low
            if at < after:
                continue
            before = code >> max(at - 4, 0) & ((1 << min(at, 4)) - 1)
            if before and code >> at + 7 & 15:
                after = at + 4
            else:
                count, after = count + 1, at + 7
        return count


@lru_cache(maxsize=8)
def _measure(size: int) -> Measure:
    stride = size + GAP
    line = (1 << size - 1) - 1
    pairs = sum(line << at * stride for at in range(2 * size))
    squares = sum(line << at * stride for at in range(size - 1))
    return Measure(size, stride, pairs, squares, (1 << size * stride) - 1)
