"""When people are written to about what is missing, and about a record that goes: days in, decisions out."""

from __future__ import annotations

import datetime as dt

REMINDED_AFTER = (dt.timedelta(days=7), dt.timedelta(days=21))  # after the person was told
DELETION_NEAR = dt.timedelta(days=60)  # before the record is deleted


def reminder_due(
    told: dt.date, reminded: int, last: dt.date | None, until: dt.date | None, today: dt.date
) -> int:
    """Which reminder is due, from 1; 0 for none.

    `told`: when the person was told what is missing; `reminded`: reminders since, the `last` on that day;
    `until`: the last day on which it can be done, None without one. Two reminders are as far apart as they
    are meant to be, also where the first was late.
    """
    if reminded >= len(REMINDED_AFTER) or (until is not None and until < today):
        return 0
    day = told + REMINDED_AFTER[reminded]
    if last is not None:
        day = max(day, last + REMINDED_AFTER[reminded] - REMINDED_AFTER[reminded - 1])
    return reminded + 1 if day <= today else 0
