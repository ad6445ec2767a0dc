"""Which letters of its fonts a merged file draws, so that it embeds these alone.

A certificate's file embeds all letters of a part of the world (see press). What two or three certificates of
one person draw of them is a fifth. Only TrueType fonts are cut whose glyphs go by their own numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import uharfbuzz as hb  # type: ignore[import-untyped]

from pipeline.documents import slim
from pipeline.documents.syntax import PdfObjects, PdfWriter, Value, content, reference, stream

_SHOWN = re.compile(rb"/([^\s/<>\[\]()]+)\s+[\d.+-]+\s+Tf|<([0-9a-fA-F]*)>")
_LITERAL = re.compile(rb"\)\s*(?:-?[\d.]+\s*)*\]?\s*T[jJ]\b")  # a text that is written otherwise than we do
_TO_PROGRAM = (
    re.compile(rb"/DescendantFonts\s*\[\s*(\d+) 0 R"),
    re.compile(rb"/CIDToGIDMap\s*/Identity.*/FontDescriptor\s+(\d+) 0 R", re.DOTALL),
    re.compile(rb"/FontFile2\s+(\d+) 0 R"),
)


class FontUse:
    """The fonts of a file in the making: what is drawn of each is noted, and in the end they are written."""

    def __init__(self, writer: PdfWriter) -> None:
        self._writer = writer
        self._programs: dict[int, bytes] = {}  # font files, by the numbers of their objects
        self._glyphs: dict[int, set[int]] = {}
        self._whole: set[int] = set()  # of these all may be needed

    def keep(self, program: bytes) -> int:
        """A font's file, to be written in the end; the number of its object."""
        number = self._writer.reserve()
        self._programs[number] = program
        return number

    def note(
        self, objects: PdfObjects, resources: Value | None, drawn: bytes, number: Callable[[int], int]
    ) -> None:
        """What some operators, and the forms that they draw, show of the fonts in their resources.

        `number`: of an object of `objects`, in the file.
        """
        found = objects.dictionary(resources)
        if _LITERAL.search(drawn):
            self.need_all(objects, resources, number)
        elif shown := _glyphs_by_font(drawn):
            fonts = objects.dictionary(found.get("Font"))
            for name, glyphs in shown.items():
                if program := _program(objects, fonts.get(name)):
                    self._glyphs.setdefault(number(program), set()).update(glyphs)
        for value in objects.dictionary(found.get("XObject")).values():
            form = objects.bodies.get(reference(value), b"")
            if b"/Form" in form[:400]:
                self.note(objects, objects.dictionary(value).get("Resources"), _drawn_in(form), number)

    def need_all(self, objects: PdfObjects, resources: Value | None, number: Callable[[int], int]) -> None:
        """All letters of the fonts in these resources may be needed: a viewer takes those that are typed."""
        for font in objects.dictionary(objects.dictionary(resources).get("Font")).values():
            if program := _program(objects, font):
                self._whole.add(number(program))

    def write(self) -> None:
        """Write the fonts."""
        for number, program in self._programs.items():
            glyphs = self._glyphs.get(number)
            is_cut = number not in self._whole and glyphs is not None
            self._writer.add(_cut(program, frozenset(glyphs or ())) if is_cut else program, number)


def _program(objects: PdfObjects, font: Value | None) -> int:
    """The number of a font's file; 0 where it is none that can be cut."""
    at = reference(font)
    for step in _TO_PROGRAM:
        found = step.search(objects.bodies.get(at, b""))
        if found is None:
            return 0
        at = int(found[1])
    return at


def _glyphs_by_font(drawn: bytes) -> dict[str, set[int]]:
    """The glyphs that operators show of each font, by its name in their resources."""
    found: dict[str, set[int]] = {}
    used = set[int]()
    for name, shown in _SHOWN.findall(drawn):
        if name:
            used = found.setdefault(name.decode("latin-1"), set())
        else:
            used.update(_codes(shown))
    return found


@lru_cache(maxsize=4096)
def _codes(shown: bytes) -> frozenset[int]:
    """The glyphs of a text as it is shown, four digits each."""
    return frozenset(int(shown[at : at + 4], 16) for at in range(0, len(shown) - 3, 4))


# Certificates of one design have the same fonts and drawings.
_drawn_in = lru_cache(maxsize=64)(content)


@lru_cache(maxsize=64)
def _face(program: bytes) -> hb.Face:
    return hb.Face(content(program))


def _cut(program: bytes, glyphs: frozenset[int]) -> bytes:
    """A font's file with these glyphs alone, under the numbers that they have."""
    wanted = hb.SubsetInput()
    wanted.glyph_set.update(glyphs)
    wanted.flags = hb.SubsetFlags.RETAIN_GIDS
    file = slim.needed_tables(hb.subset(_face(program), wanted).blob.data)
    return stream(file, b"/Length1 %d" % len(file))
