"""Which ledger this is: its id, where it was last used, how far its audit trail has come, and who knows that."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
import uuid
from dataclasses import asdict

from pipeline.ledger.retention import ERASURE
from pipeline.rules.stops import LedgerPlace, Mark

# What tells that something was added, changed or deleted: every such change moves one of these figures.
CONTENT = (
    "SELECT count(*), max(id), sum(claims), sum(rows) FROM load",
    "SELECT count(*), max(id), sum(revision) FROM participant",
    "SELECT count(*), sum(seen_load) FROM address",
    "SELECT count(*), max(id), sum(said_load) FROM claim",
    "SELECT count(*), count(sha256), max(certificate_id) FROM version",
    "SELECT count(*), max(rowid) FROM transition",
    "SELECT count(*) FROM deletion",
    # Without what the day's first command writes; the hash has chance in it: no other ledger comes to the same.
    "SELECT count(*), (SELECT hash FROM audit WHERE action <> 'begin' ORDER BY seq DESC LIMIT 1)"
    " FROM audit WHERE action <> 'begin'",
)


class Origin:
    """Three rows of the table key, and the audit trail."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def newest(self, zone: dt.tzinfo | None) -> dt.date | None:
        """The day of the newest entry of the audit trail, in that time zone; None before the first."""
        row = self._db.execute("SELECT at FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        return dt.datetime.fromisoformat(row[0]).astimezone(zone).date() if row else None

    def mark(self) -> Mark:
        """The ledger's id, empty before it was first used, and how far its audit trail has come."""
        row = self._db.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        return Mark(self._value("ledger") or "", *(row or (0, "")))

    def left(self, mark: Mark) -> bool:
        """Whether it was this ledger that left the mark: its audit trail has that very entry. No two ledgers
        have the same hash, as there is chance in each entry's."""
        row = self._db.execute("SELECT hash FROM audit WHERE seq = ?", (mark.entries,)).fetchone()
        return (row[0] if row else "") == mark.hash

    def note_shown(self, mark: Mark) -> None:
        """This mark was left at the web host."""
        self._note("shown", str(mark.entries))

    def is_shown(self) -> bool:
        """Whether a mark was ever left at a web host."""
        return self._value("shown") is not None

    def was_restored(self) -> bool:
        """Whether a backup came back, or what the pages tell, since a mark was last left at the web host: staff
        know that it is another ledger, or an older one."""
        row = self._db.execute(
            "SELECT 1 FROM audit WHERE action IN ('restore', 'rebuild') AND seq > ?",
            (int(self._value("shown") or 0),),
        ).fetchone()
        return row is not None

    def content(self) -> str:
        """A digest that changes with what is on record, and with nothing that a build or a look makes anew."""
        figures = [tuple(self._db.execute(query).fetchone()) for query in CONTENT]
        return hashlib.sha256(json.dumps(figures).encode()).hexdigest()[:12]

    def erased_at(self) -> dt.datetime | None:
        """When the records of somebody who asked to be erased were last deleted: that may be long after they asked."""
        row = self._db.execute("SELECT max(at) FROM deletion WHERE rule = ?", (ERASURE,)).fetchone()
        return dt.datetime.fromisoformat(row[0]) if row[0] else None

    def place(self) -> LedgerPlace | None:
        """Where the ledger was last used; None where that is not on record."""
        text = self._value("place")
        return LedgerPlace(**json.loads(text)) if text else None

    def used(self, place: LedgerPlace) -> None:
        """The ledger is used here; the first time it is given an id."""
        self._db.execute("INSERT INTO key VALUES ('ledger', ?) ON CONFLICT DO NOTHING", (uuid.uuid4().hex,))
        self._note("place", json.dumps(asdict(place)))

    def _note(self, name: str, value: str) -> None:
        self._db.execute(
            "INSERT INTO key VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (name, value)
        )

    def _value(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM key WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None
