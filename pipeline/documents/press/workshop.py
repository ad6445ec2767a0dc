"""The press of one design in one process: facts in; a certificate's bytes out, or None for WeasyPrint's."""

from __future__ import annotations

import copy
from collections import OrderedDict
from typing import Any

from pipeline.documents import check, compose, pages
from pipeline.documents.design import Design, prepare
from pipeline.documents.press import stream, template
from pipeline.documents.press.edition import Edition, Editions, Sizes, slot_texts
from pipeline.documents.press.qr import Codes
from pipeline.documents.press.setting import units_of
from pipeline.documents.press.stream import Unfit
from pipeline.documents.press.template import Setting, Template
from pipeline.rules.awards import Facts

MOST = 96  # templates kept, some 100 kB each


class Workshop:
    """Templates made when first asked for, and kept."""

    def __init__(self, design: Design) -> None:
        self._design, self._prepared = design, prepare(design)
        self._editions = Editions(design)
        self._templates: OrderedDict[str, Template | str | None] = OrderedDict()
        self._codes: dict[tuple[str, str], Codes] = {}

    def press(self, facts: Facts) -> bytes | None:
        """The finished file; None where WeasyPrint itself must set this certificate."""
        order = self._editions.order(facts)
        if order is None:
            return None
        for reserve in pages.RESERVES:
            sizes = order.sizes(self._design, reserve)
            found = self._template(order.edition, sizes)
            if isinstance(found, Template):
                code = self._code(order.edition, facts.number)
                setting = Setting(facts, order.texts, sizes.units, code, pages.identifier(facts))
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

    def _template(self, edition: Edition, sizes: Sizes) -> Template | str | None:
        """The template; None where there can be none, a word where the plan takes two pages."""
        key = sizes.key
        if key in self._templates:
            self._templates.move_to_end(key)
            return self._templates[key]
        made: Template | str | None
        try:
            made = self._make(edition, sizes)
        except Unfit:
            made = None
        self._templates[key] = made
        if len(self._templates) > MOST:
            self._templates.popitem(last=False)
        return made

    def _make(self, edition: Edition, sizes: Sizes) -> Template | str:
        """Lay the two made-up people out and learn from their pages. Raises Unfit where that fails."""
        people = edition.first, edition.second
        documents = []
        for facts, planned in zip(people, sizes.plans, strict=True):
            html = compose.html(facts, compose.words(facts), planned, self._design, self._prepared)
            documents.append(pages.lay_out(html, self._prepared))
        counts = {len(document.pages) for document in documents}
        if counts != {1}:
            if 1 in counts:
                raise Unfit("one of the made-up people has a page more")
            return "too long"
        self._paint(documents[0], people[0])
        fonts = _widened(documents[0].fonts, edition)
        painted = []
        for document, facts in zip(documents, people, strict=True):
            again = document.copy()
            again.fonts.update({key: _fresh(font) for key, font in fonts.items()})
            painted.append(self._paint(again, facts))
        settings = [
            Setting(
                facts,
                slot_texts(facts, edition),
                {name: units_of(planned.texts[name].size) for name in sizes.units},
                self._code(edition, facts.number),
                pages.identifier(facts),
            )
            for facts, planned in zip(people, sizes.plans, strict=True)
        ]
        pieces = stream.learn(
            (_content(painted[0]), _content(painted[1])),
            edition.slots,
            (settings[0].texts, settings[1].texts),
            (settings[0].code, settings[1].code),
        )
        made = template.make((painted[0], painted[1]), pieces, people)
        for each in settings:
            pdf = made.press(each)
            if pdf is None or check.compare(pdf, each.facts, compose.words(each.facts), self._design):
                raise Unfit("a made-up person's page does not say its facts")
        return made

    def _paint(self, document: Any, facts: Facts) -> Any:
        """The document's PDF objects, complete but not written."""

        def stop(document: Any, pdf: Any) -> None:
            pages.mending(facts)(document, pdf)
            pdf.add_object(pdf.info)
            raise _Painted(pdf)

        try:
            document.write_pdf(finisher=stop, uncompressed_pdf=True, cache=self._prepared.cache, **pages.OPTIONS)
        except _Painted as painted:
            return painted.pdf
        raise AssertionError("WeasyPrint calls its finisher")


class _Painted(Exception):  # noqa: N818 - no error: it ends the writing, of which only the objects are wanted
    def __init__(self, pdf: Any) -> None:
        super().__init__()
        self.pdf = pdf


def _content(pdf: Any) -> list[bytes | stream.Block]:
    return stream.blocks(pdf.objects[template.content_of(pdf)].stream)


def _widened(found: dict[Any, Any], edition: Edition) -> dict[Any, Any]:
    """The slots' fonts with the whole repertoire in place of the first made-up page's letters.

    WeasyPrint fills a font's letters while it paints and embeds what it finds in them; so a copy of the
    document that is painted with these fonts embeds them all.
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
