"""What spreadsheets make of cells, by literals: the errors they show, and text they keep as a formula."""

from __future__ import annotations

import pytest

from pipeline.rules.claims.formulas import error_value, formula_text


@pytest.mark.parametrize(
    "cell",
    [
        "#N/A", " #REF! ", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#BEZUG!",
        "#NV", "#WERT!", "#¡VALOR!", "#¿NOMBRE?", "#N/D", "#GETTING_DATA", "Err:502", "#n/a",
        "####", "##########", "#DIV/0", "#REF", "#N/V", "#НД", "#Loading...", "#ERROR!",
    ],
)  # fmt: skip
def test_an_error_in_any_language(cell: str) -> None:
    """An export to CSV keeps the error as text."""
    assert error_value(cell) == cell.strip()


@pytest.mark.parametrize(
    "cell", ["", "#12", "#A12", "#", "12", "# 1 in class", "#1!", "N/A", "Ann #N/A", "Error", "=NA()"]
)
def test_what_is_no_error(cell: str) -> None:
    assert error_value(cell) == ""


@pytest.mark.parametrize(
    ("cell", "text"),
    [('="00123"', "00123"), (' ="convergence-2025"', "convergence-2025"), ("=A1", "=A1"),
     ('="a"&"b"', '="a"&"b"'), ("00123", "00123")],
)  # fmt: skip
def test_text_that_is_kept_as_a_formula(cell: str, text: str) -> None:
    """So that a spreadsheet does not take an id for a number."""
    assert formula_text(cell) == text
