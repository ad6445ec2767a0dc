"""What spreadsheets make of cells: formulas, made safe to write and back; errors; text kept as a formula."""

from __future__ import annotations

import re

# What makes a spreadsheet take a cell for a formula; some of them fold the full-width forms.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+\-]?[0-9]+(?:[.,][0-9]+)?")
# `#N/A`, `#REF!`, `#NAME?` in any language, `#BEZUG!`, `#¡VALOR!`, `#DIV/0`, `#Loading...`: no learner id is
# letters alone after a `#`; `####` is shown where a column is too narrow. Those of LibreOffice are `Err:502`.
_ERROR = re.compile(r"#{3,}|#[¡¿]?[^\W\d_](?:/0|[^\W\d]|[/ .])*[!?]?|Err:[0-9]{3}", re.IGNORECASE)
_TEXT = re.compile(r'="([^"=&]*)"')

ABSENT = "(missing)"  # stands for a cell that could not be read; no column takes it for a value


def error_value(cell: str) -> str:
    """The Excel error that a cell shows, as an export to CSV keeps it; empty where it shows none."""
    text = cell.strip()
    return text if _ERROR.fullmatch(text) else ""


def formula_text(cell: str) -> str:
    """The text in `="00123"`, which exports write so that a spreadsheet does not take it for a number."""
    match = _TEXT.fullmatch(cell.strip())
    return match[1] if match else cell


def harmless(cell: str) -> str:
    """The cell as no spreadsheet runs it: with an apostrophe before a formula; numbers stay."""
    return f"'{cell}" if _is_formula(cell) else cell


def as_given(cell: str) -> str:
    """The cell before `harmless`."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell) else cell


def _is_formula(cell: str) -> bool:
    bare = cell.lstrip("'")
    return bare.startswith(_FORMULA) and not _NUMBER.fullmatch(bare)
