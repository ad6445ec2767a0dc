"""The project behind the desk: opened for each request, and closed again, as each command does."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pipeline.errors import LockedError
from pipeline.login import one_login
from pipeline.rules.claims.claim import AS_GIVEN, Instructions
from pipeline.settings import Settings
from pipeline.workflow.alone import HeldProject
from pipeline.workflow.project import Listener, Project, held_alone, open_project, who_holds
from pipeline.workflow.stops import guarded

PATIENCE = 10.0  # seconds that a deed of the desk waits for another one


class Unheard:
    """A listener where nobody listens: what matters of a deed is shown before it, and said after it."""

    def step(self, text: str) -> None:
        """Nobody reads along."""

    def progress(self, done: int, total: int, unit: str) -> None:
        """Nobody sees a bar."""


@dataclass(frozen=True)
class Office:
    """Opens the project. A connection to the ledger stays in the thread of its request. A deed of the desk
    waits for another one of the desk; while a command elsewhere holds the lock, whoever wants it is told."""

    settings: Settings
    clock: Callable[[], dt.datetime]  # in the college's time zone
    _deeds: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def looking(
        self, actor: str, heard: Listener | None = None, instructions: Instructions = AS_GIVEN
    ) -> Iterator[Project]:
        """The project, to look at. Raises CatalogError, LedgerError."""
        listener = heard or Unheard()
        with open_project(
            self.settings, self.clock(), actor, listener, locked=False, instructions=instructions
        ) as project:
            yield project

    @contextmanager
    def acting(
        self,
        actor: str,
        reaches_out: bool = True,
        heard: Listener | None = None,
        accepted: frozenset[str] = frozenset(),
    ) -> Iterator[Project]:
        """The project, to change something, alone. `reaches_out`: it may publish or mail; `accepted`: names
        of stops.

        Raises LockedError naming who holds it, StoppedError, CatalogError, LedgerError.
        """
        with (
            self._in_turn(),
            one_login(),
            open_project(
                self.settings, self.clock(), actor, heard or Unheard(), locked=True, accepted=accepted
            ) as project,
            guarded(project, reaches_out=reaches_out),
        ):
            yield project

    @contextmanager
    def alone(
        self,
        actor: str,
        heard: Listener,
        accepted: frozenset[str] = frozenset(),
        instructions: Instructions = AS_GIVEN,
    ) -> Iterator[HeldProject]:
        """The project, held while somebody first looks and then acts. Raises as `acting` does."""
        now = self.clock()
        with self._in_turn(), one_login(), held_alone(self.settings, now, actor) as catalog:
            yield HeldProject(self.settings, catalog, now, actor, heard, accepted, instructions)

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if not self._deeds.acquire(timeout=PATIENCE):
            raise LockedError(
                f"Another run holds the lock: {who_holds(self.settings)}.",
                "Wait until it has ended, then try again.",
            )
        try:
            yield
        finally:
            self._deeds.release()
