"""The plan of a certificate's page before anything is drawn: facts and a design in; sizes and places out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

from pipeline.documents import columns, compose, fonts, layout
from pipeline.documents.compose import SERIF, Words, large_texts
from pipeline.documents.design import PAPERS, Design
from pipeline.rules.certificates import statements
from pipeline.rules.certificates.awards import Facts

SIDE = 84.0  # from the paper's edge to the text, points
TOP, BOTTOM = 66.0, 62.0
SHARES = {"kind": 0.9, "name": 1.0, "credentials": 0.9, "title": 0.94, "where": 0.94}  # of the text's width
LEADING = {fonts.DISPLAY: 1.18, fonts.TEXT: 1.3}  # other faces draw larger letters
CELLS = 3  # of equal width in a row of credits, filled from its middle
CELL_PADDING = 10.0  # left and right of a credit's text
FIGURE, UNIT, MORE = 24.0, 13.0, 11.0  # lines of a credit
FIGURE_SIZE = 26.0
UNIT_SIZE, MORE_SIZE = 10.0, 8.5
HOURS = 50.0  # the blank for hours and its label
CLOSING = 80.0  # signature, seal and foot

# The white space between the blocks, in shares: what belongs together stands together.
GAPS = {
    "kind": 1.0,
    "certifies": 1.6,
    "name": 0.9,
    "credentials": 0.3,
    "did": 1.3,
    "title": 0.8,
    "where": 0.6,
    "awarded": 1.2,
    "credits": 0.8,
    "statements": 2.2,
    "closing": 2.0,
}
LEAST = 2.5  # points of every gap
# Points kept free in one attempt after another: texts are measured before WeasyPrint lays them out, and the
# two may differ, but a certificate must be one page.
RESERVES = tuple(4.0 + 18.0 * attempt for attempt in range(8))
SECOND = 0.93  # of the name's size: how large any other text may be
COMFORT = 25.0  # points of white space, all gaps together, worth a step down in size
STRETCH = 5  # but no more steps than this


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the template needs to know about sizes; all in points."""

    texts: dict[str, layout.Fitted]
    lead: float  # size of "This certifies that" and its like
    credits: float  # height of the row of credits, or of the blank for hours
    cell: float  # width of each credit
    figure: float  # size of what was earned
    statement_size: float
    statements: columns.Arranged
    gaps: dict[str, float] = field(default_factory=dict)


def text_of(text: str, theme: Path, *, serif: bool) -> layout.Text:
    """A text with the means to measure it."""
    stack = fonts.families(text, theme, serif=serif)
    width = partial(fonts.width, stack=stack, theme=theme)
    ink = partial(fonts.ink, stack=stack, theme=theme)
    return layout.Text(text, width, ink, LEADING.get(stack[0], 1.36))


def text_width(design: Design) -> float:
    """From the left margin to the right, in points."""
    return PAPERS[design.paper][0] - 2 * SIDE


def width_of(name: str, design: Design) -> float:
    """How wide one of the large texts may get, in points."""
    return text_width(design) * SHARES[name]


def best_plan(facts: Facts, said: Words, design: Design, reserve: float) -> Plan:
    """The largest sizes that leave white space enough, else the largest that fit, else the smallest."""
    plans = []
    for squeeze in range(layout.STEPS):
        planned, left = _plan(facts, said, design, squeeze, reserve)
        if left >= COMFORT and squeeze <= STRETCH:
            return planned
        plans.append((planned, left))
    return next((planned for planned, left in plans if left >= 0), plans[-1][0])


def _plan(facts: Facts, said: Words, design: Design, squeeze: int, reserve: float) -> tuple[Plan, float]:
    """Sizes that fit the page by measure, `squeeze` steps down, with `reserve` points kept free.

    Also the points left for white space; below zero the page is too full.
    """
    texts = _fitted(facts, said, design, squeeze)
    size = layout.STATEMENTS[squeeze]
    width = text_width(design)
    placed = _columns(said.statements, design.theme, size, width)
    cell = width / CELLS
    earned = _credits_height(facts, design.theme, cell)
    lead = round(min(max(12.0, 15.0 - squeeze), texts["name"].size * SECOND), 2)
    fixed = {
        "provider": 17.0 + (44.0 if design.logo_image else 0.0),
        "ornament": 13.0,
        "certifies": lead * 1.25,
        "did": lead * 1.25,
        "awarded": lead * 1.25 if said.awarded else 0.0,
        "credits": earned,
        "statements": placed.height,
        "closing": CLOSING,
    }
    present = {name: share for name, share in GAPS.items() if fixed.get(name) or name in texts}
    used = sum(fixed.values()) + sum(each.height for each in texts.values()) + LEAST * len(present)
    left = PAPERS[design.paper][1] - TOP - BOTTOM - used - reserve
    share = max(0.0, left) / sum(present.values())
    gaps = {name: round(LEAST + share * weight, 2) for name, weight in present.items()}
    figure = min(FIGURE_SIZE, texts["name"].size * SECOND)
    return Plan(texts, lead, earned, round(cell, 2), round(figure, 2), size, placed, gaps), left


def _fitted(facts: Facts, said: Words, design: Design, squeeze: int) -> dict[str, layout.Fitted]:
    """The large texts at their sizes; the name first, for none may be larger than it.

    A name in one line is larger than the kind ever gets, so the kind does not depend on it.
    """
    texts: dict[str, layout.Fitted] = {}
    for name, text in {**large_texts(facts, said), "kind": said.kind}.items():
        if text or name != "credentials":
            texts[name] = layout.fit(
                text_of(text, design.theme, serif=name in SERIF),
                layout.LADDERS[name],
                width_of(name, design),
                (squeeze + 1) // 2 if name in ("kind", "name") else squeeze,
                most=texts["name"].size * SECOND if texts else layout.LARGEST,
                steady=name in ("name", "credentials"),
            )
    return texts


@lru_cache(maxsize=256)
def _columns(texts: tuple[str, ...], theme: Path, size: float, width: float) -> columns.Arranged:
    """The statements of a page; those of one activity and kind are the same for everybody."""
    return columns.arrange([_statement(text, theme) for text in texts], size, width)


@lru_cache(maxsize=256)
def _statement(text: str, theme: Path) -> list[tuple[float, float]]:
    """The pieces of a statement, AMA's phrase in its italics."""
    found: list[tuple[float, float]] = []
    before = " "
    for run, is_phrase in statements.runs(text):
        stack = fonts.families(run, theme, serif=False)
        measure = partial(fonts.width, stack=stack, theme=theme, italic=is_phrase)
        parts = layout.pieces(run, measure)
        if parts and found:
            joined, (first, _), *others = before.isspace() or run[0].isspace(), *parts
            if joined:
                parts = [(first, measure("\u00a0")), *others]
            else:  # no line may end between a phrase and the full stop after it
                width, space = found.pop()
                parts = [(width + first, space), *others]
        found += parts
        before = run[-1]
    return found


def _credits_height(facts: Facts, theme: Path, cell: float) -> float:
    """Of the row of credits in cells of this width, as its tallest needs; or of the blank for hours."""
    lines = compose.credit_lines(facts)
    if not lines:
        return HOURS
    width = cell - 2 * CELL_PADDING

    def height(text: str, size: float, leading: float) -> float:
        measure = text_of(text, theme, serif=False).measure
        return leading * layout.count_lines(layout.pieces(text, measure), size, width) if text else 0.0

    return FIGURE + max(
        height(unit, UNIT_SIZE, UNIT) + height(more, MORE_SIZE, MORE) for _, unit, more in lines
    )
