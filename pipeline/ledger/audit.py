"""The audit trail: who did what to whom, when and why, as a chain of hashes that shows tampering.

The chain covers a salted digest of each detail, not the detail itself: when a person is forgotten the detail
and its salt go, and the chain can still be recomputed.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.ledger.table import Table

START = "0" * 64
# Entries name the record that they were about; the chain covers that, so it stays when records become one.
OF_ALL_RECORDS = "IN (SELECT ?1 UNION ALL SELECT id FROM former WHERE participant_id = ?1)"


@dataclass(frozen=True, slots=True)
class Deed:
    """One entry of the trail."""

    seq: int
    at: str  # UTC, ISO 8601
    actor: str
    action: str
    participant: int | None
    detail: str  # empty once forgotten


class Audit(Table):
    """The trail in one ledger. Nothing here updates an entry, but for forgetting its detail."""

    def write(
        self, at: str, actor: str, action: str, detail: str = "", participant: int | None = None
    ) -> None:
        """Append an entry; belongs in the transaction of the deed."""
        last = self._row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
        seq, before = (last["seq"] + 1, last["hash"]) if last else (1, START)
        salt = secrets.token_hex(16)
        digest = _digest(salt, detail)
        chained = _chain(before, seq, at, actor, action, participant, digest)
        self._db.execute(
            "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (seq, at, actor, action, participant, detail, salt, digest, chained),
        )

    def of(self, participant: int) -> list[Deed]:
        """What was done to one participant, oldest first."""
        rows = self._db.execute(
            "SELECT seq, at, actor, action, participant, coalesce(detail, '') FROM audit"
            f" WHERE participant {OF_ALL_RECORDS} ORDER BY seq",
            (participant,),
        )
        return [Deed(*row) for row in rows]

    def forget(self, participant: int) -> None:
        """Take the details of a participant who is gone out of the trail."""
        self._db.execute(
            f"UPDATE audit SET detail = NULL, salt = NULL WHERE participant {OF_ALL_RECORDS}", (participant,)
        )

    def faults(self) -> Iterator[str]:
        """Every entry that does not fit the chain, as a sentence."""
        before, expected = START, 1
        for row in self._db.execute("SELECT * FROM audit ORDER BY seq"):
            if row["seq"] != expected:
                yield f"audit entry {expected} is missing"
            chained = _chain(
                before, row["seq"], row["at"], row["actor"], row["action"], row["participant"], row["digest"]
            )
            if chained != row["hash"]:
                yield f"audit entry {row['seq']} does not fit the one before it"
            if row["salt"] is not None and _digest(row["salt"], row["detail"]) != row["digest"]:
                yield f"audit entry {row['seq']} was changed after it was written"
            before, expected = row["hash"], row["seq"] + 1


def _digest(salt: str, detail: str) -> str:
    return hashlib.sha256(f"{salt}{detail}".encode()).hexdigest()


def _chain(before: str, *fields: object) -> str:
    return hashlib.sha256(json.dumps([before, *fields]).encode()).hexdigest()
