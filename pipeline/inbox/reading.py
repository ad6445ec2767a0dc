"""One mail as it came in: bytes in, what a decision needs out; what is wrong with it is said, not raised."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Protocol

from pipeline.rules.messages.requests import Mail, mail_digest

MOST_BYTES = 262_144  # read of one mail: its headers and the beginning of its text
MOST_TEXT = 4_000  # characters of its text that count
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[^\s@<>\"(),:;\[\]\\]{1,255}")


class Mailbox(Protocol):
    """Where mails wait."""

    def unread(self) -> Iterator[Mail]:
        """The mails that nobody has read or answered yet, oldest first. Raises MailError."""

    def file(self, mail: Mail) -> None:
        """Mark a mail as read and answered; a no-op where that is done. Raises MailError."""

    def close(self) -> None:
        """Let go of it."""


def read_mail(ref: str, data: bytes) -> Mail:
    """What a mail says of itself; `data`: its first MOST_BYTES. `fault` says what could not be read."""
    data = data[:MOST_BYTES]
    if not data.strip():
        return _faulty(ref, data, "it is empty")
    try:
        message = BytesParser(policy=policy.default).parsebytes(data)
        return _read(ref, data, message)
    except (MessageError, ValueError, LookupError, AttributeError, TypeError, IndexError, RecursionError):
        # the standard library's header parser fails on some hostile input in these ways
        return _faulty(ref, data, "it is malformed")


def _faulty(ref: str, data: bytes, fault: str) -> Mail:
    return Mail(ref, mail_digest("", data), (), "", "", {}, fault=fault)


def _read(ref: str, data: bytes, message: EmailMessage) -> Mail:
    headers: dict[str, tuple[str, ...]] = {}
    for name, value in message.raw_items():
        headers[name.lower()] = (*headers.get(name.lower(), ()), _readable(value))
    message_id = headers.get("message-id", ("",))[0].strip()
    senders, fault = _senders(message)
    return Mail(
        ref=ref,
        digest=mail_digest(message_id, data),
        senders=senders,
        subject=_readable(message.get("Subject", "")),
        text=_text(message)[:MOST_TEXT],
        headers=headers,
        content_type=message.get_content_type(),
        fault=fault,
    )


def _senders(message: EmailMessage) -> tuple[tuple[tuple[str, str], ...], str]:
    """Display names and addresses of every From field; a second field is a second sender."""
    found: list[tuple[str, str]] = []
    for field in message.get_all("From", []):
        for one in field.addresses:
            address = _readable(one.addr_spec)
            if not _ADDRESS.fullmatch(address):
                return tuple(found), "its sender's address cannot be read"
            found.append((_readable(one.display_name), address))
    return tuple(found), ""


def _readable(header: object) -> str:
    """A header as text: letters beyond ASCII may stand there as they are, in UTF-8 (RFC 6532)."""
    return str(header).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _text(message: EmailMessage) -> str:
    """The beginning of what was written: the plain part, else the other one without its markup."""
    body = message.get_body(("plain", "html"))
    if body is None:
        return ""
    payload = body.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    try:
        text = data.decode(body.get_content_charset("utf-8"), "replace")
    except LookupError:  # a character set that does not exist
        text = data.decode("latin-1")
    if body.get_content_type() == "text/html":
        text = re.sub(r"(?is)<(style|script|head)\b.*?</\1>", " ", text[: MOST_TEXT * 10])
        text = re.sub(r"(?i)<(?:br|/p|/div|/li)\b[^>]{0,200}>", "\n", text)
        text = re.sub(r"<[^>]{0,2000}>", " ", text)
    return text
