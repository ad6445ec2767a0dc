"""The Record of credits: what of a person’s certificates counts, activity by activity, and its sums."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.rules.certificates.statements import date_words, span_words
from pipeline.rules.certificates.sums import Sums, sums
from pipeline.rules.web.pages import Entry, PersonPage
from pipeline.rules.web.wording import PersonRecord, Year, by_year

# How documents/credits draws and documents/merged writes: raised with each change there that files on private
# pages shall follow, as that of how they look. All pages are looked at then, and all their files made anew.
RECORD_FORM, MERGED_FORM = 4, 3
FEWEST = 2  # certificates of which there is a record: one says all itself

# Without slots, as Sums are: workers are sent all of these, and Python pickles what has slots by hand.


@dataclass(frozen=True)
class RecordedCertificate:
    """A certificate that counts, as a record names it."""

    kind: str  # in short
    number: str
    verify_url: str
    notes: tuple[str, ...] = ()  # what a reader would want to know of it


@dataclass(frozen=True)
class RecordedActivity:
    """A row of a record."""

    when: str  # completion, in words
    title: str
    about: str  # format and place; empty where neither is known
    certificates: tuple[RecordedCertificate, ...]
    sums: Sums


@dataclass(frozen=True)
class RecordedYear:
    """What was completed in one year, newest first."""

    year: int
    activities: tuple[RecordedActivity, ...]
    sums: Sums


@dataclass(frozen=True)
class CreditRecord:
    """A person's Record of credits. The same record gives the same PDF, byte for byte."""

    name: str
    credentials: str
    as_of: dt.date  # what was issued or changed later is not in it
    years: tuple[RecordedYear, ...]  # newest first
    sums: Sums
    uncounted: tuple[str, ...]  # certificates of these years that do not count, each in a sentence
    accreditation: tuple[str, ...]  # what certificates say of their provider, each statement once

    @property
    def period(self) -> str:
        """The years it is of, in words: 2025, or 2021–2026."""
        last, first = self.years[0].year, self.years[-1].year
        return str(last) if first == last else f"{first}–{last}"


def credit_record(
    page: PersonPage, year: int | None = None, as_of: dt.date | None = None
) -> CreditRecord | None:
    """A person's record of one year or of all; None where nothing counts there.

    `as_of`: the day on which it was looked at; without it that of the last change to what it says, so that it
    says the same until the next.
    """
    found = by_year(page)
    some = [(one, _recorded(one, page)) for one in found.years if year in (None, one.year)]
    return _record(page, some, found.sums if year is None or not some else some[0][0].sums, as_of)


def credit_records(page: PersonPage, found: PersonRecord | None = None) -> dict[int | None, CreditRecord]:
    """The records on a person's page, by year: of all, and of each year where there are several; none where
    fewer than two certificates count. `found`: the page `by_year`, where that is known."""
    found = found or by_year(page)
    if found.sums.certificates < FEWEST:
        return {}
    recorded = [(year, _recorded(year, page)) for year in found.years]
    records: dict[int | None, CreditRecord | None] = {None: _record(page, recorded, found.sums)}
    if sum(1 for _, one in recorded if one.activities) > 1:
        records |= {each[0].year: _record(page, [each], each[0].sums) for each in recorded}
    return {year: record for year, record in records.items() if record}


def _recorded(year: Year, page: PersonPage) -> RecordedYear:
    return RecordedYear(year.year, tuple(_activities(year, page)), year.sums)


def _record(
    page: PersonPage, some: Sequence[tuple[Year, RecordedYear]], summed: Sums, as_of: dt.date | None = None
) -> CreditRecord | None:
    entries = [entry for year, _ in some for group in year.groups for entry in group.entries]
    counting = [entry.facts for entry in entries if entry.standing.is_live]
    if not counting:
        return None
    return CreditRecord(
        name=page.name,
        credentials=page.credentials,
        as_of=as_of or max(entry.changed_on or entry.facts.issued_on for entry in entries),
        years=tuple(recorded for _, recorded in some if recorded.activities),
        sums=summed,
        uncounted=tuple(_uncounted(entry) for entry in entries if not entry.standing.is_live),
        accreditation=tuple(dict.fromkeys(facts.accreditation for facts in counting)),
    )


def _activities(year: Year, page: PersonPage) -> Iterator[RecordedActivity]:
    for group in year.groups:
        counting = [entry for entry in group.entries if entry.standing.is_live]
        if not counting:
            continue
        facts = max((entry.facts for entry in counting), key=lambda one: one.kind.is_credit)
        days = span_words(facts.start or facts.end, facts.end) if facts.end else ""
        place = ", ".join(line.strip() for line in facts.location.splitlines() if line.strip())
        yield RecordedActivity(
            when=days or date_words(facts.completed_on or facts.issued_on),
            title=facts.title,
            about=" · ".join(part for part in (facts.format, place) if part),
            certificates=tuple(_certificate(entry, page) for entry in counting),
            sums=sums(entry.facts for entry in counting),
        )


def _certificate(entry: Entry, page: PersonPage) -> RecordedCertificate:
    facts = entry.facts
    notes = []
    if (facts.name, facts.credentials) != (page.name, page.credentials):
        notes.append(f"issued to {', '.join(part for part in (facts.name, facts.credentials) if part)}")
    if entry.changed_on:
        notes.append(f"corrected {date_words(entry.changed_on)}")
    kind = facts.kind.label.removesuffix(" Certificate").removeprefix("Certificate of ")
    return RecordedCertificate(kind, facts.number, facts.verify_url, tuple(notes))


def _uncounted(entry: Entry) -> str:
    day = f" on {date_words(entry.changed_on)}" if entry.changed_on else ""
    by = f" by {entry.replaced_by}" if entry.replaced_by else ""
    facts = entry.facts
    return f"{facts.kind.label} {facts.number} ({facts.title}) was {entry.standing.value}{by}{day}."
