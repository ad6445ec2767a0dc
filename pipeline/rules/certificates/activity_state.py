"""Where an activity stands today, and what its file might still say: an Activity in, words for staff out."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from enum import StrEnum

from pipeline.rules.certificates.activities import Activity
from pipeline.rules.certificates.retention import is_due, kept_until


class ActivityState(StrEnum):
    """What may be done with an activity today."""

    DRAFT = "draft"  # no claims are accepted
    UPCOMING = "upcoming"
    RUNNING = "running"
    ENDED = "ended"
    OPEN = "open"  # without days of its own
    PAST_RETENTION = "past retention"  # its certificates are deleted


def activity_state(activity: Activity, today: dt.date) -> ActivityState:
    if not activity.active:
        return ActivityState.DRAFT
    if activity.end is None:
        return ActivityState.OPEN
    if is_due(kept_until(activity.end), today):
        return ActivityState.PAST_RETENTION
    if activity.start and today < activity.start:
        return ActivityState.UPCOMING
    return ActivityState.RUNNING if today <= activity.end else ActivityState.ENDED


def missing_fields(activity: Activity) -> dict[str, str]:
    """Fields that an activity may do without and mostly has, each with what is missing for it."""
    lacks = {}
    if activity.is_dated and not activity.location:
        lacks["Location"] = "its certificates name no place"
    if activity.cme_max and not activity.pars_id:
        lacks["PARS_id"] = "credit cannot be reported to the boards"
    if activity.cme_max and not activity.requirements:
        lacks["Requirements"] = "credit is given without an evaluation"
    return lacks


def slug_for(title: str) -> str:
    """The slug that a title suggests: lower-case ASCII words joined by hyphens; empty where it has none."""
    letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    return "-".join(re.findall("[a-z0-9]+", letters))[:80].strip("-")
