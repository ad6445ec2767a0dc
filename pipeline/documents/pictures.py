"""Pictures on a certificate: addresses of the theme's drawings and of QR codes in; PDF operators out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pydyf  # type: ignore[import-untyped]
from weasyprint.images import SVGImage  # type: ignore[import-untyped]

from pipeline.documents.codes import qr_modules


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
