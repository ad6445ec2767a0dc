"""How names are compared: a name in, its key and the words it is sought by out; how alike two words are."""

from __future__ import annotations

import re
import unicodedata

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

PARTICLE_LENGTH = 3  # letters at most: de, la, van, al, Mc, O'
MOST_SLIPS = 2  # letters left out, put in, changed or swapped

LONG_WORD = 5  # letters from which on two words within a few slips are the same by themselves
ALIKE = 70  # of 100: how alike two whole names are from which on they are spellings of one

# Words that many names share, and that tell nothing of who it is.
_SHARED_WORDS = frozenset(
    (
        *("de", "la", "las", "los", "le", "du", "da", "das", "do", "dos", "di", "del", "della", "der", "den"),
        *("van", "von", "zu", "zur", "ter", "ten", "af", "al", "el", "bin", "ibn", "abu", "ben", "st", "mc"),
        *("dr", "mr", "mrs", "ms", "prof", "jr", "sr", "ii", "iii", "iv", "md", "phd"),
    )
)
_APART = re.compile("[^A-Za-z0-9]+")
_ACCENTED = ("LATIN", "GREEK", "CYRILLIC")  # in other scripts combining marks are vowels, no accents
_COMBINES = "\0"  # stands for a character that goes with the one before it


def name_key(name: str) -> str:
    """A name as two files may spell it alike: case, accents, punctuation and white space folded.

    The signs that Indic, Thai, Japanese and other scripts write above, below and beside a letter stay:
    without them two names would become one.
    """
    if name.isascii():  # most names; ten times as fast
        key = _APART.sub(" ", name).casefold()
    else:
        key = name.translate(_FOLDED_CHARACTERS)
        if _COMBINES in key:
            key = _fold(name)
    return " ".join(key.split()) or name.casefold()


def _fold(text: str) -> str:
    letters, bears_accents = [], True
    for char in unicodedata.normalize("NFKD", text):
        if unicodedata.category(char).startswith("M"):
            if not bears_accents:
                letters.append(char)
        elif char.isalnum():
            letters.append(char)
            bears_accents = char.isascii() or unicodedata.name(char, "").startswith(_ACCENTED)
        else:
            letters.append(" ")
            bears_accents = True  # what follows stands on no letter: it is left out
    return "".join(letters).casefold()


class _FoldedCharacters(dict[int, str]):
    """Each character folded by itself, once; _COMBINES for a combining mark, which none is by itself."""

    def __missing__(self, code: int) -> str:
        first = unicodedata.normalize("NFKD", chr(code))[0]
        self[code] = _COMBINES if unicodedata.category(first).startswith("M") else _fold(chr(code))
        return self[code]


_FOLDED_CHARACTERS = _FoldedCharacters()


def name_words(name: str) -> tuple[str, ...]:
    """The folded words of a name, and short ones joined to what follows.

    "Liam O'Brien": liam, o, brien, obrien. "Juan de la Cruz": juan, de, la, cruz, delacruz. So a name is
    found however its particles are written, and "Mc Donald" and "McDonald" meet.
    """
    words = name_key(name).split()
    found, run = dict.fromkeys(words), ""
    for word in words:
        run += word
        if len(word) > PARTICLE_LENGTH:
            found[run] = None
            run = ""
    if run:
        found[run] = None
    return tuple(found)


def is_other_name(one: str, other: str) -> bool:
    """Whether two names have nothing in common: somebody else's, and not one's own as marriage, a nickname or
    a misspelling changes it."""
    words, others = (
        {
            word
            for word in name_words(name)
            if word not in _SHARED_WORDS and not (len(word) == 1 and word < "\x80")
        }
        for name in (one, other)
    )
    if words & others or fuzz.token_sort_ratio(name_key(one), name_key(other)) >= ALIKE:
        return False
    return not any(
        min(len(word), len(like)) >= LONG_WORD
        and OSA.distance(word, like) <= min(slips_allowed(word), slips_allowed(like))
        for word in words
        for like in others
    )


def slips_allowed(word: str) -> int:
    """How many slips make a word still the same: none in the shortest words."""
    return MOST_SLIPS if len(word) > 5 else 1 if len(word) > 2 else 0


def similarity(sought: str, word: str, slips: int) -> float:
    """How well a word on record answers a word that is sought, from 0 to 1 for the same word.

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
