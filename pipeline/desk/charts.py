"""Small charts: figures in; where each bar stands in a picture of lines and boxes, out. Templates draw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720.0, 150.0  # of a chart of columns, in its own units
ROW = 30.0  # height of a bar of a list, and what is free below it
LONGEST = 380.0  # of a bar


@dataclass(frozen=True)
class Bar:
    """One box."""

    name: str  # of what it counts
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class ColumnChart:
    """One column each, its parts on top of one another."""

    bars: Sequence[Bar]
    highest: int  # what the full height stands for
    names: Sequence[str]  # of the parts that there are


def columns(figures: Sequence[Mapping[str, int]], names: Sequence[str]) -> ColumnChart:
    """A column for each of `figures`, from left to right, of those of its parts that are in `names`."""
    highest = max((sum(one.get(name, 0) for name in names) for one in figures), default=0)
    step = WIDTH / max(len(figures), 12)
    bars = []
    for at, one in enumerate(figures):
        bottom = HEIGHT
        for name in names:
            if count := one.get(name, 0):
                height = max(count / highest * HEIGHT, 1.0)
                bottom = max(bottom - height, 0.0)
                bars.append(Bar(name, count, at * step + step * 0.12, bottom, step * 0.76, height))
    return ColumnChart(bars, highest, [name for name in names if any(one.get(name) for one in figures)])


def bars_of(figures: Mapping[str, int]) -> Sequence[Bar]:
    """A bar each, one below the other."""
    highest = max(figures.values(), default=0)
    return [
        Bar(name, count, 0.0, at * ROW, max(count / highest * LONGEST, 1.0) if count else 0.0, ROW - 8)
        for at, (name, count) in enumerate(figures.items())
    ]
