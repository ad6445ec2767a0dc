"""Ledger and vault in, one consistent file out, while others go on working."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from pipeline import files
from pipeline.backup.archive import FORMAT, LEDGER, MANIFEST, VAULT, Backup, Digests, forget_members
from pipeline.errors import CertsError, LedgerError, VaultError

ATTEMPTS = 3  # retention may take a file between the copy of the ledger and its turn; twice is no accident


class _VanishedError(Exception):
    """A PDF that the copied ledger knows went while the backup was written."""


def write_backup(
    destination: Path, copy_ledger: Callable[[Path], None], digests: Digests, vault: Path
) -> Backup:
    """Write ledger and vault as one consistent file, readable by its owner alone, while others go on working.

    `copy_ledger(path)` makes a consistent copy of the ledger (VACUUM INTO); `digests(path)` are the (SHA-256,
    size) of the PDFs that this copy refers to: exactly those go in, each read and compared on the way.
    A file that was there before stays until the new one is complete.
    Raises VaultError for a PDF that is missing or changed, CertsError where the disk refuses.
    """
    if vault.resolve() in destination.resolve().parents:
        raise VaultError("A backup cannot lie in the vault.", "Name a file outside of DATA_DIR.")
    work = destination.with_name(f".{destination.name}.part")  # holds everything: never readable by others
    try:
        for attempt in range(1, ATTEMPTS + 1):
            files.empty(work)
            copy_ledger(work / LEDGER)
            try:
                backup = _write(work, list(digests(work / LEDGER)), vault)
                break
            except _VanishedError as error:
                if attempt == ATTEMPTS:
                    raise VaultError(
                        f"The vault lacks a certificate that the ledger refers to ({error}).",
                        "certs verify names every such file; put it back from an older backup.",
                    ) from None
        files.put_in_place([(work / "archive", destination)])
    except sqlite3.Error as error:
        raise LedgerError(
            f"The ledger could not be copied: {error}.", "Make room beside the backup's file, then run again."
        ) from error
    except OSError as error:
        raise CertsError(
            f"The backup could not be written to {destination}: {error.strerror or error}.",
            "Check the folder and its disk's space; a backup that was there before is untouched.",
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return backup


def _write(work: Path, known: list[tuple[str, int]], vault: Path) -> Backup:
    ledger = work / LEDGER
    with open(ledger, "rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    backup = Backup(sha256, ledger.stat().st_size, len(known), sum(size for _, size in known))
    descriptor = os.open(work / "archive", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with (
        os.fdopen(descriptor, "wb") as raw,
        tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        text = json.dumps({"format": FORMAT, **asdict(backup)}, indent=1).encode()
        _add(archive, MANIFEST, io.BytesIO(text), len(text))
        with open(ledger, "rb") as file:
            _add(archive, LEDGER, file, backup.ledger_size)
        for digest, size in known:
            _add_pdf(archive, vault / digest[:2] / digest, digest, size)
    return backup


def _add_pdf(archive: tarfile.TarFile, path: Path, digest: str, size: int) -> None:
    try:
        pdf = path.read_bytes()
        mtime = int(path.stat().st_mtime)
    except FileNotFoundError:
        raise _VanishedError(f"{digest[:12]}...") from None
    if len(pdf) != size or hashlib.sha256(pdf).hexdigest() != digest:
        raise VaultError(
            f"The vault's file {digest[:12]}... was changed since it was issued, so no backup was written.",
            "Put it back from an older backup: certs verify lists every such file.",
        )
    _add(archive, f"{VAULT}/{digest[:2]}/{digest}", io.BytesIO(pdf), size, mtime)


def _add(archive: tarfile.TarFile, name: str, content: BinaryIO, size: int, mtime: int = 0) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, mtime, 0o400
    archive.addfile(member, content)
    forget_members(archive)
