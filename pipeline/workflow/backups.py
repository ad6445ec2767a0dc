"""Backups that are made by themselves before a run, and what is known of the last ones."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from pipeline import files
from pipeline.errors import CertsError
from pipeline.rules.backups import KnownBackup, backup_caution, backup_name, read_backups, to_delete
from pipeline.rules.text import counted
from pipeline.workflow.backup import backup
from pipeline.workflow.project import Project

NOTE = "backup.json"  # in DATA_DIR: the last backup that staff made, wherever they put it
UNFINISHED = ".certs-*.tar.part"  # of a run that was killed while it wrote one


def back_up_first(project: Project) -> None:
    """Before a run does anything: a backup into BACKUP_DIR, where that is set and something changed since.

    Where there is none young enough, say so. Raises CertsError where it cannot be written: no run then.
    """
    if project.settings.backup_dir is not None and not project.ledger.is_empty():
        try:
            _back_up(project, project.settings.backup_dir)
        except CertsError as error:
            raise CertsError(
                f"The backup before the run was not written, so the run did nothing: {error.message}",
                f"{error.hint} Or empty BACKUP_DIR in .env, and run without a backup.",
            ) from error
        except OSError as error:
            raise CertsError(
                f"The backup before the run was not written, so the run did nothing: {error.strerror}.",
                "See that BACKUP_DIR can be read and written; or empty it in .env, and run without a backup.",
            ) from error
    if caution := caution_of(project):
        project.listener.step(f"caution: {caution}")


def _back_up(project: Project, folder: Path) -> None:
    if not folder.is_dir():
        raise CertsError(
            f"There is no folder {folder}.", "Make it, or mount its disk: see BACKUP_DIR in .env."
        )
    for part in folder.glob(UNFINISHED):
        files.remove(part)
    content, made = project.ledger.origin.content(), _in(folder)
    if not made or made[-1].content != content:
        project.listener.step(
            f"backup of {counted(project.ledger.counts.totals()['certificates'], 'certificate')}"
        )
        backup(project, folder / backup_name(project.now, content))
        made = _in(folder)
    for one in to_delete(made, project.settings.backup_keep, project.ledger.origin.erased_at()):
        (folder / one.name).unlink()


def caution_of(project: Project) -> str:
    """What to say where no backup is younger than a month; empty where one is, or nothing is to be lost."""
    if project.ledger.is_empty():
        return ""
    settings, known = project.settings, list[KnownBackup]()
    if settings.backup_dir is not None and settings.backup_dir.is_dir():
        known += _in(settings.backup_dir)
    if (noted := _noted(project)) is not None:
        known.append(noted)
    is_automatic = settings.backup_dir is not None
    return backup_caution(known, project.ledger.origin.content(), project.now, is_automatic)


def note_backup(project: Project) -> None:
    """Staff made a backup: where they keep it is theirs to know, that there is one is noted."""
    made = {"at": project.at, "content": project.ledger.origin.content()}
    files.replace(str(project.settings.data_dir / NOTE), json.dumps(made).encode())


def _noted(project: Project) -> KnownBackup | None:
    try:
        said = json.loads((project.settings.data_dir / NOTE).read_text(encoding="utf-8"))
        return KnownBackup(dt.datetime.fromisoformat(said["at"]), said["content"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # none yet, or one that a failing disk has spoilt


def _in(folder: Path) -> list[KnownBackup]:
    return read_backups(path.name for path in folder.iterdir() if path.is_file() and not path.is_symlink())
