"""What a face makes of a repertoire's letters: a face and letters in; glyphs with their texts and widths out.

A font in a PDF says what each of its glyphs stands for and how wide it is. So ligatures and variants must be
found before any name is known: by shaping the letters alone and beside one another.
"""

from __future__ import annotations

import itertools
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import uharfbuzz as hb  # type: ignore[import-untyped]

from pipeline.documents import fonts

SEMIBOLD = "fonts/source-sans/SourceSans3-SemiBold.ttf"
VOWELS = "AEIOUaeiouẸỌṢẹọṣ"  # and what else bears two marks in Yoruba


@dataclass(frozen=True, eq=False)
class Glyphs:
    """The glyphs that one face has for a repertoire."""

    family: str
    strong: bool  # semibold
    face: hb.Face
    script: str
    language: str
    features: tuple[tuple[str, int], ...]
    texts: dict[int, str]  # what each glyph stands for
    widths: dict[int, int]  # in 1/1000 em


@lru_cache(maxsize=64)
def face_of(family: str, theme: Path, *, strong: bool = False) -> hb.Face | None:
    """The face that draws a family: the theme's own, else the installed one; None where there is none."""
    if strong and family == fonts.TEXT:
        return fonts.face_in(str(theme / SEMIBOLD), 0).font.face
    return next((face.font.face for face in fonts.faces((family,), theme)), None)


@lru_cache(maxsize=64)
def glyphs(
    theme: Path,
    family: str,
    strong: bool,
    letters: str,
    script: str,
    language: str,
    features: tuple[tuple[str, int], ...] = (),
) -> Glyphs:
    """The glyphs of these letters. Raises LookupError where the family is not installed."""
    face = face_of(family, theme, strong=strong)
    if face is None:
        raise LookupError(f"{family} is not installed")
    font = hb.Font(face)
    texts: dict[int, str] = {}

    def shaped(text: str) -> list[hb.GlyphInfo]:
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.direction, buffer.script, buffer.language = "ltr", script, language
        buffer.cluster_level = hb.BufferClusterLevel.CHARACTERS  # a mark stays apart from its letter
        hb.shape(font, buffer, dict(features))
        return list(buffer.glyph_infos)

    def learn(text: str) -> bool:
        """Note the glyphs of a text. Whether they are others than those of its letters alone."""
        infos = shaped(text)
        ends = [info.cluster for info in infos[1:]] + [len(text)]
        for info, end in zip(infos, ends, strict=True):
            stood = text[info.cluster : end]
            if stood and info.codepoint:
                texts.setdefault(info.codepoint, stood)
        return [info.codepoint for info in infos] != [font.get_nominal_glyph(ord(char)) or 0 for char in text]

    known = [char for char in letters if font.get_nominal_glyph(ord(char))]
    for char in known:
        texts.setdefault(font.get_nominal_glyph(ord(char)), char)
        if not unicodedata.combining(char):
            learn(char)
    # Beside one another: of Latin the plain letters, which stand for those with accents; of others all.
    latin = script == "Latn"
    plain = [
        char
        for char in known
        if not (char.isdigit() or unicodedata.combining(char) or (char > "~" and latin))
    ]

    def joins(first: str) -> bool:
        """Whether a letter may change, or be changed by, another: all of its pairs in one line tell."""
        line = " ".join(first + char for char in plain)
        return [info.codepoint for info in shaped(line)] != [
            font.get_nominal_glyph(ord(char)) for char in line
        ]

    pairs = itertools.product(filter(joins, plain), plain)
    changing = {pair for pair in pairs if learn("".join(pair))}
    for first, second in sorted(changing):
        joined = first + second
        if len(shaped(joined)) == 1:  # a ligature: it may join a third letter
            for char in plain:
                learn(joined + char)
                learn(char + joined)
    leads = {first for first, _ in changing if sum(first == pair[0] for pair in changing) > 4}
    for lead, char in itertools.product(sorted(leads), known):
        learn(lead + char)
    cases = [
        next((char for char in known if unicodedata.category(char) == case), "") for case in ("Lu", "Ll")
    ]
    signs = [char for char in known if not char.isalnum() and not unicodedata.combining(char)]
    for before, sign, after in itertools.product(
        cases, signs, cases
    ):  # a hyphen stands higher among capitals
        learn(before + sign + after)
    marks = [char for char in known if unicodedata.combining(char)]
    for base, mark in itertools.product((char for char in known if char in VOWELS), marks):
        learn(base + mark)
    widths = {glyph: round(font.get_glyph_h_advance(glyph) * 1000 / face.upem) for glyph in texts}
    return Glyphs(family, strong, face, script, language, features, texts, widths)
