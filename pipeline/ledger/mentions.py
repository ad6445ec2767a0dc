"""Mentions: what a message tells of which certificates, so that each event is told once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.ledger.messages import WAITING, Message, utc
from pipeline.ledger.table import LISTED, Table, listed
from pipeline.rules.messages.occasions import Occasion

# Where it stands what a message tells, by what it is known there, and whether it still is to be told.
STILL = (
    (
        "mention",
        "certificate_id",
        "JOIN certificate_and_claim x ON x.id = t.certificate_id"
        " AND x.is_live = (t.event <> 'withdrawn') AND t.event <> 'replaced'",
    ),
    ("claim_mention", "claim_id", "JOIN claim c ON c.id = t.claim_id AND c.withheld > 0"),
)
# What a message was to tell and no other tells since, of certificates and of claims that wait.
UNTOLD = tuple(
    f"SELECT 1 FROM {table} t {still} WHERE t.message_id = ?1 AND t.retired = 0"
    f" AND NOT EXISTS (SELECT 1 FROM {table} u JOIN message s ON s.id = u.message_id"
    f" WHERE u.{subject} = t.{subject} AND s.state <> 'failed' AND s.occasion <> 'moved'"
    " AND (s.id > ?1 OR s.at > ?2) AND (NOT ?4 OR s.email_key <> ?3))"
    for table, subject, still in STILL
)


class Mentions(Table):
    """The table mention."""

    def untold(self) -> Iterator[tuple[int, list[int]]]:
        """(participant, certificate ids) of certificates that were issued and never told of."""
        rows = self._db.execute(
            "SELECT participant_id, group_concat(x.id) FROM certificate_and_claim x"
            " WHERE x.told = 0 AND x.current > 0 AND x.is_live GROUP BY participant_id ORDER BY participant_id"
        ).fetchall()
        return ((row[0], sorted(int(part) for part in row[1].split(","))) for row in rows)

    def unmailed_corrections(
        self, participant_id: int | None = None
    ) -> Iterator[tuple[int, list[tuple[int, int]]]]:
        """(participant, (certificate id, version)) of corrections whose holders were not told of them."""
        whose = "" if participant_id is None else "AND x.participant_id = :whose"
        rows = self._db.execute(
            "SELECT participant_id, group_concat(id || ':' || version) FROM ("
            # the newest correction, not the newest version: a reissue in another design is no event
            " SELECT x.participant_id, x.id, (SELECT max(v.version) FROM version v WHERE v.certificate_id = x.id"
            " AND v.sha256 IS NOT NULL AND v.reason <> '') AS version"
            " FROM certificate_and_claim x WHERE x.current > 1"
            f" AND x.standing = 'corrected' {whose}"
            # who has not been told of the certificate yet will be told of it as it is now
            " AND EXISTS (SELECT 1 FROM mention m JOIN message g ON g.id = m.message_id"
            " WHERE m.certificate_id = x.id AND m.event = 'new' AND m.retired = 0"
            " AND g.state NOT IN ('queued', 'deferred')))"
            " AS changed"
            " WHERE version IS NOT NULL AND NOT EXISTS (SELECT 1 FROM mention m"
            " WHERE m.certificate_id = changed.id AND m.event = 'corrected' AND m.version = changed.version"
            " AND m.retired = 0)"
            " GROUP BY participant_id",
            {"whose": participant_id},
        ).fetchall()
        for row in rows:
            pairs = (part.split(":") for part in row[1].split(","))
            yield row[0], [(int(one), int(other)) for one, other in pairs]

    def add(
        self,
        message: int,
        certificate_ids: Sequence[int],
        event: Occasion,
        version: int = 0,
        request: str = "",
    ) -> None:
        """The message tells of these certificates.

        `version`: of a correction, the version that has it; `request`: the digest of the mail that asked. The
        table refuses what another message tells already.
        """
        self._db.executemany(
            "INSERT INTO mention (certificate_id, message_id, event, version, request) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (certificate_id, event, version, request, message_id) DO NOTHING",
            [(one, message, event.value, version, request) for one in certificate_ids],
        )

    def replaced_by(self, certificate_ids: Sequence[int]) -> list[int]:
        """Certificates whose place these took, at one remove or more, and whose holders were told of them."""
        rows = self._db.execute(
            "WITH RECURSIVE former (id) AS ("
            f" SELECT replaces FROM certificate WHERE id {LISTED} AND replaces IS NOT NULL"
            " UNION SELECT x.replaces FROM certificate x JOIN former ON former.id = x.id"
            " WHERE x.replaces IS NOT NULL)"
            " SELECT id FROM former WHERE EXISTS (SELECT 1 FROM mention m JOIN message g ON g.id = m.message_id"
            " WHERE m.certificate_id = former.id AND m.event = 'new' AND m.retired = 0"
            " AND g.state IN ('sent', 'unknown')) AND NOT EXISTS (SELECT 1 FROM mention m"
            " WHERE m.certificate_id = former.id AND m.event = 'replaced' AND m.retired = 0) ORDER BY id",
            (listed(certificate_ids),),
        )
        return [row[0] for row in rows]

    def waiting_about(self, certificate_ids: Sequence[int]) -> list[int]:
        """Ids of messages that wait to be sent and tell of any of these certificates."""
        rows = self._db.execute(
            f"SELECT DISTINCT g.id FROM mention m JOIN message g ON g.id = m.message_id"
            f" WHERE m.certificate_id {LISTED} AND g.state IN {WAITING} AND g.state <> 'sent' ORDER BY g.id",
            (listed(certificate_ids),),
        )
        return [row[0] for row in rows]

    def is_told(self, message: Message, elsewhere: bool) -> bool:
        """Whether all it was about was told, or waits to be, by another message since, or is not so any more;
        `elsewhere`: at another address than this message's."""
        values = (message.id, utc(message.at), message.email_key, elsewhere)
        return all(self._row(query, values) is None for query in UNTOLD)

    def give_up(self, message: int) -> None:
        """The message will never be sent: what it was to tell of counts as untold again."""
        for table in ("mention", "claim_mention"):
            self._db.execute(f"UPDATE {table} SET retired = 1 WHERE message_id = ?", (message,))

    def note_told(self, sent: Sequence[int]) -> None:
        """These messages were sent just now, and told of their certificates as these stand.

        What was corrected meanwhile is told with that. A certificate that was not valid was not shown: that it
        was issued is still to be told.
        """
        these = (listed(sent),)
        self._db.execute(
            "INSERT INTO mention (certificate_id, message_id, event, version)"
            " SELECT t.certificate_id, t.message_id, 'corrected', max(v.version)"
            " FROM mention t JOIN certificate x ON x.id = t.certificate_id"
            " JOIN version v ON v.certificate_id = x.id AND v.sha256 IS NOT NULL AND v.reason <> ''"
            " WHERE t.event = 'new' AND t.retired = 0 AND x.standing = 'corrected'"
            f" AND t.message_id {LISTED}"
            " GROUP BY t.certificate_id, t.message_id ON CONFLICT DO NOTHING",
            these,
        )
        self._db.execute(
            f"DELETE FROM mention WHERE event = 'new' AND message_id {LISTED}"
            " AND EXISTS (SELECT 1 FROM certificate_and_claim x WHERE x.id = certificate_id AND NOT x.is_live)",
            these,
        )

    def answering(self, participant_id: int, request: str) -> int | None:
        """The message to the participant that answers the mail with this digest."""
        row = self._row(
            "SELECT m.message_id FROM certificate_and_claim x JOIN mention m ON m.certificate_id = x.id"
            " WHERE x.participant_id = ?1 AND m.request = ?2 AND m.retired = 0"
            " UNION ALL SELECT m.message_id FROM claim c JOIN claim_mention m ON m.claim_id = c.id"
            " WHERE c.participant_id = ?1 AND m.request = ?2 AND m.retired = 0",
            (participant_id, request),
        )
        return row[0] if row else None
