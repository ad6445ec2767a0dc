"""certs bounces: mail that came back, and what it means."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from pipeline.cli.context import opened
from pipeline.cli.output import exit_if_problems, print_json
from pipeline.rules.messages.delivery import advice
from pipeline.rules.messages.returned import Meaning
from pipeline.rules.text import one_line
from pipeline.workflow import returned
from pipeline.workflow.returned import Returned


@click.command()
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
    exit_if_problems(any(one.meaning in (Meaning.BOUNCED, Meaning.FAILED) for one in reports))


def _counts(reports: list[Returned]) -> dict[str, int]:
    return {meaning.value: sum(one.meaning is meaning for one in reports) for meaning in Meaning}


def _show_report(console: Console, one: Returned) -> None:
    if one.meaning is Meaning.KNOWN:
        return
    address = one.message.email if one.message else one_line(one.bounce.recipient, 120) or "(no address)"
    console.print(f"{one.meaning}: {address}: {one_line(one.bounce.words(address), 300)}", markup=False)
    if one.meaning in (Meaning.BOUNCED, Meaning.FAILED):
        said = " ".join(part for part in (one.bounce.status, one.bounce.diagnostic) if part)
        console.print(f"    {advice(said)}", markup=False)
    if one.meaning is Meaning.REQUEUED:
        console.print("    the address was corrected since; it waits for the one on record: certs send")
    elif one.meant:
        console.print(f"    perhaps {one_line(one.meant, 120)} was meant", markup=False)
    if command := returned.correction(one):
        console.print(f"    {command}", markup=False)


def _bounces_object(reports: list[Returned]) -> dict[str, object]:
    return {
        **_counts(reports),
        "reports": [
            {
                "email": one.message.email if one.message else one.bounce.recipient,
                "name": one.name,
                "meaning": one.meaning.value,
                "action": one.bounce.action,
                "status": one.bounce.status,
                "diagnostic": one.bounce.diagnostic,
                "perhaps": one.meant,
            }
            for one in reports
        ],
    }
