"""The words a name is sought by, and how alike two of them are: texts in; words, a figure from 0 to 1 out."""

from __future__ import annotations

from pipeline.rules.claims.people import name_key

SHORT = 3  # letters of a particle: de, la, van, al, Mc, O'
MOST_SLIPS = 2


def name_words(name: str) -> tuple[str, ...]:
    """The folded words of a name, and short ones joined to what follows.

    "Liam O'Brien": liam, o, brien, obrien. "Juan de la Cruz": juan, de, la, cruz, delacruz. So a name is
    found however its particles are written, and "Mc Donald" and "McDonald" meet.
    """
    words = name_key(name).split()
    found, run = dict.fromkeys(words), ""
    for word in words:
        run += word
        if len(word) > SHORT:
            found[run] = None
            run = ""
    if run:
        found[run] = None
    return tuple(found)


def slips_allowed(word: str) -> int:
    """How many letters may be left out, put in, changed or swapped: none in the shortest words."""
    return MOST_SLIPS if len(word) > 5 else 1 if len(word) > 2 else 0


def likeness(sought: str, word: str, slips: int) -> float:
    """How well a word on record answers a word that is sought, 1 for the same word.

    `slips`: the edit distance between them. Part of a word counts, its beginning more than its middle.
    """
    if sought == word:
        return 1.0
    near = 1 - slips / max(len(sought), len(word)) if slips <= slips_allowed(sought) else 0.0
    least = 2 if sought.isascii() else 1  # a Chinese name has two or three letters
    if len(sought) >= least and word.startswith(sought):
        return max(near, 0.9)
    if len(sought) > least and sought in word:
        return max(near, 0.8)
    return near
