"""Paragraphs of a PDF of our own: a text, a style and a width in; its lines, ready to be drawn, out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from pipeline.documents.compose import clean
from pipeline.documents.design import Design
from pipeline.documents.tagged import Picture, TaggedPdf, pen
from pipeline.documents.typeface import ShapedText, Typeface


@dataclass(frozen=True, eq=False)
class Style:
    """How a text is set. `serif`: in the display face, and in its like where that lacks a letter."""

    design: Design
    face: Typeface
    size: float
    leading: float
    ink: str = "1f1f1f"
    serif: bool = False

    @cached_property
    def pen(self) -> bytes:
        """The operators before each line."""
        return pen(self.face, self.size, self.ink)


class Block:
    """A paragraph that fits a width: lines, or what WeasyPrint made of it. `height`: points."""

    def __init__(
        self, text: str, style: Style, lines: Sequence[ShapedText] = (), picture: Picture | None = None
    ) -> None:
        self._text, self._style, self._lines, self._picture = text, style, lines, picture
        self.height = picture.used if picture else len(lines) * style.leading

    def draw(self, pdf: TaggedPdf, element: int | None, x: float, y: float, right: float = 0) -> None:
        """From x, y down; flush with `right` where that is given. Without an element as an artifact."""
        style = self._style
        if self._picture is not None:
            if element is not None:
                pdf.picture(element, x, y, self._picture, self._text)
            return
        base = y + (style.leading - style.size) / 2 + 0.8 * style.size
        for line in self._lines:
            left = right - line.width * style.size if right else x
            pdf.line(element, style.face, style.pen, left, base, line)
            base += style.leading


@lru_cache(maxsize=1024)  # heads, dates, titles: most texts stand in many records
def block(text: str, style: Style, width: float) -> Block:
    """A text set into a width, in points."""
    text = clean(text)
    if (lines := _lines(text, style.face, width / style.size)) is not None:
        return Block(text, style, lines)
    from pipeline.documents.apart import text_picture  # with WeasyPrint, which takes its time to import

    picture = text_picture(text, style.design, style.serif, style.size, style.leading, width, style.ink)
    return Block(text, style, picture=picture)


def _lines(text: str, face: Typeface, width: float) -> tuple[ShapedText, ...] | None:
    """The text broken at its spaces, and where a word is wider than the line within it; None where the face
    cannot set it. `width`: em."""
    if (whole := face.shape(text)) is None:
        return None
    if whole.width <= width:
        return (whole,)
    lines: list[str] = []
    for word in text.split(" "):
        if lines and _width(face, longer := f"{lines[-1]} {word}") <= width:
            lines[-1] = longer
            continue
        rest = word
        while len(rest) > 1 and _width(face, rest) > width:
            fits = max((at for at in range(1, len(rest)) if _width(face, rest[:at]) <= width), default=1)
            lines.append(rest[:fits])
            rest = rest[fits:]
        lines.append(rest)
    shaped = [face.shape(line) for line in lines]
    return tuple(line for line in shaped if line is not None) if None not in shaped else None


def _width(face: Typeface, text: str) -> float:
    shaped = face.shape(text)
    return shaped.width if shaped else 0.0
