"""Issued certificates made anew after a change of design; numbers, dates and links stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.ledger.certificates import Pending
from pipeline.rules.certificates.awards import activity_date
from pipeline.rules.certificates.retention import kept_until
from pipeline.rules.certificates.statements import number_words
from pipeline.rules.claims.claim import Problem
from pipeline.rules.stops import Stop, reissue_above_maximum
from pipeline.rules.text import counted
from pipeline.workflow.award import award, facts_anew
from pipeline.workflow.executor import rendering_executor
from pipeline.workflow.project import Project
from pipeline.workflow.release import release
from pipeline.workflow.render import Renderers, render
from pipeline.workflow.sealing import check_sealing

CREDITS = ("cme", "abim", "abp")


@dataclass(frozen=True)
class Reissued:
    """What a reissue came to."""

    planned: int  # certificates
    problems: list[Problem]  # why some of them could not be made


@dataclass(frozen=True)
class ReissuePlan:
    """What a reissue would make anew, looked at before anything is changed."""

    certificates: Counter[str]  # by activity's slug
    stops: tuple[Stop, ...]


def foresee_reissue(project: Project, activity: str | None) -> ReissuePlan:
    """What would be made anew, of this activity or all. Raises CertsError for an unknown activity."""
    project.check_activity(activity)
    counts, above = Counter[str](), dict[str, dict[str, list[Decimal]]]()
    for one in _current(project, activity):
        facts, slug = one.facts, one.facts.activity
        counts[slug] += 1
        for credit in CREDITS:
            stated: Decimal = getattr(facts, credit)
            if stated > (_maximum(project, slug, credit) or 0):
                above.setdefault(slug, {}).setdefault(credit, []).append(stated)
    return ReissuePlan(counts, tuple(_above(project, slug, found) for slug, found in sorted(above.items())))


def _maximum(project: Project, slug: str, credit: str) -> Decimal | None:
    maximum: Decimal | None = getattr(project.catalog[slug], f"{credit}_max")
    return maximum


def _above(project: Project, slug: str, found: Mapping[str, Sequence[Decimal]]) -> Stop:
    maxima = []
    for credit, stated in found.items():
        now = _maximum(project, slug, credit)
        words = number_words(now) if now is not None else ""
        maxima.append((f"{credit.upper()}_max", words, number_words(max(stated)), len(stated)))
    return reissue_above_maximum(slug, maxima)


def reissue(project: Project, activity: str | None, renderers: Renderers) -> Reissued:
    """What was foreseen and agreed to: plan, render, release. `activity`: slug of the only one. Raises
    SealError before anything is planned where what is made could not be sealed."""
    check_sealing(project)
    with rendering_executor(project, renderers) as executor:
        planned = plan_reissue(project, activity)
        issued = render(project, executor)
    release(project, workers=renderers.workers)
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
