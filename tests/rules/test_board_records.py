"""What is due: the difference between what a board was told and what is on record."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.rules.boards.format import BoardFormat, board_formats
from pipeline.rules.boards.records import BoardRefusal, RecordState
from tests.support.board_values import MEETING, certificate, learner, learners, planned, reported, rows_of

MK = ("Medical Knowledge",)


@pytest.fixture
def pars() -> BoardFormat:
    return board_formats()["pars"]


def acts(form: BoardFormat, *given: object, **more: object) -> list[str]:
    """`Add ABIM 5 / 4`: what each line does, at which board, with credit and points."""
    plan = planned(form, *given, **more)  # type: ignore[arg-type]
    return [f"{one.action} {one.credit.board} {one.credit.cme} / {one.credit.points}" for one in plan.lines]


def test_what_was_never_reported_is_added(pars: BoardFormat) -> None:
    """The credit is in the first record alone: two would count it twice."""
    assert acts(pars, [certificate(cme=5, abim=4, abp=3)], [learner()]) == ["Add ABIM 5 / 4", "Add ABP 0 / 3"]


def test_what_is_as_it_was_reported_is_not_sent_again(pars: BoardFormat) -> None:
    """5 and 5.00 are one amount."""
    one = certificate(cme=5, abim=4)
    before = [reported(one, "ABIM", "5.00", "4.0", MK)]
    plan = planned(pars, [one], [learner()], before)
    assert (plan.lines, plan.unchanged) == ([], 1)


@pytest.mark.parametrize(("cme", "abim"), [(6, 4), (5, 5), (5, "3.75")])
def test_a_correction_deletes_what_was_said_and_adds_what_is(
    pars: BoardFormat, cme: object, abim: object
) -> None:
    """Up and down, the credit and the points; deletes first."""
    one = certificate(cme=cme, abim=abim)
    before = [reported(one, "ABIM", 5, 4, MK)]
    assert acts(pars, [one], [learner()], before) == ["Delete ABIM 5 / 4", f"Add ABIM {cme} / {abim}"]


def test_a_withdrawn_certificate_is_deleted_and_a_reinstated_one_added(pars: BoardFormat) -> None:
    one = certificate(cme=5, abim=4, is_live=False)
    before = [reported(one, "ABIM", 5, 4, MK)]
    assert acts(pars, [one], [learner()], before) == ["Delete ABIM 5 / 4"]
    assert acts(pars, [replace(one, is_live=True)], [learner()]) == ["Add ABIM 5 / 4"]
    assert acts(pars, [one], [learner()]) == []


def test_a_certificate_in_the_place_of_another_changes_what_is_another(pars: BoardFormat) -> None:
    """ABP points were added to the claim: ABIM has nothing new."""
    old = certificate(1, cme=5, abim=4, is_live=False)
    new = certificate(2, cme=5, abim=4, abp=2, claim=1)
    before = [reported(old, "ABIM", 5, 4, MK)]
    assert acts(pars, [old, new], [learner()], before) == ["Add ABP 0 / 2"]


def test_a_board_that_is_claimed_no_more(pars: BoardFormat) -> None:
    """The record of ABP takes over the credit that ABIM's had."""
    old = certificate(1, cme=5, abim=4, abp=2, is_live=False)
    new = certificate(2, cme=5, abp=2, claim=1)
    before = [
        reported(old, "ABIM", 5, 4, MK, id=1),
        reported(old, "ABP", 0, 2, ("Lifelong Learning & Self-Assessment",), id=2),
    ]
    assert sorted(acts(pars, [old, new], [learner()], before)) == [
        "Add ABP 5 / 2", "Delete ABIM 5 / 4", "Delete ABP 0 / 2",
    ]  # fmt: skip


@pytest.mark.parametrize("refusal", BoardRefusal)
def test_what_was_rejected_is_reported_again_on_staffs_word(pars: BoardFormat, refusal: BoardRefusal) -> None:
    """Where that can help. It stands nowhere, so there is nothing to delete, unless it is a duplicate. A
    correction needs no word."""
    one = certificate(cme=5, abim=4)
    before = [reported(one, "ABIM", 5, 4, MK, state=RecordState.REJECTED, refusal=refusal)]
    assert acts(pars, [one], [learner()], before) == []
    assert planned(pars, [one], [learner()], before).rejected == (not refusal.is_final)
    plan = planned(pars, [one], [learner()], before, again=True)
    assert [line.action.value for line in plan.lines] == ([] if refusal.is_final else ["Add"])
    assert all(step.is_again for step in plan.steps)
    corrected = acts(pars, [certificate(cme=6, abim=4)], [learner()], before)
    there = ["Delete ABIM 5 / 4"] if refusal is BoardRefusal.DUPLICATE else []
    assert corrected == [*there, "Add ABIM 6 / 4"]
    assert acts(pars, [replace(one, is_live=False)], [learner()], before) == there


def test_a_duplicate_of_what_the_board_has_takes_nothing_away(pars: BoardFormat) -> None:
    """Two people on record were one, and the board said so of the second: one record stands there."""
    one = certificate(1, cme=5, abim=4)
    first = reported(one, "ABIM", 5, 4, MK, id=1)
    double = replace(first, id=2, state=RecordState.REJECTED, refusal=BoardRefusal.DUPLICATE)
    assert acts(pars, [one], [learner()], [first, double]) == []
    assert acts(pars, [one], [learner()], [double, first]) == []


def test_two_records_of_one_person_leave_one(pars: BoardFormat) -> None:
    """Two people on record were one, and both had been reported."""
    one = certificate(1, cme=5, abim=4)
    before = [reported(one, "ABIM", 5, 4, MK, id=1), reported(one, "ABIM", 3, 3, MK, id=2)]
    assert acts(pars, [one], [learner()], before) == ["Delete ABIM 3 / 3"]


def test_what_an_export_lacks_takes_nothing_back(pars: BoardFormat) -> None:
    """Licences were in the first export, not in the second."""
    one = certificate(cme=5)
    assert acts(pars, [one], [learner()]) == []
    assert acts(pars, [one], [learner(npi="1234567893")]) == ["Add CME 5 / 0"]
    before = [reported(one, "CME", 5)]
    assert acts(pars, [one], [learner()], before) == []
    plan = planned(pars, [certificate(cme=4)], [learner()], before)
    assert [str(one.field) for one in plan.faults] == ["licence or NPI"]


def test_further_boards_by_the_activity(pars: BoardFormat) -> None:
    """Whoever has an ID of theirs; their points are the credit."""
    header = ["Learner ID", "Email", "First Name", "Last Name", "Date of Birth", "ABIM ID", "ABS number"]
    header.append("Consent to share")
    people = learners({"abs_number": "A-77"}, header=header)
    surgeons = replace(MEETING, boards=("ABS",))
    plan = planned(pars, [certificate(cme=5, abim=4)], people, activity=surgeons)
    assert [(one.credit.board, one.credit.points, one.credit.types) for one in plan.lines] == [
        ("ABIM", Decimal(4), MK),
        ("ABS", Decimal(5), ("Accredited CME",)),
    ]
    assert rows_of(pars, plan)[1]["Certifying Board ID"] == "A-77"
    assert len(planned(pars, [certificate(cme=5, abim=4)], people).lines) == 1
