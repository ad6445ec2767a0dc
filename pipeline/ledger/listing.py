"""What is on record of certificates and their holders, as lists: some of all in, one row a certificate out."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.ledger.certificates import FACTS, PORTION, read_facts
from pipeline.ledger.claims import KEPT, read_missing
from pipeline.ledger.table import LISTED, Table, listed
from pipeline.rules.certificates.awards import Award, Standing
from pipeline.rules.certificates.exports import ListedCertificate, ListingChoice

LISTING = (
    FACTS.replace("FROM certificate_and_claim x", ", p.email, p.learner_id FROM certificate_and_claim x")
    + "JOIN participant p ON p.id = x.participant_id WHERE v.version = x.current AND {kept}"
).format(kept=KEPT.format(claim="x", day=":today"))
CHOSEN = (
    "FROM certificate_and_claim x JOIN participant p ON p.id = x.participant_id"
    " WHERE x.current > 0 {of_activity}"
    f" AND (:kinds = '[]' OR x.kind {LISTED.replace('?', ':kinds')})"
    " AND x.issued_on >= :since AND x.issued_on <= :until AND (:invalid OR x.is_live)"
    f" AND {KEPT.format(claim='x', day=':today')}"
)


@dataclass(frozen=True, slots=True)
class ListedClaim:
    """One claim with its participant, and what waits of it."""

    participant_id: int
    activity: str  # slug
    name: str
    credentials: str
    email: str
    learner_id: str  # empty where there is none
    withheld: tuple[Award, ...]


class Listing(Table):
    """The tables certificate, version, claim and participant, read only. What is past retention is not listed."""

    def certificates(self, choice: ListingChoice, today: dt.date) -> Iterator[ListedCertificate]:
        """The certificates that are asked for, by activity and in the order of names; read in portions."""
        ids = self._db.execute(
            f"SELECT x.id {_chosen(choice)} ORDER BY x.activity, p.name, p.id, x.id", _values(choice, today)
        ).fetchall()
        for start in range(0, len(ids), PORTION):
            some = [row[0] for row in ids[start : start + PORTION]]
            values = {"some": listed(some), "today": today.isoformat()}
            rows = self._db.execute(f"{LISTING} AND x.id {LISTED.replace('?', ':some')}", values)
            found = {row["id"]: _read_listed(row) for row in rows}
            yield from (found[one] for one in some if one in found)

    def count(self, choice: ListingChoice, today: dt.date) -> tuple[int, int]:
        """How many certificates are asked for, and of how many people."""
        row = self._row(f"SELECT count(*), count(DISTINCT p.id) {_chosen(choice)}", _values(choice, today))
        return row[0], row[1]

    def of_people(self, people: Sequence[int], today: dt.date) -> Iterator[tuple[int, ListedCertificate]]:
        """(participant, certificate) of all that these participants have, whatever its standing."""
        values = {"some": listed(people), "today": today.isoformat()}
        rows = self._db.execute(
            f"{LISTING} AND x.participant_id {LISTED.replace('?', ':some')} ORDER BY x.activity, x.id", values
        )
        return ((row["participant_id"], _read_listed(row)) for row in rows)

    def claims(self, activities: Sequence[str], today: dt.date) -> list[ListedClaim]:
        """Everybody who is on record for these activities, by activity and in the order of names."""
        rows = self._db.execute(
            "SELECT c.participant_id, c.activity, p.name, p.credentials, p.email, p.learner_id, c.missing"
            " FROM claim c JOIN participant p ON p.id = c.participant_id"
            f" WHERE c.activity {LISTED} AND {KEPT.format(claim='c', day='?')}"
            " ORDER BY c.activity, p.name, p.id",
            (listed(activities), today.isoformat()),
        )
        return [
            ListedClaim(
                participant_id=row["participant_id"],
                activity=row["activity"],
                name=row["name"],
                credentials=row["credentials"],
                email=row["email"],
                learner_id=row["learner_id"] or "",
                withheld=read_missing(row["missing"]),
            )
            for row in rows
        ]

    def spoken_of(self, load: int) -> set[tuple[int, str]]:
        """(participant, activity) of each claim that this file has a row about."""
        rows = self._db.execute(
            "SELECT c.participant_id, c.activity FROM reading r JOIN claim c ON c.id = r.claim_id"
            " WHERE r.load_id = ?",
            (load,),
        )
        return {(row[0], row[1]) for row in rows}


def _chosen(choice: ListingChoice) -> str:
    """The condition of what is asked for; an activity's is found by its index, among however many."""
    return CHOSEN.replace("{of_activity}", "AND x.activity = :activity" if choice.activity else "")


def _values(choice: ListingChoice, today: dt.date) -> dict[str, object]:
    return {
        "activity": choice.activity,
        "kinds": listed(kind.value for kind in choice.kinds),
        "since": choice.since.isoformat() if choice.since else "",
        "until": choice.until.isoformat() if choice.until else "9999",
        "invalid": choice.with_invalid,
        "today": today.isoformat(),
    }


def _read_listed(row: sqlite3.Row) -> ListedCertificate:
    return ListedCertificate(
        id=row["id"],
        facts=read_facts(row),
        standing=Standing(row["standing"]),
        changed_on=dt.date.fromisoformat(row["changed_on"]) if row["changed_on"] else None,
        reason=row["why"],
        replaced_by=row["replaced_by"],
        email=row["email"],
        learner_id=row["learner_id"] or "",
        sha256=row["sha256"] or "",
    )
