"""Due letters in, mail out: workers with a connection each; every step of every message goes on record."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import random
import signal
import ssl
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.errors import MailError
from pipeline.mail.compose import without_link
from pipeline.mail.lanes import Lanes
from pipeline.mail.letters import Journal, Letter, Step, Summary, Watcher
from pipeline.mail.mime import UnmailableError, wire_address
from pipeline.mail.scribe import Scribe
from pipeline.mail.session import NotConnected, Server, Session
from pipeline.rules.messages.delivery import (
    Patience,
    Reply,
    Stage,
    Streak,
    enhanced_code,
    is_throttled,
    settle,
)
from pipeline.rules.messages.occasions import Fate, Notice

PAGE = 200  # letters read from the journal at a time: memory does not grow with the list
RECONNECT = (1.0, 2.0, 4.0)  # seconds before the next try to connect
THROTTLED = 2  # answers "slower" in a row after which a domain rests for this run


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Clock:
    """Time and chance, so that tests can hold them."""

    now: Callable[[], dt.datetime] = _now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random


def send_all(
    journal: Journal,
    compose: Callable[[Notice], bytes],
    server: Server,
    patience: Patience | None = None,
    limit: int | None = None,
    watch: Watcher | None = None,
) -> Summary:
    """Hands over what is due, at most `limit` messages; Ctrl-C and SIGTERM finish those in flight, then stop.

    A second signal does not wait for the server's last word: those messages stay `sending`, and become
    unknown when the next run begins. Raises MailError where no mail can be sent at all, and what `journal`
    raises; what was recorded before stands.
    """
    return asyncio.run(_with_signals(Delivery(journal, compose, server, patience, watch=watch), limit))


async def _with_signals(delivery: Delivery, limit: int | None) -> Summary:
    with _signals(delivery):
        try:
            return await delivery.run(limit)
        except asyncio.CancelledError:
            if not delivery.summary.interrupted:
                raise
            return delivery.summary


@contextlib.contextmanager
def _signals(delivery: Delivery) -> Iterator[None]:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def on_signal() -> None:
        if delivery.summary.interrupted and task is not None:
            task.cancel()
        delivery.stop()

    caught = []
    for number in (signal.SIGINT, signal.SIGTERM):
        # not in the main thread (or not on this system): then whoever called us handles signals
        with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):
            loop.add_signal_handler(number, on_signal)
            caught.append(number)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


class Delivery:
    """One run of the sender: what its workers share."""

    def __init__(
        self,
        journal: Journal,
        compose: Callable[[Notice], bytes],
        server: Server,
        patience: Patience | None = None,
        clock: Clock | None = None,
        watch: Watcher | None = None,
    ) -> None:
        self._journal, self._compose, self._watch = journal, compose, watch
        self._patience, self._clock = patience or Patience(), clock or Clock()
        self.server = server
        self.summary = Summary()
        self._scribe = Scribe(journal, lambda: self.lanes.busy, self._recorded)
        self.lanes = self._new_lanes(None)
        self._streak = Streak()
        self._slow: Counter[str] = Counter()  # answers "slower" in a row, by domain
        self._next_slot = 0.0  # of the rate limit
        self._stopping = asyncio.Event()

    async def run(self, limit: int | None = None) -> Summary:
        """Hands over what is due, at most `limit` messages. Raises as `send_all` does."""
        self.server.check()
        self.lanes = self._new_lanes(limit)
        if self._stopping.is_set():  # a signal came before the first message
            self.lanes.close()
        context = self.server.context
        if context is None and self.server.tls != "none":
            context = ssl.create_default_context()  # certificates verified, host names checked
        name = await asyncio.to_thread(self.server.own_name)
        workers = [Worker(self, name, context) for _ in range(self.server.workers)]
        tasks = [asyncio.create_task(worker.work()) for worker in workers]
        try:
            await asyncio.gather(*tasks)
        finally:
            # One worker's error ends the run for all, but each finishes the message it has in flight.
            self._end()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._scribe.finish()
            self.summary.resting = tuple(sorted(self.lanes.resting))
        return self.summary

    def stop(self) -> None:
        """Messages in flight are finished; no other is begun."""
        self.summary.interrupted = True
        self._end()

    def compose(self, letter: Letter) -> tuple[bytes, str] | None:
        """The message and its recipient as they go over the wire; None, and on record, where none can."""
        try:
            return self._compose(letter.notice), wire_address(letter.notice.to)
        except UnmailableError as error:
            self.settle(letter, Reply(Stage.COMPOSE, None, f"5.1.3 {error}"))
            return None

    async def begin(self, letter: Letter) -> None:
        """The message's text is about to leave: on disk before it does."""
        await self._scribe.commit(Step(letter.id, Fate.SENDING, letter.attempt + 1, self._clock.now()))

    def settle(self, letter: Letter, reply: Reply) -> None:
        """Puts on record what the reply means; learns from it how to go on."""
        reply = replace(reply, text=without_link(reply.text, letter.notice.page_url))
        at, attempt = self._clock.now(), letter.attempt + 1
        verdict = settle(reply, attempt, letter.queued_on, at, self._patience, self._clock.jitter())
        self._scribe.note(
            Step(
                letter.id,
                verdict.fate,
                attempt,
                at,
                reply.code,
                enhanced_code(reply.text),
                verdict.text,
                verdict.due_at,
            )
        )
        self.lanes.done(letter)
        if is_throttled(reply):
            self._slow[letter.domain] += 1
            if self._slow[letter.domain] >= THROTTLED:
                self.lanes.rest(letter.domain)
        else:
            self._slow.pop(letter.domain, None)
        self.learn(reply)

    def learn(self, reply: Reply) -> None:
        """Counts failures in a row; too many halt the run."""
        self._streak = self._streak.after(reply)
        halted = self._streak.halts(self._patience)
        if halted and not self.summary.halted:
            self.summary.halted = halted
            self._end()

    async def slot(self) -> bool:
        """Waits for this message's turn under the rate limit; False when the run is ending."""
        if self.server.rate > 0:
            now = self._clock.monotonic()
            at = max(now, self._next_slot)
            self._next_slot = at + 1 / self.server.rate
            if at > now:
                await self.pause(at - now)
        return not self._stopping.is_set()

    async def pause(self, seconds: float) -> None:
        """Waits, or until the run is ending."""
        waits = [
            asyncio.ensure_future(self._clock.sleep(seconds)),
            asyncio.ensure_future(self._stopping.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _new_lanes(self, limit: int | None) -> Lanes:
        return Lanes(self._page, max(2, self.server.workers // 2), limit)

    def _page(self, after: int) -> Sequence[Letter]:
        return self._journal.due(self._clock.now(), after, PAGE)

    def _recorded(self, step: Step) -> None:
        self.summary.count(step)
        if self._watch is not None:
            self._watch(step)

    def _end(self) -> None:
        self._stopping.set()
        self.lanes.close()


class Worker:
    """One connection at a time, reused; one message at a time."""

    def __init__(self, run: Delivery, name: str, context: ssl.SSLContext | None) -> None:
        self._run, self._name, self._context = run, name, context
        self._session: Session | None = None
        self._refused = 0  # connections in a row

    async def work(self) -> None:
        """Hands over letter after letter until there are none, or the run ends."""
        try:
            while (letter := await self._run.lanes.take()) is not None:
                await self._handle(letter)
        except asyncio.CancelledError:
            if self._session is not None:
                self._session.close()
            raise
        finally:
            if self._session is not None:
                await self._session.quit()

    async def _handle(self, letter: Letter) -> None:
        if not await self._run.slot():
            return self._run.lanes.give_back(letter)
        composed = self._run.compose(letter)
        if composed is None:
            return None
        reply = await self._carry(letter, *composed)
        if reply is not None:
            return self._run.settle(letter, reply)
        self._run.lanes.give_back(letter)
        return await self._run.pause(RECONNECT[min(self._refused, len(RECONNECT)) - 1])

    async def _carry(self, letter: Letter, message: bytes, recipient: str) -> Reply | None:
        """The server's reply; None where no connection came about, so that nothing was tried."""
        reply: Reply | None = None
        for _ in range(2):
            try:
                session = await self._connected()
            except NotConnected as error:
                self._refused += 1
                self._run.learn(error.reply)
                return reply
            except MailError:
                if reply is not None:
                    self._run.settle(letter, reply)
                raise
            reused = session.carried > 0
            reply = await session.hand_over(recipient, message, lambda: self._run.begin(letter))
            if not (reused and reply.hung_up):
                break  # a used connection may be closed on us at any time: that says nothing of this message
        return reply

    async def _connected(self) -> Session:
        """The connection, made anew where there is none or it has carried its share."""
        session = self._session
        if session is not None and (
            not session.is_open or session.carried >= self._run.server.per_connection
        ):
            self._session = None
            await session.quit()
            session = None
        if session is None:
            session = self._session = await Session.open(self._run.server, self._name, self._context)
            self._refused = 0
        return session
