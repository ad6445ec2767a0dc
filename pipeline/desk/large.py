"""Deeds about many people at once: a reason, what it would come to, one yes, and the work that it begins."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from pipeline.desk.calls import Call
from pipeline.desk.offers import Offers
from pipeline.desk.work import Job
from pipeline.errors import CertsError
from pipeline.rules.stops import Stop, accepting
from pipeline.rules.text import one_line
from pipeline.workflow.dropped import world_of
from pipeline.workflow.project import Project
from pipeline.workflow.send import send_these
from pipeline.workflow.sentences import became_lines
from pipeline.workflow.stops import look_around

LONGEST_REASON = 2000
CHANGED = "Something happened since this was shown, so nothing was done. This is what it would come to now."

Asked = Mapping[str, str]  # the reason, and the box where it was ticked


@dataclass(frozen=True)
class Preview:
    """What a deed would come to."""

    plan: Any  # as the verb's own functions take it
    lines: Sequence[str]
    stops: Sequence[Stop]


@dataclass(frozen=True)
class LargeVerb:
    """One such deed, about what a path names: an activity, or a run."""

    name: str
    label: str
    means: str
    help: str  # of its reason
    box: tuple[str, str]  # name and label of what may be ticked, too
    preview: Callable[[Project, str, Asked], Preview]
    deed: Callable[[Project, Any, Asked], Sequence[int]]  # does what was previewed; messages to send
    outcome: Callable[[Any], Sequence[str]]
    words: Callable[[str, Asked], list[str]]  # of the command that does the same

    def command(self, about: str, asked: Asked, stops: Sequence[Stop]) -> str:
        """The command that does the same, as it is typed in a shell."""
        return shlex.join(
            ["certs", *self.words(about, asked), "--reason", asked["reason"], *accepting(stops)]
        )


class LargeDeeds:
    """The views of some verbs. `under`: what their paths begin with."""

    def __init__(self, offers: Offers, under: str, verbs: Mapping[str, LargeVerb]) -> None:
        self._offers = offers
        self._under = under
        self._verbs = verbs

    def ask(self, call: Call) -> Response:
        """The reason, and the box."""
        verb = self._verbs.get(call.part("verb"))
        return self._form(call, verb) if verb else call.missing()

    def preview(self, call: Call) -> Response:
        """What it would come to."""
        verb, reason = (
            self._verbs.get(call.part("verb")),
            one_line(call.form.get("reason", ""), LONGEST_REASON),
        )
        if verb is None:
            return call.missing()
        if not reason:
            return self._form(call, verb, "Say why.")
        ticked = {verb.box[0]: "yes"} if verb.box[0] in call.form else {}
        return self._preview_page(call, verb, {"reason": reason, **ticked})

    def agree(self, call: Call) -> Response:
        """Do what was shown, once."""
        verb, about = self._verbs.get(call.part("verb")), call.part("about")
        if verb is None:
            return call.missing()
        offered = self._offers.take(call, f"{verb.name} {about}")
        if offered is None:
            path = self._offers.where(call)
            return call.go(path) if path else call.page("refused.html", HTTPStatus.GONE)
        asked, office = offered.about, call.desk.office
        with office.looking(call.actor) as project:
            if world_of(project) != offered.world:
                return self._preview_page(call, verb, asked, CHANGED)
            found = [*look_around(project), *verb.preview(project, about, asked).stops]
        self._offers.heed(call, offered, found)
        job = Job(f"{verb.label}: {about}", call.actor, office.clock())

        def work() -> None:
            with office.alone(call.actor, job, call.accepted) as held:
                with held.looking() as project:
                    if world_of(project) != offered.world:
                        raise CertsError(CHANGED.partition(" This")[0], "Look at it again.")
                    seen = verb.preview(project, about, asked)
                    found = [*look_around(project), *seen.stops]
                with held.acting(found) as project:
                    sent = send_these(project, verb.deed(project, seen.plan, asked))
                job.said = [*verb.outcome(seen.plan), *became_lines(sent)]

        call.desk.work.begin(job, work)
        self._offers.begun(call, f"work/{job.id}")
        return call.go(f"work/{job.id}")

    def _form(self, call: Call, verb: LargeVerb, wrong: str = "") -> Response:
        status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
        return call.page("large.html", status, **self._shared(call), verb=verb, wrong=wrong)

    def _preview_page(self, call: Call, verb: LargeVerb, asked: Asked, why: str = "") -> Response:
        about = call.part("about")
        with call.desk.office.looking(call.actor) as project:
            world, seen = world_of(project), verb.preview(project, about, asked)
        once = self._offers.show(call, f"{verb.name} {about}", asked, world)
        return call.page(
            "large_preview.html", HTTPStatus.CONFLICT if why else HTTPStatus.OK, **self._shared(call),
            verb=verb, seen=seen, once=once, why=why, reason=asked["reason"],
            command=verb.command(about, asked, seen.stops),
        )  # fmt: skip

    def _shared(self, call: Call) -> Mapping[str, object]:
        about = call.part("about")
        return {"here": self._under, "about": about, "to": call.desk.address(f"{self._under}/{about}")}
