"""The board of the day: what waits, what went wrong, what comes next; and the decision to send."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Generic, TypeVar

from starlette.responses import Response

from pipeline.desk import people
from pipeline.desk.calls import Call
from pipeline.desk.offers import Offers
from pipeline.desk.work import Job
from pipeline.errors import CertsError
from pipeline.rules.messages.delivery import advice
from pipeline.workflow.dropped import world_of
from pipeline.workflow.offer import ONLY, offer_to_send, send_offered
from pipeline.workflow.project import LEDGER, Project, who_holds
from pipeline.workflow.sentences import fates, lines_for_staff, unmailed_lines, unsent, who_waits
from pipeline.workflow.status import Status, status
from pipeline.workflow.stops import look_around

SECONDS = 30.0  # for which figures are shown, while the ledger's file does not change
SECONDS_OF_A_RUN = 3.0  # the same while somebody changes it all the time
SHOWN_PEOPLE = 12  # of each kind of trouble
CHANGED = "Something happened since this was shown, so nothing was sent. This is what would go now."

Value = TypeVar("Value")


@dataclass(frozen=True)
class Seen(Generic[Value]):
    """Figures, and when they were counted: on a clock that only grows."""

    figures: Value
    at: float
    state: tuple[int, ...]
    day: object


class Figures(Generic[Value]):
    """Figures over the whole ledger, counted once for all who look, as long as nothing changes."""

    def __init__(
        self, count: Callable[[Project], Value], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._count = count
        self._clock = clock
        self._seen: Seen[Value] | None = None
        self._lock = threading.Lock()

    def get(self, call: Call) -> Value:
        """The figures as of now, or of some seconds ago. Raises CatalogError, LedgerError."""
        office = call.desk.office
        with self._lock:  # who comes meanwhile waits for the same figures
            state, now, day = self._state(call), self._clock(), office.clock().date()
            if (seen := self._seen) is not None and seen.day == day:
                age = now - seen.at
                is_same = seen.state == state and age < SECONDS
                if is_same or (who_holds(office.settings) and age < SECONDS_OF_A_RUN):
                    return seen.figures
            with office.looking(call.actor) as project:
                figures = self._count(project)
            self._seen = Seen(figures, now, state, day)
            return figures

    def _state(self, call: Call) -> tuple[int, ...]:
        """Another one whenever something was written to the ledger."""
        ledger = call.desk.office.settings.data_dir / LEDGER
        state = []
        for path in (str(ledger), f"{ledger}-wal"):
            try:
                found = os.stat(path)
                state += [found.st_mtime_ns, found.st_size, found.st_ino]
            except OSError:
                state.append(0)
        return tuple(state)


class Board:
    """The views of the board, and of what it offers to send."""

    def __init__(self, offers: Offers) -> None:
        self._figures: Figures[Status] = Figures(status)
        self._offers = offers

    def home(self, call: Call) -> Response:
        """The start: one field, who fits what is in it, and, while nobody is sought, the board."""
        found = people.seek(call)
        values = {"here": "find", "said": people.said_of(call), **found}
        if found["sought"]:
            return call.page("home.html", **values, board=None)
        try:
            board = self._figures.get(call)
        except CertsError as error:  # somebody can be found although an activity's file is being mended
            return call.page("home.html", **values, board=None, why=f"{error.message} {error.hint}".strip())
        return call.page(
            "home.html",
            **values,
            board=board,
            waiting=[who_waits(occasion, count, activity) for activity, occasion, count in board.waiting],
            for_staff=list(lines_for_staff(board.for_staff)),
            unmailed=unmailed_lines(board.unmailed),
            advice=advice,
            most=SHOWN_PEOPLE,
            jobs=call.desk.work.going_on(),
            has_mailbox=bool(call.desk.office.settings.requests_mailbox),
        )

    def offer(self, call: Call) -> Response:
        """What would be sent, to whom, and one of it as it would go."""
        return self._offer_page(call, call.query("only"))

    def send(self, call: Call) -> Response:
        """Send what was shown, once."""
        offered = self._offers.take(call, "send")
        if offered is None:
            path = self._offers.where(call)
            return call.go(path) if path else call.page("refused.html", HTTPStatus.GONE)
        job = Job("Mail is sent", call.actor, call.desk.office.clock())
        only, office = offered.about["only"], call.desk.office
        with office.looking(call.actor) as project:
            if world_of(project) != offered.world:
                return self._offer_page(call, only, CHANGED)
            found = look_around(project)
        self._offers.heed(call, offered, found)

        def work() -> None:
            with office.alone(call.actor, job, call.accepted) as held:
                with held.looking() as project:
                    if world_of(project) != offered.world:
                        raise CertsError(CHANGED, "Look at it again on the board.")
                    found = look_around(project)
                with held.acting(found) as project:
                    done = send_offered(project, only)
                counts = ", ".join(f"{count:,} {name}" for name, count in fates(done).items() if count)
                job.said = [f"{counts or 'Nothing was sent'}.".capitalize(), *unsent(done, only or None)]

        call.desk.work.begin(job, work)
        self._offers.begun(call, f"work/{job.id}")
        return call.go(f"work/{job.id}")

    def _offer_page(self, call: Call, only: str, why: str = "") -> Response:
        if only not in ONLY:
            return call.missing()
        with call.desk.office.looking(call.actor) as project:
            world, offer = world_of(project), offer_to_send(project, only)
        once = self._offers.show(call, "send", {"only": only}, world) if offer.total else ""
        command = f"certs send{f' --only {only}' if only else ''}"
        waiting = [who_waits(occasion, count, activity) for activity, occasion, count in offer.waiting]
        status_ = HTTPStatus.CONFLICT if why else HTTPStatus.OK
        return call.page(
            "send.html", status_, here="find", offer=offer, only=only, once=once, why=why, command=command,
            waiting=waiting, for_staff=list(lines_for_staff(offer.for_staff)),
        )  # fmt: skip


def show_work(call: Call) -> Response:
    """How far a piece of work has come, or what it came to."""
    job = call.desk.work.get(call.part("id"))
    if job is None:
        return call.missing()
    return call.page("outcome.html" if job.is_over else "working.html", job=job, to=f"work/{job.id}")
