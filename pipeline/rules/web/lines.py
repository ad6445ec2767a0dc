"""One line of a list, in HTML."""

from __future__ import annotations

import unicodedata

from markupsafe import Markup, escape

from pipeline.rules.text import one_line

LEFTWARD = ("R", "AL")  # of the Unicode bidirectional algorithm: written from right to left


def line_of(text: str) -> Markup:
    """A line of a list. Words that run right to left stand apart, so that they turn nothing beside them."""
    text = one_line(text)
    if text.isascii() or not any(unicodedata.bidirectional(letter) in LEFTWARD for letter in text):
        return escape(text)
    who, mark, rest = text.partition(" <")
    return Markup("<bdi>{}</bdi>{}").format(who, mark + rest)
