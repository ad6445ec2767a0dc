"""An IMAP folder, over TLS: its address in; mails out, those that wait or all; answered ones flagged."""

from __future__ import annotations

import contextlib
import re
import ssl
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from pipeline.errors import MailError
from pipeline.inbox.reading import MOST_BYTES, read_mail
from pipeline.rules.messages.automatic import Mail

TIMEOUT = 60.0  # seconds
IMAPS = 993
FETCH = f"BODY.PEEK[]<0.{MOST_BYTES}>"  # PEEK: looking at a mail does not mark it as read
FETCHED = b"BODY[]<0>"
FAULTS = (IMAPClientError, OSError, ValueError)  # what the library raises, a malformed answer among it
_USER_SAFE = re.compile(r"[^\x00-\x1f\x7f]+")


class ImapBox:
    """The folder at imaps://user@host[:port]/folder. Mails neither seen nor answered wait."""

    def __init__(self, url: str, password: str, context: ssl.SSLContext | None = None) -> None:
        """`context`: how the server's certificate is verified; else by the system's authorities.

        Raises MailError where the address, the password or the connection does not serve.
        """
        user, host, port, folder = _parts(url)
        if not password:
            raise MailError(f"There is no password for {user} at {host}.", "Set REQUESTS_PASSWORD in .env.")
        if not (user + password).isascii():
            raise MailError("IMAP takes user and password in ASCII alone.", "Set another password.")
        self._where = f"{folder} of {user} at {host}"
        try:
            self._server = IMAPClient(
                host, port, ssl_context=context or ssl.create_default_context(), timeout=TIMEOUT
            )
        except FAULTS as error:
            raise MailError(
                f"No connection to {host}: {error}.", "Look at the address and try again."
            ) from error
        try:
            self._server.login(_quoted(user), password)  # the library quotes the password alone
            self._server.select_folder(folder)
        except FAULTS as error:
            self.close()
            said = str(error).replace(password, "...").rstrip(".")
            raise MailError(
                f"{self._where} cannot be opened: {said}.", "Look at the password and the folder's name."
            ) from error

    def unread(self) -> Iterator[Mail]:
        """The mails that wait, oldest first. Raises MailError where the connection fails."""
        return self._found(["UNSEEN", "UNANSWERED", "UNDELETED"])

    def all(self) -> Iterator[Mail]:
        """Every mail, oldest first, whoever has dealt with it. Raises MailError where the connection ends."""
        return self._found(["UNDELETED"])

    def about(self, word: str) -> Iterator[Mail]:
        """The mails whose subject holds this word of letters and digits, oldest first. Raises MailError."""
        return self._found(["UNDELETED", "SUBJECT", word])

    def _found(self, which: list[str]) -> Iterator[Mail]:
        for number in self._ask(self._server.search, which):
            found = self._ask(self._server.fetch, [number], [FETCH]).get(number, {}).get(FETCHED)
            if found is not None:  # else somebody took it away meanwhile
                yield read_mail(str(number), found)

    def file(self, mail: Mail, is_answered: bool = True) -> None:
        """Flag a mail as seen and, if it was, as answered. Raises MailError where the connection fails."""
        flags = [r"\Seen", *([r"\Answered"] if is_answered else [])]
        self._ask(self._server.add_flags, [int(mail.ref)], flags, silent=True)

    def close(self) -> None:
        """Say good-bye; the server may be gone already."""
        for end in (self._server.logout, self._server.shutdown):
            with contextlib.suppress(*FAULTS):
                end()

    def _ask(self, command: Callable[..., Any], *words: object, **options: object) -> Any:
        try:
            return command(*words, **options)
        except FAULTS as error:
            raise MailError(
                f"{self._where}: {error}.", "Run the command again: nobody is answered twice."
            ) from error


def _parts(url: str) -> tuple[str, str, int, str]:
    """User, host, port and folder. Raises MailError for what is no such address."""
    try:
        parts = urlsplit(url)
        port = parts.port or IMAPS
    except ValueError as error:
        raise MailError("That is no address of an IMAP folder.", "imaps://user@host/folder") from error
    user, folder = unquote(parts.username or ""), unquote(parts.path.strip("/")) or "INBOX"
    if parts.password is not None:
        raise MailError(
            "A password does not belong on the command line: others can read it there.",
            "Set REQUESTS_PASSWORD in .env, and write imaps://user@host/folder.",
        )
    if parts.scheme != "imaps" or not parts.hostname or not _USER_SAFE.fullmatch(user + folder) or not user:
        raise MailError("That is no address of an IMAP folder.", "imaps://user@host/folder")
    return user, parts.hostname, port, folder


def _quoted(text: str) -> str:
    """The text as a quoted string (RFC 3501, 4.3)."""
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'
