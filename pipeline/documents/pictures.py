"""Drawings of the theme, kept between certificates: SVG in; PDF operators, made once a process, out."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pydyf  # type: ignore[import-untyped]
import segno
from weasyprint.images import SVGImage  # type: ignore[import-untyped]


class Engraving:
    """A drawing of the theme whose PDF operators are made once and then copied.

    WeasyPrint reads an SVG's paths number by number whenever it draws them; border and seal have thousands,
    which took a third of a certificate's time. The drawings are plain strokes and fills, so their operators
    depend on nothing but the size. Stands in for WeasyPrint's image where it draws and is measured.
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
        """Drawn on a stream of its own: the first certificate of a process must not differ from the next."""
        kinds = ("ExtGState", "XObject", "Pattern", "Shading")
        aside = stream.clone(resources=pydyf.Dictionary({kind: pydyf.Dictionary() for kind in kinds}))
        self._image.draw(aside, width, height, style)
        # The only state the drawings name is full opacity, which is the default.
        return b"\n".join(each for each in map(bytes, aside.stream) if not each.endswith(b" gs"))


class QrCode:
    """A QR code as filled runs of modules, without margin; level M survives a fold or a stamp."""

    def __init__(self, text: str) -> None:
        self._side, self._operators = modules(text)

    def get_intrinsic_size(self, resolution: float, font_size: float) -> tuple[None, None, float]:
        """As WeasyPrint asks: no size of its own, square."""
        return None, None, 1.0

    def draw(self, stream: Any, width: float, height: float, style: Any) -> None:
        """Draws at a size in CSS pixels on a page's content stream."""
        stream.push_state()
        stream.transform(a=width / self._side, d=height / self._side)
        stream.stream.append(self._operators)
        stream.pop_state()


@lru_cache(maxsize=4)  # the press lays out the same made-up people again and again
def modules(text: str) -> tuple[int, bytes]:
    """A QR code's modules a side, and the operators that fill its dark ones run by run."""
    matrix = [bytes(row) for row in segno.make_qr(text, error="m").matrix]
    runs = [
        b"%d %d %d 1 re" % (run.start(), y, run.end() - run.start())
        for y, row in enumerate(matrix)
        for run in re.finditer(b"\x01+", row)
    ]
    return len(matrix), b"\n".join([b"0 0 0 rg", *runs, b"f"])


class Cache(dict[str, Any]):
    """Pictures of the design, kept; never one person's: a QR code each would grow for ever."""

    def __init__(self, fetch: Callable[[str], Any]) -> None:
        super().__init__()
        self._fetch = fetch

    def __contains__(self, url: object) -> bool:
        """Asked by WeasyPrint before it loads a picture: drawings and QR codes are made here instead."""
        if isinstance(url, str) and url.startswith("theme:") and not super().__contains__(url):
            tree = ElementTree.fromstring(self._fetch(url).read())  # noqa: S314 - the theme's own file
            self[url] = Engraving(SVGImage(tree, url, self._fetch, None))
        elif isinstance(url, str) and url.startswith("qr:"):
            self[url] = QrCode(unquote(url.removeprefix("qr:")))
        return super().__contains__(url)

    def forget_people(self) -> None:
        """To be called after each certificate."""
        for url in [url for url in self if url.startswith("qr:")]:
            del self[url]
