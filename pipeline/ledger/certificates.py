"""Certificates and their versions: planned, rendered, corrected, replaced, withdrawn."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import lru_cache
from typing import Any

from pipeline.ledger.table import LISTED, Table, listed
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import ClaimContent, Facts, HolderName, Standing
from pipeline.rules.certificates.plan import CertificateOnRecord

# What each certificate states of itself; all other facts are those of every one of its activity and kind.
OWN = {
    *("number", "kind", "name", "credentials", "completed_on", "cme", "abim", "abp"),
    *("issued_on", "kept_until", "version", "corrected_on"),
}
SHARED = tuple(one.name for one in fields(Facts) if one.name not in OWN | {"verify_url"})

FACTS = """
    SELECT x.id, x.number, x.kind, x.replaces, x.standing, x.issued_on, x.current, x.changed_on, x.reason AS why,
           x.replaced_by, v.*, e.facts, x.participant_id, x.activity, x.download_until,
           x.reopened_until,
           CASE WHEN v.version > 1 THEN (SELECT w.made_on FROM version w WHERE w.certificate_id = x.id
               AND w.version BETWEEN 2 AND v.version AND w.reason <> '' ORDER BY w.version DESC LIMIT 1)
           END AS corrected_on
    FROM certificate_and_claim x
    JOIN version v ON v.certificate_id = x.id JOIN edition e ON e.id = v.edition_id
"""
PORTION = 2000  # rows read at a time
NEWEST = "v.version = (SELECT max(version) FROM version WHERE certificate_id = x.id)"


@dataclass(frozen=True, slots=True)
class Pending:
    """A version that is planned and not rendered yet; of what is made anew, the newest there is."""

    certificate_id: int
    version: int
    facts: Facts
    replaces: int | None  # id of the certificate that this one takes the place of
    reason: str  # of a correction that is not rendered yet
    participant_id: int


class Certificates(Table):
    """The tables certificate, version and edition."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._editions: dict[tuple[object, ...], int] = {}  # within one transaction

    def of_claim(self, claim_id: int) -> list[CertificateOnRecord]:
        """The claim's certificates, each with what its newest version, rendered or planned, says."""
        rows = self._db.execute(
            "SELECT x.id, x.kind, x.standing, x.current, v.* FROM certificate x"
            f" JOIN version v ON v.certificate_id = x.id WHERE x.claim_id = ? AND {NEWEST}"
            # what a run had issued that was undone is as though it had never been
            " AND NOT EXISTS (SELECT 1 FROM withdrawal w WHERE w.id = x.withdrawal_id AND w.run_id IS NOT NULL)"
            " ORDER BY x.id",
            (claim_id,),
        )
        return [
            CertificateOnRecord(
                id=row["id"],
                kind=Kind(row["kind"]),
                standing=Standing(row["standing"]),
                issued=row["current"] > 0,
                holder=HolderName(row["name"], row["credentials"]),
                stated=ClaimContent(
                    completed_on=_date(row["completed_on"]),
                    cme=Decimal(row["cme"]),
                    abim=Decimal(row["abim"]),
                    abp=Decimal(row["abp"]),
                ),
            )
            for row in rows
        ]

    def plan(self, claim_id: int, facts: Facts, replaces: int | None = None) -> int:
        """A certificate to be issued; its id."""
        certificate = self._number(
            "INSERT INTO certificate (claim_id, number, kind, issued_on, replaces) VALUES (?, ?, ?, ?, ?) RETURNING id",
            (claim_id, facts.number, facts.kind.value, facts.issued_on.isoformat(), replaces),
        )
        self._insert_version(certificate, 1, facts, facts.issued_on, "")
        return certificate

    def plan_version(self, certificate_id: int, facts: Facts, made_on: dt.date, reason: str) -> None:
        """A further version; one that was planned before and never rendered gives way."""
        self._db.execute("DELETE FROM version WHERE certificate_id = ? AND sha256 IS NULL", (certificate_id,))
        query = "SELECT coalesce(max(version), 0) + 1 FROM version WHERE certificate_id = ?"
        self._insert_version(certificate_id, self._number(query, (certificate_id,)), facts, made_on, reason)

    def _insert_version(
        self, certificate_id: int, version: int, facts: Facts, made_on: dt.date, reason: str
    ) -> None:
        self._db.execute(
            "INSERT INTO version (certificate_id, version, edition_id, name, credentials, completed_on, cme,"
            " abim, abp, kept_until, made_on, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                certificate_id,
                version,
                self._edition(facts),
                facts.name,
                facts.credentials,
                facts.completed_on.isoformat() if facts.completed_on else None,
                str(facts.cme),
                str(facts.abim),
                str(facts.abp),
                facts.kept_until.isoformat(),
                made_on.isoformat(),
                reason,
            ),
        )

    def drop(self, certificate_id: int) -> None:
        """Forget a certificate that was planned and never issued."""
        self._db.execute("DELETE FROM certificate WHERE id = ? AND current = 0", (certificate_id,))

    def stated(self, certificate_id: int) -> Facts:
        """What a certificate states in its newest version, rendered or not."""
        return read_facts(self._row(FACTS + f"WHERE x.id = ? AND {NEWEST}", (certificate_id,)))

    def former(self, certificate_id: int) -> str:
        """The SHA-256 of a certificate's newest version in the vault; empty where none was issued."""
        row = self._row(
            "SELECT sha256 FROM version WHERE certificate_id = ? AND sha256 <> '' ORDER BY version DESC LIMIT 1",
            (certificate_id,),
        )
        return str(row[0]) if row else ""

    def date_pending(self, today: dt.date) -> None:
        """First versions that wait since an earlier day are issued on the day they are made."""
        day = today.isoformat()
        self._db.execute("UPDATE version SET made_on = ?1 WHERE sha256 IS NULL AND made_on <> ?1", (day,))
        self._db.execute(
            "UPDATE certificate SET issued_on = ?1 WHERE current = 0 AND issued_on <> ?1"
            " AND id IN (SELECT certificate_id FROM version WHERE sha256 IS NULL)",
            (day,),
        )

    def pending(self) -> Iterator[Pending]:
        """The planned versions in order of certificate id; they may be rendered on the way."""
        return self._portions("v.sha256 IS NULL", ())

    def current(self, activity: str | None) -> Iterator[Pending]:
        """Issued certificates that count, for a deliberate reissue; further versions may be planned on the way.

        In their newest version: a correction that was planned and not rendered yet must not be lost by it.
        """
        which = f"{NEWEST} AND x.current > 0 AND x.is_live AND x.activity = coalesce(?, x.activity)"
        return self._portions(which, (activity,))

    def _portions(self, which: str, values: tuple[object, ...]) -> Iterator[Pending]:
        """One version a certificate, read in portions: memory stays flat, no query is open while others write."""
        after = 0
        query = f"{FACTS} WHERE {which} AND v.certificate_id > ? ORDER BY v.certificate_id LIMIT {PORTION}"
        while rows := self._db.execute(query, (*values, after)).fetchall():
            for row in rows:
                reason = "" if row["version"] == row["current"] else row["reason"]
                yield Pending(
                    row["id"], row["version"], read_facts(row), row["replaces"], reason, row["participant_id"]
                )
            after = rows[-1]["id"]

    def pending_count(self) -> int:
        return self._number("SELECT count(*) FROM version WHERE sha256 IS NULL")

    def rendered(self, pending: Pending, sha256: str, size: int, run: int | None = None) -> int:
        """A version lies in the vault: it is issued now, by this run if by one. What a command makes that a killed
        run had planned is that one's. Returns how many certificates it replaced."""
        brought = (
            "SELECT c.run_id FROM certificate x JOIN claim c ON c.id = x.claim_id"
            " WHERE x.id = certificate_id AND version = 1"
        )
        made = self._row(
            f"UPDATE version SET sha256 = ?, size = ?, run_id = coalesce(?, ({brought})), problem = ''"
            " WHERE certificate_id = ? AND version = ? RETURNING made_on, reason",
            (sha256, size, run, pending.certificate_id, pending.version),
        )
        if pending.version > 1:
            self._db.execute(
                "UPDATE certificate SET current = ? WHERE id = ?", (pending.version, pending.certificate_id)
            )
            if made["reason"]:  # a reissue in another design has none: nothing was corrected
                self._db.execute(
                    "UPDATE certificate SET changed_on = ?, reason = ?,"
                    " standing = CASE standing WHEN 'valid' THEN 'corrected' ELSE standing END WHERE id = ?",
                    (made["made_on"], made["reason"], pending.certificate_id),
                )
            return 0
        self._db.execute("UPDATE certificate SET current = 1 WHERE id = ?", (pending.certificate_id,))
        if pending.replaces is None:
            return 0
        cursor = self._db.execute(
            "UPDATE certificate SET standing = 'replaced', replaced_by = ?, changed_on = ?, reason = ''"
            " WHERE id = ?",
            (pending.facts.number, made["made_on"], pending.replaces),
        )
        return cursor.rowcount

    def failed(self, pending: Pending, problem: str) -> None:
        """A version that could not be made; it is tried again in every run."""
        self._db.execute(
            "UPDATE version SET problem = ? WHERE certificate_id = ? AND version = ?",
            (problem, pending.certificate_id, pending.version),
        )

    def withdraw(self, certificate_id: int, today: dt.date, reason: str, removed: bool = False) -> None:
        """It is not valid any more; `removed`: a file took its credit or attendance away, staff did not ask."""
        self._db.execute(
            "UPDATE certificate SET standing = 'withdrawn', changed_on = ?, reason = ?, removed = ?,"
            " withdrawal_id = NULL WHERE id = ?",
            (today.isoformat(), reason, removed, certificate_id),
        )

    def reinstate(self, certificate_id: int) -> None:
        """What it was before it was withdrawn: valid, or corrected on the day and for the reason of its version."""
        made = self._row(
            "SELECT made_on, reason FROM version WHERE certificate_id = ? AND reason <> ''"
            " AND sha256 IS NOT NULL ORDER BY version DESC LIMIT 1",
            (certificate_id,),
        )
        standing = Standing.CORRECTED if made else Standing.VALID
        changed_on, reason = tuple(made) if made else (None, "")
        self._db.execute(
            "UPDATE certificate SET standing = ?, changed_on = ?, reason = ?, removed = 0, replaced_by = '',"
            " withdrawal_id = NULL WHERE id = ?",
            (standing.value, changed_on, reason, certificate_id),
        )

    def by_number(self, number: str) -> tuple[int, int, Standing] | None:
        """Certificate id, participant id and standing of an issued certificate."""
        row = self._row(
            "SELECT id, participant_id, standing FROM certificate_and_claim WHERE number = ? AND current > 0",
            (number,),
        )
        return (row[0], row[1], Standing(row[2])) if row else None

    def of_person(self, participant_id: int, activity: str | None) -> list[int]:
        """Ids of a participant's certificates that are issued and valid, of one activity or all."""
        rows = self._db.execute(
            "SELECT id FROM certificate_and_claim WHERE participant_id = ?"
            " AND activity = coalesce(?, activity) AND current > 0 AND is_live ORDER BY id",
            (participant_id, activity),
        )
        return [row[0] for row in rows]

    def explain_pending(self, participant_id: int, reason: str) -> None:
        """Give the participant's planned corrections the reason that staff gave."""
        self._db.execute(
            "UPDATE version SET reason = ? WHERE sha256 IS NULL AND version > 1 AND certificate_id IN"
            " (SELECT id FROM certificate_and_claim WHERE participant_id = ?)",
            (reason, participant_id),
        )

    def problems(self) -> list[tuple[str, str, str]]:
        """(name, activity, reason) of every version that could not be made."""
        rows = self._db.execute(
            "SELECT v.name, x.activity, v.problem FROM version v JOIN certificate_and_claim x"
            " ON x.id = v.certificate_id WHERE v.problem <> '' AND v.sha256 IS NULL"
        )
        return [tuple(row) for row in rows]

    def digests(self, beginning: str = "") -> dict[str, int]:
        """Sizes in bytes by SHA-256, of every version in the vault or of those whose SHA-256 begins so."""
        query = "SELECT sha256, size FROM version WHERE sha256 >= ?1 AND sha256 < ?1 || 'g'"
        return dict(self._db.execute(query, (beginning,)).fetchall())

    def stored(self) -> int:
        """How many PDFs are in the vault."""
        return self._number("SELECT count(DISTINCT sha256) FROM version")

    def is_stored(self, sha256: str) -> bool:
        """Whether a version in the vault has this SHA-256."""
        return self._row("SELECT 1 FROM version WHERE sha256 = ?", (sha256,)) is not None

    def is_unsized(self, sha256: str) -> bool:
        """Whether the size of this PDF is not known: a page told of it, and it was nowhere."""
        return self._row("SELECT 1 FROM version WHERE sha256 = ? AND size = 0", (sha256,)) is not None

    def note_size(self, sha256: str, size: int) -> None:
        """The bytes of this PDF, now that it is there."""
        self._db.execute("UPDATE version SET size = ? WHERE sha256 = ?", (size, sha256))

    def stating(self, digests: Iterable[str]) -> Iterator[tuple[Facts, int]]:
        """What the versions of these SHA-256 state, and which versions they are."""
        rows = self._db.execute(f"{FACTS} WHERE v.sha256 {LISTED} GROUP BY v.sha256", (listed(digests),))
        return ((read_facts(row), row["version"]) for row in rows.fetchall())

    def _edition(self, facts: Facts) -> int:
        base = facts.verify_url.removesuffix(f"{facts.number}/")
        key = (base, *(getattr(facts, name) for name in SHARED))
        if key not in self._editions:
            self._editions[key] = self._store_edition(facts, base)
        return self._editions[key]

    def forget_editions(self) -> None:
        """A transaction begins: what an earlier one stored may have been rolled back or deleted."""
        self._editions.clear()

    def _store_edition(self, facts: Facts, base: str) -> int:
        shared = {name: getattr(facts, name) for name in SHARED} | {"verify_base": base}
        text = json.dumps(shared, ensure_ascii=False, sort_keys=True, default=str)  # str: dates in ISO 8601
        digest = hashlib.sha256(text.encode()).hexdigest()
        known = self._row("SELECT id FROM edition WHERE digest = ?", (digest,))
        if known is not None:
            return int(known[0])
        return self._number("INSERT INTO edition (digest, facts) VALUES (?, ?) RETURNING id", (digest, text))


def read_facts(row: sqlite3.Row) -> Facts:
    """The facts of a row of the FACTS query."""
    shared = _shared(row["facts"])
    return Facts(
        number=row["number"],
        kind=Kind(row["kind"]),
        name=row["name"],
        credentials=row["credentials"],
        completed_on=_date(row["completed_on"]),
        cme=Decimal(row["cme"]),
        abim=Decimal(row["abim"]),
        abp=Decimal(row["abp"]),
        issued_on=dt.date.fromisoformat(row["issued_on"]),
        kept_until=dt.date.fromisoformat(row["kept_until"]),
        verify_url=f"{shared['verify_base']}{row['number']}/",
        version=row["version"],
        corrected_on=_date(row["corrected_on"]),
        **{name: shared[name] for name in SHARED},
    )


@lru_cache(1000)
def _shared(text: str) -> dict[str, Any]:
    """An edition's JSON, read once: few editions, many certificates."""
    shared: dict[str, Any] = json.loads(text)
    return shared | {name: _date(shared[name]) for name in ("start", "end")}


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
