"""Runs at the desk: the list, their figures as charts, and each run by itself."""

from __future__ import annotations

from starlette.responses import Response

from pipeline.desk.calls import Call
from pipeline.desk.charts import HEIGHT, ROW, WIDTH, bars_of, columns
from pipeline.workflow.runs import past_run, past_runs

SHOWN_RUNS = 30
PARTS = ("issued", "corrected", "replaced", "withdrawn", "withheld", "set_aside")
TROUBLE = ("set_aside", "withheld", "failed", "unknown", "deferred")  # somebody may have to look at


def show_runs(call: Call) -> Response:
    """What each run did, the newest first; a page of them at a time."""
    after = call.query("before")
    before = int(after) if after.isdecimal() and len(after) < 12 else None
    with call.desk.office.looking(call.actor) as project:
        found = past_runs(project, SHOWN_RUNS + 1, before)
    shown = found[:SHOWN_RUNS]
    chart = columns([one.run.figures for one in reversed(shown)], PARTS)
    return call.page(
        "runs.html", here="runs", runs=shown, chart=chart, width=WIDTH, height=HEIGHT, parts=PARTS,
        has_more=len(found) > SHOWN_RUNS,
    )  # fmt: skip


def show_run_on_record(call: Call) -> Response:
    """One run: who began it, from which files, and what it came to."""
    number = call.part("number")
    if not number.isdecimal() or len(number) > 12:
        return call.missing()
    with call.desk.office.looking(call.actor) as project:
        one = past_run(project, int(number))
    if one is None:
        return call.missing()
    return call.page(
        "run.html", here="runs", one=one, bars=bars_of(one.run.figures), row=ROW, trouble=TROUBLE
    )
