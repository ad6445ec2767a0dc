"""A folder of backups: whatever is issued, erased, killed or damaged, each backup gives back its own."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Collection, Iterable
from contextlib import closing, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pipeline import backup, files
from pipeline.backup import archive, packs
from pipeline.errors import CertsError, LockedError, VaultError
from pipeline.lock import lock, looked_into
from pipeline.vault import Vault
from pipeline.workflow import backups
from tests.support.killed import dies_at

DESIGN = random.Random(1).randbytes(4000)  # what all certificates have in common
CHANGES = ("replace", "rename", "unlink", "rmdir", "mkdir", "open", "fsync", "chmod")


class Killed(BaseException):
    """As kill -9: no `except Exception` catches it."""


def known(ledger: Path) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(ledger)) as opened:
        return opened.execute("SELECT sha256, size FROM version ORDER BY sha256").fetchall()


class College:
    """A ledger with nothing but certificates, its vault, and a folder of backups."""

    def __init__(self, root: Path, keep: int = 3) -> None:
        self.root, self.folder, self.data = root, root / "backups", root / "var"
        self.ledger, self.vault = self.data / "ledger.sqlite3", Vault(self.data / "vault")
        for folder in (self.folder, self.data):
            folder.mkdir()
        self.now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        self.changes, self.keep, self.issued = 0, keep, 0
        self.erased_at: dt.datetime | None = None
        self.said: list[str] = []
        with closing(sqlite3.connect(self.ledger)) as opened:
            opened.execute("CREATE TABLE version (sha256 TEXT PRIMARY KEY, size INTEGER)")

    def write(self, entries: Iterable[tuple[str, int]]) -> None:
        with closing(sqlite3.connect(self.ledger)) as opened, opened:
            opened.execute("DELETE FROM version")
            opened.executemany("INSERT INTO version VALUES (?, ?)", entries)
        self.changes += 1

    def issue(self, count: int, bulk: int = 0) -> None:
        """Certificates of new people, each with so many bytes besides that are like nothing else."""
        made = []
        for _ in range(count):
            self.issued += 1
            person = f"Person {self.issued} of this test".encode() * 9
            made.append(DESIGN + person + random.Random(self.issued).randbytes(bulk))
        digests = self.vault.put_many(made)
        self.write([*known(self.ledger), *zip(digests, map(len, made), strict=True)])

    def drop(self, entries: Iterable[tuple[str, int]]) -> None:
        gone = set(entries)
        self.write([one for one in known(self.ledger) if one not in gone])
        self.vault.delete(digest for digest, _ in gone)

    def copy_ledger(self, path: Path) -> None:
        shutil.copy(self.ledger, path)

    def back_up(self, thorough: bool = False) -> backups.FolderBackup:
        self.now += dt.timedelta(seconds=1)
        nowhere = self.root / "nowhere"
        ledger = SimpleNamespace(
            copy_to=self.copy_ledger,
            counts=SimpleNamespace(issued=lambda: len(known(self.ledger))),
            origin=SimpleNamespace(content=lambda: f"{self.changes:012x}", erased_at=lambda: self.erased_at),
        )
        project: Any = SimpleNamespace(
            ledger=ledger,
            settings=SimpleNamespace(
                data_dir=self.data,
                backup_keep=self.keep,
                output_dir=nowhere,
                content=nowhere,
                theme=nowhere,
                publish_to="",
            ),
            listener=SimpleNamespace(step=self.said.append),
            now=self.now,
            at=self.now.isoformat(),
            actor="tester",
        )
        return backups.back_up_into(project, self.folder, thorough)

    def names(self) -> list[str]:
        """The backups in the folder, oldest first."""
        return sorted(path.name for path in self.folder.glob("certs-2*"))

    def restored(self, name: str, heed: Any = None) -> set[tuple[str, int]]:
        """What a backup gives back: ledger and vault agree, every certificate is itself."""
        with tempfile.TemporaryDirectory(dir=self.root) as other:
            backup.read_backup(
                self.folder / name, Path(other), known, lambda _: None, force=True, heed_damage=heed
            )
            found = {
                (path.name, path.stat().st_size)
                for path in Path(other, "vault").glob("*/*")
                if hashlib.sha256(path.read_bytes()).hexdigest() == path.name
            }
            assert found == set(known(Path(other, "ledger.sqlite3"))) or heed is not None
            return found

    def packed(self) -> list[str]:
        """SHA-256 of each certificate that anybody could take out of the folder."""
        found = []
        for path in self.folder.rglob("*"):
            if path.is_file() and path.suffix != ".txt":
                found += [digest for digest, _, _ in archive.certificates_in(path)]
        return found


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    patched(monkeypatch)


def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs of four certificates, of which three small ones may stay; no power cut is tried here."""
    for name in ("sync", "fsync"):
        monkeypatch.setattr(os, name, lambda *_: None)
    monkeypatch.setattr(backups, "digests_in", known)
    monkeypatch.setattr(packs, "PACK", 4)
    monkeypatch.setattr(packs, "SMALL_PACK", 4700)
    monkeypatch.setattr(packs, "FEW_SMALL", 3)


@pytest.fixture
def college(tmp_path: Path) -> College:
    return College(tmp_path)


def killed_at(patch: pytest.MonkeyPatch, step: int) -> None:
    """From this step on, counted from 0, the process changes nothing any more, nor tidies anything up."""
    steps = iter(range(step))

    def mortal(function: Any) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            if next(steps, None) is None:
                raise Killed
            return function(*arguments, **options)

        return call

    for name in CHANGES:
        patch.setattr(os, name, mortal(getattr(os, name)))


class Folder(RuleBasedStateMachine):
    """What is done to a college and its backups, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        patched(self.patch)
        self.place = tempfile.TemporaryDirectory()
        self.college = College(Path(self.place.name))
        self.held: dict[str, set[tuple[str, int]]] = {}  # by name of the backup: what it must give back
        self.harmed: set[str] = set()  # backups that were there when a pack was damaged

    def teardown(self) -> None:
        self.patch.undo()
        self.place.cleanup()

    @initialize()
    def begin(self) -> None:
        self.college.issue(3)

    @rule(count=st.integers(1, 9))
    def issue(self, count: int) -> None:
        self.college.issue(count)

    @rule(data=st.data(), on_request=st.booleans())
    def delete(self, data: st.DataObject, on_request: bool) -> None:
        """By retention, or because somebody asked."""
        if there := known(self.college.ledger):
            gone = data.draw(st.sets(st.sampled_from(there), min_size=1, max_size=5))
            self.college.drop(gone)
            if on_request:
                self.college.now += dt.timedelta(seconds=1)
                self.college.erased_at = self.college.now

    @rule(thorough=st.booleans(), keep=st.integers(1, 4))
    def back_up(self, thorough: bool, keep: int) -> None:
        """All that is on record is in the newest; nothing is in the folder that no backup there holds."""
        college, self.college.keep = self.college, keep
        thorough = thorough or bool(self.harmed)
        made = college.back_up(thorough)
        self.held[made.name] = set(known(college.ledger))
        self.harmed.discard(made.name)
        names = college.names()
        assert made.name in names
        assert len(names) <= keep
        if college.erased_at is not None:
            stamp = college.erased_at.strftime("certs-%Y%m%dT%H%M%SZ")
            assert all(name > stamp for name in names)
        needed = {digest for name in names for digest, _ in self.held[name]}
        found = college.packed()
        assert len(found) == len(set(found))
        assert set(found) == needed if not self.harmed & set(names) else set(found) <= needed
        assert not [path for path in college.folder.rglob("*") if path.name.endswith(".part")]
        for path in (*college.folder.iterdir(), *college.folder.glob("certs-packs/*")):
            assert path.stat().st_mode & 0o077 == 0
        assert college.restored(made.name) == self.held[made.name]

    @rule(step=st.integers(0, 60), thorough=st.booleans())
    def back_up_killed(self, step: int, thorough: bool) -> None:
        college = self.college
        before = set(known(college.ledger))
        with pytest.MonkeyPatch.context() as patch:
            killed_at(patch, step)
            with suppress(Killed):
                college.back_up(thorough)
        for name in college.names():
            self.held.setdefault(name, before)

    @precondition(lambda self: self.college.names())
    @rule(data=st.data(), how=st.sampled_from(["cut", "flipped", "gone"]))
    def damage(self, data: st.DataObject, how: str) -> None:
        """A disk fails in one pack; everything else of the folder, and the vault, is as it was."""
        packs_there = sorted(self.college.folder.glob("certs-packs/*.zst"))
        if not (there := [path for path in packs_there if path.stat().st_size]):
            return
        path = data.draw(st.sampled_from(there))
        content = bytearray(path.read_bytes())
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] ^= 0x20
        path.write_bytes(content if how == "flipped" else content[:at])
        if how == "gone":
            path.unlink()
        self.harmed |= set(self.college.names())

    @precondition(lambda self: set(self.college.names()) - self.harmed)
    @rule(data=st.data())
    def go_back(self, data: st.DataObject) -> None:
        """A backup takes the ledger's place."""
        college = self.college
        name = data.draw(st.sampled_from(sorted(set(college.names()) - self.harmed)))
        backup.read_backup(college.folder / name, college.data, known, lambda _: None, force=True)
        college.changes += 1000
        college.vault.delete(set(college.vault.digests()) - {digest for digest, _ in known(college.ledger)})

    @invariant()
    def every_backup_gives_back_its_own(self) -> None:
        for name in self.college.names():
            if name not in self.harmed:
                assert self.college.restored(name) == self.held[name]


def test_stories() -> None:
    """A few, always the same."""
    few = settings(
        max_examples=12,
        stateful_step_count=14,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
    )
    run_state_machine_as_test(Folder, settings=few)


@pytest.mark.soak
def test_many_stories() -> None:
    """SEED=... make soak draws the same again."""
    many = settings(max_examples=300, stateful_step_count=20, deadline=None)
    run_state_machine_as_test(seed(int(os.environ.get("SEED", "0")))(Folder), settings=many)


def test_only_what_is_new_is_written(college: College) -> None:
    """The second backup adds packs, and leaves the first one's alone; nothing new, nothing written."""
    college.issue(9)
    assert college.back_up().added == 9
    first = {path.name: path.stat().st_mtime_ns for path in college.folder.glob("certs-packs/*.zst")}
    college.issue(5)
    made = college.back_up()
    assert (made.added, made.is_new, made.pdfs, made.kept) == (5, True, 14, 2)
    then = {path.name: path.stat().st_mtime_ns for path in college.folder.glob("certs-packs/*.zst")}
    assert first.items() < then.items()
    made = college.back_up()
    assert (made.added, made.is_new, made.kept) == (0, False, 2)


def test_what_is_alike_is_stored_once(college: College) -> None:
    """Four certificates of one design are hardly more than one."""
    college.issue(4)
    college.back_up()
    (pack,) = college.folder.glob("certs-packs/*.zst")
    assert pack.stat().st_size < len(DESIGN) + 4 * 200


def test_two_at_once(college: College) -> None:
    """The second is refused, by name of who is at it; nothing of the first is touched. Nor is a folder read
    that is written to, or written to while it is read."""
    college.issue(2)
    made = college.back_up()
    with lock(college.folder / packs.PACKS, "Ana", "2026-01-01"):
        for trial in (college.back_up, lambda: college.restored(made.name)):
            with pytest.raises(LockedError, match="Ana"):
                trial()
    with looked_into(college.folder / packs.PACKS), pytest.raises(LockedError):
        college.back_up()
    assert college.back_up().name == made.name


@pytest.mark.parametrize("at", ["FOLDER", "packs"])
def test_a_full_disk_spoils_nothing(college: College, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    """A sentence; what was there is whole, no half-written file stays, and with room again it goes on."""
    college.issue(6)
    first = college.back_up().name
    before = set(known(college.ledger))
    college.issue(6)
    add, full = archive.add, {"FOLDER": archive.MANIFEST, "packs": archive.VAULT}[at]

    def refuse(file: Any, name: str, *rest: Any) -> None:
        if name.startswith(full):
            raise OSError(28, "No space left on device")
        add(file, name, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(archive, "add", refuse)
        with pytest.raises(CertsError, match="No space left on device"):
            college.back_up()
    assert college.names() == [first]
    assert not [path for path in college.folder.rglob("*") if path.name.endswith(".part")]
    assert college.restored(first) == before
    assert college.restored(college.back_up().name) == set(known(college.ledger))


@pytest.mark.parametrize("how", ["cut", "altered", "gone"])
def test_a_damaged_pack(college: College, how: str) -> None:
    """It is named; nothing is restored but on request, then all else; the next backup has it all again."""
    college.issue(8, bulk=50_000)
    name = college.back_up().name
    everything = college.restored(name)
    pack = min(college.folder.glob("certs-packs/*.zst"))
    content = pack.read_bytes()
    if how == "gone":
        pack.unlink()
    else:
        altered = content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]
        pack.write_bytes(content[:-30] if how == "cut" else altered)
    with pytest.raises(VaultError, match=r"lacks \d of 8.*Nothing was restored") as refused:
        college.restored(name)
    assert how == "gone" or f"certs-packs/{pack.name} was changed" in refused.value.message
    heard: list[str] = []
    rest = college.restored(name, heard.append)
    assert len(heard) == 1
    assert rest < everything
    assert len(rest) >= 4
    made = college.back_up(thorough=how == "altered")
    assert made.added
    assert how == "gone" or any(pack.name in said for said in college.said)
    assert college.restored(made.name) == everything


def test_a_damaged_backup_is_made_again(college: College) -> None:
    """--verify finds a ledger that was altered; nothing changed, and still a whole one is there after."""
    with closing(sqlite3.connect(college.ledger)) as opened:
        opened.executescript("CREATE TABLE much AS SELECT randomblob(400000)")
    college.issue(3)
    first = college.folder / college.back_up().name
    content = bytearray(first.read_bytes())
    content[-9] ^= 1
    first.write_bytes(content)
    assert college.back_up().name == first.name
    again = college.back_up(thorough=True).name
    assert again != first.name
    assert any(first.name in said for said in college.said)
    assert college.restored(again) == set(known(college.ledger))


@pytest.mark.parametrize("count", [1, 4, 8])
@pytest.mark.parametrize("on_request", [False, True])
def test_who_was_deleted_leaves_the_packs(college: College, count: int, on_request: bool) -> None:
    """With the last backup that holds them: at once where they asked, else when it is one too many."""
    college.issue(8)
    college.back_up()
    stored = {path: archive.pack_list(path) for path in college.folder.glob("certs-packs/*.zst")}
    order = [digest for digests in stored.values() for digest in digests]
    gone = set(order[:count])
    college.drop([one for one in known(college.ledger) if one[0] in gone])
    college.issue(1)
    if on_request:
        college.erased_at = college.now
    for later in range(1, college.keep + 1):
        college.back_up()
        is_held = not on_request and later < college.keep
        assert gone.isdisjoint(college.packed()) is not is_held
        college.issue(1)


def test_what_a_killed_backup_packed_is_used_or_leaves(
    college: College, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in no backup yet; whoever was deleted since is in none ever, and the rest is not packed again."""
    college.issue(8)
    with monkeypatch.context() as patch:
        patch.setattr(archive, "add_manifest", dies_at(archive.add_manifest, 0))
        with pytest.raises(KeyboardInterrupt):
            college.back_up()
    assert college.names() == []
    assert len(college.packed()) == 8
    college.drop(known(college.ledger)[:3])
    made = college.back_up()
    assert (made.added, made.pdfs) == (0, 5)
    assert len(college.packed()) == 5


def test_killed_before_it_tidied_up(college: College, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is new when it is run again; what the killed one was about to drop is dropped all the same."""
    college.issue(8)
    college.back_up()
    college.drop(known(college.ledger)[:3])
    college.keep = 1
    with monkeypatch.context() as patch:
        patch.setattr(packs.Packs, "tidy", dies_at(packs.Packs.tidy, 0))
        with pytest.raises(KeyboardInterrupt):
            college.back_up()
    assert len(college.packed()) == 8
    assert not college.back_up().is_new
    assert len(college.packed()) == 5


def test_a_pack_is_damaged_and_its_rest_is_needed(college: College) -> None:
    """The vault lost what an older backup has in a damaged pack: all that can be read of it is kept."""
    college.issue(4)
    first = college.back_up().name
    college.drop(known(college.ledger)[1:])
    college.issue(1)
    (pack,) = college.folder.glob("certs-packs/*.zst")
    pack.rename(pack.with_name(pack.name.replace("-", "-9")))  # its size is no longer what its name says
    college.back_up()
    assert college.restored(first)


def test_what_is_damaged_on_the_way_is_packed_anew(college: College) -> None:
    """Nobody asked for --verify, and a pack that must be written anew turns out to be altered."""
    college.issue(4, bulk=100_000)
    college.back_up()
    (pack,) = college.folder.glob("certs-packs/*.zst")
    content = bytearray(pack.read_bytes())
    content[-9] ^= 1
    pack.write_bytes(content)
    (first, *_) = archive.pack_list(pack)
    college.drop([one for one in known(college.ledger) if one[0] == first])
    college.keep = 1
    made = college.back_up()
    assert college.restored(made.name) == set(known(college.ledger))


def test_what_is_written_is_read_back(college: College, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that stores something else is found at once, not at the restore."""
    college.issue(4)
    sync = files.sync

    def spoil(paths: Collection[files.AnyPath]) -> None:
        sync(paths)
        for path in map(Path, paths):
            if path.name == "archive":
                content = bytearray(path.read_bytes())
                content[len(content) // 2] ^= 4
                path.write_bytes(content)

    monkeypatch.setattr(files, "sync", spoil)
    with pytest.raises(VaultError, match="is damaged"):
        college.back_up()
    assert college.names() == []


def test_a_clock_that_was_put_back(college: College) -> None:
    """What was just written is not taken for the oldest, and deleted, but for the newest, and restored."""
    college.keep = 2
    college.issue(1)
    for _ in range(2):
        college.back_up()
        college.issue(1)
    college.now -= dt.timedelta(days=1)
    for _ in range(3):
        before, made = college.names(), college.back_up()
        assert college.names() == [before[-1], made.name]
        assert backups.find_backup(college.folder, "").name == made.name
        assert college.restored(made.name) == set(known(college.ledger))
        college.issue(1)


def test_whoever_is_erased_after_a_clock_was_put_back(college: College) -> None:
    """No byte of them stays in a backup that says it was made later."""
    college.issue(4)
    college.back_up()
    college.now -= dt.timedelta(hours=1)
    gone = known(college.ledger)[:2]
    college.drop(gone)
    college.erased_at = college.now
    college.back_up()
    assert {digest for digest, _ in gone}.isdisjoint(college.packed())


def test_damaged_backups_drive_no_whole_one_out(college: College) -> None:
    college.keep = 2
    college.issue(1)
    whole = college.back_up().name
    college.issue(1)
    (college.folder / college.back_up().name).write_bytes(b"")
    college.issue(1)
    newest = college.back_up().name
    assert {whole, newest} < set(college.names())
    assert college.restored(whole)


@pytest.mark.parametrize("part", ["certificates", "list"])
def test_what_was_packed_is_what_was_read(
    college: College, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """A machine that computes wrongly writes what is sound as an archive, and is not what was asked for."""
    college.issue(4)
    pack, lists = archive.add_certificate, archive.add_sums
    if part == "certificates":
        monkeypatch.setattr(
            archive, "add_certificate", lambda file, digest, pdf, mtime: pack(file, digest, pdf[::-1], mtime)
        )
    else:
        monkeypatch.setattr(archive, "add_sums", lambda file, digests, *rest: lists(file, digests[1:], *rest))
    with pytest.raises(VaultError, match="does not hold what was written into it"):
        college.back_up()
    assert college.names() == []
    assert college.packed() == []


def test_small_packs_are_joined(college: College) -> None:
    for _ in range(9):
        college.issue(1)
        college.back_up()
    assert len(list(college.folder.glob("certs-packs/*.zst"))) <= 5
    assert len(college.packed()) == 9


def test_the_packs_are_not_beside_it(college: College, tmp_path: Path) -> None:
    """The file alone was copied to another place."""
    college.issue(1)
    shutil.copy(college.folder / college.back_up().name, tmp_path / "alone.tar.zst")
    college.folder = tmp_path
    with pytest.raises(VaultError, match="certs-packs, which is not beside it"):
        college.restored("alone.tar.zst")


def test_a_link_in_the_place_of_the_packs(college: College, tmp_path: Path) -> None:
    """Whoever may write into the folder does not get the certificates elsewhere."""
    (tmp_path / "elsewhere").mkdir()
    (college.folder / packs.PACKS).symlink_to(tmp_path / "elsewhere")
    college.issue(1)
    with pytest.raises(CertsError, match="is a link"):
        college.back_up()
    assert not list((tmp_path / "elsewhere").iterdir())
