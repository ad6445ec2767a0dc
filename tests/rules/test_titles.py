"""Activities of one title are told apart by as few of their facts as it takes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from pipeline.rules.certificates.activities import Activity
from pipeline.rules.certificates.titles import told_apart

DAY = dt.date(2025, 10, 24)
FIRST = Activity("first", "ACR Convergence", "live activity", "Chicago, Illinois\nHall 1", DAY, DAY)


def test_what_differs_first_tells_apart() -> None:
    later = replace(FIRST, slug="later", title="ACR  convergence", end=dt.date(2025, 10, 29))
    assert told_apart([FIRST, later, replace(FIRST, slug="other", title="Another")]) == {
        "first": "October 24, 2025",
        "later": "October 24–29, 2025",
    }
    elsewhere = replace(FIRST, slug="elsewhere", location="Denver, Colorado")
    assert told_apart([FIRST, elsewhere, later]) == {
        "first": "October 24, 2025, Chicago, Illinois, Hall 1",
        "elsewhere": "October 24, 2025, Denver, Colorado",
        "later": "October 24–29, 2025",
    }
    assert told_apart([FIRST, elsewhere])["elsewhere"] == "Denver, Colorado"


def test_without_days_and_place_there_is_the_format_or_the_slug() -> None:
    course = Activity("course", "Lupus", "enduring material")
    written = Activity("written", "Lupus", "manuscript review activity")
    assert told_apart([course, written]) == {
        "course": "enduring material",
        "written": "manuscript review activity",
    }
    assert told_apart([course, replace(course, slug="again")]) == {"course": "course", "again": "again"}


def test_a_title_of_its_own_stands_alone() -> None:
    assert told_apart([FIRST, replace(FIRST, slug="draft", active=False)]) == {}
