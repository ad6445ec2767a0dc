"""Statements in columns of about one height: their words and a size in; which stands where, how wide, out.

Nothing small is left beside half a column of white: a longer statement has a wider column, and each is broken
into lines of about one length, so that no last line is a single word.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.documents import layout

Pieces = Sequence[tuple[float, float]]  # as layout.pieces gives them
LEADING = 1.28
BETWEEN = 0.35  # of two statements in one column, in sizes
GAP, MOST_GAP = 20.0, 34.0  # between columns, points
LEAST = 0.6  # of an equal share of the room: the least width of a column
NUMBER = {1: 1, 2: 2, 3: 2}  # of columns by the number of statements; more take one for each credit
MOST = 3
ALONE = 0.7  # of the width for a statement that stands alone


@dataclass(frozen=True, slots=True)
class Column:
    """Statements one below the other; points."""

    width: float
    lines: tuple[tuple[int, float], ...]  # which statement, and the width of its lines


@dataclass(frozen=True, slots=True)
class Arranged:
    """All statements of a page; points."""

    columns: tuple[Column, ...]
    gap: float
    height: float


def arrange(statements: Sequence[Pieces], size: float, width: float) -> Arranged:
    """Columns as low as they get at this size, side by side in this width; in the order of reading."""
    if not statements:
        return Arranged((), 0.0, 0.0)
    number = NUMBER.get(len(statements), MOST)
    room = width * ALONE if number == 1 else width - GAP * (number - 1)
    ends = itertools.combinations(range(1, len(statements)), number - 1)
    splits = [
        [range(start, end) for start, end in itertools.pairwise((0, *cut, len(statements)))] for cut in ends
    ]
    for lines in itertools.count(1):
        found = [
            (max(widths) - min(widths), widths, split)
            for split in splits
            if (widths := _widths(statements, split, lines, size, room)) is not None
        ]
        if found:
            _, widths, split = min(found, key=lambda one: one[0])
            columns = tuple(
                _column(statements, places, size, each) for places, each in zip(split, widths, strict=True)
            )
            heights = [_height(statements, column, size) for column in columns]
            used = sum(column.width for column in columns)
            gap = min(MOST_GAP, (width - used) / max(1, number - 1))
            return Arranged(columns, round(gap, 2), max(heights))
    raise AssertionError("count does not end")


def _widths(
    statements: Sequence[Pieces], split: Sequence[range], lines: int, size: float, room: float
) -> list[float] | None:
    """The least width of each column in which it has at most so many lines; None where there is no room."""
    found: list[float] = []
    least = room / len(split) * LEAST
    for places in split:
        low, high = least, room - sum(found) - least * (len(split) - len(found) - 1)
        if high < low or _lines(statements, places, size, high) > lines:
            return None
        while high - low > layout.NARROW:
            middle = (low + high) / 2
            if _lines(statements, places, size, middle) <= lines:
                high = middle
            else:
                low = middle
        found.append(high)
    return found


def _lines(statements: Sequence[Pieces], places: range, size: float, width: float) -> int:
    return sum(layout.count_lines(statements[at], size, width) for at in places)


def _column(statements: Sequence[Pieces], places: range, size: float, width: float) -> Column:
    # A hair more than was measured: WeasyPrint rounds.
    widths = [layout.narrowest(statements[at], size, width) * 1.002 + 0.3 for at in places]
    lines = tuple((at, round(each, 2)) for at, each in zip(places, widths, strict=True))
    return Column(max(each for _, each in lines), lines)


def _height(statements: Sequence[Pieces], column: Column, size: float) -> float:
    lines = sum(layout.count_lines(statements[at], size, width) for at, width in column.lines)
    return (lines * LEADING + (len(column.lines) - 1) * BETWEEN) * size
