"""Activities at the desk: what is on record of each, all of it withdrawn or made valid again, taken away."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.responses import Response

from pipeline.desk.board import Figures
from pipeline.desk.calls import Call, download_file
from pipeline.desk.offers import Offers
from pipeline.desk.work import Job
from pipeline.errors import CertsError
from pipeline.rules.certificates.exports import ListingChoice
from pipeline.rules.text import counted, one_line
from pipeline.workflow.activity_page import ActivityOnRecord, activities_on_record, activity_on_record
from pipeline.workflow.dropped import world_of
from pipeline.workflow.export import ExportPlaces, export, preview_export
from pipeline.workflow.project import Project
from pipeline.workflow.send import send_these
from pipeline.workflow.sentences import became_lines, left_lines, plan_lines
from pipeline.workflow.stops import look_around
from pipeline.workflow.together import (
    StandingPlan,
    preview_activity_reinstatement,
    preview_activity_withdrawal,
    reinstate_activity,
    withdraw_activity,
)

LONGEST_REASON = 2000
CHANGED = "Something happened since this was shown, so nothing was done. This is what it would come to now."
NOT_ACCEPTED = "Nothing was done: accept the stop below first, if you know better."
TABLES = ("csv", "xlsx", "zip")


@dataclass(frozen=True)
class TogetherVerb:
    """What is done to all certificates of an activity."""

    name: str
    label: str
    means: str
    help: str  # of its reason
    preview: Callable[[Project, str], StandingPlan]
    deed: Callable[[Project, StandingPlan, str, bool], list[int]]
    outcome: str  # comes after "12 certificates are"


VERBS = {
    "withdraw": TogetherVerb(
        "withdraw",
        "Withdraw all of it",
        "The files go; the holders’ pages and the verification pages say so, and why. It can be taken back.",
        "In words for the holders: it stands on their pages and on the public verification pages.",
        preview_activity_withdrawal,
        withdraw_activity,
        "withdrawn",
    ),
    "reinstate": TogetherVerb(
        "reinstate",
        "Make all of it valid again",
        "What its last withdrawal took comes back; what was withdrawn alone stays withdrawn.",
        "Kept in the audit trail, shown to nobody else.",
        preview_activity_reinstatement,
        reinstate_activity,
        "valid again",
    ),
}


class Activities:
    """The views."""

    def __init__(self, offers: Offers) -> None:
        self._offers = offers
        self._figures: Figures[Sequence[ActivityOnRecord]] = Figures(activities_on_record)

    def listed(self, call: Call) -> Response:
        """Every activity, with how much of it is on record."""
        return call.page("activities.html", here="activities", activities=self._figures.get(call))

    def one(self, call: Call) -> Response:
        """One activity."""
        with call.desk.office.looking(call.actor) as project:
            found = activity_on_record(project, call.part("slug"))
        if found is None:
            return call.missing()
        one, figures, has_withdrawal = found
        suiting = [VERBS["withdraw"]] if one.certificates else []
        suiting += [VERBS["reinstate"]] if has_withdrawal else []
        return call.page(
            "activity.html", here="activities", one=one, figures=figures, verbs=suiting, tables=TABLES
        )

    def ask(self, call: Call) -> Response:
        """The reason, and whether people are to be told."""
        verb = VERBS.get(call.part("verb"))
        if verb is None:
            return call.missing()
        return self._form(call, verb)

    def preview(self, call: Call) -> Response:
        """What it would come to."""
        verb, reason = VERBS.get(call.part("verb")), one_line(call.form.get("reason", ""), LONGEST_REASON)
        if verb is None:
            return call.missing()
        if not reason:
            return self._form(call, verb, "Say why.")
        return self._preview(
            call, verb, {"reason": reason, **({"mail": "yes"} if "mail" in call.form else {})}
        )

    def agree(self, call: Call) -> Response:
        """Do what was shown, once."""
        verb, slug = VERBS.get(call.part("verb")), call.part("slug")
        if verb is None:
            return call.missing()
        offered = self._offers.take(call, f"{verb.name} {slug}")
        if offered is None:
            path = self._offers.where(call)
            return call.go(path) if path else call.page("refused.html", HTTPStatus.GONE)
        about, office = offered.about, call.desk.office
        accepted = frozenset(name for name in call.form if call.form[name] == "accepted")
        with office.looking(call.actor) as project:
            if world_of(project) != offered.world:
                return self._preview(call, verb, about, CHANGED)
            plan = verb.preview(project, slug)
        if any(stop.name not in accepted for stop in plan.stops):
            return self._preview(call, verb, about, NOT_ACCEPTED)
        job = Job(f"{verb.label}: {slug}", call.actor, office.clock())

        def work() -> None:
            with office.alone(call.actor, job, accepted) as held:
                with held.looking() as project:
                    if world_of(project) != offered.world:
                        raise CertsError(CHANGED, "Look at it again on the activity’s page.")
                    plan = verb.preview(project, slug)
                    found = [*look_around(project), *plan.stops]
                with held.acting(found) as project:
                    messages = verb.deed(project, plan, about["reason"], "mail" in about)
                    sent = send_these(project, messages)
                done = counted(len(plan.certificates), "certificate is", "certificates are")
                job.said = [f"{done} {verb.outcome}.", *left_lines(plan), *became_lines(sent)]

        call.desk.work.begin(job, work)
        self._offers.begun(call, f"work/{job.id}")
        return call.go(f"work/{job.id}")

    def take_away(self, call: Call) -> Response:
        """Its certificates as a table, or as PDFs under readable names; that they left is on record."""
        slug, kind = call.part("slug"), call.form.get("as", "")
        if kind not in TABLES:
            return call.missing()
        reason = one_line(call.form.get("reason", ""), LONGEST_REASON)
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="certs-")))
            path = folder / f"{slug}.{kind}"
            places = ExportPlaces(archive=path) if kind == "zip" else ExportPlaces(table=path)
            with call.desk.office.acting(call.actor, reaches_out=False) as project:
                export(project, preview_export(project, ListingChoice(slug), places), places, reason)
            return download_file(path, "application/octet-stream", stack.pop_all().close)

    def _form(self, call: Call, verb: TogetherVerb, wrong: str = "") -> Response:
        status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
        return call.page(
            "together.html", status, here="activities", slug=call.part("slug"), verb=verb, wrong=wrong, why=""
        )

    def _preview(self, call: Call, verb: TogetherVerb, about: Mapping[str, str], why: str = "") -> Response:
        slug, tells = call.part("slug"), "mail" in about
        with call.desk.office.looking(call.actor) as project:
            world, plan = world_of(project), verb.preview(project, slug)
        once = self._offers.show(call, f"{verb.name} {slug}", about, world)
        named = [f"--accept={','.join(stop.name for stop in plan.stops)}"] if plan.stops else []
        words = ["--activity", slug, "--reason", about["reason"], *(["--mail"] if tells else []), *named]
        return call.page(
            "together_preview.html", HTTPStatus.CONFLICT if why else HTTPStatus.OK, here="activities",
            slug=slug, verb=verb, plan=plan, lines=plan_lines(plan, tells), once=once, why=why,
            reason=about["reason"], command=shlex.join(["certs", verb.name, *words]),
        )  # fmt: skip
