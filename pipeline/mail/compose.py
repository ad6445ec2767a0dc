"""A notice in, a whole message out: templates of theme/emails, text and HTML that say the same. Pure."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import format_datetime, parseaddr
from itertools import groupby
from pathlib import Path
from types import MappingProxyType

from jinja2 import (
    BytecodeCache,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    select_autoescape,
)

from pipeline.errors import MailError
from pipeline.mail.mime import UnmailableError, mailbox, quoted_printable, unstructured, wire_address
from pipeline.mail.view import CLOSE, OPEN, Section, View, view
from pipeline.rules.certificates import statements
from pipeline.rules.messages.occasions import Notice
from pipeline.rules.messages.reports import KEY_FIELD
from pipeline.rules.places import token_in
from pipeline.rules.text import one_line, shortened
from pipeline.rules.web.markup import without_links

# In quoted-printable "=" is always followed by hexadecimal digits or a line end: no part can hold this.
BOUNDARY = "=_certificates"
PART = 'Content-Type: text/{}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
CONTENT = "<!-- content -->"  # where layout.html takes a message in; the rest is encoded once
TEXT_WIDTH = 76  # columns of the text part, where a line can be broken
SUBJECT_LENGTH = 70  # characters that a list of mails shows
LEAST_OF_TITLE = 24  # characters of a title that words tell apart from its like
NONE_ALIKE: Mapping[str, str] = MappingProxyType({})
KEPT_SHAPES = 512  # views whose encoded form is kept; a meeting has a few dozen


@dataclass(frozen=True)
class Sender:
    """Who writes: the same in every message."""

    address: str  # ACR Office of Education <education@rheumatology.org>
    reply_to: str
    site_url: str  # without a final slash; its front page is the help article
    education_url: str = ""  # the college's own site, where people log in
    has_records: bool = True  # pages have a Record of credits

    @property
    def bare(self) -> str:
        """The address alone: the envelope's sender. Raises UnmailableError where there is none."""
        address = wire_address(parseaddr(self.address)[1])
        if not address.isascii():
            raise UnmailableError("the sender's address must be plain ASCII: not every server takes others")
        return address


@dataclass(frozen=True, slots=True)
class Shape:
    """One view, rendered and encoded: bytes that never change, lines in which a slot stands between them."""

    subject: str  # the whole header line
    text: tuple[bytes | str, ...]
    html: tuple[bytes | str, ...]


class Composer:
    """Composes messages. Templates are parsed once; what many messages share is rendered and encoded once."""

    def __init__(
        self,
        theme_emails: Path,
        sender: Sender,
        apart: Mapping[str, str] = NONE_ALIKE,
        compiled: BytecodeCache | None = None,
    ) -> None:
        """`apart`: by slug, words beside the title of an activity that shares it with another; `compiled`:
        where templates are kept that were used before.

        Raises MailError where a template is missing or broken, or the sender is no address.
        """
        self._apart = apart
        name, _ = parseaddr(sender.address)
        contact = parseaddr(sender.reply_to or sender.address)[1]
        try:
            self._top = "\r\n".join(
                (mailbox("From", name, sender.bare), mailbox("Reply-To", "", wire_address(contact)))
            )
        except ValueError as error:
            raise MailError(f'MAIL_FROM "{sender.address}": {error}', "Mend it in .env.") from error
        environment = Environment(
            loader=FileSystemLoader(theme_emails),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            bytecode_cache=compiled,
        )
        environment.globals.update(
            contact=contact,
            site_url=sender.site_url,
            provider=statements.PROVIDER,
            office=name or statements.PROVIDER,
            education_url=sender.education_url,
            has_records=sender.has_records,
        )
        environment.filters.update(flow=_flow, subject=_subject)
        try:
            self._subject = environment.get_template("subject.txt")
            self._text = environment.get_template("message.txt")
            self._html = environment.get_template("message.html")
            head, found, foot = environment.get_template("layout.html").render().partition(CONTENT)
        except TemplateError as error:
            raise MailError(
                f"The mail template {error.message or error} cannot be used.", f"Look in {theme_emails}."
            ) from error
        if not found:
            raise MailError(f"layout.html has no {CONTENT}.", f"Look in {theme_emails}.")
        self._layout = head, foot
        self._head = f"\r\n--{BOUNDARY}\r\n{PART.format('html')}".encode() + quoted_printable(_lines(head))
        self._foot = quoted_printable(_lines(foot)) + f"\r\n--{BOUNDARY}--\r\n".encode()
        self._shapes: dict[View, Shape] = {}

    def compose(self, notice: Notice) -> bytes:
        """The whole RFC 5322 message with CRLF line ends; the same bytes for the same notice.

        Raises UnmailableError where notice.to is not an address, ValueError for a malformed Message-ID.
        """
        if not _ID.fullmatch(notice.message_id):
            raise ValueError("a Message-ID is not of the form left@right")
        seen, slots = view(notice, self._apart)
        shape = self._shape(seen)
        head = (
            f"{self._top}\r\n{mailbox('To', notice.name, wire_address(notice.to))}\r\n{shape.subject}\r\n"
            f"Date: {format_datetime(notice.date)}\r\nMessage-ID: <{notice.message_id}>\r\n"
            f"{KEY_FIELD}: {notice.message_id}\r\n{_REST}"
        )
        text, html = _filled(shape.text, slots.plain, _wrapped), _filled(shape.html, slots.html)
        return b"".join((head.encode(), text, self._head, html, self._foot))

    def preview(self, notice: Notice) -> str:
        """The message as staff see it before it goes: recipient, subject, text; no token."""
        seen, slots = view(notice, self._apart)
        subject = one_line(_words(self._subject, seen))
        text = _wrapped(_put(_lines(_words(self._text, seen)), slots.plain))
        text = without_link(text, notice.page_url)
        return f"To: {notice.to}\nSubject: {subject}\n\n{text}"

    def pictured(self, notice: Notice) -> tuple[str, str]:
        """Subject and HTML part as the recipient will see them; no link in it leads anywhere."""
        seen, slots = view(notice, self._apart)
        html = f"{self._layout[0]}{_lines(_words(self._html, seen))}{self._layout[1]}"
        return one_line(_words(self._subject, seen)), without_links(_put(html, slots.html))

    def _shape(self, seen: View) -> Shape:
        shape = self._shapes.get(seen)
        if shape is None:
            if len(self._shapes) >= KEPT_SHAPES:  # reasons in people's own words: memory stays flat
                self._shapes.clear()
            shape = self._shapes[seen] = Shape(
                unstructured("Subject", _words(self._subject, seen)),
                _pieces(_words(self._text, seen), _wrapped),
                _pieces(_words(self._html, seen)),
            )
        return shape


_REST = "\r\n".join(
    (
        "MIME-Version: 1.0",
        "Auto-Submitted: auto-generated",
        # Exchange does not heed RFC 3834: without this each absence is answered to the office
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "Content-Language: en",
        f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"',
        "",
        f"--{BOUNDARY}",
        PART.format("plain"),
    )
)
_SLOT = re.compile(f"{OPEN}([0-9]+){CLOSE}")
_BLANKS = re.compile(r"\n{3,}")
_ID = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]{1,120}@[A-Za-z0-9.\-]{1,120}")


def _words(template: Template, seen: View) -> str:
    """What a template says of a message. Raises MailError where it names what there is not: one of the
    project's own, say, that was changed before an upgrade."""
    try:
        return template.render(m=seen)
    except TemplateError as error:
        raise MailError(
            f"The mail template {template.name} cannot be used: {error.message or error}.",
            "Compare it with the one that came with this version; nothing was mailed.",
        ) from error


def _lines(text: str) -> str:
    """Whole lines, at most one blank one between two."""
    return _BLANKS.sub("\n\n", text.strip()) + "\n"


def _flow(text: str) -> str:
    """One paragraph as one line, which is broken where it is full."""
    return " ".join(text.split())


def _wrapped(text: str) -> str:
    """No line wider than a mail program shows it, but for one word that is longer: a link is never broken."""
    return "".join(
        line if len(line) <= TEXT_WIDTH else _broken(line) for line in text.splitlines(keepends=True)
    )


def _broken(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip())] + ("  " if line.lstrip().startswith("* ") else "")
    lines = textwrap.wrap(
        line, TEXT_WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(lines) + "\n"


def _subject(what: str, about: Section, end: str) -> str:
    """`Your CME Certificate: ACR Convergence 2025 and 1 more`, the title cut to what room there is; never cut
    are the words that tell it from another of the same title."""
    title, end = about.title, f" ({about.apart}){end}" if about.apart else end
    room = SUBJECT_LENGTH - len(what) - len(end) - 2
    if about.apart:
        room = max(room, LEAST_OF_TITLE)
    return f"{what}: {shortened(title, room)}{end}" if title else what


def _pieces(text: str, wrap: Callable[[str], str] = str) -> tuple[bytes | str, ...]:
    """Lines with a slot as they are, the lines between them broken and encoded."""
    runs = groupby(_lines(text).splitlines(keepends=True), lambda line: OPEN in line)
    return tuple("".join(run) if slotted else quoted_printable(wrap("".join(run))) for slotted, run in runs)


def _filled(pieces: tuple[bytes | str, ...], words: list[str], wrap: Callable[[str], str] = str) -> bytes:
    return b"".join(
        piece if isinstance(piece, bytes) else quoted_printable(wrap(_put(piece, words))) for piece in pieces
    )


def _put(text: str, words: list[str]) -> str:
    return _SLOT.sub(lambda mark: words[int(mark[1])], text)


def without_link(text: str, page_url: str) -> str:
    """The text without the private link's token: a filter may quote the link in its refusal."""
    token = token_in(page_url)
    if not token or token.casefold() not in text.casefold():  # as nearly always: no pattern is made for it
        return text
    return re.sub(re.escape(token), "...", text, flags=re.IGNORECASE)
