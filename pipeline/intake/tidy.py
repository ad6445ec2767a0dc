"""Rejects files just written in; out the ones to mend: what an earlier one says already is not kept twice."""

from __future__ import annotations

import filecmp
from collections.abc import Iterable
from pathlib import Path


def keep_earliest(written: Iterable[Path]) -> list[Path]:
    """For each rejects file the earliest one in its folder with the same bytes; the later one goes.

    A claims file that is given day after day would leave its rows behind each time, and somebody's mended
    copy beside copies that nobody needs. One that staff have begun to mend differs, and stays as it is.
    """
    return list(dict.fromkeys(_earliest(path) for path in written))


def _earliest(path: Path) -> Path:
    size = path.stat().st_size
    same = [
        other
        for other in path.parent.glob("*.csv")
        if other != path and other.stat().st_size == size and filecmp.cmp(path, other, shallow=False)
    ]
    if not same:
        return path
    path.unlink()
    return min(same, key=lambda other: (other.stat().st_mtime_ns, other.name))
