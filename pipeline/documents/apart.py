"""A text that needs more than letters side by side: the text in; a picture of it, set by WeasyPrint, out.

Scripts that join or reorder their letters, run from right to left, or have no face in the theme are set as on
certificates: by Pango, in the same faces.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import Any

from weasyprint import HTML  # type: ignore[import-untyped]
from weasyprint.urls import FatalURLFetchingError  # type: ignore[import-untyped]

from pipeline.documents import accessible, compose, fonts, slim
from pipeline.documents.design import Design
from pipeline.documents.prepared import prepare
from pipeline.documents.syntax import read_objects
from pipeline.documents.tagged import Picture
from pipeline.errors import DocumentError

HEIGHT = 600.0  # points: more than any text takes
POINTS = 0.75  # in a CSS pixel


@lru_cache(maxsize=512)
def text_picture(
    text: str, design: Design, serif: bool, size: float, leading: float, width: float, ink: str
) -> Picture:
    """The text in as many lines as it takes at this size and width, in points. Raises DocumentError where the
    design cannot be used."""
    prepared = prepare(design)
    stack = ", ".join(f"'{family}'" for family in fonts.families(text, design.theme, serif=serif))
    style = f"font: {size}pt/{leading}pt {stack}; color: #{ink}; overflow-wrap: break-word; text-align: left"
    markup = (
        f"<style>@page {{ size: {width}pt {HEIGHT}pt; margin: 0; background: none }}</style>"
        f'<body style="text-align: left">'
        f'<div style="{escape(style)}"{compose.marks(text)}>{escape(text)}</div>'
    )
    try:
        document = HTML(string=markup, base_url="theme:", url_fetcher=prepared.fetcher).render(
            font_config=prepared.fonts, stylesheets=[prepared.style]
        )
    except FatalURLFetchingError as error:
        raise DocumentError(f"The design of certificates cannot be rendered: {error}") from error

    def finish(document: Any, pdf: Any) -> None:
        for each in pdf.objects:
            if (stream := getattr(each, "stream", None)) and b"begincmap" in stream:
                stream[:] = map(accessible.every_glyph_a_text, stream)
        slim.slim(document, pdf)

    body = document.pages[0]._page_box.children[0].children[0]
    pdf = document.write_pdf(finisher=finish)
    return Picture(read_objects(pdf), width, HEIGHT, body.height * POINTS)
