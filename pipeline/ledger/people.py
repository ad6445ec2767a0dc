"""Participants: who is known under an address or learner id, and how their name stands."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple, dataclass, replace

from pipeline.ledger.claims import Claims
from pipeline.ledger.table import LISTED, Table, listed
from pipeline.rules.addresses import address_key
from pipeline.rules.certificates.awards import HolderName
from pipeline.rules.claims.claim import Claim, learner_spellings
from pipeline.rules.claims.name_keys import name_words
from pipeline.rules.claims.people import FormerRecord, KnownParticipant, Spelling
from pipeline.rules.messages.refusal_table import Cause
from pipeline.rules.messages.returned import AddressMark

# The columns of a Participant and of a KnownParticipant, in the order of their fields.
PARTICIPANT = (
    "SELECT id, coalesce(learner_id, ''), email, name, credentials, token, held, bounced, bounced_kind, bounced_on,"
    " bounced_until FROM participant"
)
MARK = "bounced, bounced_kind, bounced_on, bounced_until"
CLEARED = f"UPDATE participant SET ({MARK}) = ('', '', '', NULL)"
KNOWN = """
    SELECT p.id, coalesce(p.learner_id, ''), p.email, p.name, p.credentials, p.said_name, p.bounced,
           EXISTS (SELECT 1 FROM former WHERE participant_id = p.id) AS has_formers
    FROM participant p
"""


@dataclass(frozen=True, slots=True)
class Participant:
    """One participant on record."""

    id: int
    learner_id: str
    email: str
    name: str
    credentials: str
    token: str
    held: str
    bounced: str  # the server's words of a mark, empty without one
    bounced_kind: str
    bounced_on: str  # ISO 8601
    bounced_until: str | None

    @property
    def mark(self) -> AddressMark | None:
        """Why nothing new goes to the address, if it does not."""
        if not self.bounced_kind:
            return None
        until = dt.date.fromisoformat(self.bounced_until) if self.bounced_until else None
        return AddressMark(
            Cause(self.bounced_kind), dt.date.fromisoformat(self.bounced_on), until, self.bounced
        )

    def __repr__(self) -> str:  # a token must not reach a traceback
        return f"Participant({self.id})"


class People(Table):
    """The tables participant and address."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._first_new: int | None = None  # of the participants added since names were indexed

    # Who is it

    def expect(self, claims: Iterable[Claim]) -> None:
        """The next of whom is asked are those of these claims."""

    def by_learner(self, learner_id: str) -> KnownParticipant | None:
        if not learner_id:
            return None
        spellings = learner_spellings(learner_id)
        rows = self._db.execute(f"{KNOWN} WHERE p.learner_id {LISTED}", (listed(spellings),)).fetchall()
        if not rows:
            theirs = f"p.id IN (SELECT participant_id FROM former WHERE learner_id {LISTED})"
            query = f"{KNOWN} WHERE EXISTS (SELECT 1 FROM former) AND {theirs}"  # nearly always there is none
            rows = self._db.execute(query, (listed(spellings),)).fetchall()
        known = [self._known(row) for row in rows]
        same = [
            one for one in known if learner_id in (one.learner_id, *(each.learner_id for each in one.formers))
        ]
        return next(iter(same or known), None)

    def _known(self, row: sqlite3.Row) -> KnownParticipant:
        *said, has_formers = row
        one = KnownParticipant(*said)
        if not has_formers:
            return one
        formers = self._db.execute(
            "SELECT id, coalesce(learner_id, ''), name, said_name FROM former WHERE participant_id = ?"
            " ORDER BY turn",
            (row["id"],),
        )
        return replace(one, formers=tuple(FormerRecord(*each) for each in formers))

    def by_address(self, email: str) -> list[KnownParticipant]:
        """Everybody who has, or had, the address."""
        query = f"{KNOWN} JOIN address a ON a.participant_id = p.id WHERE a.key = ? ORDER BY p.id"
        return [self._known(row) for row in self._db.execute(query, (address_key(email),))]

    def get(self, participant_id: int) -> Participant:
        return Participant(*self._row(f"{PARTICIPANT} WHERE id = ?", (participant_id,)))

    def get_many(self, ids: Sequence[int]) -> dict[int, Participant]:
        """These participants by id."""
        rows = self._db.execute(f"{PARTICIPANT} WHERE id {LISTED}", (listed(ids),))
        return {row["id"]: Participant(*row) for row in rows}

    def marked(self) -> list[Participant]:
        """The participants whose address is marked, the latest mark first."""
        rows = self._db.execute(f"{PARTICIPANT} WHERE bounced <> '' ORDER BY bounced_on DESC, id")
        return [Participant(*row) for row in rows]

    def who(self, text: str, number: str | None) -> list[Participant]:
        """The participants meant by an address on record, a learner id or a certificate number."""
        rows = self._db.execute(
            f"{PARTICIPANT} WHERE email_key = :key OR {_with_learner_id('id')}"
            " OR id IN (SELECT participant_id FROM address WHERE key = :key)"
            " OR id IN (SELECT participant_id FROM certificate_and_claim WHERE number = :number) ORDER BY id",
            {
                "key": address_key(text),
                "ids": listed(learner_spellings(text.strip())),
                "number": number,
            },
        )
        return [Participant(*row) for row in rows]

    def addresses(self, participant_id: int) -> list[str]:
        """Every address the participant was seen with, as given."""
        rows = self._db.execute("SELECT email FROM address WHERE participant_id = ?", (participant_id,))
        return [row[0] for row in rows]

    def in_doubt(self, participants: Collection[int], but: int = 0) -> set[int]:
        """Of these participants those whose address on record a newer file shows with somebody else, other
        than the participant `but`, and not with them.

        Addresses change hands: a link must not go to whoever has it now.
        """
        rows = self._db.execute(
            "SELECT me.id FROM participant me"
            " JOIN address mine ON mine.participant_id = me.id AND mine.key = me.email_key"
            " JOIN address other ON other.key = mine.key AND other.participant_id <> me.id"
            " AND other.seen_load > mine.seen_load AND other.participant_id <> ?"
            " JOIN participant p ON p.id = other.participant_id AND p.email_key = other.key"
            f" WHERE me.id {LISTED}",
            (but, listed(participants)),
        )
        return {row[0] for row in rows}

    # What a file says of them

    def add(self, claim: Claim, token: str, load: int) -> int:
        """A new participant with the claim's address as the one on record; the id."""
        credentials = claim.credentials or ""
        learner_id, key = claim.learner_id or None, address_key(claim.email)
        participant = self._number(
            "INSERT INTO participant (learner_id, email, email_key, name, credentials, said_name,"
            " said_credentials, said_load, token) VALUES (?1, ?2, ?3, ?4, ?5, ?4, ?5, ?6, ?7) RETURNING id",
            (learner_id, claim.email, key, claim.name, credentials, load, token),
        )
        if self._first_new is None:
            self._first_new = participant
        self.add_address(participant, claim.email, load)
        return participant

    def take_in(self, holder: HolderName, said: HolderName, email: str, token: str, held: str) -> int:
        """A participant whose page was found, with the link they have; the id.

        `said`: how files name them; `email`: empty where nothing tells it: a claims file will.
        """
        participant = self._number(
            "INSERT INTO participant (email, email_key, name, credentials, said_name, said_credentials,"
            " said_load, token, held) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?) RETURNING id",
            (email, address_key(email), *astuple(holder), *astuple(said), token, held),
        )
        if self._first_new is None:
            self._first_new = participant
        if email:
            self.add_address(participant, email, 0)
        return participant

    def without_address(self) -> list[KnownParticipant]:
        """Participants who were taken back from their pages, until a claims file tells their addresses."""
        return [self._known(row) for row in self._db.execute(f"{KNOWN} WHERE p.email_key = '' ORDER BY p.id")]

    def index_names(self) -> None:
        """Let participants added since the last time be found by name; one respelled since is so already."""
        if self._first_new is None:
            return
        rows = self._db.execute(
            "SELECT id, name, said_name FROM participant p WHERE id >= ?"
            " AND NOT EXISTS (SELECT 1 FROM named WHERE participant_id = p.id)",
            (self._first_new,),
        )
        while some := rows.fetchmany(10_000):
            named = {
                (word, row["id"])
                for row in some
                for name in {row["name"], row["said_name"]}
                for word in name_words(name)
            }
            self._db.executemany("INSERT INTO named VALUES (?, ?)", sorted(named))
            words = sorted({word for word, _ in named})
            self._db.executemany("INSERT INTO word VALUES (?) ON CONFLICT DO NOTHING", zip(words))
        self._first_new = None

    def add_address(self, participant_id: int, email: str, load: int) -> None:
        """The participant was seen with the address; a no-op where that is known."""
        self._db.execute(
            "INSERT INTO address VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (address_key(email), participant_id, email, load),
        )

    def saw(self, participant_id: int, email: str, load: int) -> None:
        """This load shows the participant with an address that others have, too."""
        self._db.execute(
            "UPDATE address SET seen_load = ?1 WHERE participant_id = ?2 AND key = ?3 AND seen_load < ?1",
            (load, participant_id, address_key(email)),
        )

    def set_learner_id(self, participant_id: int, learner_id: str) -> None:
        self._db.execute("UPDATE participant SET learner_id = ? WHERE id = ?", (learner_id, participant_id))

    def spelling(self, participant_id: int, former: int = 0) -> tuple[Spelling, int]:
        """How the name stands on record, and the load that said so last. `former`: as files say it of this
        former record of theirs."""
        row = self._row(
            "SELECT name, credentials, said_name, said_credentials, said_load FROM participant WHERE id = ?",
            (participant_id,),
        )
        name, credentials, *said = row
        if former:
            query = "SELECT said_name, said_credentials, said_load FROM former WHERE id = ?"
            said = [*self._row(query, (former,))]
        return Spelling(name, credentials, said[0], said[1]), said[2]

    def respell(self, participant_id: int, spelling: Spelling, load: int, former: int = 0) -> None:
        """Another name or credentials: every certificate of theirs is looked at again."""
        said = "participant" if not former else "former"
        self._db.execute(
            f"UPDATE {said} SET said_name = ?, said_credentials = ?, said_load = ? WHERE id = ?",
            (spelling.said_name, spelling.said_credentials, load, former or participant_id),
        )
        self._db.execute(
            "UPDATE participant SET name = ?, credentials = ? WHERE id = ?",
            (spelling.name, spelling.credentials, participant_id),
        )
        Claims(self._db).award_again(participant_id)

    def set_email(self, participant_id: int, email: str, load: int) -> None:
        """Another address on record; the former one stays known, to find the person by."""
        self._db.execute(
            # The new one may be known to bounce, as it is somebody else's, too.
            f"UPDATE participant SET email = ?1, email_key = ?2, ({MARK}) ="
            f" (SELECT {MARK} FROM participant WHERE email_key = ?2 AND bounced <> '' AND id <> ?3"
            " UNION ALL SELECT '', '', '', NULL LIMIT 1) WHERE id = ?3",
            (email, address_key(email), participant_id),
        )
        self._db.execute(
            "INSERT INTO address VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET seen_load = excluded.seen_load",
            (address_key(email), participant_id, email, load),
        )

    def set_token(self, participant_id: int, token: str) -> None:
        """Another link; no former one leads there: who had it may be why there is another."""
        self._db.execute("UPDATE participant SET token = ? WHERE id = ?", (token, participant_id))
        self._db.execute("UPDATE former SET token = NULL WHERE participant_id = ?", (participant_id,))

    def links(self, participant_id: int) -> list[str]:
        """The tokens of the participant's page, and of those that lead there."""
        rows = self._db.execute(
            "SELECT token FROM participant WHERE id = ?1 UNION ALL"
            " SELECT token FROM former WHERE participant_id = ?1 AND token IS NOT NULL",
            (participant_id,),
        )
        return [row[0] for row in rows]

    def set_hold(self, participant_id: int, reason: str) -> None:
        """An empty reason releases."""
        self._db.execute("UPDATE participant SET held = ? WHERE id = ?", (reason, participant_id))

    def set_mark(self, email: str, mark: AddressMark) -> None:
        """Nothing new goes to an address on record until the mark ends or is taken away."""
        until = mark.until.isoformat() if mark.until else None
        self._db.execute(
            f"UPDATE participant SET ({MARK}) = (?, ?, ?, ?) WHERE email_key = ?",
            (mark.words, mark.kind.value, mark.on.isoformat(), until, address_key(email)),
        )

    def clear_mark(self, email: str) -> None:
        """The address on record works."""
        self._db.execute(f"{CLEARED} WHERE email_key = ?", (address_key(email),))

    def note_reached(self, messages: Sequence[int]) -> None:
        """A server took these messages: where their addresses are on record, they are marked no more."""
        if messages:
            self._db.execute(
                f"{CLEARED} WHERE bounced <> '' AND email_key IN (SELECT email_key FROM message WHERE id {LISTED})",
                (listed(messages),),
            )


def _with_learner_id(participant: str) -> str:
    """The condition that a learner id is theirs, or of a former record of theirs; `:ids`: its spellings."""
    ids = LISTED.replace("?", ":ids")
    return f"learner_id {ids} OR {participant} IN (SELECT participant_id FROM former WHERE learner_id {ids})"
