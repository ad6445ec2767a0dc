"""What a run would do, shown before it is done: changes old and new, stops, and nothing changed meanwhile."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.errors import IntakeError
from pipeline.workflow.opening import open_files
from pipeline.workflow.plan import check_unchanged, plan_run
from tests.support.college import ACTIVITIES, TODAY, College
from tests.support.shell import Shell, digest

HEADER = "activity,learner_id,email,name,credentials,attended,cme_credits,abim_moc_points,evaluation\n"
ANN = "meeting-2025,O1,o1@example.org,{},MD,yes,{},,yes"
CY = "meeting-2025,O2,o2@example.org,Cy Ray,MD,yes,{0},{0},yes"
BO = "meeting-2025,O3,o3@example.org,{},MD,yes,12,,yes"
QUICKLY = ("--workers", 1)


def first(college: College, *more: str) -> Path:
    return college.claims(ANN.format("Ann Lee", 30), CY.format(10), BO.format("Bo Kim"), *more, header=HEADER)


def later(college: College) -> Path:
    rows = ANN.format("Ann Lee-Park", 35), CY.format(6), BO.format("Zoe Quist")
    return college.claims(*rows, header=HEADER, name="later.csv")


def again(college: College) -> Path:
    """An export from before `later`, with a person more: other bytes than the first."""
    new = "meeting-2025,O4,o4@example.org,New Person,MD,yes,5,,yes"
    rows = ANN.format("Ann Lee", 30), CY.format(10), new
    return college.claims(*rows, header=HEADER, name="again.csv")


@pytest.fixture
def shell(quick_college: College, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Three people have their certificates."""
    shell = Shell(quick_college, monkeypatch)
    shell("run", first(quick_college), "--yes", *QUICKLY)
    return shell


def test_what_changes_for_whom(shell: Shell) -> None:
    """Names and credits, old and new, in words and in JSON; each stop with its file and rows."""
    claims = later(shell.college)
    found = shell.json("check", claims, status=5)
    assert [(one["who"], one["field"], one["old"], one["new"]) for one in found["changes"]] == [
        ("Ann Lee <o1@example.org>", "name", "Ann Lee", "Ann Lee-Park"),
        ("Ann Lee <o1@example.org>", "cme_credits", "30", "35"),
        ("Cy Ray <o2@example.org>", "cme_credits", "10", "6"),
        ("Cy Ray <o2@example.org>", "abim_moc_points", "10", "6"),
        ("Bo Kim <o3@example.org>", "name", "Bo Kim", "Zoe Quist"),
    ]
    assert [(one["name"], one["file"], one["rows"]) for one in found["stops"]] == [
        ("credit-lowered", "later.csv", [3]),
        ("other-name", "later.csv", [4]),
    ]
    said = shell("check", claims, status=5)
    assert "  Cy Ray <o2@example.org>: cme_credits of meeting-2025: 10 -> 6\n" in said.stdout
    assert "row 4: Bo Kim <o3@example.org>: name: Bo Kim -> Zoe Quist" in said.stderr
    assert said.stderr.endswith("add: --accept credit-lowered,other-name\n")


@pytest.mark.parametrize("words", [("--yes",), ("--no-send",), (), ("--yes", "--accept", "other-name")])
def test_a_stop_changes_nothing(shell: Shell, words: tuple[str, ...]) -> None:
    """With --yes, with half of it accepted, and where nobody can be asked."""
    claims = later(shell.college)
    before = digest(shell.college.root)
    said = shell("run", claims, *words, *QUICKLY, status=5)
    assert "Nothing was done" in said.stderr
    assert digest(shell.college.root) == before


def test_what_is_accepted_is_done_and_on_record(shell: Shell) -> None:
    college = shell.college
    shell("run", later(college), "--yes", "--accept", "credit-lowered,other-name", *QUICKLY)
    with college.project() as project:
        entries = project.ledger._db.execute("SELECT detail FROM audit WHERE action = 'accept'").fetchall()
    assert [row[0].split(":")[0] for row in entries] == ["credit-lowered", "other-name"]
    assert {name for name, *_ in college.certificates()} == {"Ann Lee-Park", "Cy Ray", "Zoe Quist"}


def test_an_older_file_is_known(shell: Shell) -> None:
    """It says again what was corrected since: that alone is why it is stopped; accepted it is taken."""
    college = shell.college
    shell("run", later(college), "--yes", "--accept", "credit-lowered,other-name", *QUICKLY)
    claims = again(college)
    (stop,) = shell.json("check", claims, status=5)["stops"]
    assert (stop["name"], stop["file"], stop["rows"]) == ("older-file", "again.csv", [2, 3])
    before = digest(college.root)
    shell("run", claims, "--yes", *QUICKLY, status=5)
    assert digest(college.root) == before
    found = shell.json("run", claims, "--yes", "--accept", "older-file", *QUICKLY)
    assert (found["issued"], found["corrected"]) == (2, 3)
    assert {name for name, *_ in college.certificates()} == {"Ann Lee", "Cy Ray", "Zoe Quist", "New Person"}
    assert shell.json("check", claims)["changes"] == []


def test_an_older_file_is_known_within_one_run(quick_college: College) -> None:
    """The files of one run are read in their order."""
    college = quick_college
    college.run(first(college))
    with college.project(locked=False) as project:
        files = open_files(project, [later(college), again(college)])
        plan = plan_run(project, files)
    assert {stop.name for stop in plan.stops} == {"credit-lowered", "other-name", "older-file"}


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (ANN.format("Ann Lee", 31), "cme_credits"),
        (ANN.format("Ann Smith", 30), "name"),
        (ANN.format("Anne Lee", 30), "name"),
        (ANN.format("Ann Lee", 30).replace("MD", "DO"), "credentials"),
        (ANN.format("Ann Lee", 30).replace("o1@", "ann@"), "email"),
    ],
)
def test_no_stop(shell: Shell, row: str, field: str) -> None:
    """More credit, a married name, a spelling, other credentials, another address: shown, and done."""
    found = shell.json("check", shell.college.claims(row, header=HEADER))
    assert [one["field"] for one in found["changes"]] == [field]


def test_less_credit_than_was_only_withheld_is_no_stop(quick_college: College) -> None:
    """Nobody has a certificate yet that states it."""
    quick_college.take("meeting-2025,O5,o5@example.org,Di Dorn,MD,yes,8,,no", header=HEADER)
    less = quick_college.claims("meeting-2025,O5,o5@example.org,Di Dorn,MD,yes,4,,no", header=HEADER)
    with quick_college.project(locked=False) as project:
        plan = plan_run(project, open_files(project, [less]))
    assert (plan.stops, [one.field for one in plan.loaded.differences]) == ((), ["cme_credits"])


def test_retention_is_part_of_the_plan(shell: Shell) -> None:
    """What is past its day counts as gone in the plan, and is deleted by nobody before it was shown."""
    college, late = shell.college, dt.date(2031, 10, 30)
    before = digest(college.root)
    found = shell.json("check", later(college), "--accept", "clock", today=late)
    assert (found["purged"], found["expired"], found["changes"]) == (6, 6, [])
    after = digest(college.root)
    after.pop("later.csv")
    assert after == before


def test_what_a_later_step_prevents_was_shown_before(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows set aside and people withheld are on the terminal although publishing fails."""
    from pipeline.errors import PublishError

    def fails(*_: object, **_how: object) -> None:
        raise PublishError("The links are not live.", "Mend the host.")

    monkeypatch.setattr("pipeline.workflow.run.release", fails)
    bad = "meeting-2025,O6,not-an-address,Ed Elm,MD,yes,5,,yes"
    waits = "meeting-2025,O7,o7@example.org,Flo Fay,MD,yes,5,,no"
    said = shell("run", shell.college.claims(bad, waits, header=HEADER), "--yes", *QUICKLY, status=1)
    assert ":2: email: " in said.stdout
    assert "  Flo Fay <o7@example.org>\n" in said.stdout
    assert "The links are not live." in said.stderr


WAITS = "meeting-2025,O7,o7@example.org,{},MD,yes,5,,no"


@pytest.mark.parametrize(
    "row",
    [WAITS.format("Flo Fay"), ANN.format("Ann Lee", 30).replace("o1@", "ann@")],
    ids=["somebody new, all of whose certificates are withheld", "an address"],
)
def test_whatever_would_change_is_asked_about(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, row: str
) -> None:
    """Although no certificate and no mail comes of it. What is on record already is not asked about again."""
    asked: list[str] = []

    def no() -> str:
        asked.append("no")
        return "no\n"

    monkeypatch.setattr(
        "pipeline.cli.run.sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True, readline=no))
    )
    words = ("run", shell.college.claims(row, header=HEADER), "--no-advice", *QUICKLY)
    before = digest(shell.college.root)
    said = shell(*words)
    assert "Nothing to do." not in said.stdout
    assert said.stderr.endswith("Nothing was done.\n")
    assert digest(shell.college.root) == before
    shell(*words, "--yes")
    shell(*words)
    assert asked == ["no"]


def test_a_file_that_changes_while_it_is_looked_at(quick_college: College) -> None:
    """What was shown is done, or nothing."""
    claims = first(quick_college)
    with quick_college.project(locked=False) as project:
        files = open_files(project, [claims])
        plan_run(project, files)
        check_unchanged(files)
        later(quick_college).rename(claims)
        with pytest.raises(IntakeError, match="was changed after it was read"):
            check_unchanged(files)


def test_who_would_be_mailed_is_told_as_a_run_mails(shell: Shell) -> None:
    """Each message with its certificates; one as it would be sent, without the link."""
    new = shell.college.claims(
        "meeting-2025,O8,o8@example.org,Gus Gray,MD,yes,5,,yes",
        "meeting-2025,O9,o9@example.org,Hal Hunt,MD,yes,5,,no",
        header=HEADER,
    )
    found = shell.json("check", new)
    letter, other = found["would_mail"]
    assert letter["to"] == "Gus Gray <o8@example.org>"
    assert (other["to"], other["occasion"]) == ("Hal Hunt <o9@example.org>", "withheld")
    assert [one["who"] for one in found["withheld_people"]] == ["Hal Hunt <o9@example.org>"]
    assert found["sample_mail"].startswith("To: o8@example.org\nSubject: ")
    assert "/c/.../" in found["sample_mail"]
    done = shell.json("run", new, "--yes", *QUICKLY)
    assert done["sent"] == 2
    (sent,) = [mail for mail in shell.college.mails() if mail["To"] == "Gus Gray <o8@example.org>"]
    assert f"Subject: {sent['Subject']}\n" in found["sample_mail"]
    assert shell.json("check", new, today=TODAY)["would_mail"] == []


def test_a_reissue_does_not_contradict_what_certificates_state(shell: Shell) -> None:
    """CME_max was lowered below what was issued: nothing is made until staff mend the file, or insist."""
    college = shell.college
    meeting = (
        ACTIVITIES["meeting-2025"].replace("ABIM_max: 45.25", "ABIM_max: 9").replace("ABP_max: 20\n", "")
    )
    college.write_activity("meeting-2025", meeting.replace("CME_max: 45.25", "CME_max: 11.25"))
    before = digest(college.root)
    said = shell("reissue", "--yes", *QUICKLY, status=5).stderr
    assert "CME_max is 11.25 now, but 2 certificates state more, up to 30" in said
    assert "ABIM_max is 9 now, but 1 certificate states more, up to 10" in said
    assert digest(college.root) == before
    (stop,) = shell.json("reissue", "--yes", *QUICKLY, status=5)["stops"]
    assert (stop["name"], stop["file"]) == ("reissue-above-maximum", "meeting-2025.md")
    done = shell.json("reissue", "--yes", "--accept", "reissue-above-maximum", *QUICKLY)
    assert done == {"reissued": 6, "problems": [], "stops": []}


def test_what_scripts_read_has_stops(shell: Shell) -> None:
    """Of every command that may stop; none of what went on."""
    for words in (("run", "--no-send"), ("send", "--yes"), ("purge",), ("purge", "--dry-run")):
        assert shell.json(*words)["stops"] == []


def test_the_ledger_of_people_whose_certificates_wait_is_not_empty(shell: Shell) -> None:
    """They have pages and no certificate: a second run is none on a ledger that was lost."""
    college = shell.college
    for folder in (college.data, college.output):
        shutil.rmtree(folder)
    waits = college.claims(ANN.format("Ann Lee", 5).replace(",,yes", ",,no"), header=HEADER)
    for _ in range(2):
        assert shell.json("run", waits, "--yes", *QUICKLY)["withheld"] == 2
