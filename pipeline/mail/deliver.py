"""Due messages in, mail out: workers with a connection each; every step of every message goes on record."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import random
import signal
import ssl
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from pipeline.errors import MailError
from pipeline.mail.compose import without_link
from pipeline.mail.mime import UnmailableError, wire_address
from pipeline.mail.queue import OutgoingMessage, Queue, Step, Summary, Watcher
from pipeline.mail.recorder import Recorder, TakenError
from pipeline.mail.session import Envelope, NotConnected, Server, Session
from pipeline.rules.messages.delivery import (
    Reply,
    RetryPolicy,
    Stage,
    Streak,
    enhanced_code,
    is_throttled,
    verdict_of,
)
from pipeline.rules.messages.occasions import Fate, Notice
from pipeline.rules.messages.refusal_table import Cause

PAGE = 200  # messages read from the ledger at a time: memory does not grow with the list
RECONNECT = (1.0, 2.0, 4.0)  # seconds before the next try to connect
THROTTLED = 2  # answers "slower" in a row after which a domain rests for this run


@dataclass(frozen=True)
class Clock:
    """Time and chance, so that tests can hold them."""

    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random


def send_all(
    queue: Queue,
    compose: Callable[[Notice], bytes],
    server: Server,
    policy: RetryPolicy | None = None,
    limit: int | None = None,
    watch: Watcher | None = None,
) -> Summary:
    """Sends what is due, at most `limit` messages; Ctrl-C and SIGTERM finish those in flight, then stop.

    A second signal does not wait for the server's last word: those messages stay `sending`, and become
    unknown when the next run begins. Raises MailError where no mail can be sent at all, and what `queue`
    raises; what was recorded before stands.
    """
    return asyncio.run(_with_signals(Delivery(queue, compose, server, policy, watch=watch), limit))


async def _with_signals(delivery: Delivery, limit: int | None) -> Summary:
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
        return await delivery.run(limit)
    except asyncio.CancelledError:
        if not delivery.summary.interrupted:
            raise
        return delivery.summary
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


class Delivery:
    """One run of the sender: what its workers share."""

    def __init__(
        self,
        queue: Queue,
        compose: Callable[[Notice], bytes],
        server: Server,
        policy: RetryPolicy | None = None,
        clock: Clock | None = None,
        watch: Watcher | None = None,
    ) -> None:
        self._queue, self._compose, self._watch = queue, compose, watch
        self._policy, self._clock = policy or RetryPolicy(), clock or Clock()
        self.server = server
        self.summary = Summary()
        self._recorder = Recorder(queue, lambda: self._in_hand, self._recorded)
        self._waiting: deque[OutgoingMessage] = deque()
        self._last = 0  # the highest id read
        self._left: int | None = None  # messages that may still be begun, None: all
        self._in_hand = 0  # messages with a worker
        self._streak = Streak()
        self._slow: Counter[str] = Counter()  # answers "slower" in a row, by domain
        self._next_slot = 0.0  # of the rate limit
        self._stopping = asyncio.Event()

    async def run(self, limit: int | None = None) -> Summary:
        """Sends what is due, at most `limit` messages. Raises as `send_all` does."""
        self.server.check()
        self._left = limit
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
            self._stopping.set()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._recorder.finish()
            self.summary.resting = tuple(sorted(self._resting()))
        return self.summary

    def stop(self) -> None:
        """Messages in flight are finished; no other is begun."""
        self.summary.interrupted = True
        self._stopping.set()

    def take(self) -> OutgoingMessage | None:
        """The next message, None where there is none left or the run is ending."""
        while not self._stopping.is_set() and (self._waiting or self._read()):
            message = self._waiting.popleft()
            if message.domain not in self._resting():
                self._in_hand += 1
                return message
        return None

    def give_back(self, message: OutgoingMessage) -> None:
        """The message was not tried; it is the next."""
        self._in_hand -= 1
        self._waiting.appendleft(message)

    def compose(self, message: OutgoingMessage) -> tuple[bytes, str] | None:
        """The mail and its recipient as they go over the wire; None, and on record, where none can."""
        try:
            return self._compose(message.notice), wire_address(message.notice.to)
        except UnmailableError as error:
            self.record_reply(message, Reply(Stage.COMPOSE, None, f"5.1.3 {error}"))
            return None

    async def record_sending(self, message: OutgoingMessage) -> None:
        """The message's text is about to leave: on disk before it does. Raises TakenError."""
        step = Step(message.id, Fate.SENDING, message.attempt + 1, self._clock.now())
        await self._recorder.commit(step)

    def leave(self) -> None:
        """Another process sends this message, and surely the others that wait, too: the run ends."""
        self._in_hand -= 1
        self.summary.halted = self.summary.halted or "another process sends the same messages"
        self._stopping.set()

    def record_reply(self, message: OutgoingMessage, reply: Reply) -> None:
        """Puts on record what the reply means; learns from it how to go on."""
        reply = replace(reply, text=without_link(reply.text, message.notice.page_url))
        at, attempt, jitter = self._clock.now(), message.attempt + 1, self._clock.jitter()
        verdict = verdict_of(reply, attempt, message.queued_on, at, self._policy, jitter)
        code, enhanced = reply.code, enhanced_code(reply.text)
        self._recorder.note(
            Step(message.id, verdict.fate, attempt, at, code, enhanced, verdict.text, verdict.due_at)
        )
        self._in_hand -= 1
        if is_throttled(reply):
            self._slow[message.domain] += 1
        elif message.domain not in self._resting():
            self._slow.pop(message.domain, None)
        self.learn(reply, again=message.attempt > 0)

    def learn(self, reply: Reply, again: bool = False) -> None:
        """Counts failures in a row; too many halt the run."""
        self._streak = self._streak.after(reply, again)
        halted = self._streak.halts(self._policy)
        if halted and not self.summary.halted:
            self.summary.halted = halted
            self.summary.quota = self._streak.text if self._streak.refusal.cause is Cause.QUOTA else ""
            self._stopping.set()

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
        waits = [asyncio.ensure_future(one) for one in (self._clock.sleep(seconds), self._stopping.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _read(self) -> bool:
        """Whether there are more messages: the next of the ledger, domain by domain in turn.

        So one domain that refuses all its people does not look like a server that refuses everything.
        """
        found = self._queue.due(self._clock.now(), self._last, PAGE)[: self._left]
        if found:
            self._last = found[-1].id
            self._left = None if self._left is None else self._left - len(found)
        seen: Counter[str] = Counter()
        turn: dict[int, int] = {}
        for message in found:
            turn[message.id] = seen[message.domain]
            seen[message.domain] += 1
        self._waiting.extend(sorted(found, key=lambda message: turn[message.id]))
        return bool(found)

    def _resting(self) -> set[str]:
        """Domains that asked for less: nothing more for them in this run, their messages stay queued."""
        return {domain for domain, count in self._slow.items() if count >= THROTTLED}

    def _recorded(self, step: Step) -> None:
        self.summary.count(step)
        if self._watch is not None:
            self._watch(step)


class Worker:
    """One connection at a time, reused; one message at a time."""

    def __init__(self, run: Delivery, name: str, context: ssl.SSLContext | None) -> None:
        self._run, self._name, self._context = run, name, context
        self._session: Session | None = None
        self._refused = 0  # connections in a row

    async def work(self) -> None:
        """Sends message after message until there are none, or the run ends."""
        try:
            while (message := self._run.take()) is not None:
                await self._handle(message)
        except asyncio.CancelledError:
            if self._session is not None:
                self._session.close()
            raise
        finally:
            if self._session is not None:
                await self._session.quit()

    async def _handle(self, message: OutgoingMessage) -> None:
        if not await self._run.slot():
            return self._run.give_back(message)
        composed = self._run.compose(message)
        if composed is None:
            return None
        try:
            reply = await self._send(message, *composed)
        except TakenError:
            if self._session is not None:
                self._session.close()  # between the envelope and the text
            return self._run.leave()
        if reply is not None:
            return self._run.record_reply(message, reply)
        self._run.give_back(message)
        return await self._run.pause(RECONNECT[min(self._refused, len(RECONNECT)) - 1])

    async def _send(self, message: OutgoingMessage, mail: bytes, recipient: str) -> Reply | None:
        """The server's reply; None where no connection came about, so that nothing was tried."""
        reply: Reply | None = None

        async def begin() -> None:
            await self._run.record_sending(message)

        for _ in range(2):
            try:
                session = await self._connected()
            except NotConnected as error:
                self._refused += 1
                self._run.learn(error.reply)
                return reply
            except MailError:
                if reply is not None:
                    self._run.record_reply(message, reply)
                raise
            reused = session.carried > 0
            reply = await session.send(Envelope(recipient, message.notice.message_id), mail, begin)
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
