"""What a returned mail means for a message and an address: a report and the record in, a verdict out.

Source: RFC 3464 (reports), RFC 3463 (status codes).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from pipeline.rules.addresses import address_key, suggest_domain


class Meaning(StrEnum):
    """What is done about a report."""

    BOUNCED = "bounced"  # the message failed, and the address on record is marked
    FAILED = "failed"  # the message failed; what that says of the address on record is for a person
    REQUEUED = "requeued"  # it failed at an address that was corrected since: it waits for the one on record
    NOTED = "noted"  # it may still arrive, or somebody's program answered: written beside the message
    KNOWN = "known"  # on record already
    UNMATCHED = "unmatched"  # about no message of ours


@dataclass(frozen=True, slots=True)
class Returned:
    """One recipient's part of a returned mail, as the report has it."""

    recipient: str  # empty where the report does not say
    action: str  # failed, delayed, auto-reply
    status: str  # 5.1.1, empty where the report does not say
    diagnostic: str

    def words(self, to: str) -> str:
        """How it stands on record of a message to this address."""
        other = self.recipient and address_key(self.recipient) != address_key(to)
        said = " ".join(part for part in (self.status, self.diagnostic) if part)
        who = f" of {self.recipient}" if other else ""
        return f"returned{who}: {self.action}" + (f": {said}" if said else "")


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


def weigh(returned: Returned, sent: Sent | None) -> Meaning:
    """What a report means.

    The address is marked only where the failure is permanent (5.x.x; a 4.x.x failure is the sender's server
    giving up after days) and the recipient it names is the address on record today: a report about a mailbox
    that the mail was forwarded to marks nobody. About an address that was corrected since, it says nothing of
    the one on record; what nobody has told there yet is told then. A report that names no recipient is about
    the message's only one.
    """
    if sent is None:
        return Meaning.UNMATCHED
    to, recipient = address_key(sent.to), address_key(returned.recipient or sent.to)
    before = sent.news if recipient == to else sent.heard
    if returned.words(sent.to) in before or returned.words(returned.recipient) in before:
        return Meaning.KNOWN
    if returned.action != "failed":
        return Meaning.NOTED
    if recipient != to:
        return Meaning.NOTED if sent.in_doubt and recipient in sent.former else Meaning.FAILED
    if to != address_key(sent.on_record):
        return Meaning.NOTED if sent.is_told else Meaning.REQUEUED
    permanent = not re.match(r"4\.", returned.status)
    named = returned.recipient or not sent.in_doubt
    return Meaning.BOUNCED if permanent and named else Meaning.FAILED


def is_no_mailbox(words: str) -> bool:
    """Whether a bounce says that there is no such mailbox (5.1.x), rather than that it is full or refused."""
    return re.search(r"\b5\.1\.\d", words) is not None


def suggest_address(address: str) -> str:
    """The address that was probably meant (maria@gmial.com: maria@gmail.com), empty without a guess."""
    local, at, domain = address.strip().rpartition("@")
    meant = suggest_domain(domain) if at and local else ""
    return f"{local}@{meant}" if meant else ""
