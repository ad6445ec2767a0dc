"""Made-up facts and readers of finished pages that the tests of certificates share."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium

from pipeline.documents import Design, Rendered, render
from pipeline.rules.certificates import awards
from pipeline.rules.certificates.activities import Activity, Kind
from pipeline.rules.certificates.awards import Facts

THEME = Path(__file__).resolve().parents[2] / "theme" / "certificates"
LETTER = Design(THEME, "letter", "Imogen Castellane, MD", "Chair, Committee on Education")
A4 = replace(LETTER, paper="a4")
COURSE = Activity(
    slug="spring-course",
    title="Spring Course on Vasculitis",
    format="live activity",
    location="Halifax, Nova Scotia",
    start=dt.date(2024, 4, 30),
    end=dt.date(2024, 5, 2),
    cme_max=Decimal("14.75"),
    abim_max=Decimal("14.75"),
    abim_type="Patient Safety",
    abp_max=Decimal(9),
    pars_id="190417223",
)
CLAIMS = {
    Kind.PARTICIPATION: awards.ClaimContent(),
    Kind.CME: awards.ClaimContent(cme=Decimal("12.25")),
    Kind.CME_ABIM: awards.ClaimContent(cme=Decimal("12.25"), abim=Decimal("11.5")),
    Kind.CME_ABP: awards.ClaimContent(cme=Decimal("12.25"), abp=Decimal(8)),
    Kind.CME_ABIM_ABP: awards.ClaimContent(cme=Decimal("12.25"), abim=Decimal("11.5"), abp=Decimal(8)),
}


def made_up(kind: Kind = Kind.CME, name: str = "Wilhelmina Achterberg", **changes: Any) -> Facts:
    """Facts of one certificate for the made-up course."""
    facts = awards.certificate_facts(
        kind,
        awards.HolderName(name, "MD, MPH"),
        CLAIMS[kind],
        COURSE,
        "7K3M-9QRT-X2VB-04HZ",
        dt.date(2024, 6, 3),
        "https://certs.example.org",
    )
    return replace(facts, **changes)


def numbered(facts: Facts, number: str) -> Facts:
    """The same facts under another certificate number, which its verification address ends with."""
    return replace(facts, number=number, verify_url=f"https://certs.example.org/verify/{number}/")


@lru_cache(maxsize=128)
def drawn(facts: Facts, design: Design = LETTER) -> Rendered:
    """A rendered certificate; one rendering serves many tests."""
    return render(facts, design)


def pdf_of(facts: Facts, design: Design = LETTER) -> bytes:
    """The PDF of facts that must render."""
    made = drawn(facts, design)
    assert made.pdf is not None, made.problem
    return made.pdf


def text_of(pdf: bytes) -> str:
    """The page's text, with lines joined by spaces."""
    with pdfium.PdfDocument(pdf) as document:
        (page,) = document
        text = page.get_textpage().get_text_range()
    return " ".join(text.replace("\ufffe", "-").split())


def boxes(pdf: bytes) -> list[tuple[str, float, float, float, float]]:
    """Every visible sign of the page with its ink's left, bottom, right and top in points."""
    found = []
    with pdfium.PdfDocument(pdf) as document:
        page = document[0].get_textpage()
        for at in range(page.count_chars()):
            sign = page.get_text_range(at, 1)
            left, bottom, right, top = page.get_charbox(at)
            if sign.strip() and right > left:
                found.append((sign, left, bottom, right, top))
    return found


def lines(pdf: bytes) -> list[tuple[str, float, float, float, float]]:
    """Every line of text as its reader finds it: text, left, bottom, right, top in points."""
    found = []
    with pdfium.PdfDocument(pdf) as document:
        page = document[0].get_textpage()
        for at in range(page.count_rects()):
            box = page.get_rect(at)
            if text := page.get_text_bounded(*box).strip():
                found.append((text, *box))
    return found
