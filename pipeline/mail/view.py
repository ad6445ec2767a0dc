"""A notice in; what the templates of theme/emails see out, with the person's own words held apart as slots.

A View states what many messages share, so that it can be rendered and encoded once; where the person's words
stand, it holds the marks of slots.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import escape

from pipeline.rules.certificates import statements
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.titles import with_words
from pipeline.rules.messages.occasions import OF_A_RUN, RANK, Event, Notice, Occasion
from pipeline.rules.text import conjoined, one_line
from pipeline.rules.web.markup import rich
from pipeline.rules.web.pages import Entry, WithheldEntry
from pipeline.rules.web.wording import earned, missing, missing_steps

OPEN, CLOSE = "\x02", "\x03"  # around a slot's number; one_line lets no such character through


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """One certificate as the mail tells it."""

    label: str
    credits: tuple[str, ...]
    standing: str  # "withheld" for one that waits
    closed: bool  # stands, but its download is not open
    changed: str  # date words of a correction, replacement or withdrawal
    reason: str
    missing: str  # why it waits, in words
    unmatched: str  # boards that could not match the holder, as a sentence has them


@dataclass(frozen=True, slots=True)
class ActivityLines:
    """One activity and what was earned at it; dates in words, the earliest of its lines."""

    title: str  # with the year, where two activities may have the same
    apart: str  # beside a title that two activities do have
    heading: str  # the title as it stands, with those words
    when: str
    where: str
    lines: tuple[CertificateLine, ...]
    open_until: str  # last day of the download, empty where none is open
    kept_until: str  # empty where all wait
    windowed: bool  # the download closes before the record goes
    steps: tuple[str, ...]  # what the person can do about what is missing, a sentence each
    url: str  # where; empty where the activity has no address of its own
    claim_until: str  # last day for it, empty without one
    too_late: bool  # that day has passed


@dataclass(frozen=True, slots=True)
class Section:
    """What a message tells on one occasion."""

    occasion: str
    groups: tuple[ActivityLines, ...]
    title: str  # of the first activity, empty without one
    apart: str  # beside it
    more: int  # further activities
    count: int  # certificates that it is about; those that were replaced not among them
    what: str  # the first of these, credit before participation, as a certificate names itself
    former: str  # what was replaced, and
    latter: str  # by what; both empty where nothing was
    were: int  # how many were replaced
    closed: int  # standing certificates whose download is not open
    downloads: int  # groups with an open download


@dataclass(frozen=True, slots=True)
class View:
    """What the templates see, as `m`."""

    occasion: str
    is_test: bool
    name: str
    url: str  # empty: no link in this message
    sections: tuple[Section, ...]
    count: int  # certificates
    closed: int  # of these, standing ones whose download is not open
    downloads: int  # groups with an open download
    issued: int  # certificates that were issued and stand: the college's own site has them, too
    waiting: int  # certificates that wait


@dataclass(slots=True)
class Slots:
    """The person's own words, by number: as plain text and as HTML."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)

    def add(self, text: str, html: str = "") -> str:
        """Takes the words in and gives the mark that stands for them."""
        self.plain.append(text)
        self.html.append(str(html or escape(text)))
        return f"{OPEN}{len(self.plain) - 1}{CLOSE}"


def view(notice: Notice, apart: Mapping[str, str]) -> tuple[View, Slots]:
    """The notice's view and the words for its slots. `apart`: as Composer has it."""
    slots = Slots()
    linked = notice.occasion is not Occasion.MOVED and bool(notice.page_url)
    name = slots.add(one_line(notice.name))
    url = slots.add(one_line(notice.page_url)) if linked else ""
    # the former address may be somebody else's by now: it learns of the change, not of the certificates
    events = () if notice.occasion is Occasion.MOVED else notice.events
    sections = tuple(
        _section(occasion, members, notice.date.date(), apart, slots)
        for occasion, members in _by_occasion(notice.occasion, events)
    )
    lines = [line for section in sections for group in section.groups for line in group.lines]
    return View(
        occasion=notice.occasion.value,
        is_test=notice.is_test,
        name=name,
        url=url,
        sections=sections,
        count=sum(section.count for section in sections),
        closed=sum(section.closed for section in sections),
        downloads=sum(section.downloads for section in sections),
        issued=sum(line.standing in ("valid", "corrected") for line in lines),
        waiting=sum(bool(line.missing) for line in lines),
    ), slots


def _by_occasion(main: Occasion, events: Iterable[Event]) -> list[tuple[Occasion, list[Event]]]:
    """What each section tells. What took the place of another certificate stands with that; what staff asked
    for is one section, whatever it is about."""
    events = list(events)
    if main not in OF_A_RUN:
        return [(main, events)] if events else []
    replaced = {_activity(one) for one in events if one.occasion is Occasion.REPLACED}
    found: dict[Occasion, list[Event]] = {}
    for one in events:
        joins = one.occasion is Occasion.NEW and _activity(one) in replaced
        found.setdefault(Occasion.REPLACED if joins else one.occasion, []).append(one)
    return sorted(found.items(), key=lambda item: RANK[item[0]])


def _activity(event: Event) -> tuple[str, dt.date | None]:
    """What groups certificates: an activity, and the day it was completed where it has none of its own."""
    if isinstance(event.about, WithheldEntry):
        return event.about.activity, None
    return event.about.facts.activity, event.about.facts.completed_on


def _section(
    occasion: Occasion, events: Sequence[Event], today: dt.date, apart: Mapping[str, str], slots: Slots
) -> Section:
    by_activity: dict[tuple[str, dt.date | None], list[Event]] = {}
    for one in events:
        by_activity.setdefault(_activity(one), []).append(one)
    groups = tuple(_group(members, today, apart, slots) for members in by_activity.values())
    gone = [one.about for one in events if one.occasion is Occasion.REPLACED]
    former = [one for one in gone if isinstance(one, Entry)]
    about = [one.about for one in events if one.about not in gone]
    by_number = {one.facts.number: one for one in about if isinstance(one, Entry)}
    latter = [by_number[one.replaced_by] for one in former if one.replaced_by in by_number]
    if former and not latter:  # what took its place was replaced, too, before anybody was told
        latter = [one for one in by_number.values() if one.facts.kind.is_credit]
    first = next((one for one in about if _kind(one).is_credit), about[0] if about else None)
    return Section(
        occasion=occasion.value,
        groups=groups,
        title=groups[0].title if groups else "",
        apart=groups[0].apart if groups else "",
        more=max(len(groups) - 1, 0),
        count=len(about),
        what=_kind(first).label if first else "",
        former=_labels(former),
        latter=_labels(latter),
        were=len(former),
        closed=sum(line.closed for group in groups for line in group.lines),
        downloads=sum(bool(group.open_until) for group in groups),
    )


def _kind(about: Entry | WithheldEntry) -> Kind:
    return about.kind if isinstance(about, WithheldEntry) else about.facts.kind


def _labels(entries: Iterable[Entry]) -> str:
    return conjoined(list(dict.fromkeys(one.facts.kind.label for one in entries)))


def _group(members: Sequence[Event], today: dt.date, apart: Mapping[str, str], slots: Slots) -> ActivityLines:
    about = [one.about for one in members]
    entries = [one for one in about if isinstance(one, Entry)]
    waiting = [one for one in about if isinstance(one, WithheldEntry)]
    facts, last = (entries[0].facts, None) if entries else (waiting[0], waiting[0].claim_until)
    windows = [one.download_until for one in entries if one.download_until and one.standing.is_live]
    completed = entries[0].facts.completed_on if entries else None
    when = statements.span_words(facts.start, facts.end) if facts.start and facts.end else ""
    if completed and not when:
        when = slots.add(f"Completed {_date_words(completed)}")
    open_until = min(windows, default=None)
    kept_until = min((one.facts.kept_until for one in entries), default=None)
    names = dict.fromkeys(name for one in waiting for name in one.missing)
    words = one_line(apart.get(facts.activity, ""))
    title = one_line(facts.title)
    return ActivityLines(
        title=title if words else _with_year(title, facts.end),
        apart=words,
        heading=with_words(title, words),
        when=when,
        where=one_line(facts.location.replace("\n", ", ") or ("" if facts.end else facts.format)),
        lines=tuple(_line(one, slots) for one in about),
        open_until=slots.add(_date_words(open_until)) if open_until else "",
        kept_until=slots.add(_date_words(kept_until)) if kept_until else "",
        windowed=open_until is not None and kept_until is not None and open_until < kept_until,
        steps=tuple(missing_steps([*names])),
        url=waiting[0].url if waiting else "",
        claim_until=_date_words(last),
        too_late=last is not None and last < today,
    )


def _with_year(title: str, end: dt.date | None) -> str:
    """A meeting has the same title each year."""
    return title if end is None or str(end.year) in title else f"{title} ({end.year})"


def _line(about: Entry | WithheldEntry, slots: Slots) -> CertificateLine:
    if isinstance(about, WithheldEntry):
        waits = conjoined([missing(name) for name in about.missing])
        return CertificateLine(about.kind.label, (), "withheld", False, "", "", waits, "")
    return CertificateLine(
        label=about.facts.kind.label,
        credits=tuple(slots.add(text, rich(text, "em")) for text in map(one_line, earned(about.facts))),
        standing=about.standing.value,
        closed=about.standing.is_live and about.download_until is None,
        changed=_date_words(about.changed_on),
        reason=one_line(about.reason),
        missing="",
        unmatched=conjoined([one.board for one in about.reports if one.is_unmatched]),
    )


def _date_words(day: dt.date | None) -> str:
    """November 14, 2031; empty for None."""
    return statements.date_words(day) if day else ""
