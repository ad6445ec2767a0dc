"""Certificates and their versions: planned, rendered, corrected, replaced, withdrawn."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import ClaimContent, Facts, HolderName, Standing
from pipeline.rules.certificates.plan import CertificateOnRecord

# The part of the facts that all certificates of one activity and kind share.
SHARED = (
    "activity",
    "title",
    "format",
    "location",
    "start",
    "end",
    "abim_type",
    "pars_id",
    "accreditation",
    "designation",
    "abim_statement",
    "abp_statement",
)

FACTS = """
    SELECT x.id, x.number, x.kind, x.replaces, x.standing, x.issued_on, x.current, x.changed_on, x.reason AS why,
           x.replaced_by, v.*, e.facts, x.participant_id, x.download_until, x.reopened_until
    FROM certificate_and_claim x
    JOIN version v ON v.certificate_id = x.id JOIN edition e ON e.id = v.edition_id
"""
NEWEST = "v.version = (SELECT max(version) FROM version WHERE certificate_id = x.id)"


@dataclass(frozen=True, slots=True)
class Pending:
    """A version that is planned and not rendered yet."""

    certificate_id: int
    version: int
    facts: Facts
    replaces: int | None = None  # id of the certificate that this one takes the place of
    reason: str = ""  # of a correction
    participant_id: int = 0


class Certificates:
    """The tables certificate, version and edition."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._editions: dict[tuple[object, ...], int] = {}  # within one transaction

    def of_claim(self, claim_id: int) -> list[CertificateOnRecord]:
        """The claim's certificates, each with what its newest version, rendered or planned, says."""
        rows = self._db.execute(
            "SELECT x.id, x.kind, x.standing, x.current, v.* FROM certificate x"
            " JOIN version v ON v.certificate_id = x.id WHERE x.claim_id = ?"
            " AND v.version = (SELECT max(version) FROM version WHERE certificate_id = x.id) ORDER BY x.id",
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
        cursor = self._db.execute(
            "INSERT INTO certificate (claim_id, number, kind, issued_on, replaces) VALUES (?, ?, ?, ?, ?)",
            (claim_id, facts.number, facts.kind.value, facts.issued_on.isoformat(), replaces),
        )
        assert cursor.lastrowid is not None  # noqa: S101 - sqlite3 says so after an insert
        self._insert_version(cursor.lastrowid, 1, facts, facts.issued_on, "")
        return cursor.lastrowid

    def plan_version(self, certificate_id: int, facts: Facts, made_on: dt.date, reason: str) -> None:
        """A further version; one that was planned before and never rendered gives way."""
        self._db.execute("DELETE FROM version WHERE certificate_id = ? AND sha256 IS NULL", (certificate_id,))
        newest = self._db.execute(
            "SELECT max(version) FROM version WHERE certificate_id = ?", (certificate_id,)
        ).fetchone()[0]
        self._insert_version(certificate_id, (newest or 0) + 1, facts, made_on, reason)

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
        row = self._db.execute(FACTS + f"WHERE x.id = ? AND {NEWEST}", (certificate_id,)).fetchone()
        return read_facts(row)

    def date_pending(self, today: dt.date) -> None:
        """First versions that wait since an earlier day are issued on the day they are made."""
        day = today.isoformat()
        self._db.execute("UPDATE version SET made_on = ?1 WHERE sha256 IS NULL AND made_on <> ?1", (day,))
        self._db.execute(
            "UPDATE certificate SET issued_on = ?1 WHERE current = 0 AND issued_on <> ?1"
            " AND id IN (SELECT certificate_id FROM version WHERE sha256 IS NULL)",
            (day,),
        )

    def pending(self, limit: int, after: tuple[int, int] = (0, 0)) -> list[Pending]:
        """The next planned versions in order of certificate id, beyond `after` (certificate id, version)."""
        rows = self._db.execute(
            FACTS + "WHERE v.sha256 IS NULL AND (x.id, v.version) > (?, ?) ORDER BY x.id, v.version LIMIT ?",
            (*after, limit),
        )
        return [
            Pending(
                row["id"],
                row["version"],
                read_facts(row),
                row["replaces"],
                participant_id=row["participant_id"],
            )
            for row in rows
        ]

    def pending_count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM version WHERE sha256 IS NULL").fetchone()[0])

    def rendered(self, pending: Pending, sha256: str, size: int) -> int:
        """A version lies in the vault: it is issued now. Returns how many certificates it replaced."""
        key = (pending.certificate_id, pending.version)
        made = self._db.execute(
            "UPDATE version SET sha256 = ?, size = ?, problem = '' WHERE certificate_id = ? AND version = ?"
            " RETURNING made_on, reason",
            (sha256, size, *key),
        ).fetchone()
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
        self._db.execute(
            "UPDATE participant SET revision = revision + 1 WHERE id ="
            " (SELECT participant_id FROM certificate_and_claim WHERE id = ?)",
            (pending.certificate_id,),
        )

    def withdraw(self, certificate_id: int, today: dt.date, reason: str, removed: bool = False) -> None:
        """It is not valid any more; `removed`: a file took its credit or attendance away, staff did not ask."""
        self._db.execute(
            "UPDATE certificate SET standing = 'withdrawn', changed_on = ?, reason = ?, removed = ? WHERE id = ?",
            (today.isoformat(), reason, removed, certificate_id),
        )

    def has_credit(self, certificate_id: int) -> bool:
        """Whether the claim on record still has the credit that this certificate is for, if it is for any."""
        row = self._db.execute(
            "SELECT kind, cme FROM certificate_and_claim WHERE id = ?", (certificate_id,)
        ).fetchone()
        return not Kind(row["kind"]).is_credit or bool(Decimal(row["cme"]))

    def reinstate(self, certificate_id: int) -> None:
        """What it was before it was withdrawn: valid, or corrected on the day and for the reason of its version."""
        made = self._db.execute(
            "SELECT made_on, reason FROM version WHERE certificate_id = ? AND reason <> ''"
            " AND sha256 IS NOT NULL ORDER BY version DESC LIMIT 1",
            (certificate_id,),
        ).fetchone()
        standing = Standing.CORRECTED if made else Standing.VALID
        changed_on, reason = tuple(made) if made else (None, "")
        self._db.execute(
            "UPDATE certificate SET standing = ?, changed_on = ?, reason = ?, removed = 0 WHERE id = ?",
            (standing.value, changed_on, reason, certificate_id),
        )

    def by_number(self, number: str) -> tuple[int, int, Standing] | None:
        """Certificate id, participant id and standing of an issued certificate."""
        row = self._db.execute(
            "SELECT id, participant_id, standing FROM certificate_and_claim WHERE number = ? AND current > 0",
            (number,),
        ).fetchone()
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

    def digests(self) -> Iterator[tuple[str, int]]:
        """(SHA-256, size) of every version in the vault."""
        rows = self._db.execute("SELECT DISTINCT sha256, size FROM version WHERE sha256 IS NOT NULL")
        return ((row[0], row[1]) for row in rows)

    def stored(self) -> set[str]:
        """SHA-256 of every version in the vault: names alone, fast enough for every run."""
        rows = self._db.execute("SELECT DISTINCT sha256 FROM version WHERE sha256 IS NOT NULL")
        return {row[0] for row in rows}

    def current(self, activity: str | None, after: int, limit: int) -> list[Pending]:
        """Issued certificates, for a deliberate reissue; by id beyond `after`.

        In their newest version: a correction that was planned and not rendered yet must not be lost by it.
        """
        rows = self._db.execute(
            FACTS + f"WHERE {NEWEST} AND x.current > 0 AND x.id > ? AND x.activity = coalesce(?, x.activity)"
            " AND x.is_live ORDER BY x.id LIMIT ?",
            (after, activity, limit),
        )
        return [
            Pending(
                row["id"],
                row["version"],
                read_facts(row),
                reason="" if row["version"] == row["current"] else row["reason"],
            )
            for row in rows
        ]

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
        shared: dict[str, str | None] = {}
        for name in SHARED:
            value = getattr(facts, name)
            shared[name] = value.isoformat() if isinstance(value, dt.date) else value
        shared["verify_base"] = base
        text = json.dumps(shared, ensure_ascii=False, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        known = self._db.execute("SELECT id FROM edition WHERE digest = ?", (digest,)).fetchone()
        if known is None:
            known = self._db.execute(
                "INSERT INTO edition (digest, facts) VALUES (?, ?) RETURNING id", (digest, text)
            ).fetchone()
        return int(known[0])


_SHARED_FACTS: dict[str, dict[str, object]] = {}


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
        **{name: shared[name] for name in SHARED},  # type: ignore[arg-type]
    )


def _shared(text: str) -> dict[str, object]:
    """An edition's JSON, read once: few editions, many certificates."""
    known = _SHARED_FACTS.get(text)
    if known is None:
        known = json.loads(text)
        for name in ("start", "end"):
            known[name] = _date(known[name])
        if len(_SHARED_FACTS) > 1000:
            _SHARED_FACTS.clear()
        _SHARED_FACTS[text] = known
    return known


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
