"""What a bounce means for a message and its address: bounces and records as literals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.rules.messages.returned import Action, Bounce, Meaning, Sent, meaning_of, suggest_address

NONE: frozenset[str] = frozenset()
SENT = Sent("ana@gmial.com", "ana@gmial.com", NONE, NONE)
CORRECTED = replace(SENT, on_record="ana@gmail.com")
DOUBTED = replace(SENT, in_doubt=True, former=frozenset({"ana@gmial.com", "ana@old.example"}))
NO = Bounce("m1@rheumatology.org", "ana@gmial.com", Action.FAILED, "5.1.1", "no")
NOBODY = replace(NO, recipient="", status="", diagnostic="550 no")
WORDS = frozenset({"returned: failed: 5.1.1 no"})
FORMER = replace(NO, recipient="ana@old.example")


@pytest.mark.parametrize(
    ("bounce", "sent", "meaning"),
    [
        (NO, SENT, Meaning.BOUNCED),
        (replace(NO, recipient="ANA@GMIAL.COM"), SENT, Meaning.BOUNCED),
        (NOBODY, SENT, Meaning.BOUNCED),
        (NOBODY, DOUBTED, Meaning.FAILED),
        (replace(NO, status="4.4.7"), SENT, Meaning.FAILED),
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
    """The address is marked for a permanent failure of the address on record, and for nothing else; what
    failed at a former one goes to that on record, once; what was heard before is no news."""
    assert meaning_of(bounce, sent) is meaning


def test_the_address_that_was_meant() -> None:
    """A slip in a common domain is guessed; a real one is never doubted."""
    assert suggest_address("ana@gmial.com") == "ana@gmail.com"
    assert suggest_address("ana@gmail.com") == suggest_address("@gmial.com") == suggest_address("x") == ""
