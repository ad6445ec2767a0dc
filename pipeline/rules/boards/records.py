"""What a board has on record of us, and what it should have: the difference is what is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class RecordState(StrEnum):
    """What became of a record that was reported."""

    REPORTED = "reported"  # no answer yet
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class BoardRefusal(StrEnum):
    """Why a record was rejected, as far as somebody can do something about it. A board's own words may hold
    an ID: they are read and not kept."""

    MISMATCH = "mismatch"  # nobody with this ID, name and birth day
    DUPLICATE = "duplicate"  # the board has it already
    INELIGIBLE = "ineligible"  # the person takes no part in the board's program
    CREDIT = "credit"  # amount or type of credit
    ACTIVITY = "activity"  # the activity, its registration or its reporting year
    OTHER = "other"

    @property
    def is_final(self) -> bool:
        """Whether the same record, sent again, would be rejected again whatever is mended."""
        return self in (BoardRefusal.DUPLICATE, BoardRefusal.INELIGIBLE)

    @property
    def words(self) -> str:
        """Why, for staff."""
        return _REFUSED[self]


_REFUSED = {
    BoardRefusal.MISMATCH: "the board ID, the birth day or the name did not match",
    BoardRefusal.DUPLICATE: "the board has it already",
    BoardRefusal.INELIGIBLE: "the person takes no part in the board's program",
    BoardRefusal.CREDIT: "amount or type of credit",
    BoardRefusal.ACTIVITY: "the activity, its registration or its dates",
    BoardRefusal.OTHER: "another reason: see the board's list",
}


class RecordAction(StrEnum):
    """What a line of a file does at the board; the value is the word of PARS's template."""

    ADD = "Add"
    DELETE = "Delete"


@dataclass(frozen=True, slots=True)
class CreditOnRecord:
    """A certificate of credit as the ledger has it."""

    id: int
    claim: int
    number: str
    version: int  # that states all this
    activity: str  # slug
    name: str
    email: str
    learner_id: str
    completed_on: dt.date | None  # as claimed
    cme: Decimal
    abim: Decimal
    abp: Decimal
    is_live: bool

    @property
    def who(self) -> str:
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True, slots=True)
class BoardCredit:
    """What a board's record states of one certificate."""

    board: str
    completed_on: dt.date
    cme: Decimal = Decimal(0)  # zero in a further record of the same certificate: it is counted once
    points: Decimal = Decimal(0)
    types: tuple[str, ...] = ()  # of the points, in the board's words


@dataclass(frozen=True, slots=True)
class ReportedRecord:
    """A record that was reported and not taken back."""

    id: int
    certificate: CreditOnRecord  # as it stands now
    credit: BoardCredit  # as it was reported
    reported_on: dt.date
    state: RecordState = RecordState.REPORTED
    refusal: BoardRefusal | None = None

    @property
    def can_be_mended(self) -> bool:
        """Whether the board rejected it, and may take it once something was mended."""
        return self.refusal is not None and not self.refusal.is_final

    @property
    def is_there(self) -> bool:
        """Whether the board has it, as far as is known: also where it rejected it as a duplicate."""
        return self.state is not RecordState.REJECTED or self.refusal is BoardRefusal.DUPLICATE


@dataclass(frozen=True, slots=True)
class DueStep:
    """What is due of one record: to add it, to delete it, or, where both are given, to put one for the
    other."""

    certificate: CreditOnRecord
    add: BoardCredit | None
    former: tuple[ReportedRecord, ...] = ()  # what the board was told before, and what this ends

    @property
    def deletes(self) -> tuple[ReportedRecord, ...]:
        """Of these, what stands at the board and must be deleted there."""
        return tuple(one for one in self.former if one.is_there)

    @property
    def board(self) -> str:
        return self.add.board if self.add else self.former[0].credit.board


def due_steps(
    wanted: Iterable[tuple[CreditOnRecord, BoardCredit]],
    reported: Sequence[ReportedRecord],
    again: bool = False,
) -> Iterator[DueStep]:
    """What must be done so that each board has what is wanted, and nothing else of us.

    A record is of one claim and board: a certificate that took the place of another, with the same credit,
    changes nothing there. What was rejected is due `again`, unless it would be rejected whatever is mended.
    """
    known: dict[tuple[int, str], list[ReportedRecord]] = {}
    for one in reported:
        known.setdefault((one.certificate.claim, one.credit.board), []).append(one)
    for certificate, credit in wanted:
        former = known.pop((certificate.claim, credit.board), [])
        done = [one for one in reversed(former) if _is_done(one, credit, again)]
        same = min(done, key=lambda one: one.state is RecordState.REJECTED, default=None)
        # What is a duplicate of one that stays is no record of its own: a Delete would take the one away.
        rest = tuple(
            one for one in former if one is not same and not (same and one.refusal is BoardRefusal.DUPLICATE)
        )
        if same is None:
            yield DueStep(certificate, credit, rest)
        elif rest:
            yield DueStep(certificate, None, rest)
    for former in known.values():
        # A rejected one of a certificate that does not count any more is nothing that anybody has.
        if any(one.is_there for one in former):
            yield DueStep(former[0].certificate, None, tuple(former))


def _is_done(one: ReportedRecord, credit: BoardCredit, again: bool) -> bool:
    """Whether the board has this record, or is not to be asked again."""
    had = one.credit
    same = (had.completed_on, had.cme, had.points, had.types) == (
        credit.completed_on, credit.cme, credit.points, credit.types,
    )  # fmt: skip
    return same and not (again and one.can_be_mended)
