"""What the press prints is what WeasyPrint would have printed; what it cannot print so, WeasyPrint prints."""

from __future__ import annotations

import datetime as dt
import pickle
import random
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from pipeline.documents import Design, check, compose, press, render, render_many
from pipeline.documents.press.press import Press
from pipeline.documents.samples import page_image
from pipeline.rules.certificates.activities import Kind
from tests.support.documents_kit import A4, LETTER, THEME, made_up, numbered
from tests.support.press_kit import SCRIPTS, by_press, differences, person, picture_differs
from tests.support.worldwide import SEED, every_name, number, people

pytestmark = pytest.mark.paper
KINDS = pytest.mark.parametrize("kind", list(Kind), ids=str)


@KINDS
@pytest.mark.parametrize("design", [LETTER, pytest.param(A4, marks=pytest.mark.soak)], ids=["letter", "a4"])
def test_every_kind_equals_weasyprints(kind: Kind, design: Design) -> None:
    """Content, text, boxes, picture, tags and metadata of each kind, on either paper."""
    assert differences(person("Wilhelmina Achterberg", "MD, MPH", kind), design) == []


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
        {"version": 2, "corrected_on": dt.date(2026, 11, 25)},
        {"version": 11, "corrected_on": dt.date(2024, 9, 30), "issued_on": dt.date(2024, 9, 28)},
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


@pytest.mark.parametrize("kind", ["rgb.png", "alpha.png", "grey.jpg", "drawing.svg"])
def test_pictures_of_a_design_equal_weasyprints(tmp_path: Path, kind: str) -> None:
    """A logo and a signature of every format that WeasyPrint takes stand on the page, in the same bytes."""
    path = tmp_path / kind
    if path.suffix == ".svg":
        path.write_bytes((THEME / "drawings/seal.svg").read_bytes())
    else:
        image = page_image(by_press(person("Ida Brandt")), 40)
        image.putalpha(Image.linear_gradient("L").resize(image.size))
        image.convert({"rgb": "RGB", "alpha": "RGBA", "grey": "L"}[path.stem]).save(path)
    design = replace(LETTER, logo_image=path, signature_image=path)
    facts = person("Ida Brandt")
    assert differences(facts, design) == []
    assert picture_differs(by_press(facts, design), by_press(facts, LETTER)) > 0.002
    assert Press(design).press(facts) == by_press(facts, design)


@pytest.mark.soak
def test_people_of_the_world() -> None:
    """Names as they come, all kinds: every one that is pressed equals WeasyPrint's, letter by letter."""
    for at, facts in enumerate(people(200, SEED)):
        if press.press_of(LETTER).press(facts) is not None:
            assert differences(facts, look=at % 6 == 0) == [], facts.name


def test_pressed_pages_are_read_back() -> None:
    """The page of one name of each people, read by a second library, says the facts."""
    compared = 0
    first = dict(reversed(list(every_name())))  # by people
    for name in first.values():
        facts = person(name, "MD, PhD")
        if (pdf := press.press_of(LETTER).press(facts)) is not None:
            compared += 1
            assert check.compare(pdf, facts, compose.words(facts), LETTER) == "", name
    assert compared >= 25


@pytest.mark.parametrize(
    "name",
    [
        "نادية كاتس", "שרה לוי", "みさき 直", "ज्ञानेश्वर", "Nadia Katz כץ", "Юлия Smith", "Ana \U000323b0",
        "Zoë ⅔", "\u0301Ana Levi",
    ],
)  # fmt: skip
def test_what_the_press_cannot_set_is_weasyprints(name: str) -> None:
    """Other scripts, two scripts, letters that no face has: never a wrong glyph for speed."""
    facts = made_up(name=name)
    assert press.press_of(LETTER).press(facts) is None
    assert not render(facts, LETTER).pressed


def test_a_name_of_two_lines_is_weasyprints() -> None:
    """The press sets single lines."""
    facts = made_up(name="Bartholomea-Ysabeau Christodoulopoulou-Vandersteen von und zu Achterberg")
    assert press.press_of(LETTER).press(facts) is None
    made = render(facts, LETTER)
    assert made.pdf
    assert not made.pressed


def test_the_run_can_count_them() -> None:
    """Each outcome says whether the press set it."""
    made = list(render_many([made_up(), made_up(name="שרה")], LETTER))
    assert [each.pressed for each in made] == [True, False]
    assert all(each.pdf for each in made)


def test_same_bytes_in_any_order() -> None:
    """A correction rendered alone equals its page in the batch, whatever went before."""
    drawn = [person(name) for name in SCRIPTS.values()]
    batch = {each.number: each.pdf for each in render_many(drawn, LETTER)}
    fresh = Press(LETTER)
    for facts in reversed(drawn):
        pdf = fresh.press(facts)
        assert pdf is None or pdf == batch[facts.number]


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("certificate.html", "{{ shown.name }}</h2>", "{{ shown.name[::-1] }} </h2>"),
        ("certificate.css", "h1, h2 {", "h2 { font-variant: small-caps } h1, h2 {"),
    ],
    ids=["another text", "other letters"],
)
def test_a_theme_the_press_does_not_understand_is_weasyprints(
    tmp_path: Path, file: str, before: str, after: str
) -> None:
    """Where a page depends on its person in another way, nothing is pressed, and all is still right."""
    theme = tmp_path / "theme"
    shutil.copytree(THEME, theme)
    page = (theme / file).read_text()
    assert before in page
    (theme / file).write_text(page.replace(before, after))
    assert press.press_of(replace(LETTER, theme=theme)).press(made_up()) is None


def test_corrections_of_any_day_share_a_template(monkeypatch: pytest.MonkeyPatch) -> None:
    """A correction takes no template of its own: what was made for one is there for the next."""
    one = Press(LETTER)
    facts = person("Ida Brandt")
    assert one.press(replace(facts, version=2, corrected_on=dt.date(2026, 1, 31)))
    monkeypatch.setattr(one, "_make", lambda *_: pytest.fail("a template was made"))
    assert one.press(replace(person("Ole Brandt"), version=3, corrected_on=dt.date(2026, 9, 30)))


def test_some_pages_are_read_back_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """One in 256, chosen by the facts; and where such a page does not say them, WeasyPrint sets it."""
    one = Press(LETTER)
    one.press(person("Ida Brandt"))
    compared = []

    def compare(_: bytes, facts: object, *__: object) -> str:
        compared.append(facts)
        return "something is wrong"

    monkeypatch.setattr("pipeline.documents.check.compare", compare)
    chance = random.Random(4)
    drawn = [numbered(person("Ida Brandt"), number(chance)) for _ in range(600)]
    refused = [facts for facts in drawn if one.press(facts) is None]
    assert 0 < len(refused) < 12
    assert refused == compared


def test_templates_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded whatever is asked for."""
    monkeypatch.setattr("pipeline.documents.press.press.MOST_TEMPLATES", 2)
    one = Press(LETTER)
    monkeypatch.setattr(one, "_make", lambda *_: (None, None))
    for kind in Kind:
        one.press(person("Ida Brandt", kind=kind))
    assert len(one._templates) == 2


@pytest.mark.parametrize("kind", [Kind.PARTICIPATION, Kind.CME_ABIM_ABP], ids=str)
def test_activities_share_a_template(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another title, place, day and number at ACCME take no template of their own where they take one line at
    the same size; what is made with another activity's template equals WeasyPrint's page."""
    one = Press(LETTER)
    assert one.press(person("Ida Brandt", kind=kind))
    monkeypatch.setattr(one, "_make", lambda *_: pytest.fail("a template was made"))
    monkeypatch.setattr(press, "press_of", lambda _: one)
    for title, location, day, pars_id in (
        ("Gout", "Oslo", dt.date(2024, 5, 1), "7"),
        (
            "Sjögren’s: What’s Fluff & What’s Not?",
            "Fjällbacka (Sweden)",
            dt.date(2027, 12, 31),
            "190000000017",
        ),
    ):
        ole = replace(person("Ole Brandt", kind=kind), title=title, location=location)
        facts = replace(ole, start=day, end=day + dt.timedelta(days=2), pars_id=pars_id)
        assert differences(facts) == [], title


def test_a_theme_that_sets_titles_otherwise_is_pressed_all_the_same(tmp_path: Path) -> None:
    """Then each activity has templates of its own."""
    theme = tmp_path / "theme"
    shutil.copytree(THEME, theme)
    style = theme / "certificate.css"
    style.write_text(style.read_text() + ".title { letter-spacing: 0.05em }")
    design = replace(LETTER, theme=theme)
    for title in ("Gout", "Lupus"):
        assert differences(made_up(title=title), design) == []


def test_files_of_one_template_are_sent_together() -> None:
    """What a worker made is joined where it arrives: what files begin with is sent once for all of them."""
    one = Press(LETTER)
    made = [one.press(person(name)) for name in ("Ida Brandt", "Ole Brandt", "Eva Brandt")]
    sent = pickle.dumps(made)
    assert pickle.loads(sent) == made  # noqa: S301 - our own
    assert len(sent) < 1.5 * len(made[0] or b"")
