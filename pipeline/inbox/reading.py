"""One mail as it came in: bytes in, what a decision needs out; what is wrong with it is said, not raised.

The standard library's parser takes time by the square of a field's length and fails on some input, so the
size and number of all that a mail may have are bounded; of its fields only senders and subject are parsed,
and mail that is enclosed is not.
"""

from __future__ import annotations

import codecs
import hashlib
import html
import re
from collections.abc import Iterator, Mapping
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import EmailPolicy
from itertools import islice
from typing import Any, cast

from pipeline.rules.messages.automatic import Mail

MOST_BYTES = 262_144  # read of one mail: its headers and the beginning of its text
MOST_FIELD = 5_000  # characters of one header field
MOST_PARSED = 2_000  # of a sender or a subject
MOST_TYPE = 1_000  # of what a field says of a part: its type, its encoding
MOST_FIELDS = 1_000  # header fields
MOST_PARTS = 1_000  # parts, a line that may begin one counts
MOST_TEXT = 50_000  # bytes of its text
MOST_REPORT = MOST_BYTES  # bytes of a delivery report or of enclosed headers
MOST_DEPTH = 1  # returned mail in a mail: a filter or a colleague passed it on
_LIKE_A_REPORT = re.compile(
    rb"delivery-status|^from:.*(?:mailer-daemon|postmaster)|^x-failed-recipients",
    re.IGNORECASE | re.MULTILINE,
)
# Python's own ways to write text, not those of mail; two take time by the square of its length.
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[^\s@<>\"(),:;\[\]\\]{1,255}")


class _Bounded(EmailPolicy):
    """Reads a header field no further than MOST_FIELD, and gives what it says as text: a field that is parsed
    is parsed anew whenever it is asked for."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:MOST_FIELD]

    def header_fetch_parse(self, name: str, value: str) -> Any:  # noqa: ARG002 - the library's signature
        return "".join(value.splitlines())[:MOST_TYPE]


class _Message(EmailMessage):
    """Has at most MOST_FIELDS header fields, as each is searched for among all."""

    def set_raw(self, name: str, value: str) -> None:
        if len(self) < MOST_FIELDS:
            super().set_raw(name, value)

    def is_attachment(self) -> bool:
        return self.get_content_disposition() == "attachment"


_PARSER = BytesParser(_Message, policy=_Bounded())
_PARSED = EmailPolicy()


def read_mail(ref: str, data: bytes, depth: int = 0) -> Mail:
    """What a mail says of itself; `data`: its first MOST_BYTES. `fault` says what could not be read.

    `depth`: how many mails it is enclosed in.
    """
    data = data[:MOST_BYTES]
    if not data.strip():
        return Mail(ref, mail_digest("", data), fault="it is empty")
    try:
        if data.count(b"\n--") > MOST_PARTS:
            raise ValueError("too many parts")
        return _read(ref, data, cast(EmailMessage, _PARSER.parsebytes(_opaque(data))), depth)
    except (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError):
        # the standard library's header parser fails on some hostile input in these ways
        return Mail(ref, mail_digest("", data), fault="it is malformed")


def mail_digest(message_id: str, data: bytes) -> str:
    """The same for two copies of one mail; holds nothing of it. Without a Message-ID its bytes count."""
    named = f"id {message_id}".encode("utf-8", "replace") if message_id else data
    return hashlib.sha256(named).hexdigest()[:32]


_REPORT, _ORIGINAL = "application/x-delivery-status", "application/x-original"
_ENCLOSED = re.compile(
    rb"^(content-type:[ \t]*(?:\r?\n[ \t]+)?)"
    rb"(?:(message/(?:global-)?delivery-status)|message/(?:rfc822|global)(?:-headers)?|text/rfc822-headers)\b[^;\r\n]*",
    re.IGNORECASE | re.MULTILINE,
)


def _opaque(data: bytes) -> bytes:
    """A report, and the mail or headers that it encloses, as parts that are read here and not parsed further.

    RFC 6533 has types of its own for mail to addresses in any script, in any transfer encoding; and what is
    enclosed may be enclosed a thousand deep.
    """
    return _ENCLOSED.sub(lambda found: found[1] + (_REPORT if found[2] else _ORIGINAL).encode(), data)


def _read(ref: str, data: bytes, message: EmailMessage, depth: int) -> Mail:
    headers: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        headers.setdefault(name.lower(), []).append(_readable(value))
    senders, fault = _senders(message)
    fault = fault or _too_long(headers, len(message))
    subject = next(_values(message, "subject"), "")
    text, is_plain = _text(message)
    parts = [(part.get_content_type(), part) for part in message.walk()]
    content_type = parts[0][0]
    reports = tuple(_enclosed(part) for kind, part in parts if kind == _REPORT)
    enclosed = [_payload(part) for kind, part in parts if kind == _ORIGINAL] if not reports else []
    return Mail(
        ref=ref,
        digest=mail_digest(headers.get("message-id", [""])[0].strip(), data),
        senders=senders,
        subject=_readable(_PARSED.header_fetch_parse("Subject", subject[:MOST_PARSED])),
        text=text,
        headers={name: tuple(values) for name, values in headers.items()},
        content_type="message/delivery-status" if content_type == _REPORT else content_type,
        is_plain=is_plain,
        reports=reports,
        originals=tuple(
            _enclosed(part).lstrip().partition("\n\n")[0] for kind, part in parts if kind == _ORIGINAL
        ),
        enclosed=tuple(
            read_mail(f"{ref} enclosed", one, depth + 1)
            for one in enclosed
            if depth < MOST_DEPTH and _LIKE_A_REPORT.search(one[:MOST_REPORT])
        ),
        is_cut=len(data) >= MOST_BYTES,
        fault=fault,
    )


def _senders(message: EmailMessage) -> tuple[tuple[tuple[str, str], ...], str]:
    """Display names and addresses of the first two From fields; a second field is a second sender."""
    found: list[tuple[str, str]] = []
    for value in islice(_values(message, "from"), 2):
        if len(value) > MOST_PARSED:
            return tuple(found), "what it says of its sender is too long"
        for one in _PARSED.header_fetch_parse("From", value).addresses:
            address = _readable(one.addr_spec)
            if not _ADDRESS.fullmatch(address):
                return tuple(found), "its sender's address cannot be read"
            found.append((_readable(one.display_name), address))
    return tuple(found), ""


def _too_long(headers: Mapping[str, list[str]], fields: int) -> str:
    """Whether something that speaks against the sender may stand where no more was read."""
    if fields >= MOST_FIELDS:
        return "it has too many header fields"
    if any(len(value) >= MOST_FIELD for value in headers.get("authentication-results", ())):
        return "what a mail server says of its sender is too long"
    return ""


def _values(message: EmailMessage, name: str) -> Iterator[str]:
    """What the fields of a name say, as it stands there."""
    return (value for key, value in message.raw_items() if key.lower() == name)


def _readable(header: object) -> str:
    """A header as text: letters beyond ASCII may stand there as they are, in UTF-8 (RFC 6532)."""
    return str(header).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _text(message: EmailMessage) -> tuple[str, bool]:
    """The beginning of what was written, and whether as plain text; else as HTML, its markup taken out."""
    body = message.get_body(("plain", "html"))
    if body is None:  # its parts may not be where it says they are
        broken = (part for part in message.walk() if part.get_content_maintype() == "multipart")
        body = next((part for part in broken if not part.is_multipart()), None)
    if body is None:
        return "", True
    text = _decoded(body)
    is_plain = body.get_content_type() != "text/html"
    if not is_plain:
        text = re.sub(r"(?is)<(style|script|head)\b.*?(?:</\1>|\Z)", " ", text)
        text = re.sub(r"(?i)<(?:br|/p|/div|/li)\b[^<>]{0,200}>", "\n", text)
        text = html.unescape(re.sub(r"<[^<>]{0,2000}>", " ", text))
    return text.encode("utf-8", "replace").decode(), is_plain  # without surrogates: no file takes them


def _decoded(part: Message) -> str:
    """The beginning of its text; in Latin 1 where its character set does not exist, or is none of mail's."""
    data = _payload(part)[:MOST_TEXT]
    charset = part.get_content_charset("utf-8").partition(" ")[0]  # a comment may follow (RFC 2045, 5.1)
    try:
        if codecs.lookup(charset).name not in _NO_CHARSETS:
            return data.decode(charset, "replace")
    except LookupError:
        pass
    return data.decode("latin-1")


def _enclosed(part: Message) -> str:
    return _payload(part)[:MOST_REPORT].decode("utf-8", "replace").replace("\r\n", "\n")


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
