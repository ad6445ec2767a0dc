"""Rejects files: the rows of a claims file that were set aside, for staff to mend and give again."""

from __future__ import annotations

import csv
import datetime as dt
import filecmp
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipeline import files
from pipeline.intake.cells import misfit
from pipeline.intake.claims_file import ClaimsFile
from pipeline.rules.claims import columns
from pipeline.rules.claims.dates import REMARK, DateOrder, is_ambiguous
from pipeline.rules.claims.formulas import ABSENT, harmless


def write_rejects(
    folder: Path, today: dt.date, claims: ClaimsFile, reasons: Mapping[int, Sequence[str]]
) -> Path | None:
    """Writes the rows whose numbers `reasons` has, as given, with `row` and `reason`; None without any.

    Columns that are not used are left out: what is kept for years must not hold birth dates.
    The name is <file>-<today>.csv; where that holds other rows already a number is added, so that no run
    overwrites another's. Layout and delimiter are those of the file they came from. No cell is a formula.
    """
    if not reasons:
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = [at for at, name in enumerate(claims.columns.names) if name in claims.used]
    header = [claims.header[at] for at in kept]
    rows = [*header, "row", "reason"], *_rejected(claims, reasons, kept)
    with written_beside(folder, claims.source.delimiter, (map(harmless, row) for row in rows)) as new:
        stem = Path(claims.name).stem or "claims"
        for count in range(1, 100_000):
            target = folder / f"{stem}-{today}{f'-{count}' if count > 1 else ''}.csv"
            if not target.exists():
                files.put_in_place([(new, target)])
                return target
            if filecmp.cmp(new, target, shallow=False):
                return target
        raise RuntimeError(f"too many rejects files of one day in {folder}")


def keep_earliest(written: Iterable[Path]) -> list[Path]:
    """For each rejects file the earliest one in its folder with the same bytes; the later one is removed.

    A claims file that is given day after day would leave its rows behind each time. A rejects file that staff
    have begun to mend differs, and stays as it is.
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


@contextmanager
def written_beside(folder: Path, delimiter: str, rows: Iterable[Iterable[str]]) -> Iterator[Path]:
    """A new table in the folder, for its owner alone; removed at the end unless it was put in its place."""
    handle, name = tempfile.mkstemp(prefix=".rejects-", dir=folder)
    try:
        with open(handle, "w", encoding="utf-8-sig", errors="replace", newline="") as stream:
            csv.writer(stream, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _rejected(
    claims: ClaimsFile, reasons: Mapping[int, Sequence[str]], kept: Sequence[int]
) -> Iterator[list[str]]:
    """The rows as given, with the columns at these places."""
    names = claims.columns.names
    order = claims.dates
    is_settled = order in (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST)
    date_at = names.index("completed_on") if "completed_on" in names else -1
    for number, cells in claims.numbered():
        if number not in reasons:
            continue
        given = _placed([] if isinstance(cells, str) else cells, names, claims.used)
        reason = "; ".join(dict.fromkeys(reasons[number]))
        if is_settled and 0 <= date_at < len(given) and is_ambiguous(given[date_at]):
            reason = f"{reason} {REMARK.format(order)}"
        beyond = given[len(names) :]
        yield [*(given[at] for at in kept), *beyond, claims.row_name(number), reason]


def _placed(cells: list[str], names: Sequence[str], used: Collection[str]) -> list[str]:
    """The cells by columns. A row that does not fit its header stays wrong until mended: gaps are marked.

    Nobody can tell which cell of such a row belongs to a column that is not used, from the first such
    column on, or as many before it as cells are missing: none of these is kept.
    """
    if misfit(list(cells), names):
        safe = next((at for at, name in enumerate(names) if name not in used), None)
        if safe is not None:
            cells = cells[: max(0, safe - max(0, len(names) - len(cells)))]
    gaps = names[len(cells) :]
    return [*cells, *(ABSENT if name in columns.FIXED else "" for name in gaps)]
