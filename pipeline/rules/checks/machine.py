"""The machine that certs runs on: its clock, and the room that the next meeting needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.rules.checks.check import Check, fault, good, unchecked
from pipeline.rules.text import conjoined

SLACK = dt.timedelta(minutes=2)  # by which clocks may differ
LEAST = 1000  # certificates that any meeting may have
PDF = 80_000  # bytes of a certificate, where none is on record
PAGES = 40_960  # bytes that a certificate's two pages take with their folders, in blocks of 4 kB


def judge_clock(ours: dt.datetime, theirs: dt.datetime | None, whose: str) -> Check:
    """Our clock beside another's; `whose`: in words."""
    if theirs is None or theirs.tzinfo is None:
        return unchecked("clock", f"{whose} does not tell the time")
    apart = abs(ours - theirs)
    if apart > SLACK:
        minutes = round(apart.total_seconds() / 60)
        by = f"{minutes:,} minutes" if minutes < 120 else f"{minutes // 60:,} hours"
        return fault(
            "clock",
            f"this machine's clock and that of {whose} differ by {by}",
            "Set the clock (timedatectl set-ntp true): retention and download windows go by it.",
        )
    return good("clock", f"this machine's clock agrees with that of {whose}")


@dataclass(frozen=True)
class Place:
    """A folder that grows with each certificate."""

    setting: str
    device: int  # places on the same device share its room
    free: int  # bytes
    each: int  # bytes that a certificate takes there


def judge_disk(places: Sequence[Place], certificates: int) -> Iterator[Check]:
    """Whether there is room for so many more certificates, a device at a time."""
    devices: Mapping[int, list[Place]] = {place.device: [] for place in places}
    for place in places:
        devices[place.device].append(place)
    for sharing in devices.values():
        where = conjoined([place.setting for place in sharing])
        needed, free = certificates * sum(place.each for place in sharing), min(one.free for one in sharing)
        text = f"{where}: {_room(free)} free; {certificates:,} certificates need {_room(needed)}"
        if free < needed:
            yield fault("disk", text, "Make room, or move the folder to a larger disk.")
        else:
            yield good("disk", text)


def _room(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.0f} MB"
