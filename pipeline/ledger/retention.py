"""What is past retention, and who asked to be erased: a day in; counts, and what must go elsewhere, out."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import itertools
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.ledger.audit import Audit
from pipeline.ledger.claims import DUE
from pipeline.ledger.table import LISTED, Table, listed
from pipeline.rules.claims.forgotten import ForgottenPerson, erasure_marks, marks_of
from pipeline.rules.places import page_of, verification_of

ERASURE = "erasure on request"


@dataclass(frozen=True, slots=True)
class Due:
    """What is past retention, counted; no person in it."""

    activity: str
    activity_date: str
    rule: str
    certificates: int
    claims: int

    @property
    def is_erasure(self) -> bool:
        """Whether a person asked for it."""
        return self.rule == ERASURE


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What has to be removed outside the ledger once its rows are gone."""

    digests: tuple[str, ...] = ()  # of PDFs that no certificate refers to any more
    message_ids: tuple[str, ...] = ()  # of mails kept in the outbox
    people: tuple[ForgottenPerson, ...] = ()  # those of whom nothing is left


@dataclass(frozen=True, slots=True)
class Erasures:
    """Who was erased on request, without saying who."""

    key: str  # hexadecimal; empty where nobody was
    digests: frozenset[str]


class Retention(Table):
    """The tables deletion, erased and key, and the end of all others' rows."""

    def due(self, today: dt.date) -> list[Due]:
        """What is past retention, by activity and date."""
        rows = self._db.execute(
            f"SELECT c.activity, c.activity_date, CASE WHEN c.erased THEN '{ERASURE}'"
            " ELSE 'six years from the date of the activity' END, count(DISTINCT x.id), count(DISTINCT c.id)"
            " FROM claim c JOIN participant p ON p.id = c.participant_id"
            " LEFT JOIN certificate x ON x.claim_id = c.id AND x.current > 0"
            f" WHERE {DUE.format(day='?')} GROUP BY 1, 2, 3 ORDER BY 2, 1",
            (today.isoformat(),),
        )
        return [Due(*row) for row in rows]

    def due_count(self, today: dt.date) -> int:
        """How many certificates are past retention, without those of people who asked to be erased."""
        row = self._db.execute(
            "SELECT count(*) FROM certificate x JOIN claim c ON c.id = x.claim_id"
            f" JOIN participant p ON p.id = c.participant_id WHERE x.current > 0 AND NOT c.erased AND {DUE.format(day='?')}",
            (today.isoformat(),),
        ).fetchone()
        return int(row[0])

    def due_pages(self, today: dt.date) -> list[str]:
        """The pages that must go with what is past retention, and with it leave nothing of their own."""
        whose = DUE.format(day=":today")
        without = (
            f"SELECT p.id FROM participant p WHERE NOT EXISTS (SELECT 1 FROM claim c"
            f" WHERE c.participant_id = p.id AND NOT ({whose}))"
            f" AND EXISTS (SELECT 1 FROM claim c WHERE c.participant_id = p.id AND {whose})"
        )
        rows = self._db.execute(
            "SELECT x.number, '' FROM certificate x JOIN claim c ON c.id = x.claim_id"
            f" JOIN participant p ON p.id = c.participant_id WHERE x.current > 0 AND {whose}"
            f" UNION ALL SELECT '', token FROM participant WHERE id IN ({without})"
            f" UNION ALL SELECT '', token FROM former WHERE token IS NOT NULL AND participant_id IN ({without})",
            {"today": today.isoformat()},
        )
        return [verification_of(row[0]) if row[0] else page_of(row[1]) for row in rows]

    def to_be_erased(self) -> int:
        """How many people asked to be erased and are not yet."""
        return self._number("SELECT count(DISTINCT participant_id) FROM claim WHERE erased = 1")

    def expiring(self, since: dt.date, until: dt.date) -> int:
        """How many certificates have their last day from `since` on and before `until`, without those of people who
        are held."""
        return self._number(
            "SELECT count(*) FROM certificate_and_claim x JOIN participant p ON p.id = x.participant_id"
            " WHERE x.current > 0 AND x.erased = 0 AND p.held = '' AND x.kept_until >= ? AND x.kept_until < ?",
            (since.isoformat(), until.isoformat()),
        )

    def forget_due(self, today: dt.date, at: str) -> Forgotten:
        """Delete the records past retention, and whoever has nothing left; only counts stay."""
        due = self.due(today)
        if not due:
            return Forgotten()
        forgotten = self._forget(today)
        self._db.executemany(
            "INSERT INTO deletion VALUES (?, ?, ?, ?, ?, ?)",
            [(at, one.activity, one.activity_date, one.rule, one.certificates, one.claims) for one in due],
        )
        return forgotten

    def erase(self, participant_id: int) -> None:
        """A person asked to be erased: due at once, and their return is refused by keyed digests.

        Retention does the rest, in its own order; a run that is killed in between goes on with it.
        """
        person = self._forgotten_person(participant_id)
        addresses = [(key, False) for key in person.addresses] + [(key, True) for key in person.shared]
        marks = erasure_marks(person.learner_ids, person.names, addresses)
        self._note_erased(self._erasure_digest(one) for one in marks)
        self._make_due(participant_id)

    def _note_erased(self, digests: Iterable[str]) -> None:
        self._db.executemany(
            "INSERT INTO erased VALUES (?) ON CONFLICT DO NOTHING", ((one,) for one in digests)
        )

    def _make_due(self, participant_id: int) -> None:
        self._db.execute("UPDATE claim SET erased = 1 WHERE participant_id = ?", (participant_id,))

    def erasures(self) -> Erasures:
        """Who was erased on request, as keyed digests and their key."""
        row = self._row("SELECT value FROM key WHERE name = 'erasure'")
        digests = self._db.execute("SELECT digest FROM erased").fetchall()
        return Erasures(row[0] if row else "", frozenset(one[0] for one in digests))

    def take_over(self, erasures: Erasures) -> None:
        """Heed who was erased according to another ledger: whoever of them is here is due."""
        if not erasures.key:
            return
        self._db.execute(
            "INSERT INTO key VALUES ('erasure', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (erasures.key,),
        )
        self._note_erased(erasures.digests)
        for row in self._db.execute("SELECT id FROM participant").fetchall():
            person = self._forgotten_person(row["id"])
            known = itertools.product(
                person.learner_ids or ("",), person.addresses | person.shared, person.names
            )
            if any(self.is_erased(*one) for one in known):
                self._make_due(row["id"])

    def has_erasures(self) -> bool:
        """Whether anybody was erased on request."""
        return bool(self._number("SELECT EXISTS (SELECT 1 FROM erased)"))

    def is_erased(self, learner_id: str, address: str, name: str) -> bool:
        """Whether the person was erased on request; they may not come back by an old file. `address`: its key."""
        if not self.has_erasures():
            return False
        digests = listed(self._erasure_digest(one) for one in marks_of(learner_id, address, name))
        return self._row(f"SELECT 1 FROM erased WHERE digest {LISTED}", (digests,)) is not None

    def _forgotten_person(self, participant_id: int) -> ForgottenPerson:
        """What the participant is known by."""
        records = self._db.execute(
            "SELECT learner_id, name, said_name FROM participant WHERE id = ?1"
            " UNION ALL SELECT learner_id, name, said_name FROM former WHERE participant_id = ?1",
            (participant_id,),
        ).fetchall()
        keys = self._db.execute(
            "SELECT key, EXISTS (SELECT 1 FROM address b WHERE b.key = a.key AND b.participant_id <> ?1)"
            " FROM address a WHERE participant_id = ?1",
            (participant_id,),
        ).fetchall()
        return ForgottenPerson(
            learner_ids=frozenset(row[0] for row in records if row[0]),
            names=frozenset(name.casefold() for row in records for name in row[1:]),
            addresses=frozenset(key for key, shared in keys if not shared),
            shared=frozenset(key for key, shared in keys if shared),
        )

    def _erasure_digest(self, identity: str) -> str:
        row = self._row("SELECT value FROM key WHERE name = 'erasure'")
        if row is None:
            row = (secrets.token_hex(32),)
            self._db.execute("INSERT INTO key VALUES ('erasure', ?)", row)
        return hmac.new(bytes.fromhex(row[0]), identity.encode(), hashlib.sha256).hexdigest()

    def _forget(self, today: dt.date) -> Forgotten:
        db = self._db
        db.execute("CREATE TEMP TABLE IF NOT EXISTS gone (claim_id INTEGER PRIMARY KEY)")
        db.execute("DELETE FROM gone")
        db.execute(
            "INSERT INTO gone SELECT c.id FROM claim c JOIN participant p ON p.id = c.participant_id"
            f" WHERE {DUE.format(day='?')}",
            (today.isoformat(),),
        )
        of_gone = "SELECT x.id FROM certificate x JOIN gone g ON g.claim_id = x.claim_id"
        digests = db.execute(
            f"SELECT DISTINCT sha256 FROM version WHERE sha256 IS NOT NULL AND certificate_id IN ({of_gone})"
        ).fetchall()
        people = db.execute(
            "SELECT DISTINCT c.participant_id FROM claim c JOIN gone g ON g.claim_id = c.id"
        ).fetchall()
        # A mail that tells of something deleted is deleted; the rest of its certificates stay on the page.
        messages = db.execute(
            "SELECT id, message_id FROM message WHERE id IN"
            f" (SELECT message_id FROM mention WHERE certificate_id IN ({of_gone}) UNION ALL"
            " SELECT message_id FROM claim_mention WHERE claim_id IN (SELECT claim_id FROM gone))"
        ).fetchall()
        ids = [(row["id"],) for row in messages]
        # Mentions of certificates that stay must outlive the mail: they say that the event was told.
        db.executemany(
            "UPDATE message SET email = '', email_key = '', text = '' WHERE id = ?"
            " AND state NOT IN ('queued', 'deferred', 'unknown', 'sending')",
            ids,
        )
        db.executemany("UPDATE transition SET text = '' WHERE message_id = ?", ids)
        db.execute(f"UPDATE certificate SET replaces = NULL WHERE replaces IN ({of_gone})")
        db.execute("DELETE FROM claim WHERE id IN (SELECT claim_id FROM gone)")
        for (message,) in ids:
            db.execute(
                "DELETE FROM message WHERE id = ?1"
                " AND NOT EXISTS (SELECT 1 FROM mention WHERE message_id = ?1)"
                " AND NOT EXISTS (SELECT 1 FROM claim_mention WHERE message_id = ?1)",
                (message,),
            )
        mails = [row["message_id"] for row in messages]
        people_gone = []
        for (person,) in people:
            if self._row("SELECT 1 FROM claim WHERE participant_id = ?", (person,)):
                continue
            rows = db.execute("SELECT message_id FROM message WHERE participant_id = ?", (person,))
            mails += [row[0] for row in rows.fetchall()]
            people_gone.append(self._forgotten_person(person))
            Audit(db).forget(person)  # with the entries about records of theirs that became part of this one
            db.execute("DELETE FROM participant WHERE id = ?", (person,))
        db.execute("DELETE FROM edition WHERE id NOT IN (SELECT edition_id FROM version)")
        kept = {row[0] for row in db.execute("SELECT DISTINCT sha256 FROM version").fetchall()}
        return Forgotten(
            digests=tuple(row[0] for row in digests if row[0] not in kept),
            message_ids=tuple(dict.fromkeys(mails)),
            people=tuple(people_gone),
        )
