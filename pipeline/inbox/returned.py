"""A mailbox of returned mail in; what each says of which message and address out (RFC 3464, 3834, 6533).

What is in such a mailbox comes from anywhere: nothing in it is trusted to be well-formed, and nothing but the
original's Message-ID is taken as proof that it is about a message of ours; matching it is the caller's.
"""

from __future__ import annotations

import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.parser import BytesParser, HeaderParser
from email.utils import parseaddr
from enum import StrEnum
from pathlib import Path

from pipeline.errors import MailError
from pipeline.rules.text import one_line

MOST_TEXT = 500  # characters of a diagnostic; a report may quote a whole session
MOST_BYTES = 5_000_000  # of one message: no report of a 7 kB mail is larger


class Action(StrEnum):
    """What a returned mail says."""

    FAILED = "failed"
    DELAYED = "delayed"
    AUTO_REPLY = "auto-reply"  # an absence, a changed address: a person or program answered
    OTHER = "other"  # delivered, relayed, expanded


@dataclass(frozen=True, slots=True)
class Bounce:
    """One recipient's part of one returned mail."""

    message_id: str  # of the original, without angle brackets; empty where it is not said
    recipient: str  # as the report names it, empty where it does not
    action: Action
    status: str  # RFC 3463: 5.1.1; empty where it is not said
    diagnostic: str  # the receiving server's words; of an auto-reply its subject


def read_bounces(path: Path) -> Iterator[Bounce]:
    """Everything that a Maildir or an mbox file says of messages; other mail in it is passed over.

    Raises MailError where `path` is neither.
    """
    parser = BytesParser(policy=policy.default)
    for data in _messages(path):
        try:
            yield from _read(parser.parsebytes(_opaque(data[:MOST_BYTES])))
        except (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError):
            # the standard library's header parser fails on some hostile input in these ways; such a
            # message is passed over, and the rest of the mailbox is read
            continue


def _messages(path: Path) -> Iterator[bytes]:
    if path.is_dir() and (path / "new").is_dir() and (path / "cur").is_dir():
        for folder in ("new", "cur"):
            for entry in sorted((path / folder).iterdir()):
                if entry.is_file():
                    yield entry.read_bytes()
        return
    if not path.is_file():
        raise MailError(
            f"{path} is neither a Maildir nor an mbox file.", "Name the folder that holds new/ and cur/."
        )
    with path.open("rb") as file:
        start = file.read(5)
    if start and start != b"From ":
        raise MailError(f"{path} is not an mbox file.", "Its first line must begin with From and a space.")
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.iterkeys():
            yield box.get_bytes(key)
    finally:
        box.close()


REPORT, ORIGINAL = "application/x-delivery-status", "application/x-original"
MOST_REPORT = 100_000  # characters of a report that are read
MOST_PARTS = 100  # recipients of one
MOST_ADDRESS = 320  # characters: RFC 3696, errata 1690
_TYPES = re.compile(
    rb"^(content-type:[ \t]*(?:\r?\n[ \t]+)?)"
    rb"(?:(message/(?:global-)?delivery-status)|message/(?:rfc822|global)(?:-headers)?|text/rfc822-headers)\b[^;\r\n]*",
    re.IGNORECASE | re.MULTILINE,
)


def _opaque(data: bytes) -> bytes:
    """A report, and the mail or headers that it encloses, as parts that are read here and not parsed further.

    RFC 6533 has types of its own for mail to addresses in any script, in any transfer encoding; and what is
    enclosed may be enclosed a thousand deep.
    """
    return _TYPES.sub(lambda found: found[1] + (REPORT if found[2] else ORIGINAL).encode(), data)


def _read(message: EmailMessage) -> Iterator[Bounce]:
    reports = [part for part in message.walk() if part.get_content_type() == REPORT]
    if reports:
        original = _original_id(message)
        for report in reports:
            for block in _blocks(report):
                yield _recipient(block, original)
    elif _is_auto_reply(message):
        sender = parseaddr(str(message.get("From", "")))[1]
        yield Bounce(
            _answered_id(message), sender, Action.AUTO_REPLY, "", _short(str(message.get("Subject", "")))
        )
    elif _is_from_mailer(message):
        yield from _unstructured(message)


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    text = payload[:MOST_REPORT].decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return text.replace("\r\n", "\n")


def _blocks(report: EmailMessage) -> Iterator[Message]:
    """The per-recipient parts; the first part is about the report itself."""
    for block in re.split(r"\n[ \t]*\n", _text(report).strip())[: MOST_PARTS + 1]:
        fields = HeaderParser(policy=policy.compat32).parsestr(block)
        if "Action" in fields:
            yield fields


def _recipient(block: Message, original: str) -> Bounce:
    word = str(block.get("Action", "")).strip().casefold()
    action = Action(word) if word in (Action.FAILED, Action.DELAYED) else Action.OTHER
    address = _typed(block.get("Original-Recipient")) or _typed(block.get("Final-Recipient"))
    diagnostic = _short(_typed(block.get("Diagnostic-Code")))
    status = re.match(r"\s*([245]\.\d{1,3}\.\d{1,3})", str(block.get("Status", "")))
    return Bounce(original, address[:MOST_ADDRESS], action, status[1] if status else "", diagnostic)


def _typed(value: object) -> str:
    """The value of a field such as `rfc822; maria@example.org`, without its type; of RFC 6533's `utf-8` with
    its \\x{E9} read."""
    kind, semicolon, text = one_line(str(value or "")).partition(";")
    if not semicolon:
        return kind
    if kind.strip().casefold() == "utf-8":
        text = one_line(re.sub(r"\\x\{([0-9A-Fa-f]{2,6})\}", _sign, text))
    return text.strip()


def _sign(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return chr(code) if code < 0xD800 or 0xE000 <= code < 0x110000 else found[0]


def _original_id(message: EmailMessage) -> str:
    """The Message-ID of the mail that came back, from its copy or its headers in the report."""
    for part in message.walk():
        if part.get_content_type() == ORIGINAL and (found := _id_line(_headers(part))):
            return found
    return _answered_id(message)


def _headers(part: Message) -> str:
    return _text(part).lstrip().partition("\n\n")[0]


def _answered_id(message: EmailMessage) -> str:
    """The Message-ID of what a mail answers."""
    return _id(message.get("In-Reply-To")) or _id(message.get("X-Original-Message-ID")) or _last_id(message)


def _last_id(message: EmailMessage) -> str:
    found = _IDS.findall(str(message.get("References", "")))
    return found[-1] if found else ""


_IDS = re.compile(r"<([^<>\s]{1,250}@[^<>\s]{1,250})>")


def _id(value: object) -> str:
    found = _IDS.search(str(value or ""))
    return found[1] if found else ""


def _id_line(text: str) -> str:
    found = re.search(r"^Message-ID:\s*<([^<>\s]{3,500})>", text, re.IGNORECASE | re.MULTILINE)
    return found[1] if found else ""


def _is_auto_reply(message: EmailMessage) -> bool:
    """RFC 3834, and what programs did before it."""
    if re.match(r"\s*auto-replied\b", str(message.get("Auto-Submitted", "")), re.IGNORECASE):
        return True
    if "X-Autoreply" in message or "X-Autorespond" in message or "X-Auto-Reply" in message:
        return True
    return str(message.get("Precedence", "")).strip().casefold() == "auto_reply"


def _is_from_mailer(message: EmailMessage) -> bool:
    sender = parseaddr(str(message.get("From", "")))[1].casefold()
    return (
        sender.startswith(("mailer-daemon@", "postmaster@"))
        or str(message.get("Return-Path", "")).strip() == "<>"
    )


def _unstructured(message: EmailMessage) -> Iterator[Bounce]:
    """A report in a server's own words: an original's Message-ID and a 4xx or 5xx in it make it one."""
    body = message.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    original = _original_id(message) or _id_line(text)
    code = re.search(r"\b([45])(?:\d\d[ \-]+(?:#?([45]\.\d{1,3}\.\d{1,3}))?|(\.\d{1,3}\.\d{1,3})\b)", text)
    if not original or code is None:
        return
    status = code[2] or (f"{code[1]}{code[3]}" if code[3] else "")
    said = next((line for line in text.splitlines() if code[0].strip() in line), "")
    address = re.search(r"<([^<>\s@]{1,64}@[^<>\s@]{1,255})>", text)
    action = Action.FAILED if code[1] == "5" else Action.DELAYED
    yield Bounce(original, address[1] if address else "", action, status, _short(said))


def _short(text: str) -> str:
    return one_line(text)[:MOST_TEXT]
