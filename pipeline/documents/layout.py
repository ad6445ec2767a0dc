"""The sizes at which a certificate's texts fit its page: texts and widths in; sizes, lines and gaps out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

Measure = Callable[[str], float]  # width in em of a text set in one line
Ink = Callable[[str], tuple[float, float]]  # how far, in em, its ink goes above and below the line's middle

# Each text's ladder: size in points and how many lines it may take there. A text takes the first rung it
# fits; a page too full starts all ladders some rungs lower.
LADDERS: dict[str, tuple[tuple[float, int], ...]] = {
    name: tuple((size, lines) for lines, sizes in rungs for size in sizes)
    for name, rungs in {
        "kind": ((1, (36, 34, 31, 28, 25)), (2, (22,))),
        "name": ((1, (46, 42, 38, 35, 32, 29)), (2, (28, 26, 24, 22, 20)), (3, (19, 17, 15)), (5, (13, 11))),
        "title": ((1, (23, 21)), (2, (20, 18, 16)), (3, (15, 14, 13)), (4, (12, 11)), (5, (10,)), (8, (9,))),
        "where": ((1, (11.5,)), (2, (11, 10.5, 10)), (3, (9.5, 9)), (4, (8.5,)), (5, (8,)), (8, (7,))),
        "credentials": ((1, (13, 12, 11)), (2, (10.5, 9.5)), (3, (8.5,)), (5, (7.5,))),
    }.items()
}
STATEMENTS = (7.8, 7.5, 7.2, 7.0, 6.8, 6.5, 6.2, 5.9, 5.5, 5.0)
SAFE = 0.995  # of a width: rounding
SPILL = 0.025  # em that ink may hang over its line, as some tails and accents of Latin do
AIR = 0.1  # em by which ink that hangs over farther is kept clear of what is above and below
STEPS = 10  # how far down the ladders a full page may start


@dataclass(frozen=True, slots=True)
class Text:
    """One centred text of the page."""

    text: str
    measure: Measure
    ink: Ink
    leading: float = 1.2  # line height in sizes

    @property
    def tall(self) -> bool:
        """Whether a line of its own size is too low for its marks, letters below letters or long strokes."""
        return max(self.ink(self.text)) > self.leading / 2 + SPILL


@dataclass(frozen=True, slots=True)
class Fitted:
    """How a text is set: points."""

    size: float
    lines: int
    width: float  # of the box that breaks it into lines of about one length
    leading: float
    room: float = 0.0  # the size that a single line takes the height of, where not its own
    above: float = 0.0  # what the ink of tall scripts needs beside the lines themselves
    below: float = 0.0

    @property
    def height(self) -> float:
        return self.above + self.lines * self.line + self.below

    @property
    def line(self) -> float:
        return round((self.room or self.size) * self.leading, 2)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the template needs to know about sizes; all in points."""

    texts: dict[str, Fitted]
    statement_size: float
    columns: tuple[tuple[int, ...], ...]  # which statements stand in which column
    gaps: dict[str, float] = field(default_factory=dict)


_PIECE = re.compile(r"\s*\S+?(?:[-–—/·](?=\S)|(?=\s|$))")
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


def pieces(text: str, measure: Measure) -> list[tuple[float, float]]:
    """Widths of the unbreakable pieces of a text, each with the space before it (0: none)."""
    found: list[tuple[float, float]] = []
    for match in _PIECE.finditer(text):
        piece = match.group()
        word = piece.lstrip()
        space = measure("\u00a0") if piece != word and found else 0.0
        parts = [part for part in re.split(f"({_WIDE.pattern})", word) if part]
        for at, part in enumerate(parts):
            found.append((measure(part), 0.0 if at else space))
    return found


def count_lines(parts: Sequence[tuple[float, float]], size: float, width: float) -> int:
    """How many lines greedy breaking makes; a piece wider than the line is broken anywhere."""
    lines, used = 1, 0.0
    for em_part, em_space in parts:
        part, space = em_part * size, em_space * size
        if used and used + space + part > width:
            lines, used = lines + 1, 0.0
        elif used:
            used += space
        if part > width:
            more = math.ceil(part / width * 1.03)
            lines, used = lines + more - 1, width * 0.97
        else:
            used += part
    return lines


def fit(
    text: Text, ladder: Sequence[tuple[float, int]], width: float, start: int = 0, *, steady: bool = False
) -> Fitted:
    """The first rung from `start` on that the text fits; the last one where none does.

    Where `steady`, a single line takes the room of the largest size whatever its own, so that the page around
    a person's text does not depend on its length: certificates of a meeting look alike, and the press needs
    one page for all.
    """
    parts = pieces(text.text, text.measure)
    rungs = ladder[min(start, len(ladder) - 1) :]
    safe = width * SAFE
    for size, allowed in rungs:
        lines = count_lines(parts, size, safe)
        if lines <= allowed:
            break
    if lines == 1:
        return roomy(Fitted(size, 1, width, text.leading, rungs[0][0] if steady else 0.0), text)
    low, high = safe / lines, safe
    while high - low > 1:
        middle = (low + high) / 2
        if count_lines(parts, size, middle) <= lines:
            high = middle
        else:
            low = middle
    return roomy(Fitted(size, lines, round(min(width, high * 1.005 + 0.5), 2), text.leading), text)


def roomy(fitted: Fitted, text: Text) -> Fitted:
    """With the room that the text's ink needs: lines keep clear of one another and of what is around them."""
    rise, fall = text.ink(text.text)
    if fitted.lines > 1:
        fitted = replace(fitted, leading=max(fitted.leading, round(rise + fall, 3)))
    if not text.tall:
        return fitted
    above, below = (round(max(0.0, fitted.size * (ink + AIR) - fitted.line / 2), 2) for ink in (rise, fall))
    return replace(fitted, above=above, below=below)


def columns(heights: Sequence[float]) -> tuple[tuple[int, ...], ...]:
    """Statements in reading order in one column, or split into two as even as they get."""
    if len(heights) < 2:
        return (tuple(range(len(heights))),)
    cut = min(range(1, len(heights)), key=lambda at: max(sum(heights[:at]), sum(heights[at:])))
    return tuple(range(cut)), tuple(range(cut, len(heights)))
