"""Sources: how a system writes its exports. A TOML file's keys in; an ExportSource, or what is wrong, out.

A source says how its files are known, what their headers mean, and which rows count. docs/exports.md has the
keys; the shipped files are in pipeline/intake/sources/, the project's own in content/exports/.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from pipeline.rules.claims.columns import (
    FIXED,
    UNUSED,
    Columns,
    column_of,
    nearest_column,
    read_header,
    recognised,
    squashed,
    unknown_column,
)
from pipeline.rules.claims.dates import DateOrder
from pipeline.rules.text import conjoined, did_you_mean

# How names are written: as they will be printed, "Last, First, Credentials", "Shown (Original)".
AS_GIVEN, LAST_FIRST, DISPLAY = NAMES = ("as-given", "last-first", "display-original")
DATES = {"day-first": DateOrder.DAY_FIRST, "month-first": DateOrder.MONTH_FIRST}
FILLED = "filled"
MOST_DRAFTED = 60  # headers in a draft
TIME = "time_present"  # the name of an attendance column in a row
_KEYS = ("name", "headers", "activity", "names", "dates", "yes", "no", "columns", "status", "attendance")


@dataclass(frozen=True, slots=True)
class StatusColumn:
    """Which rows count, by one column; the others are not taken."""

    column: str  # its name in a row
    header: str
    counts: tuple[str, ...]  # the texts of rows that count, folded; empty: whatever stands there


@dataclass(frozen=True, slots=True)
class AttendanceColumn:
    """How long each person took part, and what the least of it is that counts."""

    header: str
    minimum: Decimal  # minutes, hours: whatever the column has
    is_sum: bool  # a person has several rows, one each time they joined, which are added up


@dataclass(frozen=True, slots=True)
class ExportSource:
    """How one system writes its exports."""

    key: str  # the name of its file, without .toml: the project's replaces the shipped one of that name
    name: str  # for people
    headers: tuple[str, ...]  # squashed; a file that has all of them is this system's
    columns: Mapping[str, str] = field(default_factory=dict)  # squashed header -> name
    activity: str = ""  # what every row is about; empty: a column says it
    names: str = AS_GIVEN
    dates: DateOrder = DateOrder.UNSETTLED
    yes: tuple[str, ...] = ()  # what says yes in the columns that say yes or no, folded
    no: tuple[str, ...] = ()
    status: StatusColumn | None = None
    attendance: AttendanceColumn | None = None
    is_own: bool = False  # the project's, not shipped

    @property
    def counting(self) -> tuple[str, ...]:
        """Names of the columns by which rows count."""
        return (*([self.status.column] if self.status else []), *([TIME] if self.attendance else []))

    def adapted(self, column_map: Mapping[str, str]) -> ExportSource:
        """The source where the setting gives headers another meaning: by one that is unused no row counts."""
        said = {**self.columns, **column_map}
        for header in self.headers:
            # A rejects file must be known by it, and its cells mean nothing.
            if said.get(header) == UNUSED and header not in column_map:
                said[header] = f"{UNUSED}_{header}"
        status, attendance = self.status, self.attendance
        if status and (name := said.get(squashed(status.header), status.column)) != status.column:
            status = None if name == UNUSED else replace(status, column=name)
        if attendance and said[squashed(attendance.header)] != TIME:
            attendance = None
        return replace(self, columns=said, status=status, attendance=attendance)

    def fits(self, header: Iterable[str]) -> bool:
        """Whether a header row has every header by which the source is known."""
        return {*self.headers} <= {squashed(cell) for cell in header}


def source_of(header: Sequence[str], sources: Iterable[ExportSource]) -> ExportSource | None:
    """The source that a header row is from: the project's before a shipped one, then by the most headers.

    Raises ValueError where two ask for as many: which of them it is would be guessed.
    """
    fitting = [one for one in sources if one.fits(header)]
    ranks = [(one.is_own, len(one.headers)) for one in fitting]
    best = [one for one, rank in zip(fitting, ranks, strict=True) if rank == max(ranks)]
    if len(best) > 1:
        raise ValueError(f"it fits the sources {conjoined(sorted(one.key for one in best))}")
    return best[0] if best else None


@dataclass(frozen=True)
class Meanings:
    """What headers mean beyond the spellings that are known: what staff say of them, and the sources."""

    column_map: Mapping[str, str] = field(default_factory=dict)  # the setting: header -> name; it wins
    sources: tuple[ExportSource, ...] = ()
    activity: str = ""  # what a file without a column for it is about
    requirements: tuple[str, ...] = ()  # of all activities

    def recognised(self, header: Sequence[str]) -> int:
        """How many cells of a row are known headers: a file's delimiter and header row are chosen by it."""
        by_source = [dict.fromkeys((*one.headers, *one.columns), "") for one in self._fitting(header)]
        return max(recognised(header, {**self.column_map, **more}) for more in (*by_source, {}))

    def fits_source(self, header: Sequence[str]) -> bool:
        return bool(self._fitting(header))

    def read(self, header: Sequence[str]) -> tuple[Columns | None, ExportSource | None, list[str]]:
        """The columns that a header row names and the source it is from; or everything that is wrong."""
        try:
            source = source_of(header, self.sources)
        except ValueError as error:
            return None, None, [str(error)]
        source = source.adapted(self.column_map) if source else None
        about = self.activity or (source.activity if source else "")
        mapped = source.columns if source else self.column_map
        found, wrong = read_header(header, mapped, names_activity=not about)
        there = {squashed(cell) for cell in header}
        for column in (source.status, source.attendance) if source else ():
            if column and squashed(column.header) not in there:
                wrong.append(f"it has no column {column.header}, which says what rows count")
        return None if wrong else found, source, wrong

    def draft(self, header: Iterable[str]) -> str:
        """The file of a source to start from, for a header row that nothing reads: headers beside ours."""
        known = {squashed(name): to for name, to in self.column_map.items()}
        names = {cell.strip(): column_of(cell, known) for cell in header if cell.strip()}
        used = {*FIXED, *self.requirements, *map(column_of, self.requirements)}
        own = [cell for cell, name in names.items() if name not in used] or [*names]
        lines = [f"headers = [{', '.join(map(_quoted, own[:3]))}]", "[columns]"]
        for cell, name in [*names.items()][:MOST_DRAFTED]:
            near = "" if name in used else nearest_column(cell)
            meant = _quoted(name if name in used else UNUSED)
            lines.append(f"{_quoted(cell)} = {meant}{f'  # {near}?' if near else ''}")
        return "\n".join(lines)

    def _fitting(self, header: Sequence[str]) -> list[ExportSource]:
        return [one for one in self.sources if one.fits(header)]


def _quoted(text: str) -> str:
    """A text as TOML and JSON write it."""
    return json.dumps(text, ensure_ascii=False)


class _Keys:
    """The keys of a source's file, read one by one; what is wrong with them gathers in `wrong`."""

    def __init__(self, data: Mapping[str, Any], known: Sequence[str], prefix: str = "") -> None:
        self._data, self._prefix = data, prefix
        self.wrong: list[str] = []
        for key in data:
            if key not in known:
                near = did_you_mean(key, known) or f"keys are {', '.join(known)}"
                self.refuse(key, f"is no key; {near}")

    def refuse(self, key: str, why: str) -> None:
        self.wrong.append(f"{self._prefix}{key}: {why}")

    def text(self, key: str) -> str:
        value = self._data.get(key, "")
        if not isinstance(value, str):
            self.refuse(key, f"{value!r} is not a text in quotation marks")
            return ""
        return value.strip()

    def texts(self, key: str) -> list[str]:
        value = self._data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            self.refuse(key, 'is not a list of texts; write it as ["one", "another"]')
            return []
        return [one.strip() for one in value]

    def choice(self, key: str, choices: Sequence[str]) -> str:
        text = self.text(key)
        if text and text not in choices:
            near = did_you_mean(text, choices) or f"write {' or '.join(choices)}"
            self.refuse(key, f'"{text}" is none of {", ".join(choices)}; {near}')
            return ""
        return text

    def table(self, key: str) -> Mapping[str, Any] | None:
        value = self._data.get(key)
        if value is not None and not isinstance(value, dict):
            self.refuse(key, f"is not a table; write it under a line [{key}]")
            return None
        return value

    def flag(self, key: str) -> bool:
        value = self._data.get(key, False)
        if not isinstance(value, bool):
            self.refuse(key, "is neither true nor false")
        return value is True

    def number(self, key: str) -> Decimal:
        value = self._data.get(key, 0)
        try:
            number = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or number <= 0:
            self.refuse(key, f"{value!r} is not a number above zero")
            return Decimal(1)
        return number


def read_source(
    key: str, data: Mapping[str, Any], requirements: Collection[str] | None, activities: Collection[str]
) -> tuple[ExportSource | None, list[str]]:
    """A source from the keys of its file, or the list of everything wrong with it.

    `requirements`: of all activities, which headers may mean; None: any; `activities`: slugs.
    """
    given = _Keys(data, _KEYS)
    headers = given.texts("headers")
    if "" in map(squashed, headers):
        given.refuse("headers", "has a header without letters")
    if not headers and not given.wrong:
        given.refuse("headers", 'is missing: the headers by which its files are known, as ["Join Time"]')
    columns = _columns(given, requirements)
    activity = given.text("activity")
    if activity and activity not in activities:
        near = did_you_mean(activity, sorted(activities)) or "content/activities/ has no such file"
        given.refuse("activity", f'"{activity}" is not an activity; {near}')
    names, dates = given.choice("names", NAMES), given.choice("dates", tuple(DATES))
    yes, no = (tuple(map(folded_value, given.texts(word))) for word in ("yes", "no"))
    attendance, status = _attendance(given, columns), _status(given, columns)
    if given.wrong:
        return None, given.wrong
    return ExportSource(
        key=key,
        name=given.text("name") or key,
        headers=tuple(dict.fromkeys(map(squashed, headers))),
        columns=columns,
        activity=activity,
        names=names or AS_GIVEN,
        dates=DATES.get(dates, DateOrder.UNSETTLED),
        yes=yes,
        no=no,
        status=status,
        attendance=attendance,
    ), []


def folded_value(text: str) -> str:
    """A cell's text as the values of a source are compared: case and white space make no difference."""
    return " ".join(text.casefold().split())


def _columns(given: _Keys, requirements: Collection[str] | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for header, name in (given.table("columns") or {}).items():
        if not isinstance(name, str):
            given.refuse("columns", f'"{header}": {name!r} is not a text in quotation marks')
        elif requirements is not None and (reason := unknown_column(name, requirements)):
            given.refuse("columns", f'"{header}": {reason}')
        elif squashed(header) in found:
            given.refuse("columns", f'"{header}" is given a meaning twice')
        else:
            found[squashed(header)] = column_of(name)
    return found


def _status(given: _Keys, columns: Mapping[str, str]) -> StatusColumn | None:
    table = given.table("status")
    if table is None:
        return None
    keys = _Keys(table, ("column", "counts"), "status.")
    header = keys.text("column")
    counts = [] if table.get("counts") == FILLED else keys.texts("counts")
    if not counts and table.get("counts") != FILLED and not keys.wrong:
        keys.refuse("counts", f'is missing; write the texts that count, as ["Attended"], or "{FILLED}"')
    name = _named(keys, header, columns)
    given.wrong += keys.wrong
    return StatusColumn(name, header, tuple(map(folded_value, counts)))


def _attendance(given: _Keys, columns: dict[str, str]) -> AttendanceColumn | None:
    table = given.table("attendance")
    if table is None:
        return None
    keys = _Keys(table, ("column", "minimum", "sum"), "attendance.")
    header = keys.text("column")
    if not header:
        keys.refuse("column", "is missing: the header of the column")
    if squashed(header) in columns:
        keys.refuse("column", f'"{header}" has a meaning in [columns] already')
    columns[squashed(header)] = TIME  # whatever the header means elsewhere: "Attendance" says yes or no
    found = AttendanceColumn(header, keys.number("minimum"), keys.flag("sum"))
    given.wrong += keys.wrong
    return found


def _named(keys: _Keys, header: str, columns: Mapping[str, str]) -> str:
    """The name in a row of the column that a key speaks of."""
    if not header:
        keys.refuse("column", "is missing: the header of the column")
    if (name := column_of(header, columns)) in (UNUSED, TIME):
        keys.refuse("column", f'"{header}" is {name} already')
    return name
