"""What becomes of a mail to the office: the mail and who is on record under its sender in, one decision out.

Whoever forges a From field gains nothing: an answer goes to the address on record alone, carries nothing of
the mail it answers, and comes at most once a day. What is not answered stays in the mailbox for a person.

Source: RFC 3834 (automatic responses).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.rules.addresses import address_key
from pipeline.rules.messages.asking import other_matter
from pipeline.rules.messages.authentication import doubt_of_sender
from pipeline.rules.messages.automatic import Mail, automatic

# Answers of one run before somebody is asked. After a meeting a handful write on one day; more at once are a
# mailing of ours that went wrong, or forged: each answer is a mail that its recipient may not have asked for.
MOST_ANSWERS = 25


class Outcome(StrEnum):
    """What becomes of one mail."""

    ANSWER = "answered"  # the link goes to the address on record
    ANSWERED = "answered before"  # by a run that was killed before it filed the mail
    STAYS = "stays"  # for a person
    WAITS = "waits"  # too many came at once: the next run answers it, or a person says so
    AUTOMATIC = "automatic"  # a program wrote it: never answered, stays where it is


@dataclass(frozen=True, slots=True)
class Holder:
    """A participant who has or had the sender's address."""

    id: int
    name: str
    email: str  # the address on record


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What the ledger says about a mail and its sender."""

    holders: tuple[Holder, ...] = ()
    in_doubt: bool = False  # a newer claims file shows the address with somebody else
    certificates: int = 0  # of the one holder, issued and valid
    answered: bool = False  # this very mail
    resent_today: bool = False  # the link went to the one holder today, however
    answers_ours: bool = False  # it answers a message of ours
    words: frozenset[str] = frozenset()  # of names and titles, which a request may hold; in small letters


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a mail, why, and who is answered."""

    outcome: Outcome
    reason: str
    holder: Holder | None = None


def decide(mail: Mail, ours: Sequence[str], on_record: OnRecord, server: str = "") -> Decision:
    """The one decision. `ours`: the addresses that we send from or read mail at; `server`: see
    `doubt_of_sender`."""
    if why := automatic(mail, ours):
        return Decision(Outcome.AUTOMATIC, why)
    if why := unreadable(mail):
        return Decision(Outcome.STAYS, why)
    if not on_record.holders:
        return Decision(Outcome.STAYS, "nobody on record has this address")
    if len(on_record.holders) > 1:
        return Decision(Outcome.STAYS, f"{len(on_record.holders)} people have or had this address")
    holder = on_record.holders[0]
    if on_record.answered:
        return Decision(Outcome.ANSWERED, "this mail was answered before", holder)
    if why := _unanswerable(mail, server, on_record, holder):
        return Decision(Outcome.STAYS, why, holder)
    return Decision(Outcome.ANSWER, f"the link goes to {holder.email}", holder)


def _unanswerable(mail: Mail, server: str, on_record: OnRecord, holder: Holder) -> str:
    if doubt := doubt_of_sender(mail.headers.get("authentication-results", ()), server):
        return doubt
    if address_key(holder.email) != address_key(mail.sender):
        return "a former address; the link goes to the address on record alone"
    if on_record.in_doubt:
        return "a newer claims file shows this address with somebody else"
    if on_record.answers_ours:
        return "it answers a mail of ours"
    if not on_record.certificates:
        return "this person has no certificate to link to"
    if on_record.resent_today:
        return "the link went to this person today already"
    return other_matter(mail.subject, mail.text, mail.sender, on_record.words)


def unreadable(mail: Mail) -> str:
    """Why it cannot be said whose mail this is; empty where it can."""
    if mail.fault:
        return mail.fault
    if len(mail.headers.get("from", ())) != 1 or len(mail.senders) != 1:
        return "it names no sender" if not mail.senders else "it names more than one sender"
    return ""
