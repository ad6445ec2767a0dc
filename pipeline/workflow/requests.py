"""Mail that asks for the link, answered to the address on record only."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import parseaddr
from pathlib import Path

from pipeline.errors import CertsError
from pipeline.inbox import ImapBox, Mailbox, MaildirBox, is_imap
from pipeline.ledger import Message, Participant
from pipeline.rules.messages.asking import words_of
from pipeline.rules.messages.automatic import Mail
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.messages.requests import MOST_ANSWERS, Decision, Holder, OnRecord, Outcome, decide
from pipeline.rules.text import one_line
from pipeline.settings import Settings
from pipeline.workflow.desk import one_person, queue_link
from pipeline.workflow.project import Project
from pipeline.workflow.release import release
from pipeline.workflow.send import send_these

AskMore = Callable[[int], bool]  # whether to answer so many more than usually come at once
HOUR = dt.timedelta(hours=1)
LIKELIEST = 3  # people shown beside a mail that takes a person


@dataclass(frozen=True)
class Placed:
    """One mail, what becomes of it, and whom it may concern."""

    mail: Mail
    decision: Decision
    likeliest: tuple[Participant, ...] = ()


@dataclass(frozen=True)
class Requests:
    """What a reading of the mailbox came to."""

    placed: tuple[Placed, ...]
    messages: tuple[Message, ...] = ()  # answers, with what became of them

    @property
    def counts(self) -> dict[Outcome, int]:
        found = Counter(one.decision.outcome for one in self.placed)
        return {outcome: found[outcome] for outcome in Outcome}


def open_mailbox(settings: Settings, where: str = "") -> Mailbox:
    """The Maildir at a path, or the folder at an imaps:// address; without one REQUESTS_MAILBOX.

    Raises MailError, and CertsError for our own outbox.
    """
    where = where or settings.requests_mailbox
    if not where:
        raise CertsError("No mailbox is named.", "Name it, or set REQUESTS_MAILBOX in .env.")
    check_mailbox_apart(settings, where)
    if is_imap(where):
        return ImapBox(where, settings.requests_password)
    return MaildirBox(Path(where))


def requests(
    project: Project, mailbox: Mailbox, act: bool, most: int = MOST_ANSWERS, ask: AskMore = lambda _: False
) -> Requests:
    """Answer the requests in a mailbox that can be answered; without `act` only say what would be done.

    `most`: answers within an hour, those of runs before counted, until somebody is asked; `ask`: whether to
    answer the others, too.

    An answer is on record, under the digest of the mail it answers, before that mail is filed: whatever is
    killed and run again, nobody is answered twice. All pages are live before the first answer leaves.
    """
    placed: list[Placed] = []
    served: set[int] = set()  # who is answered by this reading; with `act` the ledger says the same
    queued: dict[int, int] = {}  # the answers that wait, and whose they are
    before = project.ledger.messages.answers_since(project.now - HOUR)
    for mail in mailbox.unread():
        record = _on_record(project, mail, served)
        decision = decide(mail, _ours(project), record, project.settings.authserv_id)
        if decision.holder is not None and decision.outcome is Outcome.ANSWER:
            served.add(decision.holder.id)
            if before + len(served) > most:
                reason = f"more than {most} within an hour"
                decision = replace(decision, outcome=Outcome.WAITS, reason=reason)
        if act:
            queued |= _deal_with(project, mailbox, mail, decision)
        likeliest = _likeliest(project, mail) if decision.outcome is Outcome.STAYS else ()
        placed.append(Placed(mail, decision, likeliest))
    waiting = [at for at, one in enumerate(placed) if one.decision.outcome is Outcome.WAITS]
    if act and waiting and ask(len(waiting)):
        for at in waiting:
            mail, decision = placed[at].mail, replace(placed[at].decision, outcome=Outcome.ANSWER)
            placed[at] = Placed(mail, decision)
            queued |= _deal_with(project, mailbox, mail, decision)
    if not queued:
        return Requests(tuple(placed))
    release(project, sorted(set(queued.values())))
    found = Requests(tuple(placed), tuple(send_these(project, [*queued]).messages))
    counts = ", ".join(f"{count} {outcome}" for outcome, count in found.counts.items())
    with project.ledger.transaction():
        project.on_record("requests", counts)
    return found


def answer_by_hand(
    project: Project, mailbox: Mailbox, ref: str, who: str
) -> tuple[Participant, Message | None]:
    """Staff say whose mail this is, which took a person: their link goes to the address on record, and the
    mail is filed. The person, and the answer with what became of it; None where it was sent before.

    Raises CertsError for nobody, several people, or a mail that does not wait any more.
    """
    mail, person = _waiting(mailbox, ref), one_person(project, who)
    message = _answer(project, mail, Holder(person.id, person.name, person.email))
    mailbox.file(mail)
    if message is None:
        return person, None
    release(project, [person.id])
    return person, send_these(project, [message]).messages[0]


def file_as_seen(project: Project, mailbox: Mailbox, ref: str) -> Mail:
    """A person has dealt with this mail in another way: it waits no longer, and its sender is told nothing.

    Raises CertsError for a mail that does not wait any more.
    """
    mail = _waiting(mailbox, ref)
    mailbox.file(mail, is_answered=False)
    with project.ledger.transaction():
        project.on_record("request", f"seen: a mail of {one_line(mail.sender, 120) or 'no sender'}")
    return mail


def _waiting(mailbox: Mailbox, ref: str) -> Mail:
    for mail in mailbox.unread():
        if mail.ref == ref:
            return mail
    raise CertsError(
        f'No mail "{one_line(ref, 120)}" waits in the mailbox any more.',
        "See what waits: certs requests --json, without --yes.",
    )


def _deal_with(project: Project, mailbox: Mailbox, mail: Mail, decision: Decision) -> dict[int, int]:
    """Answer the mail if it is to be answered, and file it; the answer that now waits, and whose it is."""
    holder = decision.holder
    if holder is None or decision.outcome not in (Outcome.ANSWER, Outcome.ANSWERED):
        return {}
    message = _answer(project, mail, holder)
    mailbox.file(mail)
    return {} if message is None else {message: holder.id}


def _ours(project: Project) -> tuple[str, ...]:
    settings = project.settings
    return tuple(parseaddr(one)[1] for one in (settings.mail_from, settings.mail_reply_to) if one)


def _on_record(project: Project, mail: Mail, served: set[int]) -> OnRecord:
    """What the ledger says of a mail. Whoever was seen with the address counts, now or before."""
    ledger = project.ledger
    people = ledger.people.by_address(mail.sender) if mail.sender else []
    holders = tuple(Holder(one.id, one.name, one.email) for one in people)
    if len(holders) != 1:
        return OnRecord(holders)
    one = holders[0]
    entries = ledger.pages.entries(one.id, project.today)
    return OnRecord(
        holders,
        in_doubt=bool(ledger.people.in_doubt([one.id])),
        certificates=sum(entry.standing.is_live for entry in entries)
        + len(ledger.advice.claims_of(one.id, None)),
        answered=ledger.mentions.answering(one.id, mail.digest) is not None,
        resent_today=one.id in served or ledger.messages.resent_since(one.id, project.midnight) > 0,
        words=_words(project, mail, one),
        answers_ours=any(project.is_our_id(found) for found in mail.ids("in-reply-to", "references")),
    )


def _words(project: Project, mail: Mail, holder: Holder) -> frozenset[str]:
    """The words of the writer's names, and of what the college's activities are called."""
    names = [holder.name, *(name for name, _ in mail.senders)]
    titles = [f"{one.title} {one.location} {one.slug}" for one in project.catalog.values()]
    return frozenset(words_of(" ".join([*names, *titles])))


def _answer(project: Project, mail: Mail, holder: Holder) -> int | None:
    """The answer waits, and the deed is on record; None where it was sent before."""
    ledger = project.ledger
    told = ledger.mentions.answering(holder.id, mail.digest)
    if told is not None:
        return told if ledger.messages.get(told).state is Fate.QUEUED else None
    person = ledger.people.get(holder.id)
    with ledger.transaction():
        message = queue_link(project, person, None, mail.digest)
        project.on_record("request", f"link to {person.email}", person.id)
    return message


def _likeliest(project: Project, mail: Mail) -> tuple[Participant, ...]:
    """The people a mail may come from: by its address, else by the name beside it, else by its subject."""
    search = project.ledger.search
    name = mail.senders[0][0] if mail.senders else ""
    found: dict[int, Participant] = {}
    for text in (mail.sender, name):
        for one in search.people(one_line(text, 120), None, LIKELIEST) if text.strip() else ():
            found.setdefault(one.id, one)
    return tuple(found.values())[:LIKELIEST]


def check_mailbox_apart(settings: Settings, where: str) -> None:
    """The outbox holds what we sent: read as requests, it would be answered. Raises CertsError."""
    outbox = (settings.data_dir / "outbox").resolve()
    if "://" not in where and Path(where).resolve() == outbox:
        raise CertsError("That is the outbox, where our own mail lies.", "Name the mailbox of education@.")
