"""What one mail tells: the values a message is composed of, and the states it goes through."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from pipeline.rules.web.pages import Entry


class Occasion(StrEnum):
    """Why a person is written to."""

    NEW = "new"  # certificates were issued
    CORRECTED = "corrected"  # certificates changed, and staff asked that the holder be told
    RESENT = "resent"  # the holder lost the link
    ROTATED = "rotated"  # the old link was closed, this is the new one
    MOVED = "moved"  # told to the former address: the address on record was changed (no link)


class Fate(StrEnum):
    """The state of a message; each transition is on record with the server's own words."""

    QUEUED = "queued"  # composed from the ledger when its turn comes
    SENDING = "sending"  # handed to a worker; left behind by a crash it becomes unknown
    SENT = "sent"  # 250 to the final dot, or lying in the Maildir
    DEFERRED = "deferred"  # 4xx or connection trouble before the final dot: tried again at due_at
    FAILED = "failed"  # 5xx, or given up after days
    UNKNOWN = "unknown"  # the connection died after the final dot was sent: staff decide


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one person."""

    message_id: str  # without angle brackets; the same over all tries
    occasion: Occasion
    to: str  # the address as given
    name: str
    page_url: str  # the private page; empty for MOVED
    entries: tuple[Entry, ...]  # what the mail is about
    date: dt.datetime  # when it was queued, with its offset: the Date header, the same over all tries
