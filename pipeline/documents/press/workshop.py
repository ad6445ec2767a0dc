"""The press of one design in one process: facts in; a certificate's bytes out, or None for WeasyPrint's."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from pipeline.documents import check, compose, paper
from pipeline.documents.design import Design, prepare
from pipeline.documents.press import stream, template
from pipeline.documents.press.edition import Edition, Editions, Sizes, slot_texts
from pipeline.documents.press.letters import Letters
from pipeline.documents.press.qr import Codes
from pipeline.documents.press.setting import units_of
from pipeline.documents.press.stream import UnfitError
from pipeline.documents.press.template import Setting, Template
from pipeline.rules.certificates.awards import Facts

MOST = 96  # templates kept, some 100 kB each


class Workshop:
    """Templates made when first asked for, and kept."""

    def __init__(self, design: Design) -> None:
        self._design, self._prepared = design, prepare(design)
        self._editions = Editions(design)
        self._templates: OrderedDict[str, tuple[Template | str | None, Template | str | None]] = OrderedDict()
        self._codes: dict[tuple[str, str], Codes] = {}

    def press(self, facts: Facts) -> bytes | None:
        """The finished file; None where WeasyPrint itself must set this certificate."""
        order = self._editions.order(facts)
        if order is None:
            return None
        for reserve in paper.RESERVES:
            sizes = order.sizes(self._design, reserve)
            found = self._template(order.edition, sizes, west=order.west)
            if isinstance(found, Template):
                code = self._code(order.edition, facts.number)
                setting = Setting(facts, order.texts, sizes.units, code, paper.identifier(facts))
                return self._checked(setting, found.press(setting))
            if not found:
                return None
        return None

    def _code(self, edition: Edition, number: str) -> bytes:
        around = edition.before, edition.after
        codes = self._codes.get(around)
        if codes is None:
            codes = self._codes[around] = Codes(*around)
        return codes.operators(number)

    def _checked(self, setting: Setting, pdf: bytes | None) -> bytes | None:
        """Some of the finished pages are read back whole; which, hangs on the facts alone."""
        if pdf is None or not setting.identifier.startswith(b"00"):
            return pdf
        facts = setting.facts
        return None if check.compare(pdf, facts, compose.words(facts), self._design) else pdf

    def _template(self, edition: Edition, sizes: Sizes, *, west: bool) -> Template | str | None:
        """The template; None where there can be none, a word where the plan takes two pages."""
        kept = self._templates
        if sizes.key in kept:
            kept.move_to_end(sizes.key)
        else:
            try:
                kept[sizes.key] = self._make(edition, sizes)
            except UnfitError:
                kept[sizes.key] = (None, None)
            if len(kept) > MOST:
                kept.popitem(last=False)
        return kept[sizes.key][west]

    def _make(self, edition: Edition, sizes: Sizes) -> tuple[Template | str, Template | str | None]:
        """Lay the two made-up people out and learn from their pages. Raises UnfitError where that fails.

        Gives the template with all letters of the page's repertoire and, where there is one, with fewer.
        """
        people = edition.first, edition.second
        documents = []
        for facts, planned in zip(people, sizes.plans, strict=True):
            html = compose.html(facts, compose.words(facts), planned, self._design, self._prepared)
            documents.append(paper.lay_out(html, self._prepared))
        counts = {len(document.pages) for document in documents}
        if counts != {1}:
            if 1 in counts:
                raise UnfitError("one of the made-up people has a page more")
            return "too long", "too long"
        second = self._paint(documents[1], people[1])
        first = self._widened(documents[0], documents[1].fonts, edition.slots, people[0])
        settings = [
            Setting(
                facts,
                slot_texts(facts, edition),
                {name: units_of(planned.texts[name].size) for name in sizes.units},
                self._code(edition, facts.number),
                paper.identifier(facts),
            )
            for facts, planned in zip(people, sizes.plans, strict=True)
        ]
        pieces = stream.learn(
            (_content(first), _content(second)),
            edition.slots,
            (settings[0].texts, settings[1].texts),
            (settings[0].code, settings[1].code),
        )
        made = template.make((first, second), pieces, people)
        for each in settings:
            pdf = made.press(each)
            if pdf is None or check.compare(pdf, each.facts, compose.words(each.facts), self._design):
                raise UnfitError("a made-up person's page does not say its facts")
        if edition.slots_west is None:
            return made, None
        first = self._widened(documents[0], documents[1].fonts, edition.slots_west, people[0])
        return made, template.make((first, second), stream.with_letters(pieces, edition.slots_west), people)

    def _widened(
        self, document: Any, found: Mapping[Any, Any], slots: Mapping[str, Letters], facts: Facts
    ) -> Any:
        """The document's PDF objects, with the slots' whole repertoire in the fonts that painting has found.

        WeasyPrint fills a font's letters while it paints and embeds what it finds in them; so a document
        painted with fonts that hold the repertoire embeds it all.
        """
        document = document.copy()
        for key, laid_out in found.items():  # all, so that both pages number their objects alike
            document.fonts[key] = font = copy.copy(laid_out)
            font.to_unicode, font.widths, font.missing = {}, {}, {}
        for letters in slots.values():
            same = [
                font
                for font in document.fonts.values()
                if font.family == letters.family and not font.style and (font.weight > 500) == letters.strong
            ]
            if not same:
                raise UnfitError(f"the page has no {letters.family}")
            for font in same:
                for glyph, text in letters.texts.items():
                    font.to_unicode.setdefault(glyph, text)
                    font.widths.setdefault(glyph, letters.widths[glyph])
        return self._paint(document, facts)

    def _paint(self, document: Any, facts: Facts) -> Any:
        """The document's PDF objects, complete but not written."""

        def stop(document: Any, pdf: Any) -> None:
            paper.mending(facts)(document, pdf)
            pdf.add_object(pdf.info)
            raise _Painted(pdf)

        try:
            document.write_pdf(
                finisher=stop, uncompressed_pdf=True, cache=self._prepared.cache, **paper.OPTIONS
            )
        except _Painted as painted:
            return painted.pdf
        raise AssertionError("WeasyPrint calls its finisher")


class _Painted(Exception):  # noqa: N818 - no error: it ends the writing, of which only the objects are wanted
    def __init__(self, pdf: Any) -> None:
        super().__init__()
        self.pdf = pdf


def _content(pdf: Any) -> list[bytes | stream.Block]:
    return stream.blocks(pdf.objects[template.content_of(pdf)].stream)
