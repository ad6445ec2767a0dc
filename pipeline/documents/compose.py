"""One certificate as HTML: facts and design in; the page's markup, sized to fit, out."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from pipeline.documents import codes, fonts, layout
from pipeline.documents.design import INKS, PAPERS, Design
from pipeline.rules.certificates import statements
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Facts
from pipeline.rules.web.markup import rich

if TYPE_CHECKING:
    from pipeline.documents.prepared import Prepared

SIDE = 84.0  # from the paper's edge to the text, points
TOP, BOTTOM = 66.0, 62.0
STATEMENT_LEADING = 1.28
SHARES = {"kind": 0.86, "name": 0.92, "credentials": 0.9, "title": 0.94, "where": 0.94}  # of the text's width
SERIF = ("kind", "name", "title")
COLUMN_GAP = 26.0
CLOSING = 80.0  # signature, seal and foot
CREDITS = 48.0  # a row of figures
LEADING = {fonts.DISPLAY: 1.18, fonts.TEXT: 1.3}  # other faces draw larger letters

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
COMFORT = 34.0  # points of white space, all gaps together, worth a step down in size
STRETCH = 4  # but no more steps than this

# Controls that would reorder a reader's view of a name (UAX 9); joiners and marks are kept.
_OVERRIDES = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"))


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on the page beside the facts themselves."""

    kind: str
    did: str
    where: str
    awarded: str
    statements: tuple[str, ...]


def clean(text: str) -> str:
    """NFC, one line, without bidirectional overrides."""
    return unicodedata.normalize("NFC", " ".join(text.translate(_OVERRIDES).split()))


def words(facts: Facts) -> Words:
    """The sentences around the facts. A certificate of participation never speaks of an award."""
    if facts.start and facts.end:
        did = f"has participated in the {facts.format}"
        when = statements.span_words(facts.start, facts.end)
    else:
        did = f"has completed the {facts.format}"
        when = f"Completed {statements.date_words(facts.completed_on)}" if facts.completed_on else ""
    place = [clean(line) for line in facts.location.splitlines() if line.strip()]
    return Words(
        kind=facts.kind.label,
        did=clean(did),
        where="  ·  ".join([*place, when] if when else place),
        awarded="and is awarded" if facts.kind.is_credit else "",
        statements=tuple(
            clean(text)
            for text in (facts.accreditation, facts.designation, facts.abim_statement, facts.abp_statement)
            if text
        ),
    )


def credit_lines(facts: Facts) -> list[tuple[str, str, str]]:
    """Figure, unit and what else is said of it, for each credit the certificate states."""
    lines = []
    if facts.cme:
        figure, _, unit = statements.ama_credits(facts.cme).partition(" ")
        lines.append((figure, unit, ""))
    if facts.abim:
        figure, _, unit = statements.points(facts.abim, "ABIM MOC").partition(" ")
        lines.append((figure, unit, clean(facts.abim_type)))
    if facts.abp:
        figure, _, unit = statements.points(facts.abp, "ABP MOC Part 2").partition(" ")
        lines.append((figure, unit, f"PARS {clean(facts.pars_id)}" if facts.pars_id else ""))
    return lines


def text_of(text: str, theme: Path, *, serif: bool) -> layout.Text:
    """A text with the means to measure it."""
    stack = fonts.families(text, theme, serif=serif)
    width = partial(fonts.width, stack=stack, theme=theme)
    ink = partial(fonts.ink, stack=stack, theme=theme)
    return layout.Text(text, width, ink, LEADING.get(stack[0], 1.36))


def width_of(name: str, design: Design) -> float:
    """How wide one of the large texts may get, in points."""
    return (PAPERS[design.paper][0] - 2 * SIDE) * SHARES[name]


def plan(
    facts: Facts, said: Words, design: Design, squeeze: int, reserve: float
) -> tuple[layout.Plan, float]:
    """Sizes that fit the page by measure, starting `squeeze` rungs down, with `reserve` points kept free.

    Also the points left for white space; below zero the page is too full.
    """
    page_width, page_height = PAPERS[design.paper]
    width, height = page_width - 2 * SIDE, page_height - TOP - BOTTOM
    texts = {
        name: layout.fit(
            text_of(text, design.theme, serif=name in SERIF),
            layout.LADDERS[name],
            width_of(name, design),
            squeeze // 2 if name == "kind" else squeeze,
            steady=name in ("name", "credentials"),
        )
        for name, text in {"kind": said.kind, **_large_texts(facts, said)}.items()
        if text or name != "credentials"
    }
    size = layout.STATEMENTS[min(squeeze, len(layout.STATEMENTS) - 1)]
    column = (width - COLUMN_GAP) / 2 if len(said.statements) > 1 else width * 0.66
    heights = []
    for statement in said.statements:
        pieces = layout.pieces(statement, text_of(statement, design.theme, serif=False).measure)
        lines = layout.count_lines(pieces, size, column * 0.99)
        heights.append(lines * size * STATEMENT_LEADING + 0.35 * size)
    columns = layout.columns(heights)
    logo = 44.0 if design.logo_image else 0.0
    lead = max(12.0, 15.0 - squeeze)  # "This certifies that" and its like
    fixed = {
        "provider": 17.0 + logo,
        "ornament": 13.0,
        "certifies": lead * 1.25,
        "did": lead * 1.25,
        "awarded": lead * 1.25 if said.awarded else 0.0,
        "credits": CREDITS,
        "statements": max(sum(heights[at] for at in column) for column in columns),
        "closing": CLOSING,
    }
    present = {name: share for name, share in GAPS.items() if fixed.get(name) or name in texts}
    used = sum(fixed.values()) + sum(each.height for each in texts.values()) + LEAST * len(present)
    left = height - used - reserve
    share = max(0.0, left) / sum(present.values())
    gaps = {name: round(LEAST + share * weight, 2) for name, weight in present.items()}
    return layout.Plan(texts, size, columns, {**gaps, "lead": lead}), left


def _large_texts(facts: Facts, said: Words) -> dict[str, str]:
    """The texts that are set as large as they fit, beside the kind."""
    return {
        "name": clean(facts.name),
        "title": clean(facts.title),
        "where": said.where,
        "credentials": clean(facts.credentials),
    }


def best_plan(facts: Facts, said: Words, design: Design, reserve: float) -> layout.Plan:
    """The largest sizes that leave white space enough, else the largest that fit, else the smallest."""
    plans = []
    for squeeze in range(layout.STEPS):
        planned, left = plan(facts, said, design, squeeze, reserve)
        if left >= COMFORT and squeeze <= STRETCH:
            return planned
        plans.append((planned, left))
    return next((planned for planned, left in plans if left >= 0), plans[-1][0])


def html(facts: Facts, said: Words, planned: layout.Plan, design: Design, prepared: Prepared) -> str:
    """The page's markup. Every text of a person or an activity is escaped by the template."""
    shown = _large_texts(facts, said)
    return prepared.template.render(
        facts=facts,
        said=said,
        shown=shown,
        plan=planned,
        gaps=planned.gaps,
        credits=credit_lines(facts),
        participation=facts.kind is Kind.PARTICIPATION,
        columns=[[rich(said.statements[at], "em") for at in column] for column in planned.columns],
        style={
            name: style(each, shown.get(name, said.kind), name, design)
            for name, each in planned.texts.items()
        },
        marks={name: marks(text) for name, text in shown.items()},
        ink=INKS[facts.kind],
        paper=design.paper,
        sheet="{}pt {}pt".format(*PAPERS[design.paper]),
        design=design,
        provider=statements.PROVIDER,
        contact=statements.CONTACT,
        issued=statements.date_words(facts.issued_on),
        kept=statements.date_words(facts.kept_until),
        qr=codes.qr_url(facts.verify_url, facts.number),
        address=_address(facts),
    )


def _address(facts: Facts) -> tuple[str, str]:
    """The verification address without its scheme, cut where its line ends: before the number."""
    address = facts.verify_url.partition("://")[2] or facts.verify_url
    at = address.find(facts.number)
    return (address[:at], address[at:]) if at > 0 else (address, "")


def style(fitted: layout.Fitted, text: str, name: str, design: Design) -> str:
    """Inline style of a fitted text: chosen by us, never by the text."""
    stack = fonts.families(text, design.theme, serif=name in SERIF)
    listed = ", ".join(f"'{family}'" for family in stack)
    size = f"font-size: {fitted.size}pt; line-height: {fitted.line}pt; width: {fitted.width}pt"
    room = f"; padding: {fitted.above}pt 0 {fitted.below}pt" if fitted.above or fitted.below else ""
    return f"font-family: {listed}; {size}{room}"


def marks(text: str) -> Markup:
    """`lang` and `dir` of a text that is not in the page's English."""
    language, direction = fonts.language(text), fonts.direction(text)
    found = Markup("")
    if language:
        found += Markup(' lang="{}"').format(escape(language))
    if direction == "rtl":
        found += Markup(' dir="rtl"')
    return found


def identifier(facts: Facts) -> bytes:
    """The PDF's identifier, from the facts alone: the same facts give the same file."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32].encode()
