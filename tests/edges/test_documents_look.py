"""The look is approved, not accidental: pages compared with approved pictures.

After a deliberate change of design: `APPROVE=1 .venv/bin/pytest tests/edges/test_documents_look.py`, look
at every picture under tests/approved/, and commit them with the change.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter

from pipeline.documents import Design, contact_sheet, render, sample_sheets
from pipeline.documents.samples import page_image
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Facts
from tests.support.documents_kit import A4, LETTER, drawn, made_up, pdf_of

APPROVED = Path(__file__).parents[1] / "approved"
DPI = 60
SHARE = 0.004  # of the page's pixels may differ, after a blur that forgives anti-aliasing
PAGES = {
    **{f"{kind.value}-letter": (made_up(kind), LETTER) for kind in Kind},
    "cme-abim-abp-a4": (made_up(Kind.CME_ABIM_ABP), A4),
    "long-letter": (
        made_up(Kind.CME_ABIM, "Marguerite-Clémentine Vandenbroeck-Østergaard y Fernández de Santillana"),
        LETTER,
    ),
}


def differing(one: Image.Image, other: Image.Image) -> float:
    """Share of pixels that look different."""
    blurred = [image.convert("L").filter(ImageFilter.GaussianBlur(1.2)) for image in (one, other)]
    histogram = ImageChops.difference(*blurred).histogram()
    return sum(histogram[40:]) / (one.width * one.height)


@pytest.mark.parametrize(("facts", "design"), PAGES.values(), ids=PAGES.keys())
def test_looks_as_approved(request: pytest.FixtureRequest, facts: Facts, design: Design) -> None:
    """Each page looks as it did when someone looked at it; a renderer's or a font's change is noticed."""
    path = APPROVED / f"{request.node.callspec.id}.png"
    image = page_image(pdf_of(facts, design), DPI)
    if os.environ.get("APPROVE"):
        image.quantize(24).save(path, optimize=True)
    approved = Image.open(path)
    assert image.size == approved.size
    share = differing(image, approved)
    assert share < SHARE, f"{share:.2%} of the page differs from {path}"


def test_a_moved_line_would_be_noticed() -> None:
    """The tolerance is not so wide that another name, or another kind, passes."""
    page = page_image(pdf_of(made_up()), DPI)
    named = page_image(pdf_of(made_up(name="Wilhelmina Achterburg-Ohm")), DPI)
    other = page_image(pdf_of(made_up(Kind.CME_ABP)), DPI)
    assert differing(page, named) > SHARE
    assert differing(page, other) > SHARE


def test_border_clears_the_printer() -> None:
    """Nothing at all is drawn within 12 mm of the paper's edge."""
    for facts, design in (PAGES["cme-letter"], PAGES["cme-abim-abp-a4"]):
        image = page_image(pdf_of(facts, design), 254).convert("L")
        box = ImageChops.invert(image).getbbox()
        assert box is not None
        edge = 12 / 25.4 * 254 - 1
        assert box[0] >= edge
        assert box[1] >= edge
        assert box[2] <= image.width - edge
        assert box[3] <= image.height - edge


@pytest.mark.paper
def test_proof_shows_every_kind_with_short_usual_and_extreme_names() -> None:
    """Fifteen made-up certificates, all of which render; and one picture of them all."""
    sheets = list(sample_sheets("https://certs.example.org"))
    assert len(sheets) == 15
    assert len({name for name, _ in sheets}) == 15
    pdfs = []
    for _, facts in sheets:
        made = drawn(facts)
        assert made.pdf, made.problem
        pdfs.append(made.pdf)
    sheet = Image.open(io.BytesIO(contact_sheet(pdfs[:4], columns=2, dpi=20)))
    assert sheet.width > 2 * 11 * 20
    assert render(sheets[0][1], LETTER).pdf == pdfs[0]
