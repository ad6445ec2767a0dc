"""Long files row by row: the rows of one person and activity are joined, wherever they stand in the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from pipeline.rules.claims.claim import CellMeaning, Problem, Row, person_key
from pipeline.rules.claims.pivot import join_rows

# Joins the cells of a waiting row; rows that hold it in a column that counts are refused (claims_file).
_BETWEEN = "\x1f"


def group_sizes(given: Iterable[Row | Problem], meaning: CellMeaning) -> dict[int, int]:
    """How many rows each person and activity has."""
    counts: dict[int, int] = {}
    for row in given:
        if isinstance(row, Row):
            key = _key(row, _activity(row, meaning))
            counts[key] = counts.get(key, 0) + 1
    return counts


def pivoted(
    given: Iterable[Row | Problem], sizes: Mapping[int, int], meaning: CellMeaning
) -> Iterator[Row | Problem]:
    """One row a person and activity, as soon as the last of its rows is read; problems as they come.

    A row names its activity by its slug, however the file does. `sizes`, of an earlier pass, bound the
    memory: a row is kept, as compact bytes, only until its group is whole.
    """
    left = dict(sizes)
    waiting: dict[int, list[_Packed | Row]] = {}
    for one in given:
        if isinstance(one, Problem):
            yield one
            continue
        activity = _activity(one, meaning)
        row = replace(one, cells={**one.cells, "activity": activity})
        key = _key(row, activity)
        left[key] -= 1
        if left[key]:
            waiting.setdefault(key, []).append(row if row.unread else _Packed.of(row))
            continue
        del left[key]
        group = [one.row(row) if isinstance(one, _Packed) else one for one in waiting.pop(key, [])]
        joined = join_rows([*group, row], meaning)
        if isinstance(joined, Row):
            yield joined
        else:
            yield from joined


def _activity(row: Row, meaning: CellMeaning) -> str:
    return str(meaning("activity", row.cells["activity"]))


def _key(row: Row, activity: str) -> int:
    person = person_key(row.cells.get("learner_id", "").strip(), row.cells["email"])
    # 64 bits; two groups of one hash would differ and be set aside, not mixed.
    return hash(f"{activity}\n{person}")


class _Packed(NamedTuple):
    """A row that waits."""

    file: str
    number: int
    cells: bytes
    notes: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, row: Row) -> _Packed:
        cells = _BETWEEN.join(cell.replace(_BETWEEN, " ") for cell in row.cells.values())
        return cls(row.file, row.number, cells.encode("utf-8", "surrogatepass"), row.notes)

    def row(self, like: Row) -> Row:
        """The row again; `like`: any row of the same columns."""
        cells = self.cells.decode("utf-8", "surrogatepass").split(_BETWEEN)
        return Row(self.file, self.number, dict(zip(like.cells, cells, strict=True)), notes=self.notes)
