"""The rows of a file that are not taken in: set aside with their reasons, past retention, or of no count."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from pipeline.intake import ClaimsFile
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.claims.claim import Claim, Expired, Problem, Row
from pipeline.rules.claims.repeats import judge_rows


@dataclass
class NotTaken:
    """The rows of one file that are not taken in, as far as it was read."""

    problems: list[Problem] = field(default_factory=list)
    without_count: list[Problem] = field(default_factory=list)  # rows such as cancelled registrations
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)  # field, reason -> rows set aside
    past: Counter[tuple[str, Kind]] = field(default_factory=Counter)  # activity, kind -> certificates
    rows: dict[int, list[str]] = field(default_factory=dict)  # set aside: number -> reasons, in words

    def expire(self, verdict: Expired) -> None:
        """A row is past retention."""
        self.past.update((verdict.activity, kind) for kind in verdict.kinds)

    def refuse(self, row: Row | Problem, wrong: list[Problem]) -> None:
        """A row, with those that were joined into it, is not taken in for these reasons."""
        if not wrong[0].is_fault:
            self.without_count += wrong
            return
        self.problems += wrong
        own, *others = numbers_of(row)
        numbers = {*others, *(problem.row for problem in wrong if problem.row == own)}
        for problem in wrong:
            self.reasons[problem.field, problem.reason] += len(numbers)
        for number in numbers:
            self.rows[number] = [f"{problem.field}: {problem.reason}" for problem in wrong]

    @property
    def digest(self) -> str:
        """Of the rows that are set aside, with reasons, and of what is past retention; empty without."""
        if not (self.rows or self.past):
            return ""
        said = sorted(self.rows.items()), sorted(self.past.items())
        return hashlib.sha256(repr(said).encode()).hexdigest()


def rows_not_taken(file: ClaimsFile) -> NotTaken:
    """What the rules alone say of a file's rows, whatever the ledger has."""
    found = NotTaken()
    for row, verdict in judge_rows(file.rows, file.judge):
        if isinstance(verdict, Expired):
            found.expire(verdict)
        elif not isinstance(verdict, Claim):
            found.refuse(row, verdict)
    return found


def numbers_of(row: Row | Problem) -> list[int]:
    """The numbers of the rows that this is made of."""
    return [row.number, *row.others] if isinstance(row, Row) else [row.row]
