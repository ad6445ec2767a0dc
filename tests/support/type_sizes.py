"""A finished PDF in; how large each text is set, and how its statements are broken, out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pypdfium2 as pdfium

from pipeline.documents import check, compose
from pipeline.rules.certificates import statements
from pipeline.rules.certificates.awards import Facts

POINTS = 0.75  # in a CSS pixel, in which WeasyPrint writes sizes


@dataclass(frozen=True, slots=True)
class TypeSizes:
    """Of one page, in points."""

    pages: int
    name: float  # the largest of all
    others: dict[str, float]  # of the other texts: what was earned by its figures
    is_name: bool  # whether what is set largest is the name and nothing else
    lines: tuple[int, ...]  # of each statement
    last_words: tuple[int, ...]  # in the last line of each statement

    @property
    def largest_other(self) -> float:
        return max(self.others.values())


def type_sizes(pdf: bytes, facts: Facts) -> TypeSizes:
    """Raises AssertionError where a text is not found that should be on the page."""
    with pdfium.PdfDocument(pdf) as document:
        text = document[0].get_textpage()
        whole = text.get_text_range()
        drawn: list[tuple[str, float]] = []
        for at in range(text.count_chars()):
            size = round(pdfium.raw.FPDFText_GetFontSize(text, at) * POINTS, 2)
            drawn += [(sign, size) for sign in check.signs(text.get_text_range(at, 1))]
        pages = len(document)
    largest = max(size for _, size in drawn)
    at_largest = Counter(sign for sign, size in drawn if size == largest)
    flat = "".join(sign for sign, _ in drawn)
    said = compose.words(facts)
    stated = {
        "kind": [said.kind],
        "title": [compose.clean(facts.title)],
        "where": [said.where],
        "credentials": [compose.clean(facts.credentials)] if facts.credentials else [],
        "earned": [" ".join(line) for line in compose.credit_lines(facts)],
        "statements": list(said.statements),
        "foot": [f"Issued {statements.date_words(facts.issued_on)}", statements.CONTACT],
    }
    others: dict[str, float] = {}
    for name, texts in stated.items():
        for one in texts:
            start = flat.find(wanted := check.signs(one.replace("(TM)", "™")))
            assert start >= 0, one
            sizes = [size for _, size in drawn[start : start + len(wanted)]]
            found = max(sizes) if name == "earned" else min(sizes)
            others[name] = min(found, others.get(name, found))
    broken = [_lines(whole, one) for one in said.statements]
    return TypeSizes(
        pages,
        largest,
        others,
        at_largest == Counter(check.signs(compose.clean(facts.name))),
        tuple(map(len, broken)),
        tuple(len(lines[-1].split()) for lines in broken),
    )


def _lines(whole: str, statement: str) -> list[str]:
    """The lines of the page that are this statement's."""
    wanted = check.signs(statement)
    lines = whole.splitlines()
    for first in range(len(lines)):
        rest, found = wanted, list[str]()
        for line in lines[first:]:
            signs = check.signs(line)
            if not signs or not rest.startswith(signs):
                break
            rest, found = rest[len(signs) :], [*found, line]
            if not rest:
                return found
    raise AssertionError(f"not found in lines of its own: {statement}")
