"""A folder of backups: each writes what is new since the last. What is known of those that there are."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from pipeline import files
from pipeline.backup import Packs, list_of, manifest_of, prove_backup, write_backup
from pipeline.errors import CertsError, VaultError
from pipeline.rules.backups import (
    KnownBackup,
    backup_caution,
    backup_name,
    meant,
    next_time,
    read_backups,
    to_delete,
)
from pipeline.rules.text import counted
from pipeline.workflow.backup import digests_in, refuse_place
from pipeline.workflow.project import Project

NOTE = "backup.json"  # in DATA_DIR: the last backup that staff made, wherever they put it
UNFINISHED = ".certs-*.part"  # of a backup that was killed while it was written


@dataclass(frozen=True)
class FolderBackup:
    """What a backup into a folder came to."""

    name: str  # of the newest backup in the folder
    pdfs: int  # certificates that it holds, each version counted
    is_new: bool  # else nothing had changed since
    added: int  # certificates that no backup of the folder had
    kept: int  # backups that are in the folder now


def back_up_first(project: Project) -> None:
    """Before a run does anything: a backup into BACKUP_DIR, where that is set and something changed since.

    Where there is none young enough, say so. Raises CertsError where it cannot be written: no run then.
    """
    if project.settings.backup_dir is not None and not project.ledger.is_empty():
        try:
            back_up_into(project, project.settings.backup_dir)
        except CertsError as error:
            raise CertsError(
                f"The backup before the run was not written, so the run did nothing: {error.message}",
                f"{error.hint} Or empty BACKUP_DIR in .env, and run without a backup.",
            ) from error
    if caution := caution_of(project):
        project.listener.step(f"caution: {caution}")


def back_up_into(project: Project, folder: Path, thorough: bool = False) -> FolderBackup:
    """A backup in a folder of them, where something changed since the last or that is damaged; then those go
    that are too many, or older than an erasure, with every certificate that they alone held.

    `thorough`: hash all that is there. Raises VaultError, LockedError, CertsError.
    """
    refuse_place(project, folder)
    if not folder.is_dir():
        raise CertsError(f"There is no folder {folder}.", "Make it, or mount its disk.")
    packs = Packs(folder)
    try:
        with packs.held(project.actor, project.at):
            for part in folder.glob(UNFINISHED):
                if read_backups([part.name[1:].removesuffix(files.BESIDE)]):  # else it is somebody's own
                    files.remove(part)
            return _back_up(project, folder, packs, thorough)
    except OSError as error:
        raise CertsError(
            f"The backup in {folder} was not finished: {error.strerror or error}.",
            "See that the folder can be read and written and that its disk has room, then again: it goes on.",
        ) from error


def _back_up(project: Project, folder: Path, packs: Packs, thorough: bool) -> FolderBackup:
    packs_before = packs.mend(thorough)
    made, vault = _in(folder), project.settings.data_dir / "vault"
    damaged = {one.name for one in made if not _is_whole(folder / one.name, thorough)}
    for name in (*packs_before, *sorted(damaged)):
        project.listener.step(f"damaged: {name}; what it held is backed up anew, as far as it is here")
    content = project.ledger.origin.content()
    same = [one for one in made if one.content == content and one.name not in damaged]
    if same:
        newest = same[-1]
        packs.add(list_of(folder / newest.name), vault)  # nothing, unless a pack was damaged or taken away
    else:
        issued = project.ledger.counts.issued()
        project.listener.step(f"backup of {counted(issued, 'certificate')}")
        packs.note_untidy()
        at = next_time([one for one in made if one.name not in damaged], project.now)
        newest = KnownBackup(at, content, backup_name(at, content))
        write_backup(folder / newest.name, project.ledger.copy_to, digests_in, vault, packs)
        made = _in(folder)
    damaged.discard(newest.name)  # it was written anew
    erased_at = project.ledger.origin.erased_at()
    due = to_delete(made, project.settings.backup_keep, erased_at, project.now, damaged)
    gone = [one for one in due if one.name != newest.name]  # it may be an older one, where nothing changed
    if gone:
        packs.note_untidy()
        for one in gone:
            (folder / one.name).unlink()
        files.sync([folder])
    kept = [folder / one.name for one in made if one not in gone]
    if packs.is_untidy():
        packs.tidy(kept, vault)
    return FolderBackup(newest.name, manifest_of(folder / newest.name).pdfs, not same, packs.added, len(kept))


def _is_whole(path: Path, thorough: bool) -> bool:
    try:
        manifest_of(path)
        if thorough:
            prove_backup(path)
    except VaultError:
        return False
    return True


@dataclass(frozen=True)
class ListedBackup:
    """One backup of a folder, for staff to choose from."""

    name: str
    at: dt.datetime  # UTC
    pdfs: int | None  # certificates, each version counted; None where the file cannot be read
    size: int  # bytes of its file, without the packs


def backups_in(folder: Path) -> list[ListedBackup]:
    """The backups of a folder, oldest first."""
    found = []
    for one in _in(folder):
        path = folder / one.name
        pdfs = manifest_of(path).pdfs if _is_whole(path, thorough=False) else None
        found.append(ListedBackup(one.name, one.at, pdfs, path.stat().st_size))
    return found


def find_backup(folder: Path, text: str) -> Path:
    """The file of the newest backup that `text` means, its name, day or time; empty: the newest of all.

    Raises CertsError.
    """
    one = meant(_in(folder), text)
    if one is None:
        raise CertsError(
            f"{folder} holds no backup{f' of {text}' if text else ''}.",
            "certs restore FOLDER --list names those that are there.",
        )
    return folder / one.name


def caution_of(project: Project) -> str:
    """What to say where no backup is younger than a month; empty where one is, or nothing is to be lost."""
    if project.ledger.is_empty():
        return ""
    is_automatic, known = project.settings.backup_dir is not None, _known(project)
    content = project.ledger.origin.content() if known else ""  # which is looked for in all that is on record
    return backup_caution(known, content, project.now, is_automatic)


def newest_backup(project: Project) -> dt.datetime | None:
    """When the newest backup was made that is known, in the college's time; None where none is."""
    newest = max((one.at for one in _known(project)), default=None)
    return newest.astimezone(project.now.tzinfo) if newest else None


def _known(project: Project) -> list[KnownBackup]:
    folder, noted = project.settings.backup_dir, _noted(project)
    known = _in(folder) if folder is not None and folder.is_dir() else []
    return [*known, *([noted] if noted is not None else [])]


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
