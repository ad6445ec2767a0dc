"""What passes between the ledger and the sender: messages that are due, and what became of each, by steps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.rules.messages.occasions import Fate, Notice


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message that is due. Its notice does not print: it holds the holder's private link."""

    id: int  # the ledger's row
    notice: Notice = field(repr=False)
    attempt: int  # tries before this one
    queued_on: dt.datetime  # since when it is tried: giving up counts from here

    @property
    def domain(self) -> str:
        return self.notice.to.rpartition("@")[2].casefold()


@dataclass(frozen=True, slots=True)
class Step:
    """One transition of one message, as it goes on record."""

    id: int
    fate: Fate  # SENDING, SENT, DEFERRED, FAILED or UNKNOWN
    attempt: int  # the number of this try, from 1
    at: dt.datetime
    code: int | None = None  # the server's, None where it did not answer
    enhanced: str = ""  # RFC 3463: 5.1.1
    text: str = ""  # the server's own words, the private link taken out
    due_at: dt.datetime | None = None  # DEFERRED: not before this


class Queue(Protocol):
    """What the sender needs of the ledger."""

    def due(self, at: dt.datetime, after: int, limit: int) -> Sequence[OutgoingMessage]:
        """Queued messages, and deferred ones whose time has come, with ids above `after`, ascending."""

    def record(self, steps: Sequence[Step]) -> Collection[int]:
        """All steps in their order, in one transaction that is on disk when this returns.

        SENDING is recorded directly before the message's text leaves: a message whose last step that is when
        a run begins becomes UNKNOWN. Returns the messages for which it was not, as another process has begun
        them: they must not leave.
        """


Watcher = Callable[[Step], None]  # told of every step that is on record: a progress bar


@dataclass
class Summary:
    """What a run did. What it left alone is still in the ledger, to be sent by the next."""

    sent: int = 0
    deferred: int = 0
    failed: int = 0
    unknown: int = 0
    halted: str = ""  # why the breaker ended the run, the server's words in it
    quota: str = ""  # the server's words, where it ended as the relay takes no more in a day
    interrupted: bool = False  # by Ctrl-C or SIGTERM
    resting: tuple[str, ...] = ()  # domains that asked for less; their messages wait

    def count(self, step: Step) -> None:
        if step.fate is not Fate.SENDING:
            setattr(self, step.fate.value, getattr(self, step.fate.value) + 1)
