"""What one mail tells: the values a message is composed of, and the states it goes through."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from pipeline.rules.web.pages import Entry, WithheldEntry


class Occasion(StrEnum):
    """Why a person is written to: the event that a message tells of. Of several, the first here names it."""

    WITHDRAWN = "withdrawn"  # staff withdrew a certificate, and asked that the holder be told
    REINSTATED = "reinstated"  # a withdrawn one is valid again, likewise
    REPLACED = "replaced"  # another certificate took its place
    NEW = "new"  # certificates were issued
    CORRECTED = "corrected"  # certificates changed, and staff asked that the holder be told
    BOARD = "board"  # a board could not match the holder, who can mend it; staff asked that they be told
    WITHHELD = "withheld"  # a certificate waits for something that the person can do
    REMINDER = "reminder"  # it still waits
    DELETION = "deletion"  # the record will be deleted soon: save your copy
    RESENT = "resent"  # the holder lost the link
    ROTATED = "rotated"  # the old link was closed, this is the new one
    MOVED = "moved"  # told to the former address: the address on record was changed (no link)


# What a run finds to tell one person goes into one message; what staff do for one is a message of its own.
OF_A_RUN = (
    *(Occasion.REPLACED, Occasion.NEW, Occasion.CORRECTED),
    *(Occasion.WITHHELD, Occasion.REMINDER, Occasion.DELETION),
)
# What people are written to about besides their certificates: an activity and the college can do without.
ADVICE = (Occasion.WITHHELD, Occasion.REMINDER, Occasion.DELETION)
RANK = {occasion: place for place, occasion in enumerate(Occasion)}


class Fate(StrEnum):
    """The state of a message; each transition is on record with the server's own words."""

    QUEUED = "queued"  # composed from the ledger when its turn comes
    SENDING = "sending"  # handed to a worker; left behind by a crash it becomes unknown
    SENT = "sent"  # 250 to the final dot, or lying in the Maildir
    DEFERRED = "deferred"  # 4xx or connection trouble before the final dot: tried again at due_at
    FAILED = "failed"  # 5xx, or given up after days
    UNKNOWN = "unknown"  # the connection died after the final dot was sent: staff decide


@dataclass(frozen=True, slots=True)
class Event:
    """What a message tells of one certificate, or of what waits."""

    occasion: Occasion
    about: Entry | WithheldEntry


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one person."""

    message_id: str  # without angle brackets; the same over all tries
    occasion: Occasion
    to: str  # the address as given
    name: str
    page_url: str  # the private page; empty for MOVED
    events: tuple[Event, ...]  # what the mail tells
    date: dt.datetime  # when it was queued, with its offset: the Date header, the same over all tries
    is_test: bool = False  # to staff, about nobody; the subject says so
