"""Exports as systems write them: each shipped source reads one of its kind; the file of a source is exact."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from pipeline.errors import CatalogError, IntakeError
from pipeline.intake import ClaimsFile, open_claims
from pipeline.intake.exports import SHIPPED, load_sources
from pipeline.rules.claims.claim import Claim, Problem
from pipeline.rules.claims.columns import unknown_column
from pipeline.rules.claims.export_source import Meanings, read_source
from tests.support.claim_values import CATALOG, TODAY, outcomes
from tests.support.college import HERE

FILES = (HERE / "tests" / "edges" / "exports").glob("*.csv")
EXPORTS = {path.stem: path.read_text(encoding="utf-8") for path in FILES}
NO_ACTIVITY = {"moodle", "zoom-meeting", "zoom-webinar"}
NOT_TAKEN = {"cloudcme": 1, "cvent": 2, "docebo": 1, "cornerstone": 1, "moodle": 1, "zoom-webinar": 1}


def exported(tmp_path: Path, text: str, activity: str = "", content: Path | None = None) -> ClaimsFile:
    path = tmp_path / "export.csv"
    path.write_text(text, encoding="utf-8")
    sources = load_sources(content or tmp_path / "content", CATALOG)
    return open_claims(path, Meanings({}, sources, activity), CATALOG, TODAY)


def test_every_shipped_source_has_an_export_here() -> None:
    assert {path.stem for path in SHIPPED.glob("*.toml")} == {*EXPORTS}


@pytest.mark.parametrize("key", EXPORTS)
def test_a_shipped_source_reads_its_export(tmp_path: Path, key: str) -> None:
    """Ana takes part and has what she claimed; who did not is not taken; what cannot be is set aside."""
    found = exported(tmp_path, EXPORTS[key], "meeting-2025" if key in NO_ACTIVITY else "")
    assert found.export is not None
    assert found.export.key == key
    came_to = outcomes(found)
    claims = [one for one in came_to if isinstance(one, Claim)]
    assert {(one.activity, one.email) for one in claims} == {("meeting-2025", "ana@example.org")}
    (ana,) = claims
    assert (ana.cme or 0) == (0 if key in NO_ACTIVITY else 6.5)
    assert (ana.abim or 0) == (6.5 if key == "ethosce" else 0)
    assert dict(ana.met).get("evaluation", False) == (key in ("cadmium", "moodle"))
    assert ana.name == "Ana Ode"
    assert ana.credentials == ("MD" if key in ("cloudcme", "cadmium") else None)
    problems = [one for one in came_to if isinstance(one, Problem)]
    assert sum(not one.is_fault for one in problems) == NOT_TAKEN.get(key, 0)
    assert all(not one.is_fault for one in problems)
    assert found.stops == ()


@pytest.mark.parametrize("key", EXPORTS)
def test_what_a_shipped_source_says_of_headers_is_known(key: str) -> None:
    """A column it names is one that claims files have, or a requirement that activities mostly have."""
    (source,) = [one for one in load_sources(SHIPPED, CATALOG) if one.key == key]
    assert {name for name in source.columns.values() if unknown_column(name, ["evaluation"])} <= {
        "time_present"
    }


def own(tmp_path: Path, text: str, name: str = "ours") -> Path:
    folder = tmp_path / "content" / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return tmp_path / "content"


OURS = """
headers = ["Kurs", "Wer"]
names = "as-given"
dates = "month-first"
yes = ["ja"]
no = ["nein"]
[columns]
"Kurs" = "activity"
"Wer" = "name"
"Post" = "email"
"Feedback" = "evaluation"
"Tag" = "completed_on"
"Notiz" = "unused"
[status]
column = "Stand"
counts = ["da"]
[attendance]
column = "Minuten"
minimum = 45
sum = true
"""
ROWS = """Kurs,Wer,Post,Feedback,Tag,Notiz,Stand,Minuten
course,Ann Lee,ann@example.org,JA,03/04/2026,x, Da ,20
course,Ann Lee,ann@example.org,ja,03/04/2026,y,da,30.5
course,Bo Ray,bo@example.org,nein,03/05/2026,x,da,44
course,Bo Ray,bo@example.org,nein,03/05/2026,x,weg,44
course,Cy Ode,cy@example.org,vielleicht,03/05/2026,x,da,50
course,Di Fox,di@example.org,ja,03/05/2026,x,da,lang
"""


def test_a_source_of_the_project(tmp_path: Path) -> None:
    """Its dates, its yes and no, its statuses and its minutes, over all that a person joined."""
    found = exported(tmp_path, ROWS, content=own(tmp_path, OURS))
    ann, bo, weg, cy, di = outcomes(found)
    assert isinstance(ann, Claim)
    assert (str(ann.completed_on), ann.met) == ("2026-03-04", (("evaluation", True),))
    said = [(str(one), one.is_fault) for one in (bo, weg, di) if isinstance(one, Problem)]
    assert said == [
        ("export.csv:4: Minuten: 44 is less than 45: the row is not taken", False),
        ('export.csv:5: Stand: "weg" does not count: the row is not taken', False),
        ('export.csv:7: Minuten: "lang" is not a number', True),
    ]
    assert isinstance(cy, list)
    assert cy[0].reason == '"vielleicht" is neither yes nor no'


def test_the_project_replaces_a_shipped_source(tmp_path: Path) -> None:
    text = EXPORTS["cvent"]
    content = own(
        tmp_path,
        'headers = ["Event Title"]\nactivity = "meeting-2025"\n[columns]\n"Event Title" = "unused"\n'
        '"Credit Hours Earned" = "cme_credits"\n"Participant Status" = "unused"\n',
        "cvent",
    )
    claims = outcomes(exported(tmp_path, text.replace("The Meeting 2025", "x"), content=content))
    assert [one.activity for one in claims if isinstance(one, Claim)] == ["meeting-2025"] * 3


def test_two_sources_that_fit_alike_are_not_guessed_between(tmp_path: Path) -> None:
    own(tmp_path, OURS)
    content = own(tmp_path, OURS, "theirs")
    with pytest.raises(IntakeError, match="it fits the sources ours and theirs"):
        exported(tmp_path, ROWS, content=content)


def test_the_projects_source_comes_before_a_shipped_one(tmp_path: Path) -> None:
    """Also under another name, and where it asks for fewer headers."""
    content = own(tmp_path, 'headers = ["Event Title"]\n[columns]\n"Event Title" = "activity"\n')
    found = exported(tmp_path, EXPORTS["cvent"].replace("Credit Hours Earned", "CME"), content=content)
    assert found.export is not None
    assert found.export.key == "ours"
    assert [stop.name for stop in found.stops] == ["status-column"]


def test_the_setting_wins_over_a_source(tmp_path: Path) -> None:
    """By a column that is unused no row is left out; by one that is called otherwise they are still."""
    sources = load_sources(tmp_path / "content", CATALOG)
    path = tmp_path / "export.csv"
    path.write_text(EXPORTS["cvent"])
    for meant, taken in (("unused", 3), ("complete", 1)):
        meanings = Meanings({"participant_status": meant}, sources)
        came_to = outcomes(open_claims(path, meanings, CATALOG, TODAY))
        assert sum(isinstance(one, Problem) for one in came_to) == 3 - taken


def test_a_file_without_the_column_that_counts_is_refused(tmp_path: Path) -> None:
    """Else nobody at all would count."""
    rows = ROWS.replace("Stand", "Status")
    with pytest.raises(IntakeError, match="it has no column Stand, which says what rows count"):
        exported(tmp_path, rows, content=own(tmp_path, OURS))


def test_what_is_kept_of_a_row_that_is_set_aside(tmp_path: Path) -> None:
    """The headers by which its source is known, and what is used; nothing that is passed over."""
    found = exported(tmp_path, EXPORTS["docebo"].replace("Completion Date", "Course Type"))
    assert "Username" in [
        found.header[at] for at, name in enumerate(found.columns.names) if name in found.used
    ]
    assert "Course Type" not in [
        found.header[at] for at, name in enumerate(found.columns.names) if name in found.used
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('"activity"', '"activty"'), 'columns: "Kurs": activty is no column and no activity'),
        (('"evaluation"', '"evaluaton"'), "did you mean evaluation?"),
        (('"activity"', "7"), 'columns: "Kurs": 7 is not a text'),
        (("names =", "name_order ="), "name_order: is no key; keys are name, headers"),
        (('"as-given"', '"last-frist"'), 'names: "last-frist" is none of as-given, last-first, display'),
        (('"month-first"', '"american"'), "dates: \"american\" is none of"),
        (('["Kurs", "Wer"]', '"Kurs"'), "headers: is not a list of texts"),
        (('headers = ["Kurs", "Wer"]', ""), "headers: is missing"),
        (('"Wer"]', '"..."]'), "headers: has a header without letters"),
        (("minimum = 45", "minimum = 0"), "attendance.minimum: 0 is not a number above zero"),
        (("minimum = 45", "minimun = 45"), "attendance.minimun: is no key; did you mean minimum?"),
        (("sum = true", "sum = 1"), "attendance.sum: is neither true nor false"),
        (('counts = ["da"]', ""), "status.counts: is missing"),
        (('column = "Stand"', ""), "status.column: is missing"),
        (('column = "Stand"', 'column = "Notiz"'), 'status.column: "Notiz" is unused already'),
        (("[status]", "[stauts]"), "stauts: is no key; did you mean status?"),
        (('headers = ["Kurs", "Wer"]', 'headers = ["Kurs"]\nactivity = "corse"'), "did you mean course?"),
        (('headers = ["Kurs", "Wer"]', "headers = ["), "cannot be read: "),
    ],
)  # fmt: skip
def test_a_mistake_in_a_source_is_named(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    """With file and key; nothing is read by the others either."""
    text = OURS.replace(*change, 1)
    assert text != OURS
    with pytest.raises(CatalogError) as caught:
        load_sources(own(tmp_path, text), CATALOG)
    assert caught.value.message.startswith("exports/ours.toml: ")
    assert words in caught.value.message
    assert caught.value.hint


def test_an_activity_is_named_for_files_without_a_column_for_it(tmp_path: Path) -> None:
    """A column that says the same is no contradiction, one that names another is."""
    rows = "email,name{}\nann@example.org,Ann Lee{}\n"
    (claim,) = outcomes(exported(tmp_path, rows.format("", ""), "meeting-2025"))
    assert isinstance(claim, Claim)
    assert claim.activity == "meeting-2025"
    exported(tmp_path, rows.format(",activity", ",The Meeting 2025"), "meeting-2025")
    with pytest.raises(IntakeError, match='says itself what its rows are about: "course", not meeting-2025'):
        exported(tmp_path, rows.format(",activity", ",course"), "meeting-2025")
    with pytest.raises(IntakeError, match="it has no column activity") as caught:
        exported(tmp_path, rows.format("", ""))
    assert caught.value.hint.startswith("Name what it is about: --activity SLUG.")


def test_a_file_that_nothing_reads_comes_with_a_source_to_start_from(tmp_path: Path) -> None:
    """As it stands a source that can be read; beside each header what it may mean."""
    with pytest.raises(IntakeError, match="Its columns are: Kurs, email, Learner Name, Punkte") as caught:
        exported(tmp_path, 'Kurs,email,Learner Name,"Punkte ""A""",Completion day,Post Test\nx,y,z,1,2,3\n')
    text = caught.value.hint.partition("beginning with:\n")[2]
    assert '"Completion day" = "unused"  # completed_on?' in text
    source, wrong = read_source("new", tomllib.loads(text), [], [])
    assert not wrong
    assert source is not None
    assert source.headers == ("kurs", "punkte_a", "completion_day")
    assert source.columns == {
        "kurs": "unused", "email": "email", "learner_name": "name", "punkte_a": "unused",
        "completion_day": "unused", "post_test": "unused",
    }  # fmt: skip


def test_the_source_in_the_documentation_can_be_read() -> None:
    text = (HERE / "docs" / "exports.md").read_text(encoding="utf-8")
    example = text.partition("```toml\n")[2].partition("```")[0]
    source, wrong = read_source("portal", tomllib.loads(example), ["evaluation"], ["convergence-2025"])
    assert not wrong
    assert source is not None
    assert source.status is not None
    assert source.attendance is not None
