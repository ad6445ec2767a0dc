"""Certificates as PDF: facts and a design in; finished, checked bytes out, or why there are none.

render -> check     can the person's texts be printed at all?
       -> press     sets nearly every certificate, in a fraction of a millisecond; for the others:
       -> planning  sizes and places of all texts (with layout, columns, fonts)
       -> compose   the page's markup
       -> paper     WeasyPrint lays it out and writes it (with design, pictures, hand, accessible, blank)
       -> check     does the finished page say the facts?

`samples` makes certificates of made-up people for sign-off; `fingerprint` tells whether another machine would
make the same bytes. DocumentError is raised where the design itself cannot be used.
"""

from pipeline.documents.check import stated_holder, stated_kept_until
from pipeline.documents.design import Design
from pipeline.documents.fonts import missing_fonts
from pipeline.documents.render import Rendered, is_pressed, render, render_many, type_size
from pipeline.documents.samples import contact_sheet, page_picture, page_png, sample_sheets

__all__ = [
    "Design", "Rendered", "contact_sheet", "is_pressed", "missing_fonts", "page_picture", "page_png",
    "render", "render_many", "sample_sheets", "stated_holder", "stated_kept_until",
    "type_size",
]  # fmt: skip
