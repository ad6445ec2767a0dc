"""Cells that a spreadsheet would run as formulas: a cell in, the cell that is safe to write, and back."""

from __future__ import annotations

import re

# What makes a spreadsheet take a cell for a formula; some of them fold the full-width forms.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+\-]?[0-9]+(?:[.,][0-9]+)?")


def harmless(cell: str) -> str:
    """The cell as no spreadsheet runs it: with an apostrophe before a formula; numbers stay."""
    return f"'{cell}" if _is_formula(cell) else cell


def as_given(cell: str) -> str:
    """The cell before `harmless`."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell) else cell


def _is_formula(cell: str) -> bool:
    bare = cell.lstrip("'")
    return bare.startswith(_FORMULA) and not _NUMBER.fullmatch(bare)
