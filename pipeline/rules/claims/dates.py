"""Dates as exports write them: a cell in, a calendar date or the reason it cannot be one out.

No time of day moves a date: the day is what stands before the time. Only an instant, which says its distance
from UTC, is a day of the college's time zone: 2026-01-01T03:30:00Z is the last of December in New York.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

from pipeline.rules.certificates.statements import MONTHS
from pipeline.rules.text import quoted


class DateOrder(StrEnum):
    """How a file writes 03/04/2025, as its other dates show."""

    UNSETTLED = "unsettled"  # all its dates could be read either way
    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"
    MIXED = "mixed"  # the file's dates contradict one another


_TIME = r"(?:(?: at|[T ,])+[0-9]{1,2}:[0-9]{2}.*)?"
_OFFSET = re.compile(  # the end of an instant: a time and its distance from UTC
    r"[T ,][0-9]{1,2}:[0-9]{2}[0-9:.]*(?: ?[AaPp]\.?[Mm]\.?)? ?"
    r"(?:(?:Z|UTC|GMT)|([+\-])([0-9]{2}):?([0-9]{2}))\Z"
)
_CLOCK = re.compile(r"[T ,]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?[0-9.]*( ?[AaPp])?")
_ISO = re.compile(r"([0-9]{4})([-/.]?)([0-9]{1,2})\2([0-9]{1,2})" + _TIME, re.DOTALL)
_PARTS = re.compile(r"([0-9]{1,2})([/.\-])([0-9]{1,2})\2([0-9]{4})" + _TIME, re.DOTALL)
_SHORT = re.compile(r"[0-9]{1,2}[/.\- ](?:[0-9]{1,2}|[A-Za-z]{3,9})[/.\- ][0-9]{2}" + _TIME, re.DOTALL)
_DAY_NAMED = re.compile(r"([0-9]{1,2})[ .\-/]+([A-Za-z]{3,9})\.?[ ,.\-/]+([0-9]{4})" + _TIME, re.DOTALL)
_NAMED_DAY = re.compile(
    r"([A-Za-z]{3,9})\.?[ \-]+([0-9]{1,2})(?:st|nd|rd|th)?,?[ \-]+([0-9]{4})" + _TIME, re.DOTALL
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)([a-z]*)\.?,?\s+", re.IGNORECASE)
_SERIAL = re.compile(r"([0-9]{5})(?:\.[0-9]+)?")
_MONTHS = {
    name.casefold()[:length]: number for number, name in enumerate(MONTHS, 1) for length in (3, 4, len(name))
}
_EPOCH = dt.date(1899, 12, 30)  # day 0 of Excel's 1900 calendar, its phantom 29 February 1900 included
EARLIEST = dt.date(2000, 1, 1)  # no claim is older than the systems these files come from

# Ends the reason in a rejects file where its date, by itself, could be read in two ways.
REMARK = "[dates {}]"


@dataclass(slots=True)
class DateEvidence:
    """What a file's dates show of the order it writes them in."""

    day_first: bool = False
    month_first: bool = False

    def add(self, text: str) -> None:
        """Takes one cell into account; a cell that is no such date tells nothing."""
        if match := _PARTS.fullmatch(text):
            first, second = int(match[1]), int(match[3])
            self.day_first |= 12 < first <= 31 and 1 <= second <= 12
            self.month_first |= 12 < second <= 31 and 1 <= first <= 12

    def add_remark(self, text: str) -> None:
        """Takes a rejects file's remark into account: it says the order of the file its rows came from."""
        self.day_first |= text.endswith(REMARK.format(DateOrder.DAY_FIRST))
        self.month_first |= text.endswith(REMARK.format(DateOrder.MONTH_FIRST))

    def order_with(self, said: DateOrder) -> DateOrder:
        """The order of a file that is said to have this one; MIXED where its dates contradict that."""
        found = self.order
        return (
            found
            if said is DateOrder.UNSETTLED or found is said
            else (said if found is DateOrder.UNSETTLED else DateOrder.MIXED)
        )

    @property
    def order(self) -> DateOrder:
        if self.day_first:
            return DateOrder.MIXED if self.month_first else DateOrder.DAY_FIRST
        return DateOrder.MONTH_FIRST if self.month_first else DateOrder.UNSETTLED


def is_ambiguous(text: str) -> bool:
    """Whether the cell is a date that could be read in two ways."""
    match = _PARTS.fullmatch(text.strip())
    if match is None:
        return False
    first, second = int(match[1]), int(match[3])
    return first != second and 1 <= first <= 12 and 1 <= second <= 12


def read_date(text: str, order: DateOrder = DateOrder.UNSETTLED, zone: dt.tzinfo | None = None) -> dt.date:
    """The calendar date a cell writes; raises ValueError with the reason and what to write instead.

    Read are ISO 8601, Excel's serial numbers, day and month in the file's order, and English month names; a
    weekday before them must be theirs. Refused are two-digit years and what could be read in two ways.
    `zone`: in which an instant has its day; None: the day as it is written.
    """
    day = _written_date(text, order)
    return day if zone is None else _day_in(zone, text.strip(), day)


def is_moved(text: str, order: DateOrder, zone: dt.tzinfo) -> bool:
    """Whether the cell is an instant whose day in the zone is another one than is written."""
    if ":" not in text or _OFFSET.search(text.strip()) is None:
        return False
    try:
        return _written_date(text, order) != read_date(text, order, zone)
    except ValueError:
        return False


def _day_in(zone: dt.tzinfo, text: str, day: dt.date) -> dt.date:
    offset, clock = _OFFSET.search(text), _CLOCK.search(text)
    if offset is None or clock is None:
        return day
    hours, half = int(clock[1]), (clock[4] or "").strip().casefold()
    if half:
        hours = hours % 12 + (12 if half == "p" else 0)
    away = dt.timedelta(hours=int(offset[2] or 0), minutes=int(offset[3] or 0))
    try:
        time = dt.time(hours, int(clock[2]), int(clock[3] or 0))
        there = dt.timezone(-away if offset[1] == "-" else away)
    except ValueError:
        return day  # a time of day that there is not: the day stands as it is written
    return dt.datetime.combine(day, time, there).astimezone(zone).date()


def _written_date(text: str, order: DateOrder) -> dt.date:
    text = text.strip()
    if match := _WEEKDAY.match(text):
        return _on_weekday(text, match[1] + match[2], _written_date(text[match.end() :], order))
    if match := _ISO.fullmatch(text):
        return _date(text, int(match[1]), int(match[3]), int(match[4]))
    if match := _PARTS.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if first > 12 or (order is DateOrder.DAY_FIRST and second <= 12):
            return _date(text, year, second, first)
        if second > 12 or order is DateOrder.MONTH_FIRST or first == second:
            return _date(text, year, first, second)
        mixed = "; the file writes some dates day first, others month first"
        raise ValueError(
            f"{quoted(text)} could be {year}-{first:02}-{second:02} or {year}-{second:02}-{first:02}"
            f"{mixed if order is DateOrder.MIXED else ''}; write the one that is meant"
        )
    if match := _DAY_NAMED.fullmatch(text):
        return _date(text, int(match[3]), _MONTHS.get(match[2].casefold(), 0), int(match[1]))
    if match := _NAMED_DAY.fullmatch(text):
        return _date(text, int(match[3]), _MONTHS.get(match[1].casefold(), 0), int(match[2]))
    if match := _SERIAL.fullmatch(text):
        return _checked(text, _EPOCH + dt.timedelta(days=int(match[1])))
    if _SHORT.fullmatch(text):
        raise ValueError(f"{quoted(text)} has a year of two digits; write it as 2025-10-24")
    raise ValueError(f"{quoted(text)} is not a date; write it as 2025-10-24")


def _on_weekday(text: str, weekday: str, day: dt.date) -> dt.date:
    was = _WEEKDAYS[day.weekday()]
    if not was.startswith(weekday.casefold()):
        raise ValueError(f"{quoted(text)}: {day} was a {was.title()}; write the date that is meant")
    return day


def _date(text: str, year: int, month: int, day: int) -> dt.date:
    try:
        found = dt.date(year, month, day)
    except ValueError as error:
        raise ValueError(f"{quoted(text)} is not in the calendar; write it as 2025-10-24") from error
    return _checked(text, found)


def _checked(text: str, day: dt.date) -> dt.date:
    if not EARLIEST <= day < dt.date(2100, 1, 1):
        raise ValueError(f"{quoted(text)} reads as the year {day.year}, which cannot be right")
    return day
