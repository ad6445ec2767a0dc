"""A face of the theme in a PDF of our own: texts in; operators that draw them, then the embedded font, out.

HarfBuzz shapes, as it does for WeasyPrint. A file embeds only the glyphs that are drawn in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import uharfbuzz as hb  # type: ignore[import-untyped]

from pipeline.documents import fonts, slim
from pipeline.documents.syntax import stream
from pipeline.documents.writing import PdfWriter

JOINER = "\u2060"  # for a glyph that stands for nothing by itself
TOGETHER = 128  # letters in Unicode, as those of Basic Latin and of Latin-1 are
FEATURES = {"lnum": True}  # figures that stand on the line, as in the certificates' credits


@dataclass(frozen=True, slots=True)
class ShapedText:
    """A text in one face, in one line."""

    text: str
    # Each with what it stands for, if nothing else is known of it; none where all are plain and in each file.
    glyphs: tuple[tuple[int, str], ...]
    unusual: tuple[tuple[int, str], ...]  # of these, those that are not in each file
    is_plain: bool  # each stands for one letter, and for it alone
    shows: bytes  # the operand of TJ, or several with Ts between them, at a size of 1
    width: float  # em


class Typeface:
    """One face. `name`: of the resource in a page's operators; `usual`: letters that each file embeds."""

    def __init__(self, path: Path, name: str, usual: str) -> None:
        self.name = name
        self._face = hb.Face(hb.Blob.from_file_path(str(path)))
        self._sized = hb.Font(self._face)
        self._upem = self._face.upem
        self._names: dict[int, str] = {}  # what a glyph stands for that one letter alone makes
        for code in sorted(self._face.unicodes):
            self._names.setdefault(self._sized.get_nominal_glyph(code), chr(code))
        # A figure that stands on the line is another glyph than the letter's own.
        self._usual = frozenset(self._glyph(char) for char in usual)
        self._family = path.stem
        self.shape = lru_cache(maxsize=1024)(self._shape)
        self._shown = lru_cache(maxsize=8192)(self._show)
        self._fonts = lru_cache(maxsize=64)(self._font)
        beside: dict[int, list[tuple[int, str]]] = {}
        for one in self._names.items():
            beside.setdefault(ord(one[1]) // TOGETHER, []).append(one)
        self._beside = {block: frozenset(one for one in found) for block, found in beside.items()}

    def _glyph(self, char: str) -> int:
        """The glyph that sets a letter, which from now on stands for it."""
        glyph = int(self._set(char).glyph_infos[0].codepoint)
        self._names.setdefault(glyph, char)
        return glyph

    def _set(self, text: str) -> hb.Buffer:
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.cluster_level = hb.BufferClusterLevel.CHARACTERS
        hb.shape(self._sized, buffer, FEATURES)
        return buffer

    def _shape(self, text: str) -> ShapedText | None:
        """The line; None where the face lacks a letter, or sets it otherwise than side by side."""
        if not text.isascii() and (fonts.runs_left(text) or fonts.is_joined(text)):
            return None
        buffer = self._set(text)
        infos = buffer.glyph_infos
        codes = [info.codepoint for info in infos]
        if 0 in codes:
            return None
        operators = self._operators(codes, buffer.glyph_positions)
        names = [self._names.get(code, "") for code in codes]
        is_plain = text == "".join(names)
        if is_plain and self._usual.issuperset(codes):
            return ShapedText(text, (), (), is_plain, *operators)
        ends = [info.cluster for info in infos[1:]] + [len(text)]
        stood = [text[info.cluster : end] for info, end in zip(infos, ends, strict=True)]
        named = tuple(
            (code, name or said or JOINER) for code, name, said in zip(codes, names, stood, strict=True)
        )
        unusual = tuple(one for one in named if one[0] not in self._usual)
        return ShapedText(text, named, unusual, is_plain, *operators)

    def _operators(self, codes: list[int], places: list[hb.GlyphPosition]) -> tuple[bytes, float]:
        """Glyphs with what moves them from where their widths put them (ISO 32000-1, 9.4.3)."""
        upem, show, total = self._upem, self._shown, 0.0
        parts: list[str] = []
        for code, place in zip(codes, places, strict=True):
            shown, advance = show(code, place.x_offset, place.x_advance)
            total += advance
            if place.y_offset:
                shown = f"]TJ {place.y_offset / upem:.4f} Ts [{shown}]TJ 0 Ts ["
            parts.append(shown)
        return "".join(parts).replace("><", "").encode(), total / 1000

    def _show(self, code: int, x_offset: int, x_advance: int) -> tuple[str, float]:
        """A glyph as it is written with what moves it, and how far it moves the next one, in 1/1000 em."""
        dx, advance = (value * 1000 / self._upem for value in (x_offset, x_advance))
        shown = f"{_number(-dx)}<{code:04x}>" if dx else f"<{code:04x}>"
        if after := round(self.width_of(code) + dx - advance, 2):
            shown += _number(after)
        return shown, advance

    def width_of(self, glyph: int) -> int:
        """Of a glyph as it is, in 1/1000 em."""
        return round(int(self._sized.get_glyph_h_advance(glyph)) * 1000 / int(self._upem))

    def embed(self, writer: PdfWriter, glyphs: Mapping[int, str]) -> int:
        """Write the font with these glyphs, which stand for these texts; the number of its object. Where a
        letter is not usual, those that stand beside it in Unicode come with it, so that most files have the
        same font."""
        unusual = [one for one in glyphs.items() if one[0] not in self._usual]
        groups = {
            self._beside[ord(text) // TOGETHER] for glyph, text in unusual if self._names.get(glyph) == text
        }
        font = self._fonts(frozenset(unusual).union(*groups))
        program = writer.add(font.program)
        descriptor = writer.add(font.descriptor % program)
        inner = writer.add(font.inner % descriptor)
        return writer.add(font.outer % (inner, writer.add(font.texts)))

    def _font(self, unusual: frozenset[tuple[int, str]]) -> _Embedded:
        """What a file embeds: the usual letters, so that most files have the same, and these."""
        texts = {**{code: self._names[code] for code in self._usual}, **dict(unusual)}
        glyphs = sorted(texts)
        wanted = hb.SubsetInput()
        wanted.glyph_set.update(glyphs)
        wanted.flags = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NO_HINTING
        file = slim.needed_tables(hb.subset(self._face, wanted).blob.data)
        tag = bytes(ord("A") + byte % 26 for byte in hashlib.sha256(file).digest()[:6])
        name = b"/%b+%b" % (tag, self._family.encode())
        extents = self._sized.get_font_extents("ltr")
        up, down = (round(value * 1000 / self._upem) for value in (extents.ascender, extents.descender))
        italic = b"-12" if "Italic" in self._family else b"0"
        place = (name, down, up, italic, up, down, up)
        widths = b" ".join(b"%d [%d]" % (code, self.width_of(code)) for code in glyphs)
        return _Embedded(
            stream(file, b"/Length1 %d" % len(file), level=9),
            b"<</Type /FontDescriptor/FontName %b/Flags 4/FontBBox [-500 %d 1500 %d]/ItalicAngle %b/Ascent %d"
            b"/Descent %d/CapHeight %d/StemV 80/FontFile2 %%d 0 R>>" % place,
            b"<</Type /Font/Subtype /CIDFontType2/BaseFont %b/CIDToGIDMap /Identity/W [%b]"
            b"/CIDSystemInfo <</Registry (Adobe)/Ordering (Identity)/Supplement 0>>/FontDescriptor %%d 0 R>>"
            % (name, widths),
            b"<</Type /Font/Subtype /Type0/BaseFont %b/Encoding /Identity-H/DescendantFonts [%%d 0 R]"
            b"/ToUnicode %%d 0 R>>" % name,
            stream(slim.unicode_map({code: texts[code] for code in glyphs})),
        )


@dataclass(frozen=True, slots=True)
class _Embedded:
    """The objects of a font; in each stand the numbers of those that it refers to."""

    program: bytes
    descriptor: bytes
    inner: bytes
    outer: bytes
    texts: bytes


@lru_cache(maxsize=32)
def typeface(theme: Path, family: str, italic: bool, name: str, usual: str = "") -> Typeface:
    """One of the theme's own faces."""
    return Typeface(theme / fonts.SHIPPED[family, italic], name, usual)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
