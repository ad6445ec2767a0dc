"""What servers' words are about: the table of refusals, by literals as relays and receivers write them."""

from __future__ import annotations

import pytest

from pipeline.rules.messages.delivery import Reply, RetryPolicy, Stage, Streak, fate_of, verdict_of
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.messages.phrases import Phrases
from pipeline.rules.messages.refusal_table import Cause
from pipeline.rules.messages.refusals import refusal_in
from tests.support.mail_values import NOW

SAID = {
    Cause.QUOTA: """
        550 5.4.5 Daily SMTP relay limit exceeded
        550 5.7.1 Daily SMTP relay limit exceeded for customer
        550 5.4.5 Daily user sending limit exceeded
        554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; failed permanently
        550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients
        5.1.90
        454 4.7.0 Throttling failure: Daily message quota exceeded
    """,
    Cause.US: """
        550 5.7.26 This mail is unauthenticated, which poses a security risk to the sender and Gmail users
        550 5.7.515 Access denied, sending domain example.org does not meet the required authentication level
        554 5.7.9 Message not accepted for policy reasons
        550 5.7.23 The message was rejected because of Sender Policy Framework violation
        550 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using a blocklist
        550 5.7.606 Access denied, banned sending IP [192.0.2.9]
        554 5.7.1 <bo@example.org>: Relay access denied
        550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain
        550 5.7.60 SMTP; Client does not have permissions to send as this sender
        550 Sender verify failed: no such user here
        550 5.1.8 Access denied, bad outbound sender
        550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents more
        450 4.2.1 too many messages, slow down
        552 5.3.4 Message size exceeds fixed limit
        552 5.2.3 Message exceeds the maximum
        554 5.7.1 Message rejected: a virus was found
        550 5.7.1 looks like spam
        5.4.1 connection timed out
        550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup
        Remote host said: 501 5.5.2 syntax error
    """,
    Cause.DEAD: """
        550 5.1.1 <ana@example.org>: Recipient address rejected: User unknown in local recipient table
        550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking
        550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup
        550 5.4.1 Recipient address rejected: Access denied
        550 5.7.1 User unknown
        554 delivery error: dd This user doesn't have an example.com account (ana@example.com)
        550 5.2.1 The email account that you tried to reach is disabled
        553 sorry, no mailbox here by that name. (#5.1.1)
        450 4.1.1 <ana@example.org>: recipient rejected: user unknown
        550 Requested action not taken: mailbox unavailable
        5.1.2 domain not found
        Host or domain name not found. Name service error for name=exmaple.org
        DNS type 'mx' lookup of exmaple.org responded with code NXDOMAIN
        550 5.1.1 Utilisateur inconnu
        Der Empfänger ist nicht bekannt
        el usuario no existe
        такой почтовый ящик не существует
        宛先不明
    """,
    Cause.FULL: """
        552 5.2.2 mailbox full
        452 4.2.2 The email account that you tried to reach is over quota
        554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException
        550 user has exceeded the storage allocation
        552 Quota violation for ana@example.org
        Das Postfach ist voll
        la casella è piena
        boîte aux lettres pleine
        受信容量を超えています
    """,
    Cause.UNKNOWN: """
        550 no
        554 5.0.0 transaction
        550 <ana@example.org>: Recipient address rejected.
        550 5.6.7 the mail server does not take addresses beyond ASCII (no SMTPUTF8)
        client 5.1.1.9
    """,
}


@pytest.mark.parametrize(
    ("cause", "said"),
    [(cause, line.strip()) for cause, lines in SAID.items() for line in lines.strip().splitlines()],
)
def test_what_a_refusal_is_about(cause: Cause, said: str) -> None:
    """Codes first, then words; in doubt it says nothing of the mailbox."""
    assert refusal_in(said).cause == cause


def test_phrases() -> None:
    """Alternatives, gaps, joined words and the end of a word."""
    found = Phrases("mail_box * full.|exceed\nno_such_user")
    assert all(map(found.search, ("Mail-Box is nearly full", "mailbox: limit exceeded", "550 NoSuchUser")))
    assert not any(map(found.search, ("mailbox is fully open", "email box", "full mailbox", "xmailbox full")))


@pytest.mark.parametrize(
    ("stage", "code", "text", "fate", "halts"),
    [
        (Stage.RCPT, 550, "5.4.5 Daily SMTP relay limit exceeded", Fate.DEFERRED, 1),
        (Stage.DOT, 554, "5.2.0 SubmissionQuotaExceededException", Fate.DEFERRED, 1),
        (Stage.MAIL, 454, "4.7.0 Daily message quota exceeded", Fate.DEFERRED, 1),
        (Stage.DOT, 550, "5.7.26 unauthenticated", Fate.DEFERRED, 1),
        (Stage.RCPT, 554, "5.7.1 relay access denied", Fate.DEFERRED, 1),
        (Stage.MAIL, 550, "no", Fate.DEFERRED, 1),
        (Stage.DOT, 552, "5.3.4 message too big", Fate.DEFERRED, 3),
        (Stage.DOT, 554, "5.7.1 a virus was found", Fate.DEFERRED, 3),
        (Stage.RCPT, 550, "5.1.1 user unknown", Fate.FAILED, 20),
        (Stage.RCPT, 552, "5.2.2 mailbox full", Fate.FAILED, 20),
    ],
)
def test_a_refusal_while_sending(stage: Stage, code: int, text: str, fate: Fate, halts: int) -> None:
    """What is refused for us waits and ends the sending: at once where nothing would fare better."""
    reply, streak, count = Reply(stage, code, text), Streak(), 0
    assert fate_of(reply) is fate
    while not streak.halts(RetryPolicy()):
        streak, count = streak.after(reply), count + 1
    assert count == halts
    assert text in streak.halts(RetryPolicy())


def test_what_waits_for_us_is_due_as_soon_as_it_is_mended() -> None:
    """However old it is; a message that alone offends a filter lets others pass, and fails in the end."""
    quota = Reply(Stage.RCPT, 550, "5.4.5 Daily SMTP relay limit exceeded")
    old = NOW.replace(year=2020)
    verdict = verdict_of(quota, 9, old, NOW, RetryPolicy(), 0.0)
    assert (verdict.fate, verdict.due_at) == (Fate.DEFERRED, NOW)
    spam = Reply(Stage.DOT, 554, "5.7.1 looks like spam")
    first, second = (verdict_of(spam, at, NOW, NOW, RetryPolicy(), 0.0).due_at for at in (1, 2))
    assert first == NOW
    assert second is not None
    assert second > NOW
    assert verdict_of(spam, 9, old, NOW, RetryPolicy(), 0.0).fate is Fate.FAILED


def test_a_message_that_is_refused_again_ends_nothing_alone() -> None:
    """Others come before it is tried a third time; the sender itself is refused for all at once."""
    denied = Reply(Stage.RCPT, 554, "5.7.1 relay access denied")
    streak = Streak().after(denied, again=True).after(denied, again=True)
    assert streak.halts(RetryPolicy()) == ""
    assert streak.after(denied, again=True).halts(RetryPolicy())
    assert streak.after(Reply(Stage.DOT, 250, "ok")) == Streak()
    assert Streak().after(Reply(Stage.MAIL, 550, "no"), again=True).halts(RetryPolicy())
