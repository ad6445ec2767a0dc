"""Many files in one that staff named: a ZIP archive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from pipeline import files

EARLIEST = dt.date(1980, 1, 1)  # that an archive can say of a file


def write_zip(path: Path, members: Iterable[tuple[str, bytes, dt.date]]) -> None:
    """Put an archive of (name, bytes, day) in its place, its owner's alone; one file is held at a time.

    They are stored as they are: what is in a PDF is packed already. The same members give the same bytes.
    Raises OSError.
    """
    with files.written_whole(path) as file, ZipFile(file, "w", ZIP_STORED) as archive:
        for name, data, day in members:
            member = ZipInfo(name, (max(day, EARLIEST)).timetuple()[:6])
            member.external_attr = files.PRIVATE << 16
            archive.writestr(member, data)
