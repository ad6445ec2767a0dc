"""certs backup, restore: ledger and vault into one file, and back."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.context import actor, current_settings, current_time, opened
from pipeline.cli.output import output_console
from pipeline.cli.terminal import Terminal
from pipeline.rules.text import counted
from pipeline.workflow.backup import backup, restore


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
def backup_command(file: Path, force: bool) -> None:
    """Write ledger and vault into one consistent FILE, while a run may go on.

    The file holds personal data that retention does not reach: keep it safe, and not for long.
    """
    with opened(locked=False) as (project, console, _):
        made = backup(project, file, force)
        what = f"{counted(made.pdfs, 'certificate')}, each version counted"
        console.print(f"{file}: the ledger and {what}. Delete it when a newer one is there.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--force", is_flag=True, help="Replace the ledger that is there.")
def restore_command(file: Path, force: bool) -> None:
    """Put the backup FILE in place of ledger and vault, then apply retention before anything else."""
    settings = current_settings()
    with Terminal() as terminal:
        made = restore(settings, file, force, current_time(settings), actor(), terminal)
    console = output_console()
    console.print(f"Restored: {counted(made.pdfs, 'certificate')}; past retention, and gone: {made.purged}.")
    if made.is_blind:
        console.print(
            "What was done since the backup is not known: erase, withdraw and rotate again where you did "
            "since then; else erased people and leaked links are back."
        )
    if made.unknown:
        console.print(
            f"{counted(made.unknown, 'message')} may have been sent since the backup: see certs status."
        )
