"""certs requests: mail that asks for the link, and what became of each."""

from __future__ import annotations

import sys
from contextlib import closing

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
@click.argument("mailbox", default="")
@click.option("--yes", is_flag=True, help="Answer them; else only list what would be done.")
@click.option(
    "--most",
    type=click.IntRange(1),
    default=MOST_ANSWERS,
    show_default=True,
    help="So many answers an hour need no question; more wait, or are asked about on a terminal.",
)
@click.option("--answer", "answered", metavar="MAIL", help="Answer this one, which takes a person: see --to.")
@click.option("--to", "who", metavar="WHO", help="With --answer: whose mail it is.")
@click.option("--seen", metavar="MAIL", help="File this one: a person has dealt with it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def requests_command(
    mailbox: str,
    yes: bool,
    most: int,
    answered: str | None,
    who: str | None,
    seen: str | None,
    as_json: bool,
) -> None:
    """Answer requests for the link that came by mail, each to the address on record and nowhere else.

    MAILBOX is a Maildir, or an IMAP folder as imaps://user@host/folder with its password in
    REQUESTS_PASSWORD; without it REQUESTS_MAILBOX of .env is read. What cannot be placed stays unread for a
    person, with the likeliest people beside it; its sender is told nothing.

    \b
    certs requests Maildir --answer new/17 --to ana@example.org
    certs requests Maildir --seen new/17
    """
    settings = current_settings()
    if answered is not None or seen is not None:
        if (answered is None) == (seen is None) or (answered is None) != (who is None) or yes:
            raise click.UsageError("Give --answer MAIL with --to WHO, or --seen MAIL, and nothing else.")
        _one_mail(mailbox, answered, who or "", seen or "")
        return
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


def _one_mail(mailbox: str, answered: str | None, who: str, seen: str) -> None:
    """What staff decide of one mail that took a person."""
    with (
        opened(locked=True) as (project, console, _),
        closing(requests.open_mailbox(project.settings, mailbox)) as box,
    ):
        if answered is None:
            mail = requests.file_as_seen(project, box, seen)
            console.print(f"seen: {one_line(mail.sender, 120) or '(no sender)'}", markup=False)
            return
        person, message = requests.answer_by_hand(project, box, answered, who)
        state = f"{message.state} {message.response}".rstrip() if message else "was answered before"
        console.print(f"mail to {person.email}: {state}", markup=False)
    exit_if_problems(message is not None and message.state in TROUBLE)


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
        if one.decision.outcome is Outcome.STAYS:
            console.print(f"    --answer or --seen {one.mail.ref}", markup=False)
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
