"""Answers of a mail server as they come over the wire: in pieces, several at once, too many, or none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.mail.wire import MOST, Wire


class Line(asyncio.Transport):
    """Keeps what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.closing = False

    def write(self, data: Any) -> None:
        self.sent += data

    def is_closing(self) -> bool:
        return self.closing

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """There is no other."""


def heard(act: Callable[[Wire], None], *commands: str, answers: int | None = None) -> list[Any]:
    """What comes of the answers to these commands, while `act` is what the server does."""

    async def ask() -> list[Any]:
        wire, found = Wire(Line()), list[Any]()
        wire.command(*commands)
        asyncio.get_running_loop().call_soon(act, wire)
        for _ in range(len(commands) if answers is None else answers):
            try:
                found.append(await wire.answer(0.2))
            except OSError as error:
                found.append(str(error))
        return found

    return asyncio.run(ask())


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_two_answers_are_told_apart_however_they_are_cut(size: int) -> None:
    said = b"250-first\r\n250 second\r\n550 5.1.1 n\xc3\xb6\r\n"

    def act(wire: Wire) -> None:
        for at in range(0, len(said), size):
            wire.data_received(said[at : at + size])

    assert heard(act, "MAIL", "RCPT") == [(250, "first\nsecond"), (550, "5.1.1 n\u00f6")]


@pytest.mark.parametrize("line", ["250\r\n", "250 \r\n", "250\n"])
def test_a_code_is_enough(line: str) -> None:
    assert heard(lambda wire: wire.data_received(line.encode()), "RSET") == [(250, "")]


def test_what_nobody_asked_for_is_no_answer_to_what_comes_next() -> None:
    async def ask() -> tuple[int, str]:
        wire = Wire(Line())
        wire.data_received(b"250 too early\r\n")
        wire.command("MAIL")
        wire.data_received(b"451 later\r\n250 one too many\r\n")
        assert await wire.answer(1) == (451, "later")
        wire.command("RSET")
        wire.data_received(b"250 its own\r\n")
        return await wire.answer(1)

    assert asyncio.run(ask()) == (250, "its own")


def test_the_answers_before_the_connection_went_count() -> None:
    def act(wire: Wire) -> None:
        wire.data_received(b"550 no\r\n25")
        wire.eof_received()

    assert heard(act, "MAIL", "RCPT") == [(550, "no"), "the server closed the connection"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "not SMTP: HTTP/1.1 400"),
        (b"2500 ok\r\n", "not SMTP"),
        (b"x" * (MOST + 1), "does not end"),
        (b"250-more\r\n" * 10_000, "does not end"),
        (b"", "no answer within the time"),
    ],
)
def test_what_is_no_answer_ends_the_connection(said: bytes, words: str) -> None:
    def act(wire: Wire) -> None:
        wire.data_received(said)

    first, second = heard(act, "MAIL", answers=2)
    assert words in first
    assert first == second


def test_an_answer_that_comes_too_late_is_taken_for_no_other() -> None:
    async def ask() -> None:
        wire = Wire(Line())
        wire.command("MAIL")
        with pytest.raises(TimeoutError):
            await wire.answer(0)
        wire.data_received(b"250 at last\r\n")
        with pytest.raises(TimeoutError):
            await wire.answer(1)

    asyncio.run(ask())


def test_nothing_is_sent_on_a_connection_that_went() -> None:
    line = Line()
    wire = Wire(line)
    line.closing = True
    with pytest.raises(ConnectionError):
        wire.command("MAIL")
    assert not line.sent
    assert not wire.is_open


def test_a_command_cannot_hold_another() -> None:
    line = Line()
    with pytest.raises(ValueError, match="control character"):
        Wire(line).command("MAIL FROM:<a@example.org>", "RCPT TO:<b@example.org>\r\nDATA")
    assert not line.sent
