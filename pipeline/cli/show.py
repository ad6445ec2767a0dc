"""Answers as people and scripts read them: reports in; tables, lines and JSON objects out."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import click
from rich.console import Console
from rich.table import Table

from pipeline.rules.certificates.activities import LABELS, Kind
from pipeline.rules.claims.claim import Problem
from pipeline.rules.messages.delivery import advice
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.text import counted
from pipeline.rules.web.pages import Entry
from pipeline.rules.web.wording import missing
from pipeline.workflow.check import Forecast
from pipeline.workflow.find import Person
from pipeline.workflow.outcome import Waiting
from pipeline.workflow.run import Report
from pipeline.workflow.send import Question, held_lines
from pipeline.workflow.status import Status

COUNTS = (
    "rows",
    "issued",
    "corrected",
    "replaced",
    "withheld",
    "unchanged",
    "set_aside",
    "expired",
    "purged",
)
FATES = ("queued", "sent", "deferred", "failed", "unknown")
SHOWN = 20  # problems listed one by one on a terminal; scripts read --json, staff the rejects file
TINTS = {"failed": "red", "unknown": "red", "set_aside": "yellow", "deferred": "yellow"}


def report_object(report: Report) -> dict[str, object]:
    """CONTRACT's JSON of `certs run`."""
    counts = {name: getattr(report, name) for name in (*COUNTS, *FATES)}
    return {
        **counts,
        "by_kind": dict(report.by_kind),
        "problems": problem_objects(report.problems),
        "cautions": report.cautions,
        "mismatches": list(report.mismatches),
    }


def forecast_object(found: Forecast) -> dict[str, object]:
    """CONTRACT's JSON of `certs check`."""
    by_kind = {kind.value: 0 for kind in Kind}
    what: Counter[str] = Counter()
    for _, kind, action, count in found.planned:
        what[action] += count
        if action in ("issue", "replace"):
            by_kind[kind] += count
    return {
        "rows": found.loaded.rows,
        "issued": what["issue"] + what["replace"],
        "corrected": what["correct"],
        "replaced": what["replace"],
        "withheld": found.withheld_certificates,
        "unchanged": found.unchanged,
        "set_aside": found.loaded.set_aside,
        "expired": found.loaded.expired,
        "purged": sum(one.certificates for one in found.due),
        "by_kind": by_kind,
        "problems": problem_objects(found.loaded.problems),
        "cautions": found.loaded.cautions.all(),
        "to_mail": found.told,
        "planned": [
            {"activity": activity, "kind": kind, "action": action, "certificates": count}
            for activity, kind, action, count in found.planned
        ],
        "withheld_by": [
            {"activity": activity, "kind": kind, "missing": list(names), "certificates": count}
            for (activity, kind, names), count in sorted(found.withheld.items())
        ],
        "set_aside_by_reason": [
            {"field": field, "reason": reason, "rows": count}
            for (field, reason), count in found.loaded.reasons.most_common()
        ],
        "past_retention": [
            {"activity": activity, "kind": kind.value, "certificates": count}
            for (activity, kind), count in sorted(found.loaded.past.items())
        ],
        "purged_by": [
            {"activity": due.activity, "activity_date": due.activity_date, "certificates": due.certificates}
            for due in found.due
        ],
    }


def problem_objects(problems: Iterable[Problem]) -> list[dict[str, object]]:
    return [{"file": one.file, "row": one.row, "field": one.field, "reason": one.reason} for one in problems]


def show_report(console: Console, report: Report) -> None:
    """The reconciliation as a short table, each exception named under it."""
    show_problems(console, report.problems)
    show_waiting(console, report.waiting)
    for path in report.rejects:
        console.print(f"Rows set aside are in {path}: mend them there, then give that file to certs run.")
    made = Table(title="Certificates", title_justify="left", show_header=False, box=None, padding=(0, 2))
    for name in COUNTS:
        made.add_row(name.replace("_", " "), _figure(name, getattr(report, name)))
        if name == "issued":
            for kind, count in report.by_kind.items():
                if count:
                    made.add_row(f"[dim]  {LABELS[Kind(kind)]}[/]", f"[dim]{count:,}[/]")
    console.print(made)
    mail = Table(title="Mail", title_justify="left", show_header=False, box=None, padding=(0, 2))
    for name in FATES:
        mail.add_row("waiting" if name == "queued" else name, _figure(name, getattr(report, name)))
        if name == "failed" and report.dropped:
            mail.add_row("[dim]  not sent: no longer due[/]", f"[dim]{len(report.dropped):,}[/]")
    console.print(mail)
    for line in unsent(report):
        console.print(line, markup=False)
    for mismatch in report.mismatches:
        console.print(f"[red]does not add up:[/] {mismatch}")
    if not report.mismatches:
        console.print("Everything adds up: certificates, files, links and messages agree.")


def unsent(report: Report) -> Iterator[str]:
    """What failed and what to do about it, why sending stopped, what waits and for what; a sentence each."""
    for one in report.refused[:SHOWN]:
        yield f"failed: {one.to}: {one.words}. {advice(one.words)}"
    if len(report.refused) > SHOWN:
        yield f"... and {len(report.refused) - SHOWN} more that failed: certs status --json lists all"
    if report.failed_before > 0:
        what = counted(
            report.failed_before,
            "message that failed earlier still needs",
            "messages that failed earlier still need",
        )
        yield f"{what} somebody: certs status says what to do"
    if report.unknown_before > 0:
        what = counted(report.unknown_before, "message")
        yield f"{what} of before may have been sent or not: certs status; else certs send --only unknown"
    if report.halted:
        yield f"Sending stopped: {report.halted}"
    yield from report.dropped[:SHOWN]
    if len(report.dropped) > SHOWN:
        yield f"... and {len(report.dropped) - SHOWN} more that are no longer due: see certs status"
    yield from held_lines(report.held)
    if report.put_off:
        what = counted(report.put_off, "message is", "messages are")
        when = f"the first at {report.next_due:%Y-%m-%d %H:%M %Z}" if report.next_due else "some at once"
        yield f"{what} to be tried again by certs send, {when}."
    free = report.queued - report.held_anew
    waiting = counted(free, "message waits", "messages wait")
    if report.waiting_unasked:
        only = f" --only {report.only}" if report.only else ""
        what = waiting if free > 0 and not only else "Messages to be tried again wait"
        yield f"{what}: nobody could be asked. To send: certs send{only} --yes"
    elif free > 0:
        yield f"{waiting}. To send: certs send"


def show_forecast(console: Console, found: Forecast) -> None:
    """By activity and kind what would be done, and every reason why something would not."""
    show_problems(console, found.loaded.problems, limit=None)
    table = Table(title="What a run would do", title_justify="left", box=None, padding=(0, 2))
    for name in ("activity", "kind", "what", "certificates"):
        table.add_column(name, justify="right" if name == "certificates" else "left")
    for activity, kind, action, count in found.planned:
        table.add_row(activity, LABELS[Kind(kind)], action, str(count))
    for (activity, kind, names), count in sorted(found.withheld.items()):
        table.add_row(activity, LABELS[Kind(kind)], f"withheld: {_missing(names)}", f"{count:,}")
    for (activity, past), count in sorted(found.loaded.past.items()):
        table.add_row(activity, past.label, "nothing: past retention", f"{count:,}")
    if table.row_count:
        console.print(table)
    else:
        console.print("Nothing to do.")
    show_waiting(console, found.waiting)
    loaded = found.loaded
    console.print(
        f"{counted(loaded.rows, 'row')}: {loaded.set_aside:,} set aside, "
        f"{counted(loaded.expired, 'certificate')} past retention; "
        f"{counted(found.unchanged, 'certificate')} unchanged."
    )
    _show_reasons(console, loaded.reasons)
    if found.told:
        console.print(f"{counted(found.told, 'person', 'people')} would be mailed:")
        for line in found.first_told:
            console.print(f"  {line}", markup=False)
        if found.told > len(found.first_told):
            console.print(f"  ... and {found.told - len(found.first_told):,} more")
    if found.waiting_mails:
        what = counted(found.waiting_mails, "message waits", "messages wait")
        console.print(f"{what} from before: certs send --dry-run lists them")
    for due in found.due:
        what = counted(due.certificates, "certificate")
        console.print(f"past retention, deleted by a run: {what} of {due.activity}")
    for caution in loaded.cautions.few():
        console.print(caution, markup=False)


def _show_reasons(console: Console, reasons: Counter[tuple[str, str]]) -> None:
    """How many rows are set aside for what, the most frequent first; a row may have several reasons."""
    for (field, reason), rows in reasons.most_common(SHOWN):
        console.print(f"set aside: {counted(rows, 'row')}: {field}: {reason}", markup=False)
    if len(reasons) > SHOWN:
        console.print(f"... and {counted(len(reasons) - SHOWN, 'more reason')}: all of them with --json")


def show_waiting(console: Console, waiting: Sequence[Waiting]) -> None:
    """Whose certificates are withheld, by activity and requirement."""
    for one in waiting:
        who = counted(one.people, "person", "people")
        console.print(f"withheld: {one.activity}: {_missing(one.missing)}: {who}", markup=False)
        for name in one.first:
            console.print(f"  {name}", markup=False)
        if one.people > len(one.first):
            console.print(f"  ... and {one.people - len(one.first):,} more")


def _missing(names: Iterable[str]) -> str:
    return " and ".join(missing(name) for name in names)


def show_problems(console: Console, problems: Sequence[Problem], limit: int | None = SHOWN) -> None:
    """Each as file:row: field: reason; beyond the limit only how many more."""
    for problem in problems[:limit]:
        console.print(str(problem), markup=False)
    if limit is not None and len(problems) > limit:
        console.print(f"... and {len(problems) - limit} more: all of them with --json, or certs check")


def show_question(console: Console, question: Question) -> None:
    """What waits, by activity, and one message as it will be sent."""
    for activity, occasion, count in question.waiting:
        about = f" about {activity}" if activity else ""
        console.print(f"{counted(count, 'message')} ({occasion}){about}", markup=False)
    console.rule("one of them", style="dim")
    console.print(question.sample, markup=False)
    console.rule(style="dim")


def person_object(person: Person, link: str | None) -> dict[str, object]:
    """CONTRACT's JSON of one person of `certs find`; the link only where it was asked for."""
    one = person.participant
    found: dict[str, object] = {
        "email": one.email,
        "name": one.name,
        "credentials": one.credentials,
        "learner_id": one.learner_id,
        "former_emails": list(person.former),
        "bounced": one.bounced,
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
    }


def show_person(console: Console, person: Person, link: str | None, zone: dt.tzinfo | None) -> None:
    """One person with certificates and what became of every message."""
    one = person.participant
    title = ", ".join(part for part in (one.name, one.credentials) if part)
    console.print(f"[bold]{_plain(title)}[/] <{_plain(one.email)}>")
    for label, text in (
        ("learner id", one.learner_id),
        ("also seen with", ", ".join(person.former)),
        ("address bounces", one.bounced),
        ("held", one.held),
        ("link", link or ""),
    ):
        if text:
            console.print(f"  {label}: {text}", markup=False)
    for entry in person.page.entries:
        facts = entry.facts
        console.print(
            f"  {facts.number}  {facts.kind.label}, {facts.title}: {entry.standing}"
            + (f" on {entry.changed_on}" if entry.changed_on else "")
            + (f" ({entry.reason})" if entry.reason else "")
            + (f" by {entry.replaced_by}" if entry.replaced_by else "")
            + f", issued {facts.issued_on}, kept until {facts.kept_until}",
            markup=False,
        )
    for waiting in person.page.withheld:
        console.print(
            f"  withheld: {waiting.kind.label}, {waiting.title}: {_missing(waiting.missing)}", markup=False
        )
    for message in person.messages:
        at = message.at.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
        line = f"  mail ({message.occasion}) to {message.email}: {message.state} {at}  {message.response}"
        if message.state is Fate.DEFERRED and message.due_at:
            line += f"; next try {message.due_at.astimezone(zone).strftime('%Y-%m-%d %H:%M %Z')}"
        console.print(line.rstrip(), markup=False)
    console.print()


def show_status(console: Console, found: Status) -> None:
    """Counts, what waits, what failed and why, what expires next."""
    table = Table(show_header=False, box=None, padding=(0, 2))
    for name, count in found.totals.items():
        table.add_row(name, f"{count:,}")
    for name, count in sorted(found.messages.items()):
        table.add_row(f"messages {name}", _figure(name, count))
        if name == "failed":
            table.add_row("[dim]  of these, nothing was told since[/]", f"[dim]{len(found.failed):,}[/]")
    for days, count in found.expiring.items():
        table.add_row(f"expire within {days} days", f"{count:,}")
    table.add_row("past retention, deleted by the next run", f"{found.due:,}")
    console.print(table)
    for activity, occasion, count in found.waiting:
        console.print(f"waiting: {counted(count, 'message')} ({occasion}) about {activity}", markup=False)
    for line in held_lines(found.held):
        console.print(line, markup=False)
    if found.next_due:
        console.print(f"next try of a message that was put off: {found.next_due:%Y-%m-%d %H:%M %Z}")
    for what, messages in (("failed", found.failed), ("unknown", found.unknown)):
        for message in messages[:SHOWN]:
            todo = f". {advice(message.response)}" if what == "failed" else ""
            console.print(f"{what}: {message.email}: {message.response}{todo}", markup=False)
        if len(messages) > SHOWN:
            console.print(f"... and {len(messages) - SHOWN:,} more {what}: certs status --json lists all")
    if found.failed:
        console.print("Wrong addresses: certs correct --email. The rest, once its cause is mended: ", end="")
        console.print("certs send --only failed")
    if found.unknown:
        console.print("The outcome of these is not known: certs send --only unknown sends them again.")
    for name, activity, reason in found.problems:
        console.print(f"not made: {activity}: {name}: {reason}", markup=False)


def status_object(found: Status) -> dict[str, object]:
    """JSON of `certs status`."""
    return {
        **found.totals,
        "messages": dict(found.messages),
        "waiting": [
            {"activity": activity, "kind": occasion, "messages": count}
            for activity, occasion, count in found.waiting
        ],
        "held": dict(found.held),
        "next_try": found.next_due.isoformat(timespec="seconds") if found.next_due else None,
        "failed": [
            {"email": one.email, "response": one.response, "advice": advice(one.response)}
            for one in found.failed
        ],
        "unknown": [{"email": one.email, "response": one.response} for one in found.unknown],
        "problems": [
            {"name": name, "activity": activity, "reason": reason}
            for name, activity, reason in found.problems
        ],
        "expiring": {str(days): count for days, count in found.expiring.items()},
        "past_retention": found.due,
    }


def _figure(name: str, count: int) -> str:
    tint = TINTS.get(name)
    return f"[{tint}]{count:,}[/]" if tint and count else f"{count:,}"


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def say(text: str) -> None:
    """Talk: to stderr, so that stdout is data alone."""
    click.echo(text, err=True)
