"""The Record of credits: what counts, in which year, and what it comes to."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Standing
from pipeline.rules.web.credit_record import credit_record, credit_records
from pipeline.rules.web.pages import (
    CreditFileKind,
    Entry,
    PersonPage,
    credit_file_name,
    file_name,
    is_credit_file,
)
from pipeline.rules.web.wording import by_activity
from tests.support.documents_kit import made_up

DAY = dt.date(2026, 3, 2)


def entry(
    kind: Kind, number: str, year: int = 2024, standing: Standing = Standing.VALID, **more: object
) -> Entry:
    """A certificate of a meeting that ended in this year."""
    start, end = dt.date(year, 4, 30), dt.date(year, 5, 2)
    facts = made_up(kind, number=number, activity=f"meeting-{year}", start=start, end=end)
    facts = replace(facts, issued_on=dt.date(year, 6, 3), **more)  # type: ignore[arg-type]
    changed = None if standing is Standing.VALID else dt.date(year, 9, 9)
    return Entry(facts, standing, None, None, changed_on=changed)


def page(*entries: Entry) -> PersonPage:
    return PersonPage("t", "Wilhelmina Achterberg", "MD, MPH", entries)


def test_sums_are_exact_in_quarters_by_year_and_in_all() -> None:
    """A thousand times a quarter is 250, and points are told apart by their type."""
    quarters = [
        entry(Kind.CME_ABIM, f"A{at:03}", 2020 + at % 2, cme=Decimal("0.25"), abim=Decimal("0.75"))
        for at in range(1000)
    ]
    other = entry(Kind.CME_ABIM_ABP, "B", 2021, abim_type="Medical Knowledge", abp=Decimal("1.25"))
    record = credit_record(page(*quarters, other))
    assert record is not None
    assert record.sums.cme == Decimal("262.25")
    assert record.sums.abim == (("Medical Knowledge", Decimal("11.5")), ("Patient Safety", Decimal(750)))
    assert record.sums.abp == Decimal("1.25")
    assert [(year.year, year.sums.cme) for year in record.years] == [
        (2021, Decimal("137.25")),
        (2020, Decimal(125)),
    ]
    assert record.period == "2020–2021"


def test_a_row_is_an_activity_with_the_numbers_of_its_certificates() -> None:
    record = credit_record(page(entry(Kind.CME_ABIM, "CRED"), entry(Kind.PARTICIPATION, "PART")))
    assert record is not None
    ((row,),) = [year.activities for year in record.years]
    assert (row.when, row.title) == ("April 30 – May 2, 2024", "Spring Course on Vasculitis")
    assert row.about == "live activity · Halifax, Nova Scotia"
    assert [(one.number, one.kind) for one in row.certificates] == [
        ("CRED", "CME / ABIM MOC"),
        ("PART", "Participation"),
    ]
    assert row.sums.cme == Decimal("12.25")
    assert record.sums.certificates == 2
    assert record.accreditation == (made_up().accreditation,)


def test_the_day_of_completion_stands_where_there_is_no_meeting() -> None:
    facts = made_up(Kind.CME, start=None, end=None, location="", completed_on=dt.date(2025, 2, 14))
    record = credit_record(page(Entry(facts, Standing.VALID, None, None)))
    assert record is not None
    assert record.years[0].year == 2025
    assert record.years[0].activities[0].when == "February 14, 2025"
    assert record.years[0].activities[0].about == "live activity"


def test_what_does_not_count_is_no_row_and_is_said() -> None:
    """Nobody may add up what was withdrawn or replaced; who has its number wants to know."""
    gone = entry(Kind.CME, "GONE", 2023, Standing.WITHDRAWN)
    former = replace(entry(Kind.CME, "FORM", 2024, Standing.REPLACED), replaced_by="CRED")
    record = credit_record(page(entry(Kind.CME_ABIM, "CRED"), former, gone, entry(Kind.CME, "MORE", 2022)))
    assert record is not None
    assert [year.year for year in record.years] == [2024, 2022]
    assert record.sums.certificates == 2
    assert record.sums.cme == Decimal("24.5")
    assert record.uncounted == (
        "CME Certificate FORM (Spring Course on Vasculitis) was replaced by CRED on September 9, 2024.",
        "CME Certificate GONE (Spring Course on Vasculitis) was withdrawn on September 9, 2023.",
    )
    of_year = credit_record(page(entry(Kind.CME_ABIM, "CRED"), former, gone), 2024)
    assert of_year is not None
    assert len(of_year.uncounted) == 1


def test_a_day_that_was_corrected_is_in_its_year() -> None:
    """What was replaced or withdrawn still states the former day, which tells no year and no heading."""
    online = replace(made_up(Kind.CME_ABIM, number="NOW"), start=None, end=None)
    now = replace(online, completed_on=dt.date(2024, 12, 30))
    former = replace(online, number="FORM", title="Former", completed_on=dt.date(2025, 1, 2))
    both = page(
        Entry(former, Standing.REPLACED, None, None, replaced_by="NOW"),
        Entry(now, Standing.VALID, None, None),
    )
    record = credit_record(both)
    assert record is not None
    assert [(year.year, year.activities[0].when) for year in record.years] == [(2024, "December 30, 2024")]
    assert record.period == "2024"
    assert [group.title for group in by_activity(both)] == [now.title]
    gone = page(Entry(former, Standing.WITHDRAWN, None, None))
    assert [(group.title, group.date.year) for group in by_activity(gone)] == [("Former", 2025)]


def test_a_correction_and_another_name_are_said_beside_the_number() -> None:
    mended = entry(Kind.CME, "A", standing=Standing.CORRECTED)
    married = entry(Kind.CME, "B", 2023, name="Wilhelmina Zwart", credentials="")
    record = credit_record(page(mended, married))
    assert record is not None
    notes = [row.certificates[0].notes for year in record.years for row in year.activities]
    assert notes == [("corrected September 9, 2024",), ("issued to Wilhelmina Zwart",)]


def test_it_is_of_the_day_of_the_last_change_or_of_the_day_it_was_looked_at() -> None:
    """So that what lies on a page is not made anew each day, and staff have one of today."""
    both = page(entry(Kind.CME, "A"), entry(Kind.CME, "B", 2023, Standing.WITHDRAWN))
    later = page(*both.entries, entry(Kind.CME, "C", 2022, Standing.CORRECTED))
    records = [credit_record(both), credit_record(later), credit_record(both, as_of=DAY)]
    assert [one.as_of for one in records if one] == [dt.date(2024, 6, 3), dt.date(2024, 6, 3), DAY]
    alone = credit_record(page(entry(Kind.CME, "A", standing=Standing.CORRECTED)))
    assert alone is not None
    assert alone.as_of == dt.date(2024, 9, 9)


def test_who_has_one_certificate_has_no_record_on_their_page() -> None:
    one = entry(Kind.CME, "A")
    assert credit_records(page()) == {}
    assert credit_records(page(one)) == {}
    assert credit_records(page(one, entry(Kind.CME, "B", 2023, Standing.WITHDRAWN))) == {}
    assert [*credit_records(page(one, entry(Kind.PARTICIPATION, "B")))] == [None]
    assert [*credit_records(page(one, entry(Kind.CME, "B", 2022)))] == [None, 2024, 2022]


def test_a_year_without_any_has_no_record() -> None:
    assert credit_record(page(entry(Kind.CME, "A")), 2019) is None
    assert credit_record(page(entry(Kind.CME, "A", standing=Standing.WITHDRAWN))) is None


def test_a_file_is_known_by_its_name_and_no_certificate_is_taken_for_one() -> None:
    names = [credit_file_name(kind, "2021–2026", "0123456789abcdef") for kind in CreditFileKind]
    assert names == ["acr-record-of-credits-2021-2026-01234567.pdf", "acr-all-certificates-01234567.pdf"]
    assert all(map(is_credit_file, names))
    for slug in ("record-of-credits-2025", "all-certificates", "x"):
        assert not is_credit_file(file_name(slug, "cme", "0123-ABCD", 1))
