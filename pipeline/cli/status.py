"""certs status: the state of things, as a table or JSON."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from pipeline.cli.context import opened
from pipeline.cli.options import JSON
from pipeline.cli.output import SHOWN, figure, print_json, requirements, show_lines
from pipeline.cli.runs import run_on_record_object, show_past_run
from pipeline.rules.messages.delivery import advice
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.text import counted, first_few
from pipeline.workflow.sentences import lines_for_staff, unmailed_lines, who_waits
from pipeline.workflow.status import Status, status


@click.command()
@JSON
def status_command(as_json: bool) -> None:
    """Counts, what waits, what failed and why, what expires next."""
    with opened(locked=False) as (project, console, _):
        found = status(project)
        if as_json:
            print_json(status_object(found))
        else:
            show_status(console, found)


def show_status(console: Console, found: Status) -> None:
    """Counts, what waits, what failed and why, what expires next."""
    console.print(_figures(found))
    if found.last_run:
        console.print("last run:", end=" ")
        show_past_run(console, found.last_run)
    for activity, occasion, count in found.waiting:
        console.print(f"waiting: {who_waits(occasion, count, activity)}", markup=False)
    for line in lines_for_staff(found.for_staff):
        console.print(line, markup=False)
    if found.next_due:
        console.print(f"next try of a message that was put off: {found.next_due:%Y-%m-%d %H:%M %Z}")
    for what, messages in (("failed", found.failed), ("unknown", found.unknown)):
        said = [f"{what}: {one.email or 'no address yet'}: {one.response}" for one in messages]
        if what == "failed":
            said = [f"{line}. {advice(one.response)}" for line, one in zip(said, messages, strict=True)]
        rest = f"... and {{}} more {what}: certs status --json lists all"
        show_lines(console, first_few(said, SHOWN, rest))
    if found.failed:
        console.print("Wrong addresses: certs correct --email. The rest, once its cause is mended: ", end="")
        console.print("certs send --only failed")
    if found.unknown:
        console.print("The outcome of these is not known: certs send --only unknown sends them again.")
    for activity, names, count in found.withheld:
        what = counted(count, "certificate")
        console.print(f"withheld: {activity}: {requirements(names)}: {what}", markup=False)
    if found.in_folder:
        what = counted(found.in_folder, "message was", "messages were")
        console.print(f"{what} written to a folder, not sent: certs send --only folder")
    show_lines(console, filter(None, [found.boards]))
    show_lines(console, unmailed_lines(found.unmailed))
    show_lines(console, [f"the next run stops: {stop.name}: {stop.text}" for stop in found.stops])
    show_lines(console, [f"caution: {one}" for one in found.cautions])
    for name, activity, reason in found.problems:
        console.print(f"not made: {activity}: {name}: {reason}", markup=False)


def _figures(found: Status) -> Table:
    """Counts; nothing is said of what there is none of."""
    table = Table(show_header=False, box=None, padding=(0, 2))
    for name, count in found.totals.items():
        if count or name == "certificates":
            table.add_row(name, f"{count:,}")
    for name, count in sorted(found.messages.items()):
        mailed = count - found.written if name == Fate.SENT else count
        if mailed:
            table.add_row(f"messages {name}", figure(name, mailed))
        if mailed < count:
            table.add_row("messages written to a folder, not sent", f"{found.written:,}")
        if name == "failed" and found.failed:
            table.add_row("[dim]  of these, nothing was told since[/]", f"[dim]{len(found.failed):,}[/]")
    for days, count in found.expiring.items():
        if count:
            table.add_row(f"expire within {days} days", f"{count:,}")
    if found.due:
        table.add_row("past retention, deleted by the next run", f"{found.due:,}")
    if found.to_be_erased:
        table.add_row("people who asked to be erased and are not yet", figure("failed", found.to_be_erased))
    return table


def status_object(found: Status) -> dict[str, object]:
    """JSON of `certs status`."""
    return {
        **found.totals,
        "messages": dict(found.messages),
        "waiting": [
            {"activity": activity, "kind": occasion, "messages": count}
            for activity, occasion, count in found.waiting
        ],
        "held": dict(found.for_staff),
        "next_try": found.next_due.isoformat(timespec="seconds") if found.next_due else None,
        "failed": [
            {"email": one.email, "response": one.response, "advice": advice(one.response)}
            for one in found.failed
        ],
        "unknown": [{"email": one.email, "response": one.response} for one in found.unknown],
        "problems": [
            {"name": name, "activity": activity, "reason": reason}
            for name, activity, reason in found.problems
        ],
        "expiring": {str(days): count for days, count in found.expiring.items()},
        "past_retention": found.due,
        "cautions": list(found.cautions),
        "boards": found.boards,
        "unmailed": list(found.unmailed),
        "in_folder": found.in_folder,
        "to_be_erased": found.to_be_erased,
        "withheld_by": [
            {"activity": activity, "missing": list(names), "certificates": count}
            for activity, names, count in found.withheld
        ],
        "bounced_people": [
            {"name": one.name, "email": one.email, "why": one.mark.shown() if one.mark else ""}
            for one in found.bounced
        ],
        "last_backup": found.last_backup.isoformat(timespec="seconds") if found.last_backup else None,
        "stops": [asdict(stop) for stop in found.stops],
        "last_run": run_on_record_object(found.last_run) if found.last_run else None,
    }
