"""What pages say in words: a person's activities, credits, dates and what is missing; templates' filters."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipeline.rules.certificates import retention, statements, titles
from pipeline.rules.certificates.activities import Activity, Kind, read_activity
from pipeline.rules.certificates.awards import Facts
from pipeline.rules.certificates.sums import Sums, sums
from pipeline.rules.text import conjoined, counted
from pipeline.rules.web import markup, reports, ways
from pipeline.rules.web.pages import Entry, PersonPage, WithheldEntry


@dataclass(frozen=True, slots=True)
class ActivityGroup:
    """One activity on a person's page."""

    activity: str  # slug
    title: str
    facts: Facts | None  # of its newest certificate, of those that count; None where all are withheld
    date: dt.date  # when it took place, for the order
    entries: tuple[Entry, ...]
    withheld: tuple[WithheldEntry, ...]


def by_activity(page: PersonPage) -> list[ActivityGroup]:
    """A person's certificates, activity by activity, newest first."""
    slugs = dict.fromkeys([*(e.facts.activity for e in page.entries), *(w.activity for w in page.withheld)])
    groups = []
    for slug in slugs:
        entries = tuple(entry for entry in page.entries if entry.facts.activity == slug)
        withheld = tuple(entry for entry in page.withheld if entry.activity == slug)
        counting = [entry for entry in entries if entry.standing.is_live]  # others may state a former day
        telling = counting or entries
        days = [*(took_place_on(entry.facts) for entry in telling), *(entry.date for entry in withheld)]
        facts = max(telling, key=lambda entry: took_place_on(entry.facts)).facts if entries else None
        title = facts.title if facts else withheld[0].title
        groups.append(ActivityGroup(slug, title, facts, max(days), entries, withheld))
    return sorted(groups, key=lambda group: group.date, reverse=True)


@dataclass(frozen=True, slots=True)
class Year:
    """The activities of one year on a person's page, and what their certificates come to that count."""

    year: int
    groups: tuple[ActivityGroup, ...]
    sums: Sums


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """All of a person's activities, newest first, year by year and in all."""

    years: tuple[Year, ...]
    sums: Sums


def by_year(page: PersonPage) -> PersonRecord:
    """A person's activities by the year in which each took place, with sums of what counts."""
    years = tuple(
        Year(year, groups := tuple(members), sums(_counting(groups)))
        for year, members in itertools.groupby(by_activity(page), lambda group: group.date.year)
    )
    return PersonRecord(years, sums(_counting(group for year in years for group in year.groups)))


def _counting(groups: Iterable[ActivityGroup]) -> Iterator[Facts]:
    return (entry.facts for group in groups for entry in group.entries if entry.standing.is_live)


def added_to_linkedin(group: ActivityGroup) -> str:
    """The number of the certificate that is worth adding to a profile: the one for credit, where it counts,
    else that of Participation; empty where none counts."""
    counting = [entry.facts for entry in group.entries if entry.standing.is_live]
    return max(counting, key=lambda facts: facts.kind.is_credit).number if counting else ""


def took_place_on(facts: Facts) -> dt.date:
    """When what a certificate certifies took place: the meeting's last day, or the day of completion."""
    return facts.end or facts.completed_on or facts.issued_on


def earned(facts: Facts) -> list[str]:
    """What a certificate states as earned, a line each; empty for Participation."""
    return _credit_lines(facts.cme, facts.abim, facts.abim_type, facts.abp)


def earned_by_board(facts: Facts) -> list[tuple[str, str]]:
    """The same, each line with whose credit it is."""
    boards = {
        "Category 1": "American Medical Association (AMA)",
        "ABIM": "American Board of Internal Medicine (ABIM)",
        "ABP": "American Board of Pediatrics (ABP)",
    }
    return [(next(board for mark, board in boards.items() if mark in line), line) for line in earned(facts)]


def offered(activity: Activity) -> list[str]:
    """The most an activity offers, a line each; empty where it offers participation alone."""
    return _credit_lines(activity.cme_max, activity.abim_max, activity.abim_type, activity.abp_max)


def _credit_lines(
    cme: Decimal | None, abim: Decimal | None, abim_type: str, abp: Decimal | None
) -> list[str]:
    none = Decimal(0)
    return Sums(1, cme or none, ((abim_type, abim),) if abim else (), abp or none).lines()


def kinds_offered(activity: Activity) -> list[Kind]:
    """The kinds of certificate that an activity can earn somebody."""
    offers = {
        Kind.PARTICIPATION: True,
        Kind.CME: activity.cme_max,
        Kind.CME_ABIM: activity.abim_max,
        Kind.CME_ABP: activity.abp_max,
        Kind.CME_ABIM_ABP: activity.abim_max and activity.abp_max,
    }
    return [kind for kind, is_offered in offers.items() if is_offered]


def requirement(name: str) -> str:
    """A requirement's column name in words: `post_test` is "post-test"."""
    return {"post_test": "post-test", "pre_test": "pre-test"}.get(name, name.replace("_", " "))


def missing(name: str) -> str:
    """Why a certificate waits, for its holder and for staff: `evaluation` is "evaluation not completed"."""
    reasons = {"attended": "attendance not recorded", "paper": "the certificate could not be made yet"}
    return reasons.get(name, f"{requirement(name)} not completed")


def missing_advice(names: Sequence[str]) -> str:
    """What the holder can do about what is missing, as their page says it."""
    sentences = missing_steps(names)
    if open_steps(names):
        sentences.append("The certificate joins this page with the next update.")
    if "paper" in names:
        sentences.append("You need not do anything about that: the Office of Education is told of it.")
    return " ".join(sentences)


def missing_steps(names: Sequence[str]) -> list[str]:
    """What the holder can do about what is missing, a sentence each; empty where that is nothing."""
    sentences = []
    if "attended" in names:
        sentences.append(f"If you did take part, write to {statements.CONTACT}.")
    if steps := open_steps(names):
        todo = conjoined([f"the {step}" for step in steps])
        sentences.append(f"Log in to the ACR Education Center, open this activity and complete {todo}.")
    return sentences


def open_steps(names: Sequence[str]) -> list[str]:
    """Of what is missing, in words, that which the holder completes at the college's learning site."""
    return [requirement(name) for name in names if name not in ("attended", "paper")]


def size_words(size: int) -> str:
    """86 kB, 1.2 MB: thousands, as phones count them."""
    return f"{size / 1_000_000:.1f} MB" if size >= 999_500 else f"{max(1, round(size / 1000))} kB"


def as_activity(metadata: Mapping[str, object]) -> Activity:
    """An activity from a page's metadata; the catalog has refused what is wrong with it before.

    Raises ValueError with everything wrong, for a bare `pelican` run.
    """
    texts = {
        name.lower(): "\n".join(str(part) for part in value) if isinstance(value, list) else str(value)
        for name, value in metadata.items()
    }
    activity, wrong = read_activity(texts)
    if activity is None:
        raise ValueError("; ".join(wrong))
    return activity


def activity_pages(pages: Iterable[Any]) -> list[Any]:
    """Those of Pelican's pages that describe an activity, newest first; an online one is current."""
    found = [page for page in pages if page.template == "activity"]
    return sorted(
        found, key=lambda page: (as_activity(page.metadata).end or dt.date.max, page.slug), reverse=True
    )


_FILTERS: tuple[Callable[..., object], ...] = (
    *(activity_pages, added_to_linkedin, earned, kinds_offered, missing, missing_advice, offered),
    *(requirement, size_words, ways.asking_mail, ways.led, ways.linkedin),
    *(earned_by_board, titles.with_words, statements.number_words, counted, open_steps),
    *(
        markup.day,
        markup.with_dots,
        markup.location_line,
        markup.rich,
        markup.span,
        markup.statement_paragraphs,
        markup.when,
    ),
    *(statements.accreditation, statements.designation, statements.abim_statement, statements.abp_statement),
    *(retention.kept_until, reports.report_words),
)
FILTERS = {"activity": as_activity, **{each.__name__: each for each in _FILTERS}}  # under their own names
