"""Rows as their source writes them, in our own words: a row in; a row, or why it is not taken, out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from pipeline.rules.claims.claim import Problem, Row, full_name, person_key
from pipeline.rules.claims.export_source import DISPLAY, TIME, AttendanceColumn, ExportSource, folded_value
from pipeline.rules.claims.name_keys import name_key
from pipeline.rules.text import quoted

_ORIGINAL = re.compile(r"\s*\([^()]*\)\s*\Z")
_TIME = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,4})?")


def as_source_says(row: Row, source: ExportSource, answers: Collection[str]) -> Row | Problem:
    """The row with its answers as yes and no and its name as it is written; or why it does not count.

    `answers`: columns that say yes or no.
    """
    if (status := source.status) and not _counts(said := row.cells.get(status.column, ""), status.counts):
        what = f"{quoted(said.strip())} does not count" if said.strip() else "is empty"
        return _not_taken(row, status.header, what)
    attendance = source.attendance
    if attendance and not attendance.is_sum:
        time = time_present(row, attendance)
        if isinstance(time, Problem):
            return time
        if time < attendance.minimum:
            return _not_taken(row, attendance.header, _too_short(time, attendance))
    if not (source.yes or source.no or source.names == DISPLAY):
        return row
    cells = dict(row.cells)
    for name in answers:
        if (text := folded_value(cells.get(name, ""))) in source.yes:
            cells[name] = "yes"
        elif text in source.no:
            cells[name] = "no"
    if "name" in cells:
        cells["name"] = name_as_shown(cells["name"], source)
    return replace(row, cells=cells)


def name_as_shown(name: str, source: ExportSource | None) -> str:
    """`Ana Lopez` of `Ana Lopez (Ana L)`, where the source writes names so."""
    return (_ORIGINAL.sub("", name) or name) if source and source.names == DISPLAY else name


def _counts(text: str, counts: Collection[str]) -> bool:
    return folded_value(text) in counts if counts else bool(text.strip())


def time_present(row: Row, attendance: AttendanceColumn) -> Decimal | Problem:
    """How long the person of a row took part, in the unit of its column; or that it is no number."""
    text = row.cells.get(TIME, "").strip()
    if _TIME.fullmatch(text):
        return Decimal(text)
    return Problem(row.file, row.number, attendance.header, f"{quoted(text)} is not a number")


def _too_short(time: Decimal, attendance: AttendanceColumn) -> str:
    return f"{time} is less than {attendance.minimum}"


def _not_taken(row: Row, column: str, why: str) -> Problem:
    return Problem(row.file, row.number, column, f"{why}: the row is not taken", is_fault=False)


class JoinedTimes:
    """The time of each person, added up over all rows of an attendance report."""

    def __init__(self, rows: Iterable[Row | Problem], attendance: AttendanceColumn) -> None:
        self._attendance = attendance
        self._times: dict[int, tuple[Decimal, tuple[int, ...]]] = {}  # person -> sum, their rows
        for row in rows:
            if isinstance(row, Row) and not isinstance(time := time_present(row, attendance), Problem):
                total, numbers = self._times.get(key := _who(row), (Decimal(0), ()))
                self._times[key] = total + time, (*numbers, row.number)

    def joined(self, rows: Iterable[Row | Problem]) -> Iterator[Row | Problem]:
        """One row a person, the first of theirs; or that none of their rows is taken."""
        for row in rows:
            if isinstance(row, Problem):
                yield row
            elif isinstance(problem := time_present(row, self._attendance), Problem):
                yield problem
            else:
                total, numbers = self._times[_who(row)]
                if total < self._attendance.minimum:
                    yield _not_taken(row, self._attendance.header, _too_short(total, self._attendance))
                elif row.number == numbers[0]:
                    yield replace(row, others=numbers[1:])


def _who(row: Row) -> int:
    """A name belongs to it: two people may share an address, and then are for staff."""
    who = person_key(row.cells.get("learner_id", "").strip(), row.cells.get("email", ""))
    return hash((row.cells.get("activity", ""), who, name_key(full_name(row.cells))))
