"""Runs at the desk: the list, their figures as charts, and each run by itself."""

from __future__ import annotations

from starlette.responses import Response

from pipeline.desk.calls import Call
from pipeline.desk.charts import HEIGHT, ROW, WIDTH, bars_of, columns
from pipeline.desk.large import Asked, LargeVerb, Preview
from pipeline.workflow.project import Project
from pipeline.workflow.runs import past_run, past_runs
from pipeline.workflow.sentences import undo_lines
from pipeline.workflow.undo import preview_undo, undo

SHOWN_RUNS = 30
PARTS = ("issued", "corrected", "replaced", "withdrawn", "withheld", "set_aside")
UNDO = LargeVerb(
    "undo",
    "Undo this run",
    "What it issued is withdrawn, or taken back where nobody can have seen it; its files can be given again.",
    "In words for the holders: it stands on their pages and on the public verification pages.",
    ("mailed", "Also what its holders were told of; each is told by one mail"),
    lambda project, run, asked: _undo_preview(project, run, asked),
    lambda project, plan, asked: undo(project, plan, asked["reason"]),
    lambda plan: [f"Run {plan.run.id} is undone.", *undo_lines(plan)],
    lambda run, asked: ["undo", run, *(["--mailed"] if "mailed" in asked else [])],
)
TROUBLE = ("set_aside", "withheld", "failed", "unknown", "deferred")  # somebody may have to look at


def _undo_preview(project: Project, run: str, asked: Asked) -> Preview:
    number = _number(run)
    plan = preview_undo(project, 0 if number is None else number, "mailed" in asked)
    return Preview(plan, undo_lines(plan), plan.stops)


def _number(text: str) -> int | None:
    """The number of a run in a path; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None


def show_runs(call: Call) -> Response:
    """What each run did, the newest first; a page of them at a time."""
    before = _number(call.query("before"))
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
    number = _number(call.part("about"))
    with call.desk.office.looking(call.actor) as project:
        one = None if number is None else past_run(project, number)
    if one is None:
        return call.missing()
    return call.page(
        "run.html", here="runs", one=one, bars=bars_of(one.run.figures), row=ROW, trouble=TROUBLE, verb=UNDO
    )
