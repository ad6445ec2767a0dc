"""What WeasyPrint leaves to do for accessibility: a page's PDF objects in; the same, mended in place, out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pydyf  # type: ignore[import-untyped]
from weasyprint.formatting_structure.boxes import TextBox  # type: ignore[import-untyped]

from pipeline.documents import fonts
from pipeline.documents.blank import mend_blank

POINTS = 0.75  # in a CSS pixel
SPACED = 0.1  # em between letters from which on readers take each for a word


def mend(document: Any, pdf: Any, headings: Sequence[str] = ()) -> None:
    """WeasyPrint calls this before it writes. `headings`: the texts of the second level's, in order."""
    height = document.pages[0].height
    waiting = iter(headings)
    spoken = _spoken(document, pdf)
    for each in list(pdf.objects):
        if stream := getattr(each, "stream", None):
            if b"begincmap" in stream:
                stream[:] = map(every_glyph_a_text, stream)
            elif b"BDC" in stream:
                for mark in stream:
                    if isinstance(mark, pydyf.Dictionary) and (text := spoken.get(mark.get("MCID"))):
                        mark["ActualText"] = pydyf.String(text)
        elif isinstance(each, dict):
            if each.get("S") == "/Figure":
                _place(each, height)
            elif each.get("S") == "/H2":
                _say(each, next(waiting, ""))
            elif each.get("Subtype") == "/Widget":
                mend_blank(document, pdf, each)


def _say(heading: Any, text: str) -> None:
    """The language of a heading and, where it runs right to left, its letters in the order of reading.

    On the page they stand in the order of their places: read aloud, the name would be said backwards.
    """
    if language := fonts.language(text):
        heading["Lang"] = pydyf.String(language)
    if fonts.runs_left(text):
        heading["ActualText"] = pydyf.String(text)


def _spoken(document: Any, pdf: Any) -> dict[int, str]:
    """Marked content to its text, where glyphs alone do not tell it (ISO 32000-1, 14.9.4).

    In scripts that reorder and join their signs a glyph is a part of one word here and of another there, but
    WeasyPrint gives it one text for all: copied, sought or read aloud, a name would come out as another.
    """
    lines = [
        box for box in document.pages[0]._page_box.descendants(placeholders=True) if isinstance(box, TextBox)
    ]
    spans = (each["K"][0] for each in pdf.objects if isinstance(each, dict) and each.get("S") == "/Span")
    marks = (kid for kid in spans if isinstance(kid, int))  # others are of elements that hold such lines
    return {
        mark: line.text
        for mark, line in zip(marks, lines, strict=True)
        if fonts.is_joined(line.text) or _is_spaced(line.style)
    }


def _is_spaced(style: Any) -> bool:
    """Whether letters stand so far apart that readers put a space between any two."""
    spacing = style["letter_spacing"]
    return bool(spacing != "normal" and spacing > SPACED * style["font_size"])


def every_glyph_a_text(line: bytes) -> bytes:
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
