"""certs merge: two records that are one person become one, and stay so whatever files say later."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.workflow.merge import merge_records
from pipeline.workflow.merge_plan import foresee_merge
from pipeline.workflow.verify import verify
from tests.support.college import TODAY, College

MEETING = "meeting-2025"
OLD = f"{MEETING},L1,ana@old.example,Ana Alva,MD,yes,,10,,,yes"
NEW = f"{MEETING},L2,ana@new.example,Ana Alva-Lee,MD PhD,yes,,12,5,,yes"
COURSE = "course,L1,ana@old.example,Ana Alva,MD,yes,2025-03-01,4,,,"
LATER = TODAY + dt.timedelta(days=1)


@pytest.fixture
def two(quick_college: College) -> College:
    """One person with two records, who was told of both."""
    quick_college.take(OLD, NEW, COURSE)
    return quick_college


def merge(college: College, who: str = "L1", into: str = "L2", tell: bool = False) -> list[int]:
    def deed(project):  # type: ignore[no-untyped-def]
        return merge_records(project, foresee_merge(project, who, into), "one person", tell)[1]

    return college.do(deed)


def stated(college: College) -> list[tuple[str, str, str, str, str]]:
    """Holder, activity, kind, standing and CME credit of every certificate on a page."""
    with college.project(locked=False) as project:
        return sorted(
            (one.facts.name, one.facts.activity, one.facts.kind.value, one.standing.value, str(one.facts.cme))
            for page in project.ledger.pages.persons(college.tokens(project), project.catalog, TODAY)
            for one in page.entries
        )


def test_two_records_become_one(two: College) -> None:
    """The higher of what both claimed, once, under the name that stays; nothing is lost."""
    merge(two)
    assert stated(two) == [
        ("Ana Alva", MEETING, "cme", "replaced", "10"),
        ("Ana Alva", MEETING, "participation", "replaced", "0"),
        ("Ana Alva-Lee", "course", "cme", "corrected", "4"),
        ("Ana Alva-Lee", "course", "participation", "corrected", "0"),
        ("Ana Alva-Lee", MEETING, "cme-abim", "valid", "12"),
        ("Ana Alva-Lee", MEETING, "participation", "valid", "0"),
    ]
    assert two.do(verify) == []


def test_later_files_know_both_learner_ids(two: College) -> None:
    """The same export again, day after day, changes nothing; what either row says anew is taken over."""
    merge(two)
    before = stated(two)
    again = two.take(COURSE, OLD, NEW, today=LATER)
    assert (again.set_aside, again.corrected, again.issued, again.queued) == (0, 0, 0, 0)
    assert stated(two) == before
    more = two.take(COURSE, OLD.replace(",10,", ",20,"), NEW, today=LATER)
    assert more.corrected == 1
    assert ("Ana Alva-Lee", MEETING, "cme-abim", "corrected", "20") in stated(two)
