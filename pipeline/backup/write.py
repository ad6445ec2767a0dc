"""Ledger and vault in, one consistent backup out, while others go on working."""

from __future__ import annotations

import io
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

from pipeline import files
from pipeline.backup import archive
from pipeline.backup.archive import LEDGER, NO_KEYS, Backup, Digests, Entry, MissingError
from pipeline.backup.packs import Packs
from pipeline.errors import CertsError, LedgerError

ATTEMPTS = 3  # retention may take a file between the copy of the ledger and its turn; twice is no accident


def write_backup(
    destination: Path,
    copy_ledger: Callable[[Path], None],
    digests: Digests,
    vault: Path,
    packs: Packs | None = None,
    keys: Mapping[str, bytes] = NO_KEYS,
) -> Backup:
    """Write ledger and vault as one consistent backup, for its owner alone to read, while others work on.

    `copy_ledger(path)` makes a consistent copy of the ledger (VACUUM INTO); `digests(path)` are the (SHA-256,
    size) of the PDFs that this copy refers to: exactly those go in, each read and compared on the way; those
    that are alike beside one another take least room. `packs`: held by the caller; the PDFs go there, as far
    as they are not there yet, and not into the file. `keys`: of seals, by their names in the backup. What was
    written is read back before it takes its place.
    A file that was there before stays until the new one is complete.
    Raises VaultError for a PDF that is missing or changed, CertsError where the disk refuses.
    """
    work = destination.with_name(f".{destination.name}.part")  # holds everything: never readable by others
    try:
        for attempt in range(1, ATTEMPTS + 1):
            files.empty(work)
            copy_ledger(work / LEDGER)
            try:
                backup = _write(work, list(digests(work / LEDGER)), vault, packs, keys)
                break
            except MissingError:
                if attempt == ATTEMPTS:
                    raise
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


def _write(
    work: Path, known: list[Entry], vault: Path, packs: Packs | None, keys: Mapping[str, bytes]
) -> Backup:
    ledger, written = work / LEDGER, work / "archive"
    listed = [digest for digest, _ in known]
    backup = Backup(
        archive.file_sha256(ledger),
        ledger.stat().st_size,
        len(known),
        sum(size for _, size in known),
        in_packs=packs is not None,
    )
    if packs is not None:
        packs.add(listed, vault)
    with archive.writing(written) as file:
        archive.add_manifest(file, backup)
        archive.add_sums(file, listed, backup.ledger_sha256)
        with open(ledger, "rb") as content:
            archive.add(file, LEDGER, content, backup.ledger_size)
        if packs is None:
            for digest in listed:
                mtime, pdf = archive.stored_pdf(vault, digest)
                archive.add_certificate(file, digest, pdf, mtime)
        for name, data in keys.items():
            archive.add(file, name, io.BytesIO(data), len(data))
    archive.prove(written, backup, listed, keys)
    return backup
