"""One backup in; ledger and vault in their place, verified byte for byte, or nothing changed."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from pipeline import files
from pipeline.backup import archive
from pipeline.backup.archive import (
    BLOCK,
    KEY_MEMBER,
    LEDGER,
    MEMBER,
    PLAIN_FORMAT,
    VAULT,
    Backup,
    Digests,
    damaged,
)
from pipeline.backup.packs import PACKS, Packs
from pipeline.errors import CertsError, LedgerError, VaultError
from pipeline.lock import looked_into
from pipeline.rules.text import conjoined, counted, first_few

KEYS = "keys"  # in DATA_DIR
NAMED = 3  # faults of a backup named one by one
STAGING = "restore.part"  # in DATA_DIR, while a backup is read


def read_backup(
    source: Path,
    data_dir: Path,
    digests: Digests,
    prepare: Callable[[Path], None],
    force: bool = False,
    heed_damage: Callable[[str], None] | None = None,
) -> int:
    """Put ledger and vault of a backup into `data_dir`, after every byte of it was verified; how many PDFs.

    `digests` as in write_backup: opens the ledger, so that it is checked and migrated; `prepare(path)` makes
    the ledger fit for its return (all pages to be built again, no mail that may have gone out sent again).
    `force`: replace a ledger that is there. The caller holds the lock. Killed at any point, data_dir holds
    the old state or the new one: PDFs are added first, then the ledger is swapped, and only then what it does
    not know is removed. `heed_damage(text)` hears which certificates cannot be read, and raises unless all
    the others are to be restored; without it nothing is then. Raises LedgerError where a ledger is there or
    the backup's is of no use, VaultError for a damaged backup, CertsError where the disk refuses.
    """
    ledger = data_dir / LEDGER
    if ledger.exists() and not force:
        raise LedgerError(
            f"{data_dir} holds a ledger already; nothing was restored.",
            "If the backup is to take its place, say --force: what was recorded since is lost.",
        )
    staging = data_dir / STAGING
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        files.empty(staging)
        taken = _unpack(source, staging)
        copy = staging / LEDGER
        _check(copy)
        known = _known(copy, digests)
        if taken.backup.in_packs:
            _take_from_packs(source.parent, staging, known, taken)
        _compare(known, taken, heed_damage)
        prepare(copy)
        _swap(staging, data_dir, taken.found)
    except VaultError as error:
        raise VaultError(f"{error.message} Nothing was restored.", error.hint) from error
    except archive.UNREADABLE as error:
        raise VaultError(
            f"{source.name} is damaged or no backup ({error}). Nothing was restored.", "Take another backup."
        ) from error
    except OSError as error:
        raise CertsError(
            f"The backup could not be restored: {error.strerror or error}.",
            "Check the file and the space on the disk of DATA_DIR; run it again, it begins anew.",
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return len(taken.found)


def read_certificates(source: Path, wanted: set[str]) -> Iterator[bytes]:
    """Those of these PDFs, by SHA-256, that a backup has, a file or a folder; what is unreadable is left out.

    Raises VaultError, LockedError, OSError.
    """
    folder = source if source.is_dir() else source.parent
    if source.is_dir() or archive.manifest_of(source).in_packs:
        with looked_into(_packs_in(folder)):
            yield from (pdf for _, _, pdf in Packs(folder).read(wanted))
    else:
        yield from (pdf for digest, _, pdf in archive.certificates_in(source) if digest in wanted)


def sweep(data_dir: Path) -> None:
    """Remove what a restore that was killed left in DATA_DIR: it holds people whom retention does not see."""
    shutil.rmtree(data_dir / STAGING, ignore_errors=True)


@dataclass
class _Taken:
    """What was taken out of a backup so far."""

    backup: Backup
    found: set[str] = field(default_factory=set)  # SHA-256 of the certificates
    faults: list[str] = field(default_factory=list)  # what of it could not be read


def _unpack(source: Path, staging: Path) -> _Taken:
    """Write out what an archive holds, under names made here, never under one of its own.

    What is wrong with a certificate is noted; with anything else it raises.
    """
    with archive.reading(source) as content:
        taken = _Taken(archive.read_manifest(content, source.name))
        if taken.backup.format != PLAIN_FORMAT:
            archive.sums_of(content)
        ledger = archive.member_content(content, archive.next_member(content), LEDGER)
        if _copy(ledger, staging / LEDGER) != taken.backup.ledger_sha256:
            raise damaged("its ledger was changed")
        try:
            while (member := archive.next_member(content)) is not None:
                if KEY_MEMBER.fullmatch(member.name):
                    files.make_folder(staging / KEYS, files.PRIVATE_FOLDER)
                    _copy(archive.member_content(content, member, member.name), staging / member.name)
                    continue
                if MEMBER.fullmatch(member.name) is None:
                    raise damaged("it holds what belongs in no backup")
                pdf = archive.member_content(content, member, member.name)
                _take(taken, member.name, pdf, int(member.mtime), staging)
        except archive.UNREADABLE as error:
            taken.faults.append(f"it cannot be read to its end ({error})")
    return taken


def _take_from_packs(folder: Path, staging: Path, wanted: set[str], taken: _Taken) -> None:
    with looked_into(_packs_in(folder)):
        packs = Packs(folder)
        for digest, mtime, pdf in packs.read(wanted):
            _take(taken, archive.member_name(digest), io.BytesIO(pdf), mtime, staging)
        if lacking := wanted - taken.found:
            taken.faults += [f"{PACKS}/{name} was changed" for name in packs.naming(lacking)]


def _packs_in(folder: Path) -> Path:
    if not (folder / PACKS).is_dir():
        raise VaultError(
            f"The certificates of this backup lie in {PACKS}, which is not beside it.",
            "Restore from the folder that certs backup wrote.",
        )
    return folder / PACKS


def _take(taken: _Taken, name: str, pdf: IO[bytes], mtime: int, staging: Path) -> None:
    """Write out a certificate, if it is the one that its name says."""
    path, digest = staging / name, name[-64:]
    files.make_folder(path.parent, files.PRIVATE_FOLDER)
    if path.exists():
        raise damaged("it holds a certificate twice")
    if _copy(pdf, path) != digest:
        path.unlink()
        taken.faults.append(f"the certificate {digest[:12]}... in it was changed")
        return
    path.chmod(0o444)
    os.utime(path, (mtime, mtime))  # so that a publish sees it as the same file
    taken.found.add(digest)


def _copy(content: IO[bytes], path: Path) -> str:
    """Write a member out; its SHA-256."""
    digest = hashlib.sha256()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, files.PRIVATE), "wb") as file:
        while chunk := content.read(BLOCK):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _known(ledger: Path, digests: Digests) -> set[str]:
    """SHA-256 of each PDF that the backup's ledger names; that is compared with what a ledger is made of, and
    migrated."""
    try:
        return {digest for digest, _ in digests(ledger)}
    except LedgerError as error:
        message = f"The backup's ledger is of no use, so nothing was restored: {error.message}"
        raise LedgerError(message, "Take another backup.") from error


def _compare(known: set[str], taken: _Taken, heed_damage: Callable[[str], None] | None) -> None:
    if more := taken.found - known:
        raise damaged(f"it holds {counted(len(more), 'certificate')} that its ledger does not know")
    faults = first_few(taken.faults, NAMED, "{} more", "fault")
    if missing := known - taken.found:
        faults.append(f"it lacks {len(missing):,} of {counted(len(known), 'certificate')}")
    if faults:
        error = damaged(conjoined(faults))
        if heed_damage is None:
            raise error
        heed_damage(error.message)


def _check(ledger: Path) -> None:
    try:
        with closing(sqlite3.connect(ledger)) as copy:
            said = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        said = str(error)
    if said != "ok":
        raise LedgerError("The backup's ledger is damaged; nothing was restored.", "Take another backup.")


def _swap(staging: Path, data_dir: Path, known: set[str]) -> None:
    vault, ledger = data_dir / VAULT, data_dir / LEDGER
    files.make_private(vault)
    for digest in known:
        files.make_folder(vault / digest[:2], files.PRIVATE_FOLDER)
        (staging / VAULT / digest[:2] / digest).replace(vault / digest[:2] / digest)
    for name, entry in files.scan(staging / KEYS).items():
        files.make_folder(data_dir / KEYS, files.PRIVATE_FOLDER)
        if not (data_dir / KEYS / name).exists():  # else it may be encrypted otherwise now
            os.replace(entry.path, data_dir / KEYS / name)
    os.sync()  # the ledger must not be there before what it refers to
    _close(ledger)
    files.put_in_place([(staging / LEDGER, ledger)])


def _close(ledger: Path) -> None:
    """Bring the write-ahead log of the ledger that goes into its file: SQLite would read it into the next.

    Where that cannot be, as the ledger is damaged or not there, its log is of no use either, and goes, too.
    Raises LedgerError where it is in use, OSError where the disk is full: it and its log stay.
    """
    try:
        with closing(sqlite3.connect(f"{ledger.resolve().as_uri()}?mode=rw", uri=True, timeout=5)) as old:
            old.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.DatabaseError as error:
        match error.sqlite_errorcode & 0xFF:  # the higher bits say more of the same: sqlite.org/rescode.html
            case sqlite3.SQLITE_BUSY:
                raise LedgerError(
                    "Another program has the ledger open; nothing was restored.", "End it, then run again."
                ) from error
            case sqlite3.SQLITE_FULL:
                raise OSError(errno.ENOSPC, str(error)) from error
    for suffix in ("-wal", "-shm", "-journal"):
        ledger.with_name(ledger.name + suffix).unlink(missing_ok=True)
