"""Rows -> claims and problems: what staff's export says of one person and one activity, judged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a claims file in the wide form; a long file's rows of one person and activity make one."""

    file: str  # the file's name, without its folder
    number: int  # the row as a spreadsheet counts it: the header is row 1
    cells: Mapping[str, str]  # column name (activities.column_name) -> text as given
    others: tuple[int, ...] = ()  # further source rows that were pivoted into this one


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row was set aside, or a certificate could not be made."""

    file: str
    row: int
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.row}: {self.field}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Claim:
    """A good row. A field whose column the file lacks is None and changes nothing that is on record."""

    file: str
    row: int
    activity: str  # slug of an active activity of the catalog
    learner_id: str  # empty where the file has none
    email: str  # as given, syntax checked, NFC
    name: str  # NFC, white space folded, never re-cased
    credentials: str | None = None
    attended: bool | None = None  # attended, or for enduring material completed
    completed_on: dt.date | None = None
    cme: Decimal | None = None  # None: column absent; 0: an empty cell, not claimed
    abim: Decimal | None = None
    abp: Decimal | None = None
    met: tuple[tuple[str, bool], ...] = ()  # the activity's requirements the file has a column for


def address_key(email: str) -> str:
    """The form under which an address is known: case folded, white space off."""
    return email.strip().casefold()
