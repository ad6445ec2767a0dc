"""Small pieces of HTML: dates in <time>, AMA's phrase in italics. All text in them is escaped here.

The same few dates and statements stand on thousands of pages: each piece is made once and remembered.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache

from markupsafe import Markup, escape

from pipeline.rules.certificates import statements
from pipeline.rules.certificates.awards import Facts


@lru_cache(maxsize=4096)  # figures come in quarter steps: a meeting has a few hundred
def rich(text: str, element: str = "i") -> Markup:
    """A text with AMA's name of the credit in italics, the figure upright (AMA PRA booklet).

    `element`: the HTML element that stands for italics: `i` on pages, `em` in mails and certificates.
    """
    return Markup("").join(
        Markup("<{0}>{1}</{0}>").format(element, words) if italic else escape(words)
        for words, italic in statements.runs(text)
    )


@lru_cache(maxsize=8192)
def day(date: dt.date) -> Markup:
    """A date written out, with its machine's form."""
    return _time(date, statements.date_words(date))


@lru_cache(maxsize=1024)
def span(first: dt.date, last: dt.date) -> Markup:
    """A span of days as statements.span_words says it; each of its two dates in its own <time>."""
    before, dash, after = statements.span_words(first, last).partition("–")
    if not dash:
        return day(last)
    between = " – " if before.endswith(" ") else "–"
    return _time(first, before.strip()) + between + _time(last, after.strip())


def _time(date: dt.date, words: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(date.isoformat(), words)


def when(facts: Facts) -> Markup:
    """When it was: the days of a meeting, or the day of completion."""
    if facts.end:
        return span(facts.start or facts.end, facts.end)
    return day(facts.completed_on or facts.issued_on)


@lru_cache(maxsize=1024)
def location_line(location: str) -> Markup:
    """The lines of an activity's location on one line, with commas between them."""
    return Markup(", ").join(location.split("\n"))


def with_dots(parts: Iterable[str]) -> Markup:
    """A line's facts, those there are: a dot between two that share a line, none where a line begins or
    ends."""
    return _with_dots(*filter(None, parts))


@lru_cache(maxsize=4096, typed=True)  # a text and Markup of the same letters are two
def _with_dots(*parts: str) -> Markup:
    dots = (Markup("") if at == 0 else Markup("<i>· </i>") for at in range(len(parts)))
    lines = zip(dots, parts, strict=True)
    return Markup("").join(Markup("<span>{}{}</span> ").format(dot, part) for dot, part in lines)


@lru_cache(maxsize=1024)
def _paragraphs(*texts: str) -> Markup:
    return Markup("\n").join(Markup("<p>{}</p>").format(rich(text)) for text in texts if text)


def statement_paragraphs(facts: Facts) -> Markup:
    """The statements a certificate carries, a paragraph each."""
    return _paragraphs(facts.accreditation, facts.designation, facts.abim_statement, facts.abp_statement)


_LEADS = re.compile(r"""\s(?:href|src|srcset|action|formaction|ping|download|target)=(?:"[^"]*"|'[^']*')""")
_FETCHES = re.compile(r"<link\b[^>]*>|<script\b.*?</script>", re.DOTALL | re.IGNORECASE)


def without_links(html: str) -> str:
    """A page that leads nowhere and fetches nothing, for staff to look at. Whoever shows it still gives it a
    policy by which the browser fetches and runs nothing: this is for links that could be followed."""
    return _LEADS.sub("", _FETCHES.sub("", html))
