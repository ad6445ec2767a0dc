"""certs backup, restore: ledger and vault into one file, and back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from pipeline.cli.context import actor, current_settings, opened
from pipeline.lock import lock
from pipeline.rules.text import counted
from pipeline.workflow import backup, release, restore, retention


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
def backup_command(file: Path, force: bool) -> None:
    """Write ledger and vault into one consistent FILE, while a run may go on.

    The file holds personal data that retention does not reach: keep it safe, and not for long.
    """
    with opened(locked=False) as (project, console, _):
        made = backup.backup(project, file, force)
        held = f"{counted(made.pdfs, 'certificate')}, each version counted"
        console.print(f"{file}: the ledger and {held}. Delete it when a newer one is there.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--force", is_flag=True, help="Replace the ledger that is there.")
def restore_command(file: Path, force: bool) -> None:
    """Put the backup FILE in place of ledger and vault, then apply retention before anything else."""
    settings = current_settings()
    at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with lock(settings.data_dir / "lock", actor(), at):
        made = restore.restore(settings, file, force, at, actor())
    with opened(locked=True) as (project, console, _):
        purged = retention.purge(project)
        release.build(project)
        console.print(f"Restored: {counted(made.pdfs, 'certificate')}; past retention, and gone: {purged}.")
        if made.blind:
            console.print(
                "What was done since the backup is not known: erase, withdraw and rotate again where you did "
                "since then; else erased people and leaked links are back."
            )
        unknown = project.ledger.messages.counts().get("unknown", 0)
        if unknown:
            console.print(
                f"{counted(unknown, 'message')} may have been sent since the backup: see certs status."
            )
