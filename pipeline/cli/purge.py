"""certs purge: what is past retention is listed, or deleted."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.console import Console

from pipeline.cli.context import alone, opened
from pipeline.cli.options import JSON
from pipeline.cli.output import due_objects, output_console, print_json
from pipeline.rules.text import counted
from pipeline.workflow.pages import survey_pages
from pipeline.workflow.retention import Due, purge, stops_of_files
from pipeline.workflow.stops import look_around, refuse


@click.command()
@click.option("--dry-run", is_flag=True, help="List what is past retention; delete nothing.")
@JSON
def purge_command(dry_run: bool, as_json: bool) -> None:
    """Delete what is more than six years past the date of its activity.

    \b
    certs purge --dry-run
    """
    if dry_run:
        with opened(locked=False) as (project, _, _):
            due = project.ledger.retention.due(project.today)
    else:
        with alone() as held:
            with held.looking() as project:
                due = project.ledger.retention.due(project.today)
                found = [*look_around(project), *stops_of_files(project, survey_pages(project))]
                refuse(project, found)
            with held.acting(found) as project:
                purge(project)
    if as_json:
        print_json(
            {"purged": sum(one.certificates for one in due), "purged_by": due_objects(due), "stops": []}
        )
    else:
        _show(output_console(), due, dry_run)


def _show(console: Console, due: Sequence[Due], dry_run: bool) -> None:
    for one in due:
        console.print(
            f"{counted(one.certificates, 'certificate')} of {one.activity} ({one.activity_date}): {one.rule}"
        )
    total = sum(one.certificates for one in due)
    if total:
        console.print(f"{counted(total, 'certificate')} {'would be deleted' if dry_run else 'deleted'}.")
    else:
        console.print("Nothing is past retention.")
