"""What a bounce means for a message and its address: bounces and records as literals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.rules.messages.refusal_table import NOT_UNDERSTOOD
from pipeline.rules.messages.refusals import refusal_in
from pipeline.rules.messages.reports import Action, Bounce
from pipeline.rules.messages.returned import Meaning, Sent, meaning_of, suggest_address

NONE: frozenset[str] = frozenset()
SENT = Sent("ana@gmial.com", "ana@gmial.com", NONE, NONE)
CORRECTED = replace(SENT, on_record="ana@gmail.com")
DOUBTED = replace(SENT, in_doubt=True, former=frozenset({"ana@gmial.com", "ana@old.example"}))
NO = Bounce(("m1@rheumatology.org",), "ana@gmial.com", Action.FAILED, "5.1.1", "no", refusal_in("5.1.1 no"))
NOBODY = replace(NO, recipient="", status="", diagnostic="550 no such user")
FULL = replace(NO, refusal=refusal_in("552 5.2.2 mailbox full"))
LISTED = replace(NO, refusal=refusal_in("554 5.7.1 client host blocked using a blocklist"))
WORDS = frozenset({"returned: failed: 5.1.1 no"})
FORMER = replace(NO, recipient="ana@old.example")


@pytest.mark.parametrize(
    ("bounce", "sent", "meaning"),
    [
        (NO, SENT, Meaning.BOUNCED),
        (replace(NO, recipient="ANA@GMIAL.COM"), SENT, Meaning.BOUNCED),
        (NOBODY, SENT, Meaning.BOUNCED),
        (NOBODY, DOUBTED, Meaning.FAILED),
        (FULL, SENT, Meaning.FULL),
        (LISTED, SENT, Meaning.FAILED),
        (replace(NO, refusal=NOT_UNDERSTOOD), SENT, Meaning.FAILED),
        (NO, replace(SENT, is_guess=True), Meaning.GUESSED),
        (NO, replace(SENT, is_guess=True, heard=WORDS, news=WORDS), Meaning.KNOWN),
        (replace(NO, recipient="forwarded@example.org"), SENT, Meaning.FAILED),
        (FORMER, replace(SENT, former=DOUBTED.former), Meaning.FAILED),
        (FORMER, DOUBTED, Meaning.NOTED),
        (NO, CORRECTED, Meaning.REQUEUED),
        (NO, replace(CORRECTED, is_told=True), Meaning.NOTED),
        (replace(NO, action=Action.DELAYED), SENT, Meaning.NOTED),
        (replace(NO, action=Action.AUTO_REPLY), SENT, Meaning.NOTED),
        (NO, None, Meaning.UNMATCHED),
        (NO, replace(SENT, heard=WORDS, news=WORDS), Meaning.KNOWN),
        (NO, replace(SENT, heard=WORDS), Meaning.BOUNCED),
        (FORMER, replace(DOUBTED, heard=WORDS), Meaning.KNOWN),
    ],
)
def test_what_a_bounce_means(bounce: Bounce, sent: Sent | None, meaning: Meaning) -> None:
    """The address on record is marked where it is dead or full, and for nothing else, never by a guess; what
    failed at a former one goes to that on record, once; what was heard before is no news."""
    assert meaning_of(bounce, sent) is meaning


def test_the_address_that_was_meant() -> None:
    """A slip in a common domain is guessed; a real one is never doubted."""
    assert suggest_address("ana@gmial.com") == "ana@gmail.com"
    assert suggest_address("ana@gmail.com") == suggest_address("@gmial.com") == suggest_address("x") == ""
