"""The one file of a backup: a tar archive of manifest.json, ledger.sqlite3 and vault/ab/abcdef...

Nothing is compressed: PDFs are already.
"""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

FORMAT = 1
MANIFEST, LEDGER, VAULT = "manifest.json", "ledger.sqlite3", "vault"

Digests = Callable[[Path], Iterable[tuple[str, int]]]


@dataclass(frozen=True)
class Backup:
    """What a backup holds."""

    ledger_sha256: str
    ledger_size: int  # bytes
    pdfs: int
    pdf_size: int  # bytes, all together


def forget_members(archive: tarfile.TarFile) -> None:
    """tarfile remembers every member it has seen: half a gigabyte for a full vault."""
    archive.members = []  # type: ignore[attr-defined]


def empty(folder: Path) -> None:
    """A folder for its owner alone, with nothing in it of a run that was killed."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)


def sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
