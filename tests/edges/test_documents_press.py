"""What the press prints is what WeasyPrint would have printed; what it cannot print so, WeasyPrint prints."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib
import io
import os
import random
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.documents import check, compose, page_png, press, render, render_many
from pipeline.documents.design import prepare
from pipeline.documents.pictures import code
from pipeline.documents.press import workshop as workshops
from pipeline.documents.press.edition import LADDERS, Editions
from pipeline.documents.press.letters import LATINATE, WESTERN, repertoire_of
from pipeline.documents.press.qr import FIRST, Codes
from pipeline.documents.press.setting import setter, units_of
from pipeline.documents.press.workshop import Workshop
from pipeline.rules.certificates.activities import Kind
from tests.support.documents_kit import A4, LETTER, THEME, made_up
from tests.support.press_kit import by_press, differences, lines_by_weasyprint, person
from tests.support.programs import program
from tests.support.worldwide import PEOPLES, number, people

KINDS = pytest.mark.parametrize("kind", list(Kind), ids=str)
SCRIPTS = {
    "western": "Wilhelmina Achterberg",
    "ligatures": "Jean-François d’Offfi O'Fflath & Fjell TTh Qvist",
    "vietnamese": "Zoë Nguyễn Thị Ánh",
    "polish": "Żółć Gęślą Jaźń",
    "yoruba": "Ṣẹ́gun Ọ̀ṣọ́bà Àdùkẹ́",
    "decomposed": "Đo\u0302\u0303 Thi\u0323 My\u0303",
    "transliterated": "ʿAlī Ḥusayn aṭ-Ṭāʾī",
    "hausa": "Ɗanladi Ƙofa Ɓello",
    "russian": "Юлия Щёкина",
    "greek": "Ἀριστοτέλης Ζαΐμης",
    "armenian": "Գայանե Մկրտչյան",
    "georgian": "ქეთევან წერეთელი",
    "markup": "A & B (née O“Neill”)",
    "capitals": "DE LA TORRE",
    "long": "Bartholomea-Ysabeau Christodoulopoulou",
}


@KINDS
@pytest.mark.parametrize("design", [LETTER, A4], ids=["letter", "a4"])
def test_every_kind_equals_weasyprints(kind: Kind, design: object) -> None:
    """Content, text, boxes, picture, tags and metadata of each kind, on either paper."""
    assert differences(person("Wilhelmina Achterberg", "MD, MPH", kind), design) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("name", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_every_script_equals_weasyprints(name: str) -> None:
    """The same for all scripts that a repertoire has, with marks, ligatures and kerning."""
    assert differences(person(name, "")) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"cme": Decimal(1)},
        {"cme": Decimal("0.25"), "abim": Decimal(1)},
        {"cme": Decimal("113.75")},
        {"credentials": "MD, PhD, FACR, FAAP, FRCP (Edin.), MPH, DipMedEd"},
        {"credentials": "Dr. rer. nat., Dozentin für Ökologie"},
        {"title": "Ein Kurs: „Größe“ & <Maß>", "location": "Łódź\nAula"},
        {"issued_on": dt.date(2026, 9, 30), "kept_until": dt.date(2032, 12, 28)},
        {"start": None, "end": None, "completed_on": dt.date(2024, 2, 29), "format": "enduring material"},
        {"start": None, "end": None, "completed_on": dt.date(2024, 9, 30), "location": ""},
        {"start": None, "end": None, "completed_on": dt.date(2024, 3, 1), "location": "東京"},
        {"designation": "", "abim_statement": ""},
        {"location": "\n".join(["Palais des Congrès, Salle Joséphine-Baker, Niveau 5"] * 5)},
        {"accreditation": "A statement of some length, said again. " * 24},
        {"verify_url": "https://example.org/a/very/long/path/of/a/host/7K3M-9QRT-X2VB-04HZ?lang=en&x=1"},
        {"verify_url": "https://a.io/7K3M-9QRT-X2VB-04HZ"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_other_facts_equal_weasyprints(changes: dict[str, object]) -> None:
    """Singular credits, dates, long texts, other addresses: what else stands on a page."""
    assert differences(made_up(Kind.CME_ABIM, "Ida Brandt", **changes)) == []


def test_people_of_the_world() -> None:
    """Names as they come, all kinds: every one that is pressed equals WeasyPrint's, letter by letter."""
    for at, facts in enumerate(people(60, seed=11)):
        if press.pressed(facts, LETTER) is not None:
            assert differences(facts, look=at % 6 == 0) == [], facts.name


NAMES = st.sampled_from([WESTERN, LATINATE]).flatmap(
    lambda repertoire: st.text(st.sampled_from(sorted(repertoire.letters)), min_size=1, max_size=28)
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=NAMES)
def test_any_letters_equal_weasyprints(name: str) -> None:
    """Letters in any order, marks on anything: either set exactly, or left to WeasyPrint."""
    facts = made_up(name=name)
    if check.unprintable(facts) or press.pressed(facts, LETTER) is None:
        return
    assert differences(facts, look=False) == []


def test_few_names_of_the_world_are_not_pressed() -> None:
    """Of a worldwide list at most one in fifty takes WeasyPrint's time; and most of its peoples none."""
    drawn = list(people(6000, seed=5))
    theirs = [facts for facts in drawn if Workshop(LETTER)._editions.order(facts) is None]
    assert 0 < len(theirs) <= len(drawn) // 50


def test_thousands_of_names_equal_weasyprints() -> None:
    """Real-world names and credentials through both: the same glyphs at the same places, byte for byte."""
    editions, ours = Editions(LETTER), {}
    for facts in people(15_000, seed=9):
        order = editions.order(facts)
        if order is None:
            continue
        slots = order.edition.slots_west if order.west else order.edition.slots
        for what, rung in zip(("name", "credentials"), order.rungs, strict=False):
            if what in order.texts and slots and what in slots:
                size, text = LADDERS[what][rung][0], order.texts[what]
                line = setter(slots[what], units_of(size)).set(text)
                if line:  # else it is left to WeasyPrint
                    ours[what, text, size] = line.shows
    assert len(ours) > 3000
    theirs = lines_by_weasyprint(list(ours))
    differing = [line for line, mine, other in zip(ours, ours.values(), theirs, strict=True) if mine != other]
    assert differing == []


def test_pressed_pages_are_read_back() -> None:
    """Each pressed page, read by a second library, says the facts."""
    compared = 0
    for facts in people(300, seed=3):
        pdf = press.pressed(facts, LETTER)
        if pdf is not None:
            compared += 1
            assert check.compare(pdf, facts, compose.words(facts), LETTER) == "", facts.name
    assert compared > 290


@pytest.mark.parametrize(
    "name",
    [
        "نادية كاتس",
        "שרה לוי",
        "みさき 直",
        "ज्ञानेश्वर",
        "Nadia Katz כץ",
        "Юлия Smith",
        "Ana \U000323b0",
        "Zoë ⅔",
        "\u0301Ana Levi",
    ],
)
def test_what_the_press_cannot_set_is_weasyprints(name: str) -> None:
    """Other scripts, two scripts, letters that no face has: never a wrong glyph for speed."""
    facts = made_up(name=name)
    assert press.pressed(facts, LETTER) is None
    assert not render(facts, LETTER).pressed


def test_a_name_of_two_lines_is_weasyprints() -> None:
    """The press sets single lines."""
    facts = made_up(name="Bartholomea-Ysabeau Christodoulopoulou-Vandersteen von und zu Achterberg")
    assert press.pressed(facts, LETTER) is None
    made = render(facts, LETTER)
    assert made.pdf
    assert not made.pressed


def test_the_run_can_count_them() -> None:
    """Each outcome says whether the press set it."""
    made = list(render_many([made_up(), made_up(name="שרה")], LETTER))
    assert [each.pressed for each in made] == [True, False]
    assert all(each.pdf for each in made)


@pytest.mark.starts
def test_same_bytes_in_any_order_batch_and_process() -> None:
    """A correction rendered alone in another process equals its page in the batch, whatever went before."""
    drawn = list(people(24, seed=8))
    batch = {each.number: each.pdf for each in render_many(drawn, LETTER)}
    shuffled = random.Random(1).sample(drawn, len(drawn))
    fresh = Workshop(LETTER)
    for facts in shuffled:
        pdf = fresh.press(facts)
        assert pdf is None or pdf == batch[facts.number]
    code = (
        "import hashlib; from tests.support.worldwide import people;"
        "from tests.support.documents_kit import LETTER;"
        "from pipeline.documents import render;"
        "print([hashlib.sha256(render(f, LETTER).pdf).hexdigest() for f in list(people(24, seed=8))[-3:]])"
    )
    path = str(Path(__file__).resolve().parents[2])
    env = {**os.environ, "TZ": "Asia/Kolkata", "PYTHONHASHSEED": "5", "PYTHONPATH": path}
    there = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    here = [hashlib.sha256(batch[facts.number] or b"").hexdigest() for facts in drawn[-3:]]
    assert there.stdout.strip() == str(here)


@pytest.mark.starts
def test_workers_press_the_same() -> None:
    """Two worker processes give what one process gives, in order."""
    drawn = list(people(70, seed=9))
    with ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as pool:
        there = list(render_many(drawn, LETTER, pool))
    assert there == list(render_many(drawn, LETTER))


@pytest.mark.starts
def test_well_formed(tmp_path: Path) -> None:
    """qpdf finds nothing, PDF/UA is claimed, and each file has its own identifier."""
    first, second = by_press(person("Ida Brandt")), by_press(person("Ole Brandt"))
    for pdf in (first, second):
        path = tmp_path / "one.pdf"
        path.write_bytes(pdf)
        done = subprocess.run([program("qpdf"), "--check", path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        with pikepdf.open(io.BytesIO(pdf)) as document:
            assert not document.check_pdf_syntax()
            assert len(document.pages) == 1
    with pikepdf.open(io.BytesIO(first)) as one, pikepdf.open(io.BytesIO(second)) as other:
        assert one.trailer.ID[0] != other.trailer.ID[0]
        assert one.trailer.ID[1] != other.trailer.ID[1]


def test_validator() -> None:
    """page-validation finds nothing against PDF/UA-1 in any kind or repertoire."""
    page = pytest.importorskip("page", reason="pip install page-validation")
    validate = importlib.import_module(page.__name__).validate_pdf_bytes
    for facts in [*(person("Ida Brandt", kind=kind) for kind in Kind), *map(person, SCRIPTS.values())]:
        report = validate(by_press(facts), profile="ua1")
        assert report.is_compliant, [failure.message for failure in report.failures]


def test_a_file_says_nothing_of_another_person() -> None:
    """Neither the made-up people of a template nor whoever was set before stand anywhere in a file."""
    by_press(person("Ottoline Zimmerdahl", "RN"))
    with pikepdf.open(io.BytesIO(by_press(person("Ida Brandt", "MD")))) as pdf:
        said = b"".join(
            each.read_bytes() if isinstance(each, pikepdf.Stream) else str(each).encode()
            for each in pdf.objects
        )
    for word in (b"Zimmerdahl", b"Wzxkv", b"JJJJ", b"WWWW"):
        assert word not in said
        assert word.decode().encode("utf-16-be").hex().encode() not in said


def test_a_theme_the_press_does_not_understand_is_weasyprints(tmp_path: Path) -> None:
    """Where a page hangs on its person in another way, nothing is pressed, and all is still right."""
    theme = tmp_path / "theme"
    for source in THEME.rglob("*"):
        target = theme / source.relative_to(THEME)
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    page = theme / "certificate.html"
    page.write_text(page.read_text().replace("{{ shown.name }}</h2>", "{{ shown.name[::-1] }} </h2>"))
    design = replace(LETTER, theme=theme)
    assert press.pressed(made_up(), design) is None
    style = theme / "certificate.css"
    page.write_text(page.read_text().replace("{{ shown.name[::-1] }} </h2>", "{{ shown.name }}</h2>"))
    style.write_text(
        style.read_text().replace(
            "h1, h2 {", "h2 { font-size-adjust: none; font-variant: small-caps } h1, h2 {"
        )
    )
    prepare.cache_clear()
    assert Workshop(design).press(made_up()) is None


def test_a_wrong_letter_would_be_refused() -> None:
    """What the glyphs read back as is compared with the text: a table that lies sets nothing."""
    facts = person("Ida Brandt")
    workshop = Workshop(LETTER)
    order = workshop._editions.order(facts)
    assert order is not None
    assert order.edition.slots_west is not None
    letters = order.edition.slots_west["name"]
    glyph = next(glyph for glyph, text in letters.texts.items() if text == "d")
    letters.texts[glyph] = "b"
    try:
        assert workshop.press(replace(facts, name="Edda Dahl")) is None
    finally:
        letters.texts[glyph] = "d"


def test_some_pages_are_read_back_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """One in 256, by the facts; and where such a page does not say them, WeasyPrint sets it."""
    workshop = Workshop(LETTER)
    workshop.press(person("Ida Brandt"))
    asked = []

    def compare(_: bytes, facts: object, *__: object) -> str:
        asked.append(facts)
        return "something is wrong"

    monkeypatch.setattr(check, "compare", compare)
    chance = random.Random(4)
    refused = 0
    for _ in range(600):
        drawn = number(chance)
        facts = replace(
            person("Ida Brandt"), number=drawn, verify_url=f"https://certs.example.org/verify/{drawn}/"
        )
        refused += workshop.press(facts) is None
    assert 0 < refused == len(asked) < 12


@pytest.mark.parametrize(
    "around", [("https://certs.example.org/verify/", "/"), ("http://a.io/", "")], ids=["long", "short"]
)
def test_qr_codes_are_those_of_segno(around: tuple[str, str]) -> None:
    """Any number's code, by patterns, is the one that segno draws: every module of it."""
    codes, chance = Codes(*around), random.Random(6)
    for drawn in [*(number(chance) for _ in range(FIRST + 40)), "weird-number-of-other-shape"]:
        address = f"{around[0]}{drawn}{around[1]}"
        assert codes.operators(drawn) == code(address, drawn).operators()


def test_qr_codes_are_read_by_a_phone() -> None:
    """Whatever the number, a reader finds the address on the pressed page."""
    chance = random.Random(8)
    for _ in range(FIRST + 12):
        drawn = number(chance)
        facts = replace(
            person("Ida Brandt"), number=drawn, verify_url=f"https://c.example.org/verify/{drawn}/"
        )
        page = Image.open(io.BytesIO(page_png(by_press(facts), 150)))
        assert [found.text for found in zxingcpp.read_barcodes(page)] == [facts.verify_url]


def test_templates_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded whatever is asked for."""
    monkeypatch.setattr(workshops, "MOST", 2)
    workshop = Workshop(LETTER)
    monkeypatch.setattr(workshop, "_make", lambda *_: (None, None))
    for kind in Kind:
        workshop.press(person("Ida Brandt", kind=kind))
    assert len(workshop._templates) == 2


def test_all_peoples_are_in_the_list() -> None:
    """The worldwide list's shares are of a thousand, give or take, and names only of made-up people."""
    assert 950 <= sum(share for share, _, _ in PEOPLES.values()) <= 1050
    assert repertoire_of("Ida Brandt", THEME, serif=True) is WESTERN
    assert repertoire_of("Bořek Čáp", THEME, serif=True) is LATINATE
