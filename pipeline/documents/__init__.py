"""Certificate facts in, PDF bytes out; a design says how they look."""

from pipeline.documents.design import Design, design_digest
from pipeline.documents.faces import missing_fonts
from pipeline.documents.identity import identity
from pipeline.documents.proof import contact_sheet, page_png, proof_sheets
from pipeline.documents.render import Rendered, render, render_many

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
