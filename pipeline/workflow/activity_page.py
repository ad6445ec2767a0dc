"""One activity as staff see it: its file, and what is on record of it."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.ledger.counts import ActivityFigures
from pipeline.workflow.activities import ListedActivity, list_activities
from pipeline.workflow.project import Project


@dataclass(frozen=True)
class ActivityOnRecord:
    """One activity."""

    slug: str
    title: str
    listed: ListedActivity | None  # None: its file was taken away
    people: int
    certificates: int  # that count


def activities_on_record(project: Project) -> list[ActivityOnRecord]:
    """Every activity that has a file or is on record, the newest first; those without a file last."""
    counts = project.ledger.counts.by_activity()
    listed = {one.activity.slug: one for one in list_activities(project)}
    slugs = [*listed, *sorted(set(counts) - set(listed))]
    return [
        ActivityOnRecord(
            slug,
            listed[slug].activity.title if slug in listed else slug,
            listed.get(slug),
            *counts.get(slug, (0, 0)),
        )
        for slug in slugs
    ]


def activity_on_record(project: Project, slug: str) -> tuple[ActivityOnRecord, ActivityFigures, bool] | None:
    """One of them, its figures, and whether a withdrawal of all of it can be taken back; None where there is
    neither a file nor anything on record."""
    listed = {one.activity.slug: one for one in list_activities(project)}
    ledger = project.ledger
    if slug not in listed and not ledger.withdrawals.is_known(slug):
        return None
    figures = ledger.counts.of_activity(slug)
    live = sum(count for _, standing, count in figures.certificates if standing.is_live)
    title = listed[slug].activity.title if slug in listed else slug
    one = ActivityOnRecord(slug, title, listed.get(slug), figures.people, live)
    return one, figures, bool(ledger.withdrawals.open_ones(slug))
