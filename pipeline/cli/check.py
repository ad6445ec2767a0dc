"""certs check: what a run on claims files would do, as a table or JSON."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from pipeline.cli.context import opened
from pipeline.cli.options import ABOUT, JSON, NAMES_WRITTEN, REMOVALS, REVIEW, SHEET
from pipeline.cli.output import exit_if_problems, print_json
from pipeline.cli.plan import plan_object, say_where, show_plan, wanted_review
from pipeline.errors import StoppedError
from pipeline.workflow.opening import open_files
from pipeline.workflow.plan import plan_run
from pipeline.workflow.review import review


@click.command()
@click.argument("claims", nargs=-1, required=True, type=click.Path(path_type=Path))
@REMOVALS
@ABOUT
@SHEET
@NAMES_WRITTEN
@REVIEW
@JSON
def check_command(claims: tuple[Path, ...], allow_removals: bool, as_json: bool) -> None:
    """Read CLAIMS only: what a run would issue, correct and withhold, and every problem. Changes nothing.

    Writes the review: one HTML file with pictures and every list whole.

    \b
    certs check claims.csv
    certs check day1.xlsx day2.xlsx --json
    """
    check(claims, as_json, allow_removals)


def check(
    claims: tuple[Path, ...],
    as_json: bool,
    allow_removals: bool,
    mail_corrections: bool = False,
    mail_advice: bool = True,
) -> None:
    """The whole of `certs check`, which `certs run --dry-run` does as well."""
    with opened(locked=False) as (project, console, _):
        place = wanted_review(project)
        files = open_files(project, claims)
        options = allow_removals, mail_corrections, mail_advice
        plan = plan_run(project, files, *options, pictures=True, looks_at_folders=False)
        reviewed = review(project, plan, place)
        if as_json:
            print_json(plan_object(plan))
        else:
            show_plan(console, plan, whole=True)
        say_where(reviewed.path)
    if plan.stops:
        stopped = StoppedError([asdict(stop) for stop in plan.stops])
        if as_json:
            click.get_current_context().exit(stopped.exit_status)
        raise stopped
    exit_if_problems(bool(plan.problems))
