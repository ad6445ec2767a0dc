"""What a refusal is about: the server's words in; the recipient's mailbox, or us, out.

The same for an answer while sending and for a returned mail. Which row of the table comes first is decided
here.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.rules.messages.phrases import Phrases
from pipeline.rules.messages.refusal_table import (
    CERTAIN,
    GENERAL,
    GONE,
    MAILBOX,
    MAILBOX_CODES,
    NO_MAILBOX,
    NOT_UNDERSTOOD,
    OURS,
    VAGUE,
    Refusal,
)

MOST_WORDS = 2_000  # characters that are looked at: a report may quote a whole session


def _codes(pattern: str) -> re.Pattern[str]:
    return re.compile(f"(?:{pattern})$")


_FIRST, _LAST = ([(_codes(codes), meant) for codes, meant in rows] for rows in (CERTAIN, GENERAL))
_STRONG, _WEAK = ([(Phrases(words), meant) for words, meant in rows] for rows in (OURS + MAILBOX, VAGUE))
_UNAVAILABLE = Phrases(NO_MAILBOX)
_CODE = re.compile(r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?!\d|\.\d)")
_HEADING = re.compile("unknown address error", re.IGNORECASE)  # Cisco's, before whatever it heard


@lru_cache(maxsize=1024)
def refusal_in(said: str) -> Refusal:
    """What a server's words say, codes among them."""
    said = _HEADING.sub(" ", " ".join(said[:MOST_WORDS].split()))
    codes = _CODE.findall(said)
    first, last = (
        next((meant for code in codes for pattern, meant in rows if pattern.match(code)), None)
        for rows in (_FIRST, _LAST)
    )
    return first or _by_words(said, codes) or last or NOT_UNDERSTOOD


def _by_words(said: str, codes: list[str]) -> Refusal | None:
    strong = next((meant for words, meant in _STRONG if words.search(said)), None)
    if strong is not None or not MAILBOX_CODES.isdisjoint(codes):
        return strong
    if _UNAVAILABLE.search(said) and not any(code.startswith("5.7.") for code in codes):
        return GONE
    return next((meant for words, meant in _WEAK if words.search(said)), None)
