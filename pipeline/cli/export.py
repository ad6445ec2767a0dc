"""certs export: issued certificates as a table, as PDFs in an archive, as one PDF for printing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from pipeline.cli.context import opened
from pipeline.cli.options import JSON
from pipeline.cli.output import from_here, print_json
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.exports import ListingChoice
from pipeline.rules.text import counted
from pipeline.workflow.export import ExportPlaces, export, preview_export

DAY = click.DateTime(["%Y-%m-%d"])
FILE = click.Path(path_type=Path)


@click.command()
@click.option("--activity", metavar="SLUG", default="", help="Only this activity's.")
@click.option("--from", "since", type=DAY, metavar="DAY", help="Only those issued on this day or later.")
@click.option("--until", type=DAY, metavar="DAY", help="Only those issued on this day or before.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value for kind in Kind]),
    help="Only of this kind; can be repeated.",
)
@click.option("--withdrawn", is_flag=True, help="In the table also those that were withdrawn or replaced.")
@click.option("--to", "table", type=FILE, metavar="FILE", help="A table, .csv or .xlsx.")
@click.option("--zip", "archive", type=FILE, metavar="FILE", help="The PDFs, under readable names, .zip.")
@click.option("--merged", type=FILE, metavar="FILE", help="All PDFs in one for printing, .pdf.")
@click.option("--reason", default="", help="Why, and for whom; kept in the audit trail.")
@JSON
def export_command(
    activity: str,
    since: dt.datetime | None,
    until: dt.datetime | None,
    kinds: tuple[str, ...],
    withdrawn: bool,
    table: Path | None,
    archive: Path | None,
    merged: Path | None,
    reason: str,
    as_json: bool,
) -> None:
    """Issued certificates as a table, as PDFs in an archive, or as one PDF for printing.

    Without a file it says how many there are. Withdrawn and replaced certificates are left out; --withdrawn
    takes them into the table, and of them no PDF is given. A file that is there is replaced. The files name
    people: that they were written is on record, and they are yours to keep safe and to delete.

    \b
    certs export --activity spring-forum-2026 --to spring.xlsx
    certs export --activity spring-forum-2026 --zip spring.zip --merged spring.pdf
    certs export --from 2026-01-01 --until 2026-06-30 --kind cme --kind cme-abim --to credit.csv
    """
    first, last = (day.date() if day else None for day in (since, until))
    if first and last and first > last:
        raise click.UsageError(f"--from {first} comes after --until {last}.")
    choice = ListingChoice(activity, tuple(map(Kind, kinds)), first, last, withdrawn)
    places = ExportPlaces(table, archive, merged)
    with opened(locked=bool(places.named()), reaches_out=False) as (project, console, _):
        plan = preview_export(project, choice, places)
        if places.named():
            export(project, plan, places, " ".join(reason.split()))
        if as_json:
            counts = {"certificates": plan.certificates, "people": plan.people, "valid": plan.countable}
            print_json({**counts, "files": [str(path) for path in places.named()], "stops": []})
            return
        certificates = counted(plan.certificates, "certificate")
        console.print(f"{choice}: {certificates} of {counted(plan.people, 'person', 'people')}", markup=False)
        for path in places.named():
            console.print(f"Written: {from_here(path.resolve())}", markup=False)
