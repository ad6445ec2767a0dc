"""The requests mailbox at the desk: what can be answered at once, and what takes a person, one by one."""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus

from starlette.responses import Response

from pipeline.desk.calls import Call
from pipeline.desk.offers import Offered, Offers
from pipeline.desk.work import Job
from pipeline.errors import CertsError
from pipeline.rules.messages.requests import Outcome
from pipeline.workflow.desk import handle
from pipeline.workflow.dropped import world_of
from pipeline.workflow.requests import Placed, Requests, answer_by_hand, file_as_seen, open_mailbox, requests
from pipeline.workflow.stops import look_around

MINUTE = 60.0  # seconds
MOST_MAILS = 50  # that are shown at a time
LONGEST_TEXT = 1200  # characters of a mail that are shown
CHANGED = "Something happened since this was shown, so nothing was answered. This is what waits now."


@dataclass(frozen=True)
class Counted:
    """What waits in the mailbox, and when that was counted."""

    at: float
    counts: Mapping[Outcome, int]
    why: str = ""  # why it could not be

    def of(self, *outcomes: Outcome) -> int:
        """How many mails come to one of these."""
        return sum(self.counts.get(one, 0) for one in outcomes)


class RequestsDesk:
    """The views. No page but its own waits for the mailbox, which may lie far away: the board asks for its
    figures when it is there itself. `clock`: seconds that only grow."""

    def __init__(self, offers: Offers, clock: Callable[[], float] = time.monotonic) -> None:
        self._offers = offers
        self._clock = clock
        self._counted: Counted | None = None
        self._counting = threading.Lock()

    def count(self, call: Call) -> Response:
        """How many mails wait, for the board; counted once a minute, for all who look."""
        settings = call.desk.office.settings
        with self._counting:  # who comes meanwhile waits for the same figures
            if self._counted is None or self._clock() - self._counted.at > MINUTE:
                try:
                    with (
                        call.desk.office.looking(call.actor) as project,
                        closing(open_mailbox(settings)) as box,
                    ):
                        self._note(requests(project, box, act=False))
                except CertsError as error:
                    self._counted = Counted(self._clock(), {}, f"{error.message} {error.hint}".strip())
            counted = self._counted
        return call.page("asked.html", counted=counted, of=Outcome)

    def _note(self, found: Requests) -> None:
        self._counted = Counted(self._clock(), found.counts)

    def show(self, call: Call) -> Response:
        """What waits in the mailbox, and what would become of each."""
        return self._page(call)

    def answer_all(self, call: Call) -> Response:
        """Answer those that need no person, as `certs requests --yes` does."""
        if isinstance(offered := self._taken(call, "requests"), Response):
            return offered
        job, office = Job("Requests are answered", call.actor, call.desk.office.clock()), call.desk.office

        def work() -> None:
            with (
                office.acting(call.actor, heard=job, accepted=call.accepted) as project,
                closing(open_mailbox(project.settings)) as box,
            ):
                found = requests(project, box, act=True)
                counts = ", ".join(f"{count} {outcome}" for outcome, count in found.counts.items() if count)
                job.said = [f"{counts or 'Nothing waits'}."]
                job.said += [f"Mail to {one.email}: {one.state} {one.response}" for one in found.messages]

        call.desk.work.begin(job, work)
        self._offers.begun(call, f"work/{job.id}")
        return call.go(f"work/{job.id}")

    def answer(self, call: Call) -> Response:
        """Send the link to whom staff picked, and file the mail."""
        if isinstance(offered := self._taken(call, "answer"), Response):
            return offered
        participant = call.desk.handles.read(call.form.get("person", ""))
        if participant is None or call.form["person"] not in offered.about:
            return self._gone(call)
        with (
            call.desk.office.acting(call.actor, accepted=call.accepted) as project,
            closing(open_mailbox(project.settings)) as box,
        ):
            who = handle(project, project.ledger.people.get(participant))
            person, message = answer_by_hand(project, box, offered.about["mail"], who)
        became = "answered before" if message is None else str(message.state)
        if message is not None and message.in_folder:
            became = "written into the folder of mail, not sent: no mail server is set"
        self._offers.begun(call, "requests")
        return self._page(call, [f"The link of {person.name} goes to {person.email}: {became}."])

    def seen(self, call: Call) -> Response:
        """A person dealt with it in another way."""
        if isinstance(offered := self._taken(call, "answer"), Response):
            return offered
        with (
            call.desk.office.acting(call.actor, reaches_out=False, accepted=call.accepted) as project,
            closing(open_mailbox(project.settings)) as box,
        ):
            mail = file_as_seen(project, box, offered.about["mail"])
        self._offers.begun(call, "requests")
        return self._page(call, [f"The mail of {mail.sender or 'nobody who says so'} is filed as seen."])

    def _taken(self, call: Call, action: str) -> Offered | Response:
        """What the form says yes to; or the answer where it was not shown, was sent before, or is out of
        date. Raises StoppedError."""
        offered = self._offers.take(call, action)
        if offered is None:
            path = self._offers.where(call)
            return call.go(path) if path else self._gone(call)
        with call.desk.office.looking(call.actor) as project:
            if world_of(project) != offered.world:
                return self._page(call, why=CHANGED)
            found = look_around(project)
        self._offers.heed(call, offered, found)
        return offered

    def _gone(self, call: Call) -> Response:
        return call.page("refused.html", HTTPStatus.GONE)

    def _page(self, call: Call, said: list[str] | None = None, why: str = "") -> Response:
        settings = call.desk.office.settings
        if not settings.requests_mailbox:
            return call.page("requests.html", here="requests", mailbox="", said=[], why="")
        with call.desk.office.looking(call.actor) as project, closing(open_mailbox(settings)) as box:
            world = world_of(project)
            found = requests(project, box, act=False)
        self._note(found)
        by_outcome: dict[Outcome, list[Placed]] = {outcome: [] for outcome in Outcome}
        for one in found.placed:
            by_outcome[one.decision.outcome].append(one)
        ready = by_outcome[Outcome.ANSWER] + by_outcome[Outcome.ANSWERED]
        return call.page(
            "requests.html",
            HTTPStatus.CONFLICT if why else HTTPStatus.OK,
            here="requests",
            mailbox=settings.requests_mailbox,
            said=said or [],
            why=why,
            ready=ready,
            late=by_outcome[Outcome.WAITS],
            stays=[
                (one, self._offer(call, one, world) if at < MOST_MAILS else "")
                for at, one in enumerate(by_outcome[Outcome.STAYS])
            ],
            automatic=len(by_outcome[Outcome.AUTOMATIC]),
            once=self._offers.show(call, "requests", {}, world) if ready else "",
            longest=LONGEST_TEXT,
            most=MOST_MAILS,
            quoted=shlex.quote,
        )

    def _offer(self, call: Call, one: Placed, world: str) -> str:
        """What the forms beside a mail carry: which it is, and whom it may be answered to."""
        people = {call.desk.handles.of(person.id): "yes" for person in one.likeliest}
        return self._offers.show(call, "answer", {**people, "mail": one.mail.ref}, world)
