"""A backup: the ledger and the vault in one file, written while others go on."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pipeline.backup import Backup, write_backup
from pipeline.errors import CertsError, VaultError
from pipeline.ledger import Ledger
from pipeline.workflow.apart import folder_around
from pipeline.workflow.project import Project
from pipeline.workflow.sealing import FOLDER, key_files


def backup(project: Project, destination: Path, force: bool = False, with_keys: bool = False) -> Backup:
    """Write one consistent file while others go on; `force`: in place of one that is there; `with_keys`: with
    the private keys of seals.

    Raises VaultError, CertsError.
    """
    refuse_place(project, destination)
    if not force and (destination.exists() or destination.is_symlink()):
        other = f"{destination.stem}-{project.today}{destination.suffix}"
        raise CertsError(
            f"{destination} is there already; nothing was written.",
            f"Name another file, such as {other}, or say --force: it is replaced once the new one is whole.",
        )
    data = project.settings.data_dir
    keys = key_files(data / FOLDER) if with_keys else {}
    return write_backup(destination, project.ledger.copy_to, digests_in, data / "vault", keys=keys)


def refuse_place(project: Project, place: Path) -> None:
    """Raise CertsError, before anything is written, where everybody would see a backup, or among the
    vault's own files."""
    if shown := folder_around(project.settings, place):
        raise CertsError(
            f"{place} lies in {shown}, which is shown to everybody; nothing was written.",
            "Name a place of your own: a backup holds every private link.",
        )
    if place.resolve().is_relative_to((project.settings.data_dir / "vault").resolve()):
        raise VaultError(
            "A backup cannot lie in the vault; nothing was written.", "Name a place outside of DATA_DIR."
        )


def digests_in(path: Path) -> Iterable[tuple[str, int]]:
    """The vault's files that the ledger at this path names: SHA-256 and bytes of each."""
    with Ledger(path) as ledger:
        return ledger.restoring.digests_alike()
