"""Names as exports sort them, by literals: what is read of them, what stays, what nobody can tell."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.rules.claims.inverted_names import (
    NameOrder,
    NameOrders,
    chosen_credentials,
    names_inverted,
    read_name,
)


@pytest.mark.parametrize(
    ("text", "name", "credentials"),
    [
        ("Peña, Ana", "Ana Peña", ""),
        ("O’Neill, Bob J., DO", "Bob J. O’Neill", "DO"),
        ("O’NEILL, BOB J., DO", "Bob J. O’Neill", "DO"),
        ("van der Berg, Jan, MD, PhD", "Jan van der Berg", "MD, PhD"),
        ("King, Martin Luther, Jr., MD", "Martin Luther King, Jr.", "MD"),
        ("KING, MARTIN LUTHER, JR.", "Martin Luther King, Jr.", ""),
        ("Smith Jr., John", "John Smith Jr.", ""),
        ("SMITH III, JOHN", "John Smith III", ""),
        ("Garcia,Ana M.D.", "Ana Garcia", "M.D."),
        ("Garcia, Ana, MD FACR", "Ana Garcia", "MD FACR"),
        ("D'ANGELO, DINO, PA-C", "Dino D'Angelo", "PA-C"),
        ("O'BRIEN, MARY-ANN, MSN, RN, FNP-BC", "Mary-Ann O'Brien", "MSN, RN, FNP-BC"),
        ("ÅKESSON, ZOË", "Zoë Åkesson", ""),
        ("Nguyen, Do", "Do Nguyen", ""),
        ("Ma, Yo-Yo", "Yo-Yo Ma", ""),
        ("山田, 太郎", "山田 太郎", ""),
        ("王，芳", "王 芳", ""),
        ("Ana Lopez, M.D., Ph.D.", "Ana Lopez", "M.D., Ph.D."),
        ("Smith, John III", "John Smith III", ""),
        ("SMITH, JOHN JR., MD", "John Smith Jr.", "MD"),
        ("Smith, John V", "John V Smith", ""),
        ("Smith MD, John", "John Smith", "MD"),
        ("Lopez, Ana MA", "Ana Lopez", "MA"),
        ("Ana Lopez MD", "Ana Lopez", "MD"),
        ("Ana Lopez RN BSN, FACR", "Ana Lopez", "RN, BSN, FACR"),
    ],
)
def test_a_name_in_the_order_of_speech(text: str, name: str, credentials: str) -> None:
    found = read_name(text)
    assert (found.name, found.credentials, found.is_capitals) == (name, credentials, False)
    assert found.order in (NameOrder.INVERTED, NameOrder.LETTERED)


@pytest.mark.parametrize(
    "name",
    [
        "Ana Lopez",
        "Martin Luther King, Jr.",
        "John Smith, III",
        "ANA LOPEZ",
        "Cher",
        "Li MA",
        "Anna Thi DO",
        "J. R. R.",
    ],
)
def test_a_name_that_is_spoken_so_already_stays(name: str) -> None:
    found = read_name(name)
    assert (found.order, found.name, found.credentials) == (NameOrder.SPOKEN, name, "")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("MCDONALD, ANN", "ANN MCDONALD"), ("VAN DYKE, AL", "AL VAN DYKE"), ("NG, PETER", "PETER NG"),
        ("DIAZ, JP", "JP DIAZ"), ("DE LA CRUZ, JUAN", "JUAN DE LA CRUZ"), ("LEBLANC, MATT", "MATT LEBLANC"),
        ("FITZGERALD, ELLA", "ELLA FITZGERALD"),
    ],
)  # fmt: skip
def test_capitals_that_could_be_written_in_two_ways_stay(text: str, name: str) -> None:
    """McDonald or Mcdonald: their holder knows."""
    found = read_name(text)
    assert (found.name, found.is_capitals) == (name, True)


@pytest.mark.parametrize("text", ["NGUYEN, DO", "LEE, MA", "Lopez, Ana, Maria"])
def test_what_nobody_can_tell(text: str) -> None:
    """A given name or a degree."""
    assert read_name(text).order is NameOrder.UNCLEAR


@pytest.mark.parametrize(
    ("inverted", "names", "stops"),
    [(1, 1, True), (1, 14, False), (3, 15, True), (10, 1000, True), (9, 1000, False)],
)
def test_how_many_stop_a_file(inverted: int, names: int, stops: bool) -> None:
    """A slip is a caution; a fifth of a file, or ten names, is how it is written."""
    orders = NameOrders()
    for row in range(names):
        orders.add(row + 2, f"Lopez{'abc'[row % 3]}, Ana" if row < inverted else "Martin Luther King, Jr.")
    found = names_inverted("f.csv", orders)
    assert bool(found) == stops
    if stops:
        assert (found[0].name, found[0].rows) == ("names-inverted", tuple(range(2, inverted + 2)))
        assert '"Lopeza, Ana"' in found[0].text
        assert found[0].text.count("Lopez") == 2 * min(inverted, 3)


def test_letters_after_a_name_stop_a_file_without_any_comma() -> None:
    """They would be printed twice: once of the name, once of their column."""
    orders = NameOrders()
    for row, name in enumerate(["Ana Lopez MD", "Bo Kim M.D.", "Cy Lee", "Al Roe"], 2):
        orders.add(row, name)
    (stop,) = names_inverted("f.csv", orders)
    assert stop.rows == (2, 3)
    assert "as Ana Lopez (MD) and Bo Kim (M.D.)" in stop.text


@pytest.mark.parametrize(
    ("column", "letters", "printed", "is_said"),
    [("MD", "DO", "DO", True), ("MD, PhD", "MD", "MD, PhD", False), ("MD", "M.D., PhD", "M.D., PhD", False),
     ("", "DO", "DO", False), ("MD", "", "MD", False)],
)  # fmt: skip
def test_letters_in_the_name_and_in_their_column(
    column: str, letters: str, printed: str, is_said: bool
) -> None:
    credentials, said = chosen_credentials(column, letters)
    assert (credentials, bool(said)) == (printed, is_said)


@given(st.text(alphabet="aA ,.O'MDé，\u00a0-", max_size=30))
def test_no_letter_of_a_name_is_lost(text: str) -> None:
    found = read_name(text)
    assert _letters(found.name + found.credentials) == _letters(text)


def _letters(text: str) -> list[str]:
    return sorted(re.sub(r"[\s,，]", "", text.casefold()))
