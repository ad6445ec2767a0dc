"""The project behind the desk: opened for each request, and closed again, as each command does."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pipeline.login import one_login
from pipeline.settings import Settings
from pipeline.workflow.project import Project, open_project
from pipeline.workflow.stops import guarded


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
    def looking(self, actor: str) -> Iterator[Project]:
        """The project, to look at. Raises CatalogError, LedgerError."""
        with open_project(self.settings, self.clock(), actor, Unheard(), locked=False) as project:
            yield project

    @contextmanager
    def acting(self, actor: str, reaches_out: bool = True) -> Iterator[Project]:
        """The project, to change something, alone. `reaches_out`: it may publish or mail.

        Raises LockedError naming who holds it, StoppedError, CatalogError, LedgerError.
        """
        with (
            self._deeds,
            one_login(),
            open_project(self.settings, self.clock(), actor, Unheard(), locked=True) as project,
            guarded(project, reaches_out=reaches_out),
        ):
            yield project
