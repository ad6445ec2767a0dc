"""Who has the key sits at the desk until they leave, or for an hour after they last did something."""

from __future__ import annotations

import asyncio

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
    """Its watch waits until then, and again for who came meanwhile; a long deed is somebody."""
    clock = Clock()
    sittings = Sittings(clock)
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)
        clock.seconds += seconds - (1000 if len(waited) == 1 else 0)
        if len(waited) == 1:
            with sittings.at_work():
                clock.seconds += 5000
                assert sittings.idle() == 0

    asyncio.run(watch(sittings, wait))
    assert waited == [HOUR, HOUR]
