"""What was reported to boards, what they answered, and what is due until when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.ledger import BoardCount
from pipeline.rules.boards.format import board_formats
from pipeline.rules.boards.records import BoardRefusal
from pipeline.workflow.project import Project

PARS = "pars"


@dataclass(frozen=True, slots=True)
class DueAtBoard:
    """What a board must be told of one activity, and until when."""

    activity: str
    board: str
    records: int
    deadlines: tuple[tuple[str, dt.date], ...]  # what, and the last day; those that are to come


@dataclass(frozen=True)
class BoardStatus:
    """What was reported, answered and is due; no person in it."""

    counts: Sequence[BoardCount]
    refused: Sequence[tuple[str, str, BoardRefusal, int]]  # activity, board, why, records
    due: Sequence[DueAtBoard]

    def line(self) -> str:
        """What there is to do, in one sentence; empty where that is nothing."""
        due = [one for one in self.due if one.deadlines]  # what no board takes any more is no news every day
        if not due:
            return ""
        places = {(one.activity, one.board) for one in due}
        refused = sum(count for activity, board, _, count in self.refused if (activity, board) in places)
        boards = ", ".join(sorted({one.board for one in due}))
        first = min(day for one in due for _, day in one.deadlines)
        again = f", {refused:,} rejected" if refused else ""
        records = sum(one.records for one in due)
        return (
            f"boards: {records:,} to report ({boards}){again}, the first until {first}: certs report status"
        )


def board_status(project: Project) -> BoardStatus:
    """Counts by activity and board, and what is due, with the deadlines that are known.

    Of activities of which nothing was ever reported here only those count that PARS still takes: what is
    older was reported otherwise, or cannot be any more.
    """
    ledger, today = project.ledger.boards, project.today
    counts = ledger.counts()
    begun = {one.activity for one in counts}
    form = board_formats()[PARS]
    due = []
    years = max((one.years for one in form.deadlines), default=0)
    since = dt.date(today.year - years, 1, 1)  # no deadline of what is older is left
    for slug, board, first, last, records in ledger.due(form.demanded, today, since, begun):
        days = {
            (one.on(day), one.what)
            for one in form.deadlines
            for day in (first, last)
            if one.board in ("", board) and one.on(day) >= today
        }
        if days or slug in begun:
            due.append(DueAtBoard(slug, board, records, tuple((what, day) for day, what in sorted(days))))
    return BoardStatus(counts, ledger.refusals(), due)
