"""Who is at the desk: a key in; sittings out, each with an actor, a form token and what it was shown."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

MOST_SITTINGS = 50
MOST_SHOWN = 200  # previews that a sitting can still say yes to
HOUR = 3600.0


@dataclass(frozen=True)
class Shown:
    """A preview that was shown: who it was about, what is to be done, and on what state of the record."""

    participant: int
    people: Sequence[int]  # they and whoever else it touches
    action: str
    typed: Mapping[str, str]
    basis: str


@dataclass
class Sitting:
    """One browser at the desk. It lives in this process's memory alone."""

    id: str
    seen: float  # on the clock of the desk
    actor: str = ""  # as the person at it says; empty until they did
    form_token: str = field(default_factory=secrets.token_urlsafe)
    shown: OrderedDict[str, Shown] = field(default_factory=OrderedDict)  # by what its form carries
    done: OrderedDict[str, list[str]] = field(default_factory=OrderedDict)  # what was said when it was done

    def show(self, shown: Shown) -> str:
        """Note a preview; what its form has to carry to say yes, once."""
        once = secrets.token_urlsafe()
        self.shown[once] = shown
        while len(self.shown) > MOST_SHOWN:
            self.shown.popitem(last=False)
        return once

    def finish(self, once: str, said: list[str]) -> None:
        """What was shown is done: the same form again does nothing, and is told the same."""
        self.shown.pop(once, None)
        self.done[once] = said
        while len(self.done) > MOST_SHOWN:
            self.done.popitem(last=False)


class Sittings:
    """The browsers that showed the key. `clock`: seconds that only grow."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.key = secrets.token_urlsafe(32)
        self._clock = clock
        self._by_id: dict[str, Sitting] = {}
        self._lock = threading.Lock()
        self._heard = clock()
        self._at_work = 0

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While this lasts somebody is at the desk, however long it takes."""
        with self._lock:
            self._at_work += 1
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= 1
                self._heard = self._clock()

    def idle(self) -> float:
        """Seconds since somebody who showed the key did something."""
        return 0.0 if self._at_work else self._clock() - self._heard

    def enter(self, key: str) -> Sitting | None:
        """A sitting for who has the key; None for everybody else."""
        if not hmac.compare_digest(key.encode(), self.key.encode()):
            return None
        with self._lock:
            if len(self._by_id) >= MOST_SITTINGS:
                oldest = min(self._by_id.values(), key=lambda one: one.seen)
                del self._by_id[oldest.id]
            sitting = Sitting(secrets.token_urlsafe(32), self._clock())
            self._by_id[sitting.id] = sitting
            return sitting

    def get(self, sitting_id: str) -> Sitting | None:
        """The sitting of a cookie; None where there is none, or nothing was heard of it for an hour."""
        with self._lock:
            sitting = self._by_id.get(sitting_id)
            if sitting is None:
                return None
            if self._clock() - sitting.seen > HOUR:
                del self._by_id[sitting_id]
                return None
            sitting.seen = self._clock()
            return sitting

    def leave(self, sitting: Sitting) -> None:
        """The sitting is over."""
        with self._lock:
            self._by_id.pop(sitting.id, None)


def is_same(given: str, right: str) -> bool:
    """Whether a secret that was given is the right one; takes as long whatever was given."""
    return hmac.compare_digest(given.encode(), right.encode())
