"""The commands that read mail: requests for the link, and mail that came back."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from pipeline.cli import current_settings, finish, main, opened, print_json
from pipeline.rules.messages.delivery import advice
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.messages.requests import Outcome, one_line
from pipeline.rules.messages.returned import Meaning
from pipeline.workflow import requests, returned
from pipeline.workflow.requests import Placed, Requests
from pipeline.workflow.returned import Report

TROUBLE = (Fate.FAILED, Fate.UNKNOWN)


@main.command("requests", short_help="Answer requests for the link that came by mail.")
@click.argument("mailbox")
@click.option("--yes", is_flag=True, help="Answer them; else only list what would be done.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def requests_command(mailbox: str, yes: bool, as_json: bool) -> None:
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
            found = requests.requests(project, box, act=yes)
        finally:
            box.close()
        if as_json:
            print_json(_requests_object(found, yes))
        else:
            _show_requests(console, found, yes)
    finish(any(message.state in TROUBLE for message in found.messages))


def _show_requests(console: Console, found: Requests, acted: bool) -> None:
    for one in found.placed:
        sender = one_line(one.mail.sender) or "(no sender)"
        word = (
            "would answer" if one.decision.outcome is Outcome.ANSWER and not acted else one.decision.outcome
        )
        line = f"{word}: {sender}: {one_line(one.mail.subject) or '(no subject)'}: {one.decision.reason}"
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
        "subject": one_line(one.mail.subject),
        "outcome": one.decision.outcome.name.lower(),
        "reason": one.decision.reason,
        "likeliest": [
            {"name": person.name, "email": person.email, "learner_id": person.learner_id}
            for person in one.likeliest
        ],
    }


@main.command("bounces", short_help="Put on record which mails came back.")
@click.argument("mailbox", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what the mailbox holds; put nothing on record.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def bounces_command(mailbox: Path, dry_run: bool, as_json: bool) -> None:
    """Put on record which mails came back: the message has failed, and the address is marked.

    MAILBOX is a Maildir or an mbox file; nothing in it is changed, and reading it again changes nothing.
    `certs status` and `certs find` show what was found.
    """
    with opened(locked=not dry_run) as (project, console, _):
        reports = returned.bounces(project, mailbox, act=not dry_run)
        if as_json:
            print_json(_bounces_object(reports))
        else:
            for one in reports:
                _show_report(console, one)
            console.print(", ".join(f"{count} {name}" for name, count in _counts(reports).items()))
    finish(any(one.meaning in (Meaning.BOUNCED, Meaning.FAILED) for one in reports))


def _counts(reports: list[Report]) -> dict[str, int]:
    return {meaning.value: sum(one.meaning is meaning for one in reports) for meaning in Meaning}


def _show_report(console: Console, one: Report) -> None:
    if one.meaning is Meaning.KNOWN:
        return
    address = one.message.email if one.message else one_line(one.returned.recipient) or "(no address)"
    console.print(f"{one.meaning}: {address}: {one_line(one.returned.words(address), 300)}", markup=False)
    if one.meaning in (Meaning.BOUNCED, Meaning.FAILED):
        said = " ".join(part for part in (one.returned.status, one.returned.diagnostic) if part)
        console.print(f"    {advice(said)}", markup=False)
    if one.meaning is Meaning.REQUEUED:
        console.print("    the address was corrected since; it waits for the one on record: certs send")
    elif one.meant:
        console.print(f"    perhaps {one_line(one.meant)} was meant", markup=False)
    if command := returned.correction(one):
        console.print(f"    {command}", markup=False)


def _bounces_object(reports: list[Report]) -> dict[str, object]:
    return {
        **_counts(reports),
        "reports": [
            {
                "email": one.message.email if one.message else one.returned.recipient,
                "name": one.name,
                "meaning": one.meaning.value,
                "action": one.returned.action,
                "status": one.returned.status,
                "diagnostic": one.returned.diagnostic,
                "perhaps": one.meant,
            }
            for one in reports
        ],
    }
