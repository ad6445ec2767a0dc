"""The rules of delivery, by literals: what replies mean, how long to wait, when to halt, what was meant."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.rules.addresses import COMMON_DOMAINS, suggest_domain
from pipeline.rules.messages.delivery import (
    Reply,
    RetryPolicy,
    Stage,
    Streak,
    advice,
    back_off,
    enhanced_code,
    fate_of,
    is_throttled,
    verdict_of,
    wait_asked,
)
from pipeline.rules.messages.occasions import Fate

NOW = dt.datetime(2025, 11, 14, 9, 30, tzinfo=dt.UTC)
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("stage", "code", "fate"),
    [
        (Stage.DOT, 250, Fate.SENT),
        (Stage.DOT, 451, Fate.DEFERRED),
        (Stage.DOT, 421, Fate.DEFERRED),
        (Stage.DOT, 554, Fate.FAILED),
        (Stage.DOT, None, Fate.UNKNOWN),
        (Stage.DOT, 354, Fate.UNKNOWN),
        (Stage.DATA, None, Fate.DEFERRED),
        (Stage.DATA, 250, Fate.DEFERRED),
        (Stage.RCPT, 450, Fate.DEFERRED),
        (Stage.RCPT, 550, Fate.FAILED),
        (Stage.MAIL, None, Fate.DEFERRED),
        (Stage.MAIL, 421, Fate.DEFERRED),
        (Stage.MAIL, 550, Fate.DEFERRED),  # about us, not about the recipient
        (Stage.MAIL, 552, Fate.DEFERRED),
        (Stage.COMPOSE, None, Fate.FAILED),
    ],
)
def test_what_a_reply_means(stage: Stage, code: int | None, fate: Fate) -> None:
    """Only a clear answer to the final dot is an answer; before it silence costs nothing."""
    assert fate_of(Reply(stage, code, "")) is fate


def test_waits_double_and_are_bounded() -> None:
    """Five minutes, ten, twenty ... four hours; jitter only lengthens, by a quarter at most."""
    policy = RetryPolicy()
    assert [back_off(attempt, None, policy) for attempt in (1, 2, 3, 6, 7, 99)] == [
        5 * MINUTE,
        10 * MINUTE,
        20 * MINUTE,
        160 * MINUTE,
        4 * HOUR,
        4 * HOUR,
    ]
    assert back_off(1, None, policy, 1.0) == dt.timedelta(minutes=6, seconds=15)
    assert back_off(1, 30 * MINUTE, policy) == 30 * MINUTE
    assert back_off(1, 6 * HOUR, policy) == 6 * HOUR  # asked for, it may be longer than our own longest
    assert back_off(1, dt.timedelta(days=30), policy) == 24 * HOUR
    assert back_off(3, MINUTE, policy) == 20 * MINUTE


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("4.7.1 Greylisted, try again in 300 seconds", 300),
        ("4.2.0 Greylisting in action, please come back in 00:05:00", 300),
        ("please retry after 5 minutes", 300),
        ("Greylisted for 10 min", 600),
        ("wait 30s", 30),
        ("try in about 2 hours", 7200),
        ("try again later", None),
        ("4.7.1 rejected by rule 300", None),
    ],
)
def test_the_wait_a_server_asks_for(text: str, wait: int | None) -> None:
    """Read from the words that mail servers use."""
    asked = wait_asked(text)
    assert (asked.total_seconds() if asked else None) == wait


def test_after_days_it_has_failed() -> None:
    """One try before five days are over waits; the try after them is the last."""
    reply, queued = Reply(Stage.RCPT, 450, "4.2.1 busy"), NOW - dt.timedelta(days=5)
    early = verdict_of(reply, 20, queued + MINUTE, NOW, RetryPolicy(), 0.0)
    assert (early.fate, early.due_at) == (Fate.DEFERRED, NOW + 4 * HOUR)
    late = verdict_of(reply, 21, queued, NOW, RetryPolicy(), 0.0)
    assert (late.fate, late.due_at) == (Fate.FAILED, None)
    assert late.text == "given up after 5 days; the last answer: 4.2.1 busy"


def test_enhanced_codes() -> None:
    """RFC 3463, at the start of the text only."""
    assert enhanced_code("5.1.1 no such user") == "5.1.1"
    assert enhanced_code("user 5.1.1 unknown") == ""
    assert enhanced_code("1.2.3 what") == ""


def test_throttling_is_told_from_greylisting() -> None:
    """A domain that says "slower" may rest; greylisting wants each message to call again."""
    assert is_throttled(Reply(Stage.RCPT, 451, "4.7.28 rate limit exceeded"))
    assert is_throttled(Reply(Stage.DOT, 450, "4.2.1 receiving mail too quickly, throttled"))
    assert not is_throttled(Reply(Stage.RCPT, 450, "4.7.1 greylisted, rate of first contact"))
    assert not is_throttled(Reply(Stage.RCPT, 550, "5.7.1 too many"))
    assert not is_throttled(Reply(Stage.MAIL, 450, "too many connections"))


def test_the_breaker() -> None:
    """Connections, trouble and refusals are counted apart; one success clears all."""
    policy = RetryPolicy()
    streak = Streak()
    for _ in range(4):
        streak = streak.after(Reply(Stage.CONNECT, None, "refused"))
    assert streak.halts(policy) == ""
    assert "5 tries" in streak.after(Reply(Stage.CONNECT, None, "refused")).halts(policy)
    assert streak.after(Reply(Stage.DOT, 250, "ok")) == Streak()
    for _ in range(100):
        streak = streak.after(Reply(Stage.RCPT, 450, "greylisted"))
    assert streak.halts(policy) == ""
    for _ in range(20):
        streak = streak.after(Reply(Stage.RCPT, 550, "go away"))
    assert streak.halts(policy) == "20 messages in a row were refused; the last answer: go away"


SLIPS = {
    "gmail.com": ["gmial.com", "gmai.com", "gmail.co", "gmail.con", "GMAIL.CMO"],
    "yahoo.com": ["yaho.com"],
    "hotmail.com": ["hotmial.com", "hotmai.con"],
    "outlook.com": ["outlok.com"],
    "icloud.com": ["iclould.com"],
    "rheumatology.org": ["rheumatolgy.org"],
    "": ["gmail.com", "mail.com", "ymail.com", "email.com", "hospital.example", "kp.com", "va.go", ""],
}


@pytest.mark.parametrize(
    ("typed", "meant"), [(one, meant) for meant, slips in SLIPS.items() for one in slips]
)
def test_a_slip_in_a_common_domain_is_noticed(typed: str, meant: str) -> None:
    """gmial.com is asked about; a real provider that happens to be near is not."""
    assert suggest_domain(typed) == meant


def test_no_known_domain_is_doubted() -> None:
    """Each of the list is itself."""
    assert not [domain for domain in COMMON_DOMAINS if suggest_domain(domain)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("5.1.1 <a@example.org>: user unknown", "address is wrong"),
        ("5.1.2 domain not found", "after the @"),
        ("5.2.2 mailbox full", "full"),
        ("5.6.7 no SMTPUTF8", "another one"),
        ("5.7.1 relaying denied", "relay refuses"),
        ("5.7.1 looks like spam", "filter"),
        ("given up after 5 days; the last answer: busy", "another address"),
        ("no", "server's words"),
        ("550 5.1.1 <a@example.org>: Recipient address rejected", "address is wrong"),
        ("returned: failed: 5.1.1 550 5.1.1 rejected", "address is wrong"),
        ("returned of b@example.org: failed: 5.2.2 552 5.2.2 over it", "full"),
        ("553 5.1.8 who are you", "relay refuses"),
        ("553 5.1.8 given up after 5 days; the last answer: 5.1.8 who are you", "relay refuses"),
        ("451 4.7.1 given up after 5 days; the last answer: 4.7.1 try later", "another address"),
    ],
)
def test_staff_are_told_what_to_do(text: str, word: str) -> None:
    """Each failure has a next step."""
    assert word in advice(text)
