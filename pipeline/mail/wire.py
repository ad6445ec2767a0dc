"""Commands out and answers in, in their order, on a connection that was opened, secured and logged in.

Two commands may be on their way at once where a server offers PIPELINING (RFC 2920): a message to a relay far
away costs the time of its round trips. aiosmtplib knows one command at a time.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque

MOST = 32_768  # bytes of one answer: a server that never ends it must not fill the memory
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")  # would end a command, and begin one of somebody else's


class Wire(asyncio.Protocol):
    """Takes over the transport. What goes wrong is an OSError, raised where the next answer is asked for."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._due = 0  # answers that were not heard to their end
        self._heard = b""
        self._lines: list[str] = []  # of the answer that is being heard
        self._answers: deque[tuple[int, str]] = deque()
        self._error: OSError | None = None
        self._waiter: asyncio.Future[None] | None = None
        transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        return self._error is None and not self._transport.is_closing()

    def command(self, *lines: str) -> None:
        """Sends commands; each has an answer. Raises ValueError for one that holds a control character."""
        for line in lines:
            if _CONTROL.search(line):
                raise ValueError("a command must not hold a control character")
        self.write("".join(f"{line}\r\n" for line in lines).encode(), len(lines))

    def write(self, data: bytes, answers: int = 1) -> None:
        """Sends these bytes, to which so many answers will come."""
        if not self.is_open:
            raise self._error or ConnectionError("the connection was lost")
        self._due += answers
        self._transport.write(data)

    async def answer(self, timeout: float) -> tuple[int, str]:  # noqa: ASYNC109 - a timer a command is dear
        """The next answer: its code and its words, a line each. Raises OSError where none comes within
        `timeout`, in seconds."""
        if not self._answers and self._error is None:
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            timer = loop.call_later(timeout, self._break, TimeoutError("no answer within the time"))
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
        if self._answers:
            return self._answers.popleft()
        raise self._error or ConnectionError("the connection was lost")

    def data_received(self, data: bytes) -> None:
        if self._due and self._error is None:  # else it is no answer to what was asked, or will be
            self._heard += data
            self._read()
        if len(self._heard) + sum(map(len, self._lines)) > MOST:
            self._break(ConnectionError("an answer that does not end"))
        self._wake()

    def eof_received(self) -> None:
        self._break(ConnectionError("the server closed the connection"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._break(exc if isinstance(exc, OSError) else ConnectionError("the connection was lost"))

    def _read(self) -> None:
        """Takes whole lines out of what was heard, and whole answers out of lines (RFC 5321 4.2.1)."""
        while self._due:
            line, end, rest = self._heard.partition(b"\n")
            if not end:
                return
            if not re.match(rb"[0-9]{3}(?![^ \r-])", line):
                self._break(ConnectionError(f"not SMTP: {line[:100].decode('utf-8', 'replace')}"))
                return
            self._heard = rest
            self._lines.append(line[4:].strip().decode("utf-8", "replace"))
            if line[3:4] != b"-":
                self._answers.append((int(line[:3]), "\n".join(self._lines)))
                self._lines = []
                self._due -= 1
        self._heard = b""

    def _break(self, error: OSError) -> None:
        """No further answer can be trusted."""
        self._error = self._error or error
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done() and (self._answers or self._error):
            self._waiter.set_result(None)
