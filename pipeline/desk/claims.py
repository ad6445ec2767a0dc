"""Claims files at the desk: handed over, planned, shown, agreed to, carried out, and what that came to."""

from __future__ import annotations

import datetime as dt
import secrets
import shlex
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.responses import PlainTextResponse, Response

from pipeline.desk.calls import Call, download
from pipeline.desk.work import Job, Work
from pipeline.errors import CertsError
from pipeline.rules.claims.claim import Instructions
from pipeline.rules.text import conjoined, one_line
from pipeline.workflow.dropped import (
    KeptFiles,
    ShownPlan,
    keep_files,
    plan_to_show,
    review_file,
    run_as_shown,
)
from pipeline.workflow.run import Options, RunResult
from pipeline.workflow.sentences import certificate_counts, fates, unmailed_lines, unsent

MOST_BYTES = 64_000_000  # of the files that are handed over at once
MOST_HANDED = 12  # sets of files that are kept at a time, or whose outcome can be looked at
SHOWN_LINES = 60  # of each part of a list; the review as a file has all
CHANGED = "Something happened since this was shown, so nothing was done. This is what it would come to now."
OLDER = "That was an older look at it, so nothing was done. This is the newest."
NOT_ACCEPTED = "Nothing was done: each stop below has to be accepted first, or the file mended."


@dataclass(frozen=True)
class Wish:
    """How files are to be read and what is to be done of them: the options of `certs run`."""

    activity: str = ""
    sheets: tuple[str, ...] = ()
    last_first: bool = False
    mail_corrections: bool = False
    mail_advice: bool = True
    allow_removals: bool = False

    @property
    def instructions(self) -> Instructions:
        return Instructions(self.sheets, self.last_first, self.activity)

    @property
    def options(self) -> Options:
        return Options(self.allow_removals, self.mail_corrections, self.mail_advice)

    @property
    def words(self) -> list[str]:
        """As they are typed after `certs run`."""
        said = [f"--activity={self.activity}"] if self.activity else []
        said += [f"--sheet={sheet}" for sheet in self.sheets]
        boxes = {
            "--names=last-first": self.last_first,
            "--mail-corrections": self.mail_corrections,
            "--no-advice": not self.mail_advice,
            "--allow-removals": self.allow_removals,
        }
        return said + [word for word, is_wanted in boxes.items() if is_wanted]


def read_wish(form: Mapping[str, str]) -> Wish:
    """What a form asks for."""
    sheet = one_line(form.get("sheet", ""), 100)
    return Wish(
        activity=one_line(form.get("activity", ""), 100),
        sheets=(sheet,) if sheet else (),
        last_first="last_first" in form,
        mail_corrections="mail_corrections" in form,
        mail_advice="no_advice" not in form,
        allow_removals="allow_removals" in form,
    )


@dataclass
class Handed:
    """Files that somebody handed over, and how far they have come."""

    kept: KeptFiles
    actor: str
    at: dt.datetime
    wish: Wish
    id: str = field(default_factory=lambda: secrets.token_hex(12))
    job: Job | None = None
    shown: ShownPlan | None = None
    once: str = ""  # what the form under the plan carries; empty while it cannot be agreed to
    why: str = ""  # why it is shown again
    result: RunResult | None = None

    @property
    def names(self) -> str:
        """The names of the files, in words."""
        return conjoined([path.name for path in self.kept.paths]) or "What is on record"

    @property
    def state(self) -> str:
        """working, refused, planned or done."""
        if self.job is not None and not self.job.is_over:
            return "working"
        if self.result is not None:
            return "done"
        return "planned" if self.shown is not None and self.once else "refused"

    def command(self, accepted: Sequence[str] = (), send: bool = True) -> str:
        """The command that does the same."""
        named = [f"--accept={','.join(accepted)}"] if accepted else []
        files = [path.name for path in self.kept.paths]
        later = [] if send else ["--no-send"]
        return shlex.join(["certs", "run", *files, *self.wish.words, *named, *later])


class ClaimsDesk:
    """The views. All at the desk see all that was handed over."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._handed: OrderedDict[str, Handed] = OrderedDict()
        self._lock = threading.Lock()

    def start(self, call: Call) -> Response:
        """Where files are handed over, and those that were."""
        return self._start_page(call)

    def take(self, call: Call) -> Response:
        """Keep what was handed over, and begin to plan. No file: what is on record."""
        if not call.files and "record" not in call.form:
            return self._start_page(call, "Choose a file first, or drop one here.")
        kept = keep_files(call.desk.office.settings, call.files)
        one = Handed(kept, call.actor, call.desk.office.clock(), read_wish(call.form))
        with self._lock:
            self._handed[one.id] = one
            self._make_room()
        self._begin_plan(call, one)
        return call.go(f"claims/{one.id}")

    def show(self, call: Call) -> Response:
        """How far they have come: the plan, what goes on, or what it came to."""
        if (one := self._one(call)) is None:
            return call.missing()
        return self._page(call, one)

    def again(self, call: Call) -> Response:
        """Plan once more, read in another way."""
        one = self._one(call)
        if one is None or one.state not in ("planned", "refused"):
            return call.missing() if one is None else call.go(f"claims/{one.id}")
        one.wish, one.why = read_wish(call.form), ""
        self._begin_plan(call, one)
        return call.go(f"claims/{one.id}")

    def leave(self, call: Call) -> Response:
        """Nothing of it is done, and the files go."""
        if (one := self._one(call)) is not None and one.state != "working":
            with self._lock:
                self._handed.pop(one.id, None)
            one.kept.let_go()
        return call.go("claims")

    def agree(self, call: Call) -> Response:
        """Carry out what was shown, once, if all of its stops are accepted."""
        one = self._one(call)
        if one is None:
            return call.missing()
        with self._lock:
            shown, is_newest = one.shown, call.form.get("once") == one.once
            if one.state != "planned" or shown is None:
                return call.go(f"claims/{one.id}")
            plan = shown.plan.accepting({*call.accepted})
            if not is_newest or plan.stops:
                return self._page(call, one, NOT_ACCEPTED if is_newest else OLDER)
            one.once, one.why = "", ""
            agreed = ShownPlan(plan, shown.review, shown.world)
            job = Job(f"The run on {one.names}", call.actor, call.desk.office.clock())
            one.job = job
        send = call.form.get("answer") != "later"
        self._work.begin(job, lambda: self._carry_out(call, one, job, agreed, send))
        return call.go(f"claims/{one.id}")

    def picture(self, call: Call) -> Response:
        """One certificate as it would be, or as it is now."""
        one, number = self._one(call), call.part("number")
        shown = one.shown if one else None
        if shown is None or not number.isdecimal() or int(number) >= len(shown.review.pictures):
            return PlainTextResponse("There is no such picture.\n", HTTPStatus.NOT_FOUND)
        pictured = shown.review.pictures[int(number)]
        return Response(
            pictured.before if call.part("which") == "now" else pictured.picture, media_type="image/png"
        )

    def review(self, call: Call) -> Response:
        """The review as one file."""
        one = self._one(call)
        if one is None or one.shown is None:
            return call.missing()
        with call.desk.office.looking(call.actor) as project:
            return download(review_file(project, one.shown), "review.html", "text/html")

    def rejects(self, call: Call) -> Response:
        """Rows that were set aside, as a file to mend."""
        one, number = self._one(call), call.part("number")
        paths = one.result.loaded.rejects if one and one.result else []
        if not number.isdecimal() or int(number) >= len(paths) or not paths[int(number)].is_file():
            return call.missing()
        path = paths[int(number)]
        return download(path.read_bytes(), path.name, "text/csv")

    def _one(self, call: Call) -> Handed | None:
        return self._handed.get(call.part("id"))

    def _make_room(self) -> None:
        while len(self._handed) > MOST_HANDED:
            oldest = next((one for one in self._handed.values() if one.state != "working"), None)
            if oldest is None:
                return
            del self._handed[oldest.id]
            oldest.kept.let_go()

    def _begin_plan(self, call: Call, one: Handed) -> None:
        one.once = ""
        one.job = job = Job(f"The plan of {one.names}", call.actor, call.desk.office.clock())
        self._work.begin(job, lambda: self._plan(call, one, job))

    def _plan(self, call: Call, one: Handed, job: Job) -> None:
        one.shown = None
        office, wish = call.desk.office, one.wish
        with office.looking(call.actor, job, wish.instructions) as project:
            one.shown = plan_to_show(project, one.kept.paths, wish.options)
        one.once = secrets.token_urlsafe()

    def _carry_out(self, call: Call, one: Handed, job: Job, agreed: ShownPlan, send: bool) -> None:
        """Where it cannot be done, it is planned and shown again, and why; nothing that was given is lost."""
        names = frozenset(stop.name for stop in agreed.plan.accepted)
        office, wish = call.desk.office, one.wish
        try:
            with office.alone(call.actor, job, names, wish.instructions) as held:
                one.result = run_as_shown(held, agreed, wish.options, send)
        except CertsError as error:
            one.why = f"{error.message} {error.hint}".strip()
        if one.result is None:
            one.why = one.why or CHANGED
            self._plan(call, one, job)
        else:
            one.shown = None
            one.kept.let_go()

    def _start_page(self, call: Call, why: str = "") -> Response:
        with call.desk.office.looking(call.actor) as project:
            activities = sorted(project.catalog)
        status = HTTPStatus.UNPROCESSABLE_ENTITY if why else HTTPStatus.OK
        handed = list(reversed(self._handed.values()))
        return call.page(
            "claims.html", status, here="claims", handed=handed, why=why, wish=Wish(), activities=activities,
            most=MOST_BYTES,
        )  # fmt: skip

    def _page(self, call: Call, one: Handed, why: str = "") -> Response:
        state, values = one.state, {"here": "claims", "one": one, "job": one.job}
        if state == "working":
            return call.page("working.html", **values, to=f"claims/{one.id}")
        if state == "done" and one.result is not None:
            done = one.result
            return call.page(
                "done.html", **values, result=done, counts=certificate_counts(done),
                mails=fates(done.mailing),
                lines=[*unmailed_lines(done.unmailed), *unsent(done.mailing)],
            )  # fmt: skip
        with call.desk.office.looking(call.actor) as project:
            activities = sorted(project.catalog)
        status = HTTPStatus.UNPROCESSABLE_ENTITY if why else HTTPStatus.OK
        page = "plan.html" if state == "planned" else "unread.html"
        return call.page(
            page, status, **values, why=why or one.why, wish=one.wish, activities=activities, most=SHOWN_LINES
        )
