"""A college that reports: its export of people, the file that came of it read back, what PARS answers."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from python_calamine import CalamineWorkbook

from tests.support.college import College

HEADER = [
    *("Learner ID", "Email", "First Name", "Last Name", "Date of Birth", "ABIM ID", "ABP ID"),
    *("Licensing State", "License Number", "NPI", "Profession", "Consent to share"),
]
ANSWERED = ["CreditID", "Board", "Date of birth", "Learner ID", "Submission", "Status", "Reason"]
ANA = {
    "Learner ID": "L1", "Email": "ana@example.org", "First Name": "Ana", "Last Name": "Alva",
    "Date of Birth": "09/10", "ABIM ID": "123456", "ABP ID": "654321", "Consent to share": "yes",
}  # fmt: skip
BO = {
    "Learner ID": "L2", "Email": "bo@example.org", "First Name": "Bo", "Last Name": "Berg",
    "Date of Birth": "2/29", "ABIM ID": "222222", "ABP ID": "333333", "Consent to share": "yes",
}  # fmt: skip


def people(college: College, *rows: dict[str, str], name: str = "people.csv") -> Path:
    """An export of these people."""
    path = college.root / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, HEADER, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def cells(path: Path) -> list[list[object]]:
    """Every cell of a workbook's one sheet."""
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    return [[*row] for row in sheet.to_python(skip_empty_area=False)]


def records(path: Path) -> list[dict[str, object]]:
    """The records of a file for PARS, by header, without empty cells; of two headers alike the first."""
    _, header, *rows = cells(path)
    names = [str(one) for one in header]
    return [
        {name: cell for name, cell in reversed([*zip(names, row, strict=True)]) if cell != ""} for row in rows
    ]


def answers(college: College, *rows: Sequence[str], header: Iterable[str] = ()) -> Path:
    """What PARS gives back."""
    path = college.root / "answers.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header or ANSWERED)
        writer.writerows(rows)
    return path


def reported(college: College) -> list[tuple[str, ...]]:
    """(holder, board, credit, points, state, refusal, whether it ended) of every record, oldest first."""
    with closing(sqlite3.connect(college.data / "ledger.sqlite3")) as db:
        return db.execute(
            "SELECT p.name, r.board, r.cme, r.points, r.state, r.refusal, r.ended_on IS NOT NULL"
            " FROM reported r JOIN certificate x ON x.id = r.certificate_id JOIN claim c ON c.id = x.claim_id"
            " JOIN participant p ON p.id = c.participant_id ORDER BY r.id"
        ).fetchall()


def number_of(college: College, name: str, activity: str = "meeting-2025") -> str:
    """The number of somebody's certificate of credit that counts."""
    with closing(sqlite3.connect(college.data / "ledger.sqlite3")) as db:
        (found,) = db.execute(
            "SELECT x.number FROM certificate_and_claim x JOIN participant p ON p.id = x.participant_id"
            " WHERE p.name = ? AND x.activity = ? AND x.kind <> 'participation' AND x.is_live",
            (name, activity),
        ).fetchone()
        return str(found)
