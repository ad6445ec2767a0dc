"""What a mail server's answer means for a message: reply in; fate, next try, or a halt of the run out.

Sources: RFC 5321 4.2 and 4.5.4 (replies, retry), RFC 3463 (enhanced codes).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from enum import IntEnum

from pipeline.rules.messages.occasions import Fate
from pipeline.rules.messages.refusal_table import NOT_UNDERSTOOD, Cause, Refusal
from pipeline.rules.messages.refusals import refusal_in
from pipeline.rules.text import counted


class Stage(IntEnum):
    """How far a message had come when the reply (or the silence) came."""

    COMPOSE = 0  # no mail can be written to this address
    CONNECT = 1
    MAIL = 2
    RCPT = 3
    DATA = 4  # announced; nothing that a server could deliver has left
    DOT = 5  # the final dot was handed to the network: the server may have the message


NOT_SENDER = Refusal(
    Cause.US, "The relay refuses the sender: check MAIL_FROM and SMTP_USER, then send again.", True
)


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer; `code` None where there was none (connection lost, time-out)."""

    stage: Stage
    code: int | None
    text: str

    @property
    def accepted(self) -> bool:
        return self.stage is Stage.DOT and self.code is not None and 200 <= self.code < 300

    @property
    def refusal(self) -> Refusal:
        """What a refusal is about. One that comes before the server has heard of any recipient is about us,
        whatever its words; a 4xx says no more than that it may go later, unless the quota is used up."""
        if self.accepted or self.code is None or self.code < 400 or self.stage < Stage.MAIL:
            return NOT_UNDERSTOOD
        meant = refusal_in(f"{self.code} {self.text}")
        if self.code < 500:
            return meant if meant.cause is Cause.QUOTA else NOT_UNDERSTOOD
        return NOT_SENDER if self.stage is Stage.MAIL and not meant.is_ours else meant

    @property
    def hung_up(self) -> bool:
        """Whether the connection went before the final dot: then another connection may try at once."""
        return Stage.COMPOSE < self.stage < Stage.DOT and (self.code is None or self.code == 421)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to go on: the settings of retry and of the breaker."""

    first: dt.timedelta = dt.timedelta(minutes=5)  # wait after the first refusal; doubled each time
    most: dt.timedelta = dt.timedelta(hours=4)  # no wait grows longer by itself
    asked: dt.timedelta = dt.timedelta(days=1)  # nor where the server asks for it
    days: int = 5  # RFC 5321 4.5.4.1: give up after four or five days
    connects: int = 5  # connections refused in a row before the run halts
    troubles: int = 10  # messages in a row that met trouble of the server's
    refusals: int = 20  # messages in a row refused for good: rather the relay's fault than theirs
    ours: int = 3  # messages in a row whose form, size or number was refused: others fare no better


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a message: `due_at` is set for DEFERRED alone."""

    fate: Fate
    text: str
    due_at: dt.datetime | None = None


def fate_of(reply: Reply) -> Fate:
    """The fate a reply means, give-up apart. After the final dot only a clear answer is an answer."""
    code = reply.code or 0
    if reply.accepted:
        return Fate.SENT
    if reply.refusal.is_ours:
        return Fate.DEFERRED
    if reply.stage is Stage.COMPOSE or 500 <= code < 600:
        return Fate.FAILED
    if reply.stage is Stage.DOT and not 400 <= code < 500:
        return Fate.UNKNOWN
    return Fate.DEFERRED


def verdict_of(
    reply: Reply, attempt: int, queued_on: dt.datetime, at: dt.datetime, policy: RetryPolicy, jitter: float
) -> Verdict:
    """What to record after try number `attempt` (from 1); `jitter` is a random number from 0 to 1.

    What is refused for us waits for the next sending, once it is mended, however long that takes. A message
    that alone is refused for its form waits longer each time, so that it holds up no other, and fails in
    the end.
    """
    fate = fate_of(reply)
    if fate is not Fate.DEFERRED:
        return Verdict(fate, reply.text)
    if reply.refusal.is_ours and (reply.refusal.for_all or attempt == 1):
        return Verdict(fate, reply.text, at)
    if at - queued_on >= dt.timedelta(days=policy.days):
        days = counted(policy.days, "day")
        return Verdict(Fate.FAILED, f"given up after {days}; the last answer: {reply.text}")
    return Verdict(fate, reply.text, at + back_off(attempt, wait_asked(reply.text), policy, jitter))


def back_off(
    attempt: int, asked: dt.timedelta | None, policy: RetryPolicy, jitter: float = 0.0
) -> dt.timedelta:
    """The wait after try number `attempt`: doubled each time, up to a quarter longer by `jitter`.

    Never shorter than the server asked, within `policy.asked`.
    """
    grown = min(policy.first * (1 << min(attempt - 1, 20)), policy.most)
    wait = max(grown, min(asked or dt.timedelta(), policy.asked))
    return wait + wait * 0.25 * jitter


_UNITS = {"s": 1, "m": 60, "h": 3600}
_CLOCK = re.compile(r"\b(?:in|after|for)\s+(\d{1,2}):([0-5]\d):([0-5]\d)\b", re.IGNORECASE)
_SPELT = re.compile(
    r"\b(?:in|after|for|wait)\s+(?:about\s+|at least\s+|another\s+)?(\d{1,6})\s*"
    r"(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?)\b",
    re.IGNORECASE,
)


def wait_asked(text: str) -> dt.timedelta | None:
    """The wait a server asks for ("try again in 300 seconds", "come back in 00:05:00"), or None."""
    if clock := _CLOCK.search(text):
        hours, minutes, seconds = (int(part) for part in clock.groups())
        return dt.timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if spelt := _SPELT.search(text):
        return dt.timedelta(seconds=int(spelt[1]) * _UNITS[spelt[2][0].lower()])
    return None


_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")


def enhanced_code(text: str) -> str:
    """The enhanced status code a reply begins with (RFC 2034), empty without one."""
    found = _ENHANCED.match(text)
    return found[1] if found else ""


_THROTTLE = re.compile(
    r"too many|too fast|too quick|rate|throttl|slow down|exceed|limit|\b4\.7\.28\b|\b4\.4\.5\b", re.IGNORECASE
)
_GREYLIST = re.compile(r"gr[ae]y-?list", re.IGNORECASE)


def is_throttled(reply: Reply) -> bool:
    """Whether a 4xx says "slower" for this recipient's domain; greylisting is not that."""
    return (
        reply.stage >= Stage.RCPT
        and reply.code is not None
        and 400 <= reply.code < 500
        and reply.code != 421
        and bool(_THROTTLE.search(reply.text))
        and not _GREYLIST.search(reply.text)
    )


@dataclass(frozen=True, slots=True)
class Streak:
    """Failures in a row, by kind. A success clears it; a recipient's own 4xx (greylisting) does not count."""

    connects: int = 0
    troubles: int = 0
    refusals: int = 0
    ours: int = 0  # refused for us
    stops: bool = False  # refused in a way that no other message would fare better
    text: str = ""  # the last failure's words
    refusal: Refusal = NOT_UNDERSTOOD  # the last for us

    def after(self, reply: Reply, again: bool = False) -> Streak:
        """The streak with one more reply; `again`: to a message that was tried before.

        One that is refused for us time and again must not hold up all others: it counts, and no more.
        """
        if reply.accepted:
            return Streak()
        if reply.stage is Stage.COMPOSE:
            return self
        if reply.stage is Stage.CONNECT:
            return replace(self, connects=self.connects + 1, text=reply.text)
        if reply.refusal.is_ours:
            said = f"{reply.code} {reply.text}"
            stops = reply.refusal.for_all and (reply.stage is Stage.MAIL or not again)
            return replace(
                self, connects=0, ours=self.ours + 1, stops=stops, text=said, refusal=reply.refusal
            )
        if reply.code is not None and reply.code >= 500:
            return replace(self, connects=0, refusals=self.refusals + 1, text=reply.text)
        if reply.stage is Stage.RCPT and reply.code not in (None, 421):
            return replace(self, connects=0)
        return replace(self, connects=0, troubles=self.troubles + 1, text=reply.text)

    def halts(self, policy: RetryPolicy) -> str:
        """Why the run should halt rather than burn the list; empty while it may go on."""
        if self.stops or self.ours >= policy.ours:
            return f"the mail server refuses us, and no address. {self.refusal.mend} It said: {self.text}"
        if self.connects >= policy.connects:
            return f"no connection after {self.connects} tries in a row; the last: {self.text}"
        if self.troubles >= policy.troubles:
            return f"{self.troubles} messages in a row met trouble; the last answer: {self.text}"
        if self.refusals >= policy.refusals:
            return f"{self.refusals} messages in a row were refused; the last answer: {self.text}"
        return ""


# What stands before the server's own words: how the report came, the code.
_LEAD = re.compile(r"^(?:returned[^:]*: [\w-]+: )?(?:\d{3}[ -]|[245]\.\d+\.\d+ (?=\d{3}[ -]|given up))*")


def advice(text: str) -> str:
    """What staff can do about a failed message, from the server's words."""
    said = _LEAD.sub("", text)
    given_up, _, last = said.partition("the last answer: ")
    meant = refusal_in(last or said)
    tells = meant.for_all or meant.cause in (Cause.DEAD, Cause.FULL)
    if given_up.startswith("given up") and not tells:
        return "The receiver never took it: ask the participant for another address."
    return meant.mend
