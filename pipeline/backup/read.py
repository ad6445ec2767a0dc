"""One backup in; ledger and vault in their place, verified byte for byte, or nothing changed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import IO

from pipeline import files
from pipeline.backup.archive import FORMAT, LEDGER, MANIFEST, VAULT, Backup, Digests, forget_members
from pipeline.errors import CertsError, LedgerError, VaultError
from pipeline.rules.text import counted

MEMBER = re.compile(r"vault/([0-9a-f]{2})/(\1[0-9a-f]{62})")
STAGING = "restore.part"  # in DATA_DIR, while a backup is read
CHUNK = 1 << 20
SMALL = 1 << 16  # bytes a manifest may have


def read_backup(
    source: Path, data_dir: Path, digests: Digests, prepare: Callable[[Path], None], force: bool = False
) -> Backup:
    """Put ledger and vault of a backup into `data_dir`, after every byte of it was verified.

    `digests` as in write_backup: opens the ledger, so that it is checked and migrated; `prepare(path)` makes
    the ledger fit for its return (all pages to be built again, no mail that may have gone out sent again).
    `force`: replace a ledger that is there. The caller holds the lock. Killed at any point, data_dir holds
    the old state or the new one: PDFs are added first, then the ledger is swapped, and only then what it does
    not know is removed. Raises LedgerError where a ledger is there or the backup's is of no use, VaultError
    for a damaged backup, CertsError where the disk refuses.
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
        backup, found = _unpack(source, staging)
        copy = staging / LEDGER
        _check(copy)
        known = _known(copy, digests)
        _compare(known, found)
        prepare(copy)
        _swap(staging, data_dir, {digest for digest, _ in known})
    except (tarfile.TarError, EOFError) as error:
        raise VaultError(
            f"{source.name} is damaged or no backup ({error}); nothing was restored.", "Take another backup."
        ) from error
    except OSError as error:
        raise CertsError(
            f"The backup could not be restored: {error.strerror or error}.",
            "Check the file and the space on the disk of DATA_DIR; run it again, it begins anew.",
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return backup


def sweep(data_dir: Path) -> None:
    """Remove what a restore that was killed left in DATA_DIR: it holds people whom retention does not see."""
    shutil.rmtree(data_dir / STAGING, ignore_errors=True)


def _unpack(source: Path, staging: Path) -> tuple[Backup, set[tuple[str, int]]]:
    """Write out what an archive holds, under names made here, never under one of its own."""
    found: set[tuple[str, int]] = set()
    with tarfile.open(source, mode="r:") as archive:
        backup = _manifest(archive, source)
        content = _content(archive, archive.next(), LEDGER)
        if _copy(content, staging / LEDGER, 0o600) != backup.ledger_sha256:
            raise _damaged("its ledger was changed")
        while (member := archive.next()) is not None:
            forget_members(archive)
            fits = MEMBER.fullmatch(member.name)
            if fits is None:
                raise _damaged("it holds what belongs in no backup")
            folder, digest = fits.groups()
            path = staging / VAULT / folder / digest
            files.make_folder(path.parent, files.PRIVATE_FOLDER)
            if (digest, member.size) in found:
                raise _damaged("it holds a certificate twice")
            if _copy(_content(archive, member, member.name), path, 0o444) != digest:
                raise _damaged(f"the certificate {digest[:12]}... in it was changed")
            os.utime(path, (member.mtime, member.mtime))  # so that a publish sees it as the same file
            found.add((digest, member.size))
    return backup, found


def _manifest(archive: tarfile.TarFile, source: Path) -> Backup:
    member = archive.next()
    if member is None or member.name != MANIFEST or not member.isreg() or member.size > SMALL:
        raise VaultError(f"{source.name} is no backup of certs.", "Name a file that certs backup wrote.")
    try:
        values = json.loads(_content(archive, member, MANIFEST).read())
        version = values.pop("format")
        if version != FORMAT:
            raise VaultError(
                f"{source.name} has format {version}; this program knows {FORMAT}.",
                "It was written by a newer version of certs: use that one.",
            )
        return Backup(**values)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _damaged("its manifest cannot be read") from error


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo | None, name: str) -> IO[bytes]:
    content = archive.extractfile(member) if member is not None and member.isreg() else None
    if member is None or member.name != name or content is None:
        raise _damaged("it holds what belongs in no backup")
    return content


def _copy(content: IO[bytes], path: Path, mode: int) -> str:
    """Write a member out; its SHA-256."""
    digest = hashlib.sha256()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while chunk := content.read(CHUNK):
            digest.update(chunk)
            file.write(chunk)
    path.chmod(mode)
    return digest.hexdigest()


def _known(ledger: Path, digests: Digests) -> set[tuple[str, int]]:
    """The PDFs that the backup's ledger names; it is compared with what a ledger is made of, and migrated."""
    try:
        return set(digests(ledger))
    except LedgerError as error:
        message = f"The backup's ledger is of no use, so nothing was restored: {error.message}"
        raise LedgerError(message, "Take another backup.") from error


def _compare(known: set[tuple[str, int]], found: set[tuple[str, int]]) -> None:
    if missing := known - found:
        raise _damaged(f"it lacks {len(missing):,} of {counted(len(known), 'certificate')}")
    if more := found - known:
        raise _damaged(f"it holds {counted(len(more), 'certificate')} that its ledger does not know")


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
    os.sync()  # the ledger must not be there before what it refers to
    _close(ledger)
    files.put_in_place([(staging / LEDGER, ledger)])


def _close(ledger: Path) -> None:
    """Bring the write-ahead log of the ledger that goes into its file: SQLite would read it into the next."""
    try:
        with closing(sqlite3.connect(f"{ledger.resolve().as_uri()}?mode=rw", uri=True, timeout=5)) as old:
            old.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.OperationalError as error:  # there may be none, or a damaged one: the reason for all this
        if "locked" in str(error):
            raise LedgerError(
                "Another program has the ledger open; nothing was restored.", "End it, then run again."
            ) from error
    except sqlite3.DatabaseError:
        pass
    for suffix in ("-wal", "-shm"):
        ledger.with_name(ledger.name + suffix).unlink(missing_ok=True)


def _damaged(what: str) -> VaultError:
    return VaultError(f"The backup is damaged: {what}; nothing was restored.", "Take another backup.")
