"""certs undo: what a run issued is withdrawn, or taken back where nobody can have seen it."""

from __future__ import annotations

import click

from pipeline.cli.context import alone
from pipeline.cli.options import JSON, SHOWN_REASON, YES
from pipeline.cli.output import exit_if_problems, output_console, print_json, say, show_lines
from pipeline.cli.runs import run_line
from pipeline.cli.sent import in_trouble, send_now, show_sent_together
from pipeline.cli.standing import messages_object
from pipeline.cli.terminal import confirmed
from pipeline.rules.certificates.undo import WhyLeft
from pipeline.rules.text import conjoined
from pipeline.workflow.runs import PastRun
from pipeline.workflow.sentences import undo_lines
from pipeline.workflow.stops import look_around, refuse
from pipeline.workflow.undo import UndoPlan, preview_undo, undo


@click.command()
@click.argument("run", type=click.IntRange(1))
@click.option("--mailed", is_flag=True, help="Also what its holders were told of; each is told by one mail.")
@SHOWN_REASON
@click.option("--dry-run", is_flag=True, help="Say what it comes to; change nothing.")
@YES
@JSON
def undo_command(run: int, mailed: bool, reason: str, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Undo a run by its number: certs runs lists them.

    What it issued is withdrawn, unless its holder was told of it; what nobody can have seen, as it was
    neither mailed nor published nor written into a file for staff since that run began, is taken back as if
    it had never been. A certificate whose place one of
    these took is valid again. Its files can be given again, mended or not: they are read anew. What it
    corrected stays corrected, and what a later file claims, too, stays: the plan says how many.

    \b
    certs undo 7 --reason "the wrong file"
    certs undo 7 --reason "the wrong file" --mailed
    """
    with alone() as held:
        with held.looking() as project:
            plan = preview_undo(project, run, mailed)
            found = [*look_around(project), *plan.stops]
            if not dry_run:
                refuse(project, found)
        if dry_run:
            if as_json:
                stops = [{"name": one.name, "file": "", "rows": [], "text": one.text} for one in plan.stops]
                print_json({**_object(plan), "stops": stops})
            else:
                stops_said = [f"stop: {one.name}: {one.text}" for one in plan.stops]
                show_lines(output_console(), [*_lines(plan), *stops_said])
            return
        if not yes:
            for line in _lines(plan):
                say(line)
            if not confirmed(f"Undo run {run}?"):
                return
        with held.acting(found) as project:
            messages = undo(project, plan, reason)
            console = output_console()
            sent = send_now(project, console, messages, quiet=True)
            if as_json:
                print_json({**_object(plan), "messages": messages_object(sent), "stops": []})
            else:
                console.print(f"Run {run} is undone.")
                show_lines(console, _lines(plan)[1:])
                show_sent_together(console, sent)
    exit_if_problems(in_trouble(sent))


def _lines(plan: UndoPlan) -> list[str]:
    """What it comes to, a line each; the run itself first."""
    files = f": {conjoined(plan.run.files)}" if plan.run.files else ""
    lines = [f"{run_line(PastRun(plan.run, ''))}{files}"]
    return [*lines, *undo_lines(plan)]


def _object(plan: UndoPlan) -> dict[str, object]:
    return {
        "run": plan.run.id,
        "withdrawn": len(plan.withdrawn),
        "taken_back": len(plan.taken_back),
        "restored": len(plan.restored),
        "left_mailed": plan.left[WhyLeft.MAILED],
        "left_later": plan.left[WhyLeft.LATER],
        "left_merged": plan.left[WhyLeft.MERGED],
        "corrected": plan.corrected,
        "claims_deleted": plan.deleted,
        "claims_put_back": plan.put_back,
        "people": len(plan.people),
        "mailed": len(plan.told),
    }
