"""Claims files that were read, in their order, and which claims each speaks of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.ledger.table import Table


@dataclass(frozen=True, slots=True)
class KnownLoad:
    """A claims file that was read before."""

    id: int
    rows: int
    judged_by: str  # a digest of what its rows come to besides their bytes
    read_as: str  # what was told of it, JSON; empty where it must be opened to tell it


class Loads(Table):
    """The tables load and reading."""

    def begin(self, sha256: str, at: str) -> tuple[int, bool]:
        """The number of a claims file, and whether it was read before; the same bytes are the same file."""
        row = self._row("SELECT id FROM load WHERE sha256 = ?", (sha256,))
        if row is not None:  # which claims it speaks of is found anew: a row may be set aside now
            self._db.execute("DELETE FROM reading WHERE load_id = ?", (row[0],))
            return int(row[0]), True
        return self._number("INSERT INTO load (sha256, at) VALUES (?, ?) RETURNING id", (sha256, at)), False

    def read_at(self, load: int) -> dt.datetime:
        """When a file was read first."""
        return dt.datetime.fromisoformat(self._row("SELECT at FROM load WHERE id = ?", (load,))[0])

    def already_read(self, sha256: str, today: dt.date) -> KnownLoad | None:
        """A file of which every row was taken in that its rules and activities take in, and whose claims are all
        still on record and stay there today: by these it would change nothing to read it again. None for any
        other."""
        row = self._row(
            "SELECT id, rows, catalog, read_as FROM load WHERE sha256 = ?1 AND catalog <> '' AND claims ="
            " (SELECT count(*) FROM reading r JOIN claim c ON c.id = r.claim_id WHERE r.load_id = load.id"
            " AND c.kept_until >= ?2 AND c.erased = 0)",
            (sha256, today.isoformat()),
        )
        return KnownLoad(*row) if row else None

    def speaks_of(self, load: int, claim_ids: Iterable[int]) -> None:
        """The file has rows about these claims."""
        self._db.executemany(
            "INSERT INTO reading VALUES (?, ?) ON CONFLICT DO NOTHING", ((load, one) for one in claim_ids)
        )

    def finish(self, load: int, rows: int, judged_by: str, read_as: str) -> None:
        """The whole file was read. `judged_by`: empty where rows were set aside for what the ledger has;
        `read_as`: what is told of the file without opening it again, empty where it must be."""
        claims = self._number("SELECT count(*) FROM reading WHERE load_id = ?", (load,))
        self._db.execute(
            "UPDATE load SET rows = ?1, catalog = ?2, read_as = ?3, claims = ?5 WHERE id = ?4"
            " AND (rows, catalog, read_as, claims) IS NOT (?1, ?2, ?3, ?5)",
            (rows, judged_by, read_as, load, claims),
        )

    def newest(self) -> int:
        """The number of the file that was read last; 0 before the first."""
        return self._number("SELECT coalesce(max(id), 0) FROM load")
