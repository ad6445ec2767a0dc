"""Activities at the desk: what is on record of each, all of it withdrawn or made valid again, taken away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.responses import Response

from pipeline.desk.board import Figures
from pipeline.desk.calls import Call, download_file
from pipeline.desk.large import LONGEST_REASON, Asked, LargeVerb, Preview
from pipeline.rules.certificates.exports import ListingChoice
from pipeline.rules.text import counted, one_line
from pipeline.workflow.activity_page import ActivityOnRecord, activities_on_record, activity_on_record
from pipeline.workflow.export import ExportPlaces, export, preview_export
from pipeline.workflow.project import Project
from pipeline.workflow.sentences import left_lines, plan_lines
from pipeline.workflow.together import (
    StandingPlan,
    preview_activity_reinstatement,
    preview_activity_withdrawal,
    reinstate_activity,
    withdraw_activity,
)

TABLES = ("csv", "xlsx", "zip")
MAIL = ("mail", "Mail those whom mail had told of it, once each")


def _previewed(plans: Callable[[Project, str], StandingPlan]) -> Callable[[Project, str, Asked], Preview]:
    def preview(project: Project, activity: str, asked: Asked) -> Preview:
        plan = plans(project, activity)
        return Preview(plan, plan_lines(plan, "mail" in asked), plan.stops)

    return preview


def _outcome(words: str) -> Callable[[StandingPlan], Sequence[str]]:
    return lambda plan: [
        f"{counted(len(plan.certificates), 'certificate is', 'certificates are')} {words}.",
        *left_lines(plan),
    ]


def _words(verb: str) -> Callable[[str, Asked], list[str]]:
    return lambda activity, asked: [
        verb, "--activity", activity, *(["--mail"] if "mail" in asked else [])
    ]  # fmt: skip


ACTIVITY_VERBS = {
    "withdraw": LargeVerb(
        "withdraw",
        "Withdraw all of it",
        "The files go; the holders’ pages and the verification pages say so, and why. It can be taken back.",
        "In words for the holders: it stands on their pages and on the public verification pages.",
        MAIL,
        _previewed(preview_activity_withdrawal),
        lambda project, plan, asked: withdraw_activity(project, plan, asked["reason"], "mail" in asked),
        _outcome("withdrawn"),
        _words("withdraw"),
    ),
    "reinstate": LargeVerb(
        "reinstate",
        "Make all of it valid again",
        "What its last withdrawal took comes back; what was withdrawn alone stays withdrawn.",
        "Kept in the audit trail, shown to nobody else.",
        MAIL,
        _previewed(preview_activity_reinstatement),
        lambda project, plan, asked: reinstate_activity(project, plan, asked["reason"], "mail" in asked),
        _outcome("valid again"),
        _words("reinstate"),
    ),
}


class Activities:
    """The views."""

    def __init__(self) -> None:
        self._figures: Figures[Sequence[ActivityOnRecord]] = Figures(activities_on_record)

    def listed(self, call: Call) -> Response:
        """Every activity, with how much of it is on record."""
        return call.page("activities.html", here="activities", activities=self._figures.get(call))

    def one(self, call: Call) -> Response:
        """One activity."""
        with call.desk.office.looking(call.actor) as project:
            found = activity_on_record(project, call.part("about"))
        if found is None:
            return call.missing()
        one, figures, has_withdrawal = found
        suiting = [ACTIVITY_VERBS["withdraw"]] if one.certificates else []
        suiting += [ACTIVITY_VERBS["reinstate"]] if has_withdrawal else []
        return call.page(
            "activity.html", here="activities", one=one, figures=figures, verbs=suiting, tables=TABLES
        )

    def take_away(self, call: Call) -> Response:
        """Its certificates as a table, or as PDFs under readable names; that they left is on record."""
        slug, kind = call.part("about"), call.form.get("as", "")
        if kind not in TABLES:
            return call.missing()
        reason = one_line(call.form.get("reason", ""), LONGEST_REASON)
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="certs-")))
            path = folder / f"{slug}.{kind}"
            places = ExportPlaces(archive=path) if kind == "zip" else ExportPlaces(table=path)
            with call.desk.office.acting(call.actor, reaches_out=False, accepted=call.accepted) as project:
                export(project, preview_export(project, ListingChoice(slug), places), places, reason)
            return download_file(path, "application/octet-stream", stack.pop_all().close)
