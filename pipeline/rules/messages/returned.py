"""Returned mail: what one says of which message and address, and what that means for both.

A returned mail comes from anywhere: nothing but the Message-ID of the mail that came back is taken as proof
that it is about a message of ours, and matching it is the caller's.

Source: RFC 3464 and 6533 (delivery reports), RFC 3463 (status codes).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import Message
from email.parser import HeaderParser
from enum import StrEnum

from pipeline.rules.addresses import address_key, suggest_domain
from pipeline.rules.messages.automatic import Mail, Sign, automatic_signs
from pipeline.rules.text import one_line

MOST_DIAGNOSTIC = 500  # characters of a diagnostic; a report may quote a whole session
MOST_RECIPIENTS = 100  # of one report
MOST_ADDRESS = 320  # characters: RFC 3696, errata 1690


class Action(StrEnum):
    """What a returned mail says."""

    FAILED = "failed"
    DELAYED = "delayed"
    AUTO_REPLY = "auto-reply"  # an absence, a changed address: a program answered in a person's place
    OTHER = "other"  # delivered, relayed, expanded


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a returned mail says of one recipient."""

    message_id: str  # of the mail that came back, without angle brackets; empty where it is not said
    recipient: str  # as the report names it, empty where it does not
    action: Action
    status: str  # RFC 3463: 5.1.1; empty where it is not said
    diagnostic: str  # the receiving server's words; of an auto-reply its subject

    @property
    def is_permanent(self) -> bool:
        """Whether trying again cannot help; a 4.x.x failure is the sender's server giving up after days."""
        return not self.status.startswith("4.")

    def words(self, to: str) -> str:
        """How it stands on record of a message to this address."""
        other = self.recipient and address_key(self.recipient) != address_key(to)
        who = f" of {self.recipient}" if other else ""
        return f"returned{who}: {self.what}"

    @property
    def what(self) -> str:
        """What was said, whomever of."""
        said = " ".join(part for part in (self.status, self.diagnostic) if part)
        return self.action + (f": {said}" if said else "")


def bounces_in(mail: Mail) -> Iterator[Bounce]:
    """What a mail says of sent messages: a bounce a recipient, none where it is no returned mail."""
    if mail.reports:
        original = _original_id(mail)
        for report in mail.reports:
            for fields in _recipients(report):
                yield _bounce(fields, original)
        return
    found = {sign for sign, _ in automatic_signs(mail)}
    if Sign.ANSWER in found:
        yield Bounce(_answered_id(mail), mail.sender, Action.AUTO_REPLY, "", _short(mail.subject))
    elif Sign.SERVER in found and mail.is_plain:
        yield from _in_own_words(mail)


def _recipients(report: str) -> Iterator[Message]:
    """The parts about a recipient each; the first part is about the report itself."""
    for block in re.split(r"\n[ \t]*\n", report.strip())[: MOST_RECIPIENTS + 1]:
        fields = HeaderParser(policy=policy.compat32).parsestr(block)
        if "Action" in fields:
            yield fields


def _bounce(fields: Message, original: str) -> Bounce:
    word = str(fields.get("Action", "")).strip().casefold()
    action = Action(word) if word in (Action.FAILED, Action.DELAYED) else Action.OTHER
    address = _typed(fields.get("Original-Recipient")) or _typed(fields.get("Final-Recipient"))
    diagnostic = _short(_typed(fields.get("Diagnostic-Code")))
    status = re.match(r"\s*([245]\.\d{1,3}\.\d{1,3})", str(fields.get("Status", "")))
    return Bounce(original, address[:MOST_ADDRESS], action, status[1] if status else "", diagnostic)


def _typed(value: object) -> str:
    """The value of a field such as `rfc822; maria@example.org`, without its type; of RFC 6533's `utf-8` with
    its \\x{E9} read."""
    kind, semicolon, text = one_line(str(value or "")).partition(";")
    if not semicolon:
        return kind
    if kind.strip().casefold() == "utf-8":
        text = one_line(re.sub(r"\\x\{([0-9A-Fa-f]{2,6})\}", _letter, text))
    return text.strip()


def _letter(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return chr(code) if code < 0xD800 or 0xE000 <= code < 0x110000 else found[0]


def _original_id(mail: Mail) -> str:
    """The Message-ID of the mail that came back, from its copy or its headers in the report."""
    return next(filter(None, map(_id_line, mail.originals)), "") or _answered_id(mail)


def _answered_id(mail: Mail) -> str:
    """The Message-ID of what a mail answers."""
    named = [*mail.ids("in-reply-to"), *mail.ids("x-original-message-id"), *mail.ids("references")[::-1]]
    return named[0] if named else ""


def _id_line(text: str) -> str:
    found = re.search(r"^Message-ID:\s*<([^<>\s]{3,500})>", text, re.IGNORECASE | re.MULTILINE)
    return found[1] if found else ""


def _in_own_words(mail: Mail) -> Iterator[Bounce]:
    """A report in a server's own words: an original's Message-ID and a 4xx or 5xx in it make it one."""
    original = _original_id(mail) or _id_line(mail.text)
    code = re.search(
        r"\b([45])(?:\d\d[ \-]+(?:#?([45]\.\d{1,3}\.\d{1,3}))?|(\.\d{1,3}\.\d{1,3})\b)", mail.text
    )
    if not original or code is None:
        return
    status = code[2] or (f"{code[1]}{code[3]}" if code[3] else "")
    said = next((line for line in mail.text.splitlines() if code[0].strip() in line), "")
    address = re.search(r"<([^<>\s@]{1,64}@[^<>\s@]{1,255})>", mail.text)
    action = Action.FAILED if code[1] == "5" else Action.DELAYED
    yield Bounce(original, address[1] if address else "", action, status, _short(said))


def _short(text: str) -> str:
    return one_line(text)[:MOST_DIAGNOSTIC]


class Meaning(StrEnum):
    """What is done about a report."""

    BOUNCED = "bounced"  # the message failed, and the address on record is marked
    FAILED = "failed"  # the message failed; what that says of the address on record is for a person
    REQUEUED = "requeued"  # it failed at an address that was corrected since: it waits for the one on record
    NOTED = "noted"  # it may still arrive, or somebody's program answered: written beside the message
    KNOWN = "known"  # on record already
    UNMATCHED = "unmatched"  # about no message of ours


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


def meaning_of(bounce: Bounce, sent: Sent | None) -> Meaning:
    """What a bounce means.

    The address is marked only where the failure is permanent and the recipient it names is the address on
    record today: a report about a mailbox that the mail was forwarded to marks nobody. About an address that
    was corrected since, it says nothing of the one on record; what nobody has told there yet is told then. A
    report that names no recipient is about the message's only one.
    """
    if sent is None:
        return Meaning.UNMATCHED
    to, recipient = address_key(sent.to), address_key(bounce.recipient or sent.to)
    before = sent.news if recipient == to else sent.heard
    if bounce.words(sent.to) in before or bounce.words(bounce.recipient) in before:
        return Meaning.KNOWN
    if bounce.action is not Action.FAILED:
        return Meaning.NOTED
    if recipient != to:
        return Meaning.NOTED if sent.in_doubt and recipient in sent.former else Meaning.FAILED
    if to != address_key(sent.on_record):
        return Meaning.NOTED if sent.is_told else Meaning.REQUEUED
    named = bounce.recipient or not sent.in_doubt
    return Meaning.BOUNCED if bounce.is_permanent and named else Meaning.FAILED


def is_no_mailbox(words: str) -> bool:
    """Whether a bounce says that there is no such mailbox (5.1.x), rather than that it is full or refused."""
    return re.search(r"\b5\.1\.\d", words) is not None


def suggest_address(address: str) -> str:
    """The address that was probably meant (maria@gmial.com: maria@gmail.com), empty without a guess."""
    local, at, domain = address.strip().rpartition("@")
    meant = suggest_domain(domain) if at and local else ""
    return f"{local}@{meant}" if meant else ""
