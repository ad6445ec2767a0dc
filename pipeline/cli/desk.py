"""The commands of the help desk: find, resend, correct, rotate, withdraw, reinstate, hold, forget."""

from __future__ import annotations

import click
from rich.console import Console

from pipeline.cli import finish, main, opened, print_json, show
from pipeline.errors import CertsError
from pipeline.intake import address_problem
from pipeline.rules.claims.names import clean_credentials, clean_name
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.text import counted
from pipeline.workflow import desk, find, send
from pipeline.workflow.project import Project

WHO = click.argument("who")


def _not_blank(_context: click.Context, _option: click.Parameter, text: str) -> str:
    if not text.strip():
        raise click.BadParameter("say why: it must not be empty.")
    return " ".join(text.split())


REASON = click.option(
    "--reason", required=True, callback=_not_blank, help="Why; kept in the audit trail, shown to nobody else."
)
SHOWN_REASON = click.option(
    "--reason",
    required=True,
    callback=_not_blank,
    help="Why, in words for the holder: it stands on their page and on the public verification page.",
)
TROUBLE = (Fate.FAILED, Fate.UNKNOWN, Fate.QUEUED)  # of a mail that was to go out now


@main.command("find", short_help="Find people by address, name, learner id or number.")
@click.argument("text")
@click.option("--show-link", is_flag=True, help="Show the private links too; that is written down.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list on stdout.")
def find_command(text: str, show_link: bool, as_json: bool) -> None:
    """People by address (old or new), part or misspelling of a name, learner id, certificate number."""
    with opened(locked=show_link) as (project, console, terminal):
        people = find.find(project, text)
        if len(people) == find.FOUND:
            terminal.step(f"These are the {find.FOUND} likeliest; say more to see fewer.")
        links = {one.participant.id: desk.show_link(project, one.participant) for one in people if show_link}
        if as_json:
            print_json([show.person_object(one, links.get(one.participant.id)) for one in people])
        else:
            for one in people:
                show.show_person(console, one, links.get(one.participant.id), project.now.tzinfo)
    if not people and not as_json:
        raise CertsError(f'Nobody fits "{text}".', "Try a shorter part of the name, or another address.")


@main.command(short_help="Mail the link again, only to the address on record.")
@WHO
@click.option("--activity", help="Slug: only this activity's download is opened again.")
def resend(who: str, activity: str | None) -> None:
    """Mail the link again, only to the address on record; opens a closed download for REOPEN_DAYS.

    WHO is an address, a learner id or a certificate number.
    """
    with opened(locked=True) as (project, console, _):
        person, message = desk.resend(project, who, activity)
        console.print(f"The link of {person.name} goes to {person.email}.", markup=False)
        trouble = _send_one(project, console, [message])
    finish(trouble)


@main.command(short_help="Correct a name, credentials or address; numbers and link stay.")
@WHO
@click.option("--name", help="The name as it shall stand on the certificates.")
@click.option("--credentials", help="The credentials as they shall stand; empty for none.")
@click.option("--email", help="The new address on record; the former one is told.")
@click.option("--mail", "tell", is_flag=True, help="Mail the person that certificates were corrected.")
@SHOWN_REASON
def correct(
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
        show.show_problems(console, issued.problems)
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


@main.command(short_help="Give a person a new link; the old one dies.")
@WHO
@REASON
def rotate(who: str, reason: str) -> None:
    """Give a person a new link; the old one dies, and the new one is mailed to the address on record."""
    with opened(locked=True) as (project, console, _):
        person, message = desk.rotate(project, who, reason)
        console.print(f"{person.name} has a new link; the old one is dead.", markup=False)
        trouble = _send_one(project, console, [message] if message else [])
    finish(trouble)


@main.command(short_help="Withdraw a certificate: its pages say so, and why.")
@click.argument("number")
@SHOWN_REASON
def withdraw(number: str, reason: str) -> None:
    """Withdraw a certificate: the file goes; the holder's page and the verification page say so, and why."""
    with opened(locked=True) as (project, console, _):
        console.print(f"{desk.withdraw(project, number, reason)} is withdrawn.")


@main.command()
@click.argument("number")
@REASON
def reinstate(number: str, reason: str) -> None:
    """Make a withdrawn certificate valid again."""
    with opened(locked=True) as (project, console, _):
        console.print(f"{desk.reinstate(project, number, reason)} is valid again.")


@main.command(short_help="Keep a person's record beyond the six years.")
@WHO
@click.option("--release", is_flag=True, help="End the hold.")
@REASON
def hold(who: str, release: bool, reason: str) -> None:
    """Keep a person's record beyond six years until the hold is released."""
    with opened(locked=True) as (project, console, _):
        person = (desk.release if release else desk.hold)(project, who, reason)
        console.print(f"{person.name} is {'released' if release else 'held'}.", markup=False)


@main.command(short_help="Erase a person on their request, before the six years.")
@WHO
@REASON
@click.option("--yes", is_flag=True, help="Do it without asking.")
def forget(who: str, reason: str, yes: bool) -> None:
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
