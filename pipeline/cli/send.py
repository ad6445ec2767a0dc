"""certs send: what waits is shown, asked about and mailed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import click
from rich.console import Console

from pipeline.cli.context import opened
from pipeline.cli.options import JSON, YES
from pipeline.cli.output import FATES, SHOWN, finish, output_console, print_json, say
from pipeline.rules.messages.delivery import advice
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.text import counted
from pipeline.workflow import release, send
from pipeline.workflow.run import Report, add_fates, left_waiting
from pipeline.workflow.send import Question, held_lines


def asker(
    yes: bool, no_send: bool, show_question: Callable[[Question], None]
) -> Callable[[Question], bool | None]:
    """How a run asks: not at all, or once on the terminal; None where nobody is there."""

    def ask(question: Question) -> bool | None:
        if yes or no_send:
            return yes and not no_send
        if not sys.stdin.isatty():
            return None
        show_question(question)
        return click.confirm(f"Send {counted(question.total, 'message')} now?", default=False, err=True)

    return ask


@click.command()
@YES
@click.option("--limit", type=click.IntRange(1), help="Send at most so many messages.")
@click.option(
    "--only",
    type=click.Choice(["unknown", "failed"]),
    help="Send those again whose outcome is not known, or that failed.",
)
@click.option("--dry-run", is_flag=True, help="Print who would get what; send nothing.")
@JSON
def send_command(yes: bool, limit: int | None, only: str | None, dry_run: bool, as_json: bool) -> None:
    """Mail what waits, and try again what is due."""
    fate = Fate(only) if only else None
    with opened(locked=not dry_run) as (project, console, terminal):
        if dry_run:
            lines = list(send.waiting_lines(project, limit, fate))
            for line in lines or ["Nothing can be sent now."]:
                console.print(line, markup=False)
            for line in send.held_lines(send.held(project)):
                console.print(line, markup=False)
            return
        send.settle_interrupted(project)
        question = send.question(project, fate)
        report = Report(only=only or "")
        if question is None:
            add_fates(report, send.send_nothing(project, fate))
        else:
            release.build(project)  # a killed command may have left the page of a new link to be built
            answer = asker(yes, False, lambda asked: show_question(terminal.console, asked))(question)
            report.waiting_unasked = answer is None
            if answer:
                add_fates(report, send.send(project, limit, fate))
        left_waiting(project, report)
    fates = {name: getattr(report, name) for name in FATES}
    if as_json:
        print_json(fates)
    else:
        output_console().print(", ".join(f"{count} {name}" for name, count in fates.items()))
    for line in unsent(report):
        say(line)
    finish(bool(report.failed or report.unknown or report.halted))


def show_question(console: Console, question: Question) -> None:
    """What waits, by activity, and one message as it will be sent."""
    for activity, occasion, count in question.waiting:
        about = f" about {activity}" if activity else ""
        console.print(f"{counted(count, 'message')} ({occasion}){about}", markup=False)
    console.rule("one of them", style="dim")
    console.print(question.sample, markup=False)
    console.rule(style="dim")


def unsent(report: Report) -> Iterator[str]:
    """What failed and what to do about it, why sending stopped, what waits and for what; a sentence each."""
    for one in report.refused[:SHOWN]:
        yield f"failed: {one.to}: {one.words}. {advice(one.words)}"
    if len(report.refused) > SHOWN:
        yield f"... and {len(report.refused) - SHOWN} more that failed: certs status --json lists all"
    if report.failed_before > 0:
        what = counted(
            report.failed_before,
            "message that failed earlier still needs",
            "messages that failed earlier still need",
        )
        yield f"{what} somebody: certs status says what to do"
    if report.unknown_before > 0:
        what = counted(report.unknown_before, "message")
        yield f"{what} of before may have been sent or not: certs status; else certs send --only unknown"
    if report.halted:
        yield f"Sending stopped: {report.halted}"
    yield from report.dropped[:SHOWN]
    if len(report.dropped) > SHOWN:
        yield f"... and {len(report.dropped) - SHOWN} more that are no longer due: see certs status"
    yield from held_lines(report.held)
    if report.put_off:
        what = counted(report.put_off, "message is", "messages are")
        when = f"the first at {report.next_due:%Y-%m-%d %H:%M %Z}" if report.next_due else "some at once"
        yield f"{what} to be tried again by certs send, {when}."
    free = report.queued - report.held_anew
    waiting = counted(free, "message waits", "messages wait")
    if report.waiting_unasked:
        only = f" --only {report.only}" if report.only else ""
        what = waiting if free > 0 and not only else "Messages to be tried again wait"
        yield f"{what}: nobody could be asked. To send: certs send{only} --yes"
    elif free > 0:
        yield f"{waiting}. To send: certs send"
