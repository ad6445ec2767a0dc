"""A day of birth as exports write it: a cell in, month and day out. Nothing here quotes a cell: it is
private."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipeline.rules.certificates.statements import MONTHS

_NUMBERS = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{1,2})(?:[/.\-]([0-9]{4}|[0-9]{2}))?(?:[ T].*)?")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[ T].*)?")
_TOGETHER = re.compile(r"([0-9]{2})([0-9]{2})")
_DAY_NAMED = re.compile(r"([0-9]{1,2})[ \-.]+([A-Za-z]{3,9})\.?(?:[ \-,.]+([0-9]{4}|[0-9]{2}))?")
_NAMED_DAY = re.compile(r"([A-Za-z]{3,9})\.?[ \-]+([0-9]{1,2})(?:[ \-,.]+([0-9]{4}|[0-9]{2}))?")
_MONTHS = {
    name.casefold()[:length]: number for number, name in enumerate(MONTHS, 1) for length in (3, len(name))
}
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)  # a birth day has no year: 29 February is one


@dataclass(frozen=True, slots=True)
class BirthDay:
    """When somebody has their birthday; empty texts where it is not said."""

    month_day: str = field(default="", repr=False)  # MM/DD
    year: str = field(default="", repr=False)  # YYYY, where it was given in four digits


def read_birth_day(text: str) -> BirthDay | None:
    """Month first, as PARS takes it: 09/10, 9/10/1970, 0910, 1970-09-10, 10-Sep, September 10. None for what
    is no day of any year."""
    text = text.strip()
    if not text:
        return BirthDay()
    if found := _ISO.fullmatch(text):
        return _day(found[2], found[3], found[1])
    if found := _NUMBERS.fullmatch(text):
        return _day(found[1], found[2], found[3])
    if found := _TOGETHER.fullmatch(text):
        return _day(found[1], found[2], None)
    if found := _DAY_NAMED.fullmatch(text):
        return _day(_month(found[2]), found[1], found[3])
    if found := _NAMED_DAY.fullmatch(text):
        return _day(_month(found[1]), found[2], found[3])
    return None


def is_day_first(text: str) -> bool:
    """Whether a cell can only mean its day first: 25/12."""
    found = _NUMBERS.fullmatch(text.strip())
    return found is not None and int(found[1]) > 12 >= int(found[2])


def _month(name: str) -> str:
    return str(_MONTHS.get(name.casefold(), 0))


def _day(month: str, day: str, year: str | None) -> BirthDay | None:
    if not 1 <= int(month) <= 12 or not 1 <= int(day) <= _DAYS[int(month) - 1]:
        return None
    return BirthDay(f"{int(month):02}/{int(day):02}", year if year and len(year) == 4 else "")
