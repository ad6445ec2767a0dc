"""What messages tell, as things stand today: certificates, and what waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TypeVar

from pipeline.ledger.claims import KEPT, read_missing
from pipeline.ledger.pages import ENTRY, ORDER, read_entry, read_waiting
from pipeline.ledger.table import LISTED, Table, listed
from pipeline.rules.certificates.activities import Activity, Kind
from pipeline.rules.messages.occasions import RANK, Event, Occasion

OF_CERTIFICATES = (
    f"{ENTRY} JOIN mention m ON m.certificate_id = x.id WHERE v.version = x.current"
    f" AND m.message_id {LISTED} AND {KEPT.format(claim='x', day='?')} {ORDER}"
).replace("p.held,", "p.held, m.message_id, m.event,")
OF_CLAIMS = (
    "SELECT m.message_id, m.event, c.id, c.activity, c.activity_date, c.missing FROM claim_mention m"
    " JOIN claim c ON c.id = m.claim_id JOIN participant p ON p.id = c.participant_id"
    f" WHERE m.message_id {LISTED} AND c.withheld > 0 AND {KEPT.format(claim='c', day='?')}"
    " ORDER BY c.activity_date DESC, c.id"
)
# The same in short, for a plan over every message: what counts, by its kind.
KINDS_OF_CERTIFICATES = (
    "SELECT m.message_id, m.event, x.id, x.kind, x.activity FROM mention m"
    " JOIN certificate_and_claim x ON x.id = m.certificate_id"
    " WHERE x.current > 0 AND CASE m.event WHEN 'withdrawn' THEN x.standing = 'withdrawn'"
    " WHEN 'replaced' THEN x.standing = 'replaced' ELSE x.is_live END"
    f" AND m.message_id {LISTED} ORDER BY x.activity_date DESC, x.id"
)
KINDS_OF_CLAIMS = (
    "SELECT m.message_id, m.event, c.id, c.activity, c.missing FROM claim_mention m"
    f" JOIN claim c ON c.id = m.claim_id WHERE c.withheld > 0 AND m.message_id {LISTED}"
    " ORDER BY c.activity_date DESC, c.id"
)
T = TypeVar("T")
Told = dict[object, tuple[Occasion, list[T]]]  # by what it is about
ToldKind = tuple[Occasion, Kind, str]  # an event, the kind of certificate and the activity that it is about


class Events(Table):
    """The tables mention and claim_mention, joined with what they speak of."""

    def of(
        self, messages: Sequence[int], catalog: Mapping[str, Activity], today: dt.date
    ) -> dict[int, list[Event]]:
        """What each of these messages tells, newest activity first; each certificate once, by its first event.

        A claim that waits no more is left out.
        """
        values = (listed(messages), today.isoformat())
        found: dict[int, Told[Event]] = {message: {} for message in messages}
        for row in self._db.execute(OF_CERTIFICATES, values):
            occasion = Occasion(row["event"])
            events = [Event(occasion, read_entry(row, today))]
            _keep_first(found[row["message_id"]], row["number"], events, occasion)
        for row in self._db.execute(OF_CLAIMS, values):
            occasion = Occasion(row["event"])
            events = [
                Event(occasion, read_waiting(row, one, catalog)) for one in read_missing(row["missing"])
            ]
            _keep_first(found[row["message_id"]], row["id"], events, occasion)
        return {message: _all(told) for message, told in found.items()}

    def in_short(self, messages: Sequence[int]) -> dict[int, list[ToldKind]]:
        """What `of` gives, by kind and activity; a message that would say only that something was replaced tells
        nothing."""
        found: dict[int, Told[ToldKind]] = {message: {} for message in messages}
        for row in self._db.execute(KINDS_OF_CERTIFICATES, (listed(messages),)):
            occasion = Occasion(row["event"])
            kinds = [(occasion, Kind(row["kind"]), row["activity"])]
            _keep_first(found[row["message_id"]], ("certificate", row["id"]), kinds, occasion)
        for row in self._db.execute(KINDS_OF_CLAIMS, (listed(messages),)):
            occasion = Occasion(row["event"])
            kinds = [(occasion, award.kind, row["activity"]) for award in read_missing(row["missing"])]
            _keep_first(found[row["message_id"]], ("claim", row["id"]), kinds, occasion)
        short = {message: _all(told) for message, told in found.items()}
        return {
            message: told if any(one[0] is not Occasion.REPLACED for one in told) else []
            for message, told in short.items()
        }


def _keep_first(told: Told[T], about: object, said: list[T], occasion: Occasion) -> None:
    """Of several events of one certificate or claim, the first."""
    known = told.get(about)
    if known is None or RANK[occasion] < RANK[known[0]]:
        told[about] = (occasion, said)


def _all(told: Told[T]) -> list[T]:
    return [one for _, said in told.values() for one in said]
