"""The sizes at which a certificate's texts fit its page: texts and widths in; sizes, lines and gaps out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

Measure = Callable[[str], float]  # width in em of a text set in one line
Ink = Callable[[str], tuple[float, float]]  # how far, in em, its ink goes above and below the line's middle

# Each text's sizes in points, by how many lines it may take at them. A text takes the first it fits, the
# fewest lines first; a page too full leaves out the largest sizes for each number of lines.
Ladder = tuple[tuple[int, tuple[float, ...]], ...]
LADDERS: dict[str, Ladder] = {
    "kind": ((1, (30, 29, 28, 27, 26, 25, 24, 22, 20)), (2, (22, 20, 18, 16, 13, 11, 10))),
    "name": (
        (1, (50, 46, 43, 40, 37, 34, 31)),
        (2, (38, 36, 34, 32, 30, 28, 26, 24, 22, 20)),
        (3, (19, 17, 15)),
        (5, (13, 11)),
    ),
    "title": (
        (1, (23, 22, 21, 20)),
        (2, (20, 19, 18, 17, 16)),
        (3, (15, 14, 13)),
        (4, (12, 11)),
        (5, (10,)),
        (8, (9,)),
    ),
    "where": ((1, (11.5, 11)), (2, (11, 10.5, 10)), (3, (9.5, 9)), (4, (8.5,)), (5, (8,)), (8, (7,))),
    "credentials": ((1, (13, 12, 11)), (2, (10.5, 9.5)), (3, (8.5,)), (5, (7.5,))),
}
# The larger texts give way first: only after many steps do statements go below eight points, under which
# copies of copies cannot be read.
STATEMENTS = (9.0, 8.8, 8.6, 8.4, 8.2, *(8.0,) * 9, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0)
LARGEST = math.inf
NARROW = 0.5  # points to which a width is sought
STEPS = len(STATEMENTS)  # how far down the sizes of a full page may start
SAFE = 0.995  # of a width: rounding
SPILL = 0.025  # em that ink may hang over its line, as some tails and accents of Latin do
AIR = 0.1  # em by which ink that hangs over farther is kept clear of what is above and below


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


def single_sizes(name: str) -> tuple[float, ...]:
    """The sizes at which a text may take one line, the largest first."""
    return next(sizes for lines, sizes in LADDERS[name] if lines == 1)


def rungs(ladder: Ladder, start: int, most: float = LARGEST) -> list[tuple[float, int]]:
    """Sizes with the lines allowed at each, in the order they are tried: without the `start` largest of each
    number of lines and, but for the very last, none above `most`."""
    found = [(size, lines) for lines, sizes in ladder for size in sizes[min(start, len(sizes) - 1) :]]
    return [rung for rung in found if rung[0] <= most] or found[-1:]


def fit(
    text: Text, ladder: Ladder, width: float, start: int = 0, *, most: float = LARGEST, steady: bool = False
) -> Fitted:
    """The first size that the text fits, `start` steps down and at `most` so large; the last one where none
    does.

    Where `steady`, a single line takes the room of the largest size whatever its own, so that the page around
    a person's text does not depend on its length: certificates of a meeting look alike, and the press needs
    one page for all.
    """
    parts = pieces(text.text, text.measure)
    tried = rungs(ladder, start, most)
    safe = width * SAFE
    for size, allowed in tried:
        lines = count_lines(parts, size, safe)
        if lines <= allowed:
            break
    if lines == 1:
        return roomy(Fitted(size, 1, width, text.leading, tried[0][0] if steady else 0.0), text)
    narrow = narrowest(parts, size, safe)
    return roomy(Fitted(size, lines, round(min(width, narrow * 1.005 + 0.5), 2), text.leading), text)


def narrowest(parts: Sequence[tuple[float, float]], size: float, width: float) -> float:
    """The least width in which these pieces take no more lines than in `width`: lines of about one length."""
    lines = count_lines(parts, size, width)
    low, high = width / lines * 0.9, width
    while high - low > NARROW:
        middle = (low + high) / 2
        if count_lines(parts, size, middle) <= lines:
            high = middle
        else:
            low = middle
    return high


def roomy(fitted: Fitted, text: Text) -> Fitted:
    """With the room that the text's ink needs: lines keep clear of one another and of what is around them."""
    rise, fall = text.ink(text.text)
    if fitted.lines > 1:
        fitted = replace(fitted, leading=max(fitted.leading, round(rise + fall, 3)))
    if not text.tall:
        return fitted
    above, below = (round(max(0.0, fitted.size * (ink + AIR) - fitted.line / 2), 2) for ink in (rise, fall))
    return replace(fitted, above=above, below=below)
