"""Values in, small pieces of HTML out: dates in <time>, AMA's phrase in italics. All text is escaped here.

The same few dates and statements stand on thousands of pages: each piece is made once and remembered.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from html import escape

from pipeline.rules.certificates import statements
from pipeline.rules.certificates.awards import Facts


class Safe(str):
    """HTML that is escaped already: autoescaping templates take it as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


@lru_cache(maxsize=4096)
def rich(text: str) -> Safe:
    """A text with AMA's name of the credit in italics."""
    return Safe(
        "".join(
            f"<i>{escape(words)}</i>" if italic else escape(words) for words, italic in statements.runs(text)
        )
    )


@lru_cache(maxsize=8192)
def day(date: dt.date) -> Safe:
    """A date written out, with its machine's form."""
    return Safe(f'<time datetime="{date.isoformat()}">{statements.date_words(date)}</time>')


@lru_cache(maxsize=1024)
def span(first: dt.date, last: dt.date) -> Safe:
    """A span of days as statements.span_words says it; each of its two dates in its own <time>."""
    before, dash, after = statements.span_words(first, last).partition("–")
    if not dash:
        return day(last)
    between = " – " if before.endswith(" ") else "–"
    return Safe(
        f'<time datetime="{first.isoformat()}">{before.strip()}</time>{between}'
        f'<time datetime="{last.isoformat()}">{after.strip()}</time>'
    )


def when(facts: Facts) -> Safe:
    """When it was: the days of a meeting, or the day of completion."""
    if facts.end:
        return span(facts.start or facts.end, facts.end)
    return day(facts.completed_on or facts.issued_on)


@lru_cache(maxsize=1024)
def one_line(text: str) -> Safe:
    """The lines of a location, one after the other."""
    return Safe(", ".join(escape(line) for line in text.split("\n")))


@lru_cache(maxsize=1024)
def statement_paragraphs(*texts: str) -> Safe:
    """The statements that are there, a paragraph each."""
    return Safe("\n".join(f"<p>{rich(text)}</p>" for text in texts if text))


def stated(facts: Facts) -> Safe:
    """The statements a certificate carries, a paragraph each."""
    return statement_paragraphs(
        facts.accreditation, facts.designation, facts.abim_statement, facts.abp_statement
    )
