"""What a person's page and a mail say of a report to a board: never an ID, and what the person can do."""

from __future__ import annotations

from pipeline.rules.boards.records import BoardRefusal, RecordState
from pipeline.rules.certificates.statements import CONTACT, date_words
from pipeline.rules.web.pages import BoardReport

CALLED = {"CME": "ACCME"}  # who takes a record that is of no board, for state medical boards
MEND = (
    "Check both in the ACR Education Center and, if you change one, write to {contact}: we report you again. "
    "Your certificate counts all the same."
)


def report_words(report: BoardReport) -> str:
    """One report in a sentence or a few."""
    board = CALLED.get(report.board, report.board)
    said = f"Reported to {board} on {date_words(report.reported_on)}"
    if report.ended_on is not None:
        return f"{said}, taken back on {date_words(report.ended_on)}."
    if report.state is RecordState.ACCEPTED:
        return f"{said}, accepted."
    if report.state is RecordState.REPORTED:
        return f"{said}."
    return f"{said}, not accepted. {_advice(report, board)}"


def _advice(report: BoardReport, board: str) -> str:
    if report.refusal is BoardRefusal.MISMATCH:
        return f"The birth date or board ID did not match {board}’s record. {MEND.format(contact=CONTACT)}"
    if report.refusal is BoardRefusal.DUPLICATE:
        return f"{board} answered that it has this already."
    if report.refusal is BoardRefusal.INELIGIBLE:
        return f"{board} answered that you take no part in its program: please ask {board}."
    return "The Office of Education sees to it; there is nothing for you to do."
