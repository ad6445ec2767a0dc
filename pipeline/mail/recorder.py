"""Steps of many workers in, as few commits of the ledger as safety allows out.

A commit waits for the disk, and each message needs two steps on record. On a disk that syncs in 5 ms, four
workers send 580 messages a second where their steps share commits, and 120 where each has its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pipeline.mail.queue import Queue, Step, Watcher

# The most seconds that a step waits for others to share its commit. No worker sends a text, or begins another
# message, before the step is on disk: a crash meanwhile leaves no more than one message a worker in doubt.
LONGEST_WAIT = 0.01


class TakenError(Exception):
    """Another process has begun to send this message."""


class Recorder:
    """Joins steps into commits, in the order they came."""

    def __init__(self, queue: Queue, busy: Callable[[], int], watch: Watcher) -> None:
        """`busy`: how many workers have a message in hand; when all of them wait, nobody is waited for."""
        self._queue, self._busy, self._watch = queue, busy, watch
        self._steps: list[Step] = []
        self._waiting = 0  # workers
        self._on_disk = asyncio.Event()  # set when the commit that is being filled is done
        self._timer: asyncio.TimerHandle | None = None
        self._broken: Exception | None = None
        self._taken: set[int] = set()  # messages that another process sends

    def note(self, step: Step) -> None:
        """Puts the step on record within LONGEST_WAIT, or with the next `commit`.

        Raises what the queue raised before: then nothing more may be sent.
        """
        self._check()
        self._steps.append(step)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LONGEST_WAIT, self._flush)

    async def commit(self, step: Step) -> None:
        """Puts the step, and whatever was noted before it, on record; returns when it is on disk.

        Raises TakenError for a message that is about to leave and that another process sends, and what the
        queue raises.
        """
        self.note(step)
        on_disk = self._on_disk
        self._waiting += 1
        if self._waiting >= self._busy():
            self._flush()
        await on_disk.wait()
        self._check()
        if step.id in self._taken:
            raise TakenError

    def finish(self) -> None:
        """The last commit. Raises what the queue raised, now or before."""
        self._flush()
        self._check()

    def _flush(self) -> None:
        """One commit of all that waits."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._waiting = None, 0
        steps, self._steps = self._steps, []
        on_disk, self._on_disk = self._on_disk, asyncio.Event()
        try:
            if steps:
                self._taken.update(self._queue.record(steps))
        except Exception as error:  # noqa: BLE001
            self._broken = error  # a timer's exception would reach nobody
            steps = []
        on_disk.set()
        for step in steps:
            if step.id not in self._taken:
                self._watch(step)

    def _check(self) -> None:
        if self._broken is not None:
            raise self._broken
