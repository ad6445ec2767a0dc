"""The one file of a backup: a tar archive of manifest.json, ledger.sqlite3 and vault/ab/abcdef...

Nothing is compressed: PDFs are already.
"""

from __future__ import annotations

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
