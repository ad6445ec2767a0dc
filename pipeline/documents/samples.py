"""Certificates of made-up people for sign-off, as facts; and pictures of finished PDFs."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.documents import check
from pipeline.errors import VaultError
from pipeline.rules.certificates import awards, numbers
from pipeline.rules.certificates.activities import Activity, Kind
from pipeline.rules.certificates.awards import Facts

if TYPE_CHECKING:  # pictures are rare, and what makes them takes its time to import
    from PIL import Image

COLOURS = 24  # of a small picture
NAMES = (
    ("short", "Li Wu", "MD"),
    ("usual", "Katherine O’Rourke-Delgado", "MD, PhD, FACR"),
    (
        "extreme",
        "Maximiliana-Alexandrina Konstantinopolitanskaya-Featherstonehaugh de la Santísima Trinidad "
        "Nguyễn Thị Ngọc Ánh",
        "MBBS, MD, PhD, MPH, MSc (Clinical Epidemiology), FRCP (Edin.), FACR, FAAP, Professor Emerita",
    ),
)
MEETING = Activity(
    slug="proof-meeting",
    title="Autumn Symposium on Autoimmune Disease 2025",
    format="live activity",
    location="Savannah, Georgia",
    start=dt.date(2025, 9, 17),
    end=dt.date(2025, 9, 20),
    cme_max=Decimal("26.5"),
    abim_max=Decimal("26.5"),
    abim_type="Medical Knowledge",
    abp_max=Decimal(20),
    pars_id="000000000",
)
CLAIM = awards.ClaimContent(cme=Decimal("18.75"), abim=Decimal("18.75"), abp=Decimal(12))


def sample_sheets(site_url: str, activity: Activity | None = None) -> Iterator[tuple[str, Facts]]:
    """File name and facts of every kind with a short, a usual and an extreme name. Nobody's real data."""
    shown = activity or MEETING
    completed = None if shown.is_dated else dt.date(2025, 9, 20)
    ended = shown.end or dt.date(2025, 9, 20)
    for kind in Kind:
        claim = awards.ClaimContent(
            completed_on=completed,
            cme=min(CLAIM.cme, shown.cme_max or CLAIM.cme),
            abim=min(CLAIM.abim, shown.abim_max or CLAIM.abim) if "abim" in kind else Decimal(0),
            abp=min(CLAIM.abp, shown.abp_max or CLAIM.abp) if "abp" in kind else Decimal(0),
        )
        for at, (length, name, credentials) in enumerate(NAMES):
            number = numbers.certificate_number(
                bytes([*b"proof", list(Kind).index(kind), at]).ljust(16, b"\0")
            )
            issued = ended + dt.timedelta(days=30)
            holder = awards.HolderName(name, credentials)
            facts = awards.certificate_facts(kind, holder, claim, shown, number, issued, site_url)
            yield f"{kind.value}-{length}", facts


def page_png(pdf: bytes, dpi: int = 110) -> bytes:
    """The first page as a PNG picture, the hours field included."""
    return _png(page_image(pdf, dpi))


def page_picture(pdf: bytes, width: int) -> tuple[bytes, int]:
    """The first page as a small PNG picture of so many pixels across, and how many it is high.

    Of few colours, as paper has: it takes half the room, and a quarter of the time, of a photograph. Raises
    VaultError for what is no PDF.
    """
    from PIL import Image

    try:
        image = page_image(pdf, 1, width)
    except ValueError as error:
        raise VaultError(f"A certificate is no PDF that can be shown: {error}.") from error
    out = io.BytesIO()
    few = image.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(out, "PNG", compress_level=6)
    return out.getvalue(), image.height


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def page_image(pdf: bytes, dpi: int, width: int = 0) -> Image.Image:
    """The first page as pixels: so many an inch, or `width` of them across. Raises ValueError for no PDF."""
    document = check.pdfium_document(pdf)
    try:
        document.init_forms()
        page = document[0]
        scale = width / page.get_width() if width else dpi / 72
        image: Image.Image = page.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB")
        page.close()
        return image
    finally:
        document.close()


def contact_sheet(pdfs: Sequence[bytes], columns: int = 3, dpi: int = 48) -> bytes:
    """Many pages on one PNG picture, in rows."""
    from PIL import Image

    images = [page_image(pdf, dpi) for pdf in pdfs]
    gap = 14
    width, height = max(image.width for image in images), max(image.height for image in images)
    rows = -(-len(images) // columns)
    sheet = Image.new("RGB", (columns * (width + gap) + gap, rows * (height + gap) + gap), "#d8d8d4")
    for at, image in enumerate(images):
        row, column = divmod(at, columns)
        sheet.paste(image, (gap + column * (width + gap), gap + row * (height + gap)))
    return _png(sheet)
