"""The cells of a file, row by row: CSV in any encoding and dialect, and the sheets of an .xlsx workbook."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import StringIO
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from pipeline.errors import IntakeError
from pipeline.intake.formats import SAVE_AS, refuse_other_formats
from pipeline.intake.workbook import NumberedCells, XlsxSource, open_workbook
from pipeline.rules.claims.code_pages import MOST_WORDS, WINDOWS, recognise
from pipeline.rules.text import shown

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}
LINE_LIMIT = 1_000_000  # characters; a longer line is no line of a table
HEADER_ROWS = 10  # titles and remarks may stand above the header

Score = Callable[[list[str]], int]  # how many of a row's cells are headers that are known


@dataclass(frozen=True, slots=True)
class CsvSource:
    """A delimited text file; may be read any number of times."""

    path: Path
    encoding: str  # Python's name of the codec
    encoding_name: str  # for people
    delimiter: str
    has_blanks: bool = False  # before quotation marks, where they do not count
    # Cells of names -> what they are in another code page that fits as well.
    doubtful: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        blanks = ", blanks before quotation marks passed over" if self.has_blanks else ""
        return f"{self.encoding_name}, {DELIMITERS[self.delimiter]}{blanks}"

    def rows(self) -> Iterator[NumberedCells]:
        """Every row with its number as a spreadsheet counts it; blank ones are empty lists.

        Raises IntakeError where the rest of the file cannot be told into rows.
        """
        errors = "replace" if self.encoding.startswith("utf-16") else "surrogateescape"
        with self.path.open(encoding=self.encoding, errors=errors, newline="") as stream:
            yield from _csv_rows(stream, self.delimiter, self.path.name)


Source = CsvSource | XlsxSource


def open_tables(path: Path, score: Score) -> Sequence[Source]:
    """Recognises a file by its content, never by its name: a CSV file is one table, a workbook's sheets are
    several, visible ones first. Raises IntakeError where it is no table."""
    name = shown(path.name or str(path))
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
        return open_workbook(path)
    refuse_other_formats(path.name, start)
    encoding, encoding_name = _encoding(path, start)
    delimiter = _delimiter(path, encoding, score)
    has_blanks = re.search(re.escape(delimiter).encode() + rb' +"', start) is not None
    return [CsvSource(path, encoding, encoding_name, delimiter, has_blanks)]


def is_blank(cells: list[str]) -> bool:
    """Whether a row has nothing in it; NUL and Ctrl-Z end the files of some programs."""
    return not "".join(cells).strip().strip("\x00\x1a\ufeff \t\r\n")


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
    return ("utf-8", "UTF-8") if good >= broken else (WINDOWS.codec, WINDOWS.name)


def in_its_code_page(source: Source, header_row: int, names: Iterable[int]) -> Source:
    """A file that is not UTF-8, in the code page that its names show; `names`: places of their columns."""
    if not isinstance(source, CsvSource) or source.encoding != WINDOWS.codec:
        return source
    places, words = tuple(names), dict[bytes, None]()
    for number, cells in source.rows():
        if number <= header_row or isinstance(cells, str):
            continue
        for at in places:
            if at < len(cells) and not cells[at].isascii() and len(words) < MOST_WORDS:
                words[cells[at].encode(source.encoding, "surrogateescape")] = None
    found = recognise(words)
    page = found.page
    return replace(source, encoding=page.codec, encoding_name=page.name, doubtful=found.doubtful)


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
    taken: list[str] = []  # the lines of one row
    reader = csv.reader(_kept(lines, taken), delimiter=delimiter, strict=True, skipinitialspace=True)
    number, width, before = 0, 0, 0
    while True:
        number += 1
        before = reader.line_num
        taken.clear()
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
            closed = _closed(taken, delimiter)
            if closed is None:
                yield number, "a quotation mark stands inside a quoted cell; write it twice"
                continue
            cells = closed
        width = width or len(cells)
        if reader.line_num > before + 1 and _swallowed(cells, width, delimiter):
            yield number, "a quotation mark is not closed: the cell runs on into the next rows"
            continue
        yield number, cells


def _kept(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    for line in lines:
        taken.append(line)
        yield line


def _closed(lines: Sequence[str], delimiter: str) -> list[str] | None:
    """The cells of a row whose closing quotation marks have blanks after them, which do not count; None where
    that is not all that is wrong with its marks."""
    mark = re.escape(delimiter)
    blanks = rf'((?:\A|{mark}) *"(?:[^"]|"")*") +(?={mark}|[\r\n]*\Z)'
    text = re.sub(blanks, r"\1", "".join(lines))
    try:
        again = StringIO(text, newline="")
        rows = list(csv.reader(again, delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _swallowed(cells: list[str], width: int, delimiter: str) -> bool:
    """Whether a cell of several lines holds a line that would be a row by itself."""
    return width > 1 and any(
        line.count(delimiter) >= width - 1
        for cell in cells
        if "\n" in cell or "\r" in cell
        for line in cell.splitlines()
    )
