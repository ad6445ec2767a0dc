"""Certificates that differ in texts of one line only: one of them in; what all of them share out.

These are two made-up people, from whose pages a template is learnt, and the glyphs of every text that varies.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any
from unicodedata import combining

from pipeline.documents import fonts
from pipeline.documents.planning import Plan
from pipeline.documents.press.glyphs import Glyphs, glyphs
from pipeline.documents.press.repertoire import (
    ALL_LATIN,
    ASCII,
    DIGITS,
    SIGNS,
    WESTERN,
    Repertoire,
    families_of,
)
from pipeline.rules.certificates.awards import Facts

FOOT = ("issued", "corrected", "number", "kept")
# In the order of reading. Title, where and pars are an activity's, which so shares its templates with others.
SLOTS = ("name", "credentials", "title", "where", "figure 0", "figure 1", "figure 2", "pars", *FOOT)
SERIF = ("name", "title")
FIGURES = (("lnum", 1), ("pnum", 1))  # font features, as the style sheet asks for them
# The narrowest and the widest that there can be; credits of 0 and 1 stay, for they have words of their own.
DAYS = dt.date(2011, 5, 1), dt.date(2048, 9, 28)
CREDITS = Decimal(2), Decimal("888.75")
VERSIONS = 2, 888
NUMBERS = "JJJJ-JJJJ-JJJJ-JJJJ", "WWWW-WWWW-WWWW-WWWW"
TITLES = "Jilted Lily", "Offhand Théâtre: “WWW” & Fjord Quartz"
PLACES = "Ill", "Würm-Woking (Wye), WW"
LONGEST_PARS = 12  # digits
PARS = "1", "8" * LONGEST_PARS
PARS_LETTERS = "PARS "


@dataclass(frozen=True, slots=True)
class Sizes:
    """A plan of a group's page, and what one person's texts take of it."""

    key: str  # the same for all plans that differ in the sizes of the person's texts only
    plans: tuple[Plan, Plan]  # with these texts at their largest and at their smallest
    units: dict[str, int]  # Pango's, by slot


@dataclass(frozen=True)
class Group:
    """All that the certificates of one group share."""

    key: tuple[Any, ...]
    used: Mapping[
        str, Repertoire
    ]  # of those texts that vary and are set in words: name, credentials, title, where
    figures: int  # the number of credits it states
    has_pars: bool  # whether the number of its activity at ACCME varies
    theme: Path
    people: tuple[Facts, Facts]  # made up: one with the narrowest texts, one with the widest
    before: str  # of the verification address
    after: str  # the number in it
    sizes: dict[tuple[Any, ...], Sizes] = field(default_factory=dict)  # see Order.sizes

    @cached_property
    def slots(self) -> dict[str, Glyphs]:
        """The texts that vary, in the order of reading, with their glyphs: to make a template takes them."""
        theme = self.theme
        slots = {name: _glyphs(each, theme, serif=name in SERIF) for name, each in self.used.items()}
        if self.has_pars:
            slots["pars"] = glyphs(theme, fonts.TEXT, False, DIGITS + PARS_LETTERS, "Latn", "en")
        for at in range(self.figures):
            slots[f"figure {at}"] = glyphs(theme, fonts.DISPLAY, False, DIGITS + ".", "Zyyy", "en", FIGURES)
        for name in FOOT:
            if name != "corrected" or self.people[0].corrected_on:
                slots[name] = glyphs(theme, fonts.TEXT, True, ASCII + DIGITS + SIGNS, "Latn", "en")
        return {name: slots[name] for name in SLOTS if name in slots}

    @cached_property
    def western(self) -> dict[str, Glyphs] | None:
        """The same with fewer letters, where a smaller repertoire may do."""
        if self.used["name"] != ALL_LATIN:
            return None
        return self.slots | {"name": _glyphs(WESTERN, self.theme, serif=True)}


def make_group(
    key: tuple[Any, ...],
    facts: Facts,
    used: Mapping[str, Repertoire],
    figures: int,
    has_pars: bool,
    theme: Path,
) -> Group:
    """The group of a certificate."""
    before, _, after = facts.verify_url.partition(facts.number)
    people = _person(facts, used, has_pars, 0), _person(facts, used, has_pars, 1)
    return Group(key, used, figures, has_pars, theme, people, before, after)


def _person(facts: Facts, used: Mapping[str, Repertoire], has_pars: bool, at: int) -> Facts:
    """The narrow (0) or the wide (1) made-up person, at a made-up activity."""

    def sample(slot: str) -> str:
        return (used[slot].sample, used[slot].longer)[at] if slot in used else ""

    def figure(value: Decimal) -> Decimal:
        return value if value in (0, 1) else CREDITS[at]

    return replace(
        facts,
        activity="",
        name=sample("name"),
        # Combining marks are for names only: the sans serif face builds such letters in its own way.
        credentials="".join(char for char in sample("credentials") if not combining(char)),
        number=NUMBERS[at],
        verify_url=facts.verify_url.replace(facts.number, NUMBERS[at], 1),
        issued_on=DAYS[at],
        kept_until=DAYS[at],
        title=TITLES[at] if "title" in used else facts.title,
        pars_id=PARS[at] if has_pars else facts.pars_id,
        **_where(facts, at) if "where" in used else {},
        corrected_on=facts.corrected_on and DAYS[at],
        version=VERSIONS[at] if facts.corrected_on else facts.version,
        cme=figure(facts.cme),
        abim=figure(facts.abim),
        abp=figure(facts.abp),
    )


def _where(facts: Facts, at: int) -> dict[str, Any]:
    """A made-up place and day, of what has days of its own or of its participants'."""
    is_dated = bool(facts.start and facts.end)
    days = {"start": DAYS[at], "end": DAYS[at]} if is_dated else {"completed_on": DAYS[at]}
    return {"location": PLACES[at], **days}


def _glyphs(repertoire: Repertoire, theme: Path, *, serif: bool) -> Glyphs:
    family = families_of(repertoire, theme, serif=serif)[0]
    language = fonts.language(repertoire.sample) or "en"
    return glyphs(theme, family, False, repertoire.letters, repertoire.script, language)
