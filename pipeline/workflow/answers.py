"""What boards answer goes on record, by certificate; who could not be matched is told, where that is asked
for."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import IntakeError
from pipeline.intake import open_rows
from pipeline.ledger import BoardCount
from pipeline.rules.boards.answers import (
    AnswerReader,
    BoardAnswer,
    UnreadAnswer,
    answer_header_meaning,
    known_answer_headers,
    read_answer_header,
    settle,
)
from pipeline.rules.boards.format import board_formats
from pipeline.rules.boards.records import BoardRefusal
from pipeline.rules.text import shown
from pipeline.workflow.project import Project
from pipeline.workflow.release import release
from pipeline.workflow.tell import queue_of_board

PARS = "pars"


@dataclass(frozen=True)
class HeardAnswers:
    """What a list of answers says, and what became of it."""

    answers: Sequence[BoardAnswer]  # one a record
    aside: Sequence[UnreadAnswer]  # rows that tell nothing for certain
    changed: int  # records of which it says something new
    messages: Sequence[int]  # to people whom a board could not match

    @property
    def counts(self) -> Counter[tuple[str, str, str, str]]:
        """Answers by activity, board, status and, where there is one, the reason in words."""
        return Counter(
            (
                one.record.certificate.activity,
                one.record.credit.board,
                one.status.value,
                one.refusal.words if one.refusal else "",
            )
            for one in self.answers
        )


def hear_answers(project: Project, path: Path, tell: bool = False) -> HeardAnswers:
    """Read a board's list and put on record what it says. `tell`: whoever could not be matched is written to.

    Reading it again changes nothing. Raises IntakeError for a file that is no such list.
    """
    answers, aside = _read(project, path)
    ledger, messages = project.ledger, list[int]()
    with ledger.transaction():
        changed = ledger.boards.answer(answers, project.today)
        if changed:
            project.on_record("report", f"answers: {len(answers)} read, {changed} new")
        if tell:
            messages = queue_of_board(project, [one.record.id for one in answers])
    if messages:  # a mail is sent once the page that it leads to says the same
        people = [ledger.messages.get(one).participant_id for one in messages]
        release(project, people)
    return HeardAnswers(answers, aside, changed, messages)


def _read(project: Project, path: Path) -> tuple[list[BoardAnswer], list[UnreadAnswer]]:
    table = open_rows(path, known_answer_headers, _names)
    places, wrong = read_answer_header(table.header)
    if places is None:
        raise IntakeError(f"{shown(table.name)}: {'; '.join(wrong)}.", "docs/boards.md lists the headers.")
    slugs = {one.pars_id: slug for slug, one in project.catalog.items() if one.pars_id}
    reported = project.ledger.boards.reported(project.today, PARS)
    reader = AnswerReader(places, reported, slugs)
    answers, aside = list[BoardAnswer](), list[UnreadAnswer]()
    for number, cells in table.rows():
        read = UnreadAnswer(number, cells) if isinstance(cells, str) else reader.read(cells, number)
        (answers if isinstance(read, BoardAnswer) else aside).append(read)  # type: ignore[arg-type]
    settled, contradicting = settle(answers)
    return settled, sorted([*aside, *contradicting], key=lambda one: one.row)


def _names(header: Sequence[str]) -> list[int]:
    return [at for at, cell in enumerate(header) if answer_header_meaning(cell).endswith("name")]


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
        records = sum(one.records for one in self.due)
        refused = sum(one.rejected for one in self.counts)
        if not records:
            return ""
        boards = ", ".join(sorted({one.board for one in self.due}))
        days = [day for one in self.due for _, day in one.deadlines]
        until = f", the first until {min(days)}" if days else ""
        again = f", {refused:,} of them rejected" if refused else ""
        return f"boards: {records:,} to report ({boards}){again}{until}: certs report status"


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
    for slug, board, first, last, records in ledger.due(form.demanded, today):
        days = {
            (one.on(day), one.what)
            for one in form.deadlines
            for day in (first, last)
            if one.board in ("", board) and one.on(day) >= today
        }
        if days or slug in begun:
            due.append(DueAtBoard(slug, board, records, tuple((what, day) for day, what in sorted(days))))
    return BoardStatus(counts, ledger.refusals(), due)
