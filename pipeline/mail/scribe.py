"""Steps of many workers in, as few commits of the journal as safety allows out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from pipeline.mail.letters import Journal, Step, Watcher

# Seconds a step may wait for company, at most. A result's worker begins no other message without it on disk,
# and a beginning's text does not leave before: waiting puts no more in doubt than one message a worker.
PATIENCE = 0.02


class Scribe:
    """Joins steps into commits, in the order they came."""

    def __init__(
        self,
        journal: Journal,
        busy: Callable[[], int],
        watch: Watcher | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`busy`: how many workers have a message in hand; when all of them wait, nobody is waited for."""
        self._journal, self._busy, self._watch, self._clock = journal, busy, watch, clock
        self._steps: list[Step] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._took = 0.0  # seconds, the last commit
        self._broken: Exception | None = None

    def note(self, step: Step) -> None:
        """Puts the step on record within `PATIENCE`, or with the next `commit`.

        Raises what the journal raised before: then nothing more may be sent.
        """
        self._check()
        self._steps.append(step)
        self._within(PATIENCE)

    async def commit(self, step: Step) -> None:
        """Puts the step, and whatever was noted before it, on record; returns when it is on disk.

        Raises what the journal raises.
        """
        self._check()
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._steps.append(step)
        self._waiters.append(waiter)
        # Others may be a moment behind. To wait for them pays as long as it is shorter than a commit: on a
        # slow disk four workers share one, on a fast one nobody waits.
        self._within(0 if len(self._waiters) >= self._busy() else min(self._took, PATIENCE))
        await waiter

    def _within(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            if self._timer.when() <= loop.time() + seconds:
                return
            self._timer.cancel()
        self._timer = loop.call_later(seconds, self.flush)

    def flush(self) -> None:
        """One commit of all that waits."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        steps, self._steps = self._steps, []
        waiters, self._waiters = self._waiters, []
        if not steps:
            return
        start = self._clock()
        try:
            self._journal.record(steps)
        except Exception as error:  # noqa: BLE001
            self._broken = error  # a timer's exception would reach nobody
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_exception(error)
            return
        self._took = self._clock() - start
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
        if self._watch is not None:
            for step in steps:
                self._watch(step)

    def finish(self) -> None:
        """The last commit. Raises what the journal raised, now or before."""
        self.flush()
        self._check()

    def _check(self) -> None:
        if self._broken is not None:
            raise self._broken
