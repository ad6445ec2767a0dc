"""Rows set aside -> a file for staff to mend and give again; nothing in it runs in a spreadsheet."""

from __future__ import annotations

import csv
import datetime as dt
import filecmp
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from pipeline import files
from pipeline.rules.claims import columns
from pipeline.rules.claims.dates import REMARK, DateOrder, is_ambiguous

if TYPE_CHECKING:
    from pipeline.intake import ClaimsFile

ABSENT = "(missing)"  # stands for a cell the row did not have; no column takes it for a value
# What makes a spreadsheet take a cell for a formula; the full-width forms are folded by some of them.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+\-]?[0-9]+(?:[.,][0-9]+)?")


def write_rejects(
    folder: Path, today: dt.date, claims: ClaimsFile, reasons: Mapping[int, Sequence[str]]
) -> Path | None:
    """Writes the rows whose numbers `reasons` has, as given, with `row` and `reason`; None without any.

    The name is <file>-<today>.csv; where that holds other rows already a number is added, so that no run
    overwrites another's. Layout and delimiter are those of the file they came from.
    """
    if not reasons:
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with beside(folder) as (new, stream):
        writer = csv.writer(stream, delimiter=claims.source.delimiter, lineterminator="\r\n")
        header = claims.header[:-2] if claims.columns.rejects else claims.header
        writer.writerow([*(harmless(cell) for cell in header), "row", "reason"])
        for cells in _rejected(claims, reasons, len(header)):
            writer.writerow([harmless(cell) for cell in cells])
        stream.close()
        stem = Path(claims.recognised.file).stem or "claims"
        for count in range(1, 100_000):
            target = folder / f"{stem}-{today}{f'-{count}' if count > 1 else ''}.csv"
            if not target.exists():
                files.put_in_place([(new, target)])
                return target
            if filecmp.cmp(new, target, shallow=False):
                return target
        raise RuntimeError(f"too many rejects files of one day in {folder}")


@contextmanager
def beside(folder: Path) -> Iterator[tuple[Path, TextIO]]:
    """A new file in the folder, for its owner alone; gone at the end unless it was moved into place."""
    handle, name = tempfile.mkstemp(prefix=".rejects-", dir=folder)
    try:
        with open(handle, "w", encoding="utf-8-sig", errors="replace", newline="") as stream:
            yield Path(name), stream
    finally:
        Path(name).unlink(missing_ok=True)


def harmless(cell: str) -> str:
    """The cell as a spreadsheet will not run it: an apostrophe before a formula; numbers stay."""
    bare = cell.lstrip("'")
    return f"'{cell}" if bare.startswith(_FORMULA) and not _NUMBER.fullmatch(bare) else cell


def as_given(cell: str) -> str:
    """The cell before `harmless`."""
    bare = cell.lstrip("'")
    guarded = cell.startswith("'") and bare.startswith(_FORMULA) and not _NUMBER.fullmatch(bare)
    return cell[1:] if guarded else cell


def _rejected(claims: ClaimsFile, reasons: Mapping[int, Sequence[str]], width: int) -> Iterator[list[str]]:
    """The rows as given. A row that was too short stays wrong until it is mended: its gaps are marked."""
    names = claims.columns.names[:width]
    order = claims.recognised.dates
    date_at = names.index("completed_on") if "completed_on" in names else width
    for number, cells in claims.records():
        if number not in reasons:
            continue
        given = [] if isinstance(cells, str) else cells
        if claims.columns.rejects:
            given = given[:width]  # the remarks of the last time
        reason = "; ".join(dict.fromkeys(reasons[number]))
        settled = order in (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST)
        if settled and len(given) > date_at and is_ambiguous(given[date_at]):
            reason = f"{reason} {REMARK.format(order)}"
        gaps = [ABSENT if name in columns.FIXED else "" for name in names[len(given) :]]
        yield [*given, *gaps, str(number), reason]
