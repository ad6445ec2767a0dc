"""Many certificates in one PDF: pages as issued; tags, fields and bookmarks joined; fonts stored once."""

from __future__ import annotations

import io
import json
import random
import re
import subprocess
import sys
from collections import deque
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest
from PIL import ImageChops
from weasyprint import HTML

from pipeline.documents import moving, paper, syntax
from pipeline.documents.merged import IssuedPdf, merge, merge_into
from pipeline.documents.samples import page_image
from pipeline.documents.syntax import moved, read_objects, stream
from pipeline.documents.writing import PdfWriter
from pipeline.errors import DocumentError
from pipeline.rules.certificates.activities import Kind
from tests.edges.test_documents_accessible import elements
from tests.support import verapdf
from tests.support.documents_kit import made_up, numbered, pdf_of
from tests.support.press_kit import pdf_ua_faults
from tests.support.seal_kit import sealed_pdf

NUMBERS = ["7K3M-9QRT-X2VB-04HZ", "0A1B-2C3D-4E5F-6G7H", "ZZZZ-9999-YYYY-8888"]


def certificates() -> list[bytes]:
    """Pressed ones of every kind, two with hours to fill in, and one that WeasyPrint set."""
    facts = [made_up(kind) for kind in Kind]
    facts.append(numbered(made_up(Kind.PARTICIPATION), NUMBERS[1]))
    facts.append(numbered(made_up(Kind.CME, "محمد سعيد"), NUMBERS[2]))
    return [pdf_of(each) for each in facts]


def merged(pdfs: list[bytes]) -> bytes:
    issued = [IssuedPdf(pdf, f"Certificate № {at}") for at, pdf in enumerate(pdfs, 1)]
    return merge(issued, "All certificates (2): Zoë", "A College")


@pytest.fixture(scope="module")
def parts() -> list[bytes]:
    return certificates()


@pytest.fixture(scope="module")
def whole(parts: list[bytes]) -> bytes:
    return merged(parts)


def test_each_page_is_drawn_and_read_as_issued(parts: list[bytes], whole: bytes) -> None:
    with pdfium.PdfDocument(whole) as document:
        assert len(document) == len(parts)
        for at, part in enumerate(parts):
            with pdfium.PdfDocument(part) as one:
                assert document[at].get_size() == one[0].get_size()
                texts = [page.get_textpage().get_text_range() for page in (document[at], one[0])]
                assert texts[0] == texts[1]
                pictures = [page.render(scale=1).to_pil().convert("RGB") for page in (document[at], one[0])]
                assert ImageChops.difference(*pictures).getbbox() is None


@pytest.mark.starts
def test_two_validators_find_it_accessible(whole: bytes, tmp_path: Path) -> None:
    assert not pdf_ua_faults(whole)
    if not verapdf.jars():
        pytest.skip("veraPDF is not installed")
    (tmp_path / "all.pdf").write_bytes(whole)
    command = [sys.executable, "-m", "tests.support.verapdf", str(tmp_path / "all.pdf")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(said) == []


def test_tags_are_one_tree_that_pages_lead_into(parts: list[bytes], whole: bytes) -> None:
    """Every marked piece of each page has its element, and that element says that it is on this page."""
    with pikepdf.open(io.BytesIO(whole)) as pdf:
        assert not pdf.check_pdf_syntax()
        (document,) = pdf.Root.StructTreeRoot.K
        assert [str(part.S) for part in document.K] == ["/Part"] * len(parts)
        assert all(part.P.objgen == document.objgen for part in document.K)
        tree = pdf.Root.StructTreeRoot.ParentTree.Nums
        by_key = {int(key): value for key, value in zip(list(tree)[::2], list(tree)[1::2], strict=True)}
        assert len(by_key) == len(tree) / 2
        assert pdf.Root.StructTreeRoot.ParentTreeNextKey > max(by_key)
        for page, part in zip(pdf.pages, document.K, strict=True):
            within = {element.objgen for element in elements(part)}
            found = list(by_key[int(page.StructParents)])
            assert found
            assert {element.objgen for element in found} <= within
            assert {element.Pg.objgen for element in found} == {page.obj.objgen}
            for mark, element in enumerate(found):
                assert mark in [int(kid) for kid in element.K if isinstance(kid, int)]
            for note in page.get("/Annots", ()):
                element = by_key[int(note.StructParent)]
                assert str(element.S) == "/Form"
                assert element.objgen in within
                assert element.K[0].Obj.objgen == note.objgen


def test_hours_are_filled_in_each_for_itself(whole: bytes) -> None:
    """What is typed into the second is saved with the second, and shown there alone."""
    with pikepdf.open(io.BytesIO(whole)) as pdf:
        fields = list(pdf.Root.AcroForm.Fields)
        assert len({str(one.T) for one in fields}) == len(fields) == 2
        fonts = {name.removeprefix("/") for name in pdf.Root.AcroForm.DR.Font.keys()}  # noqa: SIM118
        assert {str(one.DA).split("/")[1].split()[0] for one in fields} <= fonts
        left, bottom, right, top = map(float, fields[1].Rect)
        at = [page.obj.objgen for page in pdf.pages].index(fields[1].P.objgen)
    document = pdfium.PdfDocument(whole)
    document.init_forms()
    page = document[at]
    raw.FORM_OnLButtonDown(document.formenv, page, 0, (left + right) / 2, (bottom + top) / 2)
    raw.FORM_OnLButtonUp(document.formenv, page, 0, (left + right) / 2, (bottom + top) / 2)
    for char in "12.5":
        raw.FORM_OnChar(document.formenv, page, ord(char), 0)
    raw.FORM_ForceToKillFocus(document.formenv)
    document.save(saved := io.BytesIO())
    document.close()
    with pikepdf.open(saved) as pdf:
        assert [str(one.V) for one in pdf.Root.AcroForm.Fields] == ["", "12.5"]


def test_bookmarks_lead_to_each_certificate(parts: list[bytes], whole: bytes) -> None:
    with pdfium.PdfDocument(whole) as document:
        marks = [(one.get_title(), one.get_dest().get_index()) for one in document.get_toc()]
    assert marks == [(f"Certificate № {at + 1}", at) for at in range(len(parts))]


def test_what_is_alike_is_stored_once(parts: list[bytes]) -> None:
    """Of further certificates of one design only what is their person's own is added."""
    few = [pdf_of(numbered(made_up(), number)) for number in NUMBERS]
    one, all_three = merged(few[:1]), merged(few)
    assert len(all_three) - len(one) < 2 * 9_000
    assert len(merged(parts)) < 0.5 * sum(map(len, parts))


def font_files(pdf: bytes) -> dict[str, bytes]:
    """What a file embeds of each of its fonts."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        found = [one for one in opened.objects if isinstance(one, pikepdf.Dictionary) and "/FontFile2" in one]
        return {str(one.FontName): one.FontFile2.read_bytes() for one in found}


def test_fonts_are_the_same_for_most_people_and_never_whole() -> None:
    """What is embedded goes by parts of the alphabet that are drawn, not by each name's own letters."""
    names = ("Ana Berg", "Cy Dole", "Zoë Núñez", "Chloé Müller")
    ana, cy, zoe, chloe = (font_files(merged([pdf_of(made_up(name=name))])) for name in names)
    assert ana == cy
    assert zoe == chloe
    assert ana != zoe
    issued = font_files(pdf_of(made_up(name="Ana Berg")))
    assert ana.keys() == issued.keys()
    assert all(len(zoe[face]) <= len(font) for face, font in issued.items())
    assert sum(map(len, ana.values())) < 0.9 * sum(map(len, issued.values()))
    assert sum(map(len, zoe.values())) < 0.91 * sum(map(len, issued.values()))
    (display,) = (face for face in issued if face.endswith("+Cormorant-Medium"))
    assert len(zoe[display]) < 0.8 * len(issued[display])  # the face of names, which is cut most


def test_only_references_and_numbers_of_tags_change_in_an_object_that_moves() -> None:
    body = b"<</URI (https://x.org/%C3%A9%d 5 0 R)/P 3 0 R/StructParent 0/K [5 %s 4 0 R]/StructParents 7>>"
    assert moved(body, {3: 103, 4: 104, ~0: 50, ~7: 57}) == (
        b"<</URI (https://x.org/%C3%A9%d 5 0 R)/P 103 0 R/StructParent 50/K [5 %s 104 0 R]/StructParents 57>>"
    )
    stream = b"<</Length 9/Resources 3 0 R>>\nstream\n%d 3 0 R\n\nendstream"
    assert moved(stream, {3: 4}) == stream.replace(b"Resources 3", b"Resources 4")


def test_a_file_begins_as_others_only_where_its_objects_end_there_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What lies between objects belongs to the one before, also where others of its kind were read before."""

    def file(own: bytes, between: bytes = b"") -> bytes:
        out = io.BytesIO()
        writer = PdfWriter(out)
        writer.add(stream(random.Random(1).randbytes(1000)))
        writer._at += out.write(between)
        writer.add(stream(own))
        writer.finish(1, 1, b"0" * 32)
        return out.getvalue()

    for name in ("_HEADS", "_WITHOUT"):
        monkeypatch.setattr(syntax, name, deque(maxlen=8))
    other = file(b"other", b"9 0 obj\nnull\nendobj\n")
    alone = read_objects(other)
    usual = [read_objects(file(b"%d" % at)) for at in range(3)]
    assert [one.head is None for one in (alone, *usual)] == [True, True, False, False]
    assert read_objects(other).bodies == alone.bodies


def test_the_same_certificates_give_the_same_bytes(parts: list[bytes], whole: bytes) -> None:
    """Whatever was read before: files of one template are known by what they begin with."""
    for _ in range(3):
        assert merged(list(parts)) == whole
    assert merged(parts[::-1]) != whole
    with pikepdf.open(io.BytesIO(whole)) as pdf:
        assert str(pdf.docinfo.Title) == "All certificates (2): Zoë"
        assert "/CreationDate" not in pdf.docinfo


def test_a_file_that_others_wrote_is_merged_as_well(parts: list[bytes]) -> None:
    """Hours that were filled in and saved, with a cross-reference table in place of a stream."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(parts[0])) as pdf:
        pdf.Root.AcroForm.Fields[0].V = pikepdf.String("12.5")
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, static_id=True)
    again = merged([out.getvalue(), *parts[1:]])
    assert not pdf_ua_faults(again)
    with pikepdf.open(io.BytesIO(again)) as pdf:
        assert [str(one.V) for one in pdf.Root.AcroForm.Fields] == ["12.5", ""]


def test_a_signature_stays_with_the_file_that_was_signed(parts: list[bytes]) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(parts[1])) as pdf:
        seal = pdf.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Sig,
                               T=pikepdf.String("seal"), Rect=[0, 0, 0, 0], F=132, P=pdf.pages[0].obj)
        )  # fmt: skip
        pdf.pages[0].Annots = pikepdf.Array([seal])
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[seal], SigFlags=3)
        pdf.save(out)
    again = merged([out.getvalue(), parts[0]])
    assert not pdf_ua_faults(again)
    with pikepdf.open(io.BytesIO(again)) as pdf:
        assert [str(one.FT) for one in pdf.Root.AcroForm.Fields] == ["/Tx"]
        assert "/Annots" not in pdf.pages[0]


def test_names_of_elements_stay_apart() -> None:
    """Tables name their heads (ISO 32000-1, 14.8.5.7): in two files by the same names."""
    table = "<table><tr><th>Day</th></tr><tr><td>One</td></tr></table>"
    one = HTML(string=f"<html lang=en><title>A</title><h1>A</h1>{table}").write_pdf(**paper.OPTIONS)
    assert one is not None
    with pikepdf.open(io.BytesIO(merge([IssuedPdf(one, "a"), IssuedPdf(one, "b")], "Two", "X"))) as pdf:
        tags = list(elements(pdf.Root.StructTreeRoot))
        names = [str(tag.ID) for tag in tags if "/ID" in tag]
        assert names
        assert len(names) == len(set(names))
        heads = [[str(head) for head in tag.A.Headers] for tag in tags if "/Headers" in tag.get("/A", {})]
        assert heads == [[name] for name in names]


def test_a_file_of_any_length_is_written_as_it_grows(parts: list[bytes], tmp_path: Path) -> None:
    with (tmp_path / "all.pdf").open("wb") as out:
        assert merge_into(out, (IssuedPdf(pdf, "x") for pdf in parts * 40), "Many", "A College") == 280
    with pikepdf.open(tmp_path / "all.pdf") as pdf:
        assert len(pdf.pages) == 280
        assert not pdf.check_pdf_syntax()
    assert page_image((tmp_path / "all.pdf").read_bytes(), dpi=20) is not None


@pytest.mark.parametrize("data", [b"", b"x" * 500, b"%PDF-1.7\nstartxref\n9\n%%EOF"])
def test_what_is_no_pdf_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        merged([data])


def test_a_font_that_was_changed_is_a_sentence(parts: list[bytes]) -> None:
    """Fonts are opened last, when all letters are known."""
    spoilt = bytearray(parts[0])
    for font in re.finditer(rb"/Length1 ", parts[0]):
        spoilt[font.end() + 1000] ^= 255
    with pytest.raises(DocumentError, match="cannot be merged"):
        merged([bytes(spoilt)])


def test_nothing_is_no_file() -> None:
    with pytest.raises(ValueError, match="nothing to merge"):
        merged([])


def test_what_was_merged_before_changes_no_byte(parts: list[bytes], whole: bytes) -> None:
    """What files of one template share is found once, and each of them keeps its own: texts, and no seal."""
    pdfs = [pdf_of(numbered(made_up(Kind.CME, "Zoë Núñez"), number)) for number in NUMBERS]
    pdfs += [sealed_pdf(pdf) for pdf in pdfs]
    several = [merged([pdf]) for pdf in pdfs]
    for pdf, number in zip(several, NUMBERS * 2, strict=True):
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            texts = [str(tag.Alt) for tag in elements(opened.Root.StructTreeRoot) if "/Alt" in tag]
            assert any(number in text for text in texts)
            assert "/PieceInfo" not in opened.Root
    assert moving._known_layouts.cache_info().hits
    moving._known_layouts.cache_clear()
    assert [merged([pdf]) for pdf in pdfs[::-1]] == several[::-1]
    assert merged(list(parts)) == whole
