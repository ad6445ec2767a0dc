"""Who has the key sits at the desk until they leave, or for an hour after they last did something."""

from __future__ import annotations

import asyncio
import sys
import time

import pytest

from pipeline.desk import serve
from pipeline.desk.serve import watch
from pipeline.desk.sittings import HOUR, MOST_SITTINGS, Shown, Sittings
from tests.support.desk_kit import Clock


def test_a_sitting_is_forgotten_after_an_hour_of_nothing() -> None:
    clock = Clock()
    sittings = Sittings(clock)
    one = sittings.enter(sittings.key)
    assert one
    clock.seconds += HOUR
    assert sittings.get(one.id) is one  # and heard of, from here on
    clock.seconds += HOUR + 1
    assert sittings.get(one.id) is None


def test_there_are_only_so_many() -> None:
    """The one that was heard of least lately goes."""
    clock = Clock()
    sittings = Sittings(clock)
    first = sittings.enter(sittings.key)
    for _ in range(MOST_SITTINGS):
        clock.seconds += 1
        sittings.enter(sittings.key)
    assert first
    assert sittings.get(first.id) is None


def test_a_preview_is_forgotten_at_last() -> None:
    """A sitting of a day takes no more memory than one of an hour."""
    sittings = Sittings(Clock())
    one = sittings.enter(sittings.key)
    assert one
    first = one.show(Shown(1, [1], "resend", {}, ""))
    for _ in range(500):
        one.finish(one.show(Shown(1, [1], "resend", {}, "")), [])
        one.show(Shown(1, [1], "resend", {}, ""))
    assert first not in one.shown
    assert len(one.shown) + len(one.done) < 500


def test_the_desk_ends_after_an_hour_in_which_nobody_came() -> None:
    """From the last who came on; a long deed is somebody."""
    clock = Clock()
    sittings = Sittings(clock)
    came: list[float] = []

    async def wait(seconds: float) -> None:
        clock.seconds += seconds
        if not came and sittings.idle() > HOUR / 2:
            with sittings.at_work():
                clock.seconds += 5000
                assert sittings.idle() == 0
            came.append(clock.seconds)

    asyncio.run(watch(sittings, wait))
    assert clock.seconds == came[0] + HOUR


def test_whoever_slept_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine slept for a night: the desk ends at its next look, and no sitting outlives it."""
    night = {serve.CLOCK: 1000.0}
    monkeypatch.setattr(time, "clock_gettime", lambda which: night.get(which, 1000.0))
    assert serve.CLOCK != time.CLOCK_MONOTONIC or sys.platform == "darwin"
    sittings = Sittings(serve.seconds)
    one = sittings.enter(sittings.key)
    assert one
    looks: list[float] = []

    async def wait(seconds: float) -> None:
        looks.append(seconds)
        night[serve.CLOCK] += 8 * HOUR

    asyncio.run(watch(sittings, wait))
    assert len(looks) == 1
    assert looks[0] <= 60
    assert sittings.get(one.id) is None
