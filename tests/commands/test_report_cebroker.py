"""CE Broker: a roster is one module of the program, and this file its tests."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.rules.boards.format import board_formats
from tests.support.board_college import ANA, BO, cells, number_of, people, reported
from tests.support.board_values import MEETING, SENDER, certificate, learner, planned
from tests.support.college import College
from tests.support.shell import Shell

FORM = board_formats()["cebroker"]
LICENCE = {"licensing_state": "FL", "license_number": "RN0077", "profession": "RN"}


def test_a_roster_for_ce_broker(quick_college: College, shell: Shell, tmp_path: Path) -> None:
    """No header; the whole credit is eight columns, a part has its subject area and hours. What was posted is
    corrected by hand."""
    quick_college.environment |= {"CE_BROKER_PROVIDER": "1234"}
    quick_college.write_meeting(
        "forum", "2025-03-01", "2025-03-02", "CE_Broker_course: 998877\nCE_Broker_subject: GEN\n"
    )
    header = "activity,learner_id,email,name,cme_credits\n"
    quick_college.take(
        "forum,L1,ana@example.org,Ana Alva,20", "forum,L2,bo@example.org,Bo Berg,4.5", header=header
    )
    licence = {"Licensing State": "Florida", "License Number": "RN0077", "Profession": "RN"}
    export = people(quick_college, {**ANA, **licence}, {**BO, **licence, "License Number": "0042"})
    command = ("report", "cebroker", "--activity", "forum", "--people", export)
    shell(*command, "--to", tmp_path / "1.xlsx")
    day = dt.date(2025, 3, 2)
    assert cells(tmp_path / "1.xlsx") == [
        ["1234", "998877", "", "", "RN0077", day, "State=FL", "Profession=RN", "", ""],
        ["1234", "998877", "", "", "0042", day, "State=FL", "Profession=RN", "GEN", 4.5],
    ]
    quick_college.take("forum,L2,bo@example.org,Bo Berg,6", header=header)
    number = number_of(quick_college, "Bo Berg", "forum")
    assert f"by hand, then --by-hand NUMBER: {number}" in shell(*command, "--to", tmp_path / "2.xlsx").stdout
    assert not (tmp_path / "2.xlsx").exists()
    shell(*command, "--by-hand", number)
    assert reported(quick_college)[-1][1:4] == ("CE Broker", "6", "0")
    assert "by hand" not in shell(*command).stdout
    shell.refused(*command, "--by-hand", number)


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"licensing_state": ""}, "state"),
        ({"licensing_state": "Bavaria"}, "state"),
        ({"profession": "Nurse"}, "profession"),
        ({}, ""),
    ],
)
def test_what_a_roster_needs_of_a_person(cells: dict[str, str], fault: str) -> None:
    plan = planned(FORM, [certificate(cme=5)], [learner(**{**LICENCE, **cells})])
    assert [one.field for one in plan.faults] == ([fault] if fault else [])


def test_who_has_no_licence_there_is_nobody_to_it() -> None:
    plan = planned(FORM, [certificate(cme=5)], [learner()])
    assert (plan.lines, plan.faults, plan.nothing) == ([], (), 1)


def test_what_a_roster_needs_of_an_activity() -> None:
    """A subject area only for those who claimed a part."""
    bare = replace(MEETING, ce_broker_course="", ce_broker_subject="")
    assert [what for what, _ in FORM.lacking(bare, replace(SENDER, ce_broker_provider=""))] == [
        "CE_BROKER_PROVIDER", "CE_Broker_course",
    ]  # fmt: skip
    whole, part = certificate(cme="45.25"), certificate(cme=5)
    assert planned(FORM, [whole], [learner(**LICENCE)], activity=bare).faults == ()
    faults = planned(FORM, [part], [learner(**LICENCE)], activity=bare).faults
    assert [one.field for one in faults] == ["CE_Broker_subject"]
