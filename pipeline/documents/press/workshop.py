"""The press of one design in one process: facts in; a certificate's bytes, or None where WeasyPrint must, out."""

from __future__ import annotations

import copy
from collections import OrderedDict
from typing import Any

from pipeline.documents import check, compose, pages
from pipeline.documents.design import Design, prepare
from pipeline.documents.press import stream, template
from pipeline.documents.press.edition import Edition, Editions, Order, slot_texts
from pipeline.documents.press.qr import Codes
from pipeline.documents.press.stream import Unfit
from pipeline.documents.press.template import Template
from pipeline.rules.awards import Facts

MOST = 96  # templates kept, some 100 kB each


class Workshop:
    """Templates made when first asked for, and kept."""

    def __init__(self, design: Design) -> None:
        self._design, self._prepared = design, prepare(design)
        self._editions = Editions(design)
        self._templates: OrderedDict[tuple[Any, ...], Template | str | None] = OrderedDict()
        self._codes: dict[tuple[str, str], Codes] = {}

    def press(self, facts: Facts) -> bytes | None:
        """The finished file; None where WeasyPrint itself must set this certificate."""
        order = self._editions.order(facts)
        if order is None:
            return None
        for reserve in pages.RESERVES:
            found = self._template(order, reserve)
            if isinstance(found, Template):
                edition = order.edition
                codes = self._codes.setdefault(
                    (edition.before, edition.after), Codes(edition.before, edition.after)
                )
                code = codes.operators(facts.number)
                return found.press(facts, order.texts, code, pages.identifier(facts))
            if not found:
                return None
        return None

    def _set(self, found: Template, order: Order) -> bytes | None:
        around = order.edition.before, order.edition.after
        codes = self._codes.get(around)
        if codes is None:
            codes = self._codes[around] = Codes(*around)
        facts = order.facts
        return found.press(facts, order.texts, codes.operators(facts.number), pages.identifier(facts))

    def _checked(self, facts: Facts, pdf: bytes | None) -> bytes | None:
        """Some of the finished pages are read back whole; which, hangs on the facts alone."""
        if pdf is None or not pages.identifier(facts).startswith(b"00"):
            return pdf
        return None if check.compare(pdf, facts, compose.words(facts), self._design) else pdf

    def _template(self, order: Order, reserve: float) -> Template | str | None:
        """The order's template; None where there can be none, a word where the plan takes two pages."""
        planned = order.plan(self._design, reserve)
        key = (order.edition.key, _key(planned))
        if key in self._templates:
            self._templates.move_to_end(key)
            return self._templates[key]
        try:
            made = self._make(order.edition, planned)
        except Unfit:
            made = None
        self._templates[key] = made
        if len(self._templates) > MOST:
            self._templates.popitem(last=False)
        return made

    def _make(self, edition: Edition, planned: Any) -> Template | str:
        people = edition.first, edition.second
        documents = []
        for facts in people:
            said = compose.words(facts)
            html = compose.html(facts, said, planned, self._design, self._prepared)
            documents.append(pages.lay_out(html, self._prepared))
        counts = {len(document.pages) for document in documents}
        if counts != {1}:
            if 1 in counts:
                raise Unfit("one of the made-up people has a page more")
            return "too long"
        fonts = _widened(self._written(documents[0], people[0])[1], edition)
        pdfs = []
        for document, facts in zip(documents, people, strict=True):
            again = document.copy()
            again.fonts.update({key: _fresh(font) for key, font in fonts.items()})
            pdfs.append(self._written(again, facts)[0])
        codes = tuple(Codes(edition.before, edition.after).operators(facts.number) for facts in people)
        contents = [stream.blocks(_content(objects).stream) for objects, _, _ in pdfs]
        texts = [slot_texts(facts, edition) for facts in people]
        pieces = stream.learn(
            contents[0], contents[1], edition.slots, (texts[0], texts[1]), (codes[0], codes[1])
        )
        made = template.make((pdfs[0][0], pdfs[1][0]), pieces, people, *pdfs[0][1:])
        for facts, text, code in zip(people, texts, codes, strict=True):
            pdf = made.press(facts, text, code, pages.identifier(facts))
            if pdf is None or check.compare(pdf, facts, compose.words(facts), self._design):
                raise Unfit("a made-up person's page does not say its facts")
        return made

    def _written(self, document: Any, facts: Facts) -> tuple[tuple[Any, bytes, bytes], dict[Any, Any]]:
        """The PDF's objects, its catalogue and information; and the fonts that painting has found."""
        kept: list[Any] = []

        def keep(document: Any, pdf: Any) -> None:
            pages.mending(facts)(document, pdf)
            kept.append(pdf)

        document.write_pdf(
            _Nowhere(), finisher=keep, uncompressed_pdf=True, cache=self._prepared.cache, **pages.OPTIONS
        )
        (pdf,) = kept  # only writing numbers the last object, the information
        return (pdf.objects, pdf.catalog.reference, pdf.info.reference), document.fonts


class _Nowhere:
    """A file that keeps nothing: only the objects are wanted."""

    def write(self, data: bytes) -> int:
        return len(data)


def _content(objects: Any) -> Any:
    page = next(each for each in objects if isinstance(each, dict) and each.get("Type") == "/Page")
    return objects[int(page["Contents"].split()[0])]


def _widened(found: dict[Any, Any], edition: Edition) -> dict[Any, Any]:
    """The slots' fonts with the whole repertoire in place of the first made-up page's letters.

    WeasyPrint fills a font's letters while it paints and keeps those it finds there, so a copy of the document
    painted with these fonts embeds them.
    """
    widened: dict[Any, Any] = {}
    for letters in edition.slots.values():
        same = [
            (key, font)
            for key, font in found.items()
            if font.family == letters.family and not font.style and (font.weight > 500) == letters.strong
        ]
        if not same:
            raise Unfit(f"the page has no {letters.family}")
        for key, font in same:
            wide = widened.setdefault(key, _fresh(font, empty=True))
            for glyph, text in letters.texts.items():
                wide.to_unicode.setdefault(glyph, text)
                wide.widths.setdefault(glyph, letters.widths[glyph])
    return widened


def _fresh(font: Any, *, empty: bool = False) -> Any:
    font = copy.copy(font)
    font.to_unicode = {} if empty else dict(font.to_unicode)
    font.widths = {} if empty else dict(font.widths)
    font.missing = {}
    return font


def _key(planned: Any) -> tuple[Any, ...]:
    return (
        tuple(planned.texts.items()),
        planned.statement_size,
        planned.columns,
        tuple(planned.gaps.items()),
    )
