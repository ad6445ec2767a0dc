"""A backup is one consistent file, written while others work; it comes back whole or not at all."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from pipeline import backup, files
from pipeline.backup import archive, read_backup, write_backup
from pipeline.backup import read as read_module
from pipeline.errors import CertsError, LedgerError, VaultError
from pipeline.ledger import Ledger
from pipeline.vault import Faults, Vault
from tests.conftest import without_paper
from tests.support.college import College
from tests.support.killed import dies_at

PEOPLE = 7


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DATA_DIR with seven people's certificates on record."""
    with pytest.MonkeyPatch.context() as patch:
        without_paper(patch)
        college = College(tmp_path_factory.mktemp("issued"))
        rows = [
            f"course,L{one},p{one}@example.org,Person {one},MD,yes,2025-11-0{one},5,,,yes"
            for one in range(1, PEOPLE + 1)
        ]
        college.take(*rows)
    return college.data


@pytest.fixture
def data(issued: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(issued, tmp_path / "data"))


@pytest.fixture
def file(data: Path, tmp_path: Path) -> Path:
    """A backup of it."""
    save(data, tmp_path / "backups" / "certs.tar")
    return tmp_path / "backups" / "certs.tar"


def digests(ledger: Path) -> list[tuple[str, int]]:
    with Ledger(ledger) as opened:
        return list(opened.certificates.digests().items())


def prepare(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger, isolation_level=None)) as opened:
        opened.execute("DELETE FROM page")


def save(data: Path, destination: Path) -> backup.Backup:
    destination.parent.mkdir(exist_ok=True)
    with Ledger(data / "ledger.sqlite3") as ledger:
        return write_backup(destination, ledger.copy_to, digests, data / "vault")


def restore(file: Path, data: Path, force: bool = False) -> int:
    return read_backup(file, data, digests, prepare, force)


def state(data: Path) -> tuple[list[tuple[str, int]], list[str]]:
    """What the ledger refers to and what lies in the vault; the vault agrees with the ledger."""
    known = sorted(digests(data / "ledger.sqlite3"))
    vault = Vault(data / "vault")
    assert vault.faults(dict(known)) == Faults()
    return known, list(vault.digests())


@contextmanager
def refused(data: Path, error: type[CertsError] = CertsError, match: str = ".") -> Iterator[None]:
    """What is tried is refused, and DATA_DIR is as it was."""
    before = state(data)
    with pytest.raises(error, match=match):
        yield
    assert state(data) == before


def names(ledger: Path) -> list[str]:
    with closing(sqlite3.connect(ledger)) as opened:
        return [row[0] for row in opened.execute("SELECT name FROM participant ORDER BY id")]


def notes(ledger: Path) -> set[str]:
    """A column that a test may change by itself: the ledger computes others from it."""
    with closing(sqlite3.connect(ledger)) as opened:
        return {row[0] for row in opened.execute("SELECT bounced FROM participant")}


class TestRoundTrip:
    def test_everything_comes_back(self, data: Path, file: Path, tmp_path: Path) -> None:
        """Into an empty place: the same people and PDFs, pages to be built anew, all for the owner alone."""
        new = tmp_path / "new"
        before = state(data)
        made = restore(file, new)
        assert state(new) == before
        assert names(new / "ledger.sqlite3") == [f"Person {one}" for one in range(1, PEOPLE + 1)]
        assert made == len(before[0])
        with Ledger(new / "ledger.sqlite3") as ledger:
            assert [*ledger.builds.states_of_pages()] == []
            assert ledger.is_sound()
        assert file.stat().st_mode & 0o777 == 0o600
        assert (new / "ledger.sqlite3").stat().st_mode & 0o077 == 0
        folders = [new / "vault", *(new / "vault").iterdir()]
        assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}
        assert sorted(path.name for path in new.iterdir()) == ["ledger.sqlite3", "vault"]
        assert [path.name for path in file.parent.iterdir()] == [file.name]

    def test_pdfs_keep_their_time(self, data: Path, file: Path, tmp_path: Path) -> None:
        """A publish after a restore sends no PDF again: to the second they are as old as they were."""
        restore(file, tmp_path / "new")
        for path in (data / "vault").glob("*/*"):
            other = tmp_path / "new" / path.relative_to(data)
            assert int(other.stat().st_mtime) == int(path.stat().st_mtime)
            assert other.stat().st_mode & 0o777 == 0o444

    def test_while_a_run_writes(self, data: Path, tmp_path: Path) -> None:
        """A run that commits and stores in the midst of it is in the backup wholly or not at all."""
        file = tmp_path / "busy.tar"
        ledger_path = data / "ledger.sqlite3"
        with Ledger(ledger_path) as ledger, closing(sqlite3.connect(ledger_path, timeout=30)) as other:

            def copied(path: Path) -> None:
                other.execute("UPDATE participant SET bounced = 'in the midst' WHERE id = 1")
                ledger.copy_to(path)  # while that transaction is open
                other.commit()
                Vault(data / "vault").put_many([b"%PDF of a run that goes on"])

            write_backup(file, copied, digests, data / "vault")
        restore(file, tmp_path / "new")
        assert notes(tmp_path / "new" / "ledger.sqlite3") == {""}
        state(tmp_path / "new")

    def test_retention_in_the_midst(self, data: Path, tmp_path: Path) -> None:
        """A certificate that retention takes between ledger and vault is gone from the backup too."""
        ledger_path = data / "ledger.sqlite3"
        times = []
        with Ledger(ledger_path) as ledger:

            def copied(path: Path) -> None:
                ledger.copy_to(path)
                times.append(path)
                if len(times) == 1:
                    with closing(sqlite3.connect(ledger_path)) as other, other:
                        other.execute("PRAGMA foreign_keys = ON")
                        gone = other.execute(
                            "SELECT sha256 FROM version v JOIN certificate x ON x.id = v.certificate_id"
                            " JOIN claim c ON c.id = x.claim_id WHERE c.participant_id = 1"
                        ).fetchall()
                        other.execute("DELETE FROM participant WHERE id = 1")
                    Vault(data / "vault").delete(row[0] for row in gone)

            write_backup(tmp_path / "certs.tar", copied, digests, data / "vault")
        restore(tmp_path / "certs.tar", tmp_path / "new")
        assert len(times) == 2
        assert names(tmp_path / "new" / "ledger.sqlite3")[0] == "Person 2"
        state(tmp_path / "new")

    def test_over_what_is_there(self, data: Path, file: Path) -> None:
        """Refused without force, with nothing touched; with it the ledger is the backup's, what was issued
        since stays in the vault for retention to put aside, and no write-ahead log of the former ledger is
        read into it."""
        before = state(data)
        with pytest.raises(LedgerError, match="holds a ledger already") as refused:
            restore(file, data)
        assert "--force" in refused.value.hint
        live = sqlite3.connect(data / "ledger.sqlite3", isolation_level=None)
        live.execute("UPDATE participant SET bounced = 'Later'")
        (later,) = Vault(data / "vault").put_many([b"%PDF later"])
        wal = data / "ledger.sqlite3-wal"
        assert wal.stat().st_size  # as a run that was killed leaves it
        shutil.copy(wal, data / "kept")
        live.close()
        shutil.move(data / "kept", wal)
        restore(file, data, force=True)
        assert Vault(data / "vault").delete([later]) == 1
        assert state(data) == before
        assert notes(data / "ledger.sqlite3") == {""}

    @pytest.mark.parametrize("damage", ["ledger", "vault", "both gone"])
    def test_what_it_is_for(self, data: Path, file: Path, damage: str) -> None:
        """A damaged ledger or vault file, or nothing left at all: the backup puts it right."""
        before = state(data)
        if damage == "ledger":
            (data / "ledger.sqlite3").write_bytes(b"not a database" * 1000)
            for suffix in ("-wal", "-shm", "-journal"):  # SQLite must not read them into the next
                (data / f"ledger.sqlite3{suffix}").write_bytes(b"of a ledger that is lost")
        elif damage == "vault":
            victim = next((data / "vault").glob("*/*"))
            victim.unlink()
            victim.write_bytes(b"%PDF of somebody else")
        else:
            shutil.rmtree(data)
        restore(file, data, force=True)
        assert list(data.glob("ledger.sqlite3?*")) == []
        assert state(data) == before

    def test_a_size_that_the_ledger_was_not_told(self, data: Path, tmp_path: Path) -> None:
        """A page put the certificate on record, and its PDF came into the vault later: the backup of it is
        whole, and comes back."""
        with closing(sqlite3.connect(data / "ledger.sqlite3")) as opened, opened:
            opened.execute("UPDATE version SET size = 0 WHERE sha256 IS NOT NULL")
        save(data, tmp_path / "unsized.tar")
        assert restore(tmp_path / "unsized.tar", tmp_path / "new") == 2 * PEOPLE

    def test_no_room_for_the_log(self, data: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is only in the write-ahead log of the ledger that is there is not thrown away."""
        connect, wal = sqlite3.connect, data / "ledger.sqlite3-wal"
        wal.write_bytes(b"what was done last")

        def full(path: object, *rest: Any, **options: Any) -> sqlite3.Connection:
            if "mode=rw" in str(path):
                error = sqlite3.OperationalError("database or disk is full")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error
            return connect(path, *rest, **options)  # type: ignore[call-overload, no-any-return]

        monkeypatch.setattr(sqlite3, "connect", full)
        with pytest.raises(CertsError, match="disk is full"):
            restore(file, data, force=True)
        assert wal.read_bytes() == b"what was done last"

    def test_somebody_is_in_the_ledger(self, data: Path, file: Path) -> None:
        """A program that has the ledger open is not robbed of it."""
        with closing(sqlite3.connect(data / "ledger.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("UPDATE participant SET bounced = 'Later'")
            with pytest.raises(LedgerError, match="Another program"):
                restore(file, data, force=True)
            other.execute("COMMIT")
        assert notes(data / "ledger.sqlite3") == {"Later"}
        state(data)


class TestWriting:
    def test_damaged_vault(self, data: Path, file: Path) -> None:
        """A missing or changed PDF is told, and the older backup stays as it was."""
        victim = next((data / "vault").glob("*/*"))
        content, before = victim.read_bytes(), file.read_bytes()
        for damage, said in ((content[:-1], "was changed"), (None, "lacks a certificate")):
            victim.unlink()
            if damage:
                victim.write_bytes(damage)
            with pytest.raises(VaultError, match=said):
                save(data, file)
            assert file.read_bytes() == before
            assert [path.name for path in file.parent.iterdir()] == [file.name]

    @pytest.mark.parametrize("call", range(PEOPLE + 1))
    def test_killed(self, data: Path, file: Path, monkeypatch: pytest.MonkeyPatch, call: int) -> None:
        """Killed after any member: the older backup is whole, and the next one sweeps what was left."""
        before = file.read_bytes()
        with monkeypatch.context() as patch:
            patch.setattr(archive, "add", dies_at(archive.add, call))
            patch.setattr(shutil, "rmtree", lambda *_a, **_k: None)  # a kill runs no clean-up
            with pytest.raises(KeyboardInterrupt):
                save(data, file)
        assert file.read_bytes() == before
        left = [path for path in file.parent.iterdir() if path != file]
        assert all(path.stat().st_mode & 0o077 == 0 for path in left)
        save(data, file)
        assert [path.name for path in file.parent.iterdir()] == [file.name]

    def test_places_that_cannot_be(self, data: Path, tmp_path: Path) -> None:
        """In a folder that is not there (a disk not mounted), over a folder: a sentence."""
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "x").touch()
        with pytest.raises(CertsError):
            save(data, tmp_path / "folder")
        with Ledger(data / "ledger.sqlite3") as ledger, pytest.raises(CertsError, match="No such file"):
            write_backup(tmp_path / "no" / "b.tar", ledger.copy_to, digests, data / "vault")
        assert not (tmp_path / "no").exists()


class TestDamaged:
    def test_every_byte_counts(self, data: Path, file: Path, tmp_path: Path) -> None:
        """A flipped bit anywhere that matters is found, and what is there is untouched. Where none is (fill
        between members), the restore is right."""
        before, content = state(data), file.read_bytes()
        step = max(1, len(content) // 150)
        refused = 0
        for at in range(0, len(content), step):
            damaged = bytearray(content)
            damaged[at] ^= 0x40
            file.write_bytes(damaged)
            try:
                restore(file, tmp_path / "new", force=True)
            except CertsError:
                refused += 1
            else:
                assert state(tmp_path / "new") == before
        assert refused > 75
        assert state(data) == before

    @pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 0.6, 0.8, 0.9])
    def test_cut(self, data: Path, file: Path, share: float) -> None:
        """A backup that was cut off, as by a full disk or a broken copy, is refused."""
        end = file.read_bytes().rstrip(b"\0")
        file.write_bytes(end[: int(len(end) * share)])
        with refused(data):
            restore(file, data, force=True)

    def test_no_backup_at_all(self, data: Path, tmp_path: Path) -> None:
        """Another tar, a text, a folder, nothing: a sentence each, nothing touched."""
        other = tmp_path / "other"
        (tmp_path / "folder").mkdir()
        other.write_text("Dear sirs")
        with tarfile.open(tmp_path / "tar", "w") as other_tar:
            other_tar.addfile(tarfile.TarInfo("readme"))
        for place in (other, tmp_path / "tar", tmp_path / "folder", tmp_path / "none"):
            with refused(data):
                restore(place, data, force=True)

    def test_newer_ledger(self, data: Path, tmp_path: Path) -> None:
        """A backup of a newer version of the program is refused as such."""
        file = tmp_path / "certs.tar"
        with Ledger(data / "ledger.sqlite3") as ledger:

            def copied(path: Path) -> None:
                ledger.copy_to(path)
                known.extend(digests(path))
                with closing(sqlite3.connect(path)) as copy:
                    copy.execute("PRAGMA user_version = 999")

            known: list[tuple[str, int]] = []
            write_backup(file, copied, lambda _path: known, data / "vault")
        with refused(data, LedgerError, "999"):
            restore(file, data, force=True)


def repacked(file: Path, change: Callable[[tarfile.TarInfo], Iterator[tarfile.TarInfo]]) -> None:
    """The backup with members renamed, added or left out, as somebody with bad intent would."""
    with archive.reading(file) as content:
        members = []
        while (one := content.next()) is not None:
            members.append((one, found.read() if (found := content.extractfile(one)) else b""))
    file.unlink()
    with archive.writing(file) as content:
        for member, data in members:
            for one in change(member):
                content.addfile(one, io.BytesIO(data) if one.isreg() else None)


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


@pytest.mark.parametrize(
    "evil",
    [
        member("../outside"),
        member("/outside"),
        member("vault/../../outside"),
        member("vault/aa/../../../outside"),
        member("vault/aa", tarfile.SYMTYPE, "/"),
        member("vault/aa/" + "a" * 64, tarfile.SYMTYPE, "/etc/passwd"),
        member("vault/aa/" + "a" * 64, tarfile.LNKTYPE, "ledger.sqlite3"),
        member("vault/aa/" + "a" * 64, tarfile.CHRTYPE),
        member("vault/aa/" + "a" * 64),
        member("vault/bb/" + "a" * 64),
        member("vault/aa/" + "a" * 64 + "\n"),
        member("ledger.sqlite3"),
    ],
    ids=lambda one: f"{one.name[:20]!r}-{one.type!r}",
)
def test_nothing_escapes(data: Path, file: Path, tmp_path: Path, evil: tarfile.TarInfo) -> None:
    """Whatever an archive calls its members: nothing is written outside, nothing strange comes in."""
    outside = sorted(tmp_path.iterdir())

    def change(one: tarfile.TarInfo) -> Iterator[tarfile.TarInfo]:
        yield one
        if one.name == "ledger.sqlite3":
            yield evil

    repacked(file, change)
    with refused(data, VaultError, "belongs in no backup|was changed|damaged"):
        restore(file, data, force=True)
    assert sorted(tmp_path.iterdir()) == outside
    assert not (data / "restore.part").exists()


def test_another_certificate_under_its_name(data: Path, file: Path) -> None:
    """What is sound as an archive may still not be what was issued."""
    with archive.reading(file) as content:
        members = []
        while (one := content.next()) is not None:
            members.append((one, archive.member_content(content, one, one.name).read()))
    file.unlink()
    with archive.writing(file) as content:
        for member, held in members:
            is_pdf = archive.MEMBER.fullmatch(member.name)
            content.addfile(member, io.BytesIO(held[::-1] if is_pdf else held))
    with refused(data, VaultError, f"it lacks {2 * PEOPLE} of {2 * PEOPLE} certificates"):
        restore(file, data, force=True)


def test_left_out(data: Path, file: Path) -> None:
    """A backup from which one certificate was taken is refused."""
    victim = state(data)[0][0][0]
    repacked(file, lambda one: iter([] if one.name.endswith(victim) else [one]))
    with refused(data, VaultError, f"it lacks 1 of {2 * PEOPLE} certificates"):
        restore(file, data, force=True)


@pytest.mark.parametrize(
    "step", ["_unpack", "_check", "_compare", "_swap", "_close", "put_in_place", "replace"]
)
@pytest.mark.parametrize("call", [0, 3])
def test_restore_killed(
    data: Path, file: Path, monkeypatch: pytest.MonkeyPatch, step: str, call: int
) -> None:
    """Killed anywhere, DATA_DIR holds the old state or the new one, whole; run again, the new one."""
    new = state(data)
    with closing(sqlite3.connect(data / "ledger.sqlite3")) as opened, opened:
        opened.execute("PRAGMA foreign_keys = ON")
        opened.execute("DELETE FROM participant WHERE name = 'Person 7'")
    vault = Vault(data / "vault")
    vault.delete(set(vault.digests()) - {digest for digest, _ in digests(data / "ledger.sqlite3")})
    old = state(data)
    with monkeypatch.context() as patch:
        room: Any = {"put_in_place": files, "replace": os}.get(step, read_module)
        patch.setattr(room, step, dies_at(getattr(room, step), call))
        patch.setattr(shutil, "rmtree", lambda *_a, **_k: None)  # a kill runs no clean-up
        with suppress(KeyboardInterrupt):
            restore(file, data, force=True)
    known = sorted(digests(data / "ledger.sqlite3"))
    assert known in (old[0], new[0])
    assert {digest for digest, _ in known} <= set(Vault(data / "vault").digests())
    restore(file, data, force=True)
    assert state(data) == new
    assert os.listdir(data).count("restore.part") == 0


def test_sweep(tmp_path: Path) -> None:
    """What a killed restore left is removed by name, so that retention holds for it too."""
    (tmp_path / "restore.part" / "vault").mkdir(parents=True)
    backup.sweep(tmp_path)
    assert not list(tmp_path.iterdir())
