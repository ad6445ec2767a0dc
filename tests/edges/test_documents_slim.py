"""A file carries what its readers need and no more; what was left out is neither seen nor read."""

from __future__ import annotations

import importlib.util
import io
from types import ModuleType

import pikepdf
import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageChops, ImageFilter, ImageOps

from pipeline.documents import slim
from pipeline.documents.samples import page_image
from pipeline.rules.certificates.activities import Kind
from tests.support.documents_kit import A4, LETTER, THEME, made_up, pdf_of, text_of
from tests.support.press_kit import by_press, by_weasyprint, person

pytestmark = pytest.mark.paper
MOST = 60_000  # bytes of a certificate whose name is in western letters
MOST_OF_ALL = 72_000  # where the file holds all letters of Latin, or those of another alphabet
LINES = [b"begincmap", b"endcodespacerange", b"4 beginbfchar", b"<0003> <0041>", b"endbfchar", b"endcmap"]


@pytest.mark.parametrize("kind", list(Kind), ids=str)
def test_size(kind: Kind) -> None:
    """Of every kind, on both papers; most are smaller."""
    for design in (LETTER, A4):
        assert len(by_press(person("Wilhelmina Achterberg", "MD, MPH", kind), design)) < MOST
        assert len(by_press(person("Žofie Nguyễn", "MD, MPH", kind), design)) < MOST_OF_ALL


def test_what_is_left_out_is_neither_seen_nor_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same pixels and the same text as of the file with everything in it, which is a tenth larger."""
    facts = made_up(Kind.PARTICIPATION, "Françoise Offfjord-Thøgersen")
    less = by_weasyprint(facts)
    monkeypatch.setattr("pipeline.documents.slim.slim", lambda *_: None)
    whole = by_weasyprint(facts)
    assert len(less) < 0.94 * len(whole)
    assert text_of(less) == text_of(whole)
    assert page_image(less, 200).tobytes() == page_image(whole, 200).tobytes()


def test_a_forms_font_stays_whole() -> None:
    """Readers seek typed letters in it; of the others they need outlines and widths alone."""
    tables = {}
    with pikepdf.open(io.BytesIO(pdf_of(made_up(Kind.PARTICIPATION)))) as pdf:
        for each in pdf.objects:
            if isinstance(each, pikepdf.Dictionary) and "/FontFile2" in each:
                font = TTFont(io.BytesIO(each.FontFile2.read_bytes()))
                assert each.FontFile2.Length1 == len(each.FontFile2.read_bytes())
                tables[str(each.FontName).partition("+")[2]] = set(font.reader.keys())
    assert {"cmap", "OS/2", "name", "post"} <= tables.pop("Cormorant-Hours-Medium")
    assert set(map(frozenset, tables.values())) == {
        frozenset({"glyf", "head", "hhea", "hmtx", "loca", "maxp"})
    }


def test_runs_of_letters() -> None:
    """A run ends where a number or a letter is left out, at the end of a 256, and before several letters."""
    pairs = {
        *{(0x10 + at, f"{0x41 + at:04x}") for at in range(4)},
        *{(0x15, "0045"), (0x20, "0066"), (0x21, "00660069"), (0x22, "0068")},
        *{(0xFE, "0100"), (0xFF, "0101"), (0x100, "0102"), (0x101, "01fe"), (0x102, "01ff"), (0x103, "0200")},
    }
    lines = [b"<%04x> <%b>" % (glyph, text.encode()) for glyph, text in sorted(pairs, reverse=True)]
    said = slim._in_runs([*LINES[:3], *lines, *LINES[4:]])
    assert said[:2] + said[-1:] == LINES[:2] + LINES[-1:]
    assert said[2:-1] == [
        *(b"6 beginbfchar", b"<0015> <0045>", b"<0020> <0066>", b"<0021> <00660069>", b"<0022> <0068>"),
        *(b"<0100> <0102>", b"<0103> <0200>", b"endbfchar"),
        *(b"3 beginbfrange", b"<0010> <0013> <0041>", b"<00fe> <00ff> <0100>", b"<0101> <0102> <01fe>"),
        b"endbfrange",
    ]


def test_drawings_are_those_of_their_program() -> None:
    """Nobody mended an SVG file by hand: the next run of engrave.py would undo it."""
    engrave = _engrave()
    for name, size in engrave.PAPERS.items():
        assert (THEME / f"drawings/border-{name}.svg").read_text() == engrave.border(*size)
    assert (THEME / "drawings/seal.svg").read_text() == engrave.seal()
    assert (THEME / "drawings/ornament.svg").read_text() == engrave.ornament()


def test_what_is_drawn_once_stands_everywhere() -> None:
    """All four sides of the border, and all six parts of the seal, though each is drawn but once."""
    for design in (LETTER, A4):
        page = page_image(pdf_of(made_up(), design), 100).convert("L")
        band = 80  # pixels from the edge in which the border stands
        sheet = page.copy()
        sheet.paste(255, (band, band, page.width - band, page.height - band))
        assert _ink(sheet) > 0.02
        for way in (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM):
            assert _differing(sheet, sheet.transpose(way)) < 0.002
    page = page_image(pdf_of(made_up(), LETTER), 300).convert("L")
    middle = page.width // 2
    foot = page.crop((middle - 200, 1910, middle + 200, 2300))  # it holds nothing but the seal
    seal = foot.crop(ImageOps.invert(foot).point(lambda value: value > 64 and 255).getbbox())
    assert abs(seal.width - seal.height) < 4
    inner, outer = seal.width // 4, seal.width - seal.width // 4
    seal.paste(255, (inner, inner, outer, outer))  # the wreath
    assert _ink(seal) > 0.1
    for share in range(1, 6):
        assert _differing(seal, seal.rotate(60 * share, Image.Resampling.BICUBIC, fillcolor=255)) < 0.04


def _ink(image: Image.Image) -> float:
    return sum(image.histogram()[:200]) / (image.width * image.height)


def _differing(one: Image.Image, other: Image.Image) -> float:
    blurred = [image.filter(ImageFilter.GaussianBlur(1.2)) for image in (one, other)]
    return sum(ImageChops.difference(*blurred).histogram()[48:]) / (one.width * one.height)


def _engrave() -> ModuleType:
    spec = importlib.util.spec_from_file_location("engrave", THEME / "drawings/engrave.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
