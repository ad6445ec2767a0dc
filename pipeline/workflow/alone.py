"""A command that first looks and then, if it may, acts; meanwhile no other one changes anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from pipeline.rules.certificates.activities import Activity
from pipeline.rules.claims.claim import Instructions
from pipeline.rules.stops import Stop
from pipeline.settings import Settings
from pipeline.workflow.project import Listener, Project, open_stores
from pipeline.workflow.stops import guarded


@dataclass(frozen=True)
class HeldProject:
    """The project, while nobody else changes it."""

    settings: Settings
    catalog: Mapping[str, Activity]  # read once: what is shown is what is done
    now: dt.datetime
    actor: str
    listener: Listener
    accepted: frozenset[str]  # names of stops
    instructions: Instructions

    def looking(self) -> AbstractContextManager[Project]:
        """The project, to look at: nothing is changed, not even an older ledger migrated."""
        return self._stores(changes=False)

    @contextmanager
    def acting(self, found: Sequence[Stop], keeps_review: bool = False) -> Iterator[Project]:
        """The project, to act on. `found`: what was found by looking, and accepted; `keeps_review`: as
        `open_stores`. Raises StoppedError."""
        with self._stores(changes=True, keeps_review=keeps_review) as project, guarded(project, found):
            yield project

    def _stores(self, changes: bool, keeps_review: bool = False) -> AbstractContextManager[Project]:
        return open_stores(
            self.settings,
            self.catalog,
            self.now,
            self.actor,
            self.listener,
            changes,
            self.accepted,
            self.instructions,
            keeps_review,
        )
