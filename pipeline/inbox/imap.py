"""An IMAP folder of requests, over TLS: its address in; unread mails out, answered ones flagged."""

from __future__ import annotations

import base64
import imaplib
import re
import ssl
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from pipeline.errors import MailError
from pipeline.inbox.reading import MOST_BYTES, read_mail
from pipeline.rules.messages.requests import Mail

TIMEOUT = 60.0  # seconds
IMAPS = 993
FETCH = f"(BODY.PEEK[]<0.{MOST_BYTES}>)"  # PEEK: looking at a mail does not mark it as read
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
            self._server = imaplib.IMAP4_SSL(
                host, port, ssl_context=context or ssl.create_default_context(), timeout=TIMEOUT
            )
        except OSError as error:
            raise MailError(
                f"No connection to {host}: {error}.", "Look at the address and try again."
            ) from error
        try:
            self._server.login(_escaped(user), password)  # imaplib quotes the password alone
            answer, said = self._server.select(_quoted(folder))
        except (imaplib.IMAP4.error, OSError) as error:
            self.close()
            raise MailError(f"{self._where} cannot be opened: {_words(error, password)}.") from error
        if answer != "OK":
            self.close()
            raise MailError(f"{self._where} cannot be opened: {_said(said)}.", "Look at the folder's name.")

    def unread(self) -> Iterator[Mail]:
        """The mails that wait, oldest first. Raises MailError where the connection fails."""
        found = self._ask("SEARCH", "UNSEEN", "UNANSWERED", "UNDELETED")
        numbers = b" ".join(part for part in found if isinstance(part, bytes)).split()
        for number in numbers:
            ref = number.decode("ascii", "replace")
            parts = self._ask("FETCH", ref, FETCH)
            data = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if isinstance(data, bytes):  # else somebody took it away meanwhile
                yield read_mail(ref, data)

    def file(self, mail: Mail) -> None:
        """Flag a mail as seen and answered. Raises MailError where the connection fails."""
        self._ask("STORE", mail.ref, "+FLAGS.SILENT", r"(\Seen \Answered)")

    def close(self) -> None:
        """Say good-bye; the server may be gone already."""
        try:
            self._server.logout()
        except (imaplib.IMAP4.error, OSError):
            self._server.shutdown()

    def _ask(self, command: str, *words: str) -> list[object]:
        try:
            answer, said = self._server.uid(command, *words)
        except (imaplib.IMAP4.error, OSError) as error:
            raise MailError(
                f"{self._where}: the connection failed: {error}.",
                "Run the command again: nobody is answered twice.",
            ) from error
        if answer != "OK":
            raise MailError(f"{self._where}: {_said(said)}.", "Run the command again.")
        return list(said)


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


def _quoted(folder: str) -> str:
    """A folder's name in IMAP's own words: modified UTF-7 (RFC 3501, 5.1.3), quoted."""
    encoded = re.sub(
        r"[^\x20-\x7e]+|&",
        lambda found: "&-" if found[0] == "&" else f"&{_base64(found[0])}-",
        folder,
    )
    return _escaped(encoded)


def _escaped(text: str) -> str:
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")


def _words(error: BaseException, password: str) -> str:
    return str(error).replace(password, "...")


def _said(parts: object) -> str:
    if isinstance(parts, list) and parts and isinstance(parts[0], bytes):
        return parts[0].decode("utf-8", "replace").rstrip(".")
    return "the server refused"
