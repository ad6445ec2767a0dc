"""What boards answer goes on record, by certificate; who could not be matched is told, where that is asked
for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import IntakeError
from pipeline.intake import open_rows
from pipeline.rules.boards.answers import (
    AnswerReader,
    BoardAnswer,
    UnreadAnswer,
    answer_header_meaning,
    known_answer_headers,
    read_answer_header,
    settle,
)
from pipeline.rules.text import shown
from pipeline.workflow.board_status import PARS
from pipeline.workflow.project import Project
from pipeline.workflow.release import release
from pipeline.workflow.tell import queue_of_board


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
