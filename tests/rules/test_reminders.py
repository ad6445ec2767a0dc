"""When a reminder is due."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.rules.messages.reminders import reminder_due

TOLD = dt.date(2025, 11, 14)


def day(number: int) -> dt.date:
    """So many days after the person was told."""
    return TOLD + dt.timedelta(days=number)


@pytest.mark.parametrize(
    ("after", "reminded", "last", "until", "due"),
    [
        (6, 0, None, None, 0),
        (7, 0, None, None, 1),
        (7, 0, None, 7, 1),  # on the last day
        (8, 0, None, 7, 0),
        (20, 1, 7, None, 0),
        (21, 1, 7, None, 2),
        (21, 1, 20, None, 0),  # the first was late
        (34, 1, 20, None, 2),
        (100, 2, 21, None, 0),
    ],
)
def test_two_at_most_and_none_too_late(
    after: int, reminded: int, last: int | None, until: int | None, due: int
) -> None:
    """After 7 and 21 days, 14 between the two, while it can still be done."""
    found = reminder_due(
        TOLD,
        reminded,
        None if last is None else day(last),
        None if until is None else day(until),
        day(after),
    )
    assert found == due
