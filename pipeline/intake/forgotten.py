"""Rejects files -> the same without rows of forgotten people and rows past retention."""

from __future__ import annotations

import csv
import datetime as dt
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline import files
from pipeline.errors import IntakeError
from pipeline.intake.addresses import address_problem
from pipeline.intake.rejects import as_given, beside
from pipeline.intake.source import open_source
from pipeline.rules.addresses import address_key
from pipeline.rules.certificates.retention import is_due, kept_until
from pipeline.rules.claims import columns
from pipeline.rules.claims.claim import full_name
from pipeline.rules.claims.dates import DateEvidence, DateOrder
from pipeline.rules.claims.people import Trace

DayOf = Callable[[Mapping[str, str], DateOrder], dt.date | None]
_MADE = re.compile(r"-([0-9]{4}-[0-9]{2}-[0-9]{2})(?:-[0-9]+)?\.csv\Z")


@dataclass(frozen=True, slots=True)
class Scrub:
    """What has to leave the rejects files."""

    today: dt.date
    people: Collection[Trace] = ()  # who is forgotten
    day_of: DayOf | None = None  # cells by column and the order of dates in; the date retention counts from
    column_map: Mapping[str, str] | None = None


def scrub_rejects(folder: Path, scrub: Scrub) -> None:
    """Takes the rows of forgotten people, and rows past retention, out of every rejects file.

    A row nobody mended is kept no longer than a certificate of its activity; where its date cannot be read,
    the day the file was written counts. What a run that was killed left half written goes, too.
    """
    for path in folder.glob(".rejects-*"):
        path.unlink()
    for path in sorted(folder.glob("*.csv")):
        made = _made(path)
        try:
            _rewrite(path, scrub, made)
        except IntakeError:
            if is_due(kept_until(made), scrub.today) or _mentions(path, scrub.people):
                path.unlink()  # staff may have left anything here


def _made(path: Path) -> dt.date:
    """The day a rejects file was written: its name says so, else the file system."""
    found = _MADE.search(path.name)
    if found:
        try:
            return dt.date.fromisoformat(found[1])
        except ValueError:
            pass
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).date()


def _rewrite(path: Path, scrub: Scrub, made: dt.date) -> None:
    mapped = scrub.column_map or {}
    source = open_source(path, lambda cells: columns.recognised(cells, mapped))
    records = [cells for _, cells in source.records() if not isinstance(cells, str)]
    if not records:
        return
    header = [cell.strip("\ufeff") for cell in records[0]]
    found, _ = columns.read_header(header, mapped)
    names = found.names if found else tuple(map(columns.canonical, header))
    rows = [dict(zip(names, map(as_given, cells), strict=False)) for cells in records[1:]]
    evidence = DateEvidence()
    for cells, record in zip(rows, records[1:], strict=True):
        evidence.add(cells.get("completed_on", "").strip())
        evidence.add_remark(record[-1] if record else "")
    kept = [
        record
        for cells, record in zip(rows, records[1:], strict=True)
        if not _is_past(cells, evidence.order, scrub, made) and not _is_about(cells, record, scrub.people)
    ]
    if len(kept) == len(rows):
        return
    if not kept:
        path.unlink()
        return
    was = path.stat()
    with beside(path.parent) as (new, stream):
        csv.writer(stream, delimiter=source.delimiter, lineterminator="\r\n").writerows([header, *kept])
        stream.close()
        os.utime(new, ns=(was.st_atime_ns, was.st_mtime_ns))
        files.put_in_place([(new, path)])


def _is_past(cells: Mapping[str, str], order: DateOrder, scrub: Scrub, made: dt.date) -> bool:
    day = scrub.day_of(cells, order) if scrub.day_of else None
    return is_due(kept_until(day or made), scrub.today)


def _is_about(cells: Mapping[str, str], record: Sequence[str], people: Collection[Trace]) -> bool:
    """Whether a row is about one of these people, by any of what they are known by."""
    if not people:
        return False
    keys = {address_key(as_given(cell)) for cell in record if "@" in cell}
    learner_id, name = cells.get("learner_id", "").strip(), full_name(cells)
    email = cells.get("email", "").strip()
    lost = bool(not email or address_problem(email))
    return any(trace.is_meant(learner_id, name, keys, lost) for trace in people)


def _mentions(path: Path, people: Collection[Trace]) -> bool:
    content = path.read_bytes().decode("utf-8", "replace").casefold()
    return any(text in content for trace in people for text in (*trace.addresses, *trace.names))
