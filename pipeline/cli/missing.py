"""certs missing: who is on record for a file's activities and not in it, as lines, JSON or a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from pipeline.cli.context import opened
from pipeline.cli.options import ABOUT, JSON, NAMES_WRITTEN, SHEET
from pipeline.cli.output import (
    SHOWN,
    amount,
    exit_if_problems,
    from_here,
    print_json,
    problem_objects,
    requirements,
    say,
    show_lines,
)
from pipeline.rules.text import conjoined, counted, first_few
from pipeline.workflow.missing import MissingPeople, MissingPerson, missing_people, write_missing
from pipeline.workflow.opening import open_files


@click.command()
@click.argument("claims", nargs=-1, required=True, type=click.Path(path_type=Path))
@ABOUT
@SHEET
@NAMES_WRITTEN
@click.option("--to", type=click.Path(path_type=Path), help="Write them into this file, .csv or .xlsx, too.")
@JSON
def missing_command(claims: tuple[Path, ...], to: Path | None, as_json: bool) -> None:
    """Who is on record for the activities of CLAIMS and not in these files, and what they hold.

    A person whose row was taken out of an export keeps what they have, as a file changes only what it says:
    this shows whom that concerns. Nothing is changed. What one of them holds is withdrawn by: certs withdraw.

    \b
    certs missing claims.csv
    certs missing claims.csv --to missing.csv
    """
    with opened(locked=to is not None, reaches_out=False) as (project, console, _):
        found = missing_people(project, open_files(project, claims))
        if to is not None:
            write_missing(project, found, to, claims)
            say(f"Written: {from_here(to.resolve())}")
        if as_json:
            print_json(_object(found))
        else:
            _show(console, found)
    exit_if_problems(bool(found.unread))


def _show(console: Console, found: MissingPeople) -> None:
    about = conjoined(found.activities) or "no activity that is known"
    count = counted(len(found.absent), "person is", "people are")
    console.print(f"{about}: {count} on record and not in the file.", markup=False)
    _list(console, found.absent)
    if found.unsure:
        count = counted(len(found.unsure), "more is", "more are")
        console.print(f"{count} in the file with a row that does not count:")
        _list(console, found.unsure)
    for problem in first_few(found.unread, SHOWN, "... and {} more"):
        console.print(f"whom this row is about cannot be told: {problem}", markup=False)


def _list(console: Console, people: Sequence[MissingPerson]) -> None:
    lines = [_line(one) for one in people]
    show_lines(console, first_few(lines, SHOWN, "... and {} more: --json lists all, --to FILE writes them"))


def _line(one: MissingPerson) -> str:
    claim = one.claim
    known = f" ({claim.learner_id})" if claim.learner_id else ""
    holds = [
        f"{held.facts.kind.label} {held.facts.number}"
        + ("" if held.standing.is_live else f", {held.standing}")
        for held in one.certificates
    ]
    holds += [f"{award.kind.label} withheld: {requirements(award.missing)}" for award in claim.withheld]
    row = f"; row {one.row.shown_row}: {one.row.reason}" if one.row else ""
    what = "; ".join(holds) or "no certificate"
    return f"  {claim.activity}: {claim.name} <{claim.email}>{known}: {what}{row}"


def _object(found: MissingPeople) -> dict[str, object]:
    return {
        "activities": list(found.activities),
        "missing": [_person(one) for one in found.absent],
        "unsure": [_person(one) for one in found.unsure],
        "unread": problem_objects(found.unread),
    }


def _person(one: MissingPerson) -> dict[str, object]:
    claim = one.claim
    return {
        "activity": claim.activity,
        "name": claim.name,
        "email": claim.email,
        "learner_id": claim.learner_id,
        "certificates": [
            {
                "number": held.facts.number,
                "kind": held.facts.kind.value,
                "standing": held.standing.value,
                "cme": amount(held.facts.cme),
                "abim": amount(held.facts.abim),
                "abp": amount(held.facts.abp),
                "issued_on": held.facts.issued_on.isoformat(),
            }
            for held in one.certificates
        ],
        "withheld": [{"kind": award.kind.value, "missing": list(award.missing)} for award in claim.withheld],
        "row": one.row.shown_row if one.row else None,
        "reason": one.row.reason if one.row else "",
    }
