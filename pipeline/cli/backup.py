"""certs backup, restore: ledger and vault into a file or a folder of backups, and back."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.context import accepted, actor, current_settings, current_time, opened
from pipeline.cli.options import JSON
from pipeline.cli.output import output_console, print_json
from pipeline.cli.terminal import Terminal
from pipeline.rules.text import counted
from pipeline.workflow.backup import backup
from pipeline.workflow.backups import back_up_into, backups_in, find_backup, note_backup
from pipeline.workflow.recovery import take_from_backup
from pipeline.workflow.restore import Restored, rebuild, restore

OF_CERTIFICATES = "of certificates, earlier versions among them"


@click.command()
@click.argument("place", metavar="FOLDER|FILE")
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
@click.option(
    "--verify", is_flag=True, help="Hash all that is in FOLDER first; what is damaged is written anew."
)
@click.option(
    "--with-keys", is_flag=True, help="Of a FILE: with the private keys by which certificates are sealed."
)
def backup_command(place: str, force: bool, verify: bool, with_keys: bool) -> None:
    """Write ledger and vault into one consistent backup, while a run may go on.

    FOLDER, which must be there: only what is new since the last backup in it is written; the newest
    BACKUP_KEEP (7) stay. FILE: all of it in one file. It holds personal data that retention does not reach:
    keep it safe, and not for long. Keys of seals are not in it, unless you say --with-keys.
    """
    path = Path(place)
    is_folder = path.is_dir() or place.endswith("/")
    if force and is_folder:
        raise click.UsageError("--force replaces a FILE; in a FOLDER nothing needs to be replaced.")
    if verify and not is_folder:
        raise click.UsageError("--verify is for a FOLDER of backups; a FILE is read back when it is written.")
    if with_keys and is_folder:
        raise click.UsageError("--with-keys is for a FILE: keep that one where nobody else gets at it.")
    with opened(locked=False) as (project, console, _):
        if not is_folder:
            what = counted(backup(project, path, force, with_keys).pdfs, "PDF")
            said = f"the ledger and {what} {OF_CERTIFICATES}. Delete it when a newer one is there."
        else:
            made = back_up_into(project, path, verify)
            what = f"the ledger and {counted(made.pdfs, 'PDF')} {OF_CERTIFICATES}"
            news = f"{made.added:,} of them packed now" if made.is_new or made.added else "nothing is new"
            said = f"{made.name}: {what}; {news}. {counted(made.kept, 'backup is', 'backups are')} kept."
        note_backup(project)
        console.print(f"{place}: {said}", markup=False)


@click.command()
@click.argument("source", metavar="FOLDER|FILE", type=click.Path(path_type=Path, exists=True), required=False)
@click.option("--force", is_flag=True, help="Replace the ledger that is there.")
@click.option(
    "--generation", default="", metavar="WHICH", help="Of a FOLDER: a backup's name, or its day: 2026-11-26."
)
@click.option("--list", "lists", is_flag=True, help="Of a FOLDER: only list the backups in it.")
@click.option("--lost", is_flag=True, help="Only put back what the vault lost; the ledger stays.")
@click.option(
    "--rebuild", "is_rebuild", is_flag=True, help="Without a backup: take back what pages and PDFs tell."
)
@click.option(
    "--dry-run", is_flag=True, help="With --rebuild: change nothing, show what would be taken back."
)
@JSON
def restore_command(
    source: Path | None,
    force: bool,
    generation: str,
    lists: bool,
    lost: bool,
    is_rebuild: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Put a backup in place of ledger and vault, then apply retention before anything else.

    Of a FOLDER that is the newest. What was issued since is taken back from the pages in output/ and the PDFs
    in vault and output/: the same numbers and links, and nobody is mailed. --rebuild does this alone, without
    a backup.
    """
    is_folder = source is not None and source.is_dir()
    if (source is None) is not is_rebuild or (dry_run and source):
        raise click.UsageError(
            "Name a backup, FOLDER or FILE; or, where there is none, say --rebuild, with --dry-run or not."
        )
    if (generation or lists) and not is_folder:
        raise click.UsageError("--generation and --list are for a FOLDER of backups.")
    if as_json and not lists:
        raise click.UsageError("--json goes with --list.")
    if source is not None and lists:
        _list(source, as_json)
    elif source is not None and lost:
        _take_lost(source)
    else:
        _restore(find_backup(source, generation) if source and is_folder else source, force, dry_run)


def _list(folder: Path, as_json: bool) -> None:
    found = backups_in(folder)
    if as_json:
        print_json(
            [
                {"name": one.name, "at": one.at.isoformat(), "pdfs": one.pdfs, "size": one.size}
                for one in found
            ]
        )
        return
    console = output_console()
    for one in found:
        what = "damaged" if one.pdfs is None else counted(one.pdfs, "PDF")
        console.print(f"{one.name}  {one.at:%Y-%m-%d %H:%M} UTC  {what}", markup=False)
    if not found:
        console.print(f"{folder} holds no backup.", markup=False)


def _take_lost(source: Path) -> None:
    with opened(locked=True, reaches_out=False) as (project, console, _):
        back, left = take_from_backup(project, source)
        console.print(f"Put back into the vault: {counted(back, 'PDF')}; still lost: {left:,}.")


def _restore(source: Path | None, force: bool, dry_run: bool) -> None:
    settings = current_settings()
    now = current_time(settings)
    with Terminal() as terminal:
        if source is None:
            made = rebuild(settings, now, actor(), terminal, dry_run, accepted())
        else:
            made = restore(settings, source, force, now, actor(), terminal, accepted())
    if dry_run:
        output_console().print("Nothing was changed.")
    else:
        _tell(made, source is not None)


def _tell(made: Restored, is_backup: bool) -> None:
    console = output_console()
    taken = counted(made.findings.certificates, "certificate")
    if is_backup:
        gone = f"; deleted again, as erased or past six years: {counted(made.purged, 'certificate')}"
        console.print(
            f"Restored: {counted(made.pdfs, 'PDF')} {OF_CERTIFICATES}{gone if made.purged else ''}."
        )
    if not is_backup or made.findings.people:
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
