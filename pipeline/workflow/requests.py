"""Mail that asks for the link, answered to the address on record only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path

from pipeline.errors import CertsError
from pipeline.inbox import ImapBox, Mailbox, MaildirBox
from pipeline.ledger import Message, Participant
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.messages.requests import (
    Decision,
    Holder,
    Known,
    Mail,
    Outcome,
    decide,
    event_of,
    one_line,
)
from pipeline.settings import Settings
from pipeline.workflow.desk import queue_link, refresh
from pipeline.workflow.outgoing import LIVE
from pipeline.workflow.project import Project
from pipeline.workflow.send import send_these

LIKELIEST = 3  # people shown beside a mail that takes a person


@dataclass(frozen=True)
class Placed:
    """One mail, what becomes of it, and whom it may concern."""

    mail: Mail
    decision: Decision
    likeliest: tuple[Participant, ...] = ()
    message: int | None = None  # the answer, once it is queued


@dataclass
class Requests:
    """What a reading of the mailbox came to."""

    placed: list[Placed] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)  # answers, with what became of them

    @property
    def counts(self) -> dict[Outcome, int]:
        found = Counter(one.decision.outcome for one in self.placed)
        return {outcome: found[outcome] for outcome in Outcome}


def open_mailbox(settings: Settings, where: str) -> Mailbox:
    """The Maildir at a path, or the folder at an imaps:// address. Raises MailError."""
    if re.match(r"[a-z]+://", where, re.IGNORECASE):
        return ImapBox(where, settings.requests_password)
    return MaildirBox(Path(where))


def requests(project: Project, mailbox: Mailbox, act: bool) -> Requests:
    """Answer the requests in a mailbox that can be answered; without `act` only say what would be done.

    An answer is on record, under the digest of the mail it answers, before that mail is filed: a run that is
    killed anywhere and run again files what was answered, and answers nobody twice. All pages are live
    before the first answer leaves.
    """
    found = Requests()
    answered: set[int] = set()
    served: set[int] = set()  # within this reading; with `act` the ledger says the same
    for mail in mailbox.unread():
        known = _known(project, mail, served)
        decision = decide(mail, _ours(project), known)
        message = None
        if decision.outcome in (Outcome.ANSWER, Outcome.ANSWERED) and decision.holder is not None:
            if decision.outcome is Outcome.ANSWER:
                served.add(decision.holder.id)
            if act:
                message = _answer(project, mail, decision.holder)
                answered.add(decision.holder.id)
                mailbox.file(mail)
        likeliest = _likeliest(project, mail) if decision.outcome is Outcome.STAYS else ()
        found.placed.append(Placed(mail, decision, likeliest, message))
    if queued := [one.message for one in found.placed if one.message is not None]:
        refresh(project, sorted(answered))
        found.messages = send_these(project, queued)
    if queued:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in found.counts.items())
        with project.ledger.transaction():
            project.ledger.audit.write(project.at, project.actor, "requests", counts)
    return found


def _ours(project: Project) -> tuple[str, ...]:
    settings = project.settings
    return tuple(parseaddr(one)[1] for one in (settings.mail_from, settings.mail_reply_to) if one)


def _known(project: Project, mail: Mail, served: set[int]) -> Known:
    """What the ledger says of a mail. Whoever was seen with the address counts, now or before."""
    ledger = project.ledger
    people = ledger.people.by_address(mail.sender) if mail.sender else []
    holders = tuple(Holder(one.id, one.name, one.email) for one in people)
    if len(holders) != 1:
        return Known(holders)
    one = holders[0]
    entries = ledger.pages.entries(one.id, project.today)
    return Known(
        holders,
        in_doubt=ledger.messages.in_doubt(one.id),
        certificates=sum(entry.standing in LIVE for entry in entries),
        answered=ledger.messages.telling(one.id, event_of(mail.digest)) is not None,
        resent_today=one.id in served or ledger.messages.resent_since(one.id, project.midnight) > 0,
        answers_ours=any(_is_ours(project, found) for found in _answered_ids(mail)),
    )


def _answered_ids(mail: Mail) -> Iterator[str]:
    for name in ("in-reply-to", "references"):
        for value in mail.headers.get(name, ()):
            yield from re.findall(r"<([^<>\s]{1,250})>", value[:5000])


def _is_ours(project: Project, message_id: str) -> bool:
    """On record, or of the form that all of ours have: those of deleted messages are not on record."""
    domain = project.new_message_id().partition("@")[2]
    ours = re.fullmatch(r"[0-9a-f]{32}@" + re.escape(domain), message_id, re.IGNORECASE)
    return ours is not None or project.ledger.messages.by_message_id(message_id) is not None


def _answer(project: Project, mail: Mail, holder: Holder) -> int | None:
    """The answer waits, and the deed is on record; None where it was sent before."""
    ledger = project.ledger
    told = ledger.messages.telling(holder.id, event_of(mail.digest))
    if told is not None:
        return told if ledger.messages.get(told).state is Fate.QUEUED else None
    person = ledger.people.get(holder.id)
    with ledger.transaction():
        message = queue_link(project, person, None, event_of(mail.digest))
        ledger.audit.write(project.at, project.actor, "request", f"link to {person.email}", person.id)
    return message


def _likeliest(project: Project, mail: Mail) -> tuple[Participant, ...]:
    """The people a mail may come from: by its address, else by the name beside it, else by its subject."""
    search = project.ledger.search
    name = mail.senders[0][0] if mail.senders else ""
    found: dict[int, Participant] = {}
    for text in (mail.sender, name):
        for one in search.people(one_line(text), None, LIKELIEST) if text.strip() else ():
            found.setdefault(one.id, one)
    return tuple(found.values())[:LIKELIEST]


def check_mailbox_apart(settings: Settings, where: str) -> None:
    """The outbox holds what we sent: read as requests, it would be answered. Raises CertsError."""
    outbox = (settings.data_dir / "outbox").resolve()
    if "://" not in where and Path(where).resolve() == outbox:
        raise CertsError("That is the outbox, where our own mail lies.", "Name the mailbox of education@.")
