"""The values of a claims file: a row, and the claim, the problems or the note of expiry that it becomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from pipeline.rules.addresses import address_key
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.claims.dates import DateOrder
from pipeline.rules.text import quoted

MOST_DIGITS = 21  # of a learner id that is compared with others of more or fewer zeros, and one
# Where several sheets are read, the rows of the second are numbered from here, of the third from twice this:
# a number says which row of which sheet.
SHEET_ROWS = 1 << 24
ALL_SHEETS = "all"


@dataclass(frozen=True, slots=True)
class Instructions:
    """What staff say of how claims files are to be read, beyond what the files show."""

    sheets: tuple[
        str, ...
    ] = ()  # of a workbook; ALL_SHEETS: the visible ones that hold claims; (): the first
    last_first: bool = False  # names are written "Last, First, Credentials"
    activity: str = ""  # what files are about that have no column for it: a slug


AS_GIVEN = Instructions()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a claims file in the wide form; a long file's rows of one person and activity make one."""

    file: str  # the file's name, without its folder
    number: int  # the row as a spreadsheet counts it: the header is row 1
    cells: Mapping[str, str]  # column name (columns.Columns.names) -> text as given
    others: tuple[int, ...] = ()  # numbers of the further rows of a long file that were joined into this one
    unread: tuple[tuple[str, str], ...] = ()  # (column, reason) of cells that could not be read
    notes: tuple[tuple[str, str], ...] = ()  # (column, what staff should know of how it was read)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row was set aside, or a certificate could not be made."""

    file: str  # the file's name; for a certificate its activity, for a message "ledger"
    row: int  # 0 where the problem is not one of a row
    field: str
    reason: str
    is_fault: bool = True  # False: the row does not count, such as a cancelled registration; nothing to mend

    @property
    def shown_row(self) -> int:
        """The row as its sheet counts it."""
        return self.row % SHEET_ROWS

    def __str__(self) -> str:
        place = f"{self.file}:{self.shown_row}" if self.row else self.file
        return f"{place}: {self.field}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a good row claims. A field whose column the file lacks is None and changes nothing on record."""

    file: str
    row: int
    activity: str  # slug of an active activity of the catalog
    learner_id: str  # empty where the file has none
    email: str  # as given, syntax checked, NFC
    name: str  # NFC, white space folded, never re-cased
    credentials: str | None = None
    attended: bool | None = None  # for an activity without days of its own: completed
    completed_on: dt.date | None = None
    cme: Decimal | None = None  # AMA PRA Category 1 Credits; 0 for an empty cell: not claimed
    abim: Decimal | None = None  # MOC points
    abp: Decimal | None = None  # MOC points
    met: tuple[tuple[str, bool], ...] = ()  # requirement -> whether met, where the file has its column
    notes: tuple[tuple[str, str], ...] = ()  # (column, what staff should know of how it was read)


@dataclass(frozen=True, slots=True)
class Expired:
    """A row past retention: it is counted, and nothing of it is kept, not even its problems."""

    file: str
    row: int
    activity: str
    kinds: tuple[Kind, ...] = (Kind.PARTICIPATION,)  # of the certificates that it would have earned


Judged = Claim | Expired | list[Problem]  # what a row comes to


@dataclass(frozen=True, slots=True)
class Conventions:
    """How one file writes what could be written in two ways."""

    dates: DateOrder = DateOrder.UNSETTLED
    decimal_comma: bool = False  # its columns are not divided by commas, so 12,25 can only be 12.25
    zone: dt.tzinfo | None = None  # in which an instant has its day; None: the day as it is written


# A column's name and a cell's text in; what the cell says, however it is written, out. Two cells that say the
# same give equal values; a column that counts for nothing gives None.
CellMeaning = Callable[[str, str], object]

YES_WORDS = frozenset(("yes", "y", "true", "1"))
NO_WORDS = frozenset(("no", "n", "false", "0"))


def row_words(number: int) -> str:
    """`row 3`, or `row 3 of sheet 2` where several sheets are read."""
    sheet, row = divmod(number, SHEET_ROWS)
    return f"row {row} of sheet {sheet + 1}" if sheet else f"row {row}"


def person_key(learner_id: str, email: str) -> str:
    """Who a row is about: the learner id where it has one, since two people may share an address; else the
    address."""
    return f"id {learner_key(learner_id)}" if learner_id else f"mail {address_key(email)}"


def learner_key(learner_id: str) -> str:
    """The id without leading zeros where it is a number: a spreadsheet makes 123 of 00123."""
    return learner_id.lstrip("0") if learner_id.isascii() and learner_id.isdigit() else learner_id


def learner_spellings(learner_id: str) -> list[str]:
    """How an id may be on record: as it is and, where it is a number, with any number of leading zeros."""
    bare = learner_key(learner_id)
    if not bare.isdigit() or not bare.isascii():
        return [learner_id]
    return list(dict.fromkeys([learner_id, *(bare.zfill(width) for width in range(len(bare), MOST_DIGITS))]))


def full_name(cells: Mapping[str, str]) -> str:
    """The name as the row gives it: in one cell, else first and last name joined."""
    text = cells.get("name", "")
    if text and not text.isspace():
        return text
    return f"{cells.get('first_name', '')} {cells.get('last_name', '')}"


def yes_no(text: str) -> bool | None:
    """True or False; None for an empty cell. Raises ValueError for anything else."""
    word = text.strip().casefold()
    if word in YES_WORDS:
        return True
    if word in NO_WORDS:
        return False
    if word:
        raise ValueError(f"{quoted(text)} is neither yes nor no")
    return None
