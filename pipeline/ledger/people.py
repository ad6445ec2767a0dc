"""Participants and their claims: who is known under an address or learner id, and what is on record."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.rules.addresses import address_key
from pipeline.rules.certificates.activities import Activity, Kind
from pipeline.rules.certificates.awards import Award, ClaimContent
from pipeline.rules.claims.claim import Claim
from pipeline.rules.claims.name_keys import name_words
from pipeline.rules.claims.people import KnownParticipant, Spelling

# Of a claim and its participant p: whether the record is kept on a day, or is due for deletion.
KEPT = "(p.held <> '' OR ({claim}.erased = 0 AND {claim}.kept_until >= {day}))"
DUE = """p.held = '' AND c.id IN
    (SELECT id FROM claim WHERE kept_until < {day} UNION ALL SELECT id FROM claim WHERE erased = 1)"""
ADDRESSES = """
    SELECT p.* FROM address a JOIN participant p ON p.id = a.participant_id WHERE a.key = ? ORDER BY p.id
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
    bounced: str

    def __repr__(self) -> str:  # a token must not reach a traceback
        return f"Participant({self.id})"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One claim on record."""

    id: int
    participant_id: int
    activity: str
    kept_until: dt.date
    content: ClaimContent
    said_load: int


class People:
    """The tables participant, address and claim."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._first_new: int | None = None  # of the participants added since names were indexed

    # Who is it

    def by_learner(self, learner_id: str) -> KnownParticipant | None:
        if not learner_id:
            return None
        row = self._db.execute("SELECT * FROM participant WHERE learner_id = ?", (learner_id,)).fetchone()
        return _known(row) if row else None

    def by_address(self, email: str) -> list[KnownParticipant]:
        """Everybody who has, or had, the address."""
        return [_known(row) for row in self._db.execute(ADDRESSES, (address_key(email),))]

    def get(self, participant_id: int) -> Participant:
        return _participant(
            self._db.execute("SELECT * FROM participant WHERE id = ?", (participant_id,)).fetchone()
        )

    def get_many(self, ids: Sequence[int]) -> dict[int, Participant]:
        """These participants by id."""
        marks = ",".join("?" * len(ids))
        rows = self._db.execute(f"SELECT * FROM participant WHERE id IN ({marks})", tuple(ids))
        return {row["id"]: _participant(row) for row in rows}

    def who(self, text: str, number: str | None) -> list[Participant]:
        """The participants meant by an address on record, a learner id or a certificate number."""
        rows = self._db.execute(
            "SELECT * FROM participant WHERE email_key = :key OR learner_id = :text"
            " OR id IN (SELECT participant_id FROM address WHERE key = :key)"
            " OR id IN (SELECT participant_id FROM certificate_and_claim WHERE number = :number) ORDER BY id",
            {"key": address_key(text), "text": text.strip(), "number": number or ""},
        )
        return [_participant(row) for row in rows]

    def addresses(self, participant_id: int) -> list[str]:
        """Every address the participant was seen with, as given."""
        rows = self._db.execute("SELECT email FROM address WHERE participant_id = ?", (participant_id,))
        return [row[0] for row in rows]

    # What a file says of them

    def add(self, claim: Claim, token: str, load: int) -> int:
        """A new participant with the claim's address as the one on record; the id."""
        credentials = claim.credentials or ""
        cursor = self._db.execute(
            "INSERT INTO participant (learner_id, email, email_key, name, credentials, said_name,"
            " said_credentials, said_load, token) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                claim.learner_id or None,
                claim.email,
                address_key(claim.email),
                claim.name,
                credentials,
                claim.name,
                credentials,
                load,
                token,
            ),
        )
        assert cursor.lastrowid is not None  # noqa: S101 - sqlite3 says so after an insert
        if self._first_new is None:
            self._first_new = cursor.lastrowid
        self.add_address(cursor.lastrowid, claim.email, load)
        return cursor.lastrowid

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

    def spelling(self, participant_id: int) -> tuple[Spelling, int]:
        """How the name stands on record, and the load that said so last."""
        row = self._db.execute(
            "SELECT name, credentials, said_name, said_credentials, said_load FROM participant WHERE id = ?",
            (participant_id,),
        ).fetchone()
        return Spelling(*tuple(row)[:4]), row["said_load"]

    def respell(self, participant_id: int, spelling: Spelling, load: int) -> None:
        """Another name or credentials: every certificate of theirs is looked at again."""
        self._db.execute(
            "UPDATE participant SET name = ?, credentials = ?, said_name = ?, said_credentials = ?,"
            " said_load = ? WHERE id = ?",
            (
                spelling.name,
                spelling.credentials,
                spelling.said_name,
                spelling.said_credentials,
                load,
                participant_id,
            ),
        )
        self.judge_again(participant_id)

    def set_email(self, participant_id: int, email: str, load: int) -> None:
        """Another address on record; the former one stays known, to find the person by."""
        self._db.execute(
            # The new one may be known to bounce: it is the same in other letters, or somebody else's, too.
            "UPDATE participant SET email = ?1, email_key = ?2, bounced ="
            " coalesce((SELECT max(bounced) FROM participant WHERE email_key = ?2), '') WHERE id = ?3",
            (email, address_key(email), participant_id),
        )
        self._db.execute(
            "INSERT INTO address VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET seen_load = excluded.seen_load",
            (address_key(email), participant_id, email, load),
        )

    def set_token(self, participant_id: int, token: str) -> None:
        self._db.execute("UPDATE participant SET token = ? WHERE id = ?", (token, participant_id))

    def set_hold(self, participant_id: int, reason: str) -> None:
        """An empty reason releases."""
        self._db.execute("UPDATE participant SET held = ? WHERE id = ?", (reason, participant_id))

    def set_bounced(self, email: str, what: str) -> int:
        """Mark an address on record as bouncing; how many participants have it."""
        cursor = self._db.execute(
            "UPDATE participant SET bounced = ? WHERE email_key = ?", (what, address_key(email))
        )
        return cursor.rowcount

    # Claims

    def claim(self, participant_id: int, activity: str) -> Recorded | None:
        row = self._db.execute(
            "SELECT * FROM claim WHERE participant_id = ? AND activity = ?", (participant_id, activity)
        ).fetchone()
        return _recorded(row) if row else None

    def claim_of(self, certificate_id: int) -> Recorded:
        """The claim a certificate was issued for."""
        row = self._db.execute(
            "SELECT c.* FROM claim c JOIN certificate x ON x.claim_id = c.id WHERE x.id = ?",
            (certificate_id,),
        ).fetchone()
        return _recorded(row)

    def add_claim(
        self,
        participant_id: int,
        activity: Activity,
        content: ClaimContent,
        dates: tuple[dt.date, dt.date],
        load: int,
    ) -> int:
        """A participant's first claim of an activity, to be judged; `dates`: the activity's, and kept until.
        The id."""
        cursor = self._db.execute(
            "INSERT INTO claim (activity_date, kept_until, attended, completed_on, cme, abim, abp, met, said_load,"
            " participant_id, activity, download_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*_said(content, dates, load), participant_id, activity.slug, _iso(activity.download_until)),
        )
        assert cursor.lastrowid is not None  # noqa: S101 - sqlite3 says so after an insert
        return cursor.lastrowid

    def change_claim(
        self, claim_id: int, content: ClaimContent, dates: tuple[dt.date, dt.date], load: int
    ) -> None:
        """A claim on record says something else, and is judged again."""
        self._db.execute(
            "UPDATE claim SET activity_date = ?1, state = 'changed',"
            # Where the person's own date is the same, the activity's moved: no earlier day than paper says.
            " kept_until = CASE WHEN completed_on IS ?4 THEN max(kept_until, ?2) ELSE ?2 END,"
            " attended = ?3, completed_on = ?4, cme = ?5, abim = ?6, abp = ?7, met = ?8, said_load = ?9"
            " WHERE id = ?10",
            (*_said(content, dates, load), claim_id),
        )

    def move(self, activity: str, day: dt.date, kept: dt.date) -> None:
        """The activity's date is another one: its claims are kept until `kept`, or longer where paper says so."""
        self._db.execute(
            "UPDATE claim SET activity_date = ?1, kept_until = max(kept_until, ?2)"
            " WHERE activity = ?3 AND activity_date <> ?1 AND erased = 0",
            (day.isoformat(), kept.isoformat(), activity),
        )

    def judge_again(self, participant_id: int) -> None:
        """Every claim of the participant is looked at again by the next run."""
        self._db.execute("UPDATE claim SET state = 'changed' WHERE participant_id = ?", (participant_id,))

    def open_claims(self, participant_id: int | None = None) -> Iterator[Recorded]:
        """Claims that changed or wait for a requirement, of all or one, oldest first; they may be settled on
        the way."""
        whose = "" if participant_id is None else "participant_id = :whose AND"
        after = 0
        while True:
            rows = self._db.execute(
                f"SELECT * FROM claim WHERE {whose} state <> 'settled' AND id > :after ORDER BY id LIMIT 1000",
                {"whose": participant_id, "after": after},
            ).fetchall()
            if not rows:
                return
            yield from (_recorded(row) for row in rows)
            after = rows[-1]["id"]

    def settle(self, claim_id: int, withheld: Sequence[Award]) -> None:
        """A claim was judged: nothing more to do, or these certificates wait."""
        missing = ";".join(f"{award.kind}:{','.join(award.missing)}" for award in withheld)
        self._db.execute(
            "UPDATE claim SET state = ?1, missing = ?2, withheld = ?3 WHERE id = ?4"
            " AND (state <> ?1 OR missing <> ?2)",
            ("withheld" if withheld else "settled", missing, len(withheld), claim_id),
        )

    def set_window(self, activity: Activity) -> None:
        """Take the download window of the activity's file over to its claims."""
        self._db.execute(
            "UPDATE claim SET download_until = ?1 WHERE activity = ?2 AND download_until IS NOT ?1",
            (_iso(activity.download_until), activity.slug),
        )

    def reopen(self, participant_id: int, activity: str | None, until: dt.date) -> None:
        """Keep downloads open until a day, also those that are closed; those open for longer stay as they are."""
        self._db.execute(
            "UPDATE claim SET reopened_until = ?1 WHERE participant_id = ?2"
            " AND activity = coalesce(?3, activity) AND download_until < ?1 AND coalesce(reopened_until, '') < ?1",
            (until.isoformat(), participant_id, activity),
        )


def read_missing(text: str) -> tuple[Award, ...]:
    """The inverse of what settle() stores."""
    awards = []
    for part in filter(None, text.split(";")):
        kind, _, names = part.partition(":")
        awards.append(Award(Kind(kind), tuple(filter(None, names.split(",")))))
    return tuple(awards)


def _said(content: ClaimContent, dates: tuple[dt.date, dt.date], load: int) -> tuple[object, ...]:
    """activity_date, kept_until, attended, completed_on, cme, abim, abp, met and said_load of a claim."""
    return (
        dates[0].isoformat(),
        dates[1].isoformat(),
        content.attended,
        _iso(content.completed_on),
        str(content.cme),
        str(content.abim),
        str(content.abp),
        ",".join(sorted(content.met)),
        load,
    )


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _known(row: sqlite3.Row) -> KnownParticipant:
    return KnownParticipant(
        row["id"],
        row["learner_id"] or "",
        row["email"],
        row["name"],
        row["credentials"],
        row["said_name"],
        row["bounced"],
    )


def _participant(row: sqlite3.Row) -> Participant:
    return Participant(
        row["id"],
        row["learner_id"] or "",
        row["email"],
        row["name"],
        row["credentials"],
        row["token"],
        row["held"],
        row["bounced"],
    )


def _recorded(row: sqlite3.Row) -> Recorded:
    return Recorded(
        id=row["id"],
        participant_id=row["participant_id"],
        activity=row["activity"],
        kept_until=dt.date.fromisoformat(row["kept_until"]),
        content=ClaimContent(
            attended=bool(row["attended"]),
            completed_on=dt.date.fromisoformat(row["completed_on"]) if row["completed_on"] else None,
            cme=Decimal(row["cme"]),
            abim=Decimal(row["abim"]),
            abp=Decimal(row["abp"]),
            met=frozenset(filter(None, row["met"].split(","))),
        ),
        said_load=row["said_load"],
    )
