"""What a returned mail says of sent messages, whichever way a server has put it.

Three ways: fields for machines (RFC 3464, RFC 6533), of which real servers leave out or rename some; a
server's own words; and a program that answers in a person's place. What cannot be read is said to be so,
never passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from pipeline.rules.addresses import address_key
from pipeline.rules.messages.automatic import Mail, Writer, writer_of
from pipeline.rules.messages.phrases import Phrases
from pipeline.rules.messages.refusal_table import NOT_UNDERSTOOD, Cause, Refusal
from pipeline.rules.messages.refusals import refusal_in
from pipeline.rules.places import without_tokens
from pipeline.rules.text import one_line

MOST_DIAGNOSTIC = 500  # characters of a diagnostic; a report may quote a whole session
MOST_RECIPIENTS = 50_000  # of one mail
MOST_WITH_TEXT = 5  # of these, for whom the text is gone over: a message of ours has one recipient
MOST_NAMED = 20  # addresses in a text
MOST_ADDRESS = 320  # characters: RFC 3696, errata 1690
MOST_KEYS = 50  # Message-IDs that one mail may name
KEY_FIELD = (
    "X-Certs-Message"  # our own field, in every mail: its Message-ID once more, as relays rewrite that
)


class Action(StrEnum):
    """What a returned mail says."""

    FAILED = "failed"
    DELAYED = "delayed"
    AUTO_REPLY = "auto-reply"  # an absence, a changed address: a program answered in a person's place
    OTHER = "other"  # delivered, relayed, expanded


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a returned mail says of one recipient."""

    keys: tuple[str, ...]  # Message-IDs that may be the original's, the likeliest first
    recipient: str  # as the report names it, empty where it does not
    action: Action
    status: str  # RFC 3463: 5.1.1; empty where it is not said
    diagnostic: str  # the receiving server's words; of an auto-reply its subject
    refusal: Refusal = NOT_UNDERSTOOD  # of a failure: what it is about

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
    """What a mail says of sent messages: a bounce a recipient; none where it is no returned mail, or where it
    is one and cannot be understood."""
    enclosed = [bounce for one in mail.enclosed for bounce in bounces_in(one)]
    if enclosed:
        yield from enclosed
        return
    writer, reports = writer_of(mail), mail.reports
    if not reports and writer is not Writer.OTHER and _PASTED.search(mail.text):
        reports = (mail.text,)
    by_fields = list(_by_fields(mail, reports))
    if by_fields:
        yield from by_fields
    elif writer is Writer.PROGRAM and not reports:
        yield Bounce(tuple(mail.answered), mail.sender, Action.AUTO_REPLY, "", _short(mail.subject))
    elif writer is Writer.SERVER or reports:
        yield from _by_words(mail)


def is_returned(mail: Mail) -> bool:
    """Whether a mail server returned it: then somebody must know where nothing could be read."""
    return bool(mail.reports) or writer_of(mail) is Writer.SERVER


# Fields for machines


# Where a mail's parts are not where it says they are, the fields stand in its text.
_PASTED = re.compile(r"^Final-Recipient:", re.IGNORECASE | re.MULTILINE)


def _by_fields(mail: Mail, reports: tuple[str, ...]) -> Iterator[Bounce]:
    keys, said, failed = _keys(mail), _own_part(mail.text), next(iter(mail.failed), "")
    groups = (group for report in reports for group in _groups(report))
    for number, (envelope, fields) in enumerate(islice(groups, MOST_RECIPIENTS)):
        yield _of_fields(fields, (*envelope, *keys), said if number < MOST_WITH_TEXT else "", failed)


def _groups(report: str) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """The fields about each recipient, each with the report's envelope id, if it has one."""
    envelope = _fields(report.partition("\n\n")[0]).get("original-envelope-id")
    for fields in _recipients(report):
        yield (_unquoted(envelope),) if envelope else (), fields


_RECIPIENT = ("original-recipient", "final-recipient", "x-actual-recipient")
_FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9-]{1,60})[ \t]*:[ \t]*(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)


def _fields(text: str) -> dict[str, str]:
    """The fields by lower-case name, unfolded."""
    return {found[1].lower(): one_line(found[2]) for found in _FIELD.finditer(text)}


def _recipients(report: str) -> Iterator[dict[str, str]]:
    """The fields about each recipient. Some servers put blank lines within a group, and write its fields in
    any order: it ends where a blank line comes and it is whole, or where a recipient is named again."""
    group: dict[str, str] = {}
    for block in re.split(r"\n[ \t]*\n", report):
        if _is_whole(group):
            yield group
            group = {}
        for found in _FIELD.finditer(block):
            name = found[1].lower()
            if name == "final-recipient" and name in group:
                yield group
                group = {}
            group.setdefault(name, one_line(found[2]))
    if _is_whole(group) or "final-recipient" in group:
        yield group


def _is_whole(group: dict[str, str]) -> bool:
    return ("action" in group or "status" in group) and not group.keys().isdisjoint(_RECIPIENT)


def _of_fields(fields: dict[str, str], keys: tuple[str, ...], said: str, failed: str) -> Bounce:
    named = (_typed(fields.get(name, "")) for name in _RECIPIENT)
    address = next((one for one in named if "@" in one), "") or failed
    codes = re.findall(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])", fields.get("status", ""))
    status = codes[0] if codes else ""
    diagnostic = _short(_typed(fields.get("diagnostic-code", "")))
    action = _action(fields.get("action", ""), status, diagnostic)
    if action is not Action.FAILED:
        return Bounce(keys, address[:MOST_ADDRESS], action, status, diagnostic)
    words = f"{diagnostic} {status}"
    refusal = refusal_in(words)
    if said and (refusal.cause is Cause.UNKNOWN or not diagnostic):
        more = _near(said, address)
        diagnostic = diagnostic or _short(more)
        refusal = refusal_in(f"{words} {more}")
    return Bounce(keys, address[:MOST_ADDRESS], action, status, diagnostic, refusal)


def _action(word: str, status: str, diagnostic: str) -> Action:
    """What the field says, in its own or another word; where it does not stand there, what the codes say."""
    said = re.match(r"\W*([a-z]+)", word.casefold())
    known = said[1] if said else ""
    if known.startswith(("fail", "expire", "undeliver", "error", "bounce", "reject")):
        return Action.FAILED
    if known.startswith(("delay", "defer", "warn")):
        return Action.DELAYED
    if known.startswith(("deliver", "relay", "expand")):
        return Action.OTHER
    code = status[:1] or next(iter(re.findall(r"\b([245])\d\d\b", diagnostic)), "5")
    return {"2": Action.OTHER, "4": Action.DELAYED}.get(code, Action.FAILED)


def _typed(value: str) -> str:
    """The value of a field such as `rfc822; maria@example.org`, without its type; of RFC 6533's `utf-8` with
    its \\x{E9} read."""
    kind, semicolon, text = value.partition(";")
    if not semicolon:
        kind, text = "", value
    elif " " in kind.strip():  # a sentence with a semicolon, no type
        return value.strip()
    if kind.strip().casefold() == "utf-8":
        text = one_line(re.sub(r"\\x\{([0-9A-Fa-f]{2,6})\}", _letter, text))
    return text.strip().strip("<>")


def _letter(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return chr(code) if code < 0xD800 or 0xE000 <= code < 0x110000 else found[0]


def _unquoted(text: str) -> str:
    """An envelope id as it was given, its +3D read (RFC 3461, section 4)."""
    return re.sub(r"\+([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), text)[:MOST_ADDRESS]


# Which message it is about

# How a line begins that may be quoted; one that went on over lines would take time by the square of them.
_QUOTED = r"^(?:>|[^\S\n])*"
_NAMED = re.compile(
    rf"{_QUOTED}(?:{KEY_FIELD}|(?:X-Original-)?Message-ID)[ \t]*:\s*<?([^<>\s@]{{1,250}}@[^<>\s]{{1,250}})",
    re.IGNORECASE | re.MULTILINE,
)


def _keys(mail: Mail) -> tuple[str, ...]:
    """Every Message-ID that may be the original's: of its copy, in the text, of what the mail answers."""
    found = [one for text in (*mail.originals, mail.text) for one in islice(_NAMED.findall(text), MOST_KEYS)]
    return tuple(dict.fromkeys([*found, *mail.answered]))[:MOST_KEYS]


# A server's own words

_COPY = re.compile(
    rf"{_QUOTED}(?:"
    r"-{2,}+[^\n]{0,80}(?:copy|original|message follows|header|return|included|unsent)[^\n]{0,80}$|"
    r"(?:original (?:message|headers?)|below this line|the (?:original )?(?:message )?(?:header|text|body)"
    r"s?\b|(?:unsent )?message follows|included is a copy|message headers? follow|------ )[^\n]{0,100}$|"
    r"(?:Received|Return-Path|Message-ID|DKIM-Signature|MIME-Version|X-[A-Za-z-]{2,40}):[ \t])",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,8}[A-Za-z]{2,24}"
)
_OF_SERVER = re.compile(r"(?:mailer-daemon|postmaster)@", re.IGNORECASE)
_REPLY = re.compile(r"(?<![\d.:@-])([45])(?:\d\d(?=[ \-#(;:,<.]|$)|\.\d{1,3}\.\d{1,3}\b)", re.MULTILINE)
_DELAYED = Phrases(
    """
    been|is|was|delivery * delayed|deferred
    not_yet been delivered
    will retry|be_retried|keep_trying|continue
    will be * attempted|retried
    still trying|being|in_the_queue
    warning_only|transient
    not * resend
    noch_nicht_zugestellt
    """
)
_FAILED = Phrases(
    """
    could|can|was|were|is|has|have|did|does|do|will not|n't * deliver|sent|reach|processed|transferred|receive
    couldn't|can't|wasn't|cannot|unable|unsuccessful * deliver|send|sent
    undeliver|permanent|fatal|giving_up|given_up|gave_up|returned|returning|rejected|bounced
    deliver * fail|abort
    aborted_after
    fail|error * deliver
    failure_notice|malformed
    nicht * zugestellt
    unzustellbar|n'a_pas_pu|non_remis|non_distribu
    no * ha_podido|pudo
    non * consegnat|recapitat
    não_foi|não_pôde
    не * доставлен
    无法发送|配信不能|配信でき|配信され|送信でき|届け|退信|无法投递|投递失败
    """
)


def _own_part(text: str) -> str:
    """What the server wrote, without the copy of the original below it and the blank lines before that."""
    copy = _COPY.search(text, 1)
    if copy is None:
        return text
    own = text[: copy.start()]
    # To the end of the last line that says anything, which may itself end in ">".
    return own[: own.find("\n", len(own.rstrip("> \t\r\n\xa0"))) + 1] or own


def _near(said: str, address: str) -> str:
    """What is said from the recipient's address on, or all of it."""
    at = said.casefold().find(address.casefold()) if address else -1
    start = max(at - 200, 0) if at >= 0 else 0
    return said[start : start + 1500]


def _by_words(mail: Mail) -> Iterator[Bounce]:
    """A report in a server's own words: codes tell that it failed, or words do."""
    said = _own_part(mail.text)
    codes = list(islice(_REPLY.finditer(said), 20))
    told = one_line(f"{mail.subject}\n{said}")
    delayed, failed = _DELAYED.search(told), _FAILED.search(told) or mail.failed
    cause = refusal_in(said).cause
    # A telephone number looks like a code: something else must say that it failed, too.
    hard = any(found[1] == "5" for found in codes) and (failed or cause is not Cause.UNKNOWN)
    if hard or (not delayed and (failed or cause in (Cause.DEAD, Cause.FULL))):
        action = Action.FAILED
    elif delayed or codes:
        action = Action.DELAYED
    else:
        return
    code = next((one for one in codes if not hard or one[1] == "5"), None)
    line = _line_of(said, code.start()) if code else ""
    # The line with the code tells most; then what follows it, as a server may have broken it; then the rest.
    after = said[code.start() : code.start() + MOST_DIAGNOSTIC] if code else ""
    tries = map(refusal_in, filter(None, (line, after, f"{after} {said}")))
    refusal = next((one for one in tries if one.cause is not Cause.UNKNOWN), NOT_UNDERSTOOD)
    status = re.search(r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])", line)
    diagnostic = _short(line or said.partition("\nFrom: ")[0])
    keys = _keys(mail)
    for address in mail.failed or addresses_in(mail)[:1] or [""]:
        yield Bounce(keys, address, action, status[0] if status else "", diagnostic, refusal)


def _line_of(said: str, at: int) -> str:
    """The line with a code, and the next where a server has broken it."""
    start = said.rfind("\n", 0, at) + 1
    line, _, rest = said[start:].partition("\n")
    broken = len(line.strip()) <= 12 or line.rstrip().endswith(":")
    return f"{line} {rest.partition(chr(10))[0]}" if broken else line


def addresses_in(mail: Mail) -> list[str]:
    """The first addresses in what the server wrote that are neither the reporter's own nor a server's."""
    senders = {address_key(address) for _, address in mail.senders}
    found = (one[0].rstrip(".") for one in islice(_ADDRESS.finditer(_own_part(mail.text)), MOST_NAMED))
    return [one for one in found if address_key(one) not in senders and not _OF_SERVER.match(one)]


def _short(text: str) -> str:
    """What goes on record: the copy of a mail, which holds a private link, may stand in any report."""
    return without_tokens(one_line(text[: 4 * MOST_DIAGNOSTIC]))[:MOST_DIAGNOSTIC]
