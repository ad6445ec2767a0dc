"""Files for boards: exact to the cell, the same each time, in no temporary file, and whole or not there."""

from __future__ import annotations

import datetime as dt
import stat
import tempfile
import zipfile
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import NoReturn

import pytest
from python_calamine import CalamineWorkbook

from pipeline.reports import Cells, document_bytes, workbook_bytes, write_report

DAY = dt.date(2024, 2, 29)
ROWS: list[Cells] = [
    ["=1+1", "0042", Decimal("12.25"), DAY, None],
    ["https://example.org", "Łukasik\u200c-李", Decimal("0.25"), None, "x" * 200],
]


def test_cells_are_what_they_were() -> None:
    """A text that looks like a formula, a number or a link is text; quarters are exact."""
    data = workbook_bytes("Sheet1", ["above"], ["a", "b ", "c", "d", "e"], ROWS)
    sheet = CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0)
    assert sheet.to_python() == [
        ["above", "", "", "", ""],
        ["a", "b ", "c", "d", "e"],
        ["=1+1", "0042", 12.25, DAY, ""],
        ["https://example.org", "Łukasik\u200c-李", 0.25, "", "x" * 200],
    ]
    parts = zipfile.ZipFile(BytesIO(data))
    assert b"<f>" not in b"".join(map(parts.read, parts.namelist()))
    assert not any("rels/sheet" in name for name in parts.namelist())


def test_the_same_rows_are_the_same_bytes() -> None:
    """By which a run that was killed knows its file."""
    assert workbook_bytes("Sheet1", [], [], ROWS) == workbook_bytes("Sheet1", [], [], ROWS)
    assert document_bytes({"a": "Ł"}) == '{\n "a": "Ł"\n}\n'.encode()


def test_no_temporary_file_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would hold birth days and IDs for as long as writing takes, and longer after a crash."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a temporary file")

    for name in ("mkstemp", "mkdtemp", "TemporaryFile", "NamedTemporaryFile", "TemporaryDirectory"):
        monkeypatch.setattr(tempfile, name, refuse)
    assert workbook_bytes("Sheet1", [], ["a"], ROWS)


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For its owner alone; after a failure nothing of it is left beside."""
    path = tmp_path / "r.xlsx"
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.files.os.replace", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write_report(path, b"birth days")
    assert list(tmp_path.iterdir()) == []
    write_report(path, b"birth days")
    assert path.read_bytes() == b"birth days"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
