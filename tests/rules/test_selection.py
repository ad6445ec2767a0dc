"""Which certificates are shown as pictures, by literals."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from pipeline.rules.certificates.activities import Activity, Kind
from pipeline.rules.certificates.awards import ClaimContent, Facts, HolderName, certificate_facts
from pipeline.rules.certificates.selection import Candidate, Selection

DAY = dt.date(2025, 10, 29)
MEETING = Activity("meeting", "Meeting", "live activity", start=DAY, end=DAY, cme_max=Decimal(20))
CLAIM = ClaimContent(cme=Decimal(10))


def facts(name: str = "Ann Lee", kind: Kind = Kind.CME, credentials: str = "MD") -> Facts:
    holder = HolderName(name, credentials)
    return certificate_facts(kind, holder, CLAIM, MEETING, "A" * 16, DAY, "https://example.org")


def chosen(*candidates: Candidate, most: int = 24) -> dict[int, tuple[str, ...]]:
    """Certificate -> why it is shown, in order; small type is what has long credentials."""
    selection = Selection(most)
    for one in candidates:
        selection.see(one)
    assert selection.seen == len(candidates)
    return {
        one.candidate.id: one.why for one in selection.chosen(lambda each: 20 - len(each.credentials) / 10)
    }


def test_each_kind_and_what_is_longest() -> None:
    plain = [Candidate(at, facts(kind=kind), holder=at) for at, kind in enumerate(Kind)]
    more = [Candidate(at, facts(), holder=at) for at in range(10, 60)]
    long = Candidate(60, facts("Ann " + "Lee" * 20), holder=60)
    small = Candidate(61, facts(credentials="MD, PhD, MPH, FACP, FACR, FRCP (Edin.), FAAP, MSc"), holder=61)
    titled = Candidate(62, replace(facts(), title="Meeting on Everything"), holder=62)
    assert chosen(*plain, *more, long, small, titled) == {
        0: ("the first Certificate of Participation",),
        1: ("the first CME Certificate",),
        2: ("the first CME / ABIM MOC Certificate",),
        3: ("the first CME / ABP MOC Certificate",),
        4: ("the first CME / ABIM MOC / ABP MOC Certificate",),
        60: ("the longest name",),
        61: ("the smallest type",),
        62: ("the longest title",),
    }


def test_where_titles_are_alike_none_is_the_longest() -> None:
    assert chosen(Candidate(1, facts())) == {
        1: ("the first CME Certificate", "the longest name", "the smallest type")
    }


def test_each_script_once_and_each_odd_thing_more_than_once() -> None:
    """One of each sort before a second of any; of a script there is no second; every sort is said."""
    first = Candidate(1, facts(), holder=1)
    arabic = [Candidate(at, facts(), scripts=("Arabic",), laid_out=True, holder=at) for at in (2, 3, 4)]
    thai = [Candidate(at, facts(), scripts=("Thai",), holder=at) for at in (5, 6)]
    odd = [Candidate(at, facts(), cautions=("caution: name has a digit",), holder=at) for at in (7, 8)]
    fixed = [Candidate(at, facts(), correction="name corrected", holder=at) for at in (9, 10)]
    placed = [Candidate(11, facts(), replaces=1, holder=11)]
    found = chosen(first, *arabic, *thai, *odd, *fixed, *placed)
    assert [*found] == [1, 2, 7, 9, 11, 5, 3, 8, 10, 4]
    assert found[2] == ("laid out on its own: the press cannot set it", "letters: Arabic")
    assert found[11] == ("takes the place of another certificate",)
    assert [*chosen(first, *arabic, *thai, *odd, *fixed, *placed, most=6)] == [1, 2, 7, 9, 11, 5]


def test_of_a_person_the_certificate_that_says_more() -> None:
    first = Candidate(1, facts(), holder=1)
    part = Candidate(2, facts("Zoe 3", Kind.PARTICIPATION), cautions=("a digit",), holder=2)
    other = Candidate(3, facts("Zoe 3"), cautions=("a digit",), holder=2)
    before = Candidate(4, facts(kind=Kind.PARTICIPATION), holder=4)
    assert [*chosen(first, before, replace(part, facts=replace(part.facts, name="Zo 3")), other)] == [4, 1, 3]


def test_memory_stays_flat() -> None:
    selection = Selection(3)
    for at in range(1000):
        selection.see(Candidate(at, facts(), cautions=("odd",), holder=at))
    assert len(selection.chosen(lambda _: 1.0)) == 3
    assert len(selection._long) == 3
    assert len(selection._sorts["odd"].held) == 3
