"""One claims file: an export in; what it is read as, its rows in the wide form and their judge out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from pipeline.errors import IntakeError
from pipeline.intake.addresses import address_problem
from pipeline.intake.pivot import group_sizes, pivoted
from pipeline.intake.source import HEADER_ROWS, CsvSource, NumberedCells, Source, is_blank, open_source
from pipeline.rules.certificates.activities import Activity
from pipeline.rules.claims import columns
from pipeline.rules.claims.claim import Conventions, Problem, Row
from pipeline.rules.claims.columns import Columns
from pipeline.rules.claims.dates import DateEvidence, DateOrder
from pipeline.rules.claims.formulas import as_given
from pipeline.rules.claims.judge import Judge
from pipeline.rules.claims.names import character_name
from pipeline.rules.text import shown

MOST_ACTIVITIES = 1000  # distinct texts of the activity column that are kept of one file


@dataclass(frozen=True)
class ClaimsFile:
    """A claims file that was recognised; its rows may be read any number of times."""

    source: Source
    columns: Columns
    header: tuple[str, ...]  # as given
    header_row: int
    row_count: int  # rows with something in them, the header not counted
    dates: DateOrder
    activities: tuple[str, ...]  # the distinct texts of its activity column, as given
    judge: Judge  # of its rows: knows the catalog, and how this file writes dates and numbers

    def __str__(self) -> str:
        """What the file was recognised as, for the person who gave it."""
        layout = "long" if self.columns.long else "wide"
        order = "" if self.dates is DateOrder.UNSETTLED else f", dates {self.dates}"
        return f"{self.name}: read as {self.source}, {layout}{order}"

    @property
    def name(self) -> str:
        """The file's name, without its folder, as a sentence or another file's name may have it."""
        return shown(self.source.path.name, 200)

    def rows(self) -> Iterator[Row | Problem]:
        """Every row in the wide form, or why it cannot be read; a long file's as each is whole."""
        if not self.columns.long:
            return self._given()
        return pivoted(self._given(), self._group_sizes, self.judge.meaning)

    @cached_property
    def _group_sizes(self) -> dict[int, int]:
        return group_sizes(self._given(), self.judge.meaning)

    def _given(self) -> Iterator[Row | Problem]:
        """Every row as the file has it, blank ones passed over; row numbers as a spreadsheet counts them."""
        file, names = self.name, self.columns.names
        for number, cells in self.numbered():
            reason = cells if isinstance(cells, str) else _misfit(cells, names)
            if reason:
                yield Problem(file, number, "row", reason)
                continue
            row = Row(file, number, dict(zip(names, cells, strict=False)))
            yield row if "".join(cells).isprintable() else _unprintable(row) or row

    def numbered(self) -> Iterator[NumberedCells]:
        """The rows below the header but for blank ones; the cells of a rejects file as they first were."""
        for number, cells in self.source.rows():
            if number <= self.header_row or (not isinstance(cells, str) and is_blank(cells)):
                continue
            if self.columns.rejects and not isinstance(cells, str):
                yield number, [as_given(cell) for cell in cells]
            else:
                yield number, cells


def open_claims(
    path: Path, column_map: Mapping[str, str], catalog: Mapping[str, Activity], today: dt.date
) -> ClaimsFile:
    """Recognises a file, reading all of it once. Changes nothing.

    `column_map`: headers of an export not seen before -> names of columns (columns.read_column_map);
    `catalog`: slug -> activity, drafts included; `today`: in the college's time zone.
    Raises IntakeError for a file that cannot be understood at all.
    """
    source = open_source(path, lambda cells: columns.recognised(cells, column_map))
    header_row, header, found = _header(source, path.name, column_map)
    place = {name: at for at, name in enumerate(found.names)}
    date_at, activity_at = place.get("completed_on", -1), place["activity"]
    evidence, activities, rows = DateEvidence(), dict[str, None](), 0
    for number, cells in source.rows():
        if number <= header_row or (not isinstance(cells, str) and is_blank(cells)):
            continue
        rows += 1
        if isinstance(cells, str):
            continue
        if 0 <= date_at < len(cells):
            evidence.add(cells[date_at].strip())
        if found.rejects:
            evidence.add_remark(cells[-1])
        if activity_at < len(cells) and len(activities) < MOST_ACTIVITIES:
            activities[cells[activity_at].strip()] = None
    if not rows:
        raise IntakeError(f"{shown(path.name)} has a header and no rows.", "Export it anew.")
    has_decimal_comma = isinstance(source, CsvSource) and source.delimiter in ";\t"
    judge = Judge(catalog, today, Conventions(evidence.order, has_decimal_comma), address_problem)
    return ClaimsFile(
        source, found, tuple(header), header_row, rows, evidence.order, tuple(activities), judge
    )


def _header(source: Source, file: str, column_map: Mapping[str, str]) -> tuple[int, list[str], Columns]:
    """The header: the first of the file's rows that has the needed columns; titles may stand above it."""
    best: tuple[int, list[str]] | None = None  # headers that are known, what is wrong
    for number, row in islice(source.rows(), HEADER_ROWS):
        if isinstance(row, str) or is_blank(row):
            continue
        cells = [cell.strip("\ufeff") for cell in row]
        found, wrong = columns.read_header(cells, column_map)
        if found:
            return number, cells, found
        headers = columns.recognised(cells, column_map)
        if best is None or headers > best[0]:
            best = headers, wrong
    if best is None:
        raise IntakeError(f"{shown(file)} is empty.", "Export it anew.")
    headers, wrong = best
    if not headers:
        raise IntakeError(
            f"{shown(file)} is not a claims file: its first row names no column that is known.",
            "The first row must name the columns: activity, email, name and so on.",
        )
    raise IntakeError(
        f"{shown(file)} cannot be used: {'; '.join(shown(reason, 160) for reason in wrong)}.",
        'Mend its header row, or say what a header means in the setting COLUMN_MAP ("Learner Mail=email").',
    )


def _misfit(cells: list[str], names: tuple[str, ...]) -> str:
    """Why a row does not fit its header; empty where it does.

    Cells may be missing at the end only where their columns are requirements: taken as empty they
    withhold, while a missing credit would be a credit lost.
    """
    if len(cells) > len(names):
        if is_blank(cells[len(names) :]):
            return ""
        hint = "a cell that holds the delimiter needs quotation marks"
        return f"has {len(cells)} cells for {len(names)} columns; {hint}"
    absent = [name for name in names[len(cells) :] if name in columns.FIXED]
    if absent:
        return f"has {len(cells)} cells for {len(names)} columns; {', '.join(absent)} would be missing"
    cells.extend([""] * (len(names) - len(cells)))
    return ""


def _unprintable(row: Row) -> Problem | None:
    """The problem of bytes and characters that are no text at all, in a column that is used."""
    for name, cell in row.cells.items():
        if cell.isprintable() or name not in columns.FIXED:
            continue
        for character in cell:
            if (character < " " and character not in "\t\n\r") or "\ud800" <= character <= "\udfff":
                return Problem(row.file, row.number, name, f"holds {character_name(character)}")
    return None
