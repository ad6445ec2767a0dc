"""Wrong circumstances, which a program would believe: nothing is deleted or mailed until staff say so."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest

from tests.support.college import TODAY, College
from tests.support.shell import Shell, digest

ANA = "meeting-2025,L1,ana@example.org,Ana Lopez,MD,yes,,10,,,yes"
BEN = "meeting-2025,L2,ben@example.org,Ben Ode,MD,yes,,5,,,yes"
YEARS_AHEAD = dt.date(2032, 11, 14)


@pytest.fixture
def shell(quick_college: College, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Two people have their certificates."""
    shell = Shell(quick_college, monkeypatch)
    shell("run", quick_college.claims(ANA, BEN), "--yes", "--workers", 1)
    return shell


def stopped(shell: Shell, *words: object, today: dt.date = TODAY) -> list[str]:
    """The command stops, and nothing at all has changed; the names of what it says."""
    before = digest(shell.college.root)
    said = shell(*words, today=today, status=5)
    after = digest(shell.college.root)
    assert {name for name in {**before, **after} if before.get(name) != after.get(name)} <= UNTOLD
    assert "Nothing was done" in said.stderr
    return said.stderr.partition("--accept ")[2].strip().split(",")


UNTOLD = {"var/lock", "var/ledger.sqlite3-shm", "var/ledger.sqlite3-wal", "var/ledger.sqlite3"}


@pytest.mark.parametrize("words", [("run", "--yes"), ("run",), ("purge",), ("build",), ("send", "--yes")])
def test_a_clock_years_ahead_deletes_nothing(shell: Shell, words: tuple[str, ...]) -> None:
    assert stopped(shell, *words, today=YEARS_AHEAD) == ["clock"]
    assert "0 certificates deleted" in shell("purge").stdout


def test_a_clock_that_went_back_is_said(shell: Shell) -> None:
    assert stopped(shell, "run", "--yes", today=TODAY - dt.timedelta(days=1)) == ["clock"]


def test_what_is_accepted_is_done_and_on_record(shell: Shell) -> None:
    shell("purge", "--accept", "clock", today=YEARS_AHEAD)
    assert shell.college.certificates(YEARS_AHEAD) == []
    with shell.college.project(YEARS_AHEAD) as project:
        entries = project.ledger._db.execute("SELECT detail FROM audit WHERE action = 'accept'").fetchall()
    assert [row[0].split(":")[0] for row in entries] == ["clock"]


def test_a_name_that_is_no_stop_is_refused(shell: Shell) -> None:
    assert "there is no stop clok" in shell("purge", "--accept", "clok", status=2).stderr


def test_check_tells_what_a_run_would_stop_for(shell: Shell) -> None:
    claims = shell.college.root / "claims-1.csv"
    assert stopped(shell, "check", claims, today=YEARS_AHEAD) == ["clock"]
    found = json.loads(shell("check", claims, "--json", today=YEARS_AHEAD, status=5).stdout)
    assert [stop["name"] for stop in found["stops"]] == ["clock"]
    assert shell.json("check", claims, "--accept", "clock", today=YEARS_AHEAD)["stops"] == []
    assert shell.json("check", claims)["stops"] == []


def test_a_script_is_told_as_json(shell: Shell) -> None:
    said = json.loads(shell("run", "--json", today=YEARS_AHEAD, status=5).stdout)
    (stop,) = said["stops"]
    assert sorted(stop) == ["file", "name", "rows", "text"]
    assert stop["name"] == "clock"


def lose_ledger(shell: Shell, how: str) -> Path:
    """A failed copy leaves it empty; or it is gone."""
    ledger = shell.college.data / "ledger.sqlite3"
    for suffix in ("-wal", "-shm"):
        ledger.with_name(ledger.name + suffix).unlink(missing_ok=True)
    ledger.write_bytes(b"") if how == "emptied" else ledger.unlink()
    return ledger


@pytest.mark.parametrize("how", ["emptied", "gone"])
def test_an_empty_ledger_takes_nothing_along(shell: Shell, how: str) -> None:
    """A failed copy, or a file that was deleted: the vault holds the last copies."""
    ledger = lose_ledger(shell, how)
    for words in (("run", "--yes"), ("purge",), ("build",)):
        assert stopped(shell, *words) == ["empty-ledger"]
    assert len(list((shell.college.data / "vault").glob("*/*"))) == 4
    assert len(list((shell.college.output / "c").glob("*/*.pdf"))) == 4
    assert ledger.exists() is (how == "emptied")


@pytest.mark.parametrize("how", ["emptied", "gone"])
def test_a_backup_comes_back_over_a_ledger_with_nothing_in_it(shell: Shell, how: str, tmp_path: Path) -> None:
    """Neither a failed copy nor a command that was stopped since leaves what --force would be needed for."""
    shell("backup", tmp_path / "b.tar")
    lose_ledger(shell, how)
    stopped(shell, "run", "--yes")
    assert "What was done since the backup is not known" in shell("restore", tmp_path / "b.tar").stdout
    assert len(shell.college.certificates()) == 4
    assert "holds a ledger already" in shell.refused("restore", tmp_path / "b.tar")


def test_an_older_ledger_loses_nothing(shell: Shell, tmp_path: Path) -> None:
    """A snapshot of the file is put back by hand: what was issued since is the last copy of it."""
    college, ledger = shell.college, shell.college.data / "ledger.sqlite3"
    older = tmp_path / "older.sqlite3"
    shutil.copy(ledger, older)
    shell("run", college.claims("meeting-2025,L3,cy@example.org,Cy Ray,MD,yes,,4,,,yes"), "--workers", 1)
    shutil.copyfile(older, ledger)  # the same file as far as the file system knows
    assert stopped(shell, "run", "--yes") == ["older-ledger"]
    shell("run", "--accept", "older-ledger", "--no-send")
    assert len(list((college.data / "aside").iterdir())) == 2
    assert len(list((college.data / "vault").glob("*/*"))) == 4


def test_a_copy_on_another_computer_does_not_send(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.node", lambda: "another")
    assert stopped(shell, "send", "--yes") == ["moved-ledger"]
    shell("send", "--yes", "--accept", "moved-ledger")
    shell("send", "--yes")  # once is enough


def test_a_copy_in_another_folder_does_not_send(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(shell.college.root, copy, symlinks=True)
    shell.college.root = copy
    monkeypatch.chdir(copy)
    assert stopped(shell, "send", "--yes") == ["moved-ledger"]


def test_a_restored_backup_is_used_without_a_question(shell: Shell, tmp_path: Path) -> None:
    """What was issued since the backup was made is the last copy of it, and waits aside."""
    college = shell.college
    shell("backup", tmp_path / "b.tar")
    shell("run", college.claims("meeting-2025,L3,cy@example.org,Cy Ray,MD,yes,,4,,,yes"), "--workers", 1)
    shell("restore", tmp_path / "b.tar", "--force")
    assert len(list((college.data / "aside").iterdir())) == 2
    shell("run", "--yes")
    assert len(list((college.data / "vault").glob("*/*"))) == 4


def test_what_lies_aside_is_kept_as_long_as_paper_says_and_no_longer(college: College) -> None:
    """The file says itself until when: the ledger that knew it is lost."""
    college.take(ANA)
    with college.project() as project:
        project.ledger._db.execute("DELETE FROM certificate")
    with college.project() as project:
        from pipeline.workflow.retention import purge

        purge(project)
    (one, *_), names = sorted((college.data / "aside").iterdir()), []
    assert one.name.startswith("2031-10-29-")
    for day, left in (("2031-10-29", 2), ("2031-10-30", 0)):
        with college.project(dt.date.fromisoformat(day)) as project:
            purge(project)
        names = list((college.data / "aside").iterdir())
        assert len(names) == left


def test_a_backup_is_not_written_where_all_can_see_it(shell: Shell, tmp_path: Path) -> None:
    """It holds the ledger with every private link, and output/, content/ and theme/ are published."""
    for folder in ("output", "output/c", "content/images", "theme/static"):
        assert "shown to everybody" in shell.refused("backup", f"{folder}/b.tar")
    shown = {"PUBLISH_TO": str(tmp_path / "host")}
    assert "shown to everybody" in shell.refused("backup", tmp_path / "host" / "b.tar", env=shown)


@pytest.mark.parametrize("stray", ["b.tar", "old/ledger.sqlite3"])
def test_what_the_build_did_not_make_is_neither_shown_nor_deleted(shell: Shell, stray: str) -> None:
    path = shell.college.output / stray
    path.parent.mkdir(exist_ok=True)
    path.write_text("a private thing")
    for words in (("run", "--yes"), ("build",), ("publish",)):
        assert stopped(shell, *words) == ["stray-output"]
    shell("build", "--accept", "stray-output")
    assert not path.exists()
