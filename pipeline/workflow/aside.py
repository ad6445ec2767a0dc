"""PDFs that lie in the vault and that the ledger does not know go aside before anything is deleted.

A killed run leaves some, which the next one makes anew; an older ledger that was put back leaves those issued
since, which are the last copies. Nobody can tell which from the files, so they wait in DATA_DIR/aside, under
names that say until when: retention takes them as it takes all others.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Collection
from pathlib import Path

from pipeline import files
from pipeline.rules.certificates.retention import is_due, kept_until
from pipeline.rules.text import counted
from pipeline.rules.web.pages import is_credit_file
from pipeline.workflow.project import Project


def set_aside(project: Project, unknown: Collection[str]) -> None:
    """Move these files out of the vault, and say so."""
    if not unknown:
        return
    for digest in unknown:
        _move(project, project.vault.path(digest))
    project.listener.step(
        f"set aside: {counted(len(unknown), 'certificate')} in the vault that the ledger does not know, "
        f"now in {aside_folder(project)}"
    )


def set_spoilt_aside(project: Project, spoilt: Collection[str]) -> None:
    """The same for files that were changed since they were issued: they may be all that is left of them."""
    for digest in sorted(spoilt):
        aside = _move(project, project.vault.path(digest))
        project.listener.step(
            f"the vault's file {digest[:12]}... was changed since it was issued: now {aside}"
        )


def keep_last(project: Project, path: Path) -> None:
    """Keep a PDF that is about to leave output/ and that neither vault nor ledger knows; not what is made of
    certificates for a page, which is made again."""
    if is_credit_file(path.name):
        return
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if not project.vault.path(digest).is_file() and not any(project.ledger.pages.places_of([digest])):
        aside = _move(project, path)
        project.listener.step(f"set aside: a PDF in output/ that the ledger does not know, now {aside}")


def _move(project: Project, path: Path) -> Path:
    """Move a PDF aside, under what it is and until when it is kept."""
    from pipeline.documents import stated_kept_until

    pdf = path.read_bytes()
    kept = stated_kept_until(pdf) or kept_until(project.today)
    place = aside_folder(project) / f"{kept}-{hashlib.sha256(pdf).hexdigest()}.pdf"
    place.parent.mkdir(mode=0o700, exist_ok=True)
    shutil.move(path, place)
    place.chmod(files.PRIVATE)
    return place


def tidy_aside(project: Project) -> None:
    """Give back to the vault what the ledger knows again; delete what is past retention."""
    folder = aside_folder(project)
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        kept, digest = path.name[:10], path.stem[11:]
        if project.ledger.certificates.is_stored(digest):
            project.vault.put_many([path.read_bytes()])
            path.unlink()
        elif is_due(dt.date.fromisoformat(kept), project.today):
            path.unlink()


def keep_aside(project: Project, data: bytes, suffix: str) -> None:
    """Keep a file that names no day of its own for as long as a certificate of today."""
    folder, kept = aside_folder(project), kept_until(project.today)
    folder.mkdir(mode=0o700, exist_ok=True)
    files.replace(f"{folder}/{kept}-{hashlib.sha256(data).hexdigest()}{suffix}", data)


def aside_folder(project: Project) -> Path:
    """Where they wait; it is made when something does."""
    return project.settings.data_dir / "aside"


def let_go_of_taken_back(project: Project) -> None:
    """The vault deletes the PDFs of certificates that were taken back; a run does if that was killed."""
    if digests := project.ledger.undoing.taken_back():
        project.vault.delete(digests)
        with project.ledger.transaction():
            project.ledger.undoing.vault_let_go()
