"""The mail server, looked at: a conversation up to the log-in; and one test mail, where it is asked for."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import re
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email.utils import parsedate_to_datetime

import aiosmtplib

from pipeline.errors import MailError
from pipeline.mail.session import Server, encrypt, greet, hang_up, server_words
from pipeline.rules.checks.relay import Conversation

SECONDS = 5.0  # for the connection and for each answer
# In the greeting of Exchange and sendmail: Thu, 26 Nov 2026 14:08:27 +0000 (RFC 5322).
_DATE = re.compile(r"(?:[A-Z][a-z]{2}, )?[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} [+-][0-9]{4}")
_FAILURES = (aiosmtplib.SMTPException, OSError, ValueError)


def look_at_relay(server: Server) -> Conversation:
    """Connect, secure the connection, log in where there is a user, and go; nothing is sent or raised."""
    return asyncio.run(_look(server))


def send_test_mail(server: Server, recipient: str, mail: bytes) -> None:
    """Hand over one mail. Raises MailError where the server does not take it."""
    asyncio.run(_send(server, recipient, mail))


async def _look(server: Server) -> Conversation:
    said = Conversation(f"{server.host}:{server.port}")
    try:
        # First here: where the search for its address hangs, no thread does for which the program would wait.
        socket.getaddrinfo(server.host, server.port)
        async with _connected(server) as (client, greeting):
            said = replace(said, said_at=_time_in(greeting))
            if server.tls == "starttls":
                if not client.supports_extension("starttls"):
                    return replace(said, lacks_tls=True)
                await _secure(client)
            said = replace(said, ends=_end_of(client), offers=dict(client.esmtp_extensions))
            if server.user and "auth" in said.offers and server.tls != "none":
                try:
                    await client.login(server.user, server.password)
                except aiosmtplib.SMTPException as error:
                    return replace(said, login=_words(error))
            return said
    except _FAILURES as error:
        for cause in _causes(error):
            if isinstance(cause, ssl.SSLCertVerificationError):
                return replace(said, distrusted=cause.verify_message.rstrip("."))
        return replace(said, failed=_words(error))


async def _send(server: Server, recipient: str, mail: bytes) -> None:
    try:
        async with _connected(server) as (client, _):
            if server.tls == "starttls":
                await _secure(client)
            if server.user:
                await client.login(server.user, server.password)
            await client.sendmail(server.sender, [recipient], mail)
    except _FAILURES as error:
        raise MailError(
            f"The test mail was not sent: {server.host}:{server.port}: {_words(error)}.",
            "See what certs doctor says of the relay.",
        ) from error


@asynccontextmanager
async def _connected(server: Server) -> AsyncIterator[tuple[aiosmtplib.SMTP, str]]:
    """A client that has greeted, and what the server said first."""
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        local_hostname=server.own_name(),
        timeout=SECONDS,
        use_tls=server.tls == "tls",
        start_tls=False,
        tls_context=server.context or ssl.create_default_context(),
    )
    try:
        greeting = (await client.connect()).message
        await greet(client)
        yield client, greeting
        with contextlib.suppress(*_FAILURES):
            await client.execute_command(b"QUIT")  # client.quit() would leave TLS half closed
    finally:
        hang_up(client)


async def _secure(client: aiosmtplib.SMTP) -> None:
    await encrypt(client)
    await greet(client)


def _end_of(client: aiosmtplib.SMTP) -> dt.datetime | None:
    """When the server's certificate is no longer valid; None without TLS."""
    certificate = client.get_transport_info("peercert") or {}
    end = certificate.get("notAfter")
    return dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(end), dt.UTC) if end else None


def _time_in(greeting: str) -> dt.datetime | None:
    found = _DATE.search(greeting)
    try:
        return parsedate_to_datetime(found[0]) if found else None
    except ValueError:
        return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _words(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return ", ".join(map(_words, error.recipients))
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return server_words(f"{error.code} {error.message}")
    if isinstance(error, TimeoutError):  # aiosmtplib's own among them
        return f"no answer within {SECONDS:.0f} seconds"
    return server_words(str(error)) or type(error).__name__
