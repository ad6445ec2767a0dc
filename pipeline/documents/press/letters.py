"""Which letters a template's fonts hold: a text in; the repertoire that can set it out, or none.

A certificate's font subset must not depend on its person, or no part of the file would be constant. So a
template embeds a fixed repertoire: all letters of a part of the world, and the ligatures and variants that
the face makes of them, each with the text it stands for. Text with any other letter is WeasyPrint's.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import uharfbuzz as hb  # type: ignore[import-untyped]

from pipeline.documents import fonts

ASCII = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SIGNS = "· '’‘“”\"(),-–./&"
DIGITS = "0123456789"


def _block(*ranges: tuple[int, int]) -> str:
    letters = (chr(code) for first, last in ranges for code in range(first, last + 1))
    return "".join(each for each in letters if unicodedata.category(each) in ("Lu", "Ll", "Lo", "Lm", "Mn"))


WEST = ASCII + _block((0xC0, 0xFF)) + "ĐđŒœŠšŽžŸ" + SIGNS
LATIN = WEST + _block((0x100, 0x24F), (0x2BB, 0x2BF), (0x300, 0x331), (0x1E00, 0x1EFF))


@dataclass(frozen=True, slots=True)
class Repertoire:
    """Letters of which one template's fonts hold all."""

    name: str
    letters: str
    sample: str  # what the face and the language are chosen by
    longer: str  # all that is peculiar in shaping, for the proof
    script: str  # ISO 15924
    own: bool = True  # the theme's own faces draw it


_NORTHERN = _block((0x400, 0x45F), (0x490, 0x4FF)) + SIGNS
_HELLENIC = _block((0x370, 0x3FF), (0x1F00, 0x1FFF)) + SIGNS
WESTERN = Repertoire("west", WEST + DIGITS, "Wzxkv", "Jóhann-Ødegård Truffe", "Latn")
LATINATE = Repertoire("latin", LATIN + DIGITS, "Wzxkv", "Đỗ Ṣọ́ọ̀lá Šteffiňák", "Latn")
# Tried in this order. The first two share their pages: the smaller only keeps most files smaller.
REPERTOIRES = (
    WESTERN,
    LATINATE,
    Repertoire("cyrillic", _NORTHERN, "Жмъхн", "Юлія Щёкина-Ґалаган", "Cyrl"),
    Repertoire("greek", _HELLENIC, "Ξζφχω", "Ἰωάννης Ζαΐμης", "Grek", own=False),
    Repertoire("other latin", LATIN + DIGITS, "Ɗzxkv", "Ɗanladi Ƙọfạ-Ɓello", "Latn", own=False),
    Repertoire("armenian", _block((0x530, 0x58F)) + SIGNS, "Ձխժճ", "Գայանե Մկրտչյան", "Armn", own=False),
    Repertoire("georgian", _block((0x10A0, 0x10FF)) + SIGNS, "ჯხჭძ", "ქეთევან წერეთელი", "Geor", own=False),
)


@dataclass(frozen=True, eq=False)
class Letters:
    """One face's share of a repertoire: what each glyph stands for and how wide it is, in 1/1000 em."""

    family: str
    strong: bool  # semibold
    face: hb.Face
    script: str
    language: str
    features: tuple[tuple[str, int], ...]
    texts: dict[int, str]
    widths: dict[int, int]


def repertoire_of(text: str, theme: Path, *, serif: bool) -> Repertoire | None:
    """The first repertoire whose face draws the whole text, in the families WeasyPrint would be given."""
    for each in REPERTOIRES:
        if _pattern(each, theme, serif).fullmatch(text):
            stack = families(each, theme, serif=serif)
            if (each.own and text.isascii()) or fonts.families(text, theme, serif=serif) == stack:
                return each
    return None


def families(repertoire: Repertoire, theme: Path, *, serif: bool) -> tuple[str, ...]:
    """The families that draw a repertoire's texts; the first has all its letters."""
    return fonts.families(repertoire.sample, theme, serif=serif)


@lru_cache(maxsize=64)
def _pattern(repertoire: Repertoire, theme: Path, serif: bool) -> re.Pattern[str]:
    """Matches texts of letters the face has, with at least one that tells the script."""
    found = face_of(families(repertoire, theme, serif=serif)[0], theme)
    here = frozenset(found.unicodes) if found else frozenset()
    letters = "".join(re.escape(each) for each in repertoire.letters if ord(each) in here)
    telling = "".join(
        re.escape(each) for each in repertoire.letters if ord(each) in here and fonts.script(each)
    )
    if not telling:
        return re.compile("(?!)")
    # A mark without a letter before it may take another face.
    marks = "".join(each for each in repertoire.letters if unicodedata.combining(each))
    loose = f"(?!.*(?<![{telling}{marks}])[{marks}])" if marks else ""
    return re.compile(f"{loose}(?=.*[{telling}])[{letters}]+")


STRONG = (fonts.TEXT, "fonts/source-sans/SourceSans3-SemiBold.ttf")


@lru_cache(maxsize=64)
def face_of(family: str, theme: Path, *, strong: bool = False) -> hb.Face | None:
    """The file that draws a family: the theme's, else the installed one; None where there is none."""
    if strong and family == STRONG[0]:
        path, index = str(theme / STRONG[1]), 0
    elif (family, False) in fonts.SHIPPED:
        path, index = str(theme / fonts.SHIPPED[family, False]), 0
    elif family in fonts.installed():
        path, index = fonts.installed()[family]
    else:
        return None
    return hb.Face(hb.Blob.from_file_path(path), index)


@lru_cache(maxsize=64)
def letters(
    theme: Path,
    family: str,
    strong: bool,
    chars: str,
    tongue: tuple[str, str],  # script and language
    features: tuple[tuple[str, int], ...] = (),
) -> Letters:
    """What a face makes of these letters, alone and beside one another."""
    face = face_of(family, theme, strong=strong)
    if face is None:
        raise LookupError(f"{family} is not installed")
    script, language = tongue
    font = hb.Font(face)
    texts: dict[int, str] = {}

    def learn(text: str) -> bool:
        """Whether the text became other glyphs than its letters' own."""
        infos = shape(font, text, script, language, features)
        ends = [info.cluster for info in infos[1:]] + [len(text)]
        for info, end in zip(infos, ends, strict=True):
            stood = text[info.cluster : end]
            if stood and info.codepoint:
                texts.setdefault(info.codepoint, stood)
        return [info.codepoint for info in infos] != [font.get_nominal_glyph(ord(char)) or 0 for char in text]

    known = [char for char in chars if font.get_nominal_glyph(ord(char))]
    for char in known:
        texts.setdefault(font.get_nominal_glyph(ord(char)), char)
        if not unicodedata.combining(char):
            learn(char)
    plain = [char for char in known if char.isascii() and not char.isdigit()]
    changing = {pair for pair in itertools.product(plain, plain) if learn("".join(pair))}
    for first, second in sorted(changing):
        joined = first + second
        if len(shape(font, joined, script, language, features)) == 1:
            for char in plain:
                learn(joined + char)
                learn(char + joined)
    leads = {first for first, _ in changing if sum(first == pair[0] for pair in changing) > 4}
    for lead, char in itertools.product(sorted(leads), known):
        learn(lead + char)
    marks = [char for char in known if unicodedata.combining(char)]
    for base, mark in itertools.product((char for char in known if char in "AEIOUaeiouẸỌṢẹọṣ"), marks):
        learn(base + mark)
    units = face.upem
    widths = {glyph: round(font.get_glyph_h_advance(glyph) * 1000 / units) for glyph in texts}
    return Letters(family, strong, face, script, language, features, texts, widths)


def shape(
    font: hb.Font, text: str, script: str, language: str, features: tuple[tuple[str, int], ...]
) -> list[hb.GlyphInfo]:
    """The glyphs HarfBuzz makes of a text."""
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.direction, buffer.script, buffer.language = "ltr", script, language
    buffer.cluster_level = hb.BufferClusterLevel.CHARACTERS  # a mark stays apart from its letter
    hb.shape(font, buffer, dict(features))
    return list(buffer.glyph_infos)
