"""Which backups stay, and when staff are told that there is none."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.rules.backups import (
    KnownBackup,
    backup_caution,
    backup_name,
    meant,
    next_time,
    read_backups,
    to_delete,
)

NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)


def made(*days: int) -> list[KnownBackup]:
    """Backups of so many days ago, each of other content."""
    return [KnownBackup(NOON - dt.timedelta(days=day), f"{day:012x}", str(day)) for day in days]


def names(backups: list[KnownBackup]) -> list[str]:
    return [one.name for one in backups]


def test_a_name_tells_when_and_of_what() -> None:
    east = NOON.astimezone(dt.timezone(dt.timedelta(hours=5)))
    name = backup_name(east, "00112233aabb")
    assert name == "certs-20260302T120000Z-00112233aabb.tar.zst"
    others = ["certs.tar", f"{name}.part", f".{name}.part", "certs-20260302T120000Z-00112233aabb.tar.gz"]
    others += [name.replace("0302T", "1302T"), name.replace("0302T", "0230T"), name.replace("T12", "T24")]
    former = name.removesuffix(".zst")
    found = read_backups([name, former, *others])
    assert found == [KnownBackup(NOON, "00112233aabb", one) for one in (former, name)]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("", 6),
        ("2026-02-22", 8),
        ("20260222", 8),
        ("2026-02-22 12:00", 8),
        ("2026-02", 6),
        ("7", 7),
        ("2026-02-25", None),
        ("yesterday", None),
        ("-", None),
    ],
)
def test_which_is_meant(text: str, days: int | None) -> None:
    """By name, by the beginning of its time, or the newest."""
    one = meant(made(9, 8, 7, 6), text)
    assert (one and one.name) == (None if days is None else str(days))


def test_the_newest_stay() -> None:
    assert names(to_delete(made(9, 8, 7, 6), 2, None, NOON)) == ["9", "8"]
    assert to_delete(made(9, 8), 2, None, NOON) == []
    assert to_delete([], 2, None, NOON) == []


def test_those_that_hold_somebody_who_was_erased_go_but_never_the_newest() -> None:
    assert names(to_delete(made(9, 8, 7, 6), 9, NOON - dt.timedelta(days=8), NOON)) == ["9", "8"]
    assert names(to_delete(made(9, 8), 9, NOON, NOON)) == ["9"]


def test_one_of_a_clock_that_was_ahead_may_hold_them_too() -> None:
    """It tells a time yet to come, so nobody knows whether it was made before they were erased."""
    erased_at = NOON - dt.timedelta(days=8)
    assert names(to_delete(made(9, 7, -1, -2), 9, erased_at, NOON)) == ["9", "-1"]
    assert to_delete(made(7, -1, -2), 9, None, NOON) == []
    assert to_delete(made(7, 6), 9, erased_at, NOON - dt.timedelta(days=9)) == []  # this clock is behind


def test_a_damaged_one_takes_no_place_of_a_whole_one() -> None:
    assert names(to_delete(made(9, 8, 7, 6), 2, None, NOON, {"7"})) == ["9"]
    assert names(to_delete(made(9, 8, 7, 6), 1, None, NOON, {"7"})) == ["9", "8", "7"]


def test_each_has_a_later_time_than_those_before() -> None:
    second = dt.timedelta(seconds=1)
    assert next_time([], NOON) == NOON
    assert next_time(made(2, 1), NOON) == NOON
    assert next_time(made(1, 0), NOON + second / 2) == NOON + second
    assert next_time(made(1, -3), NOON) == NOON + dt.timedelta(days=3) + second


def test_a_month_without_a_backup_is_said_where_something_changed() -> None:
    assert "BACKUP_DIR in .env" in backup_caution([], "00", NOON, is_automatic=False)
    assert "certs backup FOLDER" in backup_caution(made(32), "00", NOON, is_automatic=False)
    assert "next run" in backup_caution(made(32), "00", NOON, is_automatic=True)
    assert backup_caution(made(40, 31), "00", NOON, is_automatic=False) == ""
    assert backup_caution(made(40), f"{40:012x}", NOON, is_automatic=False) == ""
