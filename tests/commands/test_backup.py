"""certs run makes a backup of its own first, where BACKUP_DIR says where."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
import zstandard

from pipeline.backup import archive
from pipeline.errors import PublishError
from tests.support.college import HERE, TODAY, College
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


def test_who_waits_to_be_erased_is_in_no_backup_for_long(
    shell: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The web host did not answer when they asked, and a run made a backup before it was done."""
    shell.college.environment["BACKUP_KEEP"] = "9"
    run(shell, ROWS[1])

    def down(*_: object, **__: object) -> None:
        raise PublishError("The web host does not answer.", "Try again.")

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.workflow.retention.release", down)
        shell("forget", "L2", "--reason", "asked", "--yes", status=1)
    for day in (1, 2):
        run(shell, today=TODAY + dt.timedelta(days=day))
    assert len(made(folder)) == 1
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


def elsewhere(tmp_path: Path) -> dict[str, str]:
    """Another machine, on which nothing is."""
    return {"DATA_DIR": str(tmp_path / "var"), "OUTPUT_DIR": str(tmp_path / "out"), "BACKUP_DIR": ""}


def test_a_folder_by_hand(shell: Shell, folder: Path, tmp_path: Path) -> None:
    """The same folder as the runs use: the newest comes back, or the one of a day; a list names them."""
    said = shell("backup", folder).stdout
    assert "the ledger and 2 PDFs of certificates" in said
    assert "2 of them packed now. 1 backup is kept." in said
    assert "nothing is new" in shell("backup", f"{folder}/").stdout
    tomorrow = TODAY + dt.timedelta(days=1)
    run(shell, ROWS[1], tomorrow)
    assert "2 of them packed now. 2 backups are kept." in shell("backup", folder, today=tomorrow).stdout
    assert [(one["pdfs"], one["at"][:10]) for one in shell.json("restore", folder, "--list")] == [
        (2, str(TODAY)),
        (4, str(tomorrow)),
    ]
    assert "UTC  4 PDFs" in shell("restore", folder, "--list").stdout
    there = elsewhere(tmp_path)
    assert "Restored: 4 PDFs" in shell("restore", folder, env=there).stdout
    first = made(folder)[0].name
    assert "Restored: 2 PDFs" in shell("restore", folder, "--generation", first, "--force", env=there).stdout
    day = str(tomorrow)
    assert "Restored: 4 PDFs" in shell("restore", folder, "--generation", day, "--force", env=there).stdout
    assert "agree" in shell("verify", env=there).stdout
    said = shell.refused("restore", folder, "--generation", "2020", "--force", env=there)
    assert "no backup of 2020" in said


def test_places_that_are_none(shell: Shell, folder: Path, tmp_path: Path) -> None:
    assert "There is no folder" in shell.refused("backup", f"{tmp_path}/unmounted/")
    assert not (tmp_path / "unmounted").exists()
    assert "shown to everybody" in shell.refused("backup", shell.college.output)
    vault = shell.college.data / "vault"
    for place in (vault, next(vault.iterdir()), vault / "certs.tar.zst"):
        assert "cannot lie in the vault" in shell.refused("backup", place)
    assert "agree" in shell("verify").stdout  # nothing strange lies there now
    for words in (["backup", folder, "--force"], ["backup", tmp_path / "file", "--verify"]):
        assert "FOLDER" in shell(*words, status=2).stderr
    shell("backup", tmp_path / "file")
    for option in ("--list", "--generation=2025"):
        assert "FOLDER" in shell("restore", tmp_path / "file", option, status=2).stderr
    assert "holds no backup" in shell.refused("restore", folder, env=elsewhere(tmp_path))


def former_backup(whole: Path, path: Path) -> Path:
    """A backup in one file, written as former versions did."""
    with tarfile.open(path, "w") as former, archive.reading(whole) as content:
        while (member := archive.next_member(content)) is not None:
            held = archive.member_content(content, member, member.name).read()
            if member.name == archive.MANIFEST:
                values = json.loads(held)
                del values["in_packs"]
                held = json.dumps({**values, "format": 1}).encode()
            if member.name != archive.SUMS:
                member.size = len(held)
                former.addfile(member, io.BytesIO(held))
    return path


def test_what_a_former_version_left(shell: Shell, folder: Path, tmp_path: Path) -> None:
    """Plain tar files: they count, are restored, and go in their turn."""
    run(shell)
    (packed,) = made(folder)
    shell("backup", tmp_path / "whole")
    before = former_backup(tmp_path / "whole", folder / "certs-20251101T000000Z-000000000000.tar")
    assert [one["pdfs"] for one in shell.json("restore", folder, "--list")] == [2, 2]
    there = elsewhere(tmp_path)
    said = shell("restore", folder, "--generation", "2025-11-01", env=there).stdout
    assert "Restored: 2 PDFs" in said
    run(shell, ROWS[1])
    run(shell, today=TODAY + dt.timedelta(days=1))
    assert before not in made(folder)
    assert packed in made(folder)


@pytest.mark.parametrize("is_former", [True, False])
@pytest.mark.parametrize("damage", ["ledger", "certificate", "cut"])
def test_backups_without_packs_are_hashed_too(
    shell: Shell, folder: Path, tmp_path: Path, is_former: bool, damage: str
) -> None:
    """--verify believes no file of the folder, whatever wrote it; a whole one is not written again."""
    (tmp_path / "whole").mkdir()
    run(shell)
    (packed,) = made(folder)
    shell("backup", tmp_path / "whole" / "file")
    name = packed.name.removesuffix(".zst") if is_former else packed.name
    packed.unlink()
    path = folder / name
    if is_former:
        former_backup(tmp_path / "whole" / "file", path)
    else:
        shutil.copy(tmp_path / "whole" / "file", path)
    assert "nothing is new" in shell("backup", folder, "--verify").stdout
    content = bytearray(path.read_bytes())
    at = content.find(b"SQLite format 3") if damage == "ledger" else content.rfind(b"%PDF")
    content[at + 9 if is_former else len(content) // 2] ^= 1
    path.write_bytes(content if damage != "cut" else content[: len(content) // 2])
    assert f"damaged: {name}" in shell("backup", folder, "--verify").stderr
    there = elsewhere(tmp_path)
    assert "Restored: 2 PDFs" in shell("restore", folder, env=there).stdout


def test_a_damaged_backup_is_asked_about(shell: Shell, folder: Path, tmp_path: Path) -> None:
    """By name; accepted, all else comes back, and what is lacking is made again where it can be."""
    run(shell)
    (pack,) = folder.glob("certs-packs/*.zst")
    content = pack.read_bytes()
    pack.write_bytes(content[: len(content) // 2])
    there = elsewhere(tmp_path)
    said = shell("restore", folder, status=5, env=there).stderr
    assert f"certs-packs/{pack.name} was changed" in said
    assert "--accept damaged-backup" in said
    assert not (tmp_path / "var" / "ledger.sqlite3").exists()
    shell("restore", folder, "--accept", "damaged-backup", env=there)
    assert len(shell.json("find", "L1", env=there)[0]["certificates"]) == 2
    assert f"damaged: {pack.name}" in shell("backup", folder).stderr
    assert "Restored: 2 PDFs" in shell("restore", folder, "--force", env=there).stdout


def test_the_vault_is_mended_out_of_the_folder(
    shell: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a run, from BACKUP_DIR; by hand from any other."""
    run(shell)
    monkeypatch.setattr("pipeline.workflow.render.render_many", lambda *_: iter(()))
    shutil.rmtree(shell.college.output)
    files = sorted((shell.college.data / "vault").glob("*/*"))
    files[0].unlink()
    assert "put back from a backup" in run(shell)
    assert files[0].is_file()
    shutil.rmtree(shell.college.output)
    files[1].unlink()
    shell.college.environment["BACKUP_DIR"] = ""
    said = shell("restore", folder, "--lost").stdout
    assert "Put back into the vault: 1 PDF; still lost: 0." in said
    shell("build")
    assert "agree" in shell("verify").stdout


@pytest.mark.skipif(not shutil.which("zstd") or not shutil.which("sqlite3"), reason="typed by hand")
@pytest.mark.starts
def test_it_can_be_read_without_the_program(shell: Shell, folder: Path, tmp_path: Path) -> None:
    """What docs/backup-format.md and the folder's own README say, typed as it stands there."""
    run(shell)
    shell("backup", tmp_path / "one")
    text = (HERE / "docs" / "backup-format.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    readme = (folder / "certs-packs" / "README.txt").read_text()
    by_hand = "\n".join(line[4:] for line in readme.splitlines() if line.startswith("    "))
    (one,) = made(folder)
    typed = by_hand.replace("BACKUPS", str(folder)).replace("NAME", one.name)
    for number, script in enumerate(["".join(blocks[:2]), blocks[2], typed]):
        place = tmp_path / f"empty{number}"
        place.mkdir()
        done = subprocess.run(
            ["sh", "-ec", script],
            cwd=place,
            env={**os.environ, "BACKUPS": str(folder), "NAME": one.name, "FILE": str(tmp_path / "one")},
            capture_output=True,
            text=True,
            check=True,
        )
        vault = shell.college.data / "vault"
        for path in vault.glob("*/*"):
            assert (place / "vault" / path.relative_to(vault)).read_bytes() == path.read_bytes()
        assert ("Person 1" in done.stdout) is (number != 1)
        assert done.stderr == ""
    (place / "vault" / path.relative_to(vault)).unlink()
    check = re.search(r"sha256sum --check.*", text)
    assert check
    assert subprocess.run(check[0].split(), cwd=place, capture_output=True, check=False).returncode
