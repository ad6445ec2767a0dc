"""The cells of a file, row by row: CSV in any encoding and dialect, and .xlsx."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from pipeline.errors import IntakeError
from pipeline.rules.text import shown

NumberedCells = tuple[int, list[str] | str]  # number of a row; its cells, or why it cannot be read

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}
LINE_LIMIT = 1_000_000  # characters; a longer line is no line of a table
HEADER_ROWS = 10  # titles and remarks may stand above the header
CELL_LIMIT = 2_400_000  # of a workbook: the reader holds them all, 90 bytes each
SAVE_AS = "Save it as CSV UTF-8 in the spreadsheet program, and give that file."

Score = Callable[[list[str]], int]  # how many of a row's cells are headers that are known


@dataclass(frozen=True, slots=True)
class CsvSource:
    """A delimited text file; may be read any number of times."""

    path: Path
    encoding: str  # Python's name of the codec
    encoding_name: str  # for people
    delimiter: str

    def __str__(self) -> str:
        return f"{self.encoding_name}, {DELIMITERS[self.delimiter]}"

    def rows(self) -> Iterator[NumberedCells]:
        """Every row with its number as a spreadsheet counts it; blank ones are empty lists.

        Raises IntakeError where the rest of the file cannot be told into rows.
        """
        errors = "replace" if self.encoding.startswith("utf-16") else "surrogateescape"
        with self.path.open(encoding=self.encoding, errors=errors, newline="") as stream:
            yield from _csv_rows(stream, self.delimiter, self.path.name)


@dataclass(frozen=True, slots=True)
class XlsxSource:
    """One sheet of an Excel workbook; may be read any number of times."""

    path: Path
    sheet: str
    delimiter: str = ","  # for a rejects file made of it

    def __str__(self) -> str:
        return f'Excel workbook, sheet "{shown(self.sheet)}"'

    def rows(self) -> Iterator[NumberedCells]:
        with _workbook(self.path) as book:
            yield from _sheet_rows(book, self.sheet, self.path.name)


Source = CsvSource | XlsxSource


def open_source(path: Path, score: Score) -> Source:
    """Recognises a file by its content, never by its name. Raises IntakeError where it is no table."""
    name = shown(path.name)
    try:
        if path.is_dir():
            raise IntakeError(f"{name} is a folder, not a claims file.", "Name the file in it.")
        with path.open("rb") as stream:
            start = stream.read(4096)
    except FileNotFoundError as error:
        raise IntakeError(f"There is no file {shown(str(path), 200)}.", "Check the path.") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise IntakeError(f"{name} cannot be opened: {why}.", "Check its permissions.") from error
    if not start.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n,;"):
        raise IntakeError(f"{name} is empty.", "Export it anew.")
    if start.startswith(b"PK\x03\x04"):
        return XlsxSource(path, _find_sheet(path, score))
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise IntakeError(f"{name} is an old .xls workbook, or one with a password.", SAVE_AS)
    if start.startswith((b"%PDF", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"\x89PNG", b"\xff\xd8\xff")):
        raise IntakeError(f"{name} is not a table.", "Give the export itself, as CSV or .xlsx.")
    encoding, encoding_name = _encoding(path, start)
    return CsvSource(path, encoding, encoding_name, _delimiter(path, encoding, score))


def is_blank(cells: list[str]) -> bool:
    return not "".join(cells).strip()


def _encoding(path: Path, start: bytes) -> tuple[str, str]:
    """The codec of a text file: by its byte-order mark, else UTF-8 where it fits, else Windows-1252.

    Where most of the text beyond ASCII is good UTF-8 it is UTF-8 with broken places: reading all of it as
    Windows-1252 would garble every name to save a few, so only the rows with broken places are set aside.
    """
    if start.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise IntakeError(f"{shown(path.name)} is in UTF-32, which no spreadsheet writes.", SAVE_AS)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "UTF-16"
    if start[1:20:2].count(0) == len(start[1:20:2]) > 4:
        return "utf-16-le", "UTF-16"
    if start[0:20:2].count(0) == len(start[0:20:2]) > 4:
        return "utf-16-be", "UTF-16"
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", "UTF-8"
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = broken = 0
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            text = decoder.decode(chunk)
            if not text.isascii():
                bad = len(re.findall("[\udc80-\udcff]", text))
                broken += bad
                good += len(re.findall("[^\x00-\x7f]", text)) - bad
        broken += len(decoder.decode(b"", final=True))
    return ("utf-8", "UTF-8") if good >= broken else ("cp1252", "Windows-1252")


def _delimiter(path: Path, encoding: str, score: Score) -> str:
    """The delimiter that makes the most known headers of the file's first rows, then the most cells."""
    best, choice = (0, 0), ","
    for delimiter in DELIMITERS:
        try:
            for _, cells in islice(CsvSource(path, encoding, "", delimiter).rows(), HEADER_ROWS):
                if not isinstance(cells, str) and (found := (score(cells), len(cells))) > best:
                    best, choice = found, delimiter
        except IntakeError:
            continue  # by another delimiter it may read
    return choice


def _lines(stream: TextIO, file: str) -> Iterator[str]:
    while line := stream.readline(LINE_LIMIT):
        if len(line) >= LINE_LIMIT and not line.endswith(("\n", "\r")):
            raise IntakeError(
                f"{shown(file)} has a line of over {LINE_LIMIT:,} characters: no table.", SAVE_AS
            )
        yield line


def _csv_rows(stream: TextIO, delimiter: str, file: str) -> Iterator[NumberedCells]:
    lines = _lines(stream, file)
    first = next(lines, "")
    # `sep=;` is Excel's way to name the delimiter: no row of the table.
    if first and not re.fullmatch(r"\ufeff?sep=.?[\r\n]*", first):
        lines = chain([first], lines)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number, width, before = 0, 0, 0
    while True:
        number += 1
        before = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "expected after" not in str(error):
                raise IntakeError(
                    f"{shown(file)}: row {number} opens a quotation mark that is never closed.",
                    "Close it, or take it out, and give the file again.",
                ) from error
            yield number, "a quotation mark stands inside a quoted cell; write it twice"
            continue
        width = width or len(cells)
        if reader.line_num > before + 1 and _swallowed(cells, width, delimiter):
            yield number, "a quotation mark is not closed: the cell runs on into the next rows"
            continue
        yield number, cells


def _swallowed(cells: list[str], width: int, delimiter: str) -> bool:
    """Whether a cell of several lines holds a line that would be a row by itself."""
    return width > 1 and any(
        line.count(delimiter) >= width - 1
        for cell in cells
        if "\n" in cell or "\r" in cell
        for line in cell.splitlines()
    )


def _workbook(path: Path) -> CalamineWorkbook:
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(archive, path.name)
        return CalamineWorkbook.from_path(path)
    except IntakeError:
        raise
    except Exception as error:
        raise IntakeError(f"{shown(path.name)} is not a workbook that can be read.", SAVE_AS) from error


_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"|<(?:\w+:)?c[\s>/]')


def _check_size(archive: zipfile.ZipFile, file: str) -> None:
    """Refuses what would not fit into memory: the reader lays out a full grid, however sparse the sheet."""
    too_big = IntakeError(f"{shown(file)} has too many cells to be read as a workbook.", SAVE_AS)
    for info in archive.infolist():
        if info.file_size > 600_000_000:
            raise too_big
        if not re.fullmatch(r"xl/worksheets/[^/]+\.xml", info.filename, re.IGNORECASE):
            continue
        columns, last, tail = 1, 1, b""
        with archive.open(info) as stream:
            while chunk := stream.read(1 << 20):
                data = tail + chunk
                tail = data[-200:]
                for letters, row in set(_CELL.findall(data)):
                    if letters:
                        columns, last = max(columns, _column(letters)), max(last, int(row))
                if columns * last > CELL_LIMIT:
                    raise too_big


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _find_sheet(path: Path, score: Score) -> str:
    """The first sheet with the most headers that are known."""
    with _workbook(path) as book:
        best, choice = -1, ""
        for sheet in book.sheets_metadata:
            if sheet.typ is not SheetTypeEnum.WorkSheet:
                continue
            for _, cells in islice(_sheet_rows(book, sheet.name, path.name), HEADER_ROWS):
                if not isinstance(cells, str) and score(cells) > best and not is_blank(cells):
                    best, choice = score(cells), sheet.name
        if best < 0:
            raise IntakeError(f"{shown(path.name)} is empty.", "Export it anew.")
        return choice


def _sheet_rows(book: CalamineWorkbook, sheet: str, file: str) -> Iterator[NumberedCells]:
    try:
        for number, cells in enumerate(book.get_sheet_by_name(sheet).iter_rows(), 1):
            yield number, [_text(cell) for cell in cells]
    except CalamineError as error:
        raise IntakeError(f'{shown(file)}: the sheet "{shown(sheet)}" cannot be read.', SAVE_AS) from error


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
