"""certs run makes a backup of its own first, where BACKUP_DIR says where."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import zstandard

from tests.support.college import TODAY, College
from tests.support.shell import Shell, digest

ROWS = [f"course,L{one},p{one}@example.org,Person {one},MD,yes,2025-11-0{one},5,,," for one in range(1, 7)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups"


@pytest.fixture
def shell(quick_college: College, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """One person has their certificates; from now on there is a folder for backups, of which two are kept."""
    shell = Shell(quick_college, monkeypatch)
    shell("run", quick_college.claims(ROWS[0]), "--yes", "--workers", 1)
    quick_college.environment |= {"BACKUP_DIR": str(folder), "BACKUP_KEEP": "2"}
    return shell


def run(shell: Shell, row: str = "", today: dt.date = TODAY) -> str:
    claims = [shell.college.claims(row)] if row else []
    return str(shell("run", *claims, "--yes", "--workers", 1, today=today).stderr)


def made(folder: Path) -> list[Path]:
    """The backups in the folder, oldest first."""
    return sorted(path for path in folder.glob("certs-2*") if path.is_file())


def contents(folder: Path) -> bytes:
    """All that can be read in the folder, whatever it is packed in."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            reader = zstandard.ZstdDecompressor().stream_reader(path.read_bytes())
            found.append(reader.read() if path.suffix == ".zst" else path.read_bytes())
    return b"\n".join(found)


def test_each_run_makes_one_where_something_changed(shell: Shell, folder: Path, tmp_path: Path) -> None:
    """The state before the run, whole; nobody else may read it."""
    assert "backup of 2 certificates" in run(shell, ROWS[1])
    (first,) = made(folder)
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.rglob("*"))
    run(shell, today=TODAY + dt.timedelta(days=1))
    assert len(made(folder)) == 2  # the four certificates of yesterday
    run(shell, today=TODAY + dt.timedelta(days=2))
    assert len(made(folder)) == 2  # nothing is new
    env = {"DATA_DIR": str(tmp_path / "var"), "OUTPUT_DIR": str(tmp_path / "out"), "BACKUP_DIR": ""}
    assert "Restored: 2 PDFs" in shell("restore", first, env=env).stdout


def test_so_many_are_kept(shell: Shell, folder: Path) -> None:
    (folder / "certs.tar").write_text("somebody's own")
    for at, row in enumerate(ROWS[1:]):
        run(shell, row, TODAY + dt.timedelta(days=at))
    assert [path.name[:14] for path in made(folder)] == ["certs-20251117", "certs-20251118"]
    assert (folder / "certs.tar").read_text() == "somebody's own"


def test_what_holds_an_erased_person_goes(shell: Shell, folder: Path) -> None:
    """As soon as a newer one is complete, which does not hold them."""
    shell.college.environment["BACKUP_KEEP"] = "9"
    run(shell, ROWS[1])
    run(shell, ROWS[2], TODAY + dt.timedelta(days=1))
    shell("forget", "L2", "--reason", "asked", "--yes", today=TODAY + dt.timedelta(days=1))
    assert len(made(folder)) == 2
    assert b"Person 2" in contents(folder)
    run(shell, today=TODAY + dt.timedelta(days=2))
    assert len(made(folder)) == 1
    assert b"Person 1" in contents(folder)
    assert b"Person 2" not in contents(folder)


@pytest.mark.parametrize("fault", ["gone", "full", "spoilt"])
def test_without_a_backup_the_run_does_nothing(
    shell: Shell, folder: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    college = shell.college
    if fault == "gone":
        folder.rmdir()
    elif fault == "full":

        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("pipeline.backup.archive.add", full)
    else:
        (one, *_) = (college.data / "vault").glob("*/*")
        one.chmod(0o600)
        one.write_bytes(b"%PDF spoilt")
    claims, before = college.claims(ROWS[1]), digest(college.output)
    said = shell("run", claims, "--yes", "--workers", 1, status=1).stderr
    assert "The backup before the run was not written, so the run did nothing: " in said
    assert "BACKUP_DIR" in said
    assert digest(college.output) == before
    assert len(college.certificates()) == 2
    assert not folder.is_dir() or made(folder) == []
    assert [path for path in folder.rglob("*") if path.name.endswith(".part")] == []


def test_what_a_killed_run_left_half_written_goes(shell: Shell, folder: Path) -> None:
    half = folder / ".certs-20251101T000000Z-000000000000.tar.part"
    half.mkdir()
    (half / "ledger.sqlite3").write_text("everybody")
    run(shell)
    assert sorted(folder.iterdir()) == [*made(folder), folder / "certs-packs"]


def test_it_is_said_where_there_is_none(shell: Shell, tmp_path: Path) -> None:
    """Also where nobody ever thought of it. A backup that staff make counts, until something changes."""
    shell.college.environment |= {"BACKUP_DIR": ""}
    assert "caution: no backup is younger than a month" in shell("status").stdout
    assert "certs backup FOLDER makes one, BACKUP_DIR in .env" in run(shell)
    shell("backup", tmp_path / "mine.tar")
    later = TODAY + dt.timedelta(days=90)
    assert shell.json("status", today=later)["cautions"] == []
    run(shell, ROWS[1])
    assert shell.json("status")["cautions"] == []
    (caution,) = shell.json("status", today=later)["cautions"]
    assert "no backup" in caution


@pytest.mark.parametrize("place", ["output", "output/c", "content/images", "theme", "var/vault", "host/b"])
def test_backups_never_lie_where_all_can_see_them(shell: Shell, place: str) -> None:
    env = {"BACKUP_DIR": str(shell.college.root / place), "PUBLISH_TO": str(shell.college.root / "host")}
    assert shell.refused("status", env=env).startswith("BACKUP_DIR ")
