"""The sheets of an .xlsx workbook, row by row."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from pipeline.errors import IntakeError
from pipeline.intake.formats import SAVE_AS, refuse_other_archives
from pipeline.intake.sheet_xml import Parts, SheetLook, TooBigError
from pipeline.rules.claims.formulas import ABSENT
from pipeline.rules.text import shown

NumberedCells = tuple[int, list[str] | str]  # number of a row; its cells, or why it cannot be read

CELL_LIMIT = 2_400_000  # of a sheet: the reader holds them all, 90 bytes each
PART_LIMIT = 600_000_000  # bytes of one part of the archive


@dataclass(frozen=True, slots=True)
class XlsxSource:
    """One sheet of an Excel workbook; may be read any number of times."""

    path: Path
    sheet: str
    position: int  # among the workbook's sheets, from 1
    is_visible: bool
    look: SheetLook
    delimiter: str = ","  # for a rejects file made of it

    def __str__(self) -> str:
        return f'Excel workbook, sheet "{shown(self.sheet)}"'

    def rows(self) -> Iterator[NumberedCells]:
        """Every row with its number; errors stand in their cells, for a formula without a value ABSENT."""
        unread: dict[int, list[tuple[int, str]]] = {}
        for (row, column), text in self.look.errors.items():
            unread.setdefault(row, []).append((column, text))
        for row, column in self.look.formulas:
            unread.setdefault(row, []).append((column, ABSENT))
        book = _workbook(self.path)
        try:
            for number, values in enumerate(book.get_sheet_by_name(self.sheet).iter_rows(), 1):
                cells = [_text(value) for value in values]
                for column, text in unread.get(number, ()):
                    cells.extend([""] * (column - len(cells)))
                    cells[column - 1] = text
                yield number, cells
        except CalamineError as error:
            message = f'{shown(self.path.name)}: the sheet "{shown(self.sheet)}" cannot be read.'
            raise IntakeError(message, SAVE_AS) from error


def open_workbook(path: Path) -> list[XlsxSource]:
    """The sheets of a workbook, visible ones first. Raises IntakeError where it cannot be read."""
    found = []
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_other_archives(path.name, archive)
            if any(part.file_size > PART_LIMIT for part in archive.infolist()):
                raise TooBigError
            parts = Parts(archive)
            book = _workbook(path)
            for position, sheet in enumerate(book.sheets_metadata, 1):
                if sheet.typ is SheetTypeEnum.WorkSheet:
                    visible = sheet.visible is SheetVisibleEnum.Visible
                    look = parts.look(sheet.name, CELL_LIMIT)
                    found.append(XlsxSource(path, sheet.name, position, visible, look))
    except IntakeError:
        raise
    except TooBigError as error:
        message = f"{shown(path.name)} has too many cells to be read as a workbook."
        raise IntakeError(message, SAVE_AS) from error
    except Exception as error:
        raise IntakeError(f"{shown(path.name)} is not a workbook that can be read.", SAVE_AS) from error
    if not found:
        raise IntakeError(f"{shown(path.name)} is empty.", "Export it anew.")
    return sorted(found, key=lambda one: not one.is_visible)


def _workbook(path: Path) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(path)
    except Exception as error:
        raise IntakeError(f"{shown(path.name)} is not a workbook that can be read.", SAVE_AS) from error


def _text(cell: object) -> str:
    """A cell as the spreadsheet shows it: 15 digits, no needless .0; dates in ISO form."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        text = f"{cell:.15g}"
        return f"{int(cell)}" if "e" in text and cell.is_integer() and abs(cell) < 1e18 else text
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    return str(cell)
