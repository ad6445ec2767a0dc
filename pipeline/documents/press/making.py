"""A template's making: a group and its sizes in; what WeasyPrint's pages of two made-up people teach, out."""

from __future__ import annotations

from typing import Any

from pipeline.documents import check, codes
from pipeline.documents.design import Design
from pipeline.documents.press import content, objects
from pipeline.documents.press.content import UnfitError
from pipeline.documents.press.group import Group, Sizes
from pipeline.documents.press.order import texts_of
from pipeline.documents.press.specimens import Specimens
from pipeline.documents.press.template import Found, person_part
from pipeline.documents.press.typesetting import units_of

TOO_LONG = "too long"


def make_templates(design: Design, group: Group, sizes: Sizes) -> tuple[Found, Found]:
    """The template with all letters of the page's repertoire and, where there is one, that with fewer.

    None for both where the page depends on its person in a way that the press does not know. Raises
    DocumentError where the design cannot be rendered.
    """
    try:
        return _make(design, group, sizes)
    except UnfitError:
        return None, None


def _make(design: Design, group: Group, sizes: Sizes) -> tuple[Found, Found]:
    specimens = Specimens(design, group, sizes)
    if not specimens.fit_one_page:
        return TOO_LONG, TOO_LONG
    parts = [
        person_part(
            facts,
            texts_of(facts),
            {name: units_of(planned.texts[name].size) for name in sizes.units},
            codes.qr_modules(facts.verify_url, facts.number).operators(),
        )
        for facts, planned in zip(group.people, sizes.plans, strict=True)
    ]
    pdfs = specimens.painted(group.slots)
    pieces = content.learn(
        (_operators(pdfs[0]), _operators(pdfs[1])),
        group.slots,
        (parts[0].texts, parts[1].texts),
        (parts[0].code, parts[1].code),
    )
    made = objects.make_template(pdfs, pieces, group.people)
    if not all(check.says_its_facts(made.press(part), part.facts, design) for part in parts):
        raise UnfitError("a made-up person's page does not say its facts")
    if group.western is None:
        return made, None
    fewer = content.with_glyphs(pieces, group.western)
    return made, objects.make_template(specimens.painted(group.western), fewer, group.people)


def _operators(pdf: Any) -> list[bytes | content.TextObject]:
    return content.text_objects(pdf.objects[objects.content_of(pdf)].stream)
