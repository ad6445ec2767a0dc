"""Messages and their fates: what is to be told to whom, and what became of it in the server's own words."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

from pipeline.ledger.table import LISTED, Table, listed
from pipeline.rules.addresses import address_key
from pipeline.rules.messages.occasions import Fate, Occasion

Answer = tuple[int | None, str, str]  # a server's code, enhanced code and own words
WAITING = "('queued', 'deferred')"
# `state <> 'sent'` here and in other queries lets SQLite use the index of the few that are not.
_IN_STATE = {fate: "state = ?" if fate is Fate.SENT else "state <> 'sent' AND state = ?" for fate in Fate}
# Where portions of what waits begin: what was sent before is not read again.
_FIRST_WAITING = f"(SELECT min(id) FROM message WHERE state <> 'sent' AND state IN {WAITING})"


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of a message's history."""

    at: str  # UTC, ISO 8601
    state: Fate
    response: str  # the server's own words
    returned: bool  # heard by returned mail


@dataclass(frozen=True, slots=True)
class Message:
    """One message on record; the fields are the table's columns."""

    id: int
    message_id: str
    participant_id: int
    occasion: Occasion
    email: str
    email_key: str  # the key of the address: see rules.addresses
    queued_at: dt.datetime
    attempt: int  # tries so far
    state: Fate
    due_at: dt.datetime | None
    at: dt.datetime  # of the last transition
    code: int | None
    enhanced: str
    text: str  # the server's own words
    returned: bool  # it failed, as a server that had taken it returned it
    cause: str  # what the failure was about, empty where it did not fail
    in_folder: bool  # written into a folder, as no mail server was set: nobody was mailed

    @property
    def response(self) -> str:
        """`250 2.0.0 Ok: queued as 4F2A`, or what was said instead; empty where nobody answered yet."""
        return _response(self.code, self.enhanced, self.text)


class Messages(Table):
    """The tables message and transition."""

    # Queueing

    def waiting(self, participant_id: int, occasions: Collection[Occasion]) -> Message | None:
        """A message on one of these occasions that was never tried: it can tell more."""
        where = f"WHERE participant_id = ? AND occasion {LISTED} AND state = 'queued' AND attempt = 0"
        values = (participant_id, listed(one.value for one in occasions))
        return next(iter(self._messages(where, values)), None)

    def rename(self, message: int, occasion: Occasion) -> None:
        """What a message tells besides is what names it now."""
        self._db.execute("UPDATE message SET occasion = ? WHERE id = ?", (occasion.value, message))

    def queue(
        self,
        participant_id: int,
        occasion: Occasion,
        email: str,
        message_id: str,
        now: dt.datetime,
        why: str = "",
    ) -> int:
        """A message that waits to be sent; its Message-ID is on record before the first try."""
        at = utc(now)
        number = self._number(
            "INSERT INTO message (message_id, participant_id, occasion, email, email_key, queued_at, at)"
            " VALUES (?, ?, ?, ?, ?, ?6, ?6) RETURNING id",
            (message_id, participant_id, occasion.value, email, address_key(email), at),
        )
        self._transition(number, at, 0, Fate.QUEUED, (None, "", why))
        return number

    def readdress(self, participant_id: int, email: str) -> None:
        """What waits for a participant goes to the new address; what is told to the old one stays."""
        self._db.execute(
            "UPDATE message SET email = ?, email_key = ? WHERE participant_id = ? AND occasion <> 'moved'"
            " AND state IN ('queued', 'deferred', 'unknown')",
            (email, address_key(email), participant_id),
        )

    def queue_again(self, lost: Message, email: str, message_id: str, now: dt.datetime, why: str) -> int:
        """Queue a new message in the place of one that was lost, about the same certificates; its id.

        The lost one is not tried again: what is heard of it later must not count against the new one.
        """
        again = self.queue(lost.participant_id, lost.occasion, email, message_id, now, why)
        for table, columns in (
            ("mention", "certificate_id, event, version, request"),
            ("claim_mention", "claim_id, event, requirement, turn, request"),
        ):
            self._db.execute(
                f"UPDATE {table} SET message_id = ? WHERE message_id = ? AND retired = 0", (again, lost.id)
            )
            self._db.execute(
                f"INSERT INTO {table} ({columns}, message_id, retired) SELECT {columns}, ?, 1 FROM {table}"
                " WHERE message_id = ?",
                (lost.id, again),
            )
        return again

    # Sending

    def due(
        self,
        now: dt.datetime,
        limit: int,
        after: int = 0,
        only: Fate | None = None,
        ids: Sequence[int] | None = None,
        among: Sequence[int] | None = None,
    ) -> list[Message]:
        """The next messages to try, by id beyond `after`: queued, deferred and due; or of one state; or these.
        `among`: of them only these."""
        values: tuple[object, ...]
        if ids is not None:
            where, values = f"state IN {WAITING} AND id {LISTED}", (listed(ids),)
        elif only is not None:
            where, values = _IN_STATE[only], (only.value,)
        else:
            where, values = "(state = 'queued' OR (state = 'deferred' AND due_at <= ?))", (utc(now),)
        if among is not None:
            where, values = f"{where} AND id {LISTED}", (*values, listed(among))
        beyond = "?" if ids is not None or only is not None else f"max(?, {_FIRST_WAITING} - 1)"
        return self._messages(f"WHERE {where} AND id > {beyond} ORDER BY id LIMIT ?", (*values, after, limit))

    def about(self, activity: str | None, participant_id: int | None) -> list[int]:
        """Ids of what tells of this activity, or anything, to this participant, or anybody."""
        rows = self._db.execute(
            "SELECT id FROM message g WHERE participant_id = coalesce(?2, participant_id)"
            " AND (?1 IS NULL OR EXISTS (SELECT 1 FROM mention m JOIN certificate_and_claim x"
            " ON x.id = m.certificate_id WHERE m.message_id = g.id AND x.activity = ?1)"
            " OR EXISTS (SELECT 1 FROM claim_mention m JOIN claim c ON c.id = m.claim_id"
            " WHERE m.message_id = g.id AND c.activity = ?1)) ORDER BY id",
            (activity, participant_id),
        )
        return [row[0] for row in rows]

    def begin(self, message: int, attempt: int, at: dt.datetime) -> bool:
        """The message is about to leave, in its try of this number; False where another process has taken it.

        So two processes that send from one ledger never mail one message, whatever became of the lock.
        """
        changed = self._db.execute(
            "UPDATE message SET state = 'sending', attempt = ?, at = ?, code = NULL, enhanced = '', text = '',"
            " due_at = NULL, returned = 0, cause = '', in_folder = 0 WHERE id = ? AND attempt = ? AND state NOT IN ('sending', 'sent')",
            (attempt, utc(at), message, attempt - 1),
        ).rowcount
        if changed:
            self._transition(message, utc(at), attempt, Fate.SENDING, (None, "", ""))
        return bool(changed)

    def step(
        self,
        message: int,
        fate: Fate,
        attempt: int,
        at: dt.datetime,
        answer: Answer = (None, "", ""),
        due_at: dt.datetime | None = None,
        returned: bool = False,
        cause: str = "",
    ) -> None:
        """One transition; `returned`: heard by returned mail; `cause`: what a failure was about."""
        due = utc(due_at) if due_at else None
        self._db.execute(
            "UPDATE message SET state = ?, attempt = ?, at = ?, code = ?, enhanced = ?, text = ?, due_at = ?,"
            " returned = ?, cause = ?, in_folder = 0 WHERE id = ?",
            (fate.value, attempt, utc(at), *answer, due, returned, cause, message),
        )
        self._transition(message, utc(at), attempt, fate, answer, returned)

    def note_returned(self, message: Message, at: dt.datetime, text: str) -> None:
        """Returned mail was read that changes nothing of the message's state: into its history."""
        self._transition(message.id, utc(at), message.attempt, message.state, (None, "", text), True)

    def mark_interrupted(self, now: dt.datetime) -> None:
        """Messages that a crash left behind in flight: nobody knows, so nobody sends them again unasked."""
        for one in self.in_state(Fate.SENDING):
            answer = (None, "", "the program ended while this message was being sent")
            self.step(one.id, Fate.UNKNOWN, one.attempt, now, answer)

    # Reading

    def counts(self) -> dict[str, int]:
        """Messages by state. Nearly all were sent: those are counted as what is left of all."""
        rows = self._db.execute(
            "SELECT state, count(*) FROM message WHERE state <> 'sent' GROUP BY state"
        ).fetchall()
        sent = self._number("SELECT count(*) FROM message") - sum(row[1] for row in rows)
        return {**dict(rows), **({"sent": sent} if sent else {})}

    def newest(self) -> int:
        """The id of the message that was queued last; 0 before the first."""
        return self._number("SELECT coalesce(max(id), 0) FROM message")

    def due_count(self, now: dt.datetime) -> int:
        """How many messages are to be tried by now."""
        return self._number(
            "SELECT count(*) FROM message WHERE state <> 'sent'"
            " AND (state = 'queued' OR (state = 'deferred' AND due_at <= ?))",
            (utc(now),),
        )

    def next_due(self) -> dt.datetime | None:
        """When the first of those that are put off is to be tried again."""
        row = self._row("SELECT min(due_at) FROM message WHERE state = 'deferred' AND state <> 'sent'")
        return dt.datetime.fromisoformat(row[0]) if row[0] else None

    def waiting_by_activity(self) -> list[tuple[str, str, int]]:
        """(activity, occasion, messages) of what waits."""
        rows = self._db.execute(
            "WITH w AS (SELECT id, occasion FROM message WHERE state <> 'sent'"
            f" AND state IN {WAITING}), t AS ("
            " SELECT w.id, occasion, claim_id FROM w JOIN mention m ON m.message_id = w.id"
            " JOIN certificate x ON x.id = m.certificate_id"
            " UNION SELECT w.id, occasion, claim_id FROM w JOIN claim_mention m ON m.message_id = w.id"
            " UNION SELECT id, occasion, NULL FROM w"
            " WHERE NOT EXISTS (SELECT 1 FROM mention m WHERE m.message_id = w.id)"
            " AND NOT EXISTS (SELECT 1 FROM claim_mention m WHERE m.message_id = w.id))"
            " SELECT c.activity, t.occasion, count(DISTINCT t.id) FROM t LEFT JOIN claim c ON c.id = t.claim_id"
            " GROUP BY c.activity, t.occasion ORDER BY c.activity, t.occasion"
        )
        return [(row[0] or "", row[1], row[2]) for row in rows]

    def of(self, participant_id: int) -> list[Message]:
        return self._messages("WHERE participant_id = ? ORDER BY id", (participant_id,))

    def in_state(self, state: Fate) -> list[Message]:
        return self._messages(f"WHERE {_IN_STATE[state]} ORDER BY id", (state.value,))

    def get(self, message: int) -> Message:
        return self._messages("WHERE id = ?", (message,))[0]

    def by_message_id(self, message_id: str) -> Message | None:
        return next(iter(self._messages("WHERE message_id = ?", (message_id,))), None)

    def taken_since(self, since: dt.datetime) -> list[dt.datetime]:
        """When servers took messages after that time, the earliest first."""
        rows = self._db.execute(
            "SELECT at FROM transition WHERE state = 'sent' AND returned = 0 AND code IS NOT NULL AND at > ? ORDER BY at",
            (utc(since),),
        )
        return [dt.datetime.fromisoformat(row[0]) for row in rows]

    def resent_since(self, participant_id: int, since: dt.datetime) -> int:
        """How many times the link was sent again to one participant."""
        return self._number(
            "SELECT count(*) FROM message WHERE participant_id = ? AND occasion = 'resent' AND queued_at >= ?",
            (participant_id, utc(since)),
        )

    def answers_since(self, since: dt.datetime) -> int:
        """How many mails that asked for the link were answered, whoever wrote them."""
        return self._number(
            "SELECT count(*) FROM message g WHERE occasion = 'resent' AND queued_at >= ? AND"
            " (EXISTS (SELECT 1 FROM mention m WHERE m.message_id = g.id AND m.request <> '')"
            " OR EXISTS (SELECT 1 FROM claim_mention m WHERE m.message_id = g.id AND m.request <> ''))",
            (utc(since),),
        )

    def history(self, message: int) -> list[Transition]:
        """Everything that became of a message, oldest first."""
        rows = self._db.execute(
            "SELECT at, state, code, enhanced, text, returned FROM transition WHERE message_id = ?"
            " ORDER BY rowid",
            (message,),
        )
        return [Transition(row[0], Fate(row[1]), _response(*row[2:5]), bool(row[5])) for row in rows]

    def _messages(self, which: str, values: Sequence[object] = ()) -> list[Message]:
        return [read_message(row) for row in self._db.execute(f"SELECT * FROM message {which}", values)]

    def _transition(
        self, message: int, at: str, attempt: int, fate: Fate, answer: Answer, returned: bool = False
    ) -> None:
        self._db.execute(
            "INSERT INTO transition VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (message, at, attempt, fate.value, *answer, returned),
        )


def _response(code: int | None, enhanced: str, text: str) -> str:
    """A server's reply as it stands in logs; its text begins with the enhanced code as a rule."""
    parts = (code, "" if text.startswith(enhanced) else enhanced, text)
    return " ".join(str(part) for part in parts if part)


def utc(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")


def read_message(row: sqlite3.Row) -> Message:
    said = {one.name: row[one.name] for one in fields(Message)}
    for name in ("queued_at", "due_at", "at"):
        said[name] = dt.datetime.fromisoformat(said[name]) if said[name] else None
    said |= {"occasion": Occasion(row["occasion"]), "state": Fate(row["state"])}
    return Message(**said | {name: bool(row[name]) for name in ("returned", "in_folder")})
