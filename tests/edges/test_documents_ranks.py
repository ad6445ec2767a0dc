"""What is large and small on a certificate, where credits and statements stand, what a copy keeps."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from pipeline.documents import Design, columns, compose, planning
from pipeline.documents.design import PAPERS
from pipeline.documents.hand import hand_of
from pipeline.documents.samples import page_image
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.claims.names import NAME_LENGTH
from tests.bench.paper import Case, cases, faults
from tests.support.documents_kit import A4, LETTER, boxes, lines, made_up, pdf_of, text_of
from tests.support.type_sizes import type_sizes

pytestmark = pytest.mark.paper
KINDS = pytest.mark.parametrize("kind", list(Kind), ids=str)
HARD = [case for case in cases() if len(case.name) > 38 or len(case.title) > 110 or not case.name.isascii()][
    ::9
]
ASKEW = 0.3, -0.2, 0.25  # degrees, of each round of copying
COPIER = 200  # dots an inch, as an office's copier scans


@pytest.mark.parametrize("case", HARD, ids=lambda case: f"{case.design.paper}-{case.name[:16]}")
def test_the_name_is_the_largest_and_nothing_is_too_small(case: Case) -> None:
    """Read from the finished page, in the kinds with the fewest and the most texts."""
    first, *_, last = case.facts()
    for facts in (first, last):
        assert list(faults(case, type_sizes(pdf_of(facts, case.design), facts))) == []


@pytest.mark.parametrize("kind", [Kind.PARTICIPATION, Kind.CME_ABIM_ABP], ids=str)
def test_beside_a_name_of_two_small_lines_all_else_is_smaller(kind: Kind) -> None:
    """Kind, title and figures give way to a name that takes all the width there is."""
    facts = made_up(
        kind, "Maximiliana-Alexandrina Konstantinopolitanskaya-Featherstonehaugh " + "de la Cruz " * 4
    )
    found = type_sizes(pdf_of(facts), facts)
    assert found.is_name
    assert found.largest_other < found.name < 30


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(codec="utf-8", categories=["Lu", "Ll", "Lo"]), min_size=1, max_size=NAME_LENGTH),
    st.text(st.sampled_from("aeilmnorstuv -M"), min_size=1, max_size=260).filter(str.strip),
    st.sampled_from(list(Kind)),
    st.sampled_from([LETTER, A4]),
)
@example("WWWW " * 39 + "W", "Gout", Kind.PARTICIPATION, LETTER)
@example("山田" * 100, "Gout", Kind.CME_ABIM_ABP, A4)
def test_no_text_is_planned_larger_than_the_name(name: str, title: str, kind: Kind, design: Design) -> None:
    """Whatever name and title."""
    facts = made_up(kind, name, title=title)
    planned = planning.best_plan(facts, compose.words(facts), design, 4.0)
    others = [fitted.size for text, fitted in planned.texts.items() if text != "name"]
    assert max(*others, planned.lead, planned.figure, planned.statement_size) < planned.texts["name"].size


@pytest.mark.parametrize("design", [LETTER, A4], ids=["letter", "a4"])
@KINDS
def test_credits_stand_on_the_axis(kind: Kind, design: Design) -> None:
    """Figures are a cell apart, and their middle is that of the page; two have the rule there."""
    facts = made_up(kind)
    earned = compose.credit_lines(facts)
    pdf = pdf_of(facts, design)
    figures = {figure for figure, _, _ in earned}
    found = [(left + right) / 2 for text, left, _, right, _ in lines(pdf) if text in figures]
    assert len(found) == len(earned)
    middle, cell = PAPERS[design.paper][0] / 2, planning.text_width(design) / 3
    wanted = [middle + (at - (len(earned) - 1) / 2) * cell for at in range(len(earned))]
    assert found == pytest.approx(wanted, abs=0.8)


@KINDS
def test_one_number_and_where_to_verify(kind: Kind) -> None:
    """The number is printed once; the whole address is in the code."""
    text = text_of(pdf_of(made_up(kind)))
    assert text.count("7K3M-9QRT-X2VB-04HZ") == 1
    assert "Verify at certs.example.org Record" in text


def test_a_site_below_its_host_is_shown_with_its_path() -> None:
    facts = made_up(verify_url="https://example.org/a/certs/verify/7K3M-9QRT-X2VB-04HZ/")
    assert "Verify at example.org/a/certs Record" in text_of(pdf_of(facts))


@KINDS
def test_columns_of_statements_are_of_one_height(kind: Kind) -> None:
    """They differ by a line at most, and no line is wider than the page's text."""
    facts = made_up(kind)
    for design in (LETTER, A4):
        placed = planning.best_plan(facts, compose.words(facts), design, 4.0).statements
        assert [at for column in placed.columns for at, _ in column.lines] == list(
            range(len(compose.words(facts).statements))
        )
        found = type_sizes(pdf_of(facts, design), facts).lines
        heights = [sum(found[at] for at, _ in column.lines) for column in placed.columns]
        assert max(heights) - min(heights) <= 1
        used = sum(column.width for column in placed.columns) + placed.gap * (len(placed.columns) - 1)
        assert used <= planning.text_width(design)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.lists(st.floats(0.3, 9.0), min_size=1, max_size=120), min_size=1, max_size=5),
    st.floats(5.0, 9.0),
)
def test_any_statements_find_their_columns(statements: list[list[float]], size: float) -> None:
    """Each statement once, in order, in no more width than there is."""
    pieces = [[(width, 0.2 if at else 0.0) for at, width in enumerate(each)] for each in statements]
    placed = columns.arrange(pieces, size, 624.0)
    assert [at for column in placed.columns for at, _ in column.lines] == list(range(len(statements)))
    assert sum(column.width for column in placed.columns) + placed.gap * (len(placed.columns) - 1) <= 626


def copied(image: Image.Image) -> Image.Image:
    """What a black and white copier makes of a page: a little blurred and askew, each dot black or white."""
    for turn in ASKEW:
        grey = image.convert("L").rotate(turn, Image.Resampling.BICUBIC, fillcolor=255)
        image = grey.filter(ImageFilter.GaussianBlur(0.7)).point(lambda value: 255 if value > 140 else 0)
    return image


@KINDS
def test_copies_of_copies_can_be_read(kind: Kind) -> None:
    """After three rounds the code reads, and every letter of the small type has kept most of its ink."""
    facts = made_up(kind)
    pdf = pdf_of(facts)
    page = page_image(pdf, COPIER)
    copy = copied(page)
    (code,) = zxingcpp.read_barcodes(copy)
    assert code.text == facts.verify_url
    turned = page.convert("L").rotate(sum(ASKEW), Image.Resampling.BICUBIC, fillcolor=255)
    kept = []
    for sign, left, bottom, right, top in boxes(pdf):
        if top - bottom < 9 and sign.isalnum():
            sides = (left - 0.6, 612 - top - 0.6, right + 0.6, 612 - bottom + 0.6)
            x1, y1, x2, y2 = (round(side * COPIER / 72) for side in sides)
            before, after = (ink(each.crop((x1, y1, x2, y2))) for each in (turned, copy))
            kept.append(after / max(1, before))
    kept.sort()
    assert len(kept) > 200
    assert kept[len(kept) // 50] > 0.5
    assert kept[-len(kept) // 50] < 1.8


def ink(image: Image.Image) -> int:
    """How much of it is black."""
    return sum(255 - value for value in image.convert("L").tobytes())


def signature(path: Path, size: tuple[int, int], margin: int) -> Path:
    """A made-up hand."""
    image = Image.new("RGBA", size)
    wave = [
        (x, size[1] / 2 + (size[1] / 2 - margin) * (1 if x // 40 % 2 else -1))
        for x in range(margin, size[0] - margin, 40)
    ]
    ImageDraw.Draw(image).line(wave, fill="#102050", width=max(3, size[1] // 30))
    image.save(path)
    return path


@pytest.mark.parametrize("size", [(900, 180), (400, 400), (1600, 120)], ids=["usual", "square", "long"])
def test_a_signature_stands_on_its_rule(tmp_path: Path, size: tuple[int, int]) -> None:
    """Whatever its shape: above the rule, near it, between the margins of its box, clear of the seal."""
    design = replace(LETTER, signature_image=signature(tmp_path / "hand.png", size, 4))
    pdf = pdf_of(made_up(Kind.CME_ABIM_ABP), design)
    page = page_image(pdf, 144)
    red, _, blue = page.split()
    hand = ImageChops.subtract(blue, red).crop((0, 800, 792, 1100)).point(lambda value: 255 * (value > 40))
    box = hand.getbbox()
    assert box is not None
    left, right, bottom = box[0] / 2, box[2] / 2, (box[3] + 800) / 2
    name = next(top for text, _, _, _, top in lines(pdf) if text.startswith("Imogen"))
    assert left >= planning.SIDE
    assert right < 396 - 45
    assert 3 < 612 - name - bottom < 12


def test_the_paper_around_a_hand_is_left_out(tmp_path: Path) -> None:
    """A scan with wide margins, on greyish paper or on none, gives the hand alone, in its ink."""
    found = []
    for name, paper in (
        ("clear.png", (0, 0, 0, 0)),
        ("white.png", (255, 255, 255, 255)),
        ("grey.jpg", (228, 226, 220, 255)),
    ):
        scan = Image.new("RGBA", (1500, 900), paper)
        ImageDraw.Draw(scan).line([(500, 500), (700, 420), (900, 480)], fill="#14245a", width=9)
        scan.convert("RGB" if name.endswith("jpg") else "RGBA").save(tmp_path / name)
        with Image.open(io.BytesIO(hand_of((tmp_path / name).read_bytes()))) as hand:
            found.append(hand.size)
            assert hand.convert("RGB").getpixel((hand.width // 2, 3)) == pytest.approx((20, 36, 90), abs=12)
    assert all(390 <= width <= 420 and 75 <= height <= 100 for width, height in found)
    drawing = (LETTER.theme / "drawings/seal.svg").read_bytes()
    assert hand_of(drawing) == drawing


def test_nobody_signs_on_an_empty_line() -> None:
    """Without an image no rule waits for a hand: the page has the border's lines and the credits' alone."""
    for design in (LETTER, replace(LETTER, signatory_name="", signatory_title="")):
        with pikepdf.open(io.BytesIO(pdf_of(made_up(), design))) as pdf:
            drawn = [
                [float(side) for side in part.operands]
                for part in pikepdf.parse_content_stream(pdf.pages[0])
                if str(part.operator) == "re"
            ]
        assert not [box for box in drawn if 100 < abs(box[2]) < 400 and abs(box[3]) < 2]
