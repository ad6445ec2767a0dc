"""Certificates withdrawn together, which can come back together: those of an activity, or of a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.ledger.table import LISTED, Table, listed
from pipeline.rules.certificates.activities import Kind

# Whether mail told a holder of this certificate; what was written into a folder counts, as staff may have sent it.
TOLD = (
    "EXISTS (SELECT 1 FROM mention m JOIN message g ON g.id = m.message_id WHERE m.certificate_id = x.id"
    " AND m.retired = 0 AND g.state IN ('sent', 'unknown', 'sending') AND g.occasion <> 'moved')"
)
SUBJECT = f"SELECT x.id, x.number, x.participant_id, x.kind, {TOLD} AS told FROM certificate_and_claim x"


@dataclass(frozen=True, slots=True)
class StandingSubject:
    """A certificate that is to be withdrawn or reinstated together with others."""

    id: int
    number: str
    participant_id: int
    kind: Kind
    told: bool  # mail told its holder of it


class Withdrawals(Table):
    """The table withdrawal, and the certificates that each took."""

    def of_activity(self, activity: str) -> list[StandingSubject]:
        """The certificates of an activity that count."""
        return self._subjects("x.activity = ? AND x.current > 0 AND x.is_live", (activity,))

    def is_known(self, activity: str) -> bool:
        """Whether anything of an activity is on record."""
        return self._row("SELECT 1 FROM claim WHERE activity = ? LIMIT 1", (activity,)) is not None

    def taken(self, withdrawal: int) -> list[StandingSubject]:
        """The certificates that this withdrawal took and nobody has reinstated."""
        return self._subjects("x.withdrawal_id = ? AND x.standing = 'withdrawn'", (withdrawal,))

    def open_ones(self, activity: str) -> list[int]:
        """Withdrawals of a whole activity of which some certificate is withdrawn still, the newest first."""
        rows = self._db.execute(
            "SELECT id FROM withdrawal w WHERE activity = ? AND run_id IS NULL AND EXISTS (SELECT 1"
            " FROM certificate x WHERE x.withdrawal_id = w.id AND x.standing = 'withdrawn') ORDER BY id DESC",
            (activity,),
        )
        return [row[0] for row in rows]

    def has_credit(self, certificate_id: int) -> bool:
        """Whether the claim on record still has the credit that this certificate is for, if it is for any."""
        row = self._row("SELECT kind, cme FROM certificate_and_claim WHERE id = ?", (certificate_id,))
        return not Kind(row["kind"]).is_credit or bool(Decimal(row["cme"]))

    def in_its_place(self, certificate_id: int) -> str:
        """The number of the certificate that counts where this one would, if it is valid again; empty where there
        is none: of one claim count one certificate of credit and one of participation."""
        participation = Kind.PARTICIPATION.value
        row = self._row(
            "SELECT y.number FROM certificate x JOIN certificate y ON y.claim_id = x.claim_id AND y.id <> x.id"
            " WHERE x.id = ?1 AND y.current > 0 AND y.standing IN ('valid', 'corrected')"
            " AND (x.kind = ?2) = (y.kind = ?2)",
            (certificate_id, participation),
        )
        return row[0] if row else ""

    def take_word(self, certificate_id: int) -> None:
        """Staff say that a certificate is right which went with its run: its claim is one like any other, and
        what else of it was withdrawn then stays so."""
        claim = "(SELECT claim_id FROM certificate WHERE id = ?)"
        self._db.execute(f"UPDATE claim SET undone = '' WHERE id = {claim}", (certificate_id,))
        self._db.execute(
            f"UPDATE certificate SET withdrawal_id = NULL WHERE claim_id = {claim} AND withdrawal_id IN"
            " (SELECT id FROM withdrawal WHERE run_id IS NOT NULL)",
            (certificate_id,),
        )

    def withdraw(
        self,
        ids: Sequence[int],
        at: str,
        today: dt.date,
        reason: str,
        activity: str = "",
        run: int | None = None,
    ) -> None:
        """Withdraw these certificates together: those of an activity, or of a run."""
        withdrawal = self._number(
            "INSERT INTO withdrawal (at, activity, run_id) VALUES (?, ?, ?) RETURNING id", (at, activity, run)
        )
        self._db.execute(
            "UPDATE certificate SET standing = 'withdrawn', changed_on = ?, reason = ?, removed = 0,"
            f" withdrawal_id = ? WHERE id {LISTED}",
            (today.isoformat(), reason, withdrawal, listed(ids)),
        )

    def _subjects(self, which: str, values: Sequence[object]) -> list[StandingSubject]:
        rows = self._db.execute(f"{SUBJECT} WHERE {which} ORDER BY x.id", values)
        return [StandingSubject(row[0], row[1], row[2], Kind(row[3]), bool(row[4])) for row in rows]
