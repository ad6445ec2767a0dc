"""What a run brought and issued, and its undoing: the claims of a run out, what is decided for each in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.ledger.audit import Audit
from pipeline.ledger.claims import Claims
from pipeline.ledger.people import People
from pipeline.ledger.table import LISTED, Table, listed
from pipeline.ledger.withdrawals import TOLD
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Standing
from pipeline.rules.certificates.undo import ClaimUndo, RunCertificate, RunClaim, Undone
from pipeline.rules.places import VERIFICATIONS, page_of, verification_of

# Claims for which a run issued something, that it brought, or that it changed.
OF_RUN = """
    SELECT x.claim_id FROM version v JOIN certificate x ON x.id = v.certificate_id
        WHERE v.run_id = :run AND v.version = 1
    UNION SELECT id FROM claim WHERE run_id = :run
    UNION SELECT claim_id FROM claim_before WHERE run_id = :run
"""
# The run changed it, and neither that run nor a later one has made a certificate of it since.
CHANGED = """
    c.undone = '' AND EXISTS (SELECT 1 FROM claim_before b WHERE b.claim_id = c.id AND b.run_id = :run)
    AND NOT EXISTS (SELECT 1 FROM certificate x JOIN version v ON v.certificate_id = x.id
        WHERE x.claim_id = c.id AND v.run_id >= :run)
"""
# The same bytes given once more say nothing new; a later run that was undone itself counts for nothing.
LATER = """
    EXISTS (SELECT 1 FROM reading r JOIN run_file f ON f.load_id = r.load_id JOIN run n ON n.id = f.run_id
        WHERE r.claim_id = c.id AND f.run_id > :run AND n.undone_at IS NULL
        AND r.load_id NOT IN (SELECT load_id FROM run_file WHERE run_id = :run AND load_id IS NOT NULL))
"""
TOLD_OF_CLAIM = (
    "EXISTS (SELECT 1 FROM claim_mention m JOIN message g ON g.id = m.message_id WHERE m.claim_id = c.id"
    " AND m.retired = 0 AND g.state IN ('sent', 'unknown', 'sending'))"
)
# Whether anybody may have seen it: sent to the web host, proved or not; without a host, built; told to a board;
# taken out by staff, as they have written a file of certificates since that run began, or left at a former host.
SHOWN = f"""
    (EXISTS (SELECT 1 FROM published l WHERE l.path = '{VERIFICATIONS}/' || x.number)
    OR (:target = '' AND EXISTS (SELECT 1 FROM page g WHERE g.path = '{VERIFICATIONS}/' || x.number))
    OR EXISTS (SELECT 1 FROM reported b WHERE b.certificate_id = x.id)
    OR EXISTS (SELECT 1 FROM audit WHERE action IN ('export', 'transcript', 'leave-old-host')
        AND at >= (SELECT begun_at FROM run WHERE id = :run)))
"""
SAID = "attended, completed_on, cme, abim, abp, met"
RESTORED = f"{SAID}, said_load, activity_date"


@dataclass
class GoneOfRun:
    """What is no more in the ledger after an undoing, and must go elsewhere."""

    pages: list[str] = field(default_factory=list)
    people: set[int] = field(default_factory=set)  # of whom nothing is left


class Undoing(Table):
    """The tables claim_before and taken_back, and what a run left in the others."""

    def claims(self, run: int, target: str) -> list[RunClaim]:
        """The claims that the run had a part in. `target`: the web host, empty where there is none."""
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS of_run (claim_id INTEGER PRIMARY KEY)")
        self._db.execute("DELETE FROM of_run")
        self._db.execute(f"INSERT INTO of_run {OF_RUN}", {"run": run})
        certificates: dict[int, list[RunCertificate]] = {}
        for row in self._db.execute(
            "SELECT x.claim_id, x.id, x.participant_id, x.number, x.kind, x.standing, x.current,"
            " EXISTS (SELECT 1 FROM version v WHERE v.certificate_id = x.id AND v.version = 1"
            f" AND v.run_id = :run) AS by_run, {TOLD} AS told, {SHOWN} AS shown, x.replaces FROM of_run o"
            " JOIN certificate_and_claim x ON x.claim_id = o.claim_id ORDER BY x.id",
            {"run": run, "target": target},
        ):
            certificates.setdefault(row["claim_id"], []).append(
                RunCertificate(
                    id=row["id"],
                    participant_id=row["participant_id"],
                    number=row["number"],
                    kind=Kind(row["kind"]),
                    standing=Standing(row["standing"]),
                    is_issued=row["current"] > 0,
                    by_run=bool(row["by_run"]),
                    told=bool(row["told"]),
                    shown=bool(row["shown"]),
                    replaces=row["replaces"],
                )
            )
        rows = self._db.execute(
            f"SELECT c.id, c.participant_id, c.run_id IS :run AS added, {LATER} AS later,"
            f" {TOLD_OF_CLAIM} AS told, {CHANGED} AS changed, (SELECT count(*) FROM share s WHERE s.claim_id = c.id) > 1 AS joined"
            " FROM of_run o"
            " JOIN claim c ON c.id = o.claim_id WHERE c.undone = '' OR EXISTS (SELECT 1 FROM certificate x"
            " WHERE x.claim_id = c.id AND x.standing IN ('valid', 'corrected')) ORDER BY c.id",
            {"run": run},
        )
        return [
            RunClaim(
                id=row["id"],
                participant_id=row["participant_id"],
                added=bool(row["added"]),
                changed=bool(row["changed"]),
                later=bool(row["later"]),
                told=bool(row["told"]),
                joined=bool(row["joined"]),
                certificates=tuple(certificates.get(row["id"], ())),
            )
            for row in rows
        ]

    def corrected(self, run: int) -> int:
        """How many certificates that other runs had issued the run corrected, or made anew."""
        return self._number(
            "SELECT count(DISTINCT v.certificate_id) FROM version v WHERE v.run_id = ?1 AND v.version > 1"
            " AND NOT EXISTS (SELECT 1 FROM version f WHERE f.certificate_id = v.certificate_id"
            " AND f.version = 1 AND f.run_id = ?1)",
            (run,),
        )

    def carry_out(self, run: int, at: str, steps: Sequence[ClaimUndo]) -> GoneOfRun:
        """Do what was decided for each claim, but for withdrawing and restoring certificates. Belongs in a
        transaction."""
        taken = [one for step in steps for one in step.take_back]
        gone = GoneOfRun([verification_of(one.number) for one in taken if one.is_issued])
        self._take_back([one.id for one in taken])
        self._drop_planned([step.claim.id for step in steps])
        for becomes in (Undone.VOID, Undone.WAITS):
            self._mark(becomes, [one.claim.id for one in steps if one.becomes is becomes])
        self._restore(run, [one.claim.id for one in steps if one.becomes is Undone.WAITS])
        self._delete([one.claim for one in steps if one.is_deleted], gone)
        # Files that it read, or that speak of what it had only issued, are opened again, whoever gives them.
        self._db.execute(
            "UPDATE load SET catalog = '', read_as = '' WHERE id IN"
            " (SELECT load_id FROM run_file WHERE run_id = ?1 UNION ALL"
            f" SELECT load_id FROM reading WHERE claim_id {LISTED.replace('?', '?2')})",
            (run, listed(step.claim.id for step in steps)),
        )
        self._db.execute("UPDATE run SET undone_at = ? WHERE id = ?", (at, run))
        return gone

    def taken_back(self) -> list[str]:
        """The SHA-256 of PDFs that were taken back, and that the vault may have still."""
        return [row[0] for row in self._db.execute("SELECT sha256 FROM taken_back")]

    def vault_let_go(self) -> None:
        """The vault has none of these any more."""
        self._db.execute("DELETE FROM taken_back")

    def _take_back(self, ids: Sequence[int]) -> None:
        """They were never issued."""
        some = (listed(ids),)
        self._db.execute(
            "INSERT INTO taken_back SELECT DISTINCT sha256 FROM version"
            f" WHERE sha256 IS NOT NULL AND certificate_id {LISTED} ON CONFLICT DO NOTHING",
            some,
        )
        self._db.execute(f"UPDATE certificate SET replaces = NULL WHERE replaces {LISTED}", some)
        self._db.execute(f"DELETE FROM certificate WHERE id {LISTED}", some)
        self._db.execute(
            "DELETE FROM taken_back WHERE EXISTS (SELECT 1 FROM version v WHERE v.sha256 = taken_back.sha256)"
        )

    def _drop_planned(self, claims: Iterable[int]) -> None:
        """Corrections that were not made yet are planned anew, by what the claims say then."""
        self._db.execute(
            "DELETE FROM version WHERE sha256 IS NULL AND version > 1 AND certificate_id IN"
            f" (SELECT id FROM certificate WHERE claim_id {LISTED})",
            (listed(claims),),
        )

    def _mark(self, becomes: Undone, ids: Iterable[int]) -> None:
        some = list(ids)
        self._db.execute(
            f"UPDATE claim SET undone = ?, state = 'changed', missing = '', withheld = 0 WHERE id {LISTED}",
            (becomes.value, listed(some)),
        )
        if becomes is Undone.VOID:
            Claims(self._db).void_shares(some)

    def _restore(self, run: int, ids: Iterable[int]) -> None:
        """These claims say what they said before the run. None is of several records: see undo_claim."""
        some = list(ids)
        self._db.execute(
            f"UPDATE claim SET ({RESTORED}) = (SELECT {RESTORED} FROM claim_before b"
            f" WHERE b.run_id = ?1 AND b.claim_id = claim.id) WHERE id {LISTED.replace('?', '?2')}"
            " AND EXISTS (SELECT 1 FROM claim_before b WHERE b.run_id = ?1 AND b.claim_id = claim.id)",
            (run, listed(some)),
        )
        self._db.execute(
            f"UPDATE share SET ({SAID}) = (SELECT {SAID} FROM claim WHERE id = claim_id) WHERE claim_id {LISTED}",
            (listed(some),),
        )

    def _delete(self, claims: Sequence[RunClaim], gone: GoneOfRun) -> None:
        """Delete claims of which nothing is left, and people of whom nothing is left."""
        self._db.execute(f"DELETE FROM claim WHERE id {LISTED}", (listed(one.id for one in claims),))
        rows = self._db.execute(
            f"SELECT id FROM participant p WHERE id {LISTED}"
            " AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.participant_id = p.id)"
            " AND NOT EXISTS (SELECT 1 FROM message g WHERE g.participant_id = p.id"
            " AND g.state IN ('sent', 'unknown', 'sending'))",
            (listed({one.participant_id for one in claims}),),
        )
        for row in rows.fetchall():
            Audit(self._db).forget(row["id"])
            gone.pages += [page_of(link) for link in People(self._db).links(row["id"])]
            self._db.execute("DELETE FROM participant WHERE id = ?", (row["id"],))
            gone.people.add(row["id"])
