"""WeasyPrint's pages of two made-up people: a group and its sizes in; the PDF objects of both out.

WeasyPrint embeds the letters that it has noted while it painted. So the first page is painted with fonts in
which the whole repertoire is noted beforehand, and the objects are taken from write_pdf's `finisher`.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from pipeline.documents import compose, paper
from pipeline.documents.design import Design
from pipeline.documents.prepared import prepare
from pipeline.documents.press.content import UnfitError
from pipeline.documents.press.glyphs import Glyphs
from pipeline.documents.press.group import Group, Sizes
from pipeline.rules.certificates.awards import Facts


class Specimens:
    """Both pages, laid out once. Raises UnfitError where one takes more pages than the other."""

    def __init__(self, design: Design, group: Group, sizes: Sizes) -> None:
        self._prepared, self._people = prepare(design), group.people
        self._documents = []
        for facts, planned in zip(group.people, sizes.plans, strict=True):
            html = compose.html(facts, compose.words(facts), planned, design, self._prepared)
            self._documents.append(paper.lay_out(html, self._prepared))
        counts = {len(document.pages) for document in self._documents}
        if 1 in counts and counts != {1}:
            raise UnfitError("one of the made-up people has a page more")
        self.fit_one_page = counts == {1}
        self._wide = self._paint(self._documents[1], self._people[1]) if self.fit_one_page else None

    def painted(self, slots: Mapping[str, Glyphs]) -> tuple[Any, Any]:
        """The PDF objects of both, not yet written; the fonts of the first hold all glyphs of the slots."""
        document, wide = self._documents[0].copy(), self._documents[1]
        for key, laid_out in wide.fonts.items():  # all of them, so that both number their objects alike
            document.fonts[key] = font = copy.copy(laid_out)
            font.to_unicode, font.widths, font.missing = {}, {}, {}
        for glyphs in slots.values():
            same = [
                font
                for font in document.fonts.values()
                if font.family == glyphs.family and not font.style and (font.weight > 500) == glyphs.strong
            ]
            if not same:
                raise UnfitError(f"the page has no {glyphs.family}")
            for font in same:
                for glyph, text in glyphs.texts.items():
                    font.to_unicode.setdefault(glyph, text)
                    font.widths.setdefault(glyph, glyphs.widths[glyph])
        return self._paint(document, self._people[0]), self._wide

    def _paint(self, document: Any, facts: Facts) -> Any:
        def stop(document: Any, pdf: Any) -> None:
            paper.finisher(facts)(document, pdf)
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
