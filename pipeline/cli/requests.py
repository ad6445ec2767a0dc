"""certs requests: mail that asks for the link, and what became of each."""

from __future__ import annotations

import sys

import click
from rich.console import Console

from pipeline.cli.context import current_settings, opened
from pipeline.cli.output import exit_if_problems, print_json, say
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.messages.requests import MOST_ANSWERS, Outcome
from pipeline.rules.text import counted, one_line
from pipeline.workflow import requests
from pipeline.workflow.requests import Placed, Requests

TROUBLE = (Fate.FAILED, Fate.UNKNOWN, Fate.QUEUED)  # of an answer that was to go out now


@click.command()
@click.argument("mailbox")
@click.option("--yes", is_flag=True, help="Answer them; else only list what would be done.")
@click.option(
    "--most",
    type=click.IntRange(1),
    default=MOST_ANSWERS,
    show_default=True,
    help="So many answers an hour need no question; more wait, or are asked about on a terminal.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def requests_command(mailbox: str, yes: bool, most: int, as_json: bool) -> None:
    """Answer requests for the link that came by mail, each to the address on record and nowhere else.

    MAILBOX is a Maildir, or an IMAP folder as imaps://user@host/folder with its password in
    REQUESTS_PASSWORD. What cannot be placed stays unread for a person, with the likeliest people beside it;
    its sender is told nothing.
    """
    settings = current_settings()
    requests.check_mailbox_apart(settings, mailbox)
    with opened(locked=yes) as (project, console, _):
        box = requests.open_mailbox(settings, mailbox)
        try:
            found = requests.requests(project, box, yes, most, _ask_more)
        finally:
            box.close()
        if as_json:
            print_json(_requests_object(found, yes))
        else:
            _show_requests(console, found, yes)
    waiting = found.counts[Outcome.WAITS]
    if waiting:
        what = counted(waiting, "request waits", "requests wait")
        say(f"{what}: more than {most} within an hour. If they are genuine: --most {most + waiting}")
    exit_if_problems((yes and waiting > 0) or any(message.state in TROUBLE for message in found.messages))


def _ask_more(count: int) -> bool:
    """Once, on a terminal; where nobody is there they wait."""
    if not sys.stdin.isatty():
        return False
    return click.confirm(f"{counted(count, 'more request')} came at once. Answer them, too?", err=True)


def _show_requests(console: Console, found: Requests, acted: bool) -> None:
    for one in found.placed:
        sender = one_line(one.mail.sender, 120) or "(no sender)"
        word = (
            "would answer" if one.decision.outcome is Outcome.ANSWER and not acted else one.decision.outcome
        )
        line = f"{word}: {sender}: {one_line(one.mail.subject, 120) or '(no subject)'}: {one.decision.reason}"
        console.print(line, markup=False)
        for person in one.likeliest:
            known = f", learner id {person.learner_id}" if person.learner_id else ""
            console.print(f"    perhaps {person.name} <{person.email}>{known}", markup=False)
    for message in found.messages:
        console.print(f"mail to {message.email}: {message.state} {message.response}".rstrip(), markup=False)
    counts = ", ".join(f"{count} {outcome}" for outcome, count in found.counts.items())
    console.print(counts if acted else f"Nothing was done. With --yes: {counts}.")


def _requests_object(found: Requests, acted: bool) -> dict[str, object]:
    return {
        **{outcome.name.lower(): count for outcome, count in found.counts.items()},
        "done": acted,
        "mails": [_placed_object(one) for one in found.placed],
        "messages": [
            {"to": message.email, "state": message.state.value, "response": message.response}
            for message in found.messages
        ],
    }


def _placed_object(one: Placed) -> dict[str, object]:
    return {
        "mail": one.mail.ref,
        "from": one.mail.sender,
        "subject": one_line(one.mail.subject, 120),
        "outcome": one.decision.outcome.name.lower(),
        "reason": one.decision.reason,
        "likeliest": [
            {"name": person.name, "email": person.email, "learner_id": person.learner_id}
            for person in one.likeliest
        ],
    }
