"""The press of one design in one process: facts in; a certificate's bytes out, or None for WeasyPrint's.

Templates are made when they are first needed, and kept.
"""

from __future__ import annotations

from collections import OrderedDict

from pipeline.documents import check, compose, paper
from pipeline.documents.design import Design, prepare
from pipeline.documents.press import content, objects, qr
from pipeline.documents.press.content import UnfitError
from pipeline.documents.press.group import Group, Sizes
from pipeline.documents.press.order import Orders, texts_of
from pipeline.documents.press.specimens import Specimens
from pipeline.documents.press.template import PersonPart, Template
from pipeline.documents.press.typesetting import units_of
from pipeline.rules.certificates.awards import Facts

MOST_TEMPLATES = 96  # kept, some 100 kB each
# How the identifier of a file begins that is read back and compared with its facts: one in 256.
READ_BACK = b"00"

Found = Template | str | None  # None where there can be no template; words where the plan takes two pages


class Press:
    """Presses certificates of one design. Raises DocumentError where the design cannot be rendered."""

    def __init__(self, design: Design) -> None:
        prepare(design)
        self._design = design
        self._orders = Orders(design)
        self._templates: OrderedDict[str, tuple[Found, Found]] = OrderedDict()

    def takes(self, facts: Facts) -> bool:
        """Whether it has the letters, and a line for each text, that this certificate needs."""
        return self._orders.takes(facts)

    def press(self, facts: Facts) -> bytes | None:
        """The finished file; None where WeasyPrint itself must set this certificate."""
        order = self._orders.order(facts)
        if order is None:
            return None
        for reserve in paper.RESERVES:
            sizes = order.sizes(self._design, reserve)
            found = self._template(order.group, sizes, western=order.western)
            if isinstance(found, Template):
                part = _part(facts, order.group, order.texts, sizes.units)
                pdf = found.press(part)
                is_read = pdf is not None and part.identifier.startswith(READ_BACK)
                return pdf if not is_read or self._says_its_facts(pdf, facts) else None
            if not found:
                return None
        return None

    def _says_its_facts(self, pdf: bytes | None, facts: Facts) -> bool:
        return pdf is not None and not check.compare(pdf, facts, compose.words(facts), self._design)

    def _template(self, group: Group, sizes: Sizes, *, western: bool) -> Found:
        kept = self._templates
        if sizes.key in kept:
            kept.move_to_end(sizes.key)
        else:
            try:
                kept[sizes.key] = self._make(group, sizes)
            except UnfitError:
                kept[sizes.key] = (None, None)
            if len(kept) > MOST_TEMPLATES:
                kept.popitem(last=False)
        return kept[sizes.key][western]

    def _make(self, group: Group, sizes: Sizes) -> tuple[Found, Found]:
        """Learns from the pages of the two made-up people. Raises UnfitError where that fails.

        Gives the template with all letters of the page's repertoire and, where there is one, that with fewer.
        """
        specimens = Specimens(self._design, group, sizes)
        if not specimens.fit_one_page:
            return "too long", "too long"
        parts = [
            _part(
                facts,
                group,
                texts_of(facts, where="where" in group.slots),
                {name: units_of(planned.texts[name].size) for name in sizes.units},
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
        if not all(self._says_its_facts(made.press(part), part.facts) for part in parts):
            raise UnfitError("a made-up person's page does not say its facts")
        if group.western is None:
            return made, None
        fewer = content.with_glyphs(pieces, group.western)
        return made, objects.make_template(specimens.painted(group.western), fewer, group.people)


def _part(facts: Facts, group: Group, texts: dict[str, str], units: dict[str, int]) -> PersonPart:
    code = qr.operators(group.before, facts.number, group.after)
    return PersonPart(facts, texts, units, code, paper.identifier(facts))


def _operators(pdf: object) -> list[bytes | content.TextObject]:
    return content.text_objects(pdf.objects[objects.content_of(pdf)].stream)  # type: ignore[attr-defined]
