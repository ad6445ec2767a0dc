"""The Record of credits on paper: what it says, for whom, on as many pages as it takes; accessible, small."""

from __future__ import annotations

import datetime as dt
import io
import json
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pytest

from pipeline.documents import fonts
from pipeline.documents.credits import draw_record
from pipeline.documents.structure import DOCUMENT
from pipeline.documents.tagged import TaggedPdf, pen
from pipeline.documents.typeface import typeface
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Standing
from pipeline.rules.web.credit_record import CreditRecord, credit_record
from pipeline.rules.web.pages import Entry, PersonPage
from tests.edges.test_documents_accessible import elements
from tests.support import verapdf
from tests.support.documents_kit import A4, LETTER, made_up
from tests.support.press_kit import pdf_ua_faults
from tests.support.site_people import People, many_years

VERIFY = "certs.example.org/verify/"
NAMES = [
    "Zoë Nguyễn Thị Ánh",
    "Ṣẹ́gun Ọ̀ṣọ́bà Àdùkẹ́",
    "Юлия Щёкина",
    "Ἀριστοτέλης Ζαΐμης",
    "محمد سعيد الحسن",
    "שרה לוי",
    "ज्ञानेश्वर",
    "山田太郎",
    "Offfi O’Fflath (née Smith) \\ & Co",
]


def record(name: str = "Wilhelmina Achterberg", **changes: object) -> CreditRecord:
    """One of two certificates of one activity."""
    kinds = (Kind.CME_ABIM_ABP, Kind.PARTICIPATION)
    facts = [replace(made_up(kind, name), **changes) for kind in kinds]  # type: ignore[arg-type]
    entries = [
        Entry(replace(one, number=f"{at}"), Standing.VALID, None, None) for at, one in enumerate(facts)
    ]
    found = credit_record(PersonPage("t", name, "MD, MPH", tuple(entries)))
    assert found is not None
    return found


def six_years(tmp_path: Path) -> CreditRecord:
    """38 certificates of 19 activities."""
    page = PersonPage("t", "Renate Ålund-Õunapuu", "MD, PhD", tuple(many_years(People(tmp_path))))
    found = credit_record(page)
    assert found is not None
    return found


def pages(pdf: bytes) -> list[str]:
    """The text of each page, lines joined by spaces."""
    with pdfium.PdfDocument(pdf) as document:
        texts = [page.get_textpage().get_text_range() for page in document]
    return [" ".join(text.replace("\ufffe", "-").split()) for text in texts]


def test_it_says_what_was_earned_where_and_under_which_numbers() -> None:
    (text,) = pages(draw_record(record(), LETTER, VERIFY))
    for said in (
        "American College of Rheumatology Record of credits 2024 Wilhelmina Achterberg MD, MPH",
        "2 certificates, as of June 3, 2024",
        "12.25 AMA PRA Category 1 Credits™",
        "11.5 ABIM MOC points Patient Safety",
        "8 ABP MOC Part 2 points",
        "April 30 – May 2, 2024",
        "Spring Course on Vasculitis live activity · Halifax, Nova Scotia",
        "0 · CME / ABIM MOC / ABP MOC",
        "1 · Participation",
        "All of 2024 2 certificates 12.25 11.5 Patient Safety 8",
        "certs.example.org/verify/",
        "withdrawn or replaced are not listed and do not count",
        "is accredited by the Accreditation Council",
        "Page 1 of 1",
    ):
        assert said in text


def test_points_of_which_there_are_none_have_no_column() -> None:
    entries = tuple(Entry(made_up(Kind.CME, number=one), Standing.VALID, None, None) for one in "AB")
    found = credit_record(PersonPage("t", "A", "", entries))
    assert found is not None
    (text,) = pages(draw_record(found, LETTER, VERIFY))
    assert "24.5 AMA PRA" in text
    assert "MOC" not in text


def test_two_years_of_a_meeting_each_take_one_page() -> None:
    """What whoever reads it wants to know of a record does not stand alone on a second one."""
    entries = []
    for year in (2024, 2025):
        days: dict[str, Any] = {"start": dt.date(year, 5, 1), "end": dt.date(year, 5, 2)}
        for kind in (Kind.CME_ABIM, Kind.PARTICIPATION):
            facts = made_up(kind, number=f"{year}-{kind.value}", activity=f"course-{year}", **days)
            entries.append(Entry(facts, Standing.VALID, None, None))
    found = credit_record(PersonPage("t", "Wilhelmina Achterberg", "MD, MPH", tuple(entries)))
    assert found is not None
    assert [len(year.activities) for year in found.years] == [1, 1]
    (text,) = pages(draw_record(found, LETTER, VERIFY))
    assert "About this record" in text


@pytest.mark.parametrize("design", [LETTER, A4], ids=["letter", "a4"])
def test_six_years_take_pages_of_which_each_says_what_it_is(design: object, tmp_path: Path) -> None:
    found = six_years(tmp_path)
    pdf = draw_record(found, design, VERIFY)  # type: ignore[arg-type]
    texts = pages(pdf)
    assert 3 <= len(texts) <= 5
    for at, text in enumerate(texts, 1):
        assert f"as of March 2, 2026 Page {at} of {len(texts)}" in text
        assert "Completed Activity and certificates" in text or at == 1  # the head of a table goes on with it
    said = " ".join(texts)
    assert all(
        said.count(one.number) == 1 for y in found.years for a in y.activities for one in a.certificates
    )
    with pdfium.PdfDocument(pdf) as document:
        marks = [(mark.get_title(), mark.get_dest().get_index()) for mark in document.get_toc()]
        assert [title for title, _ in marks] == [str(year) for year in range(2026, 2019, -1)]
        assert all(f"All of {title}" in " ".join(texts[at:]) for title, at in marks)
        width, height = document[0].get_size()
        assert width < height
    # No page ends with a heading, or begins with sums alone.
    assert not any(text.partition(" Record of credits 2020–2026, as of")[0][-4:].isdigit() for text in texts)


def test_years_of_one_activity_leave_no_heads_behind() -> None:
    """Wherever a page ends: heading, heads, the one row and its sums go on together."""
    for words in range(0, 60, 4):
        entries = []
        for year in range(2019, 2027):
            day = dt.date(year, 5, 2)
            title = "Vasculitis" + " and Gout" * words
            facts = made_up(Kind.CME, number=f"{year}", activity=f"{year}", title=title, start=day, end=day)
            entries.append(Entry(facts, Standing.VALID, None, None))
        found = credit_record(PersonPage("t", "Ana Alva", "MD", tuple(entries)))
        assert found is not None
        for text in pages(draw_record(found, LETTER, VERIFY)):
            assert text.count("Activity and certificates") == text.count("All of 20")


@pytest.mark.paper
@pytest.mark.parametrize("name", NAMES)
def test_names_are_set_and_read_as_they_are(name: str) -> None:
    """Letter by letter where that is enough; else as on certificates, with the text beside the picture."""
    pdf = draw_record(record(name, title=f"{name} 2024", location=name), LETTER, VERIFY)
    assert not pdf_ua_faults(pdf)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert str(opened.docinfo.Title) == f"Record of credits 2024: {name}, MD, MPH"
        assert not opened.check_pdf_syntax()
        drawn = b"".join(page.Contents.read_bytes() for page in opened.pages)
    assert name in pages(pdf)[0] or b"/ActualText" in drawn


def test_what_the_face_sets_itself_reads_back_in_full() -> None:
    for name in ("Zoë Nguyễn Thị Ánh", "Юлия Щёкина", "Offfi O’Fflath"):
        assert f"2024 {name} MD, MPH" in pages(draw_record(record(name), LETTER, VERIFY))[0]


def test_a_face_leaves_what_it_cannot_set() -> None:
    face = typeface(LETTER.theme, fonts.TEXT, False, "T")
    assert face.shape("Zoë") is not None
    assert [face.shape(text) for text in ("山", "محمد", "क्षि")] == [None] * 3


def test_a_word_without_end_is_broken() -> None:
    texts = pages(draw_record(record("W" * 120, title="x" * 300), LETTER, VERIFY))
    assert " ".join(texts).replace(" ", "").count("x" * 300) == 1


@pytest.mark.starts
def test_two_validators_find_it_accessible(tmp_path: Path) -> None:
    pdfs = [draw_record(six_years(tmp_path / "vault"), LETTER, VERIFY), draw_record(record(), A4, VERIFY)]
    paths = []
    for at, pdf in enumerate(pdfs):
        assert not pdf_ua_faults(pdf)
        paths.append(tmp_path / f"{at}.pdf")
        paths[-1].write_bytes(pdf)
    if not verapdf.jars():
        pytest.skip("veraPDF is not installed")
    command = [sys.executable, "-m", "tests.support.verapdf", *map(str, paths)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert list(map(json.loads, said)) == [[], []]


def test_tables_name_their_heads_and_numbers_lead_to_their_pages() -> None:
    with pikepdf.open(io.BytesIO(draw_record(record(), LETTER, VERIFY))) as pdf:
        tags = list(elements(pdf.Root.StructTreeRoot))
        heads = [str(tag.A.Scope) for tag in tags if tag.S == "/TH"]
        assert heads == ["/Column"] * 5 + ["/Row"]
        rows = [tag for tag in tags if tag.S == "/TR"]
        assert {len(row.K) for row in rows} == {5}
        assert [str(tag.S) for tag in tags if str(tag.S).startswith("/H")] == ["/H1", "/H2", "/H2"]
        notes = list(pdf.pages[0].Annots)
        assert [str(note.A.URI) for note in notes] == [made_up().verify_url] * 2
        assert [str(note.Contents) for note in notes] == [
            "Verify CME / ABIM MOC / ABP MOC 0",
            "Verify Participation 1",
        ]


def faults_of_structure(pdf: bytes) -> list[str]:
    """What of each page's marks and links does not lead to its element, or from there back."""
    faults = []
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        root = opened.Root.StructTreeRoot
        nums = list(root.ParentTree.Nums)
        by_key = {int(key): value for key, value in zip(nums[::2], nums[1::2], strict=True)}
        (document,) = root.K
        within = [element.objgen for element in elements(document)]
        told = [(e.get("/Pg"), e, kid) for e in elements(document) for kid in e.K]
        marks, links = set(), set()
        for page, element, kid in told:
            if isinstance(kid, int):
                marks.add((page.objgen, kid, element.objgen))
            elif kid.get("/Type") == "/MCR":
                marks.add((kid.Pg.objgen, int(kid.MCID), element.objgen))
            elif kid.get("/Type") == "/OBJR":
                links.add((kid.Pg.objgen, kid.Obj.objgen, element.objgen))
            elif kid.P.objgen != element.objgen:
                faults.append(f"{kid.S} is of another element than it says")
        for page in opened.pages:
            there = [
                (str(one.operands[0]), int(one.operands[1].MCID))
                for one in pikepdf.parse_content_stream(page)
                if str(one.operator) == "BDC"
            ]
            found = list(by_key[int(page.StructParents)])
            drawn = {(page.obj.objgen, mark, found[mark].objgen) for _, mark in there}
            if not drawn <= marks or [mark for _, mark in there] != list(range(len(found))):
                faults.append("marks of a page lead elsewhere")
            if [tag for tag, _ in there] != [str(element.S) for element in found]:
                faults.append("a mark has another tag than its element")
            marks -= drawn
            notes = {(page.obj.objgen, one.objgen, by_key[int(one.StructParent)].objgen)
                     for one in page.get("/Annots", ())}  # fmt: skip
            if not notes <= links or any(
                note.P.objgen != page.obj.objgen for note in page.get("/Annots", ())
            ):
                faults.append("links of a page lead elsewhere")
            links -= notes
        if marks or links or len(within) != len(set(within)):
            faults.append("elements tell of what is not there, or stand twice")
        if root.ParentTreeNextKey != len(by_key):
            faults.append("the next key is another")
    return faults


def test_marks_and_links_lead_to_their_elements_and_back(tmp_path: Path) -> None:
    """Whatever was drawn before: records of one shape and of others, a title that goes on over two pages."""
    found, long = six_years(tmp_path), "Vasculitis " * 700
    some = [replace(found, years=found.years[at:]) for at in range(len(found.years))]
    records = [*some, record(), record("Ana Berg"), record(title=long), record("Юлия Щёкина"), *some]
    pdfs = [draw_record(one, LETTER, VERIFY) for one in records]
    assert [faults_of_structure(pdf) for pdf in pdfs] == [[]] * len(pdfs)
    assert pdfs[: len(some)] == pdfs[-len(some) :]


def test_an_element_may_go_on_over_two_pages() -> None:
    """Its marks there name their page, and its link leads to the page that it is on."""
    face = typeface(LETTER.theme, fonts.TEXT, False, "T")
    pdf, text = TaggedPdf(300, 200), face.shape("Ana")
    assert text is not None
    part = pdf.structure.add(DOCUMENT, b"P")
    link = pdf.structure.add(part, b"Link")
    for _ in range(2):
        pdf.new_page()
        for element in (part, link, None):
            pdf.line(element, face, pen(face, 10, "000000"), 20, 20, text)
        pdf.link(link, (20, 10, 60, 30), "https://example.org", "there")
    assert faults_of_structure(pdf.finish("Two", "A College", [])) == []


def embedded(pdf: bytes) -> set[str]:
    """Its fonts; a tag tells what each has of its face."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        found = (one for one in opened.objects if isinstance(one, pikepdf.Dictionary))
        return {str(one.FontName) for one in found if "/FontFile2" in one}


def test_the_same_record_gives_the_same_bytes_and_few_of_them() -> None:
    pdf = draw_record(record(), LETTER, VERIFY)
    assert draw_record(record(), LETTER, VERIFY) == pdf
    assert draw_record(replace(record(), as_of=dt.date(2026, 1, 1)), LETTER, VERIFY) != pdf
    assert len(pdf) < 24_000
    assert embedded(draw_record(record("Ana Berg", cme=Decimal("16.25")), LETTER, VERIFY)) == embedded(pdf)
    assert b"CreationDate" not in pdf
