"""The clock beside another's; the room for the next meeting, by device."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.rules.checks.check import CheckResult
from pipeline.rules.checks.machine import Place, judge_clock, judge_disk

NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("theirs", "result", "words"),
    [
        (NOW + dt.timedelta(seconds=90), CheckResult.GOOD, "agrees"),
        (NOW - dt.timedelta(minutes=5), CheckResult.FAULT, "5 minutes"),
        (NOW + dt.timedelta(days=2), CheckResult.FAULT, "48 hours"),
        (None, CheckResult.UNCHECKED, "does not tell"),
        (dt.datetime(2026, 11, 1, 12), CheckResult.UNCHECKED, "does not tell"),  # noqa: DTZ001 - "-0000" of a mail
    ],
)
def test_the_clock(theirs: dt.datetime | None, result: CheckResult, words: str) -> None:
    check = judge_clock(NOW, theirs, "the web host")
    assert check.result is result
    assert words in check.text


def test_folders_on_one_device_share_its_room() -> None:
    """2,000 certificates of 100 kB and of 50 kB need 300 MB together."""
    data, output = Place("DATA_DIR", 1, 299_000_000, 100_000), Place("OUTPUT_DIR", 1, 299_000_000, 50_000)
    (check,) = judge_disk([data, output], 2000)
    assert check.result is CheckResult.FAULT
    assert check.text == "DATA_DIR and OUTPUT_DIR: 299 MB free; 2,000 certificates need 300 MB"
    apart = [data, Place("OUTPUT_DIR", 2, 2_000_000_000, 50_000)]
    assert [one.result for one in judge_disk(apart, 2000)] == [CheckResult.GOOD] * 2
