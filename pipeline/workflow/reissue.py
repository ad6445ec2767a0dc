"""Issued certificates made anew after a change of design; numbers, dates and links stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.ledger.certificates import Pending
from pipeline.rules.certificates.awards import activity_date
from pipeline.rules.certificates.retention import kept_until
from pipeline.rules.text import counted
from pipeline.workflow.project import Project

if TYPE_CHECKING:
    pass
from pipeline.workflow.award import _facts_anew, award
from pipeline.workflow.render import PLANNED


def to_reissue(project: Project, activity: str | None) -> Counter[str]:
    """How many certificates a reissue makes anew, by activity's slug."""
    return Counter(one.facts.activity for one in _current(project, activity))


def _current(project: Project, activity: str | None) -> Iterator[Pending]:
    """What is issued and counts, of activities that are known; read while more is planned."""
    after = 0
    while some := project.ledger.certificates.current(activity, after, PLANNED):
        after = some[-1].certificate_id
        yield from (one for one in some if one.facts.activity in project.catalog)


def plan_reissue(project: Project, activity: str | None) -> int:
    """Plan every valid certificate anew, in today's design and with the activity's present texts.

    Deliberate: what was issued is frozen otherwise. Number, issue date and person's facts stay. Where the
    activity's last day moved, claims are kept by the new one, never to an earlier day than paper says.
    Corrections that a killed run left behind are planned first, and stay corrections. The count.
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
            anew = _facts_anew(project, one.facts, claim, project.catalog[one.facts.activity])
            ledger.certificates.plan_version(one.certificate_id, anew, project.today, one.reason)
        ledger.audit.write(
            project.at, project.actor, "reissue", f"{counted(count, 'certificate')} of {activity or 'all'}"
        )
    return count
