"""The activities as staff see them, and a new one's file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.rules.certificates.activities import Activity, Kind
from pipeline.rules.certificates.activity_state import ActivityState, activity_state, missing_fields
from pipeline.rules.web.wording import kinds_offered
from pipeline.site.catalog import write_activity
from pipeline.workflow.project import Project


@dataclass(frozen=True)
class ListedActivity:
    """One activity, with what follows from its file."""

    activity: Activity
    state: ActivityState
    kinds: list[Kind]  # of certificate that it can earn somebody
    lacks: Mapping[str, str]  # a field it does without -> what is missing for it


def list_activities(project: Project) -> list[ListedActivity]:
    """Every activity, the newest first; those without days of their own before them. Raises CatalogError."""
    activities = sorted(project.catalog.values(), key=lambda one: one.slug)
    activities.sort(key=lambda one: one.end or dt.date.max, reverse=True)
    return [_listed(one, project) for one in activities]


def add_activity(project: Project, fields: Mapping[str, str]) -> tuple[Path, ListedActivity]:
    """Write a new activity's file: field, as FIELDS has it, -> value. Raises CatalogError."""
    path, activity = write_activity(project.settings.content, project.catalog, fields)
    return path, _listed(activity, project)


def _listed(activity: Activity, project: Project) -> ListedActivity:
    state = activity_state(activity, project.today)
    return ListedActivity(activity, state, kinds_offered(activity), missing_fields(activity))
