"""A mail server in process that records what it accepts and misbehaves as a test's script says."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class Accepted:
    """A message the server took: its own decision, whether or not anybody heard of it."""

    sender: str
    recipient: str
    data: bytes  # as stored: dots undoubled, CRLF
    connection: int
    options: str = ""  # of the MAIL command
    rcpt_options: str = ""  # of the RCPT command


@dataclass
class Moment:
    """Where a session stands when the script is asked for an answer."""

    verb: str  # CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, DOT (before it is taken), TAKEN, RSET, QUIT
    argument: str
    connection: int  # 1 for the first
    messages: int  # accepted on this connection so far
    seen: Counter[tuple[str, str]]  # how often this verb came with this argument, over all connections
    recipient: str = ""


class Drop:
    """An answer: hang up without a word."""


@dataclass
class Hold:
    """An answer that is given only when the event is set; `held` tells the test that it is waited for."""

    reply: str
    release: threading.Event = field(default_factory=threading.Event)
    held: threading.Event = field(default_factory=threading.Event)


Answer = str | Drop | Hold | None  # None: as a well-behaved server would
Script = Callable[[Moment], Answer]


class SmtpServer:
    """Use as a context manager; `port` is known inside."""

    def __init__(
        self,
        script: Script | None = None,
        extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8"),
        starttls: ssl.SSLContext | None = None,
        implicit: ssl.SSLContext | None = None,
        users: dict[str, str] | None = None,
    ) -> None:
        self.script = script or (lambda _: None)
        self.extensions, self.starttls, self.implicit, self.users = extensions, starttls, implicit, users
        self.accepted: list[Accepted] = []
        self.commands: list[str] = []
        self.connections = 0
        self.seen: Counter[tuple[str, str]] = Counter()
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def wait(self) -> None:
        """Until nobody is connected: what a client that was killed had sent is then taken."""
        asyncio.run_coroutine_threadsafe(self._until_idle(), self._loop).result(10)

    async def _until_idle(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)

    def recipients(self) -> Counter[str]:
        return Counter(one.recipient for one in self.accepted)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._client, "127.0.0.1", 0, ssl=self.implicit, limit=2**20)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        session = _Session(self, reader, writer, self.connections)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, _GoneError):
                await session.talk()
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(Exception):
                await writer.wait_closed()


class _GoneError(Exception):
    """The server hung up."""


class _Session:
    def __init__(self, server: SmtpServer, reader: Any, writer: Any, number: int) -> None:
        self.server, self.reader, self.writer, self.number = server, reader, writer, number
        self.taken = 0
        self.secure = server.implicit is not None
        self.sender = self.recipient = self.options = self.rcpt_options = ""

    async def ask(self, verb: str, argument: str, usual: str) -> str:
        """Sends the script's answer, or the usual one; returns what was sent."""
        key = (verb, argument)
        self.server.seen[key] += 1
        moment = Moment(verb, argument, self.number, self.taken, self.server.seen, self.recipient)
        answer = self.server.script(moment)
        if isinstance(answer, Drop):
            self.writer.transport.abort()
            raise _GoneError
        if isinstance(answer, Hold):
            answer.held.set()
            await asyncio.get_running_loop().run_in_executor(None, answer.release.wait, 20)
            answer = answer.reply
        reply = answer or usual
        if reply:
            self.writer.write(reply.encode() + b"\r\n")
            await self.writer.drain()
        if reply.startswith("421"):
            raise _GoneError
        return reply

    async def talk(self) -> None:
        await self.ask("CONNECT", "", "220 mail.test ESMTP")
        while line := await self.reader.readline():
            text = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
            self.server.commands.append(text)
            verb, _, argument = text.partition(" ")
            verb = verb.upper()
            if verb == "QUIT":
                await self.ask(verb, "", "221 2.0.0 bye")
                return
            handler = getattr(self, f"on_{verb.lower()}", None)
            if handler is None:
                await self.ask(verb, argument, "502 5.5.1 not here")
            else:
                await handler(argument)

    async def on_ehlo(self, argument: str) -> None:
        offered = list(self.server.extensions)
        if self.server.starttls is not None and not self.secure:
            offered.append("STARTTLS")
        if self.server.users is not None:
            offered.append("AUTH PLAIN")
        lines = ["mail.test", *offered]
        await self.ask(
            "EHLO",
            argument,
            "\r\n".join(f"250{' ' if i == len(lines) - 1 else '-'}{line}" for i, line in enumerate(lines)),
        )

    async def on_starttls(self, argument: str) -> None:
        if not (await self.ask("STARTTLS", argument, "220 2.0.0 go on")).startswith("220"):
            return
        await self.writer.start_tls(self.server.starttls)
        self.secure = True

    async def on_auth(self, argument: str) -> None:
        import base64

        _, user, password = base64.b64decode(argument.split()[1]).decode().split("\0")
        good = (self.server.users or {}).get(user) == password
        await self.ask("AUTH", user, "235 2.7.0 welcome" if good else "535 5.7.8 wrong password")

    async def on_mail(self, argument: str) -> None:
        path, _, self.options = argument.partition(":")[2].partition(" ")
        self.sender, self.recipient = path.strip("<>"), ""
        await self.ask("MAIL", self.sender, "250 2.1.0 ok")

    async def on_rcpt(self, argument: str) -> None:
        path, _, self.rcpt_options = argument.partition(":")[2].partition(" ")
        recipient = path.strip("<>")
        reply = await self.ask("RCPT", recipient, "250 2.1.5 ok")
        if reply.startswith("25"):
            self.recipient = recipient

    async def on_rset(self, argument: str) -> None:
        self.sender = self.recipient = ""
        await self.ask("RSET", argument, "250 2.0.0 ok")

    async def on_data(self, argument: str) -> None:
        if not self.recipient:
            await self.ask("DATA", argument, "503 5.5.1 no recipient")
            return
        if not (await self.ask("DATA", self.recipient, "354 go on")).startswith("354"):
            return
        data = b""
        while not data.endswith(b"\r\n.\r\n") and data != b".\r\n":
            data += await self.reader.readuntil(b"\r\n")
        message = data[:-3].replace(b"\r\n..", b"\r\n.")
        if message.startswith(b".."):
            message = message[1:]
        # DOT: a refusal, or trouble before the message is the server's; TAKEN: it is on the server's disk
        if await self.ask("DOT", self.recipient, ""):
            return
        self.server.accepted.append(
            Accepted(self.sender, self.recipient, message, self.number, self.options, self.rcpt_options)
        )
        self.taken += 1
        await self.ask("TAKEN", self.recipient, f"250 2.0.0 queued as {len(self.server.accepted)}")
        self.recipient = ""
