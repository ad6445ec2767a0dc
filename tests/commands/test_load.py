"""Claims on their way into the ledger: whose they are, whichever way a spreadsheet wrote the id."""

from __future__ import annotations

import pytest

from tests.support.shell import Shell

ROW = "meeting-2025,{},ann@example.org,Ann Lee,MD,yes,,{},,,yes"


@pytest.mark.parametrize(("first", "later"), [("00123", "123"), ("123", "00123"), ("0123", "000123")])
def test_an_id_with_zeros_and_without_is_one_person(shell: Shell, first: str, later: str) -> None:
    """CSV keeps 00123, the same sheet as .xlsx has the number 123: one person, one certificate a kind."""
    shell("run", shell.college.claims(ROW.format(first, 10)), "--yes", "--workers", 1)
    moved = ROW.format(later, 12).replace("ann@", "annlee@")
    found = shell.json("run", shell.college.claims(moved), "--yes", "--workers", 1)
    assert (found["issued"], found["corrected"], found["set_aside"]) == (0, 1, 0)
    (ann,) = shell.json("find", later)
    assert ann["learner_id"] == first
    shell("correct", later, "--credentials", "DO", "--reason", "told us")


def test_two_spellings_in_one_file_are_one_person(shell: Shell) -> None:
    rows = ROW.format("007", 10), ROW.format("7", 12)
    assert shell.json("check", shell.college.claims(*rows), status=3)["set_aside"] == 2
    again = ROW.format("007", 10), ROW.format("7", "10.00")
    assert shell.json("check", shell.college.claims(*again))["issued"] == 2


def test_who_was_erased_does_not_come_back_under_another_spelling(shell: Shell) -> None:
    shell("run", shell.college.claims(ROW.format("00123", 10)), "--yes", "--workers", 1)
    shell("forget", "00123", "--reason", "asked", "--yes")
    back = ROW.format("123", 10).replace("ann@", "other@")
    assert shell.json("check", shell.college.claims(back), status=3)["set_aside"] == 1
