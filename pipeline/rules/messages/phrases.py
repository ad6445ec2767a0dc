"""Phrases that mail servers write, in a short form that stands in tables; patterns out.

A phrase a line. Alternatives stand between bars; `*` is up to seven words, `_` a blank, a hyphen or
nothing, and a final stop the end of a word, which is open otherwise: `exceed` is also exceeded and exceeds,
`mail_box.` is mailbox, mail box and mail-box, and not mailboxes.
"""

from __future__ import annotations

import re
from functools import cached_property

# The open end of a word and what follows it; possessive (++), as a text may be made to be gone over for ever.
_NEXT = r"[^\W_]{0,60}+[\W_]++"
_GAP = rf"{_NEXT}(?:\S{{1,60}}+ ){{0,7}}?[\W_]*+"  # and words between two


class Phrases:
    """Finds one of these phrases in a text that is one line, in letters of any case.

    The pattern is made when it is first asked for: that of all tables takes a tenth of a second, and most
    commands read no mail.
    """

    def __init__(self, lines: str) -> None:
        self._lines = lines

    def search(self, text: str) -> re.Match[str] | None:
        """The first of them in the text."""
        return self._pattern.search(text)

    def match(self, text: str) -> re.Match[str] | None:
        """One at its beginning."""
        return self._pattern.match(text)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(map(_phrase, self._lines.strip().splitlines())), re.IGNORECASE)


def _phrase(line: str) -> str:
    pattern, between = "", ""
    for part in line.split():
        if part == "*":
            between = _GAP
            continue
        pattern += f"{between}(?<![a-z])(?:{'|'.join(map(_word, part.split('|')))})"
        between = _NEXT
    return pattern


def _word(word: str) -> str:
    end = "(?![a-z])" if word.endswith(".") else ""
    return re.escape(word.removesuffix(".")).replace("_", "[ _-]*") + end
