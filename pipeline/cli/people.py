"""certs resend, correct, rotate, hold, forget: what staff do for one person."""

from __future__ import annotations

from dataclasses import replace

import click

from pipeline.cli.context import opened
from pipeline.cli.options import REASON, WHO, WORKS, WORKS_OR_REASON
from pipeline.cli.output import exit_if_problems, show_problems
from pipeline.cli.sent import in_trouble, send_now
from pipeline.cli.terminal import confirmed
from pipeline.rules.text import counted
from pipeline.workflow import desk


@click.command()
@WHO
@click.option("--activity", help="Slug: only this activity's download is opened again.")
def resend_command(who: str, activity: str | None) -> None:
    """Mail the link again, only to the address on record; opens a closed download for REOPEN_DAYS.

    WHO is an address, a learner id or a certificate number.

    \b
    certs resend ana@example.org
    """
    with opened(locked=True) as (project, console, _):
        person, message = desk.resend(project, who, activity)
        console.print(f"The link of {person.name} goes to {person.email}.", markup=False)
        sent = send_now(project, console, [message])
    exit_if_problems(in_trouble(sent))


@click.command()
@WHO
@click.option("--name", help="The name as it shall stand on the certificates.")
@click.option("--credentials", help="The credentials as they shall stand; empty for none.")
@click.option("--email", help="The new address on record; the former one is told.")
@click.option("--learner-id", metavar="ID", help="The learner id by which files are to know the person.")
@click.option(
    "--mail", "tell", is_flag=True, help="Mail the person what was corrected; a new address gets the link."
)
@WORKS
@WORKS_OR_REASON
def correct_command(
    who: str,
    name: str | None,
    credentials: str | None,
    email: str | None,
    learner_id: str | None,
    tell: bool,
    works: bool,
    reason: str,
) -> None:
    """Correct a person: certificates re-issue under the same numbers, the link is kept.

    WHO is an address, a learner id or a certificate number.

    \b
    certs correct ana@example.org --name "Ana Alva-Lee" --reason "asked by mail"
    """
    change, wrong = desk.read_change(name, credentials, email, learner_id)
    for field, fault in wrong.items():
        raise click.BadParameter(fault, param_hint=f"--{field.replace('_', '-')}")
    change = replace(change, works=works)
    if change == desk.Change():
        raise click.UsageError(
            "Say what to correct: --name, --credentials, --email, --learner-id or --works."
        )
    with opened(locked=True) as (project, console, _):
        issued, messages = desk.correct(project, who, change, reason, tell)
        show_problems(console, issued.problems)
        if issued.corrected:
            console.print(f"{counted(issued.corrected, 'certificate')} corrected.")
        elif name is not None or credentials is not None:
            console.print("Nothing to correct: certificates state that already, or there are none yet.")
        sent = send_now(project, console, messages)
        if change.learner_id is not None:
            console.print(f"Files know the person as {change.learner_id} from now on.", markup=False)
        if email is not None:
            is_told = any(message.email == email for message in sent.messages)
            whom = desk.handle(project, desk.one_person(project, who))
            more = "" if is_told else f" To send the link there: certs resend {whom}"
            console.print(f"Mail goes to {email} from now on.{more}", markup=False)
        elif works:
            line = f"Mail goes to {who} again. What failed there: certs send --only failed"
            console.print(line, markup=False)
    exit_if_problems(bool(issued.problems) or in_trouble(sent))


@click.command()
@WHO
@REASON
def rotate_command(who: str, reason: str) -> None:
    """Give a person a new link; the old one dies, and the new one is mailed to the address on record."""
    with opened(locked=True) as (project, console, _):
        person, message = desk.rotate(project, who, reason)
        console.print(f"{person.name} has a new link; the old one is dead.", markup=False)
        sent = send_now(project, console, [message] if message else [])
    exit_if_problems(in_trouble(sent))


@click.command()
@WHO
@click.option("--release", is_flag=True, help="End the hold.")
@REASON
def hold_command(who: str, release: bool, reason: str) -> None:
    """Keep a person's record beyond six years until the hold is released."""
    with opened(locked=True) as (project, console, _):
        person = (desk.end_hold if release else desk.hold)(project, who, reason)
        console.print(f"{person.name} is {'released' if release else 'held'}.", markup=False)


@click.command()
@WHO
@REASON
@click.option("--yes", is_flag=True, help="Do it without asking.")
def forget_command(who: str, reason: str, yes: bool) -> None:
    """Erase a person on their request, before six years are over; later files do not bring them back."""

    def ask(person: str) -> bool:
        return yes or confirmed(f"Erase {person} and every certificate for good?")

    with opened(locked=True) as (project, console, _):
        gone = desk.forget(project, who, reason, ask)
        if gone is not None:
            deleted = counted(gone, "certificate was", "certificates were")
            console.print(f"Erased; {deleted} deleted." if gone else "Erased.")
