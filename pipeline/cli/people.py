"""certs resend, correct, rotate, hold, forget: what staff do for one person."""

from __future__ import annotations

import click
from rich.console import Console

from pipeline.cli.context import opened
from pipeline.cli.options import REASON, SHOWN_REASON, WHO
from pipeline.cli.output import finish, show_problems
from pipeline.intake import address_problem
from pipeline.rules.claims.names import clean_credentials, clean_name
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.text import counted
from pipeline.workflow import desk, send
from pipeline.workflow.project import Project

TROUBLE = (Fate.FAILED, Fate.UNKNOWN, Fate.QUEUED)  # of a mail that was to go out now


@click.command()
@WHO
@click.option("--activity", help="Slug: only this activity's download is opened again.")
def resend_command(who: str, activity: str | None) -> None:
    """Mail the link again, only to the address on record; opens a closed download for REOPEN_DAYS.

    WHO is an address, a learner id or a certificate number.
    """
    with opened(locked=True) as (project, console, _):
        person, message = desk.resend(project, who, activity)
        console.print(f"The link of {person.name} goes to {person.email}.", markup=False)
        trouble = _send_one(project, console, [message])
    finish(trouble)


@click.command()
@WHO
@click.option("--name", help="The name as it shall stand on the certificates.")
@click.option("--credentials", help="The credentials as they shall stand; empty for none.")
@click.option("--email", help="The new address on record; the former one is told.")
@click.option("--mail", "tell", is_flag=True, help="Mail the person that certificates were corrected.")
@SHOWN_REASON
def correct_command(
    who: str, name: str | None, credentials: str | None, email: str | None, tell: bool, reason: str
) -> None:
    """Correct a person: certificates re-issue under the same numbers, the link is kept.

    WHO is an address, a learner id or a certificate number.
    """
    change = desk.Change(
        _clean("--name", clean_name, name), _clean("--credentials", clean_credentials, credentials), email
    )
    if email is not None and (wrong := address_problem(email)):
        raise click.BadParameter(wrong, param_hint="--email")
    if change == desk.Change():
        raise click.UsageError("Say what to correct: --name, --credentials or --email.")
    with opened(locked=True) as (project, console, _):
        issued, messages = desk.correct(project, who, change, reason, tell)
        show_problems(console, issued.problems)
        console.print(f"{counted(issued.corrected, 'certificate')} corrected.")
        trouble = _send_one(project, console, messages)
        if email is not None:
            told = any(project.ledger.messages.get(one).email == email for one in messages)
            more = "" if told else f" To send the link there: certs resend {email}"
            console.print(f"Mail goes to {email} from now on.{more}", markup=False)
    finish(bool(issued.problems) or trouble)


def _clean(option: str, clean: object, text: str | None) -> str | None:
    if text is None or not callable(clean):
        return None
    cleaned, wrong = clean(text)
    if wrong:
        raise click.BadParameter("; ".join(wrong), param_hint=option)
    return str(cleaned)


@click.command()
@WHO
@REASON
def rotate_command(who: str, reason: str) -> None:
    """Give a person a new link; the old one dies, and the new one is mailed to the address on record."""
    with opened(locked=True) as (project, console, _):
        person, message = desk.rotate(project, who, reason)
        console.print(f"{person.name} has a new link; the old one is dead.", markup=False)
        trouble = _send_one(project, console, [message] if message else [])
    finish(trouble)


@click.command()
@WHO
@click.option("--release", is_flag=True, help="End the hold.")
@REASON
def hold_command(who: str, release: bool, reason: str) -> None:
    """Keep a person's record beyond six years until the hold is released."""
    with opened(locked=True) as (project, console, _):
        person = (desk.release if release else desk.hold)(project, who, reason)
        console.print(f"{person.name} is {'released' if release else 'held'}.", markup=False)


@click.command()
@WHO
@REASON
@click.option("--yes", is_flag=True, help="Do it without asking.")
def forget_command(who: str, reason: str, yes: bool) -> None:
    """Erase a person on their request, before six years are over; later files do not bring them back."""
    with opened(locked=True) as (project, console, _):
        person = desk.one_person(project, who)
        if not yes:
            click.confirm(
                f"Erase {person.name} <{person.email}> and every certificate for good?", abort=True, err=True
            )
        gone = counted(desk.forget(project, who, reason), "certificate was", "certificates were")
        console.print(f"Erased; {gone} deleted.")


def _send_one(project: Project, console: Console, messages: list[int]) -> bool:
    """Send these messages now, and say what became of each; whether one of them did not go out."""
    sent = send.send_these(project, messages)
    for message in sent:
        said = f": {message.response}" if message.response else ""
        console.print(f"mail to {message.email}: {message.state}{said}", markup=False)
    for line in send.held_lines(send.held(project, [one.id for one in sent])):
        console.print(line, markup=False)
    return any(message.state in TROUBLE for message in sent)
