"""One claims file: an export in; what it is read as, its rows in the wide form and their judge out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pipeline.errors import IntakeError
from pipeline.intake.addresses import address_problem
from pipeline.intake.cells import (
    as_text,
    in_order_of_speech,
    may_be_unread,
    misfit,
    with_bare_address,
    with_unread,
)
from pipeline.intake.pivot import group_sizes, pivoted
from pipeline.intake.sheets import Part, choose, find_header, hidden_rows, parts_of
from pipeline.intake.source import CsvSource, Source, in_its_code_page, is_blank, open_tables
from pipeline.intake.workbook import NumberedCells, XlsxSource
from pipeline.rules.certificates.activities import Activity
from pipeline.rules.claims import columns
from pipeline.rules.claims.activity_names import ActivityNames
from pipeline.rules.claims.claim import (
    AS_GIVEN,
    SHEET_ROWS,
    Conventions,
    Instructions,
    Problem,
    Row,
    full_name,
)
from pipeline.rules.claims.columns import Columns, squashed
from pipeline.rules.claims.dates import DateEvidence, DateOrder, is_moved
from pipeline.rules.claims.export_source import LAST_FIRST, ExportSource, Meanings
from pipeline.rules.claims.formulas import as_given, formula_text
from pipeline.rules.claims.inverted_names import NameOrders, names_inverted, read_name
from pipeline.rules.claims.judge import Judge
from pipeline.rules.claims.source_rows import JoinedTimes, as_source_says, name_as_shown
from pipeline.rules.claims.unused_columns import UnusedColumns, does_not_count
from pipeline.rules.stops import Stop
from pipeline.rules.text import shown

LONGEST_NAME = 200  # characters of a file's name in a sentence
MOST_ACTIVITIES = 1000  # distinct texts of the activity column that are kept of one file


@dataclass(frozen=True)
class ClaimsFile:
    """A claims file that was recognised; its rows may be read any number of times."""

    parts: tuple[Part, ...]  # one, or the sheets that were asked for
    columns: Columns
    header: tuple[str, ...]  # as given
    row_count: int  # rows with something in them, the header not counted
    dates: DateOrder
    activities: tuple[str, ...]  # the distinct texts of its activity column, as given
    judge: Judge  # of its rows: knows the catalog, and how this file writes dates and numbers
    instructions: Instructions
    export: ExportSource | None  # the system that it is from, where it is known
    about: str  # slug of the activity of every row; empty where a column says it
    missing: tuple[str, ...]  # what its activities require and no column says
    lapsed: Mapping[str, str]  # columns by whose cells rows are not taken -> their headers
    moved_days: int  # completion dates that are instants, and another day in the college's time zone
    stops: tuple[Stop, ...]  # what may cost somebody a credit or a certificate, seen without the ledger

    @property
    def description(self) -> str:
        """What the file was recognised as, for the person who gave it."""
        layout = "long" if self.columns.long else "wide"
        order = "" if self.dates is DateOrder.UNSETTLED else f", dates {self.dates}"
        order += "".join(f'; "{shown(header)}" is {name}' for header, name in self.columns.understood)
        sheets = [part.source.sheet for part in self.parts[1:] if isinstance(part.source, XlsxSource)]
        by = f"{self.export.name}, " if self.export else ""
        more = "".join(f' and "{shown(sheet)}"' for sheet in sheets)
        return f"read as {by}{self.source}{more}, {layout}{order}"

    @property
    def source(self) -> Source:
        """The table that names the columns."""
        return self.parts[0].source

    @property
    def name(self) -> str:
        """The file's name, without its folder, as a sentence or another file's name may have it."""
        return shown(self.source.path.name, LONGEST_NAME)

    @cached_property
    def used(self) -> frozenset[str]:
        """The columns that count: those with a fixed meaning, and the requirements of activities."""
        counting = {*columns.FIXED, *self.judge.requirements, *self._kept_for_source()}
        return frozenset(name for name in self.columns.names if name and name in counting)

    def _kept_for_source(self) -> Iterator[str]:
        """Columns by which a rejects file is known as its source's, and by which rows count."""
        if self.export is not None:
            yield from self.export.counting
            for header, name in zip(self.header, self.columns.names, strict=False):
                if squashed(header) in self.export.headers:
                    yield name

    def rows(self) -> Iterator[Row | Problem]:
        """Every row in the wide form, or why it cannot be read; a long file's as each is whole."""
        if not self.columns.long:
            return self._joined()
        return pivoted(self._joined(), self._group_sizes, self.judge.meaning)

    @cached_property
    def _group_sizes(self) -> dict[int, int]:
        return group_sizes(self._joined(), self.judge.meaning)

    def _joined(self) -> Iterator[Row | Problem]:
        """Every row; of an attendance report one a person."""
        return self._given() if self._times is None else self._times.joined(self._given())

    @cached_property
    def _times(self) -> JoinedTimes | None:
        attendance = self.export.attendance if self.export else None
        return JoinedTimes(self._given(), attendance) if attendance and attendance.is_sum else None

    def _given(self) -> Iterator[Row | Problem]:
        """Every row as the file has it, blank ones passed over; row numbers as a spreadsheet counts them."""
        names, heading = self.columns.names, [cell.strip() for cell in self.header]
        for part in self.parts:
            for number, cells in self._numbered(part):
                reason = cells if isinstance(cells, str) else misfit(cells, names)
                if not reason and [cell.strip() for cell in cells] == heading:
                    reason = "repeats the header"
                if reason:
                    yield Problem(part.label, number, "row", reason)
                    continue
                row = Row(part.label, number, dict(zip(names, cells, strict=False)))
                text = "".join(cells)
                one = row if text.isprintable() else as_text(row)
                if isinstance(one, Row) and self.lapsed:
                    one = self._not_taken(one) or one
                if isinstance(one, Row) and may_be_unread(part, text):
                    one = with_unread(part, one, self.used)
                yield one if isinstance(one, Problem) else self._as_said(one)

    def _as_said(self, row: Row) -> Row | Problem:
        """The row as staff and its source say that it is to be read."""
        row = with_bare_address(row)
        if self.about:
            row = replace(row, cells={**row.cells, "activity": self.about})
        said = row if self.export is None else as_source_says(row, self.export, self._answers)
        if isinstance(said, Row) and self.instructions.last_first:
            return in_order_of_speech(said)
        return said

    @cached_property
    def _answers(self) -> frozenset[str]:
        """Columns that say yes or no."""
        return frozenset(("attended", "complete", *map(columns.column_of, self.judge.requirements)))

    def _not_taken(self, row: Row) -> Problem | None:
        """Why a row is about somebody who did not take part, or did not finish."""
        for name, header in self.lapsed.items():
            if does_not_count(header, row.cells[name]):
                said = f'"{shown(row.cells[name].strip())}" does not count: the row is not taken'
                return Problem(row.file, row.number, header, said, is_fault=False)
        return None

    def name_in(self, cells: Mapping[str, str]) -> str:
        """Whose row this is, as the name is spoken."""
        name = name_as_shown(full_name(cells), self.export)
        return read_name(name).name if self.instructions.last_first else name

    def numbered(self) -> Iterator[NumberedCells]:
        """The rows below the header but for blank ones; the cells of a rejects file as they first were."""
        for part in self.parts:
            yield from self._numbered(part)

    def _numbered(self, part: Part) -> Iterator[NumberedCells]:
        for number, cells in _filled(part):
            if self.columns.rejects and not isinstance(cells, str):
                yield part.above + number, [as_given(cell) for cell in cells]
            else:
                yield part.above + number, cells

    def row_name(self, number: int) -> str:
        """A row's number as its sheet counts it, with the sheet's name where there are several."""
        at, row = divmod(number, SHEET_ROWS)
        sheets = {
            one.position - 1: one.sheet
            for one in (part.source for part in self.parts)
            if isinstance(one, XlsxSource)
        }
        return f"{sheets[at]}: {row}" if self.parts[1:] else str(row)


def open_claims(
    path: Path,
    meanings: Meanings,
    catalog: Mapping[str, Activity],
    today: dt.date,
    instructions: Instructions = AS_GIVEN,
    zone: dt.tzinfo | None = None,
) -> ClaimsFile:
    """Recognises a file, reading all of it once. Changes nothing.

    `meanings`: of headers, with the activity that staff name; `catalog`: slug -> activity, drafts included;
    `today`: in the college's time zone; `zone`: in which instants have their day, None: as they are written.
    Raises IntakeError for a file that cannot be understood at all.
    """
    tables = open_tables(path, meanings.recognised)
    headers = [find_header(table, meanings) for table in tables]
    if isinstance(tables[0], CsvSource) and headers[0].columns:
        places = [at for at, name in enumerate(headers[0].columns.names) if name in columns.NAME_COLUMNS]
        tables = [in_its_code_page(tables[0], headers[0].row, places)]
        headers = [find_header(tables[0], meanings)]
    names = ActivityNames(catalog)
    read, stops = choose(tables, headers, instructions.sheets, lambda text: names.find(text) is not None)
    parts = parts_of(tables, headers, read, bool(instructions.sheets), meanings)
    header = headers[read[0]]
    found, export = parts[0].columns, header.export
    place = {name: at for at, name in enumerate(found.names)}
    date_at, activity_at = place.get("completed_on", -1), place.get("activity", -1)
    evidence, orders, activities, rows = DateEvidence(), NameOrders(), dict[str, None](), 0
    moved = 0
    names_at = [(name, place[name]) for name in columns.NAME_COLUMNS if name in place]
    hidden: dict[int, list[int]] = {}
    asked = [name for one in catalog.values() for name in one.requirements]
    asked += (*export.counting, *export.columns.values()) if export else ()
    watch = UnusedColumns(path.name, header.cells, found, asked)
    for at, part in enumerate(parts):
        out_of_sight = frozenset(part.source.look.hidden if isinstance(part.source, XlsxSource) else ())
        for number, cells in _filled(part):
            rows += 1
            if number in out_of_sight:
                hidden.setdefault(at, []).append(number)
            if isinstance(cells, str):
                continue
            watch.see(part.above + number, cells)
            name = full_name({column: cells[at] for column, at in names_at if at < len(cells)})
            orders.add(part.above + number, name_as_shown(name, export))
            if 0 <= date_at < len(cells):
                evidence.add(cells[date_at].strip())
                moved += zone is not None and is_moved(cells[date_at], DateOrder.UNSETTLED, zone)
            if found.rejects:
                evidence.add_remark(cells[-1])
            if 0 <= activity_at < len(cells) and len(activities) < MOST_ACTIVITIES:
                activities[formula_text(cells[activity_at].strip())] = None
    if not rows:
        raise IntakeError(f"{shown(path.name)} has a header and no rows.", "Export it anew.")
    source = parts[0].source
    has_decimal_comma = isinstance(source, CsvSource) and source.delimiter in ";\t"
    about = meanings.activity or (export.activity if export else "")
    if about:
        _check_about(path.name, about, list(activities), names)
        activities = {about: None}
    known = list({one.slug: one for text in activities if (one := names.find(text))}.values())
    order = evidence.order_with(export.dates if export else DateOrder.UNSETTLED)
    instructions = replace(
        instructions, last_first=instructions.last_first or bool(export and export.names == LAST_FIRST)
    )
    inverted = [] if instructions.last_first else names_inverted(shown(path.name, 200), orders)
    judge = Judge(catalog, today, Conventions(order, has_decimal_comma, zone), address_problem)
    return ClaimsFile(
        parts=tuple(parts),
        columns=found,
        header=header.cells,
        row_count=rows,
        dates=order,
        activities=tuple(activities),
        judge=judge,
        instructions=instructions,
        export=export,
        about="" if activity_at >= 0 else about,
        missing=tuple(name for name, like in watch.near_requirements(known).items() if not like),
        lapsed=watch.lapsed,
        moved_days=moved,
        stops=(*stops, *hidden_rows(parts, hidden), *watch.stops(known), *inverted),
    )


def _check_about(file: str, about: str, said: Sequence[str], names: ActivityNames) -> None:
    """Raises IntakeError where the rows of a file that is said to be about one activity name another."""
    for text in said:
        activity = names.find(text)
        if activity is None or activity.slug != about:
            raise IntakeError(
                f'{shown(file)} says itself what its rows are about: "{shown(text)}", not {about}.',
                "Leave out --activity, or the activity in the source's file.",
            )


def _filled(part: Part) -> Iterator[NumberedCells]:
    """The rows of a part below its header that have something in them, their cells in the file's order."""
    for number, cells in part.source.rows():
        if number <= part.header_row:
            continue
        if isinstance(cells, str):
            yield number, cells
        elif not is_blank(cells):
            yield number, cells if part.places is None else _ordered(cells, part.places)


def _ordered(cells: list[str], places: tuple[int, ...]) -> list[str]:
    cells.extend([""] * (max(places) + 1 - len(cells)))
    return [cells[at] for at in places]
