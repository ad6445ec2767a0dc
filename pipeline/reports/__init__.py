"""Files for boards and staff: rows of cells in, a workbook, CSV or JSON out; written where staff said.

They hold what must be nowhere else, so nothing of them touches a temporary file, and the same rows give the
same bytes.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import BytesIO
from pathlib import Path

from xlsxwriter import Workbook

from pipeline import files

Cells = Sequence[str | Decimal | dt.date | None]
WIDTH = 18  # of a column, in characters
SOME_DAY = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - workbooks say when they were made; ours are the same each time


def workbook_bytes(sheet: str, above: Iterable[str], header: Sequence[str], rows: Iterable[Cells]) -> bytes:
    """An .xlsx workbook of one sheet. Text is text, never a formula nor a link; dates and amounts are
    numbers.

    `above`: lines over the header, which is left out where it is empty.
    """
    held = BytesIO()
    # Its parts would otherwise be written to the temporary folder first.
    book = Workbook(held, {"in_memory": True})
    book.set_properties({"created": SOME_DAY})
    bold = book.add_format({"bold": True, "text_wrap": True})
    text, day = book.add_format({"num_format": "@"}), book.add_format({"num_format": "mm/dd/yyyy"})
    page = book.add_worksheet(sheet)
    number = 0
    for line in above:
        page.write_string(number, 0, line)
        number += 1
    if header:
        for column, cell in enumerate(header):
            page.write_string(number, column, cell, bold)
        number += 1
        page.freeze_panes(number, 0)
    width = 0
    for cells in rows:
        width = max(width, len(cells))
        for column, value in enumerate(cells):
            if isinstance(value, str):
                page.write_string(number, column, value, text)
            elif isinstance(value, Decimal):
                page.write_number(number, column, float(value))  # quarter steps: a binary fraction is exact
            elif value is not None:
                page.write_datetime(number, column, dt.datetime.combine(value, dt.time()), day)
        number += 1
    if width:
        page.set_column(0, width - 1, WIDTH)
        page.ignore_errors({"number_stored_as_text": f"A1:XFD{number}"})
    book.close()
    return held.getvalue()


def document_bytes(document: object) -> bytes:
    """JSON in UTF-8."""
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def write_report(path: Path, data: bytes) -> None:
    """Put the file in its place, its owner's alone, and on the disk before this returns. What is beside it
    after a failure is removed: it is private, too."""
    with files.written_whole(path) as file:
        file.write(data)
