"""Phrases that mail servers write, in a short form that stands in tables; patterns out.

A phrase a line. Alternatives stand between bars; `*` is up to seven words, `_` a blank, a hyphen or
nothing, and a final stop the end of a word, which is open otherwise: `exceed` is also exceeded and exceeds,
`mail_box.` is mailbox, mail box and mail-box, and not mailboxes.
"""

from __future__ import annotations

import re

_GAP = r"[^\W_]*[\W_]+(?:\S{1,60} ){0,7}?[\W_]*"  # the open end of a word, and words between two
_NEXT = r"[^\W_]*[\W_]+"


def phrases(lines: str) -> re.Pattern[str]:
    """What finds one of these phrases in a text that is one line, in letters of any case."""
    return re.compile("|".join(map(_phrase, lines.strip().splitlines())), re.IGNORECASE)


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
