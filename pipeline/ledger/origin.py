"""Which ledger this is: its id, where it was last used, and how far its audit trail has come."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
import uuid
from dataclasses import asdict

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
    "SELECT count(*) FROM audit WHERE action <> 'begin'",  # the day's first command
)


class Origin:
    """Two rows of the table key, and the newest entry of the audit trail."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def newest(self, zone: dt.tzinfo | None) -> dt.date | None:
        """The day of the newest entry of the audit trail, in that time zone; None before the first."""
        row = self._db.execute("SELECT at FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        return dt.datetime.fromisoformat(row[0]).astimezone(zone).date() if row else None

    def mark(self) -> Mark:
        """The ledger's id, empty before it was first used, and its number of entries."""
        entries = self._db.execute("SELECT coalesce(max(seq), 0) FROM audit").fetchone()[0]
        return Mark(self._value("ledger") or "", entries)

    def content(self) -> str:
        """A digest that changes with what is on record, and with nothing that a build or a look makes anew."""
        figures = [tuple(self._db.execute(query).fetchone()) for query in CONTENT]
        return hashlib.sha256(json.dumps(figures).encode()).hexdigest()[:12]

    def erased_at(self) -> dt.datetime | None:
        """When somebody was last erased on request."""
        row = self._db.execute("SELECT max(at) FROM audit WHERE action = 'forget'").fetchone()
        return dt.datetime.fromisoformat(row[0]) if row[0] else None

    def place(self) -> LedgerPlace | None:
        """Where the ledger was last used; None where that is not on record."""
        text = self._value("place")
        return LedgerPlace(**json.loads(text)) if text else None

    def used(self, place: LedgerPlace) -> None:
        """The ledger is used here; the first time it is given an id."""
        self._db.execute("INSERT INTO key VALUES ('ledger', ?) ON CONFLICT DO NOTHING", (uuid.uuid4().hex,))
        self._db.execute(
            "INSERT INTO key VALUES ('place', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (json.dumps(asdict(place)),),
        )

    def _value(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM key WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None
