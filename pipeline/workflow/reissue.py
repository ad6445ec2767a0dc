"""Issued certificates made anew after a change of design; numbers, dates and links stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.ledger.certificates import Pending
from pipeline.rules.certificates.awards import activity_date
from pipeline.rules.certificates.retention import kept_until
from pipeline.rules.claims.claim import Problem
from pipeline.rules.text import counted
from pipeline.workflow.award import award, facts_anew
from pipeline.workflow.executor import rendering_executor
from pipeline.workflow.project import Project
from pipeline.workflow.release import release
from pipeline.workflow.render import Renderers, render


@dataclass(frozen=True)
class Reissued:
    """What a reissue came to."""

    planned: int  # certificates
    problems: list[Problem]  # why some of them could not be made


def reissue(
    project: Project,
    activity: str | None,
    renderers: Renderers,
    ask: Callable[[Counter[str]], bool] | None = None,
) -> Reissued | None:
    """The whole of `certs reissue`: ask, plan, render, release. None where the answer is no.

    `activity`: slug of the only one. `ask`: whether to make so many certificates anew, by activity's slug;
    without it nobody is asked. Raises CertsError for an unknown activity.
    """
    project.check_activity(activity)
    if ask is not None and not ask(Counter(one.facts.activity for one in _current(project, activity))):
        return None
    with rendering_executor(project, renderers) as executor:
        planned = plan_reissue(project, activity)
        issued = render(project, executor)
    release(project)
    return Reissued(planned, issued.problems)


def _current(project: Project, activity: str | None) -> Iterator[Pending]:
    """What is issued and counts, of activities that are known."""
    found = project.ledger.certificates.current(activity)
    return (one for one in found if one.facts.activity in project.catalog)


def plan_reissue(project: Project, activity: str | None) -> int:
    """Plan every valid certificate anew, in today's design and with the activity's present texts.

    Number, issue date and person's facts stay. Where the activity's last day moved, claims are kept by the
    new one, never to an earlier day than paper says. Corrections that wait stay corrections. The count.
    """
    award(project)
    ledger, count = project.ledger, 0
    with ledger.transaction():
        for known in project.catalog.values():
            if known.is_dated and activity in (None, known.slug):
                day = activity_date(known, None)
                ledger.claims.move(known.slug, day, kept_until(day))
        for one in _current(project, activity):
            count += 1
            claim = ledger.claims.of_certificate(one.certificate_id)
            anew = facts_anew(project, one.facts, claim, project.catalog[one.facts.activity])
            ledger.certificates.plan_version(one.certificate_id, anew, project.today, one.reason)
        project.on_record("reissue", f"{counted(count, 'certificate')} of {activity or 'all'}")
    return count
