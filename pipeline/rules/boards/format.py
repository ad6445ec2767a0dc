"""What a file for a board or a roster is: its columns, and what must be so before it is written.

A board or roster is one module in pipeline/rules/boards/formats, with its FORMAT. `source` says beside each
column and rule where it is known from, or begins with "unconfirmed": those are listed for staff, to be held
against the college's own copy of the template.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import import_module
from pkgutil import iter_modules

from pipeline.rules.boards import formats
from pipeline.rules.boards.learners import Learner
from pipeline.rules.boards.records import BoardCredit, CreditOnRecord, RecordAction
from pipeline.rules.certificates.activities import Activity

FileCell = str | Decimal | dt.date | None  # of a spreadsheet; None is an empty one
Lack = tuple[str, str]  # what is wrong: of what, and why
UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports, as settings say."""

    provider: str  # name
    domain: str  # of the provider: its own identifiers stand below it
    accme_provider: str = ""  # ACCME's number of the provider
    ce_broker_provider: str = ""  # CE Broker's


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One record of a file."""

    action: RecordAction
    certificate: CreditOnRecord
    credit: BoardCredit
    learner: Learner
    activity: Activity
    sender: Reporter


@dataclass(frozen=True, slots=True)
class FileColumn:
    """One column of a file."""

    header: str
    value: Callable[[ReportLine], FileCell]
    source: str


@dataclass(frozen=True, slots=True)
class BoardDeadline:
    """Until when a record counts, or is taken at all: month and day of the year of completion, or later."""

    what: str
    month: int
    day: int
    source: str
    years: int = 0  # after the year of completion
    board: str = ""  # that has it; empty: all

    def on(self, completed: dt.date) -> dt.date:
        return dt.date(completed.year + self.years, self.month, self.day)


@dataclass(frozen=True)
class BoardFormat:
    """A kind of file, and what is reported by it."""

    key: str  # certs report KEY
    label: str
    columns: tuple[FileColumn, ...]
    # What a certificate's records are, for one who is in the export, or (None) is not; further, boards that
    # have one of them already.
    credits: Callable[[CreditOnRecord, Activity, Learner | None, frozenset[str]], Iterator[BoardCredit]]
    lacking: Callable[[Activity, Reporter], Iterator[Lack]]  # without which no file can be
    faults: Callable[[ReportLine], Iterator[Lack]]  # of one record
    # Boards that must be told of whoever claimed their points, with the column of a version that has these.
    demanded: Mapping[str, str] = field(default_factory=dict)
    above: tuple[str, ...] = ()  # rows above the header
    has_header: bool = True
    corrects: bool = True  # whether a file can take back what another one said
    sheet: str = "Sheet1"
    document: Callable[[list[ReportLine], dt.datetime], object] | None = None  # the same as JSON
    document_lacking: Callable[[Activity, Reporter], Iterator[Lack]] | None = None
    rules: Mapping[str, str] = field(default_factory=dict)  # what else is known: rule, and its source
    deadlines: tuple[BoardDeadline, ...] = ()

    @property
    def unconfirmed(self) -> list[tuple[str, str]]:
        """What must be held against the college's own copy: column or rule, and what is in doubt."""
        said = [*((one.header, one.source) for one in self.columns), *self.rules.items()]
        said += [(one.what, one.source) for one in self.deadlines]
        return [(what, source) for what, source in said if source.startswith(UNCONFIRMED)]


def board_formats() -> dict[str, BoardFormat]:
    """Every format there is, by its key: one module each."""
    names = sorted(module.name for module in iter_modules(formats.__path__))
    found = [import_module(f"{formats.__name__}.{name}").FORMAT for name in names]
    return {one.key: one for one in found}
