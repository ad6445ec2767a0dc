"""QR codes: an address and the number in it, in; the code's modules and PDF operators out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from operator import getitem
from urllib.parse import quote

import segno


@dataclass(frozen=True, slots=True)
class Modules:
    """The modules of a QR code without margin, as the bits of a number; each row is filled to whole bytes."""

    size: int  # modules a side
    bits: int

    def operators(self) -> bytes:
        """Fills the dark modules run by run. A run ends with its byte, so that a table can hold all runs."""
        packed = self.bits.to_bytes(-(-self.size // 8) * self.size, "little")
        return b"0 0 0 rg\n%bf" % b"".join(map(getitem, _runs(self.size), packed))


class _Runs(dict[int, bytes]):
    """The runs of eight modules at one place, by the byte whose bits they are, made when first asked for."""

    def __init__(self, x: int, y: int) -> None:
        super().__init__()
        self._x, self._y = x, y

    def __missing__(self, byte: int) -> bytes:
        runs = [
            b"%d %d %d 1 re\n" % (self._x + run.start(), self._y, run.end() - run.start())
            for run in re.finditer("1+", f"{byte:08b}"[::-1])
        ]
        self[byte] = b"".join(runs)
        return self[byte]


@lru_cache(maxsize=8)
def _runs(size: int) -> list[_Runs]:
    """The table: without it pressing a certificate takes more than twice as long."""
    return [_Runs(x, y) for y in range(size) for x in range(0, size, 8)]


def qr_modules(address: str, number: str) -> Modules:
    """The QR code of a certificate's address; level M survives a fold or a stamp.

    Readers take any of the eight masks of ISO/IEC 18004, 7.8. Here it is chosen for the part of the address
    that all certificates share, so that codes differ by their numbers only.
    """
    before, _, after = address.partition(number)
    made = segno.make_qr(address, error="m", mask=_mask(before, zeros(number), after))
    rows = ["".join("01"[module] for module in row[::-1]) for row in made.matrix]
    filled = -(-len(rows) // 8) * 8
    return Modules(len(rows), int("".join(row.rjust(filled, "0") for row in reversed(rows)), 2))


def zeros(number: str) -> str:
    """A number of the same shape that stands for all of them: zeros and dashes."""
    return re.sub("[^-]", "0", number)


@lru_cache(maxsize=64)
def _mask(before: str, zeros: str, after: str) -> int:
    return int(segno.make_qr(f"{before}{zeros}{after}", error="m").mask)


def qr_url(address: str, number: str) -> str:
    """The address under which the template's picture of that code is found here."""
    return f"qr:{quote(number, safe='')}:{quote(address, safe='')}"
