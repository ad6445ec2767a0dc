"""Backups in a folder: their names, which of them go, which is meant; when to say that there is none."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

DAYS = 31  # without a backup of what changed, after which staff are told
# What ends in .tar alone is of a former version of the program, and holds its certificates itself.
_NAME = re.compile(r"certs-(\d{8}T\d{6})Z-([0-9a-f]{12})\.tar(\.zst)?")


@dataclass(frozen=True, slots=True, order=True)
class KnownBackup:
    """A backup that was made."""

    at: dt.datetime  # UTC
    content: str  # a digest of what the ledger held
    name: str = ""  # of its file in the folder; empty for one that staff made elsewhere


def backup_name(at: dt.datetime, content: str) -> str:
    """The file name of a backup in a folder of them."""
    return f"certs-{at.astimezone(dt.UTC):%Y%m%dT%H%M%S}Z-{content}.tar.zst"


def read_backups(names: Iterable[str]) -> list[KnownBackup]:
    """Those of these files that are backups of such a folder, oldest first; others are somebody's own."""
    found = []
    for name in names:
        if fits := _NAME.fullmatch(name):
            with suppress(ValueError):  # month 13: no backup of ours
                at = dt.datetime.strptime(fits[1], "%Y%m%dT%H%M%S").replace(tzinfo=dt.UTC)
                found.append(KnownBackup(at, fits[2], name))
    return sorted(found)


def next_time(backups: Sequence[KnownBackup], now: dt.datetime) -> dt.datetime:
    """The time in the name of one more after these, which come oldest first: later than all of theirs, as the
    order of names is the order in which they were made. A clock may have been put back since."""
    return max([now, *(one.at + dt.timedelta(seconds=1) for one in backups[-1:])])


def to_delete(
    backups: Sequence[KnownBackup],
    keep: int,
    erased_at: dt.datetime | None,
    now: dt.datetime,
    damaged: Collection[str] = (),
) -> list[KnownBackup]:
    """Which of these go, oldest first, now that the newest is complete.

    Those after which `keep` others were made that are whole (`damaged`: names of those that are not); and
    those that were made before somebody was erased on request, as they hold that person still (`erased_at`:
    the last time), or that have a time yet to come, of which nobody knows. The newest always stays.
    """
    gone, whole = list[KnownBackup](), 0
    for one in reversed(backups):
        is_before = erased_at is not None and (one.at <= erased_at or erased_at <= now < one.at)
        if one != backups[-1] and (whole >= keep or is_before):
            gone.insert(0, one)
        whole += one.name not in damaged
    return gone


def meant(backups: Sequence[KnownBackup], text: str) -> KnownBackup | None:
    """The newest of these, which come oldest first, that staff can mean: by its name, or by the beginning of
    its time in UTC, such as 2026-11-26 or "2026-11-26 05:45"; empty for any."""
    time = re.sub(r"[-: TZ]", "", text)
    for one in reversed(backups):
        if text in ("", one.name) or (time.isdigit() and f"{one.at:%Y%m%d%H%M%S}".startswith(time)):
            return one
    return None


def backup_caution(backups: Iterable[KnownBackup], content: str, now: dt.datetime, is_automatic: bool) -> str:
    """What to say where no backup is younger than a month, and something changed since; else empty."""
    for one in backups:
        if one.content == content or now - one.at <= dt.timedelta(days=DAYS):
            return ""
    how = (
        "the next run that finds something new makes one in BACKUP_DIR"
        if is_automatic
        else "certs backup FOLDER makes one, BACKUP_DIR in .env lets each run make its own"
    )
    return f"no backup is younger than a month: {how}"
