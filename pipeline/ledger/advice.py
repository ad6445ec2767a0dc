"""Who is to be written to besides about certificates: what is missing, and records that will be deleted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.ledger.claims import KEPT, read_missing
from pipeline.ledger.table import Table
from pipeline.rules.messages.occasions import Occasion

# A claim that waits, with what its person was told of that.
WAITING = f"""
    SELECT c.id, c.participant_id, c.activity, c.missing,
           (SELECT group_concat(requirement) FROM claim_mention m
            WHERE m.claim_id = c.id AND m.event = 'withheld' AND m.retired = 0) AS told,
           (SELECT min(g.queued_at) FROM claim_mention m JOIN message g ON g.id = m.message_id
            WHERE m.claim_id = c.id AND m.event = 'withheld' AND m.retired = 0 AND g.state = 'sent') AS told_at,
           (SELECT count(*) FROM claim_mention m
            WHERE m.claim_id = c.id AND m.event = 'reminder' AND m.retired = 0) AS reminded,
           (SELECT max(g.queued_at) FROM claim_mention m JOIN message g ON g.id = m.message_id
            WHERE m.claim_id = c.id AND m.event = 'reminder' AND m.retired = 0) AS reminded_at,
           EXISTS (SELECT 1 FROM claim_mention m JOIN message g ON g.id = m.message_id
            WHERE m.claim_id = c.id AND g.state IN ('queued', 'deferred', 'sending', 'unknown')) AS on_its_way
    FROM claim c JOIN participant p ON p.id = c.participant_id
    WHERE c.state = 'withheld' AND c.state <> 'settled' AND c.withheld > 0 AND {KEPT.format(claim="c", day="?")}
    ORDER BY c.participant_id, c.id
"""


@dataclass(frozen=True, slots=True)
class WaitingClaim:
    """A claim that waits, and what its person was told of that."""

    id: int
    participant_id: int
    activity: str
    missing: tuple[str, ...]  # requirement column names
    told: frozenset[str]  # those of these that the person was told of, or will be by a message that waits
    told_at: dt.datetime | None  # when the first message that was sent was queued
    reminded: int  # reminders so far
    reminded_at: dt.datetime | None  # the last of these
    on_its_way: bool  # a message about it waits, or its outcome is not known

    @property
    def untold(self) -> tuple[str, ...]:
        """What is missing and the person was not told of."""
        return tuple(name for name in self.missing if name not in self.told)


class Advice(Table):
    """The tables claim_mention and activity_before."""

    def waiting(self, today: dt.date) -> Iterator[WaitingClaim]:
        """Every claim that waits for its person, by participant."""
        for row in self._db.execute(WAITING, (today.isoformat(),)).fetchall():
            names = dict.fromkeys(name for award in read_missing(row["missing"]) for name in award.missing)
            yield WaitingClaim(
                id=row["id"],
                participant_id=row["participant_id"],
                activity=row["activity"],
                missing=tuple(names),
                told=frozenset((row["told"] or "").split(",")),
                told_at=_time(row["told_at"]),
                reminded=row["reminded"],
                reminded_at=_time(row["reminded_at"]),
                on_its_way=bool(row["on_its_way"]),
            )

    def near_deletion(self, today: dt.date, until: dt.date) -> Iterator[tuple[int, str, int]]:
        """(participant, activity, certificate) of what is deleted after today and no later than `until`, and
        whose holder was not told so; a record that is held stays."""
        rows = self._db.execute(
            "SELECT x.participant_id, x.activity, x.id FROM certificate_and_claim x"
            " JOIN participant p ON p.id = x.participant_id"
            " WHERE x.claim_id IN (SELECT id FROM claim WHERE kept_until BETWEEN ? AND ?)"
            " AND x.current > 0 AND x.is_live AND x.erased = 0 AND p.held = ''"
            " AND NOT EXISTS (SELECT 1 FROM mention m WHERE m.certificate_id = x.id AND m.event = 'deletion'"
            " AND m.retired = 0) ORDER BY x.participant_id, x.id",
            (today.isoformat(), until.isoformat()),
        ).fetchall()
        return ((row[0], row[1], row[2]) for row in rows)

    def add(
        self,
        message: int,
        claim_id: int,
        event: Occasion,
        requirements: Iterable[str] = ("",),
        turn: int = 0,
        request: str = "",
    ) -> None:
        """The message tells of this claim; the table refuses what another message tells already."""
        self._db.executemany(
            "INSERT INTO claim_mention (claim_id, message_id, event, requirement, turn, request)"
            " VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (claim_id, event, requirement, turn, request, message_id) DO NOTHING",
            [(claim_id, message, event.value, one, turn, request) for one in requirements],
        )

    def claims_of(self, participant_id: int, activity: str | None) -> list[int]:
        """Ids of a participant's claims of which a certificate waits, of one activity or all."""
        rows = self._db.execute(
            "SELECT id FROM claim WHERE participant_id = ? AND activity = coalesce(?, activity)"
            " AND withheld > 0 AND erased = 0 ORDER BY id",
            (participant_id, activity),
        )
        return [row[0] for row in rows]

    def known_before(self) -> frozenset[str]:
        """Activities of which people are written to about certificates alone, unless their files ask for more."""
        return frozenset(row[0] for row in self._db.execute("SELECT activity FROM activity_before"))

    def note_before(self, activity: str) -> None:
        """An activity without a claim on record comes back: what was told of it nobody knows."""
        self._db.execute(
            "INSERT INTO activity_before SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM claim WHERE activity = ?1)"
            " ON CONFLICT DO NOTHING",
            (activity,),
        )

    def unmailed(self, today: dt.date) -> list[tuple[str, str]]:
        """(name, address) of the people who have a page and to whom no mail with its link was sent, or waits."""
        rows = self._db.execute(
            # What nearly everybody has, a mail, is looked for first.
            "SELECT p.name, p.email FROM participant p WHERE NOT EXISTS (SELECT 1 FROM message m"
            " WHERE m.participant_id = p.id AND m.occasion <> 'moved' AND m.state <> 'failed')"
            " AND EXISTS (SELECT 1 FROM claim c"
            f" WHERE c.participant_id = p.id AND {KEPT.format(claim='c', day='?')} AND (c.withheld > 0"
            " OR EXISTS (SELECT 1 FROM certificate x WHERE x.claim_id = c.id AND x.current > 0))) ORDER BY p.id",
            (today.isoformat(),),
        )
        return [(row[0], row[1]) for row in rows]


def _time(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None
