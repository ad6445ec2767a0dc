"""Backups that runs make: what their files are called, which of them go, when to say that there is none."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

DAYS = 31  # without a backup of what changed, after which staff are told
_NAME = re.compile(r"certs-(\d{8}T\d{6})Z-([0-9a-f]{12})\.tar")


@dataclass(frozen=True, slots=True, order=True)
class KnownBackup:
    """A backup that was made."""

    at: dt.datetime  # UTC
    content: str  # a digest of what the ledger held
    name: str = ""  # of its file in BACKUP_DIR; empty for one that staff made elsewhere


def backup_name(at: dt.datetime, content: str) -> str:
    """The file name of a backup that was made by itself."""
    return f"certs-{at.astimezone(dt.UTC):%Y%m%dT%H%M%S}Z-{content}.tar"


def read_backups(names: Iterable[str]) -> list[KnownBackup]:
    """Those of these files that were made by themselves, oldest first; others are somebody's own."""
    found = []
    for name in names:
        if fits := _NAME.fullmatch(name):
            at = dt.datetime.strptime(fits[1], "%Y%m%dT%H%M%S").replace(tzinfo=dt.UTC)
            found.append(KnownBackup(at, fits[2], name))
    return sorted(found)


def to_delete(backups: Sequence[KnownBackup], keep: int, erased_at: dt.datetime | None) -> list[KnownBackup]:
    """Which of these go, oldest first, now that the newest is complete.

    All but the newest `keep`; and those that were made before somebody was erased on request, as they
    hold that person still (`erased_at`: the last time). The newest always stays.
    """
    return [
        one
        for at, one in enumerate(backups[:-1])
        if at < len(backups) - keep or (erased_at is not None and one.at <= erased_at)
    ]


def backup_caution(backups: Iterable[KnownBackup], content: str, now: dt.datetime, is_automatic: bool) -> str:
    """What to say where no backup is younger than a month, and something changed since; else empty."""
    for one in backups:
        if one.content == content or now - one.at <= dt.timedelta(days=DAYS):
            return ""
    how = (
        "the next run that finds something new makes one in BACKUP_DIR"
        if is_automatic
        else "certs backup FILE makes one, BACKUP_DIR in .env lets each run make its own"
    )
    return f"no backup is younger than a month: {how}"
