"""What sign-up forms and webinar reports put into name cells: a name in, what a person should look at out.

Nothing of it is changed or set aside: each can be somebody's name, or what they want to be called.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from pipeline.rules.claims.inverted_names import NameOrder, may_be_unspoken, read_name
from pipeline.rules.claims.names import is_placeholder

_DEVICES = frozenset(
    (
        "iphone", "ipad", "ipod", "android", "galaxy", "samsung", "huawei", "pixel", "macbook", "laptop",
        "computer", "phone", "tablet", "zoom", "webex", "teams", "guest", "user", "attendee", "participant",
        "anonymous", "admin", "administrator", "host", "caller", "visitor", "test", "tester", "dummy",
    )
)  # fmt: skip
_TITLES = frozenset(
    (
        "dr", "dra", "drs", "prof", "professor", "mr", "mrs", "ms", "miss", "mx", "sir", "herr", "frau",
        "señor", "señora", "sr", "sra", "rev",
    )
)  # fmt: skip
_REMARKS = re.compile(
    r"do not (?:use|contact|mail)|deceased|duplicate|inactive|deleted?\b|\bdnu\b|old account"
    r"|\bsee (?:also|other)|\b(?:she|he|they)/(?:her|him|them)",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"[0-9](?:st|nd|rd|th)|[0-9]º", re.IGNORECASE)
_CASED = ("LATIN", "GREEK", "CYRILLIC", "ARMENIAN")


def doubt_about(name: str) -> str:
    """Why this may be no name, or more than one: `has a digit`; empty where nothing speaks against it."""
    words = name.split()
    bare = [word.strip(".,;:()[]*-–\"'").casefold() for word in words]
    if re.search(r"[()\[\]{}]", name):
        return "holds a remark in brackets"
    if _REMARKS.search(name):
        return "holds a remark"
    if any(character.isdigit() for word in words if not _ORDINAL.fullmatch(word) for character in word):
        return "has a digit"
    if not _DEVICES.isdisjoint(bare):
        return "looks like a guest or a device"
    if bare[0] in _TITLES and len(words) > 1:
        return "begins with a title"
    if any(is_placeholder(word) and word.casefold() not in ("true", "test", "void") for word in words):
        return "holds what programs write where they have nothing"
    if name[-1] in "*-–_/,;":
        return f"ends in {name[-1]}"
    if any(not any(map(str.isalpha, word)) for word in words if word not in "&–-"):
        return "holds a word without a letter"
    if any(one == two and len(one) > 2 for one, two in pairwise(bare)):
        return "says a word twice"
    if may_be_unspoken(name) and (order := read_name(name).order) is not NameOrder.SPOKEN:
        return "has credentials in it" if order is NameOrder.LETTERED else "looks like last name first"
    half = len(bare) // 2
    if half > 1 and bare[:half] == bare[half:]:
        return "says the same twice"
    return _doubt_about_letters(name, words)


def _doubt_about_letters(name: str, words: list[str]) -> str:
    letters = [letter for letter in name if letter.isalpha()]
    if not unicodedata.name(letters[0], "").startswith(_CASED):
        return ""  # many a name is one word, and none has capitals
    if len(letters) == 1:
        return "is one letter"
    if name == name.lower():
        return "has no capital"
    return "is one word" if len(words) == 1 else ""
