"""A notice in; what the templates of theme/emails see out, with the person's own words held apart as slots.

A View states what many messages share, so that it can be rendered and encoded once; where the person's words
stand, it holds the marks of slots.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from markupsafe import escape

from pipeline.rules.certificates import statements
from pipeline.rules.certificates.awards import Standing
from pipeline.rules.messages.occasions import Notice, Occasion
from pipeline.rules.text import one_line
from pipeline.rules.web.markup import rich
from pipeline.rules.web.pages import Entry
from pipeline.rules.web.wording import earned

TITLE_LENGTH = 120  # of a title in the subject; the body has it whole
OPEN, CLOSE = "\x02", "\x03"  # around a slot's number; one_line lets no such character through


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """One certificate as the mail tells it."""

    label: str
    credits: tuple[str, ...]
    standing: str
    closed: bool  # stands, but its download is not open
    changed: str  # date words of a correction, replacement or withdrawal
    reason: str


@dataclass(frozen=True, slots=True)
class ActivityLines:
    """One activity and what was earned at it; dates in words, the earliest of its lines."""

    title: str
    when: str
    where: str
    lines: tuple[CertificateLine, ...]
    open_until: str  # last day of the download, empty where none is open
    kept_until: str
    windowed: bool  # the download closes before the record goes


@dataclass(frozen=True, slots=True)
class View:
    """What the templates see, as `m`."""

    occasion: str
    name: str
    url: str  # empty: no link in this message
    groups: tuple[ActivityLines, ...]
    title: str  # of the first activity, empty without one
    short_title: str  # for the subject
    more: int  # further activities
    count: int  # certificates
    closed: int  # of these, standing ones whose download is not open
    withdrawn: int
    downloads: int  # groups with an open download


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


def view(notice: Notice) -> tuple[View, Slots]:
    """The notice's view and the words for its slots."""
    slots = Slots()
    linked = notice.occasion is not Occasion.MOVED and bool(notice.page_url)
    name = slots.add(one_line(notice.name))
    url = slots.add(one_line(notice.page_url)) if linked else ""
    # the former address may be somebody else's by now: it learns of the change, not of the certificates
    entries = () if notice.occasion is Occasion.MOVED else notice.entries
    groups = tuple(_group(members, slots) for members in _by_activity(entries))
    lines = [line for group in groups for line in group.lines]
    title = groups[0].title if groups else ""
    return View(
        occasion=notice.occasion.value,
        name=name,
        url=url,
        groups=groups,
        title=title,
        short_title=title if len(title) <= TITLE_LENGTH else title[: TITLE_LENGTH - 1].rstrip() + "…",
        more=max(len(groups) - 1, 0),
        count=len(lines),
        closed=sum(line.closed for line in lines),
        withdrawn=sum(line.standing == Standing.WITHDRAWN.value for line in lines),
        downloads=sum(bool(group.open_until) for group in groups),
    ), slots


def _by_activity(entries: tuple[Entry, ...]) -> list[list[Entry]]:
    """Entries by activity and completion, in the order given."""
    found: dict[tuple[str, dt.date | None], list[Entry]] = {}
    for entry in entries:
        found.setdefault((entry.facts.activity, entry.facts.completed_on), []).append(entry)
    return list(found.values())


def _group(members: list[Entry], slots: Slots) -> ActivityLines:
    facts = members[0].facts
    windows = [entry.download_until for entry in members if entry.download_until and entry.standing.is_live]
    if facts.start and facts.end:
        when = statements.span_words(facts.start, facts.end)
    else:
        when = slots.add(f"Completed {_date_words(facts.completed_on)}") if facts.completed_on else ""
    open_until = min(windows, default=None)
    kept_until = min(entry.facts.kept_until for entry in members)
    return ActivityLines(
        title=one_line(facts.title),
        when=when,
        where=one_line(facts.location.replace("\n", ", ")),
        lines=tuple(_line(entry, slots) for entry in members),
        open_until=slots.add(_date_words(open_until)) if open_until else "",
        kept_until=slots.add(_date_words(kept_until)),
        windowed=open_until is not None and open_until < kept_until,
    )


def _line(entry: Entry, slots: Slots) -> CertificateLine:
    return CertificateLine(
        label=entry.facts.kind.label,
        credits=tuple(slots.add(text, rich(text, "em")) for text in map(one_line, earned(entry.facts))),
        standing=entry.standing.value,
        closed=entry.standing.is_live and entry.download_until is None,
        changed=_date_words(entry.changed_on),
        reason=one_line(entry.reason),
    )


def _date_words(day: dt.date | None) -> str:
    """November 14, 2031; empty for None."""
    return statements.date_words(day) if day else ""
