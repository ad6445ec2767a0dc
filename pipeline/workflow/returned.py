"""Returned mail put on record: the message failed, a dead address is marked, typos are guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.inbox import all_mail
from pipeline.ledger import Message, Participant, Transition
from pipeline.rules.addresses import address_key
from pipeline.rules.messages.automatic import Mail
from pipeline.rules.messages.occasions import Fate, Occasion
from pipeline.rules.messages.refusal_table import Cause
from pipeline.rules.messages.reports import Action, Bounce, addresses_in, bounces_in, is_returned
from pipeline.rules.messages.returned import (
    GUESS_WITHIN,
    MOST_FULL,
    Meaning,
    Sent,
    mark_of,
    meaning_of,
    suggest_address,
)
from pipeline.workflow.project import Project
from pipeline.workflow.tell import queue_again, queue_unreached

MOST_ABOUT = 100  # recipients that one report may name of one message of ours


@dataclass(frozen=True)
class Returned:
    """One bounce, and what was done about it."""

    bounce: Bounce
    meaning: Meaning
    message: Message | None  # that came back; None where it is none of ours
    name: str  # of the participant; empty where unmatched
    meant: str  # the address that was probably meant, empty without a guess
    mail: Mail  # that says so


@dataclass(frozen=True)
class Puzzle:
    """A mail that a server returned and that says nothing this program understands."""

    mail: Mail
    about: tuple[Participant, ...]  # who has an address that its text names


@dataclass
class Heard:
    """What a mailbox of returned mail says."""

    reports: list[Returned] = field(default_factory=list)
    puzzles: list[Puzzle] = field(default_factory=list)


def bounces(project: Project, where: str, act: bool) -> Heard:
    """Put on record what a mailbox of returned mail says; without `act` only say it.

    `where`: a Maildir, an mbox file, a folder of .eml files, or an IMAP folder as imaps://user@host/folder.

    A message that came back becomes FAILED: staff must see that it never arrived. Where the address was
    corrected since, it waits for the one on record; where the mailbox was full, until it is tried again. A
    report is known by its words: read again, it changes nothing. Raises MailError for what is no mailbox.
    """
    heard, before = Heard(), set[Bounce]()
    for mail in all_mail(where, project.settings.requests_password):
        found = list(bounces_in(mail))
        if not found and is_returned(mail):
            heard.puzzles.append(Puzzle(mail, _named(project, mail)))
        for number, bounce in enumerate(found):
            if bounce.action is Action.OTHER:
                continue  # delivered, relayed: no news
            report = _returned(project, bounce, mail)
            if report.message is not None and number >= MOST_ABOUT:
                break  # a message of ours has one recipient, and an address may stand for a few
            if report.message is not None and bounce in before:
                continue  # a second copy in the same mailbox
            before.add(bounce)
            if act:
                _record(project, report)
            heard.reports.append(report)
    return heard


def _returned(project: Project, bounce: Bounce, mail: Mail) -> Returned:
    ledger = project.ledger
    found = (ledger.messages.by_message_id(key) for key in bounce.keys)
    message = next(filter(None, found), None)
    guess = message is None
    if message is None and bounce.action is Action.FAILED:
        message = _only_one_to(project, bounce)
    if message is None:
        meant = suggest_address(bounce.recipient)
        return Returned(bounce, meaning_of(bounce, None), None, "", meant, mail)
    person = ledger.people.get(message.participant_id)
    history = ledger.messages.history(message.id)
    sent = Sent(
        to=message.email,
        on_record=person.email,
        heard=frozenset(one.response for one in history),
        news=_words_since_sent(history),
        in_doubt=any(one.state is Fate.UNKNOWN for one in history),
        former=frozenset(map(address_key, ledger.people.addresses(person.id))),
        is_told=message.occasion is Occasion.MOVED or ledger.mentions.is_told(message, elsewhere=True),
        is_guess=guess,
    )
    meaning = meaning_of(bounce, sent)
    return Returned(bounce, meaning, message, person.name, suggest_address(message.email), mail)


def _only_one_to(project: Project, bounce: Bounce) -> Message | None:
    """The one message of late to the address that a report without a Message-ID of ours names; None where
    there are several, or where it names a message that is on record no more."""
    if not bounce.recipient or any(map(project.is_our_id, bounce.keys)):
        return None
    key, since = address_key(bounce.recipient), project.now - GUESS_WITHIN
    found = [
        message
        for person in project.ledger.people.by_address(bounce.recipient)
        for message in project.ledger.messages.of(person.id)
        if message.email_key == key and message.state is Fate.SENT and message.at >= since
    ]
    return found[0] if len(found) == 1 else None


def _named(project: Project, mail: Mail) -> tuple[Participant, ...]:
    people = project.ledger.people
    known = {one.id: one for address in addresses_in(mail) for one in people.by_address(address)}
    return tuple(people.get(one) for one in known)


def _words_since_sent(history: Sequence[Transition]) -> frozenset[str]:
    """A message whose outcome was unknown may be sent again: what was heard before is not about that."""
    sent = [at for at, one in enumerate(history) if one.state is Fate.SENT and not one.returned]
    return frozenset(one.response for one in history[sent[-1] if sent else 0 :])


def _record(project: Project, report: Returned) -> None:
    ledger, message, bounce = project.ledger, report.message, report.bounce
    if message is None or report.meaning in (Meaning.KNOWN, Meaning.UNMATCHED):
        return
    words = bounce.words(message.email)
    with ledger.transaction():
        if report.meaning in (Meaning.NOTED, Meaning.GUESSED):
            ledger.messages.note_returned(message, project.now, words)
        else:
            answer, cause = (None, "", words), bounce.refusal.cause.value
            ledger.messages.step(
                message.id, Fate.FAILED, message.attempt, project.now, answer, returned=True, cause=cause
            )
        if report.meaning is Meaning.REQUEUED:
            queue_unreached(project, message.participant_id, message.email)
        was = ledger.people.get(message.participant_id).mark
        is_worse = was is None or was.kind is not Cause.DEAD  # a full mailbox is there
        if report.meaning is Meaning.BOUNCED or (report.meaning is Meaning.FULL and is_worse):
            ledger.people.set_mark(message.email, mark_of(bounce, project.today))
        if report.meaning is Meaning.FULL and _times_full(project, message) < MOST_FULL:
            queue_again(project, message, "queued again: the mailbox was full")
        detail = f"{report.meaning}: {message.email}: {words}"
        project.on_record("bounce", detail, message.participant_id)


def _times_full(project: Project, message: Message) -> int:
    """How many messages found this mailbox full, this one among them."""
    return sum(
        one.returned and one.cause == Cause.FULL and one.email_key == message.email_key
        for one in project.ledger.messages.of(message.participant_id)
    )


def correction(report: Returned) -> str:
    """The command that mends a mistyped address, once the participant has confirmed it."""
    if report.meaning is not Meaning.BOUNCED or report.message is None or not report.meant:
        return ""
    return f"certs correct {report.message.email} --email {report.meant} --reason ..."
