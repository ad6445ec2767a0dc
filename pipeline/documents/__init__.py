"""Certificate facts in, PDF bytes out; a design says how they look."""

from pipeline.documents.design import Design, design_digest
from pipeline.documents.fingerprint import identity
from pipeline.documents.fonts import missing_fonts
from pipeline.documents.render import Rendered, render, render_many
from pipeline.documents.samples import contact_sheet, page_png, proof_sheets

__all__ = [
    "Design",
    "Rendered",
    "contact_sheet",
    "design_digest",
    "identity",
    "missing_fonts",
    "page_png",
    "proof_sheets",
    "render",
    "render_many",
]
