"""Returned mail put on record: the message failed, the address is marked, typos are guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.inbox import all_mail
from pipeline.ledger import Message, Transition
from pipeline.rules.addresses import address_key
from pipeline.rules.messages.occasions import Fate, Occasion
from pipeline.rules.messages.returned import (
    Action,
    Bounce,
    Meaning,
    Sent,
    bounces_in,
    meaning_of,
    suggest_address,
)
from pipeline.workflow.project import Project
from pipeline.workflow.tell import queue_unreached


@dataclass(frozen=True)
class Returned:
    """One bounce, and what was done about it."""

    bounce: Bounce
    meaning: Meaning
    message: Message | None  # that came back; None where it is none of ours
    name: str  # of the participant; empty where unmatched
    meant: str  # the address that was probably meant, empty without a guess


def bounces(project: Project, path: Path, act: bool) -> list[Returned]:
    """Put on record what a mailbox of returned mail says; without `act` only say it.

    A message that came back becomes FAILED: staff must see that it never arrived. Where the address was
    corrected since, it waits for the one on record. A report is known by its words: read again, it changes
    nothing. Raises MailError for what is no mailbox.
    """
    reports, heard = [], set()
    for bounce in (bounce for mail in all_mail(path) for bounce in bounces_in(mail)):
        if bounce.action is Action.OTHER:
            continue  # delivered, relayed: no news
        report = _returned(project, bounce)
        if report.message is not None and bounce in heard:
            continue  # a second copy in the same mailbox
        heard.add(bounce)
        if act:
            _record(project, report)
        reports.append(report)
    return reports


def _returned(project: Project, bounce: Bounce) -> Returned:
    ledger = project.ledger
    message = ledger.messages.by_message_id(bounce.message_id) if bounce.message_id else None
    if message is None:
        return Returned(bounce, meaning_of(bounce, None), None, "", suggest_address(bounce.recipient))
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
    )
    return Returned(bounce, meaning_of(bounce, sent), message, person.name, suggest_address(message.email))


def _words_since_sent(history: Sequence[Transition]) -> frozenset[str]:
    """A message whose outcome was unknown may be sent again: what was heard before is not about that."""
    sent = [at for at, one in enumerate(history) if one.state is Fate.SENT and not one.returned]
    return frozenset(one.response for one in history[sent[-1] if sent else 0 :])


def _record(project: Project, report: Returned) -> None:
    ledger, message = project.ledger, report.message
    if message is None or report.meaning in (Meaning.KNOWN, Meaning.UNMATCHED):
        return
    words = report.bounce.words(message.email)
    with ledger.transaction():
        if report.meaning is Meaning.NOTED:
            ledger.messages.note_returned(message, project.now, words)
        else:
            answer = (None, "", words)
            ledger.messages.step(message.id, Fate.FAILED, message.attempt, project.now, answer, returned=True)
        if report.meaning is Meaning.REQUEUED:
            dead = message.email if report.bounce.is_permanent else ""
            queue_unreached(project, message.participant_id, dead)
        if report.meaning is Meaning.BOUNCED:
            ledger.people.set_bounced(message.email, report.bounce.what)
        detail = f"{report.meaning}: {message.email}: {words}"
        project.on_record("bounce", detail, message.participant_id)


def correction(report: Returned) -> str:
    """The command that mends a mistyped address, once the participant has confirmed it."""
    if report.meaning is not Meaning.BOUNCED or report.message is None or not report.meant:
        return ""
    return f"certs correct {report.message.email} --email {report.meant} --reason ..."
