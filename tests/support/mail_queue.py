"""A queue for the tests of mail: SQLite, one row a message, every step kept."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from pipeline.mail import OutgoingMessage, Step
from tests.support.mail_values import NOW, outgoing

SCHEMA = """
CREATE TABLE message (id INTEGER PRIMARY KEY, email TEXT, state TEXT DEFAULT 'queued',
    attempt INTEGER DEFAULT 0, due_at TEXT, text TEXT DEFAULT '');
CREATE TABLE step (id INTEGER, fate TEXT, attempt INTEGER, code INTEGER, enhanced TEXT, text TEXT, at TEXT);
"""
opened: list[sqlite3.Connection] = []  # a test's; closed when it ends


class SqliteQueue:
    """Holds `count` messages, person1@example.org and so on, or one to each of `addresses`."""

    def __init__(self, path: Path | str = ":memory:", count: int = 0, addresses: Sequence[str] = ()) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        opened.append(self.db)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.commits = 0
        addresses = addresses or [f"person{number}@example.org" for number in range(1, count + 1)]
        if addresses:
            self.db.executescript(SCHEMA)
            self.db.execute("BEGIN")
            self.db.executemany("INSERT INTO message (email) VALUES (?)", [(to,) for to in addresses])
            self.db.execute("COMMIT")

    def due(self, at: dt.datetime, after: int, limit: int) -> list[OutgoingMessage]:
        rows = self.db.execute(
            "SELECT id, email, attempt FROM message WHERE id > ? AND (state = 'queued' OR"
            " (state = 'deferred' AND due_at <= ?)) ORDER BY id LIMIT ?",
            (after, at.isoformat(), limit),
        ).fetchall()
        return [OutgoingMessage(row[0], outgoing(row[0], to=row[1]).notice, row[2], NOW) for row in rows]

    def record(self, steps: Sequence[Step]) -> set[int]:
        self.commits += 1
        self.db.execute("BEGIN IMMEDIATE")
        for step in steps:
            due = step.due_at.isoformat() if step.due_at else None
            self.db.execute(
                "UPDATE message SET state = ?, attempt = ?, due_at = ?, text = ? WHERE id = ?",
                (step.fate.value, step.attempt, due, step.text, step.id),
            )
            self.db.execute(
                "INSERT INTO step VALUES (?, ?, ?, ?, ?, ?, ?)",
                (step.id, step.fate.value, step.attempt, step.code, step.enhanced, step.text, str(step.at)),
            )
        self.db.execute("COMMIT")
        return set()

    def mark_interrupted(self) -> None:
        """What the ledger does when a run begins."""
        self.db.execute("UPDATE message SET state = 'unknown' WHERE state = 'sending'")

    def states(self) -> dict[str, str]:
        """address -> state"""
        return dict(self.db.execute("SELECT email, state FROM message ORDER BY id").fetchall())

    def steps(self, number: int = 1) -> list[tuple[str, int | None, str, str]]:
        """(fate, code, enhanced, text) of one message's steps"""
        return self.db.execute(
            "SELECT fate, code, enhanced, text FROM step WHERE id = ? ORDER BY rowid", (number,)
        ).fetchall()
