"""certs purge: what is past retention is listed, or deleted."""

from __future__ import annotations

import click

from pipeline.cli.context import opened
from pipeline.rules.text import counted
from pipeline.workflow.retention import purge


@click.command()
@click.option("--dry-run", is_flag=True, help="List what is past retention; delete nothing.")
def purge_command(dry_run: bool) -> None:
    """Delete what is more than six years past the date of its activity."""
    with opened(locked=not dry_run) as (project, console, _):
        due = project.ledger.retention.due(project.today)
        for one in due:
            console.print(
                f"{counted(one.certificates, 'certificate')} of {one.activity} "
                f"({one.activity_date}): {one.rule}"
            )
        if not dry_run:
            purge(project)
        total = sum(one.certificates for one in due)
        console.print(f"{counted(total, 'certificate')} {'would be deleted' if dry_run else 'deleted'}.")
