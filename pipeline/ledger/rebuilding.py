"""What pages tell is taken back into a ledger that does not know it: the ledger was lost, or is a backup."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pipeline.ledger.certificates import Certificates, Pending
from pipeline.ledger.table import Table
from pipeline.rules.certificates.awards import Facts, Standing

REMOVED = ("credit removed", "attendance removed")  # what a claims file withdraws for


@dataclass(frozen=True, slots=True)
class KnownCertificate:
    """What the ledger knows of a certificate number."""

    certificate_id: int
    participant_id: int
    standing: Standing
    reason: str
    digests: tuple[str, ...]  # of the versions that lie in the vault


class Rebuilding(Table):
    """Certificates as they were issued, put on record under the numbers they have."""

    def known(self) -> dict[str, KnownCertificate]:
        """Every certificate on record, by number."""
        rows = self._db.execute(
            "SELECT number, id, participant_id, standing, reason, (SELECT group_concat(sha256, ' ') FROM"
            " (SELECT sha256 FROM version WHERE certificate_id = x.id AND sha256 IS NOT NULL ORDER BY version))"
            " FROM certificate_and_claim x"
        )
        return {
            number: KnownCertificate(one, whose, Standing(standing), reason, tuple((digests or "").split()))
            for number, one, whose, standing, reason, digests in rows
        }

    def people_at(self, token: str) -> set[int]:
        """Whose page it is, or whose page it leads to: one, or nobody's."""
        rows = self._db.execute(
            "SELECT id FROM participant WHERE token = ?1 UNION ALL"
            " SELECT participant_id FROM former WHERE token = ?1",
            (token,),
        )
        return {row[0] for row in rows}

    def message_ids(self) -> set[str]:
        """Of every message on record."""
        return {row[0] for row in self._db.execute("SELECT message_id FROM message")}

    def told_by(self, certificate_id: int) -> int | None:
        """The message that tells of the certificate."""
        query = (
            "SELECT max(message_id) FROM mention WHERE certificate_id = ? AND event = 'new' AND retired = 0"
        )
        row = self._row(query, (certificate_id,))
        return row[0] if row else None

    def is_told_corrected(self, certificate_id: int, version: int) -> bool:
        """Whether a message tells that this version is a correction of the certificate."""
        return bool(
            self._number(
                "SELECT EXISTS (SELECT 1 FROM mention WHERE certificate_id = ? AND version = ?"
                " AND event = 'corrected' AND retired = 0)",
                (certificate_id, version),
            )
        )

    def number_of(self, participant_id: int) -> str:
        """The number of a certificate of theirs, by which staff can name them; empty without one."""
        query = "SELECT number FROM certificate_and_claim WHERE participant_id = ? ORDER BY id LIMIT 1"
        row = self._row(query, (participant_id,))
        return row[0] if row else ""

    def newest_entry(self) -> dt.datetime | None:
        """When the newest entry of the audit trail was written; None before the first."""
        row = self._row("SELECT at FROM audit ORDER BY seq DESC LIMIT 1")
        return dt.datetime.fromisoformat(row[0]) if row else None

    def issued(self, claim_id: int, facts: Facts) -> int:
        """A certificate that was issued under this number; its versions follow. The id."""
        certificate = Certificates(self._db).plan(claim_id, facts)
        self._db.execute("DELETE FROM version WHERE certificate_id = ?", (certificate,))
        return certificate

    def add_version(
        self,
        certificate_id: int,
        participant_id: int,
        facts: Facts,
        made: tuple[dt.date, str],
        file: tuple[str, int],
    ) -> None:
        """Its next version. `made`: the day, and the reason of a correction; `file`: SHA-256 and bytes."""
        certificates = Certificates(self._db)
        certificates.plan_version(certificate_id, facts, *made)
        query = "SELECT max(version) FROM version WHERE certificate_id = ?"
        version = self._number(query, (certificate_id,))
        pending = Pending(certificate_id, version, facts, None, made[1], participant_id)
        certificates.rendered(pending, *file)

    def set_standing(
        self,
        certificate_id: int,
        standing: Standing,
        changed_on: dt.date | None,
        reason: str,
        replaced_by: str,
    ) -> None:
        """Whether it counts, since when and why."""
        self._db.execute(
            "UPDATE certificate SET standing = ?, changed_on = ?, reason = ?, replaced_by = ?, removed = ? WHERE id = ?",
            (
                standing.value,
                changed_on.isoformat() if changed_on else None,
                reason,
                replaced_by,
                standing is Standing.WITHDRAWN and reason in REMOVED,
                certificate_id,
            ),
        )

    def join_replaced(self) -> None:
        """A certificate that took the place of another names it."""
        self._db.execute(
            "UPDATE certificate SET replaces = (SELECT old.id FROM certificate old WHERE old.replaced_by = certificate.number)"
            " WHERE replaces IS NULL AND number IN (SELECT replaced_by FROM certificate WHERE replaced_by <> '')"
        )
