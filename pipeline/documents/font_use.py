"""Which letters of its fonts a merged file draws, so that it embeds these alone.

A certificate's file embeds all letters of a part of the world (see press). What two or three certificates of
one person draw of them is a fifth. Where a letter is drawn, those that stand beside it in Unicode stay too:
so most files have the same font, which is cut once. Only TrueType fonts are cut whose glyphs go by their own
numbers.
"""

from __future__ import annotations

import re
import sys
from array import array
from binascii import unhexlify
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import uharfbuzz as hb  # type: ignore[import-untyped]

from pipeline.documents import slim
from pipeline.documents.syntax import PdfObjects, Value, content, reference, stream
from pipeline.documents.typeface import TOGETHER
from pipeline.documents.writing import PdfWriter

_CHOSEN = re.compile(rb"/([^\s/<>\[\]()]+)\s+[\d.+-]+\s+Tf")
_TEXT = re.compile(rb"<([0-9a-fA-F]+)>")
_LITERAL = re.compile(rb"\)[\s\d.-]*(?:\]\s*)?T[jJ]\b")  # a text that is written otherwise than we do
_TO_TEXTS = re.compile(rb"/ToUnicode\s+(\d+) 0 R")
_LETTERS = re.compile(rb"<(....)> (?:<(....)> )?<(....)>")  # a glyph, or a run of them, and a letter of each
_TO_PROGRAM = (
    re.compile(rb"/DescendantFonts\s*\[\s*(\d+) 0 R"),
    re.compile(rb"/CIDToGIDMap\s*/Identity.*/FontDescriptor\s+(\d+) 0 R", re.DOTALL),
    re.compile(rb"/FontFile2\s+(\d+) 0 R"),
)


# The fonts of resources by their names there, each with the numbers of its file and its map to texts, or 0.
Fonts = dict[str, tuple[int, int]]
Groups = frozenset[frozenset[int]]  # glyphs, those together that stay together


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn with some fonts, by streams of operators that follow each other. Of streams that are the
    same in all files of a kind it is known what they show, but for a few that need a look at each file."""

    fonts: Fonts
    streams: Sequence[tuple[int, str | None]]  # the others, each with the font chosen by known ones before it
    constant: Sequence[tuple[int, Groups]]  # what the known ones show, by a font's file


def drawn_with(
    bodies: Mapping[int, bytes], streams: Iterable[int], fonts: Fonts, constant: Container[int]
) -> Drawn:
    """`constant`: the numbers of objects that are the same in all files of this one's kind."""
    varying, shown_by = list[tuple[int, str | None]](), list[tuple[int, Groups]]()
    chosen: str | None = None
    is_known = all(not texts or texts in constant for _, texts in fonts.values())
    for at in streams:
        shown = _shown_in(bodies[at]) if is_known and at in constant else None
        if shown is None or shown.before or shown.is_unknown:
            varying.append((at, chosen))
            chosen = None
            continue
        shown_by += _by_program(bodies, fonts, shown.by_font)
        chosen = shown.by_font[-1][0] if shown.by_font else chosen
    return Drawn(fonts, varying, shown_by)


class FontUse:
    """The fonts of a file in the making: what is drawn of each is noted, and in the end they are written."""

    def __init__(self, writer: PdfWriter) -> None:
        self._writer = writer
        self._programs: dict[int, bytes] = {}  # font files, by the numbers of their objects
        self._drawn: dict[int, set[frozenset[int]]] = {}  # as Groups
        self._whole: set[int] = set()  # of these all may be needed

    def keep(self, program: bytes) -> int:
        """A font's file, to be written in the end; the number of its object."""
        number = self._writer.reserve()
        self._programs[number] = program
        return number

    def note(self, drawn: Drawn, bodies: Mapping[int, bytes], numbers: Mapping[Any, Any]) -> None:
        """What is drawn of fonts. `bodies`: of the objects of the file in which it is; `numbers`: those that
        the fonts' files have here."""
        for program, groups in drawn.constant:
            self._drawn.setdefault(numbers[program], set()).update(groups)
        name = ""
        for at, chosen in drawn.streams:
            name = name if chosen is None else chosen
            shown = _shown_in(bodies[at])
            if shown.is_unknown:
                self.need_all(numbers[program] for program, _ in drawn.fonts.values())
            by_font = ((name, shown.before), *shown.by_font)
            for program, groups in _by_program(bodies, drawn.fonts, by_font):
                self._drawn.setdefault(numbers[program], set()).update(groups)
            name = shown.by_font[-1][0] if shown.by_font else name

    def need_all(self, programs: Iterable[Any]) -> None:
        """All letters of these fonts may be needed, whose files have these numbers."""
        self._whole.update(programs)

    def write(self) -> None:
        """Write the fonts."""
        for number, program in self._programs.items():
            groups = self._drawn.get(number)
            is_cut = number not in self._whole and groups is not None
            self._writer.add(_cut(program, frozenset(groups or ())) if is_cut else program, number)


def fonts_of(objects: PdfObjects, resources: Value | None) -> Fonts:
    """Of resources, the fonts that can be cut."""
    found = objects.dictionary(objects.dictionary(resources).get("Font")).items()
    fonts = {name: (_program(objects, font), _texts(objects, font)) for name, font in found}
    return {name: font for name, font in fonts.items() if font[0]}


def _program(objects: PdfObjects, font: Value | None) -> int:
    """The number of a font's file; 0 where it is none that can be cut."""
    at = reference(font)
    for step in _TO_PROGRAM:
        found = step.search(objects.bodies.get(at, b""))
        if found is None:
            return 0
        at = int(found[1])
    return at


def _texts(objects: PdfObjects, font: Value | None) -> int:
    """The number of a font's map from glyphs to what they stand for (ISO 32000-1, 9.10.3); 0 for none."""
    found = _TO_TEXTS.search(objects.bodies.get(reference(font), b""))
    return int(found[1]) if found else 0


def _by_program(
    bodies: Mapping[int, bytes], fonts: Fonts, by_font: Iterable[tuple[str, frozenset[int]]]
) -> Iterator[tuple[int, Groups]]:
    """What is shown of fonts, by their files, of those that can be cut."""
    for font, glyphs in by_font:
        if glyphs and font in fonts:
            program, texts = fonts[font]
            yield program, _with_neighbours(bodies.get(texts, b""), glyphs)


@lru_cache(maxsize=1024)
def _with_neighbours(texts: bytes, glyphs: frozenset[int]) -> Groups:
    """Glyphs, each in a group with those of the letters that stand beside its own in Unicode."""
    blocks = _blocks(texts)
    return frozenset(blocks.get(glyph) or frozenset([glyph]) for glyph in glyphs)


@lru_cache(maxsize=64)
def _blocks(texts: bytes) -> dict[int, frozenset[int]]:
    """Each glyph that stands for one letter, with those whose letters stand beside that."""
    found: dict[int, set[int]] = {}
    for first, last, letter in _LETTERS.findall(content(texts)) if texts else ():
        glyph = int(first, 16)
        for more in range(int(last or first, 16) - glyph + 1):
            found.setdefault((int(letter, 16) + more) // TOGETHER, set()).add(glyph + more)
    return {glyph: block for block in map(frozenset, found.values()) for glyph in block}


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a stream of operators shows of fonts."""

    before: frozenset[int] = frozenset()  # glyphs of the font that was chosen in the stream before
    by_font: tuple[tuple[str, frozenset[int]], ...] = ()  # of those that it chooses, in their order
    is_unknown: bool = False  # it says its texts otherwise than in hexadecimal digits


@lru_cache(maxsize=256)  # certificates of one design have the same drawings and constant texts
def _shown_in(stream_body: bytes) -> _Shown:
    drawn = content(stream_body)
    if b"TJ" not in drawn and b"Tj" not in drawn and b"Tf" not in drawn:
        return _Shown()
    first, *rest = _CHOSEN.split(drawn)
    chosen = [
        (name.decode("latin-1"), _codes(shown)) for name, shown in zip(rest[::2], rest[1::2], strict=True)
    ]
    return _Shown(_codes(first), tuple(chosen), b")" in drawn and bool(_LITERAL.search(drawn)))


def _codes(drawn: bytes) -> frozenset[int]:
    """The glyphs of the texts that are shown, four digits each."""
    return _codes_of(drawn[: drawn.rfind(b">") + 1])


@lru_cache(maxsize=1024)  # but for names and numbers, most texts stand on many certificates
def _codes_of(texts: bytes) -> frozenset[int]:
    shown = (one for one in _TEXT.findall(texts) if len(one) % 4 == 0)
    codes = array("H", unhexlify(b"".join(shown)))
    if sys.byteorder == "little":
        codes.byteswap()
    return frozenset(codes)


@lru_cache(maxsize=64)
def _face(program: bytes) -> hb.Face:
    return hb.Face(content(program))


@lru_cache(maxsize=256)  # of what all say alike, the same letters are drawn
def _cut(program: bytes, groups: Groups) -> bytes:
    """A font's file with these glyphs alone, under the numbers that they have."""
    wanted = hb.SubsetInput()
    wanted.glyph_set.update(frozenset().union(*groups))
    wanted.flags = hb.SubsetFlags.RETAIN_GIDS
    file = slim.needed_tables(hb.subset(_face(program), wanted).blob.data)
    return stream(file, b"/Length1 %d" % len(file), level=6)
