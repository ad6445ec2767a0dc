"""What became of the claims that files speak of, in certificates: numbers of files in, figures out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.ledger.claims import read_missing
from pipeline.ledger.table import LISTED, Table, listed
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Award, Standing

IS_WITHHELD = "state <> 'settled' AND state = 'withheld'"  # by the index of what is not settled
WITHHELD = f"SELECT coalesce(sum(withheld), 0) FROM claim WHERE {IS_WITHHELD}"


@dataclass(frozen=True)
class ActivityFigures:
    """What is on record of one activity."""

    people: int  # who have a claim
    certificates: Sequence[tuple[Kind, Standing, int]]
    withheld: int  # certificates that wait for a requirement
    messages: Mapping[str, int]  # that tell of it, by state


class Counts(Table):
    """Figures over the tables reading, claim and certificate."""

    @property
    def spoken_of(self) -> str:
        """In a query: the claims that files speak of, whose numbers are bound as one value."""
        return f"IN (SELECT claim_id FROM reading WHERE load_id {LISTED})"

    def is_spoken_of(self, claim: str) -> str:
        """The same of one claim, named as in the query: for queries that find few of many."""
        return f"EXISTS (SELECT 1 FROM reading r WHERE r.claim_id = {claim} AND r.load_id {LISTED})"

    def totals(self) -> dict[str, int]:
        """Counts for status; `withheld` are certificates, as a run counts them: those that wait for a
        requirement, and those that could not be made."""
        names = {
            "claims": "SELECT count(*) FROM claim",
            "certificates": "SELECT count(*) FROM certificate WHERE current > 0",
            "withheld": f"SELECT ({WITHHELD}) + (SELECT count(*) FROM version WHERE sha256 IS NULL AND problem <> '')",
        }
        people, bounced, held = self._row(
            "SELECT count(*), count(nullif(bounced, '')), count(nullif(held, '')) FROM participant"
        )
        found = {name: self._number(query) for name, query in names.items()}
        return {"participants": people, **found, "bounced": bounced, "held": held}

    def withheld_by(self) -> list[tuple[str, tuple[str, ...], int]]:
        """(activity, what is missing, certificates) of all that wait for a requirement."""
        found = Counter[tuple[str, tuple[str, ...]]]()
        rows = self._db.execute(
            f"SELECT activity, missing, count(*) FROM claim WHERE {IS_WITHHELD} GROUP BY activity, missing"
        )
        for activity, text, count in rows:
            for award in read_missing(text):
                found[activity, award.missing] += count
        return [(activity, names, count) for (activity, names), count in sorted(found.items())]

    def of_activity(self, activity: str) -> ActivityFigures:
        """What is on record of one activity."""
        certificates = self._db.execute(
            "SELECT kind, standing, count(*) FROM certificate_and_claim WHERE activity = ? AND current > 0"
            " GROUP BY kind, standing ORDER BY kind, standing",
            (activity,),
        )
        messages = self._db.execute(
            "SELECT s.state, count(*) FROM (SELECT DISTINCT m.message_id FROM claim c"
            " JOIN certificate x ON x.claim_id = c.id JOIN mention m ON m.certificate_id = x.id"
            " WHERE c.activity = ?1 UNION SELECT m.message_id FROM claim c"
            " JOIN claim_mention m ON m.claim_id = c.id WHERE c.activity = ?1) t"
            " JOIN message s ON s.id = t.message_id GROUP BY s.state ORDER BY s.state",
            (activity,),
        )
        people = "SELECT count(*) FROM claim WHERE activity = ?"
        withheld = "SELECT coalesce(sum(withheld), 0) FROM claim WHERE state = 'withheld' AND activity = ?"
        return ActivityFigures(
            people=self._number(people, (activity,)),
            certificates=tuple((Kind(row[0]), Standing(row[1]), row[2]) for row in certificates),
            withheld=self._number(withheld, (activity,)),
            messages={row[0]: row[1] for row in messages},
        )

    def by_activity(self) -> dict[str, tuple[int, int]]:
        """Of each activity on record: people, and certificates that count."""
        people = dict(self._db.execute("SELECT activity, count(*) FROM claim GROUP BY activity").fetchall())
        live = self._db.execute(
            "SELECT c.activity, count(*) FROM certificate x JOIN claim c ON c.id = x.claim_id"
            " WHERE x.current > 0 AND x.standing IN ('valid', 'corrected') GROUP BY c.activity"
        )
        counts = dict(live.fetchall())
        return {activity: (count, counts.get(activity, 0)) for activity, count in people.items()}

    def issued(self) -> int:
        """All certificates there are."""
        return self._number("SELECT count(*) FROM certificate WHERE current > 0")

    def has_people(self) -> bool:
        """Whether anybody is on record."""
        return bool(self._number("SELECT EXISTS (SELECT 1 FROM participant)"))

    def in_folder(self) -> int:
        """Messages that count as sent, and were written into a folder: nobody was mailed."""
        return self._number("SELECT count(*) FROM message WHERE in_folder = 1 AND state = 'sent'")

    def largest_activity(self) -> int:
        """Certificates of the activity that has the most."""
        return self._number(
            "SELECT coalesce(max(many), 0) FROM (SELECT count(*) AS many FROM certificate_and_claim GROUP BY activity)"
        )

    def paper(self) -> tuple[int, int]:
        """How many PDFs were made, and how many bytes they have together."""
        row = self._db.execute("SELECT count(size), coalesce(sum(size), 0) FROM version").fetchone()
        return row[0], row[1]

    def unchanged(self, loads: Sequence[int]) -> int:
        """Valid certificates of the claims these files speak of, of which no version is to be rendered and
        which nothing is to replace. Asked once claims are awarded and before anything is rendered."""
        return self._number(
            "SELECT count(*) FROM certificate WHERE current > 0 AND standing IN ('valid', 'corrected')"
            f" AND claim_id {self.spoken_of}"
            " AND id NOT IN (SELECT certificate_id FROM version WHERE sha256 IS NULL)"
            " AND id NOT IN (SELECT replaces FROM certificate WHERE replaces IS NOT NULL AND current = 0)",
            (listed(loads),),
        )

    def withheld(self, loads: Sequence[int]) -> int:
        """Certificates that wait for a requirement, of the claims these files speak of."""
        return self._number(f"{WITHHELD} AND {self.is_spoken_of('claim.id')}", (listed(loads),))

    def waiting(self, loads: Sequence[int]) -> Iterator[tuple[str, str, Award]]:
        """(activity, whose as "Name <address>", award) of each of those certificates, in the order of names."""
        rows = self._db.execute(
            "SELECT c.activity, c.missing, p.name, p.email FROM claim c JOIN participant p"
            f" ON p.id = c.participant_id WHERE c.{IS_WITHHELD} AND {self.is_spoken_of('c.id')}"
            " ORDER BY p.name, p.id, c.id",
            (listed(loads),),
        )
        for row in rows:
            for award in read_missing(row["missing"]):
                yield row["activity"], f"{row['name']} <{row['email']}>", award

    def credit_claims(
        self, loads: Sequence[int], is_meant: Callable[[str], bool]
    ) -> Iterator[tuple[str, str, str, bool]]:
        """(activity, whose as "Name <address>", credentials, whether a certificate states credit already) of
        each claim for credit that these files speak of, in the order of names. `is_meant`: whether those with
        these credentials are asked for, who are few among many."""
        given = self._db.execute("SELECT DISTINCT credentials FROM participant")
        if not (meant := [row[0] for row in given if is_meant(row[0])]):
            return
        rows = self._db.execute(
            "SELECT c.activity, p.name, p.email, p.credentials, EXISTS (SELECT 1 FROM certificate x"
            " WHERE x.claim_id = c.id AND x.current > 0 AND x.kind <> ?1) AS issued FROM claim c"
            " JOIN participant p ON p.id = c.participant_id"
            f" WHERE c.attended AND CAST(c.cme AS REAL) > 0 AND c.id {self.spoken_of.replace('?', '?2')}"
            f" AND p.credentials {LISTED.replace('?', '?3')} ORDER BY p.name, p.id, c.id",
            (Kind.PARTICIPATION.value, listed(loads), listed(meant)),
        )
        for row in rows:
            yield row["activity"], f"{row['name']} <{row['email']}>", row["credentials"], bool(row["issued"])

    def removed(self) -> dict[str, tuple[str, str, str]]:
        """Number -> (activity, kind, why) of every certificate withdrawn as a file removed what it states."""
        rows = self._db.execute(
            "SELECT number, activity, kind, reason FROM certificate_and_claim"
            " WHERE standing = 'withdrawn' AND removed = 1"
        )
        return {row[0]: (row[1], row[2], row[3]) for row in rows}

    def claimed_again(self, loads: Sequence[int]) -> list[tuple[str, str]]:
        """(activity, number) of those that these files claim again: only staff reinstate. Where another counts, of
        a record that became part of the same person's, nothing is missing."""
        rows = self._db.execute(
            "SELECT activity, number FROM certificate_and_claim x"
            " WHERE x.id IN (SELECT id FROM certificate WHERE removed = 1) AND standing = 'withdrawn'"
            " AND CASE kind WHEN ?1 THEN attended ELSE CAST(cme AS REAL) > 0 END"
            " AND NOT EXISTS (SELECT 1 FROM certificate_and_claim y WHERE y.claim_id = x.claim_id AND y.is_live"
            " AND y.current > 0 AND (y.kind = ?1) = (x.kind = ?1))"
            f" AND {self.is_spoken_of('x.claim_id').replace('?', '?2')} ORDER BY id",
            (Kind.PARTICIPATION.value, listed(loads)),
        )
        return [(row[0], row[1]) for row in rows]
