"""What files said before a later one said something else, so that an older file is known when it comes again."""

from __future__ import annotations

from pipeline.ledger.table import Table


class Superseded(Table):
    """The table superseded. `claim`: None for what is said of the person, as the name is."""

    def note(self, participant: int, claim: int | None, field: str, value: str) -> None:
        """A file said this, and a later one says something else."""
        self._db.execute(
            "INSERT INTO superseded VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (participant, claim, field, value),
        )

    def holds(self, participant: int, claim: int | None, field: str, value: str) -> bool:
        """Whether an earlier file said this, and a later one something else."""
        row = self._row(
            "SELECT 1 FROM superseded WHERE participant_id = ? AND coalesce(claim_id, 0) = ?"
            " AND field = ? AND value = ?",
            (participant, claim or 0, field, value),
        )
        return row is not None
