"""certs runs: what each run did, as lines or JSON."""

from __future__ import annotations

import click
from rich.console import Console

from pipeline.cli.context import opened
from pipeline.cli.options import JSON
from pipeline.cli.output import print_json, say
from pipeline.rules.text import conjoined
from pipeline.workflow.runs import PastRun, past_runs

SHOWN_RUNS = 20


@click.command()
@click.option("--all", "shows_all", is_flag=True, help=f"All runs; without it the last {SHOWN_RUNS}.")
@JSON
def runs_command(shows_all: bool, as_json: bool) -> None:
    """What each run did, when, on whose word and from which files; the newest first.

    A run that was killed has no end. Runs are on record since the version of certs that has this command.

    \b
    certs runs
    certs runs --all --json
    """
    with opened(locked=False) as (project, console, _):
        found = past_runs(project, -1 if shows_all or as_json else SHOWN_RUNS + 1)
        if as_json:
            print_json([run_on_record_object(one) for one in found])
            return
        for one in found[: None if shows_all else SHOWN_RUNS]:
            show_past_run(console, one)
    if not found:
        say("No run is on record.")
    elif len(found) > SHOWN_RUNS and not shows_all:
        say("There are more: certs runs --all")


def show_past_run(console: Console, one: PastRun) -> None:
    """One run in two lines: when, who and what from; what it came to."""
    files = f": {conjoined(one.run.files)}" if one.run.files else ""
    console.print(f"{run_line(one)}{files}", markup=False)
    if one.run.figures:
        figures = (f"{count:,} {name.replace('_', ' ')}" for name, count in one.run.figures.items())
        console.print(f"  {', '.join(figures)}", markup=False)


def run_line(one: PastRun) -> str:
    """`7  2026-11-26 09:30 EST, by ana, took 12 s`; how it ended, where that was not well."""
    run, took = one.run, ""
    if run.ended_at is not None:
        took = f", took {(run.ended_at - run.begun_at).total_seconds():,.0f} s"
    undone = f", undone {run.undone_at:%Y-%m-%d %H:%M}" if run.undone_at else ""
    ended = f", {one.ended}" if one.ended else ""
    return f"{run.id}  {run.begun_at:%Y-%m-%d %H:%M %Z}, by {run.actor}{took}{ended}{undone}"


def run_on_record_object(one: PastRun) -> dict[str, object]:
    """One run as `certs runs --json` prints it."""
    run = one.run
    times = {"begun_at": run.begun_at, "ended_at": run.ended_at, "undone_at": run.undone_at}
    return {
        "run": run.id,
        "by": run.actor,
        **{name: at.isoformat(timespec="seconds") if at else None for name, at in times.items()},
        "state": run.state.value,
        "files": list(run.files),
        "figures": dict(run.figures),
    }
