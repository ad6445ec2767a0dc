"""A ledger in memory to try things on: it holds those whom these are about, and is forgotten afterwards.

Whoever a file names is copied when they are first asked for, with all that is on record of them and of whoever
shares an address with them. So what is tried costs what it changes, however large the ledger is.
"""

from __future__ import annotations

import datetime as dt
import heapq
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence

from pipeline.ledger.advice import Advice
from pipeline.ledger.counts import Counts
from pipeline.ledger.mentions import Mentions
from pipeline.ledger.people import People
from pipeline.ledger.table import LISTED, listed
from pipeline.rules.addresses import address_key
from pipeline.rules.certificates.awards import Award
from pipeline.rules.claims.claim import Claim, learner_spellings
from pipeline.rules.claims.people import KnownParticipant

# Tables of which a participant's rows are copied; what is referred to comes before what refers to it.
_PEOPLE = LISTED.replace("?", ":people")
_CLAIMS = f"claim_id IN (SELECT id FROM whole.claim WHERE participant_id {_PEOPLE})"
_CERTIFICATES = f"certificate_id IN (SELECT id FROM whole.certificate WHERE {_CLAIMS})"
OF_PEOPLE = {
    "participant": f"id {_PEOPLE}",
    "address": f"participant_id {_PEOPLE}",
    "former": f"participant_id {_PEOPLE}",
    "claim": f"participant_id {_PEOPLE}",
    "superseded": f"participant_id {_PEOPLE}",
    "share": _CLAIMS,
    # Of a file that is read again it is found anew which claims it speaks of.
    "reading": f"{_CLAIMS} AND load_id {LISTED.replace('?', ':known')}",
    "certificate": f"{_CLAIMS} ORDER BY id",
    "version": _CERTIFICATES,
    "message": f"participant_id {_PEOPLE}",
    "mention": _CERTIFICATES,
    "claim_mention": _CLAIMS,
    "reported": _CERTIFICATES,
}
WHOLE = (
    *("run", "withdrawal", "load", "edition", "erased", "key", "activity_before", "seal_key"),
)  # small tables
# History, the web, and the words by which the help desk finds people: nothing that is tried looks at these.
LEFT_OUT = (
    "credit_file",
    "transition",
    "run_file",
    "claim_before",
    "taken_back",
    "run_figure",
    "audit",
    "deletion",
    "page",
    "built",
    "moved_participant",
    "moved_certificate",
    "folder",
    "published",
    "public_file",
    "published_file",
    "leaving",
    "named",
    "word",
    "former_standing",
    "listed_standing",
)

# Participants about whom something is to be done whatever a file says, and those whom a file may be about
# although it has neither their address nor a learner id of theirs.
WAITING = """
    SELECT participant_id FROM whole.claim WHERE state <> 'settled'
    UNION SELECT participant_id FROM whole.claim WHERE kept_until < ?
    UNION SELECT participant_id FROM whole.claim WHERE erased = 1
    UNION SELECT participant_id FROM whole.certificate_and_claim WHERE id IN
          (SELECT certificate_id FROM whole.version WHERE sha256 IS NULL)
    UNION SELECT participant_id FROM whole.message
          WHERE state <> 'sent' AND state IN ('queued', 'deferred', 'sending')
    UNION SELECT id FROM whole.participant WHERE email_key = ''
"""
NAMED = f"""
    SELECT id FROM whole.participant WHERE learner_id {LISTED.replace("?", "?1")}
    UNION SELECT participant_id FROM whole.former WHERE learner_id {LISTED.replace("?", "?1")}
    UNION SELECT participant_id FROM whole.address WHERE key {LISTED.replace("?", "?2")}
"""
SHARERS = f"""
    SELECT DISTINCT b.participant_id FROM whole.address a JOIN whole.address b ON b.key = a.key
    WHERE a.participant_id {LISTED}
"""
# A record that is parted again from another has the numbers that it had, which may be higher than any there is.
GAP = 1_000_000
# New rows are numbered from the highest on: these stand above all, so that what is added here never has the
# number of what is copied later.
HIGHEST = (
    "INSERT INTO participant (id, email, email_key, name, credentials, said_name, said_credentials, said_load, token)"
    " VALUES (:participant, '', '-', '', '', '', '', 0, '')",
    "INSERT INTO claim (id, participant_id, activity, activity_date, kept_until, attended, cme, abim, abp, met,"
    " said_load, state) VALUES (:claim, :participant, '', '', '9999-12-31', 0, '', '', '', '', 0, 'settled')",
    "INSERT INTO certificate (id, claim_id, number, kind, issued_on, told)"
    " VALUES (:certificate, :claim, '', '', '', 1)",
    "INSERT INTO message (id, message_id, participant_id, occasion, email, queued_at, state, at)"
    " VALUES (:message, '', :participant, '', '', '', 'sent', '')",
)


class Excerpt:
    """Copies from the ledger that is attached as `whole` into the empty one that it is attached to.

    `known`: numbers of files that were read before and are not read again.
    """

    def __init__(self, db: sqlite3.Connection, known: Iterable[int]) -> None:
        self._db = db
        self.known = frozenset(known)
        self.here = set[int]()  # participants
        for table in WHOLE:
            db.execute(f"INSERT INTO {table} SELECT * FROM whole.{table}")
        highest = {
            table: db.execute(f"SELECT coalesce(max(id), 0) + {GAP} FROM whole.{table}").fetchone()[0]
            for table in ("participant", "claim", "certificate", "message")
        }
        for insert in HIGHEST:
            db.execute(insert, highest)
        # Those that nobody uses any more are deleted, and here it is not known who uses them.
        db.execute(
            "CREATE TEMP TRIGGER edition_stays BEFORE DELETE ON edition BEGIN SELECT RAISE(IGNORE); END"
        )

    def take_named(self, learner_ids: Iterable[str], addresses: Iterable[str]) -> None:
        """Take in whoever has one of these learner ids, or had one of these addresses."""
        ids = {spelling for one in learner_ids if one for spelling in learner_spellings(one)}
        keys = map(address_key, addresses)
        self.take(row[0] for row in self._db.execute(NAMED, (listed(ids), listed(keys))))

    def take_waiting(self, ledger: sqlite3.Connection, today: dt.date, near: dt.date) -> None:
        """Take in whoever a run would do something about today, whatever it reads. `ledger`: the whole one;
        `near`: the last day of which it would announce deletion."""
        mentions = Mentions(ledger)
        waiting = {row[0] for row in self._db.execute(WAITING, (today.isoformat(),))}
        waiting.update(one for one, _ in mentions.untold())
        waiting.update(one for one, _ in mentions.unmailed_corrections())
        waiting.update(one for one, *_ in Advice(ledger).near_deletion(today, near))
        self.take(waiting)

    def take(self, people: Iterable[int]) -> None:
        """Take in participants, and whoever shares an address with them."""
        wanted = set[int]()
        found = set(people) - self.here
        while found:
            wanted |= found
            found = {row[0] for row in self._db.execute(SHARERS, (listed(found),))} - self.here - wanted
        if wanted:
            self.here |= wanted
            values = {"people": listed(wanted), "known": listed(self.known)}
            for table, whose in OF_PEOPLE.items():
                self._db.execute(f"INSERT INTO {table} SELECT * FROM whole.{table} WHERE {whose}", values)


class PeopleOnDemand(People):
    """Participants of an excerpt: whoever is asked for by address or learner id is there."""

    def __init__(self, db: sqlite3.Connection, excerpt: Excerpt) -> None:
        super().__init__(db)
        self._excerpt = excerpt
        self._expected: tuple[set[str], set[str]] = set(), set()  # learner ids and addresses

    def expect(self, claims: Iterable[Claim]) -> None:
        some = list(claims)
        learner_ids, addresses = {one.learner_id for one in some}, {one.email for one in some}
        self._excerpt.take_named(learner_ids, addresses)
        self._expected = learner_ids, addresses

    def by_learner(self, learner_id: str) -> KnownParticipant | None:
        if learner_id not in self._expected[0]:
            self._excerpt.take_named([learner_id], [])
        return super().by_learner(learner_id)

    def by_address(self, email: str) -> list[KnownParticipant]:
        if email not in self._expected[1]:
            self._excerpt.take_named([], [email])
        return super().by_address(email)


class CountsOfAll(Counts):
    """Figures of the claims that files speak of: of people who are in the excerpt from there, and of all others
    from the whole ledger, where a file was not read again."""

    def __init__(self, db: sqlite3.Connection, whole: sqlite3.Connection, excerpt: Excerpt) -> None:
        super().__init__(db)
        self._known = excerpt.known
        self._others = _CountsOfOthers(whole, excerpt)

    def unchanged(self, loads: Sequence[int]) -> int:
        return super().unchanged(loads) + self._others.unchanged(self._read_before(loads))

    def withheld(self, loads: Sequence[int]) -> int:
        return super().withheld(loads) + self._others.withheld(self._read_before(loads))

    def waiting(self, loads: Sequence[int]) -> Iterator[tuple[str, str, Award]]:
        others = self._others.waiting(self._read_before(loads))
        return heapq.merge(super().waiting(loads), others, key=lambda one: one[1])

    def credit_claims(
        self, loads: Sequence[int], is_meant: Callable[[str], bool]
    ) -> Iterator[tuple[str, str, str, bool]]:
        others = self._others.credit_claims(self._read_before(loads), is_meant)
        return heapq.merge(super().credit_claims(loads, is_meant), others, key=lambda one: one[1])

    def claimed_again(self, loads: Sequence[int]) -> list[tuple[str, str]]:
        return super().claimed_again(loads) + self._others.claimed_again(self._read_before(loads))

    def _read_before(self, loads: Sequence[int]) -> list[int]:
        return [one for one in loads if one in self._known]


class _CountsOfOthers(Counts):
    """Figures of the whole ledger without those who are in the excerpt."""

    def __init__(self, whole: sqlite3.Connection, excerpt: Excerpt) -> None:
        super().__init__(whole)
        self._excerpt = excerpt

    @property
    def spoken_of(self) -> str:
        return f"{super().spoken_of.removesuffix(')')} EXCEPT SELECT id FROM claim WHERE {self._is_here})"

    def is_spoken_of(self, claim: str) -> str:
        return (
            f"{super().is_spoken_of(claim)} AND {claim} NOT IN (SELECT id FROM claim WHERE {self._is_here})"
        )

    @property
    def _is_here(self) -> str:
        return f"participant_id IN ({', '.join(map(str, self._excerpt.here))})"
