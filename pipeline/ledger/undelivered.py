"""Messages that reached nobody, or perhaps nobody: what failed, and what was written into a folder."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence

from pipeline.ledger.mentions import STILL
from pipeline.ledger.messages import WAITING, Message, Messages, read_message
from pipeline.ledger.table import LISTED, Table, listed
from pipeline.rules.messages.occasions import Fate

# A message that failed while nothing since tells of what it was to tell of. What went to the same address tells
# nothing where that came back, unless it was sent after the failure was known.
FAILED = tuple(
    f"""
    SELECT message.*, group_concat('{table} ' || t.{subject}) AS about
    FROM message JOIN {table} t ON t.message_id = message.id {still}
    WHERE message.state = 'failed' AND message.state <> 'sent' AND message.occasion <> 'moved'
    AND t.retired = 0 AND NOT EXISTS (
        SELECT 1 FROM {table} u JOIN message s ON s.id = u.message_id
        WHERE u.{subject} = t.{subject} AND s.state <> 'failed' AND s.occasion <> 'moved'
        AND (s.id > message.id OR s.at > message.at)
        AND (s.email_key <> message.email_key OR message.returned = 0 OR s.at > message.at))
    GROUP BY message.id
    """
    for table, subject, still in STILL
)
# What a message in a folder was to tell and no mail tells; a message that is put off or failed tells it still.
UNMAILED = tuple(
    f"SELECT 1 FROM {table} t {still} WHERE t.message_id = ?1 AND t.retired = 0"
    f" AND NOT EXISTS (SELECT 1 FROM {table} u JOIN message s ON s.id = u.message_id"
    f" WHERE u.{subject} = t.{subject} AND s.in_folder = 0 AND s.occasion <> 'moved' AND s.id <> ?1)"
    for table, subject, still in STILL
)


class Undelivered(Table):
    """The tables message, mention and claim_mention."""

    def failed(self) -> list[Message]:
        """Messages that failed while nothing since tells what they were to tell; of several that were to tell the
        same, the first."""
        rows: dict[int, sqlite3.Row] = {}
        about: dict[int, set[str]] = {}
        for query in FAILED:
            for row in self._db.execute(query):
                rows[row["id"]] = row
                about.setdefault(row["id"], set()).update(row["about"].split(","))
        found, told = [], set[str]()
        for message in sorted(rows):
            if not about[message] <= told:
                found.append(read_message(rows[message]))
                told |= about[message]
        return found

    def doubt_waiting(self, at: str, why: str) -> None:
        """Nobody knows any more whether what waits, or has failed, was sent."""
        for one in [*self._read(f"WHERE state <> 'sent' AND state IN {WAITING}"), *self.failed()]:
            Messages(self._db).step(
                one.id, Fate.UNKNOWN, one.attempt, dt.datetime.fromisoformat(at), (None, "", why)
            )

    def note_in_folder(self, messages: Sequence[int]) -> None:
        """These were written into a folder, as no mail server was set; nobody was mailed."""
        self._db.execute(f"UPDATE message SET in_folder = 1 WHERE id {LISTED}", (listed(messages),))

    def in_folder(self) -> list[Message]:
        """What was written into a folder and is not sent."""
        return self._read("WHERE in_folder = 1 AND state = 'sent' ORDER BY id")

    def is_mailed(self, message: Message) -> bool:
        """Whether mail that was sent, or is to be, tells of all that this message in a folder was about and
        is so still."""
        values = (message.id,)
        return all(self._row(query, values) is None for query in UNMAILED)

    def _read(self, which: str) -> list[Message]:
        return [read_message(row) for row in self._db.execute(f"SELECT * FROM message {which}")]
