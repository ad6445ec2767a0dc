"""What certificates come to together, to the quarter."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Standing
from pipeline.rules.certificates.sums import sums
from pipeline.rules.web.pages import Entry, PersonPage, WithheldEntry
from pipeline.rules.web.wording import by_year
from tests.support.mail_values import entry, facts


def test_quarters_add_up_by_kind_of_credit() -> None:
    """Points of two types are told apart and together; participation counts as a certificate alone."""
    found = sums(
        [
            facts(cme=Decimal("12.25"), abim=Decimal("0.25")),
            facts(cme=Decimal("0.75"), abim=Decimal("7.50"), abim_type="Patient Safety", abp=Decimal(1)),
            facts(cme=Decimal("100.10") + Decimal("0.15"), abim=Decimal("3.5"), abp=Decimal("0.25")),
            facts(kind=Kind.PARTICIPATION, cme=Decimal(0), abim=Decimal(0)),
        ]
    )
    assert found.certificates == 4
    assert found.lines() == [
        "113.25 AMA PRA Category 1 Credits™",
        "11.25 ABIM MOC points (3.75 Medical Knowledge; 7.5 Patient Safety)",
        "1.25 ABP MOC Part 2 points",
    ]


def test_without_credit_there_is_no_line() -> None:
    assert sums([]).lines() == []
    assert sums([facts(cme=Decimal(0), abim_type="")]).lines() == ["10 ABIM MOC points"]
    assert sums([facts(cme=Decimal(1), abim=Decimal(0))]).lines() == ["1 AMA PRA Category 1 Credit™"]


def test_what_does_not_count_is_in_no_sum() -> None:
    """Withdrawn, replaced and withheld certificates stand in their year and add nothing."""
    kept = entry(activity="a")
    page = PersonPage(
        "token",
        "Ana",
        "",
        (
            kept,
            replace(kept, facts=facts(number="2", activity="a"), standing=Standing.REPLACED),
            _of_last_year(kept, "b", Standing.CORRECTED),
            _of_last_year(kept, "c", Standing.WITHDRAWN),
        ),
        (WithheldEntry(Kind.CME, "d", "Another", facts().end.replace(year=2023), ("evaluation",)),),  # type: ignore[union-attr]
    )
    record = by_year(page)
    assert [(year.year, len(year.groups), year.sums.cme) for year in record.years] == [
        (2025, 1, Decimal("12.25")),
        (2024, 2, Decimal("12.25")),
        (2023, 1, Decimal(0)),
    ]
    assert (record.sums.certificates, record.sums.cme) == (2, Decimal("24.5"))
    assert record.sums.abim == (("Medical Knowledge", Decimal(20)),)


def _of_last_year(one: Entry, slug: str, standing: Standing) -> Entry:
    days = {name: getattr(one.facts, name).replace(year=2024) for name in ("start", "end")}
    return replace(one, facts=replace(one.facts, activity=slug, **days), standing=standing)
