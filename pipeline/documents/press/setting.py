"""One line of text as WeasyPrint would paint it: text in; content operators, width and glyphs out.

Pango, which WeasyPrint asks, shapes with HarfBuzz at the font's size in 1/1024 CSS pixels; so does this, and
then writes each glyph the way weasyprint.draw.text does, with the same roundings, so that the operators come
out the same byte for byte. The press proves that on every template before it uses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import uharfbuzz as hb  # type: ignore[import-untyped]

from pipeline.documents.press.letters import Letters

UNITS = 1024  # of Pango in a CSS pixel
FROM_UNITS = 1 / UNITS


@dataclass(frozen=True, slots=True)
class Line:
    """A shaped text."""

    shows: bytes  # the operators between the font's choice and the end of the text object
    width: float  # CSS pixels


class Setter:
    """Sets lines in one face at one size in Pango's units."""

    def __init__(self, letters: Letters, units: int) -> None:
        self._letters = letters
        self._size = units / UNITS
        self._font = hb.Font(letters.face)
        self._font.scale = (units, units)
        self._features = dict(letters.features)
        self._kerns: dict[tuple[int, int, int], str] = {}  # what follows a glyph, by its offset and advance
        # Dates, figures and credentials come again and again.
        self.set = lru_cache(maxsize=256)(self._set)

    def _set(self, text: str) -> Line | None:
        """The line; None where a glyph is not the template's, or the glyphs do not say the text again."""
        letters = self._letters
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.direction, buffer.script, buffer.language = "ltr", letters.script, letters.language
        hb.shape(self._font, buffer, self._features)
        glyphs = [info.codepoint for info in buffer.glyph_infos]
        texts = letters.texts
        # This reads back what was set: the same table is the PDF's, by which every reader finds its text.
        if "".join([texts.get(glyph, "\0") for glyph in glyphs]) != text:
            return None
        widths, size, kerns = letters.widths, self._size, self._kerns
        shows: list[str] = []
        string, total = "<", 0
        for glyph, place in zip(glyphs, buffer.glyph_positions, strict=True):
            x_offset, y_offset, advance, _ = place.position
            total += advance
            offset = x_offset / size
            if y_offset:
                string = string[:-1] if string[-1] == "<" else string + ">"
                if string:
                    shows.append(f"[{string}] TJ")
                shift = f"{-offset}" if offset else ""
                shows += [f"{number(y_offset / 1000)} Ts", f"[{shift}<{glyph:04x}>] TJ", "0 Ts"]
                string = "<"
            else:
                string += f">{-offset}<{glyph:04x}" if offset else f"{glyph:04x}"
            kern = kerns.get((glyph, x_offset, advance))
            if kern is None:
                kerning = widths[glyph] + offset - advance * 1000 * FROM_UNITS / size
                kern = kerns[glyph, x_offset, advance] = f">{int(kerning)}<" if kerning else ""
            string += kern
        string = string[:-1] if string[-1] == "<" else string + ">"
        shows.append(f"[{string}] TJ")
        return Line("\n".join(shows).encode(), total * FROM_UNITS)


@lru_cache(maxsize=256)
def setter(letters: Letters, units: int) -> Setter:
    """The one setter of a face and size."""
    return Setter(letters, units)


def units_of(points: float) -> int:
    """A size as Pango takes it from WeasyPrint: cut, not rounded."""
    return int(points * 4 / 3 * UNITS)


def number(value: float) -> str:
    """A number as pydyf writes it."""
    return str(int(value)) if value.is_integer() else f"{value:f}".rstrip("0")
