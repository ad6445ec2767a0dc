"""certs send: what waits is shown, asked about and mailed."""

from __future__ import annotations

import sys

import click
from rich.console import Console

from pipeline.cli.context import opened
from pipeline.cli.options import JSON, YES
from pipeline.cli.output import (
    exit_if_problems,
    output_console,
    print_json,
    say,
)
from pipeline.cli.terminal import Terminal, confirmed
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.text import counted
from pipeline.workflow.daily import days_needed
from pipeline.workflow.desk import one_person
from pipeline.workflow.due import Choice, DueMessage, only_in_folder, waiting_for_a_person
from pipeline.workflow.project import Project
from pipeline.workflow.send import (
    Ask,
    Mailing,
    Question,
    send_what_waits,
    take_from_folder,
    who_would_get_what,
)
from pipeline.workflow.sentences import fates, is_trouble, lines_for_staff, unsent, who_waits
from pipeline.workflow.trial import send_tests

FOLDER = "folder"  # --only: what was written into the outbox


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
    type=click.Choice(["unknown", "failed", FOLDER]),
    help="Send those again whose outcome is not known, that failed, or that were written to a folder.",
)
@click.option("--activity", metavar="SLUG", help="Only what tells of this activity.")
@click.option("--to", "who", metavar="WHO", help="Only what goes to this person.")
@click.option("--test", "tester", metavar="ADDRESS", help="Mail one made-up message of each occasion here.")
@click.option("--dry-run", is_flag=True, help="Print who would get what; send nothing.")
@JSON
def send_command(
    yes: bool,
    limit: int | None,
    only: str | None,
    activity: str | None,
    who: str | None,
    tester: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Mail what waits, and try again what is due.

    \b
    certs send --only folder              what was written to var/outbox before SMTP_HOST was set
    certs send --to ana@example.org       what waits for one person
    certs send --test me@example.org      one of each occasion to yourself, before a meeting
    """
    if tester is not None:
        _send_tests(tester, as_json)
        return
    with opened(locked=not dry_run) as (project, console, terminal):
        choice = chosen(project, only, activity, who)
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
        written = only_in_folder(project, choice)
        if only == FOLDER:
            choice = Choice(ids=written)
        if written and (only == FOLDER or (not (yes or only) and _wants_folder(len(written)))):
            take_from_folder(project, written)
        done = send_what_waits(project, asker(yes, terminal), choice, limit)
    if as_json:
        print_json({**fates(done), **folder_object(done), "stops": []})
    else:
        output_console().print(
            ", ".join(f"{count:,} {name}" for name, count in fates(done).items() if count) or "Nothing waits."
        )
    for line in unsent(done, only):
        say(line)
    exit_if_problems(is_trouble(done))


def chosen(project: Project, only: str | None, activity: str | None, who: str | None) -> Choice:
    """Which messages these options mean. Raises CertsError for nobody, several people or no activity."""
    state = Fate(only) if only and only != FOLDER else None
    if activity is None and who is None:
        return Choice(state)
    project.check_activity(activity)
    person = one_person(project, who).id if who is not None else None
    return Choice(state, among=project.ledger.messages.about(activity, person))


def _wants_folder(count: int) -> bool:
    """Whether what was written into a folder is to be mailed, too; not where nobody is there to be asked."""
    what = counted(count, "message was", "messages were")
    return sys.stdin.isatty() and confirmed(
        f"{what} written to a folder before SMTP_HOST was set, and nobody was mailed. Send them, too?"
    )


def _send_tests(address: str, as_json: bool) -> None:
    """One message of each occasion to staff."""
    with opened(locked=True) as (project, console, _):
        done = send_tests(project, address)
        if as_json:
            print_json({"sent": done.sent, "failed": len(done.refused), "refused": list(done.refused)})
        else:
            where = f"written to {done.folder}" if done.folder else f"sent to {address}"
            console.print(f"{counted(done.sent, 'test message')} {where}; the links in them are dead.")
    for line in done.refused:
        say(line)
    exit_if_problems(bool(done.refused))


def _who_and_what(one: DueMessage) -> str:
    return f"{one.recipient}: {one.message.occasion}: {', '.join(one.words)}"


def folder_object(done: Mailing) -> dict[str, object]:
    """What JSON has where mail is written into a folder: nobody was mailed."""
    return {"written_to": done.sending.folder} if done.sending.folder else {}


def _show_question(console: Console, question: Question) -> None:
    """What waits, by activity, and one message as it will be sent."""
    for activity, occasion, count in question.waiting:
        console.print(who_waits(occasion, count, activity), markup=False)
    console.rule("one of them", style="dim")
    console.print(question.sample, markup=False)
    console.rule(style="dim")
