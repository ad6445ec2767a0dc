"""certs backup, restore: ledger and vault into one file, and back."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.context import accepted, actor, current_settings, current_time, opened
from pipeline.cli.output import output_console
from pipeline.cli.terminal import Terminal
from pipeline.rules.text import counted
from pipeline.workflow.backup import backup
from pipeline.workflow.backups import note_backup
from pipeline.workflow.restore import rebuild, restore


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
def backup_command(file: Path, force: bool) -> None:
    """Write ledger and vault into one consistent FILE, while a run may go on.

    The file holds personal data that retention does not reach: keep it safe, and not for long.
    """
    with opened(locked=False) as (project, console, _):
        made = backup(project, file, force)
        note_backup(project)
        what = f"{counted(made.pdfs, 'PDF')} of certificates, earlier versions among them"
        console.print(f"{file}: the ledger and {what}. Delete it when a newer one is there.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True), required=False)
@click.option("--force", is_flag=True, help="Replace the ledger that is there.")
@click.option(
    "--rebuild", "is_rebuild", is_flag=True, help="Without FILE: take back what pages and PDFs tell."
)
@click.option(
    "--dry-run", is_flag=True, help="With --rebuild: change nothing, show what would be taken back."
)
def restore_command(file: Path | None, force: bool, is_rebuild: bool, dry_run: bool) -> None:
    """Put the backup FILE in place of ledger and vault, then apply retention before anything else.

    What was issued since the backup is taken back from the pages in output/ and the PDFs in vault and
    output/: the same numbers and links, and nobody is mailed. --rebuild does this alone, without a backup.
    """
    if (file is None) is not is_rebuild or (dry_run and file):
        raise click.UsageError(
            "Name a backup FILE; or, where there is none, say --rebuild, with --dry-run or not."
        )
    settings = current_settings()
    now, console = current_time(settings), output_console()
    with Terminal() as terminal:
        if file is None:
            made = rebuild(settings, now, actor(), terminal, dry_run, accepted())
        else:
            made = restore(settings, file, force, now, actor(), terminal, accepted())
    if dry_run:
        console.print("Nothing was changed.")
        return
    taken = counted(made.findings.certificates, "certificate")
    if file is not None:
        gone = f"; deleted again, as erased or past six years: {counted(made.purged, 'certificate')}"
        console.print(
            f"Restored: {counted(made.pdfs, 'PDF')} of certificates, earlier versions among them"
            f"{gone if made.purged else ''}."
        )
    if file is None or made.findings.people:
        people = counted(len(made.findings.people), "person", "people")
        console.print(f"Taken back from pages and PDFs: {taken} of {people}.")
    if made.is_blind:
        console.print(
            "What was done since the backup is not known but for what pages tell: erase, withdraw and rotate "
            "again where you did since then; else erased people and leaked links are back."
        )
    if made.unknown:
        console.print(f"{counted(made.unknown, 'message')} may have been sent; you decide: see certs status.")
    new = any(person.on_record is None and not person.mails for person in made.findings.people)
    if new or made.findings.bare:
        console.print(
            "Read the newest claims file of each activity again, with certs run: it has the addresses and "
            "what waits, which no page tells."
        )
