"""What a hostile reader of the program found about claims: each finding stays mended."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.college import ACTIVITIES, TODAY, College

HEADER = "activity,learner_id,email,name,cme_credits,abim_moc_points,attended,evaluation\n"
ANN = "meeting-2025,L1,ann@example.org,Ann Lee,{},,yes,yes"


def figures(report: object, *names: str) -> tuple[int, ...]:
    return tuple(getattr(report, name) for name in names)


# Rows of one file


@pytest.mark.parametrize("turned", [False, True])
def test_one_person_with_and_without_id_contradicts_themselves(quick_college: College, turned: bool) -> None:
    """Which of the two amounts is right is never guessed, whichever row comes first."""
    rows = [ANN.format(10), ANN.format(12).replace("L1", "")]
    report = quick_college.run(quick_college.claims(*(rows[::-1] if turned else rows), header=HEADER))
    assert figures(report, "issued", "set_aside") == (0, 2)
    assert ["row 3" in one.reason for one in report.problems] == [True, False]
    assert ["row 2" in one.reason for one in report.problems] == [False, True]


@pytest.mark.parametrize("turned", [False, True])
def test_one_person_with_and_without_id_saying_the_same(quick_college: College, turned: bool) -> None:
    """A repeat is a repeat; and somebody else at the address contradicts nobody."""
    rows = [ANN.format(10), ANN.format(10).replace("L1", "")]
    bo = "meeting-2025,L2,ann@example.org,Bo Berg,3,,yes,yes"
    report = quick_college.run(quick_college.claims(*(rows[::-1] if turned else rows), bo, header=HEADER))
    assert figures(report, "issued", "set_aside") == (4, 0)
    assert {name for name, *_ in quick_college.certificates()} == {"Ann Lee", "Bo Berg"}


# The same file again


def test_the_same_file_after_the_activity_was_mended(quick_college: College) -> None:
    """A misspelt requirement withholds; once it is mended the very same file issues."""
    college = quick_college
    meeting = ACTIVITIES["meeting-2025"]
    college.write_activity("meeting-2025", meeting.replace("evaluation", "evaluaton"))
    claims = college.claims(ANN.format(10), header=HEADER)
    assert figures(college.run(claims), "issued", "withheld") == (0, 2)
    college.write_activity("meeting-2025", meeting)
    assert figures(college.run(claims), "issued", "withheld") == (2, 0)
    assert figures(college.run(claims), "issued", "corrected", "unchanged") == (0, 0, 2)


def test_the_same_file_after_its_headers_were_explained(quick_college: College) -> None:
    """COLUMN_MAP changes what a file says: it is read again."""
    college = quick_college
    header = HEADER.replace("evaluation", "Feedback sent")
    claims = college.claims(ANN.format(10), header=header)
    assert figures(college.run(claims), "issued", "withheld") == (0, 2)
    college.environment["COLUMN_MAP"] = "Feedback sent=evaluation"
    assert figures(college.run(claims), "issued", "withheld") == (2, 0)
