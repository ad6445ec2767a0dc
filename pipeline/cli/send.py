"""certs send: what waits is shown, asked about and mailed."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click
from rich.console import Console

from pipeline.cli.context import opened
from pipeline.cli.options import JSON, YES
from pipeline.cli.output import (
    SHOWN,
    exit_if_problems,
    lines_for_staff,
    output_console,
    print_json,
    say,
    who_waits,
)
from pipeline.cli.terminal import Terminal, confirmed
from pipeline.rules.messages.delivery import advice
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.text import counted, first_few
from pipeline.workflow.daily import days_needed
from pipeline.workflow.due import DUE, Choice, DueMessage, waiting_for_a_person
from pipeline.workflow.send import Ask, Mailing, Question, send_what_waits, who_would_get_what


def asker(yes: bool, terminal: Terminal) -> Ask:
    """How a command asks: not at all, or once on the terminal; None where nobody is there."""

    def ask(question: Question) -> bool | None:
        if yes:
            return True
        if not sys.stdin.isatty():
            return None
        _show_question(terminal.console, question)
        return confirmed(f"Send {counted(question.total, 'message')} now?")

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
    """Mail what waits, and try again what is due.

    \b
    certs send --dry-run          shows who would get what
    certs send --only failed      sends again what failed, once its cause is mended
    """
    choice = Choice(Fate(only)) if only else DUE
    with opened(locked=not dry_run) as (project, console, terminal):
        if dry_run:
            lines = [_who_and_what(one) for one in who_would_get_what(project, choice, limit)]
            for line in lines or ["Nothing can be sent now."]:
                console.print(line, markup=False)
            for line in lines_for_staff(waiting_for_a_person(project)):
                console.print(line, markup=False)
            if days := days_needed(project, len(lines)):
                what = counted(len(lines), "message takes", "messages take")
                console.print(f"{what} {counted(days, 'day')}: MAIL_DAY is {project.settings.mail_day:,}.")
            return
        done = send_what_waits(project, asker(yes, terminal), choice, limit)
    if as_json:
        print_json({**fates(done), "stops": []})
    else:
        output_console().print(
            ", ".join(f"{count:,} {name}" for name, count in fates(done).items() if count) or "Nothing waits."
        )
    for line in unsent(done, only):
        say(line)
    exit_if_problems(is_trouble(done))


def _who_and_what(one: DueMessage) -> str:
    kinds = ", ".join(f"{entry.facts.kind.label} ({entry.facts.activity})" for entry in one.entries)
    return f"{one.recipient}: {one.message.occasion}: {kinds}"


def fates(done: Mailing) -> dict[str, int]:
    """What became of the messages, by the names that JSON has for it."""
    sending = done.sending
    return {
        "queued": done.left.queued,
        "sent": sending.sent,
        "deferred": sending.deferred,
        "failed": sending.failed,
        "unknown": sending.unknown,
    }


def is_trouble(done: Mailing) -> bool:
    """Whether somebody must look at what was sent."""
    return bool(done.sending.failed or done.sending.unknown or done.sending.halted)


def _show_question(console: Console, question: Question) -> None:
    """What waits, by activity, and one message as it will be sent."""
    for activity, occasion, count in question.waiting:
        console.print(who_waits(occasion, count, activity), markup=False)
    console.rule("one of them", style="dim")
    console.print(question.sample, markup=False)
    console.rule(style="dim")


def unsent(done: Mailing, only: str | None = None) -> Iterator[str]:
    """What failed and what to do about it, why sending stopped, what waits and for what; a sentence each.

    `only`: what was asked for with `certs send --only`.
    """
    sending, left = done.sending, done.left
    failed = [f"failed: {one.email}: {one.response}. {advice(one.response)}" for one in sending.refused]
    yield from first_few(failed, SHOWN, "... and {} more that failed: certs status --json lists all")
    if left.failed > 0:
        what = counted(
            left.failed,
            "message that failed earlier still needs",
            "messages that failed earlier still need",
        )
        yield f"{what} somebody: certs status says what to do"
    if left.unknown > 0:
        what = counted(left.unknown, "message")
        yield f"{what} of before may have been sent or not: certs status; else certs send --only unknown"
    if sending.halted:
        yield f"Sending stopped: {sending.halted}"
    yield from first_few(sending.dropped, SHOWN, "... and {} more that are no longer due: see certs status")
    yield from lines_for_staff(sending.for_staff)
    if left.deferred:
        what = counted(left.deferred, "message is", "messages are")
        when = f", the first at {left.next_due:%Y-%m-%d %H:%M %Z}" if left.next_due else ", some at once"
        yield f"{what} to be tried again by certs send{'' if sending.halted else when}."
    free = left.queued - sending.for_staff_untried
    waiting = counted(free, "message waits", "messages wait")
    if done.nobody_answered:
        again = f" --only {only}" if only else ""
        what = waiting if free > 0 and not only else "Messages to be tried again wait"
        yield f"{what}: nobody could be asked. To send: certs send{again} --yes"
    elif free > 0:
        yield f"{waiting}. To send: certs send"
