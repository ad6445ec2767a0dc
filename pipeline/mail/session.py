"""One connection to the mail server: opened with the safety asked for, used for message after message.

aiosmtplib opens it; its exceptions do not tell whether the final dot was sent. So messages go by `wire`, each
phase awaited by itself, and the Reply that comes out always says how far the message had come.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import aiosmtplib

from pipeline.errors import MailError
from pipeline.mail.wire import Wire
from pipeline.rules.messages.delivery import Reply, Stage


@dataclass(frozen=True)
class Timeouts:
    """Seconds, by phase: RFC 5321 4.5.3.2, with less patience before anything is at stake."""

    connect: float = 60  # connection, TLS and greeting
    command: float = 300
    final: float = 600  # the answer to the final dot


@dataclass(frozen=True)
class Server:
    """Where mail is handed over, and how."""

    host: str
    port: int
    sender: str  # the envelope's: bounces come back to it
    tls: str = "starttls"  # starttls | tls | none
    user: str = ""
    password: str = field(default="", repr=False)
    ehlo: str = ""  # our name; empty: this machine's
    workers: int = 4  # connections at a time
    rate: float = 0.0  # messages a second over all of them, 0: no limit
    per_connection: int = 100  # messages before a connection is made anew
    timeouts: Timeouts = Timeouts()
    context: ssl.SSLContext | None = None  # for a relay with a certificate of one's own authority

    def check(self) -> None:
        """Raises MailError for settings under which no mail may go."""
        if self.tls not in ("starttls", "tls", "none"):
            raise MailError(f'SMTP_TLS is "{self.tls}".', "Write starttls, tls or none.")
        if self.user and self.tls == "none":
            raise MailError(
                "SMTP_TLS is none, so SMTP_PASSWORD would cross the network for anyone to read.",
                "Set SMTP_TLS=starttls or tls, or leave SMTP_USER empty.",
            )

    def own_name(self) -> str:
        """The name for EHLO: as set, else this machine's, else an address literal (RFC 5321 4.1.4)."""
        name = self.ehlo or socket.getfqdn()
        return name if "." in name or name.startswith("[") else "[127.0.0.1]"


@dataclass(frozen=True)
class Envelope:
    """Whom a message goes to, and what a report about it shall name."""

    recipient: str  # in its wire form
    key: str  # the Message-ID, which a relay may rewrite in the mail itself


class NotConnected(Exception):  # noqa: N818 - an outcome that may pass, not an error of the program's
    """No connection this time; the reply says why."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


class Session:
    """A connection in use by one worker."""

    def __init__(self, server: Server, client: aiosmtplib.SMTP, transport: asyncio.Transport) -> None:
        self._server, self._client, self._wire = server, client, Wire(transport)
        self.carried = 0  # messages handed over or refused on this connection

    @classmethod
    async def open(cls, server: Server, name: str, context: ssl.SSLContext | None) -> Session:
        """Connects, secures, greets and logs in.

        Raises MailError where trying again cannot help (no TLS offered, certificate not trusted, password
        refused), NotConnected where it may.
        """
        where = f"{server.host}:{server.port}"
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=name,
            timeout=server.timeouts.connect,
            use_tls=server.tls == "tls",
            start_tls=False,  # asked for below: aiosmtplib's own way cannot tell why it failed
            tls_context=context,
        )
        try:
            await client.connect()
            await greet(client)
            if server.tls == "starttls":
                if not client.supports_extension("starttls"):
                    raise MailError(
                        f"{where} does not offer STARTTLS: mail would cross the network for anyone to read.",
                        "If the server speaks TLS from the start, set SMTP_TLS=tls. Nothing was sent.",
                    )
                await encrypt(client)
                await greet(client)  # what was said before TLS does not count (RFC 3207 4.2)
            if server.user:
                if not client.supports_extension("auth"):
                    raise MailError(
                        f"{where} offers no way to log in.",
                        "Leave SMTP_USER empty, or ask the mail administrator.",
                    )
                await client.login(server.user, server.password)
        except BaseException as error:
            hang_up(client)
            if isinstance(error, aiosmtplib.SMTPAuthenticationError) and not 400 <= error.code < 500:
                said = server_words(error.message)
                raise MailError(
                    f"{where} refuses SMTP_USER and SMTP_PASSWORD: {error.code} {said}",
                    "Mend them in .env.",
                ) from error
            if isinstance(error, aiosmtplib.SMTPResponseException):
                raise NotConnected(Reply(Stage.CONNECT, error.code, server_words(error.message))) from error
            if isinstance(error, aiosmtplib.SMTPException | OSError):
                _refuse_unsafe(error, where)
                raise NotConnected(Reply(Stage.CONNECT, None, server_words(f"{where}: {error}"))) from error
            raise
        if not isinstance(client.transport, asyncio.Transport):
            raise NotConnected(Reply(Stage.CONNECT, None, f"{where}: the connection was lost"))
        return cls(server, client, client.transport)

    @property
    def takes_utf8(self) -> bool:
        return bool(self._client.supports_extension("smtputf8"))

    @property
    def is_open(self) -> bool:
        return self._wire.is_open

    async def send(self, to: Envelope, message: bytes, begin: Callable[[], Awaitable[None]]) -> Reply:
        """One message to one recipient. `begin` is awaited directly before its text leaves.

        Never raises for what a server does: that is the Reply; what `begin` raises goes through, and the
        session must then be closed.
        """
        stage, recipient = Stage.MAIL, to.recipient
        self.carried += 1
        try:
            utf8 = not recipient.isascii()
            if utf8 and not self.takes_utf8:
                text = "5.6.7 the mail server does not take addresses beyond ASCII (no SMTPUTF8)"
                return Reply(Stage.COMPOSE, None, text)
            if 0 < self._most_bytes < len(message):
                text = f"5.3.4 the mail has {len(message)} bytes, the mail server takes {self._most_bytes}"
                return Reply(stage, 552, text)
            of_mail, of_rcpt = self._parameters(to)
            envelope = (f"MAIL FROM:<{self._server.sender}>{of_mail}", f"RCPT TO:<{recipient}>{of_rcpt}")
            at_once = self._client.supports_extension("pipelining")
            self._wire.command(*envelope if at_once else envelope[:1])
            reply = await self._answer(stage)
            if reply.code != 250:
                if utf8:
                    reply = replace(reply, stage=Stage.RCPT)  # what is refused may be the kind of address
                return await self._refused(reply, unheard=int(at_once))
            stage = Stage.RCPT
            if not at_once:
                self._wire.command(envelope[1])
            reply = await self._answer(stage)
            if reply.code not in (250, 251):
                return await self._refused(reply)
            stage = Stage.DATA
            await begin()
            self._wire.command("DATA")
            reply = await self._answer(stage)
            if reply.code != 354:
                return await self._refused(reply)
            self._wire.write(dotted(message))
            stage = Stage.DOT
            reply = await self._answer(stage, self._server.timeouts.final)
            if reply.code == 421:
                self.close()
            return reply
        except OSError as error:
            self.close()  # lost, timed out, or not SMTP what was said: nothing that follows could be trusted
            return Reply(stage, None, server_words(str(error)) or type(error).__name__)

    @property
    def _most_bytes(self) -> int:
        """The largest message that the server takes (RFC 1870); 0 where it does not say."""
        said = self._client.esmtp_extensions.get("size", "")
        return int(said) if re.fullmatch(r"[0-9]{1,18}", said) else 0

    def _parameters(self, to: Envelope) -> tuple[str, str]:
        """What stands behind the addresses of MAIL and RCPT.

        With DSN (RFC 3461) a report names message and address as we wrote them, whatever a relay rewrites.
        """
        utf8 = not to.recipient.isascii()
        of_mail, of_rcpt = " SMTPUTF8 BODY=8BITMIME" if utf8 else "", ""
        if self._client.supports_extension("dsn"):
            kind = "utf-8" if utf8 else "rfc822"
            of_mail += f" RET=HDRS ENVID={_xtext(to.key)}"
            of_rcpt = f" ORCPT={kind};{_xtext(to.recipient)}"
        return of_mail, of_rcpt

    async def _answer(self, stage: Stage, seconds: float | None = None) -> Reply:
        code, text = await self._wire.answer(self._server.timeouts.command if seconds is None else seconds)
        return Reply(stage, code, server_words(text))

    async def _refused(self, reply: Reply, unheard: int = 0) -> Reply:
        """The envelope is cleared for the next message; a server that cannot even do that is left. `unheard`:
        answers to commands that went with the one that was refused."""
        if reply.code == 421:
            self.close()
        elif self.is_open:
            try:
                for _ in range(unheard):
                    await self._answer(reply.stage)
                self._wire.command("RSET")
                cleared = (await self._answer(reply.stage)).code == 250
            except OSError:
                cleared = False
            if not cleared:
                self.close()
        return reply

    def close(self) -> None:
        hang_up(self._client)

    async def quit(self) -> None:
        """Says goodbye; all messages are settled, so nothing hangs on the answer."""
        if self.is_open:
            with contextlib.suppress(OSError):
                self._wire.command("QUIT")
                await self._answer(Stage.CONNECT, 5)
        hang_up(self._client)


def hang_up(client: aiosmtplib.SMTP) -> None:
    """Closes at once: a TLS connection would wait for the server's goodbye, beyond the end of the run."""
    transport = client.transport
    client.close()
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


def _xtext(text: str) -> str:
    """The text as a parameter of a command: by RFC 3461, section 4; beyond ASCII by RFC 6533, section 3."""
    special, escaped = (r"[^!-~]|[+=]", "+{:02X}") if text.isascii() else (r"[^!-~]|[+=\\]", "\\x{{{:X}}}")
    return re.sub(special, lambda one: escaped.format(ord(one[0])), text)


def dotted(message: bytes) -> bytes:
    """The message as DATA sends it: lines that begin with a dot doubled, the final dot (RFC 5321 4.5.2)."""
    if message.startswith(b"."):
        message = b"." + message
    return message.replace(b"\r\n.", b"\r\n..") + b".\r\n"


async def encrypt(client: aiosmtplib.SMTP) -> None:
    """STARTTLS. Where it fails, the plain connection under it does not wait for its last bytes."""
    plain = client.transport
    try:
        await client.starttls()
    except BaseException:
        if isinstance(plain, asyncio.WriteTransport):
            plain.abort()
        raise


async def greet(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        if not client.is_connected:
            raise
        await client.helo()


def _refuse_unsafe(error: Exception, where: str) -> None:
    """Raises MailError for a certificate that is not trusted: trying again cannot help."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise MailError(
                f"The certificate of {where} is not trusted: {cause.verify_message}.",
                "Ask the mail administrator; SMTP_HOST must be the name in its certificate.",
            ) from error
        cause = cause.__cause__ or cause.__context__


def server_words(text: str) -> str:
    """A server's words on one line, as much of them as helps."""
    shown = text if text.isprintable() else "".join(one if one.isprintable() else " " for one in text)
    return " ".join(shown.split())[:500]
