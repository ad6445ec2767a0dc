"""Certificates state their facts, whole and unchanged, on one page."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import replace
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import zxingcpp
from PIL import Image
from weasyprint.urls import FatalURLFetchingError

from pipeline.documents import Design, check, compose, fonts, planning, render, render_many
from pipeline.documents.prepared import Fetcher, prepare
from pipeline.documents.render import CHUNK
from pipeline.documents.samples import page_image
from pipeline.errors import DocumentError
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Facts
from tests.support.documents_kit import A4, LETTER, THEME, drawn, made_up, numbered, pdf_of, text_of

KINDS = pytest.mark.parametrize("kind", list(Kind), ids=str)
STATED = {
    Kind.PARTICIPATION: [],
    Kind.CME: ["12.25 AMA PRA Category 1 Credits™"],
    Kind.CME_ABIM: ["12.25 AMA PRA Category 1 Credits™", "11.5 ABIM MOC points Patient Safety"],
    Kind.CME_ABP: ["12.25 AMA PRA Category 1 Credits™", "8 ABP MOC Part 2 points PARS 190417223"],
    Kind.CME_ABIM_ABP: [
        "12.25 AMA PRA Category 1 Credits™",
        "11.5 ABIM MOC points Patient Safety",
        "8 ABP MOC Part 2 points PARS 190417223",
    ],
}


@KINDS
@pytest.mark.parametrize("design", [LETTER, A4], ids=["letter", "a4"])
def test_one_page_in_landscape(kind: Kind, design: Design) -> None:
    """Every kind is one page on either paper."""
    with pikepdf.open(io.BytesIO(pdf_of(made_up(kind), design))) as pdf:
        assert len(pdf.pages) == 1
        width, height = (float(side) for side in pdf.pages[0].mediabox[2:])
    wanted = {"letter": (792, 612), "a4": (841.89, 595.28)}[design.paper]
    assert (width, height) == pytest.approx(wanted, abs=0.01)


@KINDS
def test_states_the_facts(kind: Kind) -> None:
    """The finished page says who, what, when, where, what was earned, and where to verify it."""
    text = text_of(pdf_of(made_up(kind)))
    said = [
        kind.label,
        "Wilhelmina Achterberg",
        "MD, MPH",
        "has participated in the live activity",
        "Spring Course on Vasculitis",
        "Halifax, Nova Scotia · April 30 – May 2, 2024",
        "accredited by the Accreditation Council for Continuing Medical Education (ACCME)",
        "Imogen Castellane, MD",
        "Issued June 3, 2024",
        "Certificate 7K3M-9QRT-X2VB-04HZ",
        "Verify at certs.example.org",
        "until May 2, 2030",
        "education@rheumatology.org",
        *STATED[kind],
    ]
    page = check.signs(text)
    for each in said:
        assert check.signs(each) in page, each


@KINDS
def test_says_nothing_that_was_not_claimed(kind: Kind) -> None:
    """No figure, board or statement of a credit that this kind does not carry."""
    text = text_of(pdf_of(made_up(kind)))
    assert ("AMA PRA" in text) == kind.is_credit
    assert ("ABIM" in text) == ("abim" in kind)
    assert ("ABP" in text) == ("abp" in kind)
    assert ("is awarded" in text) == kind.is_credit
    assert ("hours attended" in text) == (kind is Kind.PARTICIPATION)
    assert "14.75" not in text.partition("designates")[0].partition("ACCME")[0]


def test_a_correction_is_told_in_the_foot() -> None:
    """The day of the correction and the version stand below the day of issue, which stays; else nothing."""
    corrected = text_of(pdf_of(made_up(version=2, corrected_on=dt.date(2024, 11, 25))))
    assert "Issued June 3, 2024 Corrected November 25, 2024 (version 2) Certificate 7K3M" in corrected
    assert "Corrected" not in text_of(pdf_of(made_up()))
    assert "ersion" not in text_of(pdf_of(made_up(version=2)))


def test_one_credit_is_singular() -> None:
    """Exactly one credit is a Credit; a quarter is Credits (AMA PRA booklet)."""
    one = text_of(pdf_of(made_up(cme=Decimal(1))))
    assert "1 AMA PRA Category 1 Credit™" in one
    quarter = text_of(pdf_of(made_up(cme=Decimal("0.25"))))
    assert "0.25 AMA PRA Category 1 Credits™" in quarter


def test_phrase_in_italics() -> None:
    """AMA's phrase stands in italics, its figure upright, in the credit and in the statement."""
    facts = made_up()
    said = compose.words(facts)
    html = compose.html(facts, said, planning.best_plan(facts, said, LETTER, 4), LETTER, prepare(LETTER))
    assert '">12.25</span> <em class="unit">AMA PRA Category 1 Credits™</em>' in html
    assert "maximum of 14.75 <em>AMA PRA Category 1 Credits™</em>. Physicians" in html


def test_completion_date_of_undated_material() -> None:
    """An online activity's certificate says when this person completed it."""
    facts = made_up(
        start=None, end=None, completed_on=dt.date(2024, 2, 29), format="enduring material", location=""
    )
    text = text_of(pdf_of(facts))
    assert "has completed the enduring material" in text
    assert "Completed February 29, 2024" in text


@pytest.mark.parametrize(
    "name",
    [
        "Siân O'Hare-MacLeod", "Siân O’Hare", "van den Berg", "DE LA TORRE", "mcdonald",
        "Smith & Sons <b>Ltd</b>", "A &amp; B",
    ],
)  # fmt: skip
def test_name_as_given(name: str) -> None:
    """Case, apostrophes, ampersands and angle brackets arrive on paper as they were given."""
    assert name in text_of(pdf_of(made_up(name=name)))


def test_markup_is_never_obeyed() -> None:
    """A name that is HTML neither hides anything nor opens a file."""
    name = '<img src="file:///etc/hostname"><style>*{display:none}</style>'
    pdf = pdf_of(made_up(name=name, title="<script>1</script>"))
    text = text_of(pdf)
    assert "<script>1</script>" in text
    assert check.signs(name) in check.signs(text)


def test_bidirectional_overrides_have_no_effect() -> None:
    """A control that would reverse the letters after it is not obeyed."""
    assert "Rosalind Ferrer" in text_of(pdf_of(made_up(name="\u202eRosalind Ferrer")))


@pytest.mark.parametrize(
    ("name", "named"), [("", "name: is empty"), ("Ada\x07", "U+0007"), ("Ada 🎓", "U+1F393")]
)
def test_unprintable_names_are_refused(name: str, named: str) -> None:
    """An empty name, a control character or a picture makes a problem of that certificate alone."""
    made = drawn(made_up(name=name))
    assert made.pdf is None
    assert named in made.problem


def test_missing_glyph_is_named_and_the_rest_go_on() -> None:
    """A character no font has withholds that certificate, naming person, code and character."""
    people = [made_up(name="Ana \U000323b0 Prado"), made_up(name="Bea Prado")]
    first, second = render_many(people, LETTER)
    assert first.pdf is None
    assert "Ana \U000323b0 Prado" in first.problem
    assert "U+323B0" in first.problem
    assert second.pdf is not None


def test_a_missing_glyph_is_foreseen_in_the_words_of_rendering(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run will withhold, `certs check` tells without making it; nothing where fonts are not known."""
    facts = made_up(name="Ana \U000323b0 Prado")
    assert check.foreseen(facts, LETTER.theme) == drawn(facts).problem
    for name in ("欧阳娜", "Ṣẹ́gun Ọ̀ṣọ́bà", "نیک\u200cنام", "葛\U000e0100城"):
        assert check.foreseen(made_up(name=name), LETTER.theme) == drawn(made_up(name=name)).problem == ""
    fonts._drawable.cache_clear()
    monkeypatch.setattr(fonts, "font_list", lambda _: [])
    assert check.foreseen(facts, LETTER.theme) == ""
    fonts._drawable.cache_clear()


def test_missing_font_comes_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without the fonts the report says what to install, for the run and for the one person."""
    monkeypatch.setattr(fonts, "installed", dict)
    assert "Noto Serif CJK SC (Debian package fonts-noto-cjk)" in fonts.missing_fonts()
    problem = check.missing_words([ord("歐")], made_up(name="歐陽"))
    assert problem.startswith('no installed font has "歐" (U+6B50')
    assert problem.endswith("install the Debian package fonts-noto-cjk")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Wilhelmina Achterburg"},
        {"cme": Decimal("12.5")},
        {"title": "Autumn Course"},
        {"number": "0" * 19},
    ],
    ids=["name", "credits", "title", "number"],
)
def test_page_that_differs_from_its_facts_is_caught(change: dict[str, object]) -> None:
    """The finished text is compared with the facts, and the report names what is wanted and what is there."""
    facts = made_up()
    pdf = pdf_of(facts)
    assert check.compare(pdf, facts, compose.words(facts), LETTER) == ""
    other = replace(facts, **change)  # type: ignore[arg-type]
    problem = check.compare(pdf, other, compose.words(other), LETTER)
    assert "does not say" in problem
    assert str(next(iter(change.values()))) in problem


def test_wrong_right_to_left_name_is_caught() -> None:
    """Where the reader returns letters in another order, each must still be there."""
    facts = made_up(name="ليلى")
    other = replace(facts, name="ليلي")
    assert check.compare(pdf_of(facts), other, compose.words(other), LETTER) != ""


def test_metadata_comes_from_the_facts() -> None:
    """Title, author, subject and language are set; the dates are the issue date, never the clock."""
    with pikepdf.open(io.BytesIO(pdf_of(made_up()))) as pdf:
        info = {key: str(value) for key, value in pdf.docinfo.items()}
        assert str(pdf.Root.Lang) == "en"
    assert info["/Title"] == "CME Certificate: Wilhelmina Achterberg, Spring Course on Vasculitis"
    assert info["/Author"] == "American College of Rheumatology"
    assert "7K3M-9QRT-X2VB-04HZ" in info["/Subject"]
    assert info["/CreationDate"] == info["/ModDate"] == "D:20240603"


@pytest.mark.starts
def test_same_bytes_in_another_process_and_time_zone() -> None:
    """The same facts give the same file in a fresh process, elsewhere, with hashes shuffled."""
    names = ["Wilhelmina Achterberg", "שרה לוי"]  # one whom the press sets, one whom WeasyPrint does
    code = (
        "import hashlib; from tests.support.documents_kit import *\n"
        "from pipeline.rules.certificates.activities import Kind\n"
        "made = [render(made_up(kind, name), LETTER).pdf for kind in (Kind.PARTICIPATION, Kind.CME_ABIM) "
        f"for name in {names}]\n"
        "print([hashlib.sha256(pdf).hexdigest() for pdf in made])"
    )
    path = str(Path(__file__).resolve().parents[2])
    env = {**os.environ, "TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7", "PYTHONPATH": path}
    there = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    here = [pdf_of(made_up(kind, name)) for kind in (Kind.PARTICIPATION, Kind.CME_ABIM) for name in names]
    assert there.stdout.strip() == str([hashlib.sha256(pdf).hexdigest() for pdf in here])


@pytest.mark.starts
def test_workers_give_the_same_in_order() -> None:
    """Two worker processes return every certificate, in the order of its facts, byte for byte."""
    people = [
        numbered(made_up(name=name), f"0000-0000-000A-{at:04}")
        for at, name in enumerate(["Ida", "Åse", "שרה", *["Ole"] * 3 * CHUNK])
    ]
    with ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as pool:
        made = list(render_many(people, LETTER, pool))
    assert made == list(render_many(people, LETTER))
    assert [each.number for each in made] == [each.number for each in people]
    assert [each.pressed for each in made[:4]] == [True, True, False, True]


class Counting(Executor):
    """Runs work at once and remembers how much was asked for ahead of its use."""

    def __init__(self) -> None:
        self.asked = 0

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        self.asked += 1
        future: Future[Any] = Future()
        future.set_result([])
        return future


def test_facts_are_read_only_as_fast_as_certificates_are_taken() -> None:
    """A run of any size holds a bounded number of certificates."""
    taken = 0

    def people() -> Iterator[Facts]:
        nonlocal taken
        for _ in range(10_000):
            taken += 1
            yield made_up()

    pool = Counting()
    rendered = render_many(people(), LETTER, pool)
    future: Future[Any] = Future()
    future.set_result([drawn(made_up())])
    pool.submit = lambda *_, **__: future  # type: ignore[method-assign]
    next(rendered)
    assert taken <= 1_000


def test_pictures_of_people_are_not_kept() -> None:
    """The picture cache holds the design's drawings, however many certificates were made."""
    render(made_up(number="1111-1111-1111-1111"), LETTER)
    kept = set(prepare(LETTER).cache)
    assert all(url.startswith("theme:") for url in kept)


@pytest.mark.parametrize("dpi", [96, 300])
def test_qr_code_is_the_verification_address(dpi: int) -> None:
    """The code on the page, read as a phone reads it from screen or paper, is this certificate's address."""
    facts = made_up()
    found = zxingcpp.read_barcodes(page_image(pdf_of(facts), dpi))
    assert [(code.text, code.format) for code in found] == [(facts.verify_url, zxingcpp.BarcodeFormat.QRCode)]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/hostname",
        "https://example.org/a.png",
        "theme:../../pyproject.toml",
        "image:logo",
        "data:,x",
    ],
)
def test_nothing_outside_the_design_is_opened(url: str) -> None:
    """Only the theme's folder and the two configured images can be loaded; the rest stops the rendering."""
    with pytest.raises(FatalURLFetchingError):
        Fetcher(LETTER).fetch(url)


def test_missing_design_is_an_error_of_the_run(tmp_path: Path) -> None:
    """What concerns every certificate is said once, with what to do, before any is made."""
    for design in (
        replace(LETTER, paper="legal"),
        replace(LETTER, theme=tmp_path),
        replace(LETTER, signature_image=tmp_path / "signature.png"),
    ):
        with pytest.raises(DocumentError) as caught:
            render(made_up(), design)
        assert caught.value.hint


def test_missing_drawing_is_not_left_out(tmp_path: Path) -> None:
    """A certificate without its seal is never made."""
    theme = tmp_path / "theme"
    shutil.copytree(THEME, theme, ignore=shutil.ignore_patterns("seal.svg"))
    with pytest.raises(DocumentError, match=r"seal\.svg"):
        render(made_up(), replace(LETTER, theme=theme))


def test_configured_images_are_drawn(tmp_path: Path) -> None:
    """A signature and a logo stand on the page, with alternative texts."""
    for name in ("logo", "signature"):
        Image.new("RGB", (400, 120), "#204060").save(tmp_path / f"{name}.png")
    design = replace(LETTER, logo_image=tmp_path / "logo.png", signature_image=tmp_path / "signature.png")
    with pikepdf.open(io.BytesIO(pdf_of(made_up(Kind.CME_ABIM_ABP), design))) as pdf:
        assert len(pdf.pages) == 1
        alts = [
            str(each.Alt) for each in pdf.objects if isinstance(each, pikepdf.Dictionary) and "/Alt" in each
        ]
    assert "Signature of Imogen Castellane, MD" in alts
    assert "American College of Rheumatology" in alts
