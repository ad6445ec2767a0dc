"""Which template a certificate needs and what differs in it: facts in; an order to the press, or none, out.

Certificates that agree in everything but their person's texts belong to one edition. Where those
texts fit one line each, the plan of the page agrees as well, and with it every position that does not hang
on a text's width.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from unicodedata import combining

from pipeline.documents import compose, fonts, layout
from pipeline.documents.design import Design
from pipeline.documents.press import letters
from pipeline.documents.press.letters import ASCII, DIGITS, LATINATE, SIGNS, WESTERN, Letters, Repertoire
from pipeline.documents.press.setting import units_of
from pipeline.rules.certificates import statements
from pipeline.rules.certificates.awards import Facts

LADDERS = {"name": layout.NAME, "credentials": layout.CREDENTIALS, "where": layout.WHERE}
FOOT = ("issued", "number", "tail", "kept")
ORDER = ("name", "credentials", "where", "figure 0", "figure 1", "figure 2", *FOOT)  # of reading
ADDRESS = ":;?#@!$*+=%_~[]"  # what may follow the number in a verification address
FIGURES = (("lnum", 1), ("pnum", 1))
# A made-up person whose texts are the narrowest and one whose texts are the widest there can be.
NARROW, WIDE = dt.date(2011, 5, 1), dt.date(2048, 9, 28)
NUMBERS = ("JJJJ-JJJJ-JJJJ-JJJJ", "WWWW-WWWW-WWWW-WWWW")


@dataclass(frozen=True)
class Edition:
    """All that the certificates of one edition share."""

    key: tuple[Any, ...]
    first: Facts  # of the two made-up people
    second: Facts
    slots: dict[str, Letters]  # the varying texts in the order of reading
    slots_west: dict[str, Letters] | None  # the same with fewer letters, where these can do
    before: str  # of the verification address, and after the number
    after: str
    plans: dict[tuple[Any, ...], Sizes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sizes:
    """A plan of the edition's page, and what one person's texts take of it."""

    key: str  # the same for all plans that differ in the sizes of the person's texts only
    plans: tuple[layout.Plan, layout.Plan]  # with these texts at their largest and at their smallest
    units: dict[str, int]


@dataclass(frozen=True, slots=True)
class Order:
    """One certificate as the press sees it."""

    edition: Edition
    facts: Facts
    texts: dict[str, str]  # of the slots
    rungs: tuple[int, ...]  # of the ladders of sizes: equal rungs, equal plan
    west: bool  # the smaller repertoire has all its letters

    def sizes(self, design: Design, reserve: float) -> Sizes:
        """The page's plan: the same whichever certificate of these rungs asks."""
        plans, at = self.edition.plans, (self.rungs, reserve)
        if at not in plans:
            planned = compose.best_plan(self.facts, compose.words(self.facts), design, reserve)
            plans[at] = _sizes(self.edition, planned)
        return plans[at]


def _sizes(edition: Edition, planned: layout.Plan) -> Sizes:
    large, small = dict(planned.texts), dict(planned.texts)
    units = {}
    for name in ("name", "credentials"):
        if (text := planned.texts.get(name)) is None:
            continue
        units[name] = units_of(text.size)
        single = [size for size, lines in LADDERS[name] if lines == 1 and size < text.room]
        large[name] = replace(text, size=text.room)
        small[name] = replace(text, size=min(single, default=text.room))
    plans = replace(planned, texts=large), replace(planned, texts=small)
    return Sizes(repr((edition.key, plans)), plans, units)


class Editions:
    """The editions of one design, kept while they are asked for."""

    MOST = 64

    def __init__(self, design: Design) -> None:
        self._design = design
        self._kept: dict[tuple[Any, ...], Edition | None] = {}

    def order(self, facts: Facts) -> Order | None:
        """What the press must know; None for texts it cannot set in one line of one face."""
        theme = self._design.theme
        name, credentials = compose.clean(facts.name), compose.clean(facts.credentials)
        of_name = letters.repertoire_of(name, theme, serif=True)
        of_credentials = letters.repertoire_of(credentials, theme, serif=False) if credentials else None
        before, number, after = facts.verify_url.partition(facts.number)
        if of_name is None or (credentials and of_credentials is None) or not number:
            return None
        page = LATINATE if of_name == WESTERN else of_name  # the two differ in the letters embedded only
        lines = compose.credit_lines(facts)
        texts = {"name": name, "credentials": credentials, **shared_texts(facts)}
        texts |= {f"figure {at}": line[0] for at, line in enumerate(lines)}
        rungs = [self._rung("name", name, serif=True)]
        if credentials:
            rungs.append(self._rung("credentials", credentials, serif=False))
        floating = None if facts.start and facts.end else facts.completed_on
        if floating:
            texts["where"] = where_text(facts)
            at = self._rung("where", texts["where"], serif=False)
            if at < 0 or letters.repertoire_of(texts["where"], theme, serif=False) is None:
                del texts["where"]  # then each date has an edition of its own
            else:
                rungs.append(at)
        if min(rungs) < 0 or not any(letter.isalpha() for letter in number):
            return None  # of several lines; or digits only, which Pango shapes without a script
        dated = facts.completed_on if "where" not in texts else None
        key = (
            (facts.kind, facts.title, facts.format, facts.location, facts.start, facts.end, dated),
            (facts.abim_type, facts.pars_id, facts.accreditation, facts.designation),
            (facts.abim_statement, facts.abp_statement, before, after),
            (page.name, of_credentials and of_credentials.name, tuple(line[1:] for line in lines)),
        )
        edition = self._kept.get(key)
        if edition is None:
            while len(self._kept) >= self.MOST:
                del self._kept[next(iter(self._kept))]
            edition = self._kept[key] = self._made(key, facts, texts, (page, of_credentials))
        return Order(edition, facts, texts, tuple(rungs), of_name == WESTERN)

    def _rung(self, what: str, text: str, *, serif: bool) -> int:
        """The first size at which a text takes one line, among those that allow but one; -1 where none
        does, and for a text whose marks need a higher line than others: the page hangs on it."""
        measured = compose.text_of(text, self._design.theme, serif=serif)
        if measured.tall:
            return -1
        parts = layout.pieces(text, measured.measure)
        width = compose.width_of(what, self._design) * layout.SAFE
        for at, (size, allowed) in enumerate(LADDERS[what]):
            if allowed > 1:
                break
            if layout.count_lines(parts, size, width) == 1:
                return at
        return -1

    def _made(
        self,
        key: tuple[Any, ...],
        facts: Facts,
        texts: dict[str, str],
        repertoires: tuple[Repertoire, Repertoire | None],
    ) -> Edition:
        before, _, after = facts.verify_url.partition(facts.number)
        of_name, of_credentials = repertoires

        def person(at: int) -> Facts:
            def sample(repertoire: Repertoire | None) -> str:
                return (repertoire.sample, repertoire.longer)[at] if repertoire else ""

            def figure(value: Decimal) -> Decimal:
                return value if value in (0, 1) else Decimal(("2", "888.75")[at])

            day = (NARROW, WIDE)[at]
            return replace(
                facts,
                activity="",
                name=sample(of_name),
                # Marks of their own are for names: the sans face builds such letters in its own way.
                credentials="".join(char for char in sample(of_credentials) if not combining(char)),
                number=NUMBERS[at],
                verify_url=f"{before}{NUMBERS[at]}{after}",
                issued_on=day,
                kept_until=day,
                completed_on=day if "where" in texts else facts.completed_on,
                cme=figure(facts.cme),
                abim=figure(facts.abim),
                abp=figure(facts.abp),
            )

        where = (
            letters.repertoire_of(texts["where"], self._design.theme, serif=False)
            if "where" in texts
            else None
        )
        used = {"name": of_name, "credentials": of_credentials, "where": where}
        wide = self._slots(texts, {name: each for name, each in used.items() if each})
        narrow = None
        if of_name == LATINATE:
            narrow = wide | {"name": self._letters(WESTERN, serif=True)}
        return Edition(key, person(0), person(1), wide, narrow, before, after)

    def _slots(self, texts: Iterable[str], used: dict[str, Repertoire]) -> dict[str, Letters]:
        """The faces of the varying texts, in the order of reading."""
        theme = self._design.theme
        slots = {name: self._letters(each, serif=name == "name") for name, each in used.items()}
        for each in texts:
            if each.startswith("figure"):
                slots[each] = letters.letters(
                    theme, fonts.DISPLAY, False, DIGITS + ".", ("Zyyy", "en"), FIGURES
                )
            elif each in FOOT:
                slots[each] = letters.letters(
                    theme, fonts.TEXT, True, ASCII + DIGITS + SIGNS + ADDRESS, ("Latn", "en")
                )
        return {each: slots[each] for each in ORDER if each in slots}

    def _letters(self, repertoire: Repertoire, *, serif: bool) -> Letters:
        theme = self._design.theme
        family = letters.families(repertoire, theme, serif=serif)[0]
        tongue = repertoire.script, fonts.language(repertoire.sample) or "en"
        return letters.letters(theme, family, False, repertoire.letters, tongue)


def slot_texts(facts: Facts, edition: Edition) -> dict[str, str]:
    """The texts of an edition's slots for one person."""
    texts = {"name": compose.clean(facts.name), "credentials": compose.clean(facts.credentials)}
    texts |= shared_texts(facts)
    texts |= {f"figure {at}": line[0] for at, line in enumerate(compose.credit_lines(facts))}
    if "where" in edition.slots:
        texts["where"] = where_text(facts)
    return {name: texts[name] for name in edition.slots}


def where_text(facts: Facts) -> str:
    """The line of place and date as it is set: HTML folds spaces."""
    return re.sub(" +", " ", compose.words(facts).where)


def shared_texts(facts: Facts) -> dict[str, str]:
    """The texts of the foot."""
    return {
        "issued": statements.date_words(facts.issued_on),
        "number": facts.number,
        "tail": facts.verify_url[facts.verify_url.index(facts.number) :],
        "kept": statements.date_words(facts.kept_until),
    }
