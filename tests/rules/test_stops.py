"""When a command stops before it does anything: the world may not be as it seems, and staff must say so."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.rules.stops import (
    LedgerPlace,
    Mark,
    clock,
    empty_ledger,
    large_purge,
    moved_ledger,
    older_ledger,
    stray_output,
    unknown_files,
)

TODAY = dt.date(2026, 11, 26)


@pytest.mark.parametrize(
    ("today", "newest", "due", "stops"),
    [
        (TODAY, None, 65, False),  # the first run
        (TODAY, TODAY, 65, False),
        (TODAY, TODAY + dt.timedelta(days=1), 0, True),  # the clock was put back
        (TODAY, TODAY - dt.timedelta(days=40), 65, False),
        (TODAY, TODAY - dt.timedelta(days=41), 65, True),
        (TODAY, TODAY - dt.timedelta(days=41), 0, False),  # a quiet summer: nothing would be lost
        (dt.date(2033, 11, 26), TODAY, 65, True),
    ],
)
def test_clock(today: dt.date, newest: dt.date | None, due: int, stops: bool) -> None:
    assert (clock(today, newest, due) is not None) is stops


@pytest.mark.parametrize(
    ("due", "total", "stops"),
    [
        (0, 0, False),
        (50, 50, False),
        (51, 51, True),
        (51, 255, False),
        (51, 254, True),
        (5_000, 91_333, False),
    ],
)
def test_large_purge(due: int, total: int, stops: bool) -> None:
    assert (large_purge(due, total) is not None) is stops


@pytest.mark.parametrize(
    ("certificates", "stored", "pages", "stops"),
    [(0, 0, 0, False), (1, 65, 36, False), (0, 1, 0, True), (0, 0, 1, True)],
)
def test_empty_ledger(certificates: int, stored: int, pages: int, stops: bool) -> None:
    assert (empty_ledger(certificates, stored, pages) is not None) is stops


def test_empty_ledger_says_what_is_there() -> None:
    stop = empty_ledger(0, 65, 36)
    assert stop is not None
    assert "the vault holds 65 certificates and output/ 36 private pages" in stop.text


def test_an_older_ledger_is_known_by_what_was_made_since() -> None:
    now, later = Mark("a", 10, "x"), Mark("a", 11, "y")
    assert older_ledger(now, None, is_ours=False, place="the vault") is None
    assert older_ledger(later, now, is_ours=True, place="the vault") is None  # a killed command left no mark
    for seen, words in (
        (later, "ends with entry 10 of its audit trail, but had 11 when it was last used with the vault"),
        (Mark("a", 10, "z"), "there are two copies of it"),
        (Mark("b", 9, "x"), "is not the one that the vault belongs to"),
    ):
        stop = older_ledger(now, seen, is_ours=False, place="the vault")
        assert stop is not None
        assert words in stop.text


@pytest.mark.parametrize(("unknown", "stops"), [(0, False), (64, False), (65, True)])
def test_unknown_files(unknown: int, stops: bool) -> None:
    """A killed run leaves a batch at most."""
    assert (unknown_files(unknown, 64) is not None) is stops


HOME = LedgerPlace("desk-1", "/srv/certs/var/ledger.sqlite3", "1:77")


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (None, None),
        (HOME, None),
        (LedgerPlace("desk-2", HOME.path, HOME.file), "on the computer desk-2"),
        (LedgerPlace(HOME.computer, "/old/ledger.sqlite3", HOME.file), "in /old/ledger.sqlite3"),
        (LedgerPlace(HOME.computer, HOME.path, "1:78"), "as another file"),
    ],
)
def test_moved_ledger(before: LedgerPlace | None, words: str | None) -> None:
    stop = moved_ledger(before, HOME)
    assert stop is None if words is None else stop is not None and words in stop.text


def test_stray_output_names_a_few() -> None:
    assert stray_output([]) is None
    stop = stray_output(["b.tar", "c.tar", "d.tar", "e.tar"])
    assert stop is not None
    assert "b.tar, c.tar, d.tar, and 1 more" in stop.text
