"""Columns that nothing reads: credit, requirements and statuses are noticed, and nothing else is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pipeline.rules.certificates.activities import Activity
from pipeline.rules.claims.columns import read_header
from pipeline.rules.claims.unused_columns import (
    UnusedColumns,
    does_not_count,
    is_status,
    like_requirement,
)
from pipeline.rules.stops import Stop
from tests.support.claim_values import COURSE, MEETING

NEEDED = ["activity", "email", "name", "evaluation"]


def found(header: str, *cells: str, needed: Sequence[str] = NEEDED, about: Activity = MEETING) -> list[Stop]:
    """The stops of a file with one further column."""
    columns, wrong = read_header([*needed, header], {})
    assert columns is not None, wrong
    watch = UnusedColumns("claims.csv", [*needed, header], columns, ["evaluation", "post_test"])
    for number, cell in enumerate(cells, 2):
        watch.see(number, [*needed, cell])
    return watch.stops([about])


@pytest.mark.parametrize(
    "header",
    [
        "Contact Hours", "Credit Hours", "Hours", "MOC", "MOC Points", "CME maximum", "Points", "CE", "CEUs",
        "Category 2 credits", "ABIM/ABP MOC", "Total credits", "Nursing Contact Hour(s)",
        "Hrs", "Pts", "Crédits", "Claimed", "CmeHrs", "cmehours", "AMAPRA", "MocPoints", "MOCPts", "Units",
        "Fortbildungspunkte", "Horas", "Awarded",
    ],
)  # fmt: skip
def test_what_reads_like_credit_is_asked_about(header: str) -> None:
    """With the rows that have an amount, and what to type."""
    (stop,) = found(header, "10", "", "0.00", "8.25 hours", "1,5", "none", "1:30", "0:00")
    assert (stop.name, stop.file, stop.rows) == ("unused-credit-column", "claims.csv", (2, 5, 6, 8))
    assert f'"{header}"' in stop.text
    moc = "=abim_moc_points or abp_moc_points"
    assert stop.text.endswith(
        moc if "MOC" in header.upper() or header in ("Points", "Pts") else "=cme_credits"
    )


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("Contact Hours", ""), ("Contact Hours", "0"), ("Contact phone", "5"), ("Credit card", "4242"),
        ("CME ID", "7"), ("Credit type code", "5"), ("Credit awarded date", "2025"), ("Room", "12"),
        ("Contact Hours", "yes"), ("Mock exam", "5"), ("Across", "5"), ("Store", "5"),
        ("Emergency contact", "5"), ("Appointment", "5"), ("Hourly", "5"),
    ],
)  # fmt: skip
def test_what_holds_no_credit_is_passed_over(header: str, cell: str) -> None:
    assert found(header, cell, cell) == []


def test_credit_that_the_activity_does_not_offer_is_no_loss() -> None:
    assert found("Credit Hours", "5", about=replace(MEETING, cme_max=None)) == []
    assert found("ABIM/ABP", "5", about=replace(COURSE, abim_max=None)) == []


@pytest.mark.parametrize(
    ("header", "requirement", "expected"),
    [
        ("Evaluation Complete", "evaluation", True),
        ("Evaluation Completed?", "evaluation", True),
        ("evaluaton", "evaluation", True),
        ("Eval done", "evaluation", True),
        ("Post-Test Passed", "post_test", True),
        ("Posttest", "post_test", True),
        ("Post Test Score", "post_test", True),
        ("Test", "post_test", False),
        ("Contest", "post_test", False),
        ("Email opt-in", "evaluation", False),
        ("Pre-test", "post_test", False),
    ],
)
def test_a_header_that_looks_like_a_requirement(header: str, requirement: str, expected: bool) -> None:
    assert like_requirement(header, requirement) is expected


def test_a_requirement_without_a_column_is_asked_about_where_one_looks_like_it() -> None:
    """Not where the file has the column; and what no header looks like is only known to be missing."""
    (stop,) = found("Evaluation Complete", "yes", needed=NEEDED[:3])
    assert stop.name == "unused-requirement-column"
    assert 'no column evaluation, which meeting-2025 requires; is it "Evaluation Complete"?' in stop.text
    assert stop.text.endswith("Evaluation Complete=evaluation")
    assert found("Evaluation Complete", "yes") == []
    header = [*NEEDED[:3], "Survey"]
    columns, _ = read_header(header, {})
    assert columns is not None
    watch = UnusedColumns("claims.csv", header, columns, ["evaluation"])
    assert watch.near_requirements([MEETING]) == {"evaluation": ""}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Cancelled", True), ("CANCELED by user", True), ("No-show", True), ("No Show", True),
        ("noshow", True),
        ("In Progress", True), ("Waitlisted", True), ("On wait list", True), ("Refunded", True),
        ("Not completed", True), ("Not Attended", True), ("Did not attend", True), ("Incomplete", True),
        ("Withdrawn", True), ("Declined", True), ("Absent", True), ("Pending approval", True),
        ("Failed", True), ("InProgress", True), ("IN_PROGRESS", True), ("NoShow", True), ("Missed", True),
        ("Never attended", True), ("Unattended", True), ("Left early", True), ("Started", True),
        ("Standby", True), ("Unpaid", True), ("Suspended", True), ("Removed", True), ("DNA", True),
        ("Annulé", True), ("Storniert", True), ("Nicht erschienen", True), ("Ausente", True),
        ("Never cancelled", False), ("Quite complete", False), ("No", False),
        ("Not Started", True), ("Registration cancelled", True), ("Expired", True), ("Invited", True),
        ("Attended", False), ("Completed", False), ("Registered", False), ("Not cancelled", False),
        ("Checked in", False), ("", False), ("Notified", False), ("Active", False), ("Passed", False),
    ],
)  # fmt: skip
def test_statuses_that_do_not_count(text: str, expected: bool) -> None:
    assert does_not_count("Participant Status", text) is expected


@pytest.mark.parametrize(
    ("header", "text", "expected"),
    [
        ("Cancelled", "yes", True), ("Cancelled", "2025-10-01", True), ("Cancelled", "no", False),
        ("Cancelled", "", False), ("No-show", "1", True), ("Refunded on", "10/1/2025", True),
        ("Cancelled", "0", False), ("RegStatus", "", False),
        ("Cancellation Date", "2025-10-01", True), ("Date cancelled", "10/1/2025", True),
        ("Cancellation reason", "ill", True), ("Refund amount", "120.00", True),
        ("Refund amount", "$0.00", False), ("Cancelled", "N/A", False), ("Cancelled", "Not cancelled", False),
        ("Withdrawn at", "0000-00-00", False), ("Waitlist position", "4", True), ("Deleted", "1", True),
        ("Checked In", "No", True), ("Checked In", "yes", False), ("Passed?", "0", True),
        ("Passed", "1", False),
        ("Completion", "Incomplete", True), ("Participation", "no", True),
    ],
)  # fmt: skip
def test_a_header_that_says_so_itself(header: str, text: str, expected: bool) -> None:
    assert is_status(header)
    assert does_not_count(header, text) is expected


def test_a_column_of_statuses_is_listed_with_its_counts() -> None:
    (stop,) = found("Participant Status", "Attended", "Cancelled", "Attended", "No-show", "")
    assert (stop.name, stop.rows) == ("status-column", (3, 5))
    for words in ('"Attended" in 2 rows', '"Cancelled" in 1 row', '"Cancelled" and "No-show" (rows 3 and 5)'):
        assert words in stop.text
    assert stop.text.endswith("Participant Status=unused")
    assert found("Participant Status", "Attended", "Registered") == []
    assert found("Remarks", "Cancelled my dinner", "Pending") == []
    assert found("Day 2", "Absent", "Void", "No") == []
    (stop,) = found("Type", "Attendee", "CANCELLED")
    assert stop.rows == (3,)
