"""What WeasyPrint leaves to do for accessibility: its finished PDF objects in, the same mended in place."""

from __future__ import annotations

import re
from typing import Any

import pydyf  # type: ignore[import-untyped]

POINTS = 0.75  # in a CSS pixel


def mend(document: Any, pdf: Any, languages: tuple[str, ...] = ()) -> None:
    """To be called as WeasyPrint's finisher, with the languages of the page's second-level headings.

    Leaves the bytes a function of the facts: nothing here looks at a clock or a random number.
    """
    height = document.pages[0].height
    headings = iter(languages)
    for each in pdf.objects:
        if stream := getattr(each, "stream", None):
            if b"begincmap" in stream:
                stream[:] = map(_every_glyph_a_text, stream)
        elif isinstance(each, dict):
            if each.get("S") == "/Figure":
                _place(each, height)
            elif each.get("S") == "/H2" and (language := next(headings, "")):
                each["Lang"] = pydyf.String(language)
            elif each.get("Subtype") == "/Widget":
                _plain_field(each)


def _every_glyph_a_text(line: bytes) -> bytes:
    """A word joiner for what has no text.

    WeasyPrint gives the second glyph of a cluster (Hebrew points, Indic and Khmer vowels, Arabic marks) an
    empty one, which ISO 32000-1, 9.10.3 does not know and a PDF/UA validator refuses.
    """
    return line[:-2] + b"<2060>" if isinstance(line, bytes) and line.endswith(b" <>") else line


def _place(figure: Any, height: float) -> None:
    """A figure's box in points from the foot of the page (ISO 32000-1, 14.8.5.4.3), not in CSS pixels."""
    x1, y1, x2, y2 = figure["A"]["BBox"]
    corners = (x1, height - y2, x2, height - y1)
    figure["A"]["BBox"] = pydyf.Array([round(value * POINTS, 3) for value in corners])


def _plain_field(field: Any) -> None:
    """What is typed stands centred above the rule, in an appearance string every viewer can read."""
    field["Q"] = 1
    field["DA"] = pydyf.String(re.sub(rb"/\S+ gs ", b"", field["DA"].string))
