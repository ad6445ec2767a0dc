"""Two records become one participant: the tables former and share, and whatever moves from one to the other.

What a participant has hangs on their number: claims, and with them certificates and what boards were told;
messages, addresses, and what files said before. Entries of the audit trail keep the number that they were
written with, which `former` knows. What it takes to part the two again is kept until the next day: see the
module parting.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.ledger.claims import DUE, ClaimOnRecord, Claims
from pipeline.ledger.messages import Messages
from pipeline.ledger.table import LISTED, Table, Values, listed
from pipeline.rules.certificates.merging import GivesWay, Share, highest
from pipeline.rules.certificates.undo import Undone


@dataclass(frozen=True, slots=True)
class ClaimToJoin:
    """A claim of an activity that both records have: what it comes to, and which certificates give way."""

    own: int
    other: int
    shares: Mapping[int, Share]
    placed: tuple[GivesWay, ...]
    undone: Undone  # what is left of it, where a run was undone


class Merging(Table):
    """The tables former and share."""

    def claims_of(self, participant: int) -> list[ClaimOnRecord]:
        """Every claim of the participant, newest activity first."""
        query = "SELECT activity FROM claim WHERE participant_id = ? ORDER BY activity_date DESC, id"
        activities = self._db.execute(query, (participant,)).fetchall()
        found = (Claims(self._db).of(participant, row[0]) for row in activities)
        return [one for one in found if one is not None]

    def has_due(self, people: Iterable[int], today: dt.date) -> bool:
        """Whether something of these participants is past its day, or one of them asked to be erased."""
        query = (
            "SELECT EXISTS (SELECT 1 FROM claim c JOIN participant p ON p.id = c.participant_id"
            f" WHERE p.id {LISTED} AND {DUE.format(day='?')})"
        )
        return bool(self._number(query, (listed(people), today.isoformat())))

    def numbers(self, certificates: Iterable[int]) -> dict[int, str]:
        """The numbers of these certificates."""
        query = f"SELECT id, number FROM certificate WHERE id {LISTED}"
        return dict(self._db.execute(query, (listed(certificates),)).fetchall())

    def has_formers(self, participant: int) -> bool:
        """Whether another record became part of this one."""
        return self._row("SELECT 1 FROM former WHERE participant_id = ?", (participant,)) is not None

    def learner_ids(self, participant: int) -> list[str]:
        """The learner ids of records that became part of the participant's, besides their own."""
        rows = self._db.execute(
            "SELECT f.learner_id FROM former f JOIN participant p ON p.id = f.participant_id"
            " WHERE p.id = ? AND f.learner_id <> coalesce(p.learner_id, '') ORDER BY f.turn",
            (participant,),
        )
        return [row[0] for row in rows]

    def merge(
        self,
        who: int,
        into: int,
        joined: Sequence[ClaimToJoin],
        today: dt.date,
        notice: int | None,
    ) -> None:
        """The record `who` becomes part of `into`, and what waits for the person goes to the address on
        record there.

        `notice`: the message that tells of it at the address that is on record no more. Belongs in a
        transaction; what the claims are due is awarded afterwards.
        """
        mine, other = (self._row("SELECT * FROM participant WHERE id = ?", (one,)) for one in (into, who))
        undo = json.dumps({**self._before(who, into, joined), "notice": notice})
        self._db.execute(
            "INSERT INTO former (id, participant_id, turn, learner_id, name, said_name, said_credentials, said_load,"
            " token, merged_on, undo) SELECT id, ?, (SELECT coalesce(max(turn), 0) + 1 FROM former), learner_id,"
            " name, said_name, said_credentials, said_load, token, ?, ? FROM participant WHERE id = ?",
            (into, today.isoformat(), undo, who),
        )
        for one in joined:
            self._join(one, today)
        self._move(who, into)
        Messages(self._db).readdress(who, mine["email"])
        self._db.execute("UPDATE message SET participant_id = ? WHERE participant_id = ?", (into, who))
        self._db.execute("DELETE FROM participant WHERE id = ?", (who,))
        self._db.execute(
            "UPDATE participant SET held = ?, learner_id = coalesce(learner_id, ?) WHERE id = ?",
            (held_together(mine["held"], other["held"]), other["learner_id"], into),
        )
        Claims(self._db).award_again(into)

    def keep_link(self, token: str, into: int, today: dt.date) -> None:
        """A link leads to the participant's page, of a record of which nothing else is known any more."""
        self._db.execute(
            # No participant ever has, or had, a number below zero.
            "INSERT INTO former (id, participant_id, turn, name, said_name, said_credentials, said_load, token,"
            " merged_on) SELECT min(coalesce(min(id), 0), 0) - 1, ?, coalesce(max(turn), 0) + 1, '', '', '', 0, ?, ?"
            " FROM former",
            (into, token, today.isoformat()),
        )

    def _before(self, who: int, into: int, joined: Sequence[ClaimToJoin]) -> dict[str, object]:
        """What parting them again takes, as it is now."""
        others = listed(one.other for one in joined)
        both = listed(claim for one in joined for claim in (one.own, one.other))
        return {
            "who": self._all("SELECT * FROM participant WHERE id = ?", (who,)),
            "into": self._all("SELECT learner_id, held FROM participant WHERE id = ?", (into,)),
            "addresses": self._all("SELECT * FROM address WHERE participant_id = ?", (who,)),
            "known": self._all("SELECT key, seen_load FROM address WHERE participant_id = ?", (into,)),
            "messages": self._all("SELECT id FROM message WHERE participant_id = ?", (who,)),
            "formers": self._all("SELECT id FROM former WHERE participant_id = ?", (who,)),
            "superseded": self._all("SELECT * FROM superseded WHERE participant_id = ?", (who,)),
            "joined": [[one.own, one.other] for one in joined],
            "claims": self._all(f"SELECT * FROM claim WHERE id {LISTED}", (both,)),
            "certificates": self._all(
                f"SELECT * FROM certificate WHERE claim_id {LISTED} AND current > 0", (both,)
            ),
            "readings": self._all(f"SELECT * FROM reading WHERE claim_id {LISTED}", (both,)),
            "changed": self._all(f"SELECT * FROM claim_before WHERE claim_id {LISTED}", (both,)),
            "mentions": self._all(f"SELECT * FROM claim_mention WHERE claim_id {LISTED}", (others,)),
        }

    def _all(self, query: str, values: Values) -> list[dict[str, object]]:
        return [dict(row) for row in self._db.execute(query, values)]

    def _join(self, one: ClaimToJoin, today: dt.date) -> None:
        """One claim of two; a certificate that gives way says by which it was replaced."""
        db = self._db
        # What was not made yet is planned anew.
        db.execute("DELETE FROM certificate WHERE claim_id IN (?, ?) AND current = 0", (one.own, one.other))
        for placed in one.placed:
            db.execute(
                "UPDATE certificate SET standing = 'replaced', changed_on = ?1, reason = '', replaced_by ="
                " (SELECT number FROM certificate WHERE id = ?3) WHERE id = ?2",
                (today.isoformat(), placed.certificate, placed.by),
            )
            db.execute(
                "UPDATE certificate SET replaces = coalesce(replaces, ?) WHERE id = ?",
                (placed.certificate, placed.by),
            )
            db.execute(
                "DELETE FROM version WHERE certificate_id = ? AND sha256 IS NULL", (placed.certificate,)
            )
        for table in ("certificate", "reading", "claim_mention", "superseded"):
            db.execute(f"UPDATE OR IGNORE {table} SET claim_id = ? WHERE claim_id = ?", (one.own, one.other))
        content = highest(one.shares.values())
        # The day that counts comes with its record; paper of either is kept as long as it says.
        db.execute(
            "UPDATE claim SET activity_date = CASE WHEN completed_on IS ?3 THEN claim.activity_date ELSE o.activity_date END,"
            " kept_until = max(claim.kept_until, o.kept_until), said_load = max(claim.said_load, o.said_load),"
            " undone = ?4, run_id = CASE WHEN claim.run_id IS o.run_id THEN claim.run_id END,"
            " reopened_until = nullif(max(coalesce(claim.reopened_until, ''), coalesce(o.reopened_until, '')), '')"
            " FROM (SELECT activity_date, kept_until, said_load, reopened_until, run_id FROM claim WHERE id = ?2) o"
            " WHERE claim.id = ?1",
            (
                one.own,
                one.other,
                content.completed_on.isoformat() if content.completed_on else None,
                one.undone.value,
            ),
        )
        Claims(self._db).set_content(one.own, content)
        Claims(self._db).set_shares(one.own, one.shares)
        db.execute("DELETE FROM claim WHERE id = ?", (one.other,))

    def _move(self, who: int, into: int) -> None:
        """Whatever is left of the one goes to the other."""
        db = self._db
        claims = "claim_id IN (SELECT id FROM claim WHERE participant_id = ?1)"
        db.execute(f"UPDATE share SET former = ?1 WHERE former = 0 AND {claims}", (who,))
        db.execute(
            "INSERT INTO share SELECT id, ?1, attended, completed_on, cme, abim, abp, met, 0 FROM claim"
            " WHERE participant_id = ?1 AND NOT EXISTS (SELECT 1 FROM share WHERE claim_id = claim.id)",
            (who,),
        )
        undone = db.execute("SELECT id FROM claim WHERE participant_id = ? AND undone = 'void'", (who,))
        Claims(db).void_shares([row[0] for row in undone])
        db.execute(
            "INSERT INTO address SELECT key, ?, email, seen_load FROM address WHERE participant_id = ?"
            " ON CONFLICT DO UPDATE SET seen_load = max(seen_load, excluded.seen_load)",
            (into, who),
        )
        for table in ("claim", "superseded", "former"):
            db.execute(
                f"UPDATE OR IGNORE {table} SET participant_id = ? WHERE participant_id = ?", (into, who)
            )


def held_together(own: str, other: str) -> str:
    """Why a record is held that two became: what held either holds it."""
    return "; ".join(dict.fromkeys(filter(None, (own, other))))
