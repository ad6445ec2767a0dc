"""Steps of many workers in, as few commits of the journal as safety allows out."""

from __future__ import annotations

import asyncio

from pipeline.mail.letters import Journal, Step, Watcher

# How long a result may wait for company. The next message of the same worker does not pass without it, so a
# crash leaves no more in doubt: one message a worker, as before.
PATIENCE = 0.005


class Scribe:
    """Joins steps into commits, in the order they came."""

    def __init__(self, journal: Journal, watch: Watcher | None) -> None:
        self._journal, self._watch = journal, watch
        self._steps: list[Step] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._soon = False
        self._broken: Exception | None = None

    def note(self, step: Step) -> None:
        """Puts the step on record within a few milliseconds, or with the next `commit`.

        Raises what the journal raised before: then nothing more may be sent.
        """
        self._check()
        self._steps.append(step)
        if self._timer is None and not self._soon:
            self._timer = asyncio.get_running_loop().call_later(PATIENCE, self.flush)

    async def commit(self, step: Step) -> None:
        """Puts the step, and whatever was noted before it, on record; returns when it is on disk.

        Raises what the journal raises.
        """
        self._check()
        loop = asyncio.get_running_loop()
        self._steps.append(step)
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiters.append(waiter)
        if not self._soon:
            # after the other workers whose replies have come in the meantime: they share the commit
            self._soon = True
            loop.call_soon(self.flush)
        await waiter

    def flush(self) -> None:
        """One commit of all that waits."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._soon = None, False
        steps, self._steps = self._steps, []
        waiters, self._waiters = self._waiters, []
        if not steps:
            return
        try:
            self._journal.record(steps)
        except Exception as error:
            self._broken = error  # a timer's exception would reach nobody
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_exception(error)
            return
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
