"""Pictures on a certificate: addresses of the theme's drawings and of QR codes in; PDF operators out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from operator import getitem
from typing import Any
from urllib.parse import quote, unquote
from xml.etree import ElementTree

import pydyf  # type: ignore[import-untyped]
import segno
from weasyprint.images import SVGImage  # type: ignore[import-untyped]


class Engraving:
    """A drawing of the theme whose PDF operators are made once and then copied, in place of WeasyPrint's own.

    WeasyPrint reads an SVG's paths number by number whenever it draws them, which takes a third of the time
    of a certificate that the press does not set. The operators depend on nothing but the size.
    """

    def __init__(self, image: Any) -> None:
        self._image = image
        self._drawn: dict[tuple[float, float], bytes] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._image, name)

    def draw(self, stream: Any, width: float, height: float, style: Any) -> None:
        """Draws at a size in CSS pixels on a page's content stream."""
        if (width, height) not in self._drawn:
            self._drawn[width, height] = self._operators(stream, width, height, style)
        stream.push_state()
        stream.stream.append(self._drawn[width, height])
        stream.pop_state()

    def _operators(self, stream: Any, width: float, height: float, style: Any) -> bytes:
        """Drawn on another stream: the first certificate of a process must not differ from the next."""
        kinds = ("ExtGState", "XObject", "Pattern", "Shading")
        aside = stream.clone(resources=pydyf.Dictionary({kind: pydyf.Dictionary() for kind in kinds}))
        self._image.draw(aside, width, height, style)
        # The only state the drawings name is full opacity, which is the default.
        return b"\n".join(each for each in map(bytes, aside.stream) if not each.endswith(b" gs"))


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


class QrCode:
    """A QR code as WeasyPrint measures and draws a picture."""

    def __init__(self, url: str) -> None:
        _, number, address = map(unquote, url.split(":"))
        self._modules = qr_modules(address, number)

    def get_intrinsic_size(self, _resolution: float, _font_size: float) -> tuple[None, None, float]:
        """As WeasyPrint asks: no size of its own, square."""
        return None, None, 1.0

    def draw(self, stream: Any, width: float, height: float, _style: Any) -> None:
        """Draws at a size in CSS pixels on a page's content stream."""
        stream.push_state()
        stream.transform(a=width / self._modules.size, d=height / self._modules.size)
        stream.stream.append(self._modules.operators())
        stream.pop_state()


class Cache(dict[str, Any]):
    """WeasyPrint's picture cache. It keeps the design's drawings, and a person's code for a moment."""

    def __init__(self, fetch: Callable[[str], Any]) -> None:
        super().__init__()
        self._fetch = fetch

    def __contains__(self, url: object) -> bool:
        """WeasyPrint asks this before it loads a picture: drawings and QR codes are made here instead."""
        if isinstance(url, str) and url.startswith("theme:") and not super().__contains__(url):
            tree = ElementTree.fromstring(self._fetch(url).read())  # noqa: S314 - the theme's own file
            self[url] = Engraving(SVGImage(tree, url, self._fetch, None))
        elif isinstance(url, str) and url.startswith("qr:"):
            self[url] = QrCode(url)
        return super().__contains__(url)

    def forget_people(self) -> None:
        """To be called after each certificate, otherwise the cache would grow with every one."""
        for url in [url for url in self if url.startswith("qr:")]:
            del self[url]
