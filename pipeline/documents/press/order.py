"""What the press must know of a certificate: facts in; its group, its texts and their sizes out, or None.

Certificates that agree in everything but texts of one line belong to one group: their person's, and their
activity's title, place, days and number at ACCME. Where those texts take one line each, at the same sizes,
so is the plan of the page the same, and every position that does not depend on a text's width.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from pipeline.documents import compose, layout, planning
from pipeline.documents.design import Design
from pipeline.documents.press.content import SIZED
from pipeline.documents.press.group import LONGEST_PARS, SERIF, Group, Sizes, make_group
from pipeline.documents.press.repertoire import ALL_LATIN, WESTERN, Repertoire, repertoire_of
from pipeline.documents.press.typesetting import units_of
from pipeline.rules.certificates import statements
from pipeline.rules.certificates.awards import Facts

MOST_GROUPS = 64  # kept
OF_ACTIVITY = ("title", "where")
PARS_NUMBER = re.compile(f"[0-9]{{1,{LONGEST_PARS}}}")


@dataclass(frozen=True, slots=True)
class Order:
    """One certificate as the press sees it."""

    group: Group
    facts: Facts
    texts: dict[str, str]  # by slot
    rungs: tuple[int, ...]  # of the ladders of sizes: equal rungs, equal plan
    western: bool  # whether the smaller repertoire has all its letters

    def sizes(self, design: Design, reserve: float) -> Sizes:
        """The page's plan: the same whichever certificate of these rungs asks."""
        known, at = self.group.sizes, (self.rungs, reserve)
        if at not in known:
            planned = planning.best_plan(self.facts, compose.words(self.facts), design, reserve)
            known[at] = _sizes(self.group, planned)
        return known[at]


def _sizes(group: Group, planned: planning.Plan) -> Sizes:
    large, small = dict(planned.texts), dict(planned.texts)
    units = {}
    for name in ("name", "credentials"):
        if (text := planned.texts.get(name)) is None:
            continue
        units[name] = units_of(text.size)
        single = [size for size in layout.single_sizes(name) if size < text.room]
        large[name] = replace(text, size=text.room)
        small[name] = replace(text, size=min(single, default=text.room))
    plans = replace(planned, texts=large), replace(planned, texts=small)
    return Sizes(repr((group.key, plans)), plans, units)


class Orders:
    """The groups of one design, kept while they are asked for."""

    def __init__(self, design: Design, *, shared: bool = True) -> None:
        """`shared`: whether activities are of one group where they differ in texts of one line only."""
        self._design, self._shared = design, shared
        self._groups: dict[tuple[Any, ...], Group] = {}
        # An activity's texts, and credentials, come again and again.
        self._fit = lru_cache(maxsize=256)(self._fit_anew)

    def order(self, facts: Facts) -> Order | None:
        """What the press must know; None for texts that it cannot set in one line of one face."""
        fitting = self._fitting(facts)
        if fitting is None:
            return None
        texts, used, rungs = fitting
        before, _, after = facts.verify_url.partition(facts.number)
        theme = self._design.theme
        western = used["name"] == WESTERN
        if western:
            used["name"] = ALL_LATIN  # the two differ in the letters embedded only
        lines = compose.credit_lines(facts)
        days = facts.start, facts.end, facts.completed_on
        key = (
            (facts.kind, facts.format, bool(facts.start and facts.end)),
            None if "title" in texts else facts.title,
            None if "where" in texts else (facts.location, *days),
            "corrected" in texts,
            (facts.abim_type, facts.accreditation, facts.designation),
            (facts.abim_statement, facts.abp_statement, before, after),
            tuple((name, each.name) for name, each in used.items()),
            tuple((unit, "" if more == texts.get("pars") else more) for _, unit, more in lines),
        )
        group = self._groups.get(key)
        if group is None:
            while len(self._groups) >= MOST_GROUPS:
                del self._groups[next(iter(self._groups))]
            group = self._groups[key] = make_group(key, facts, used, len(lines), "pars" in texts, theme)
        return Order(group, facts, texts, tuple(rungs), western)

    def takes(self, facts: Facts) -> bool:
        """Whether the press can set these texts; nothing is learnt for it."""
        return self._fitting(facts) is not None

    def _fitting(self, facts: Facts) -> tuple[dict[str, str], dict[str, Repertoire], list[int]] | None:
        """Texts by slot, the repertoires of those that vary, and the rungs at which they take one line."""
        number = facts.number
        if number not in facts.verify_url or not any(letter.isalpha() for letter in number):
            return None  # not in the address; or of digits only, which Pango shapes without a script
        texts = texts_of(facts)
        if not texts["credentials"]:
            del texts["credentials"]
        is_dated = bool(facts.start and facts.end)
        if "pars" in texts and not (self._shared and PARS_NUMBER.fullmatch(facts.pars_id)):
            del texts["pars"]
        if not self._shared:
            del texts["title"]
        if not (self._shared or (facts.completed_on and not is_dated)):
            del texts["where"]
        used: dict[str, Repertoire] = {}
        rungs = []
        for name in [name for name in SIZED if name in texts]:
            if fit := self._fit(name, texts[name]):
                used[name], rung = fit
                rungs.append(rung)
            elif name in OF_ACTIVITY:
                del texts[name]  # then each has a group of its own
            else:
                return None
        return texts, used, rungs

    def _fit_anew(self, name: str, text: str) -> tuple[Repertoire, int] | None:
        """The repertoire of a text and the rung at which it takes one line; None where it has not both."""
        repertoire = repertoire_of(text, self._design.theme, serif=name in SERIF)
        if repertoire is None or (name in OF_ACTIVITY and repertoire not in (WESTERN, ALL_LATIN)):
            return None
        rung = self._rung(name, text)
        return None if rung < 0 else (repertoire, rung)

    def _rung(self, name: str, text: str) -> int:
        """The first size at which a text takes one line, among those that allow but one.

        -1 where there is none, and for a text whose marks need a higher line than others, which would move
        the rest of the page.
        """
        measured = planning.text_of(text, self._design.theme, serif=name in SERIF)
        if measured.tall:
            return -1
        parts = layout.pieces(text, measured.measure)
        width = planning.width_of(name, self._design) * layout.SAFE
        for at, size in enumerate(layout.single_sizes(name)):
            if layout.count_lines(parts, size, width) == 1:
                return at
        return -1


def texts_of(facts: Facts) -> dict[str, str]:
    """Every text of a page that may vary from person to person, or activity to activity, by slot."""
    texts = {
        "name": compose.clean(facts.name),
        "credentials": compose.clean(facts.credentials),
        "title": compose.clean(facts.title),
        "where": re.sub(" +", " ", compose.words(facts).where),  # HTML folds spaces
    }
    if facts.abp and facts.pars_id:
        texts["pars"] = compose.credit_lines(facts)[-1][2]
    if facts.corrected_on:
        texts["corrected"] = compose.corrected(facts)
    texts |= {f"figure {at}": line[0] for at, line in enumerate(compose.credit_lines(facts))}
    return texts | {
        "issued": statements.date_words(facts.issued_on),
        "number": facts.number,
        "kept": statements.date_words(facts.kept_until),
    }
