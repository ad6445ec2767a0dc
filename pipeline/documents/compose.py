"""One certificate as HTML: facts, a design and a plan of the page in; the page's markup out."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from pipeline.documents import codes, fonts, layout
from pipeline.documents.design import INKS, PAPERS, Design
from pipeline.rules.certificates import statements
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Facts
from pipeline.rules.places import site_shown
from pipeline.rules.web.markup import rich

if TYPE_CHECKING:
    from pipeline.documents.planning import Plan
    from pipeline.documents.prepared import Prepared

SERIF = ("kind", "name", "title")

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


@lru_cache(maxsize=512)  # most texts stand on many certificates
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


def large_texts(facts: Facts, said: Words) -> dict[str, str]:
    """The texts that are set as large as they fit, beside the kind."""
    return {
        "name": clean(facts.name),
        "title": clean(facts.title),
        "where": said.where,
        "credentials": clean(facts.credentials),
    }


def html(facts: Facts, said: Words, planned: Plan, design: Design, prepared: Prepared) -> str:
    """The page's markup. Every text of a person or an activity is escaped by the template."""
    shown = large_texts(facts, said)
    return prepared.template.render(
        facts=facts,
        said=said,
        shown=shown,
        plan=planned,
        gaps=planned.gaps,
        credits=credit_lines(facts),
        participation=facts.kind is Kind.PARTICIPATION,
        columns=[
            (column.width, [(rich(said.statements[at], "em"), width) for at, width in column.lines])
            for column in planned.statements.columns
        ],
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
        corrected=corrected(facts),
        kept=statements.date_words(facts.kept_until),
        qr=codes.qr_url(facts.verify_url, facts.number),
        site=site_of(facts),
    )


def corrected(facts: Facts) -> str:
    """When a certificate was corrected, and which version it is; empty for what never was."""
    if facts.corrected_on is None:
        return ""
    return f"{statements.date_words(facts.corrected_on)} (version {facts.version})"


def site_of(facts: Facts) -> str:
    """Where to verify, without scheme, for people who have the number before them."""
    return site_shown(facts.verify_url.partition(facts.number)[0])


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
