"""What an export of people says of one person, and that none of it is ever shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.rules.boards.birth_days import is_day_first, read_birth_day
from pipeline.rules.boards.learners import day_first_row, is_npi, read_learner, read_learner_header
from pipeline.rules.boards.states import STATES, state_code, state_name
from tests.support.board_values import HEADER, learner


@pytest.mark.parametrize(
    ("text", "month_day", "year"),
    [
        ("09/10", "09/10", ""),
        ("9/10", "09/10", ""),
        ("9-10-1970", "09/10", "1970"),
        ("09/10/70", "09/10", ""),
        ("0910", "09/10", ""),
        ("1970-09-10", "09/10", "1970"),
        ("1970-09-10T00:00:00", "09/10", "1970"),
        ("10-Sep", "09/10", ""),
        ("Sept 10", None, ""),
        ("September 10, 1970", "09/10", "1970"),
        ("02/29", "02/29", ""),
        ("2/29/1972", "02/29", "1972"),
        ("02/30", None, ""),
        ("13/09", None, ""),
        ("00/10", None, ""),
        ("1970", None, ""),
        ("25820", None, ""),
        ("unknown", None, ""),
        ("", "", ""),
    ],
)
def test_a_birth_day_is_month_and_day(text: str, month_day: str | None, year: str) -> None:
    """A leap day is one; a day of no year is none."""
    found = read_birth_day(text)
    assert (found.month_day if found else None) == month_day
    assert found is None or found.year == year


def test_a_file_that_is_day_first_is_known_by_one_row() -> None:
    """05/06 alone says nothing; beside 25/12 it is the fifth of June."""
    columns, _ = read_learner_header(["email", "name", "birthday"])
    assert columns is not None
    rows = [(2, ["a@example.org", "A", "05/06"]), (3, ["b@example.org", "B", "25/12/1970"])]
    assert day_first_row(columns, rows) == 3
    assert day_first_row(columns, rows[:1]) == 0
    assert not is_day_first("12/25")


@pytest.mark.parametrize(
    ("text", "good"), [("1234567893", True), ("1234567890", False), ("123456789", False), ("", False)]
)
def test_an_npi_checks_itself(text: str, good: bool) -> None:
    assert is_npi(text) is good


def test_states_by_name_and_code() -> None:
    """Fifty, the District of Columbia and five territories."""
    assert len(STATES) == 56
    assert state_name(" fl ") == state_name("FLORIDA") == "Florida"
    assert state_code("Florida") == "FL"
    assert state_name("Bavaria") == ""


def test_only_headers_that_can_mean_nothing_else_are_read() -> None:
    """A wish about mail is no consent to be reported, and a patient's birth day is nobody's."""
    columns, _ = read_learner_header(["email", "name", "Consent to marketing", "Patient date of birth"])
    assert columns is not None
    assert set(columns.places) == {"email", "name"}
    assert not columns.has_consent


@pytest.mark.parametrize(
    ("header", "wrong"),
    [
        (["name", "dob"], "no column learner id, nor email"),
        (["email", "dob"], "no column of names"),
        (["email", "name", "dob", "Date of birth"], "two columns mean birth day"),
        (["email", "name", "ABIM ID", "ABIM number"], "two columns mean ABIM ID"),
    ],
)
def test_a_header_that_will_not_do(header: list[str], wrong: str) -> None:
    columns, said = read_learner_header(header)
    assert columns is None
    assert wrong in " ".join(said)


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({"date_of_birth": "31/31"}, {"birth"}),
        ({"npi": "1234567890"}, {"npi"}),
        ({"licensing_state": "Bavaria"}, {"state"}),
        ({"consent_to_share": "perhaps"}, {"consent"}),
        ({"last_name": "Al\x07va"}, {"last_name"}),
        ({"last_name": "Al\ufffdva"}, {"last_name"}),
        ({"last_name": "A" * 201}, {"last_name"}),
        ({"last_name": "علی\u200cپور"}, set()),  # a mark of Persian spelling that nobody sees
        ({}, set()),
    ],
)
def test_what_is_wrong_is_said_without_the_cell(cells: dict[str, str], wrong: set[str]) -> None:
    one = learner(**cells)
    assert set(one.wrong) == wrong
    assert all(cell not in " ".join(one.wrong.values()) for cell in cells.values())


@given(st.lists(st.text(max_size=20), min_size=len(HEADER), max_size=len(HEADER)))
def test_whatever_an_export_holds_is_neither_shown_nor_raised(cells: list[str]) -> None:
    """Not by repr, not by a reason, not by an exception."""
    columns, _ = read_learner_header(HEADER)
    assert columns is not None
    one = read_learner(columns, cells, 7)
    assert repr(one) == "<learner of row 7>"
    known = read_learner(columns, [""] * len(HEADER), 7)
    assert known.consent is None
