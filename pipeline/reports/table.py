"""A table that staff asked for, into the file that they named: CSV or a workbook, told by its ending."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from pipeline import files
from pipeline.reports import Cells, workbook_bytes
from pipeline.rules.claims.formulas import harmless

TABLES = (".csv", ".xlsx")


def write_table(path: Path, sheet: str, header: Sequence[str], rows: Iterable[Cells]) -> None:
    """Put the table in its place, its owner's alone, over one that lay there. No cell is a formula.

    Of a CSV file no more than a row is held in memory. Raises OSError.
    """
    with files.written_whole(path) as file:
        if path.suffix.casefold() == ".csv":
            text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
            writer = csv.writer(text, lineterminator="\r\n")
            writer.writerow(header)
            writer.writerows(map(_texts, rows))
            text.flush()
            text.detach()
        else:
            file.write(workbook_bytes(sheet, (), header, rows))


def _texts(cells: Cells) -> list[str]:
    return [harmless(_text(cell)) for cell in cells]


def _text(cell: str | Decimal | dt.date | None) -> str:
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}"
    return cell if isinstance(cell, str) else cell.isoformat() if cell else ""
