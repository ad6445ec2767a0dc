"""certs find: people with their certificates and messages, as lines or JSON."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import click
from rich.console import Console

from pipeline.cli.context import opened
from pipeline.cli.output import amount, print_json, requirements, show_lines
from pipeline.errors import CertsError
from pipeline.rules.certificates.sums import Sums, sums
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.page_state import PageState
from pipeline.rules.text import counted
from pipeline.rules.web.pages import Entry
from pipeline.workflow.find import FOUND, Person, find, reveal_link
from pipeline.workflow.mail_settings import outbox_name
from pipeline.workflow.project import Project

NEWEST_MESSAGES = 8  # shown of one person
PAGE_WORDS = {  # the last build's, by what is on record
    PageState.NONE: "none yet",
    PageState.BEHIND: "not built since something changed: certs build",
    PageState.BUILT: "built; no web host is set (PUBLISH_TO), so whether it is live is not known",
    PageState.UNPROVED: "built, not proved to be live: certs publish",
    PageState.LIVE: "live; that was proved",
}


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
    """One person on one screen: what they have and what is withheld, their page, and what became of mail."""
    one = person.participant
    title = ", ".join(part for part in (one.name, one.credentials) if part)
    console.print(f"[bold]{_plain(title)}[/] <{_plain(one.email)}>")
    doubt = "a newer file shows it with somebody else; no link goes there" if person.is_in_doubt else ""
    for label, text in (
        ("learner id", one.learner_id),
        *(("another record", str(each)) for each in person.merged),
        ("also seen with", ", ".join(person.former)),
        ("address in doubt", doubt),
        ("address bounces", one.mark.shown() if one.mark else ""),
        ("held", one.held),
        ("credits", "; ".join(person.sums.lines())),
        ("page", PAGE_WORDS[person.page_state]),
        ("link", link or ""),
    ):
        if text:
            console.print(f"  {label}: {text}", markup=False)
    for entry in person.page.entries:
        show_lines(console, _certificate_lines(entry))
    for waiting in person.page.withheld:
        what = f"{waiting.kind.label}, {waiting.title} ({waiting.activity})"
        console.print(f"  withheld: {what}: {requirements(waiting.missing)}", markup=False)
    show_lines(console, _message_lines(project, person))
    console.print()


def _certificate_lines(entry: Entry) -> Iterator[str]:
    """A certificate with its credit and standing; what boards were told of it."""
    facts = entry.facts
    yield (
        f"  {facts.number}  {facts.kind.label}, {facts.title} ({facts.activity}): {entry.standing}"
        + (f" on {entry.changed_on}" if entry.changed_on else "")
        + (f" ({entry.reason})" if entry.reason else "")
        + (f" by {entry.replaced_by}" if entry.replaced_by else "")
        + f", issued {facts.issued_on}, kept until {facts.kept_until}"
    )
    if credit := sums([facts]).lines():
        yield f"    {'; '.join(credit)}"
    for report in entry.reports:
        why = f": {report.refusal.words}" if report.refusal else ""
        ended = f", taken back {report.ended_on}" if report.ended_on else ""
        said = f"{report.board}: reported {report.reported_on}{ended}, {report.state}{why}"
        yield f"    {said.removesuffix(', reported')}"


def _message_lines(project: Project, person: Person) -> Iterator[str]:
    """What became of each of the newest messages."""
    zone = project.now.tzinfo
    if (earlier := len(person.messages) - NEWEST_MESSAGES) > 0:
        yield f"  {counted(earlier, 'earlier mail')}: certs find --json lists all"
    for message in person.messages[-NEWEST_MESSAGES:]:
        at = message.at.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
        state = f"{message.state} {at}  {message.response}"
        if message.in_folder:
            state = f"written to the folder {outbox_name(project)}, not sent, {at}"
        line = f"  mail ({message.occasion}) to {message.email}: {state}"
        if message.state is Fate.DEFERRED and message.due_at:
            line += f"; next try {message.due_at.astimezone(zone).strftime('%Y-%m-%d %H:%M %Z')}"
        yield line.rstrip()
    if not person.messages:
        yield "  no mail was sent, and none waits"


def person_object(person: Person, link: str | None) -> dict[str, object]:
    """One person as `certs find --json` prints them; the link only where it was asked for."""
    one = person.participant
    found: dict[str, object] = {
        "email": one.email,
        "name": one.name,
        "credentials": one.credentials,
        "learner_id": one.learner_id,
        "former_emails": list(person.former),
        "merged": [
            {
                "name": each.name,
                "learner_id": each.learner_id,
                "merged_on": each.merged_on.isoformat(),
            }
            for each in person.merged
        ],
        "bounced": one.bounced,
        "bounced_kind": one.bounced_kind,
        "bounced_on": one.bounced_on,
        "bounced_until": one.bounced_until,
        "in_doubt": person.is_in_doubt,
        "held": one.held,
        "credits": _sums_object(person.sums),
        "page": person.page_state.value,
        "certificates": [_certificate_object(entry) for entry in person.page.entries],
        "withheld": [
            {
                "kind": waiting.kind.value,
                "activity": waiting.activity,
                "missing": list(waiting.missing),
                "reason": requirements(waiting.missing),
            }
            for waiting in person.page.withheld
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


def _sums_object(found: Sums) -> dict[str, object]:
    """Credits and points of the certificates that count; of ABIM points those of each type, too."""
    return {
        "cme": amount(found.cme),
        "abim": amount(sum((points for _, points in found.abim), Decimal(0))),
        "abim_by_type": {type_: amount(points) for type_, points in found.abim},
        "abp": amount(found.abp),
        "certificates": found.certificates,
    }


def _certificate_object(entry: Entry) -> dict[str, object]:
    facts = entry.facts
    return {
        "number": facts.number,
        "kind": facts.kind.value,
        "activity": facts.activity,
        "title": facts.title,
        "cme": amount(facts.cme),
        "abim": amount(facts.abim),
        "abp": amount(facts.abp),
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
