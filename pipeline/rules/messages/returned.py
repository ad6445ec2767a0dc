"""Returned mail: what one means for the message that came back and for the address on record.

A returned mail comes from anywhere: nothing but a Message-ID of ours is taken as proof that it is about a
message of ours, and matching it is the caller's.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from pipeline.rules.addresses import address_key, suggest_domain
from pipeline.rules.messages.refusal_table import Cause
from pipeline.rules.messages.reports import Action, Bounce

FULL_FOR = dt.timedelta(days=7)  # a full mailbox is tried again after these
MOST_FULL = 3  # times a message is sent again by itself to a mailbox that was full
GUESS_WITHIN = dt.timedelta(days=14)  # a report without a Message-ID may be about a mail of these days


class Meaning(StrEnum):
    """What is done about a report."""

    BOUNCED = "bounced"  # the message failed, and the address on record is marked as dead
    FULL = "full"  # the message failed, and the address is marked until the mailbox is tried again
    FAILED = "failed"  # the message failed; nothing is said of the address on record
    REQUEUED = "requeued"  # it failed at an address that was corrected since: it waits for the one on record
    GUESSED = "perhaps"  # it names no message of ours; it may be about the only one to that address
    NOTED = "noted"  # it may still arrive, or somebody's program answered: written beside the message
    KNOWN = "known"  # on record already
    UNMATCHED = "unmatched"  # about no message of ours


@dataclass(frozen=True, slots=True)
class AddressMark:
    """Why nothing new is sent to an address; staff who send a link again may still try it."""

    kind: Cause  # DEAD or FULL
    on: dt.date
    until: dt.date | None  # from this day on it is tried again; None: until it is known to work
    words: str  # the server's

    def holds(self, today: dt.date) -> bool:
        """Whether it is not over yet."""
        return self.until is None or today < self.until

    def shown(self) -> str:
        """A line for staff: what, since when, the server's words."""
        until = f", tried again from {self.until}" if self.until else ""
        return f"{self.kind} since {self.on}{until}: {self.words}"


def mark_of(bounce: Bounce, today: dt.date) -> AddressMark:
    """The mark that a bounce of a dead address or full mailbox sets."""
    full = bounce.refusal.cause is Cause.FULL
    return AddressMark(bounce.refusal.cause, today, today + FULL_FOR if full else None, bounce.what)


@dataclass(frozen=True, slots=True)
class Sent:
    """The message that came back, as it stands on record."""

    to: str
    on_record: str  # the participant's address today
    heard: frozenset[str]  # the words of every transition so far
    news: frozenset[str]  # of those since it was sent
    in_doubt: bool = False  # nobody knew once whether it was sent; it may have gone to another address before
    former: frozenset[str] = frozenset()  # keys of every address the participant was seen with
    is_told: bool = False  # what it was to tell was told at another address since
    is_guess: bool = False  # the report names no message: this is the only one that it may be about


def meaning_of(bounce: Bounce, sent: Sent | None) -> Meaning:
    """What a bounce means.

    The address is marked only where it is dead or its mailbox full, and the recipient that is named is the
    address on record today: a report about a mailbox that the mail was forwarded to marks nobody. About an
    address that was corrected since, it says nothing of the one on record; what nobody has told there yet is
    told then. A report that names no recipient is about the message's only one. A guess changes nothing:
    anybody can write a mail that says an address is dead.
    """
    if sent is None:
        return Meaning.UNMATCHED
    to, recipient = address_key(sent.to), address_key(bounce.recipient or sent.to)
    before = sent.news if recipient == to else sent.heard
    if bounce.words(sent.to) in before or bounce.words(bounce.recipient) in before:
        return Meaning.KNOWN
    if sent.is_guess:
        return Meaning.GUESSED
    if bounce.action is not Action.FAILED:
        return Meaning.NOTED
    if recipient != to:
        return Meaning.NOTED if sent.in_doubt and recipient in sent.former else Meaning.FAILED
    if to != address_key(sent.on_record):
        return Meaning.NOTED if sent.is_told else Meaning.REQUEUED
    if not bounce.recipient and sent.in_doubt:
        return Meaning.FAILED
    marks = {Cause.DEAD: Meaning.BOUNCED, Cause.FULL: Meaning.FULL}
    return marks.get(bounce.refusal.cause, Meaning.FAILED)


def suggest_address(address: str) -> str:
    """The address that was probably meant (maria@gmial.com: maria@gmail.com), empty without a guess."""
    local, at, domain = address.strip().rpartition("@")
    meant = suggest_domain(domain) if at and local else ""
    return f"{local}@{meant}" if meant else ""
