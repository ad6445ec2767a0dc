"""What must not be kept in rejects files: rows about people who were forgotten, and rows past retention."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline import files
from pipeline.errors import IntakeError
from pipeline.intake.addresses import address_problem
from pipeline.intake.rejects import written_beside
from pipeline.intake.source import open_tables
from pipeline.rules.addresses import address_key
from pipeline.rules.certificates.retention import is_due, kept_until
from pipeline.rules.claims import columns
from pipeline.rules.claims.activity_names import ActivityNames
from pipeline.rules.claims.claim import full_name
from pipeline.rules.claims.dates import DateEvidence, DateOrder
from pipeline.rules.claims.export_source import Meanings
from pipeline.rules.claims.forgotten import ForgottenPerson
from pipeline.rules.claims.formulas import as_given
from pipeline.rules.claims.judge import retention_day

_DATED_NAME = re.compile(r"-([0-9]{4}-[0-9]{2}-[0-9]{2})(?:-[0-9]+)?\.csv\Z")


@dataclass(frozen=True)
class ToForget:
    """Which rows have to leave the rejects files, and how they are read."""

    today: dt.date
    activities: ActivityNames
    people: Collection[ForgottenPerson] = ()
    meanings: Meanings = field(default_factory=Meanings)


def forget_in_rejects(folder: Path, what: ToForget) -> None:
    """Takes the rows of forgotten people, and rows past retention, out of every rejects file.

    A row nobody mended is kept no longer than a certificate of its activity; where its date cannot be read,
    the day on which the file was written counts. What a killed run left half-written is removed, too.
    """
    for path in folder.glob(".rejects-*"):
        path.unlink()
    for path in sorted(folder.glob("*.csv")):
        written_on = _written_on(path)
        try:
            _rewrite(path, what, written_on)
        except IntakeError:  # no table: staff may have left anything here
            if is_due(kept_until(written_on), what.today) or _mentions(path, what.people):
                path.unlink()


def _written_on(path: Path) -> dt.date:
    """The day a rejects file was written: its name says so, else the file system."""
    found = _DATED_NAME.search(path.name)
    if found:
        try:
            return dt.date.fromisoformat(found[1])
        except ValueError:
            pass
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).date()


def _rewrite(path: Path, what: ToForget, written_on: dt.date) -> None:
    source, *_ = open_tables(path, what.meanings.recognised)
    header, *rows = [cells for _, cells in source.rows() if not isinstance(cells, str)] or [[]]
    header = [cell.strip("\ufeff") for cell in header]
    found, _, _ = what.meanings.read(header)
    names = found.names if found else tuple(map(columns.column_of, header))
    named = [dict(zip(names, map(as_given, row), strict=False)) for row in rows]
    evidence = DateEvidence()
    for cells, row in zip(named, rows, strict=True):
        evidence.add(cells.get("completed_on", "").strip())
        evidence.add_remark(row[-1] if row else "")
    kept = [
        row
        for cells, row in zip(named, rows, strict=True)
        if not _is_past(cells, evidence.order, what, written_on) and not _is_about(cells, row, what.people)
    ]
    if len(kept) == len(rows):
        return
    if not kept:
        path.unlink()
        return
    was = path.stat()
    with written_beside(path.parent, source.delimiter, [header, *kept]) as new:
        os.utime(new, ns=(was.st_atime_ns, was.st_mtime_ns))
        files.put_in_place([(new, path)])


def _is_past(cells: Mapping[str, str], order: DateOrder, what: ToForget, written_on: dt.date) -> bool:
    day = retention_day(cells, what.activities, order, what.today)
    return is_due(kept_until(day or written_on), what.today)


def _is_about(cells: Mapping[str, str], row: Sequence[str], people: Collection[ForgottenPerson]) -> bool:
    """Whether a row is about one of these people, by any of what they are recognised by."""
    if not people:
        return False
    keys = {address_key(as_given(cell)) for cell in row if "@" in cell}
    learner_id, name = cells.get("learner_id", "").strip(), full_name(cells)
    email = cells.get("email", "").strip()
    lost = bool(not email or address_problem(email))
    return any(person.is_meant(learner_id, name, keys, lost) for person in people)


def _mentions(path: Path, people: Collection[ForgottenPerson]) -> bool:
    content = path.read_bytes().decode("utf-8", "replace").casefold()
    return any(text in content for person in people for text in (*person.addresses, *person.names))
