"""Who cannot be reported, and why: by person, before anything is written."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.rules.boards.format import BoardFormat, board_formats
from tests.support.board_values import (
    MEETING,
    SENDER,
    TODAY,
    certificate,
    learner,
    learners,
    planned,
    reported,
)


@pytest.fixture
def pars() -> BoardFormat:
    return board_formats()["pars"]


SECRETS = ("12345", "1234567890", "31/31", "Bavaria", "A#1")


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"abim_id": ""}, "ABIM ID"),
        ({"abim_id": "12345"}, "ABIM ID"),
        ({"abim_id": "A#1"}, "ABIM ID"),
        ({"date_of_birth": ""}, "birth day"),
        ({"date_of_birth": "31/31"}, "birth day"),
        ({"first_name": ""}, "first_name"),
        ({"npi": "1234567890"}, "NPI"),
        ({"license_number": "77", "licensing_state": "Bavaria"}, "state"),
        ({"license_number": "77"}, "licensing state"),
    ],
)
def test_what_somebody_lacks(pars: BoardFormat, cells: dict[str, str], field: str) -> None:
    """Named by field and row, and nothing that the export says."""
    plan = planned(pars, [certificate(cme=5, abim=4)], [learner(**cells)])
    assert plan.lines == []
    assert [one.field for one in plan.faults] == [field]
    said = " ".join(map(str, plan.faults))
    assert "Ana Alva <ana@example.org>" in said
    assert "(row 2)" in said
    assert not any(secret in said for secret in SECRETS)


@pytest.mark.parametrize(
    ("has", "field"),
    [
        (certificate(cme=5, abim=6), "abim_moc_points"),
        (certificate(cme=5, abp="4.1"), "abp_moc_points"),
        (certificate(cme=50, abim=1), "cme_credits"),
        (certificate(cme=5, abim=1, completed_on=dt.date(2025, 10, 23)), "completed_on"),
        (certificate(cme=5, abim=1, completed_on=dt.date(2025, 10, 30)), "completed_on"),
    ],
)
def test_what_a_board_would_reject_of_ours(pars: BoardFormat, has: object, field: str) -> None:
    plan = planned(pars, [has], [learner()])  # type: ignore[list-item]
    assert plan.lines == []
    assert {one.field for one in plan.faults} == {field}


def test_the_days_of_completion(pars: BoardFormat) -> None:
    """The first and last are within; without one of their own everybody has the last; an online one is not
    to come."""
    for day in (MEETING.start, MEETING.end):
        (line,) = planned(pars, [certificate(cme=5, abim=1, completed_on=day)], [learner()]).lines
        assert line.credit.completed_on == day
    (line,) = planned(pars, [certificate(cme=5, abim=1)], [learner()]).lines
    assert line.credit.completed_on == MEETING.end
    late = certificate(cme=5, abim=1, completed_on=dt.date(2025, 11, 3))
    (line,) = planned(pars, [late], [learner()], last_day=True).lines
    assert line.credit.completed_on == MEETING.end
    online = replace(MEETING, start=None, end=None, format="enduring material")
    tomorrow = certificate(cme=5, abim=1, completed_on=TODAY + dt.timedelta(days=1))
    assert [one.field for one in planned(pars, [tomorrow], [learner()], activity=online).faults] == [
        "completed_on"
    ]


@pytest.mark.parametrize("said", ["no", "", "perhaps"])
def test_nobody_is_reported_who_did_not_agree(pars: BoardFormat, said: str) -> None:
    """Not even to be deleted: nothing about them leaves the house. They are listed."""
    one = certificate(cme=5, abim=4)
    plan = planned(pars, [one], [learner(consent_to_share=said)])
    assert (plan.lines, plan.faults) == ([], ())
    assert [each.field for each in plan.unreported] == ["consent"]
    before = [reported(one, "ABIM", 5, 3, ("Medical Knowledge",))]
    assert planned(pars, [one], [learner(consent_to_share=said)], before).lines == []


def test_an_export_without_consent_reports_nobody(pars: BoardFormat) -> None:
    people = learners({}, header=["Email", "First Name", "Last Name", "Date of Birth", "ABIM ID"])
    plan = planned(pars, [certificate(cme=5, abim=4)], people)
    assert (len(plan.lines), len(plan.unreported)) == (0, 1)


def test_who_is_not_in_the_export(pars: BoardFormat) -> None:
    """Points must be reported; of credit alone there is nothing to say."""
    plan = planned(pars, [certificate(1, cme=5, abim=4), certificate(2, cme=5, learner_id="L2")], [])
    assert [(one.number[:4], one.reason) for one in plan.faults] == [("0001", "is not in the export")]
    assert plan.nothing == 1


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({}, True),  # by learner id
        ({"email": "new@example.org"}, True),
        ({"learner_id": ""}, True),  # by address and name
        ({"learner_id": "", "email": "ANA@Example.org"}, True),
        ({"learner_id": "", "last_name": "Alva-Ruiz"}, True),
        ({"learner_id": "", "first_name": "Bo", "last_name": "Berg"}, False),  # a shared address
        ({"learner_id": "L9"}, False),  # another person with the same address
        ({"learner_id": "", "email": "other@example.org"}, False),  # the same name elsewhere
        ({"first_name": "Bo", "last_name": "Berg"}, False),  # the id was given to somebody else
    ],
)
def test_whose_row_it_is(pars: BoardFormat, cells: dict[str, str], found: bool) -> None:
    """By learner id, else by address and name: never somebody else's board ID."""
    plan = planned(pars, [certificate(cme=5, abim=4)], [learner(**cells)])
    assert bool(plan.lines) is found
    assert len(plan.faults) == (not found)


def test_two_people_at_one_address(pars: BoardFormat) -> None:
    """A row without learner id is theirs whose whole name it has: nobody gets somebody else's points."""
    jane = certificate(1, cme=5, abim=4, name="Jane Smith", learner_id="")
    john = certificate(2, cme=3, abim=2, name="John Smith", learner_id="")
    row = {"learner_id": "", "first_name": "John", "last_name": "Smith"}
    plan = planned(pars, [jane, john], [learner(**row)])
    assert [(line.certificate.name, line.learner.row) for line in plan.lines] == [("John Smith", 2)]
    assert [(one.who[:4], one.reason) for one in plan.faults] == [("Jane", "is not in the export")]
    longer = learner(**{**row, "first_name": "John Paul"})
    (line,) = planned(pars, [john], [longer]).lines
    assert line.certificate is john
    twice = planned(pars, [john, replace(john, id=3, claim=3, number="0003")], [learner(**row)])
    assert twice.lines == []
    assert {one.reason for one in twice.faults} == {"row 2 of the export fits several people on record"}


def test_another_name_beside_a_learner_id_on_staffs_word(pars: BoardFormat) -> None:
    """A name in another script has nothing in common with its Latin form."""
    people, one = (
        [learner(first_name="Xiaolong", last_name="Li")],
        [certificate(cme=5, abim=4, name="李小龙")],
    )
    plan = planned(pars, one, people)
    assert "--accept other-name" in plan.faults[0].reason
    assert len(planned(pars, one, people, trusts_ids=True).lines) == 1


def test_two_rows_about_one_person(pars: BoardFormat) -> None:
    """Alike they are one; where they differ nobody guesses. Rows about nobody here are counted."""
    one = [certificate(cme=5, abim=4)]
    assert len(planned(pars, one, learners({}, {})).lines) == 1
    plan = planned(
        pars, one, learners({}, {"abim_id": "999999"}, {"learner_id": "L7", "email": "x@example.org"})
    )
    assert plan.lines == []
    assert "rows 2 and 3" in plan.faults[0].reason
    assert "999999" not in str(plan.faults[0])
    assert plan.strangers == (4,)


def test_an_activity_that_cannot_be_reported(pars: BoardFormat) -> None:
    for pars_id in ("", "20251234", "not yet"):
        assert [what for what, _ in pars.lacking(replace(MEETING, pars_id=pars_id), SENDER)] == ["PARS_id"]
    assert list(pars.lacking(MEETING, SENDER)) == []
    assert pars.document_lacking is not None
    assert [what for what, _ in pars.document_lacking(MEETING, replace(SENDER, accme_provider=""))] == [
        "ACCME_PROVIDER_ID"
    ]


def test_several_types_of_points_have_columns_each(pars: BoardFormat) -> None:
    """As the activity's file joins them; all points are of each."""
    three = replace(MEETING, abim_type="Medical Knowledge, Practice Assessment and Patient Safety")
    (line,) = planned(pars, [certificate(cme=5, abim=4)], [learner()], activity=three).lines
    assert [one.value(line) for one in pars.columns[-6:]] == [
        *("Medical Knowledge", Decimal(4), "Practice Assessment", Decimal(4), "Patient Safety", Decimal(4)),
    ]


def test_amounts_are_exact(pars: BoardFormat) -> None:
    """A quarter is a quarter, in every cell."""
    (line,) = planned(pars, [certificate(cme="12.25", abim="0.75")], [learner()]).lines
    cells = {one.header: one.value(line) for one in pars.columns}
    assert (cells["Number of CME Credits"], cells["Total Board Credits"]) == (
        Decimal("12.25"),
        Decimal("0.75"),
    )
