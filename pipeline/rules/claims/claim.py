"""What a claims file says: rows, the claims and problems they become, how they compare."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from pipeline.rules.addresses import address_key
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.claims.dates import DateOrder
from pipeline.rules.text import shown


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

    file: str  # or the activity, of a certificate
    row: int  # 0 for none
    field: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.row}" if self.row else self.file
        return f"{place}: {self.field}: {self.reason}"


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


@dataclass(frozen=True, slots=True)
class Expired:
    """A row whose activity lies past retention: counted, and nothing of it is kept, not even its problems."""

    file: str
    row: int
    activity: str
    kinds: tuple[Kind, ...] = (Kind.PARTICIPATION,)  # of the certificates that it would have earned


@dataclass(frozen=True, slots=True)
class Habits:
    """How one file writes what could be written two ways."""

    dates: DateOrder = DateOrder.UNSETTLED
    decimal_comma: bool = False  # columns are not divided by commas, so 12,25 can only be 12.25


# A column and a cell's text in; what it says, however it is written, out: equal where two cells say the same,
# None for a column that counts for nothing.
Meaning = Callable[[str, str], object]

YES = frozenset(("yes", "y", "true", "1"))
NO = frozenset(("no", "n", "false", "0"))


def person_key(learner_id: str, email: str) -> str:
    """Who a row is about: the learner id where there is one, else the address (DESIGN 8)."""
    return f"id {learner_id}" if learner_id else f"mail {address_key(email)}"


def full_name(cells: Mapping[str, str]) -> str:
    """The name as the row gives it: in one cell, else first and last name joined."""
    text = cells.get("name", "")
    if text and not text.isspace():
        return text
    return f"{cells.get('first_name', '')} {cells.get('last_name', '')}"


def yes_no(text: str) -> bool | None:
    """True or False; None for an empty cell. Raises ValueError for anything else."""
    word = text.strip().casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    if word:
        raise ValueError(f'"{shown(text)}" is neither yes nor no')
    return None
