"""Claims on their way into the ledger: whose they are, whichever way a spreadsheet wrote the id."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.intake import open_claims
from pipeline.workflow import load, opening
from tests.support.college import ACTIVITIES, College
from tests.support.shell import Shell

ROW = "meeting-2025,{},ann@example.org,Ann Lee,MD,yes,,{},,,yes"


@pytest.mark.parametrize(("first", "later"), [("00123", "123"), ("123", "00123"), ("0123", "000123")])
def test_an_id_with_zeros_and_without_is_one_person(shell: Shell, first: str, later: str) -> None:
    """CSV keeps 00123, the same sheet as .xlsx has the number 123: one person, one certificate a kind."""
    shell("run", shell.college.claims(ROW.format(first, 10)), "--yes", "--workers", 1)
    moved = ROW.format(later, 12).replace("ann@", "annlee@")
    found = shell.json("run", shell.college.claims(moved), "--yes", "--workers", 1)
    assert (found["issued"], found["corrected"], found["set_aside"]) == (0, 1, 0)
    (ann,) = shell.json("find", later)
    assert ann["learner_id"] == first
    shell("correct", later, "--credentials", "DO", "--reason", "told us")


def test_two_spellings_in_one_file_are_one_person(shell: Shell) -> None:
    rows = ROW.format("007", 10), ROW.format("7", 12)
    assert shell.json("check", shell.college.claims(*rows), status=3)["set_aside"] == 2
    again = ROW.format("007", 10), ROW.format("7", "10.00")
    assert shell.json("check", shell.college.claims(*again))["issued"] == 2


def test_who_was_erased_does_not_come_back_under_another_spelling(shell: Shell) -> None:
    shell("run", shell.college.claims(ROW.format("00123", 10)), "--yes", "--workers", 1)
    shell("forget", "00123", "--reason", "asked", "--yes")
    back = ROW.format("123", 10).replace("ann@", "other@")
    assert shell.json("check", shell.college.claims(back), status=3)["set_aside"] == 1


class Opened:
    """Counts how often a claims file is opened."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.times = 0
        self._open = open_claims
        patch.setattr(opening, "open_claims", self)

    def __call__(self, *args: Any) -> Any:
        self.times += 1
        return self._open(*args)


@pytest.fixture
def read(shell: Shell) -> Path:
    """A file that was read, with a column that nothing is made of."""
    path = shell.college.claims(ROW.format("1", 10) + ",x", header=HEADER)
    shell("run", path, "--yes", "--workers", 1)
    return path


HEADER = (
    "activity,learner_id,email,name,credentials,attended,completed_on,cme_credits,abim_moc_points,"
    "abp_moc_points,evaluation,Hobby\n"
)


def test_a_file_that_was_read_before_is_not_opened(
    shell: Shell, read: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is told of it is what would be told of it, under whatever name it comes."""
    with monkeypatch.context() as patch:
        patch.setattr(opening, "_known", lambda *_: None)
        before, read_anew = shell("check", read), shell.json("check", read)
    opened = Opened(monkeypatch)
    again = shell("check", read)
    assert (again.stdout, again.stderr) == (before.stdout, before.stderr)
    assert "columns not used: hobby" in again.stderr
    assert shell.json("check", read) == read_anew
    renamed = read.rename(read.with_name("renamed.csv"))
    assert "renamed.csv: read as UTF-8" in shell("check", renamed).stderr
    assert shell.json("run", renamed, "--yes", "--workers", 1)["unchanged"] == 2
    assert opened.times == 0


class Read:
    """Counts the files whose rows are held against the ledger."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.times = 0
        reading = load._Reading

        def counted(*args: Any) -> load._Reading:
            self.times += 1
            return reading(*args)

        patch.setattr(load, "_Reading", counted)


LATE = "meeting-2025,2,bo@example.org,Bo Berg,MD,yes,{},10,,,yes"
WRONG = "meeting-2025,3,cy@example.org,Cy Dahl,MD,yes,,{},,,yes"


def test_rows_that_are_set_aside_are_told_again_and_no_other_is_read(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a file that was read before: with the same words, figures and rejects file as the first time."""
    wrong = WRONG.format(99), "meeting-2025,4,dee@example.org,Dee Eck,MD,no,,10,,,yes"
    path = shell.college.claims(ROW.format("1", 10), *wrong)
    first = shell.json("run", path, "--yes", "--workers", 1, status=3)
    (rejects,) = (shell.college.root / "var" / "rejects").iterdir()
    written = rejects.read_bytes()
    read = Read(monkeypatch)
    again = shell.json("run", path, "--yes", "--workers", 1, status=3)
    told = ("rows", "set_aside", "set_aside_by_reason", "problems")
    assert [again.get(one) for one in told] == [first.get(one) for one in told]
    assert (first["set_aside"], again["issued"], again["unchanged"]) == (2, 0, first["issued"])
    assert [*rejects.parent.iterdir()] == [rejects]
    assert rejects.read_bytes() == written
    rejects.unlink()
    shell("run", path, "--yes", "--workers", 1, status=3)
    assert rejects.read_bytes() == written
    assert read.times == 0


def test_what_is_past_retention_is_told_again_and_nothing_is_read(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A learning system's export of all its years has more such rows every year."""
    old = ROW.format("5", 10).replace("meeting-2025", "old-meeting").replace("ann@", "eve@")
    path = shell.college.claims(ROW.format("1", 10), old)
    told = [shell.json("run", path, "--yes", "--workers", 1).get("expired")]
    read = Read(monkeypatch)
    told.append(shell.json("run", path, "--yes", "--workers", 1).get("expired"))
    assert (told, read.times) == ([2, 2], 0)


def test_a_row_is_taken_in_once_its_day_has_come(shell: Shell) -> None:
    """The same file, set aside in part as of a day that was to come."""
    activity = ACTIVITIES["meeting-2025"].replace("meeting-2025", "course")
    shell.college.write_activity("course", activity)
    path = shell.college.claims(ROW.format("1", 10), LATE.format("2025-11-20"))
    assert shell.json("run", path, "--yes", "--workers", 1, status=3)["set_aside"] == 1
    later = dt.datetime(2025, 11, 21, tzinfo=dt.UTC).date()
    assert shell.json("run", path, "--yes", "--workers", 1, today=later)["issued"] == 2


def test_a_row_is_taken_in_once_the_ledger_lets_it(shell: Shell) -> None:
    """The same file, set aside for who is on record: whoever corrects that need not touch the file."""
    shell("run", shell.college.claims(ROW.format("3", 10)), "--yes", "--workers", 1)
    path = shell.college.claims(WRONG.format(10))
    assert shell.json("run", path, "--yes", "--workers", 1, status=3)["set_aside"] == 1
    shell("correct", "3", "--name", "Cy Dahl", "--reason", "told us", status=None)
    assert shell.json("run", path, "--yes", "--workers", 1)["set_aside"] == 0


def test_a_set_aside_row_of_somebody_erased_is_written_nowhere_again(shell: Shell) -> None:
    """They asked to be erased after their row was set aside: the same file brings nothing of them back."""
    shell("run", shell.college.claims(ROW.format("3", 10).replace("ann@", "cy@")), "--yes", "--workers", 1)
    path = shell.college.claims(ROW.format("1", 10).replace("Ann Lee", "Ann Moe"), WRONG.format(99))
    shell("run", path, "--yes", "--workers", 1, status=3)
    shell("forget", "3", "--reason", "asked", "--yes")
    shell("run", path, "--yes", "--workers", 1, status=3)
    for file in (shell.college.root / "var" / "rejects").iterdir():
        assert "cy@" not in file.read_text()


def change_activity(college: College) -> None:
    college.write_activity("meeting-2025", ACTIVITIES["meeting-2025"].replace("45.25", "44"))


OTHER = ACTIVITIES["course"].replace("Slug: course", "Slug: other")


def add_activity(college: College) -> None:
    college.write_activity("other", OTHER)


def share_name(college: College) -> None:
    """What the file's rows call their activity, another is called as well."""
    college.write_activity("other", OTHER.replace("Online Course", "Autumn Meeting 2025"))


def ask_more(college: College) -> None:
    """Another activity asks for a column that nothing was made of."""
    college.write_activity("other", f"{OTHER}Requirements: hobby\n")


def add_source(college: College) -> None:
    folder = college.root / "content" / "exports"
    folder.mkdir()
    (folder / "own.toml").write_text('name = "Own"\nheaders = ["Hobby"]\n')


def change_settings(college: College) -> None:
    college.environment["COLUMN_MAP"] = "Hobby=unused"


def change_zone(college: College) -> None:
    college.environment["CLAIMS_TIMEZONE"] = "America/Chicago"


def change_file(college: College) -> None:
    path = college.root / "claims-1.csv"
    path.write_text(path.read_text() + "\n")


def forget_claim(college: College) -> None:
    with college.project() as project, project.ledger.transaction():
        project.ledger._db.execute("DELETE FROM claim")


def make_due(college: College) -> None:
    with college.project() as project, project.ledger.transaction():
        project.ledger._db.execute("UPDATE claim SET kept_until = '2020-01-01'")


def test_another_activity_is_none_of_its_affair(
    shell: Shell, read: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each meeting adds one, and staff may give all files of six years: those of before stay closed."""
    add_activity(shell.college)
    opened = Opened(monkeypatch)
    assert shell.json("run", read, "--yes", "--workers", 1)["unchanged"] == 2
    assert opened.times == 0


@pytest.mark.parametrize("sign", ["", "\u200b", "\u2060", " "])
def test_an_activity_is_its_affair_however_its_rows_write_it(shell: Shell, sign: str) -> None:
    """A sign at the end that nobody sees is dropped: the activity is mended, the same file issues."""
    college = shell.college
    asks = ACTIVITIES["course"] + "Requirements: {}\n"
    college.write_activity("course", asks.format("quiz"))
    college.write_activity("other", OTHER + "Requirements: quiz\n")  # so that the column stays one
    path = college.claims(
        ROW.format("1", 10), f"course{sign},2,bo@example.org,Bo Berg,MD,yes,2025-11-01,5,,,yes"
    )
    assert shell.json("run", path, "--yes", "--workers", 1)["withheld"] == 2
    college.write_activity("course", asks.format("evaluation"))
    assert shell.json("run", path, "--yes", "--workers", 1)["issued"] == 2


@pytest.mark.parametrize("cell", [b"meet\x81ing", b"meet\x00ing", b"bo@example.org"])
def test_the_ledger_keeps_no_cell_that_names_no_activity(shell: Shell, cell: bytes) -> None:
    """Cells out of place may be anybody's address, or no text: their row is set aside, the rest is issued."""
    path = shell.college.claims(ROW.format("1", 10), WRONG.format(10).replace("Cy", "Zoé"))
    path.write_bytes(path.read_bytes().replace(b"meeting-2025,3,", cell + b",3,"))
    found = shell.json("run", path, "--yes", "--workers", 1, status=3)
    assert (found["issued"], found["set_aside"]) == (2, 1)
    assert shell.json("run", path, "--yes", "--workers", 1, status=3)["set_aside"] == 1
    with shell.college.project() as project:
        ((told,),) = project.ledger._db.execute("SELECT read_as FROM load")
    assert "bo@" not in told
    assert "meeting-2025" in told


def test_a_file_said_to_be_about_one_activity_is_opened_for_another(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which may have the name that its rows use."""
    path = shell.college.claims(ROW.format("1", 10).replace("meeting-2025", "Autumn Meeting 2025"))
    words = ("run", path, "--activity", "meeting-2025", "--yes", "--workers", 1)
    shell(*words)
    share_name(shell.college)
    opened = Opened(monkeypatch)
    shell(*words, status=1)
    assert opened.times == 1


def test_a_file_whose_people_were_merged_is_known_again(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of its rows are one claim now; the next run notes that, and the one after reads nothing."""
    path = shell.college.claims(ROW.format("1", 10), ROW.format("2", 10).replace("ann@", "anne@"))
    shell("run", path, "--yes", "--workers", 1)
    shell("merge", "1", "2", "--reason", "told us", "--yes")
    shell("run", path, "--yes", "--workers", 1)
    read = Read(monkeypatch)
    shell("run", path, "--yes", "--workers", 1)
    assert read.times == 0


def test_a_title_that_two_activities_share_names_neither(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it in a file whose rows were taken in when it named one."""
    path = shell.college.claims(ROW.format("1", 10).replace("meeting-2025", "Autumn Meeting 2025"))
    shell("run", path, "--yes", "--workers", 1)
    share_name(shell.college)
    opened = Opened(monkeypatch)
    shell("check", path, status=1)
    assert opened.times == 1


@pytest.mark.parametrize(
    "change",
    [
        change_activity,
        ask_more,
        add_source,
        change_settings,
        change_zone,
        change_file,
        forget_claim,
        make_due,
    ],
)
def test_it_is_opened_again_once_anything_counts_otherwise(
    shell: Shell, read: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[College], None]
) -> None:
    change(shell.college)
    opened = Opened(monkeypatch)
    shell("check", read, status=None)
    assert opened.times == 1


@pytest.mark.parametrize("words", [("--names", "last-first"), ("--activity", "meeting-2025")])
def test_it_is_opened_again_where_staff_say_how_to_read_it(
    shell: Shell, read: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    opened = Opened(monkeypatch)
    shell("check", read, *words, status=None)
    assert opened.times == 1


def test_it_is_opened_again_by_other_rules(
    shell: Shell, read: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A newer version of the program may judge a row otherwise."""
    other = tmp_path / "rule.py"
    other.write_text("")
    monkeypatch.setattr(opening, "_program", lambda _: [other])
    opened = Opened(monkeypatch)
    shell("check", read)
    assert opened.times == 1


def test_a_file_with_a_stop_is_opened_each_time(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stop is there again: that it was accepted once says nothing of today."""
    header = HEADER.replace("Hobby", "Pediatric Points")
    path = shell.college.claims(ROW.format("1", 10) + ",5", header=header)
    shell("run", path, "--yes", "--workers", 1, "--accept", "unused-credit-column")
    opened = Opened(monkeypatch)
    assert "Pediatric Points" in shell("check", path, status=5).stderr
    assert opened.times == 1
