"""One line of text as WeasyPrint would paint it: a text in; PDF operators and the line's width out.

WeasyPrint lets Pango shape a text, and Pango lets HarfBuzz do it at the font's size in 1/1024 CSS pixels.
This module does the same and then writes each glyph as weasyprint.draw.text does, with the same roundings, so
that the operators are the same byte for byte. Every template proves that anew before it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import uharfbuzz as hb  # type: ignore[import-untyped]

from pipeline.documents.press.glyphs import Glyphs

UNITS = 1024  # Pango's units in a CSS pixel


@dataclass(frozen=True, slots=True)
class Line:
    """A typeset text."""

    shows: bytes  # the operators between the choice of the font and the end of the text object
    width: float  # CSS pixels


class Typesetter:
    """Sets lines in one face at one size in Pango's units."""

    def __init__(self, glyphs: Glyphs, units: int) -> None:
        self._glyphs = glyphs
        self._size = units / UNITS
        self._font = hb.Font(glyphs.face)
        self._font.scale = (units, units)
        self._features = dict(glyphs.features)
        # Dates, figures and credentials come again and again: a fifth of the press's time.
        self.typeset = lru_cache(maxsize=256)(self._typeset)

    def _typeset(self, text: str) -> Line | None:
        """The line; None where a glyph is not the template's, or the glyphs do not say the text again."""
        glyphs = self._glyphs
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.direction, buffer.script, buffer.language = "ltr", glyphs.script, glyphs.language
        hb.shape(self._font, buffer, self._features)
        codes = [info.codepoint for info in buffer.glyph_infos]
        # This reads back what was set: the file has the same table, from which every reader takes its text.
        if "".join([glyphs.texts.get(code, "\0") for code in codes]) != text:
            return None
        widths, size = glyphs.widths, self._size
        shows: list[str] = []
        string, total = "<", 0
        for code, place in zip(codes, buffer.glyph_positions, strict=True):
            x_offset, y_offset, advance, _ = place.position
            total += advance
            offset = x_offset / size
            if y_offset:
                string = string[:-1] if string[-1] == "<" else string + ">"
                if string:
                    shows.append(f"[{string}] TJ")
                shift = f"{-offset}" if offset else ""
                shows += [f"{number(y_offset / 1000)} Ts", f"[{shift}<{code:04x}>] TJ", "0 Ts"]
                string = "<"
            else:
                string += f">{-offset}<{code:04x}" if offset else f"{code:04x}"
            kerning = widths[code] + offset - advance * 1000 / UNITS / size
            if kerning:
                string += f">{int(kerning)}<"
        string = string[:-1] if string[-1] == "<" else string + ">"
        shows.append(f"[{string}] TJ")
        return Line("\n".join(shows).encode(), total / UNITS)


@lru_cache(maxsize=256)
def typesetter(glyphs: Glyphs, units: int) -> Typesetter:
    """The one typesetter of a face and size."""
    return Typesetter(glyphs, units)


def units_of(points: float) -> int:
    """A size as Pango takes it from WeasyPrint: cut, not rounded."""
    return int(points * 4 / 3 * UNITS)


def number(value: float) -> str:
    """A number as pydyf writes it."""
    return str(int(value)) if value.is_integer() else f"{value:f}".rstrip("0")
