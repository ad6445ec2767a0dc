"""Which tables of a file are read: a CSV file is one; of a workbook the sheet with claims, or several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from pipeline.errors import IntakeError
from pipeline.intake.source import HEADER_ROWS, Source, is_blank
from pipeline.intake.workbook import XlsxSource
from pipeline.rules.claims.claim import ALL_SHEETS, SHEET_ROWS
from pipeline.rules.claims.columns import NAME_COLUMNS, NO_ACTIVITY, Columns, column_of
from pipeline.rules.claims.export_source import ExportSource, Meanings
from pipeline.rules.claims.formulas import formula_text
from pipeline.rules.stops import Stop
from pipeline.rules.text import conjoined, counted, first_few, shown

IsActivity = Callable[[str], bool]  # whether a cell names an activity of the catalog
ROWS_ABOVE = 500  # rows among which the header is looked for that a source has
_NAMED = 10  # rows that a sentence names


@dataclass(frozen=True, slots=True)
class Header:
    """The header row of a table: the first of its rows that has the needed columns, or what is wrong."""

    row: int  # 0 where there is none
    cells: tuple[str, ...]
    columns: Columns | None
    known: int  # headers that are known, of the row that has the most
    wrong: tuple[str, ...]
    export: ExportSource | None = None  # the system that it is from, where it is known


@dataclass(frozen=True, slots=True)
class Part:
    """A table that is read: all of a CSV file, or one sheet of a workbook."""

    source: Source
    header_row: int
    columns: Columns  # the file's: those of its first part
    places: tuple[int, ...] | None  # where each of the file's columns stands in it; None: in its place
    label: str  # the file's name, with the sheet's where one was asked for
    above: int  # added to the number of each row, so that the rows of several sheets differ


def find_header(source: Source, meanings: Meanings) -> Header:
    """Titles and remarks may stand above the header; above one that a source has, whole tables."""
    best = Header(0, (), None, -1, ())
    for number, row in islice(source.rows(), ROWS_ABOVE):
        if isinstance(row, str) or is_blank(row):
            continue
        cells = tuple(formula_text(cell.strip("\ufeff")) for cell in row)
        if number > HEADER_ROWS and not meanings.fits_source(cells):
            continue
        found, export, wrong = meanings.read(cells)
        known = meanings.recognised(cells)
        if found:
            return Header(number, cells, found, known, (), export)
        if known > best.known:
            best = Header(0, cells, None, known, tuple(wrong), export)
    return best


def choose(
    tables: Sequence[Source], headers: Sequence[Header], asked: Sequence[str], is_activity: IsActivity
) -> tuple[list[int], list[Stop]]:
    """The places of the tables that are read, the first of which names the columns; and what staff must see.

    `tables`: visible ones first; `asked`: Instructions.sheets. Raises IntakeError where a sheet that was
    asked for is not there. Without one that holds claims it is the one that looks most like it.
    """
    first = tables[0]
    if not isinstance(first, XlsxSource):
        return [0], []
    holding = [at for at, header in enumerate(headers) if header.columns and _has_rows(tables[at], header)]
    best = max(range(len(tables)), key=lambda at: (headers[at].columns is not None, headers[at].known))
    main = holding[0] if holding else best
    sheets = [one for one in tables if isinstance(one, XlsxSource)]
    rest = [
        at
        for at in range(len(tables))
        if at != main and (at in holding or _goes_on(tables[at], headers[main], is_activity))
    ]
    if asked and tuple(asked) != (ALL_SHEETS,):
        return _asked(sheets, asked), []
    visible = [at for at in rest if sheets[at].is_visible]
    people = [
        at
        for at in range(len(tables))
        if at not in (main, *rest) and sheets[at].is_visible and _lists_people(tables[at], headers[at])
    ]
    hidden = [sheets[at].sheet for at in rest if not sheets[at].is_visible]
    found = []
    name = first.path.name
    if hidden:
        is_read = f'only "{shown(sheets[main].sheet)}"' if not asked else "only what is visible"
        what = f"{_sheets(hidden, 'hidden ')} claims, too; {is_read} is read"
        found.append(Stop("hidden-rows", f"{shown(name)}: {what}.", name))
    if not sheets[main].is_visible:
        what = f'the sheet "{shown(sheets[main].sheet)}", the only one with claims, is hidden; it is read'
        found.append(Stop("hidden-rows", f"{shown(name)}: {what}.", name))
    if visible and not asked:
        others = _sheets([sheets[at].sheet for at in visible])
        what = f'{others} claims, too; only "{shown(sheets[main].sheet)}" is read'
        how = "--sheet all reads every one, --sheet NAME those that are named"
        found.append(Stop("more-sheets", f"{shown(name)}: {what} ({how}).", name))
    if people and headers[main].columns:
        others = _sheets([sheets[at].sheet for at in people], verb="list")
        what = f"{others} people, too, and cannot be read as claims"
        how = f'to see what is missing there: certs check --sheet "{shown(sheets[people[0]].sheet)}"'
        found.append(Stop("more-sheets", f"{shown(name)}: {what}; {how}.", name))
    return [main, *visible] if asked else [main], found


def _sheets(names: Sequence[str], what: str = "", verb: str = "hold") -> str:
    """`the sheet "Day 2" holds`, `the hidden sheets "A" and "B" hold`."""
    quoted = conjoined([f'"{shown(name)}"' for name in names])
    return f"the {what}sheet{'s' if names[1:] else ''} {quoted} {verb}{'' if names[1:] else 's'}"


def _asked(sheets: Sequence[XlsxSource], asked: Sequence[str]) -> list[int]:
    places = {one.sheet.strip().casefold(): at for at, one in enumerate(sheets)}
    found = [places.get(name.strip().casefold(), -1) for name in asked]
    if -1 in found:
        missing = asked[found.index(-1)]
        there = conjoined([f'"{shown(one.sheet)}"' for one in sorted(sheets, key=lambda one: one.position)])
        raise IntakeError(
            f'{shown(sheets[0].path.name)} has no sheet "{shown(missing)}".', f"Its sheets are {there}."
        )
    return list(dict.fromkeys(found))


def _has_rows(source: Source, header: Header) -> bool:
    return any(
        number > header.row and (isinstance(row, str) or not is_blank(row)) for number, row in source.rows()
    )


def _lists_people(source: Source, header: Header) -> bool:
    """Whether a sheet whose header cannot be used names people with their addresses: they may claim, too."""
    names = {column_of(cell) for cell in header.cells}
    if header.columns is not None or "email" not in names or names.isdisjoint(NAME_COLUMNS):
        return False
    return any(not isinstance(row, str) and any("@" in cell for cell in row) for _, row in source.rows())


def _goes_on(source: Source, header: Header, is_activity: IsActivity) -> bool:
    """Whether a sheet without a header has rows like those under this one."""
    if header.columns is None or "activity" not in header.columns.names:
        return False
    activity, email = (header.columns.names.index(name) for name in ("activity", "email"))
    for _, row in islice(source.rows(), HEADER_ROWS):
        if isinstance(row, str) or len(row) <= max(activity, email):
            continue
        if "@" in row[email] and is_activity(row[activity]):
            return True
    return False


def parts_of(
    tables: Sequence[Source], headers: Sequence[Header], read: Sequence[int], named: bool, meanings: Meanings
) -> list[Part]:
    """The tables that are read; their columns must be the same, in any order.

    `named`: whether sheets were asked for, so that a row is told with its sheet; `meanings`: of headers, by
    which staff are told what to write for a file that nothing reads. Raises IntakeError.
    """
    main: Columns | None = None
    parts = []
    for at in read:
        source, header = tables[at], headers[at]
        label, above = shown(source.path.name, 200), 0
        if isinstance(source, XlsxSource) and named:
            label = f"{label} [{shown(source.sheet)}]"
            above = (source.position - 1) * SHEET_ROWS if len(read) > 1 else 0
        if header.columns is None:
            raise _unusable(label, header, meanings)
        main = main or header.columns
        places = None if header.columns.names == main.names else _places(source, header.columns, main)
        parts.append(Part(source, header.row, main, places, label, above))
    return parts


def _places(source: Source, own: Columns, main: Columns) -> tuple[int, ...]:
    if {*own.names} != {*main.names} or len(own.names) != len(main.names):
        sheet = source.sheet if isinstance(source, XlsxSource) else source.path.name
        differ = sorted({*own.names} ^ {*main.names})
        raise IntakeError(
            f'{shown(source.path.name)}: the sheet "{shown(sheet)}" has other columns than the first '
            f"({', '.join(first_few([shown(name) for name in differ], 5))}).",
            "Give each sheet by itself: --sheet NAME.",
        )
    return tuple(own.names.index(name) for name in main.names)


def _unusable(label: str, header: Header, meanings: Meanings) -> IntakeError:
    """Why a table has no header that can be used."""
    if header.known < 0:
        return IntakeError(f"{shown(label)} is empty.", "Export it anew.")
    there = [shown(cell.strip()) for cell in header.cells if cell.strip()]
    how = 'Mend its header row, or say what a header means in the setting COLUMN_MAP ("Learner Mail=email").'
    if header.wrong == (NO_ACTIVITY,):
        how = "Name what it is about: --activity SLUG."
    if there[1:] and header.export is None:  # one cell is a title or a line of text
        how += " Or describe the system in content/exports/NAME.toml, beginning with:\n"
        how += meanings.draft(there)
    if not header.known:
        return IntakeError(
            f"{shown(label)} is not a claims file: its first row names no column that is known.", how
        )
    return IntakeError(
        f"{shown(label)} cannot be used: {'; '.join(shown(reason, 160) for reason in header.wrong)}. "
        f"Its columns are: {', '.join(first_few(there, 30))}.",
        how,
    )


def hidden_rows(parts: Sequence[Part], filled: Mapping[int, Sequence[int]]) -> list[Stop]:
    """A stop for each sheet with hidden rows. `filled`: place among the parts -> hidden rows with cells."""
    found = []
    for at, part in enumerate(parts):
        if rows := filled.get(at):
            named = ", ".join(first_few(rows, _NAMED))
            what = f"{counted(len(rows), 'row is', 'rows are')} hidden or filtered out ({named})"
            so = "going on takes them like every other row"
            found.append(
                Stop("hidden-rows", f"{shown(part.label)}: {what}; {so}.", part.source.path.name, tuple(rows))
            )
    return found
