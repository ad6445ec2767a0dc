"""What a workbook's own XML says of a sheet, and the reader of its cells does not tell.

The reader gives an Excel error and a formula that was never calculated as an empty cell: a credit would be
lost. Nor does it tell which rows are hidden. So each sheet is looked through once, in a stream.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from xml.parsers import expat

_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_AREA = re.compile(rf"{_PLACE.pattern}:{_PLACE.pattern}")
_YES = ("1", "true")


class TooBigError(Exception):
    """A sheet has more cells than may be read."""


@dataclass(slots=True)
class SheetLook:
    """What was seen of one sheet; rows and columns count from 1."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)  # row, column -> `#N/A`
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)  # those without a value -> `=10+8.75`
    hidden: list[int] = field(default_factory=list)  # rows, by hand or by a filter
    columns: int = 1
    last: int = 1  # row


class Parts:
    """The parts of a workbook's archive that are of use here, by the names of its sheets."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """Raises KeyError, zipfile.BadZipFile and expat.ExpatError where it is no workbook."""
        self._archive = archive
        self._names = {_folded(name): name for name in archive.namelist()}
        book = _folded(self._targets("", "_rels/.rels", "officeDocument")[0])
        relations = posixpath.join(posixpath.dirname(book), "_rels", f"{posixpath.basename(book)}.rels")
        targets = dict(self._relations(posixpath.dirname(book), relations))
        self._sheets: dict[str, str] = {}
        self._is_calculated = True

        def start(name: str, attributes: dict[str, str]) -> None:
            local = _local(name)
            if local == "sheet":
                relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
                if relation in targets:
                    self._sheets[attributes.get("name", "")] = targets[relation]
            elif local == "calcPr" and attributes.get("fullCalcOnLoad") in _YES:
                self._is_calculated = False

        self._parse(book, start)

    def _targets(self, folder: str, part: str, kind: str) -> list[str]:
        found: list[str] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if _local(name) == "Relationship" and attributes.get("Type", "").endswith(f"/{kind}"):
                found.append(_resolved(folder, attributes.get("Target", "")))

        self._parse(part, start)
        return found or ["xl/workbook.xml"]

    def _relations(self, folder: str, part: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if _local(name) == "Relationship":
                found.append((attributes.get("Id", ""), _resolved(folder, attributes.get("Target", ""))))

        self._parse(part, start)
        return found

    def look(self, sheet: str, most_cells: int) -> SheetLook:
        """Looks through a sheet. Raises TooBigError for one with a larger grid, and what __init__ raises."""
        seen = _Looking(self._is_calculated, most_cells)
        self._parse(self._sheets[sheet], seen.start, seen.end, seen)
        return seen.look

    def _parse(self, part: str, start: Any, end: Any = None, seen: _Looking | None = None) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.StartDoctypeDeclHandler = _refuse_doctype
        if seen is not None:
            seen.parser = parser
        with self._archive.open(self._names[_folded(part)]) as stream:
            parser.ParseFile(stream)


class _Looking:
    """The state of one look through a sheet."""

    def __init__(self, is_calculated: bool, most_cells: int) -> None:
        self.look = SheetLook()
        self.parser: expat.XMLParserType | None = None
        self._is_calculated, self._most_cells = is_calculated, most_cells
        self._row = self._column = 0
        self._type = ""
        self._texts: dict[str, str] = {}  # of the cell's elements f, v and t
        self._open = ""  # which of them is read
        self._area = ""  # `H2:H9`: of the cells that its formula fills, where it is one of several cells

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = _local(name)
        if local == "c":
            match = _PLACE.fullmatch(attributes.get("r", ""))
            self._column = _column(match[1]) if match else self._column + 1
            if self._column > self.look.columns:
                self.look.columns = self._column
                self._check_size()
            self._type = attributes.get("t", "")
            if self._texts:
                self._texts = {}
        elif local == "f" or (local in ("v", "t") and (self._type == "e" or self._texts)):
            self._open = local
            self._texts[local] = ""
            if local == "f":
                self._area = attributes.get("ref", "") if attributes.get("t") != "shared" else ""
            self.parser.CharacterDataHandler = self._text  # type: ignore[union-attr]
        elif local == "row":
            place = attributes.get("r", "")
            self._row = int(place) if place.isdigit() else self._row + 1
            self._column = 0
            self.look.last = max(self.look.last, self._row)
            self._check_size()
            if attributes.get("hidden") in _YES or attributes.get("ht") in ("0", "0.0"):
                self.look.hidden.append(self._row)

    def end(self, name: str) -> None:
        if self._open:
            if _local(name) == self._open:
                self._open = ""
                self.parser.CharacterDataHandler = None  # type: ignore[union-attr]
        elif (self._texts or self._type == "e") and _local(name) == "c":
            self._judge()

    def _judge(self) -> None:
        """A cell with a formula or an error was read to its end."""
        place, texts = (self._row, self._column), self._texts
        value = texts.get("v", "") or texts.get("t", "")
        if self._type == "e":
            self.look.errors[place] = value.strip() or "#ERROR!"
        elif "f" in texts and not value and not (self._type == "str" and "v" in texts):
            for filled in (place, *self._filled()):
                self.look.formulas[filled] = f"={texts['f']}"
        elif "f" in texts and value == "0" and not self._is_calculated:
            # Libraries that do not calculate write 0, and ask Excel to do so when it opens the file.
            self.look.formulas[place] = f"={texts['f']}"
        self._type, self._texts = "", {}

    def _filled(self) -> Iterator[tuple[int, int]]:
        """The cells that an array formula fills: only the first of them has it, the others nothing."""
        if match := _AREA.fullmatch(self._area):
            first, top, last, bottom = _column(match[1]), int(match[2]), _column(match[3]), int(match[4])
            if (last - first + 1) * (bottom - top + 1) > self._most_cells:
                raise TooBigError
            yield from product(range(top, bottom + 1), range(first, last + 1))

    def _text(self, data: str) -> None:
        if len(self._texts[self._open]) < 100:
            self._texts[self._open] += data[:100]

    def _check_size(self) -> None:
        if self.look.columns * self.look.last > self._most_cells:
            raise TooBigError


def cell_name(row: int, column: int) -> str:
    """`D7`: a cell as a spreadsheet names it; both count from 1."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _folded(part: str) -> str:
    """Some programs write the names of parts with backslashes, or in another case."""
    return part.replace("\\", "/").lstrip("/").casefold()


def _resolved(folder: str, target: str) -> str:
    target = target.replace("\\", "/")
    if target.startswith("/"):
        return _folded(target)
    return _folded(posixpath.normpath(posixpath.join(folder, target)))


def _refuse_doctype(*_: object) -> None:
    raise expat.ExpatError("a workbook has no document type of its own")
