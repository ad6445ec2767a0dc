"""certs transcript: one person's Record of credits, on the terminal, as JSON, as PDF."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from pipeline.cli.context import opened
from pipeline.cli.options import JSON, WHO
from pipeline.cli.output import from_here, print_json
from pipeline.rules.certificates.statements import date_words, number_words
from pipeline.rules.certificates.sums import Sums
from pipeline.rules.text import counted
from pipeline.rules.web.credit_record import CreditRecord, RecordedActivity
from pipeline.workflow.transcript import check_transcript_place, transcript, write_transcript


@click.command()
@WHO
@click.option("--year", type=int, metavar="YEAR", help="Only what was completed in this year.")
@click.option("--to", "path", type=click.Path(path_type=Path), metavar="FILE", help="Write it as PDF, .pdf.")
@click.option("--reason", default="", help="Why, and for whom; kept in the audit trail.")
@JSON
def transcript_command(who: str, year: int | None, path: Path | None, reason: str, as_json: bool) -> None:
    """A person's Record of credits: what counts, year by year, with sums. As of today.

    WHO is an address, a learner id or a certificate number. Without --to it is shown, and nothing is written.
    The PDF names the person: that it was written is on record, and it is yours to keep safe and to delete.

    \b
    certs transcript ana@example.org
    certs transcript ana@example.org --year 2026 --to ana-2026.pdf --reason "asked by phone"
    """
    with opened(locked=path is not None, reaches_out=False) as (project, console, _):
        if path is not None:
            check_transcript_place(project, path)
        person, record = transcript(project, who, year)
        if path is not None:
            write_transcript(project, person, record, path, " ".join(reason.split()))
        if as_json:
            print_json({**record_object(record), "file": str(path) if path else None})
            return
        show_record(console, record)
        if path is not None:
            console.print(f"Written: {from_here(path.resolve())}", markup=False)


def show_record(console: Console, record: CreditRecord) -> None:
    """The record in lines."""
    holder = ", ".join(part for part in (record.name, record.credentials) if part)
    many = counted(record.sums.certificates, "certificate")
    console.print(f"{holder}: {record.period}, {many}, as of {date_words(record.as_of)}", markup=False)
    for line in record.sums.lines():
        console.print(f"  {line}", markup=False)
    for year in record.years:
        console.print(f"{year.year}: {'; '.join(year.sums.lines()) or 'no credits'}", markup=False)
        for each in year.activities:
            console.print(f"  {each.when}  {each.title}", markup=False)
            for line in each.sums.lines():
                console.print(f"    {line}", markup=False)
            for one in each.certificates:
                console.print(f"    {' · '.join((one.number, one.kind, *one.notes))}", markup=False)
    for sentence in record.uncounted:
        console.print(f"Not counted: {sentence}", markup=False)


def record_object(record: CreditRecord) -> dict[str, object]:
    """The record as JSON shows it: figures are texts, so that they stay exact."""
    return {
        "name": record.name,
        "credentials": record.credentials,
        "as_of": record.as_of.isoformat(),
        "period": record.period,
        **_sums_object(record.sums),
        "years": [
            {
                "year": year.year,
                **_sums_object(year.sums),
                "activities": list(map(_activity_object, year.activities)),
            }
            for year in record.years
        ],
        "not_counted": list(record.uncounted),
    }


def _activity_object(activity: RecordedActivity) -> dict[str, object]:
    numbers = [
        {"number": one.number, "kind": one.kind, "notes": list(one.notes)} for one in activity.certificates
    ]
    said = {"completed": activity.when, "title": activity.title, "about": activity.about}
    return {**said, **_sums_object(activity.sums), "numbers": numbers}


def _sums_object(sums: Sums) -> dict[str, object]:
    return {
        "certificates": sums.certificates,
        "cme": number_words(sums.cme),
        "abim": {type_: number_words(points) for type_, points in sums.abim},
        "abp": number_words(sums.abp),
    }
