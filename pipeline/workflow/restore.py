"""A backup takes the place of ledger and vault, and is put under today's rules first."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from pipeline.backup import read_backup, sweep
from pipeline.errors import LedgerError
from pipeline.ledger import Ledger, Since
from pipeline.settings import Settings
from pipeline.workflow.backup import _digests
from pipeline.workflow.project import LEDGER


@dataclass(frozen=True)
class Restored:
    """What a restore brought back."""

    pdfs: int
    blind: bool  # what happened since the backup is not known: no readable ledger was there


def restore(settings: Settings, source: Path, force: bool, at: str, actor: str) -> Restored:
    """Put a backup in the place of the ledger and vault; the caller holds the lock and then runs retention.

    Who was erased since the backup was made stays erased, a link that was replaced since stays dead, and what
    was withdrawn since stays so. Mail that waited then may have gone out since: it is `unknown` now, for
    staff to decide. Raises LedgerError, VaultError, CertsError.
    """
    sweep(settings.data_dir)
    since = _since(settings.data_dir / LEDGER) if force else None

    def prepare(path: Path) -> None:
        with Ledger(path) as ledger, ledger.transaction():
            ledger.restoring.come_back(since, at, actor)
            ledger.audit.write(at, actor, "restore", source.name)

    made = read_backup(source, settings.data_dir, _digests, prepare, force)
    return Restored(made.pdfs, blind=since is None)


def _since(path: Path) -> Since | None:
    """What the ledger that is about to be replaced knows and the backup may not; None where it is lost."""
    if not path.is_file():
        return None
    try:
        with Ledger(path) as ledger:
            return ledger.restoring.since()
    except (LedgerError, sqlite3.Error):
        return None
