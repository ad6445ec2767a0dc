"""Work that takes longer than a request: each in a thread of its own, and pages look at how far it is."""

from __future__ import annotations

import datetime as dt
import secrets
import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.desk.sittings import Sittings
from pipeline.errors import CertsError

MOST_JOBS = 50  # whose outcome can still be looked at
MOST_STEPS = 200  # of what one tells on its way
BUG = CertsError(
    "Something is wrong in the program itself, sorry.",
    "What was done is on record. The terminal of certs desk shows what was wrong.",
)


@dataclass
class Job:
    """One piece of work, as a listener to what it tells."""

    what: str  # what is done, in words
    actor: str
    begun: dt.datetime
    id: str = field(default_factory=lambda: secrets.token_hex(12))
    steps: list[str] = field(default_factory=list)
    counted: tuple[int, int, str] | None = None  # so many of so many, of what
    is_over: bool = False
    error: CertsError | None = None
    said: list[str] = field(default_factory=list)  # what it came to, where that is sentences

    def step(self, text: str) -> None:
        """As a workflow tells it."""
        self.counted = None
        self.steps.append(text)
        del self.steps[:-MOST_STEPS]

    def progress(self, done: int, total: int, unit: str) -> None:
        """So many of so many."""
        self.counted = done, total, unit

    @property
    def state(self) -> str:
        """Another word whenever a page that shows it would look otherwise."""
        return f"{self.id}-{self.is_over:d}"


class Work:
    """The work that goes on, and what the last pieces came to. While one goes on the desk stays open."""

    def __init__(self, sittings: Sittings) -> None:
        self._sittings = sittings
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def begin(self, job: Job, do: Callable[[], None]) -> Job:
        """Begin it. What `do` raises is kept for the page that shows what it came to."""

        def work() -> None:
            with self._sittings.at_work():
                try:
                    do()
                except CertsError as error:
                    job.error = error
                except Exception:  # noqa: BLE001 - a bug's apology; its traceback is for the terminal
                    traceback.print_exc()
                    job.error = BUG
                finally:
                    job.is_over = True

        thread = threading.Thread(target=work, name=job.what, daemon=True)
        with self._lock:
            self._jobs[job.id] = job
            while len(self._jobs) > MOST_JOBS and next(iter(self._jobs.values())).is_over:
                self._jobs.popitem(last=False)
            self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()
        return job

    def get(self, name: str) -> Job | None:
        """The work of this name."""
        return self._jobs.get(name)

    def going_on(self) -> list[Job]:
        """The work that has not ended."""
        return [job for job in list(self._jobs.values()) if not job.is_over]

    def is_going_on(self) -> bool:
        """Whether anything is."""
        return any(one.is_alive() for one in self._threads)

    def wait(self) -> None:
        """Returns when all of it has ended."""
        for thread in list(self._threads):
            thread.join()
