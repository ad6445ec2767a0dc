"""certs find: people with their certificates and messages, as lines or JSON."""

from __future__ import annotations

import click
from rich.console import Console

from pipeline.cli.context import opened
from pipeline.cli.output import print_json, requirements
from pipeline.errors import CertsError
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.web.pages import Entry
from pipeline.workflow.find import FOUND, Person, find, reveal_link
from pipeline.workflow.mail_settings import outbox_name
from pipeline.workflow.project import Project


@click.command()
@click.argument("text")
@click.option("--show-link", is_flag=True, help="Show the private links too; that is written down.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list on stdout.")
def find_command(text: str, show_link: bool, as_json: bool) -> None:
    """People by address (old or new), part or misspelling of a name, learner id, certificate number.

    \b
    certs find alva
    certs find ana@example.org
    """
    if not text.strip():
        raise click.UsageError("TEXT is empty: say whom to look for.")
    with opened(locked=show_link, reaches_out=False) as (project, console, terminal):
        people = find(project, text)
        if len(people) == FOUND:
            terminal.step(f"These are the {FOUND} likeliest; say more to see fewer.")
        links = {one.participant.id: reveal_link(project, one.participant) for one in people if show_link}
        if as_json:
            print_json([person_object(one, links.get(one.participant.id)) for one in people])
        else:
            for one in people:
                show_person(console, project, one, links.get(one.participant.id))
    if not people and not as_json:
        raise CertsError(
            f'Nobody fits "{text}".',
            "Try a shorter part of the name, or another address. A certificate number must be given whole.",
        )


def show_person(console: Console, project: Project, person: Person, link: str | None) -> None:
    """One person with certificates and what became of every message."""
    one, zone = person.participant, project.now.tzinfo
    title = ", ".join(part for part in (one.name, one.credentials) if part)
    console.print(f"[bold]{_plain(title)}[/] <{_plain(one.email)}>")
    for label, text in (
        ("learner id", one.learner_id),
        ("also seen with", ", ".join(person.former)),
        ("address bounces", one.mark.shown() if one.mark else ""),
        ("held", one.held),
        ("link", link or ""),
    ):
        if text:
            console.print(f"  {label}: {text}", markup=False)
    for entry in person.page.entries:
        facts = entry.facts
        console.print(
            f"  {facts.number}  {facts.kind.label}, {facts.title} ({facts.activity}): {entry.standing}"
            + (f" on {entry.changed_on}" if entry.changed_on else "")
            + (f" ({entry.reason})" if entry.reason else "")
            + (f" by {entry.replaced_by}" if entry.replaced_by else "")
            + f", issued {facts.issued_on}, kept until {facts.kept_until}",
            markup=False,
        )
        for report in entry.reports:
            why = f": {report.refusal.words}" if report.refusal else ""
            ended = f", taken back {report.ended_on}" if report.ended_on else ""
            said = f"{report.board}: reported {report.reported_on}{ended}, {report.state}{why}"
            console.print(f"    {said.removesuffix(', reported')}", markup=False)
    for waiting in person.page.withheld:
        console.print(
            f"  withheld: {waiting.kind.label}, {waiting.title} ({waiting.activity}): "
            + requirements(waiting.missing),
            markup=False,
        )
    for message in person.messages:
        at = message.at.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
        state = f"{message.state} {at}  {message.response}"
        if message.in_folder:
            state = f"written to the folder {outbox_name(project)}, not sent, {at}"
        line = f"  mail ({message.occasion}) to {message.email}: {state}"
        if message.state is Fate.DEFERRED and message.due_at:
            line += f"; next try {message.due_at.astimezone(zone).strftime('%Y-%m-%d %H:%M %Z')}"
        console.print(line.rstrip(), markup=False)
    console.print()


def person_object(person: Person, link: str | None) -> dict[str, object]:
    """One person as `certs find --json` prints them; the link only where it was asked for."""
    one = person.participant
    found: dict[str, object] = {
        "email": one.email,
        "name": one.name,
        "credentials": one.credentials,
        "learner_id": one.learner_id,
        "former_emails": list(person.former),
        "bounced": one.bounced,
        "bounced_kind": one.bounced_kind,
        "bounced_on": one.bounced_on,
        "bounced_until": one.bounced_until,
        "held": one.held,
        "certificates": [_certificate_object(entry) for entry in person.page.entries],
        "withheld": [
            {"kind": one.kind.value, "activity": one.activity, "missing": list(one.missing)}
            for one in person.page.withheld
        ],
        "messages": [
            {
                "kind": message.occasion.value,
                "state": message.state.value,
                "at": message.at.isoformat(timespec="seconds"),
                "response": message.response,
                "in_folder": message.in_folder,
                "to": message.email,
                "attempts": message.attempt,
                "next_try": message.due_at.isoformat(timespec="seconds") if message.due_at else None,
            }
            for message in person.messages
        ],
    }
    return {**found, "link": link} if link else found


def _certificate_object(entry: Entry) -> dict[str, object]:
    facts = entry.facts
    return {
        "number": facts.number,
        "kind": facts.kind.value,
        "activity": facts.activity,
        "issued_on": facts.issued_on.isoformat(),
        "standing": entry.standing.value,
        "kept_until": facts.kept_until.isoformat(),
        "pdf_sha256": entry.digests[-1],
        "download_until": entry.download_until.isoformat() if entry.download_until else None,
        "changed_on": entry.changed_on.isoformat() if entry.changed_on else None,
        "reason": entry.reason,
        "replaced_by": entry.replaced_by,
        "reports": [
            {
                "board": one.board,
                "reported_on": one.reported_on.isoformat(),
                "state": one.state.value,
                "reason": one.refusal.value if one.refusal else "",
                "taken_back_on": one.ended_on.isoformat() if one.ended_on else None,
            }
            for one in entry.reports
        ],
    }


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
