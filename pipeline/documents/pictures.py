"""Pictures a process keeps between certificates: WeasyPrint's images in, drawn once and replayed, out."""

from __future__ import annotations

from typing import Any


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
        stream.push_state()
        operators = self._drawn.get((width, height))
        if operators is None:
            start = len(stream.stream)
            self._image.draw(stream, width, height, style)
            # Opacity states are named anew in each file, and every one here is the default: opaque.
            drawn = [each for each in stream.stream[start:] if not bytes(each).endswith(b" gs")]
            operators = self._drawn[width, height] = b"\n".join(map(bytes, drawn))
            del stream.stream[start:]
        stream.stream.append(operators)
        stream.pop_state()


class Cache(dict[str, Any]):
    """Pictures of the design, kept; never one person's: a QR code each would grow for ever."""

    def __setitem__(self, url: str, image: Any) -> None:
        keep = url.startswith("theme:") and image is not None
        super().__setitem__(url, Engraving(image) if keep else image)

    def forget_people(self) -> None:
        """To be called after each certificate."""
        for url in [url for url in self if url.startswith("qr:")]:
            del self[url]
