"""certs bounces: mail that came back, and what it means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import click
from rich.console import Console

from pipeline.cli.context import opened
from pipeline.cli.output import SHOWN, exit_if_problems, print_json
from pipeline.rules.messages.refusal_table import Cause
from pipeline.rules.messages.reports import Action
from pipeline.rules.messages.returned import Meaning
from pipeline.rules.text import counted, first_few, one_line
from pipeline.workflow import returned
from pipeline.workflow.returned import Heard, Puzzle, Returned

TROUBLE = (Meaning.BOUNCED, Meaning.FULL, Meaning.FAILED, Meaning.GUESSED)


@click.command()
@click.argument("mailbox")
@click.option("--dry-run", is_flag=True, help="Only say what the mailbox holds; put nothing on record.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def bounces_command(mailbox: str, dry_run: bool, as_json: bool) -> None:
    """Put on record which mails came back: the message has failed; an address that is dead is marked.

    MAILBOX is a Maildir, an mbox file, a folder of .eml files, or an IMAP folder as imaps://user@host/folder
    with its password in REQUESTS_PASSWORD. Nothing in it is changed, and reading it again changes nothing.
    What was refused for a reason of ours marks no address: once it is mended, certs send --only failed.
    `certs status` and `certs find` show what was found.
    """
    with opened(locked=not dry_run, reaches_out=False) as (project, console, _):
        heard = returned.bounces(project, mailbox, act=not dry_run)
        if as_json:
            print_json(_bounces_object(heard))
        else:
            _show(console, heard)
    exit_if_problems(bool(heard.puzzles) or any(one.meaning in TROUBLE for one in heard.reports))


def _counts(heard: Heard) -> dict[str, int]:
    found = Counter(one.meaning for one in heard.reports)
    return {meaning.value: found[meaning] for meaning in Meaning} | {"not_understood": len(heard.puzzles)}


def _show(console: Console, heard: Heard) -> None:
    strangers = Counter(id(one.mail) for one in heard.reports if one.meaning is Meaning.UNMATCHED)
    alike = Counter[tuple[str, str]]()  # reports, by what was done and what the refusal was about
    for one in heard.reports:
        if one.meaning is Meaning.KNOWN:
            continue
        if one.meaning is not Meaning.UNMATCHED:
            alike[one.meaning, one.bounce.refusal.cause] += 1
            if alike[one.meaning, one.bounce.refusal.cause] <= SHOWN:
                _show_report(console, one)
        elif (count := strangers.pop(id(one.mail), 0)) > 1:
            at_least = "at least " if one.mail.is_cut else ""
            first = one_line(one.bounce.recipient, 120) or "(no address)"
            what = f"unmatched: {at_least}{count:,} recipients of one report, the first {first}"
            console.print(what, markup=False)
        elif count:
            _show_report(console, one)
    for (meaning, cause), count in alike.items():
        if count > SHOWN:
            about = f", {cause}" if cause != Cause.UNKNOWN else ""
            console.print(f"... and {count - SHOWN:,} more {meaning}{about}: --json lists all")
    if heard.puzzles:
        what = counted(len(heard.puzzles), "mail not understood:", "mails not understood:")
        console.print(f"{what} somebody must read what these say")
        for line in first_few(list(map(_puzzle, heard.puzzles)), SHOWN, "    ... and {} more"):
            console.print(line, markup=False)
    figures = {name.replace("_", " "): count for name, count in _counts(heard).items()}
    said = ", ".join(f"{count:,} {name}" for name, count in figures.items() if count)
    console.print(said or "Nothing there came back.")


def _puzzle(one: Puzzle) -> str:
    sender, subject = one_line(one.mail.sender, 120), one_line(one.mail.subject, 160)
    about = f" (names {', '.join(person.email for person in one.about)})" if one.about else ""
    return f"    {sender or '(no sender)'}: {subject or '(no subject)'}{about}"


def _show_report(console: Console, one: Returned) -> None:
    address = one.message.email if one.message else one_line(one.bounce.recipient, 120) or "(no address)"
    words = one_line(one.bounce.words(address), 300)
    if one.meaning is Meaning.GUESSED and one.message:
        at = one.message.at.strftime("%Y-%m-%d")
        console.print(f"perhaps about the message to {address} of {at}: {words}", markup=False)
        console.print(
            "    the report names no message; nothing was changed. If it is true, see to it by hand"
        )
    else:
        console.print(f"{one.meaning}: {address}: {words}", markup=False)
    for line in _advice(one):
        console.print(f"    {line}", markup=False)


def _advice(one: Returned) -> Iterator[str]:
    if one.bounce.action is Action.FAILED and one.meaning in TROUBLE:
        yield f"{one.bounce.refusal.cause}. {one.bounce.refusal.mend}"
    if one.meaning is Meaning.REQUEUED:
        yield "the address was corrected since; it waits for the one on record: certs send"
    elif one.meant:
        yield f"perhaps {one_line(one.meant, 120)} was meant"
    if command := returned.correction(one):
        yield command


def _bounces_object(heard: Heard) -> dict[str, object]:
    return {
        **_counts(heard),
        "reports": [
            {
                "email": one.message.email if one.message else one.bounce.recipient,
                "name": one.name,
                "meaning": one.meaning.value,
                "cause": one.bounce.refusal.cause.value if one.bounce.action is Action.FAILED else "",
                "action": one.bounce.action,
                "status": one.bounce.status,
                "diagnostic": one.bounce.diagnostic,
                "perhaps": one.meant,
            }
            for one in heard.reports
        ],
        "puzzles": [
            {
                "from": one.mail.sender,
                "subject": one_line(one.mail.subject, 160),
                "about": [person.email for person in one.about],
            }
            for one in heard.puzzles
        ],
    }
