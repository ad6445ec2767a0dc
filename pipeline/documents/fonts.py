"""Which fonts draw a text: text in; font families, language, direction, width and height of its ink out.

Fonts are the theme's own and those installed on the machine, as fontconfig lists them.
"""

from __future__ import annotations

import re
import subprocess
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import uharfbuzz as hb  # type: ignore[import-untyped]

from pipeline.rules.claims.names import is_selector

DISPLAY = "Cormorant"  # both families are shipped in the theme
TEXT = "Source Sans 3"
SHIPPED = {
    (DISPLAY, False): "fonts/cormorant/Cormorant-Medium.ttf",
    (DISPLAY, True): "fonts/cormorant/Cormorant-MediumItalic.ttf",
    (TEXT, False): "fonts/source-sans/SourceSans3-Regular.ttf",
    (TEXT, True): "fonts/source-sans/SourceSans3-Italic.ttf",
}

# Scripts with a serif face of their own among the Noto fonts, and scripts that have a sans serif alone.
SERIFS = """
    Armenian Bengali Devanagari Ethiopic Georgian Gujarati Gurmukhi Hebrew Kannada Khmer Lao Malayalam
    Sinhala Tamil Telugu Thai
"""
SANS = "Adlam Cherokee Chakma Javanese Mongolian Sundanese Syriac Thaana Tifinagh Vai Yi"

# Script (first word of the character's Unicode name) to the Noto faces that draw it, serif and sans.
# Named in full, because fontconfig's own choice for Arabic, Georgian or Armenian is not Noto.
NOTO = {
    "LATIN": ("Noto Serif Display", "Noto Sans"),
    "GREEK": ("Noto Serif Display", "Noto Sans"),
    "CYRILLIC": ("Noto Serif Display", "Noto Sans"),
    "ARABIC": ("Noto Naskh Arabic", "Noto Sans Arabic"),
    "NKO": ("Noto Sans NKo", "Noto Sans NKo"),
    "ORIYA": ("Noto Sans Oriya", "Noto Sans Oriya"),
    "CANADIAN": ("Noto Sans CanAborig", "Noto Sans CanAborig"),
    "OL": ("Noto Sans Ol Chiki", "Noto Sans Ol Chiki"),
    "MEETEI": ("Noto Sans Meetei Mayek", "Noto Sans Meetei Mayek"),
    "NEW": ("Noto Sans New Tai Lue", "Noto Sans New Tai Lue"),
    **{name.upper(): (f"Noto Serif {name}", f"Noto Sans {name}") for name in SERIFS.split()},
    "TIBETAN": ("Noto Serif Tibetan", "Noto Serif Tibetan"),
    # The serif's bold calls itself regular, and fontconfig takes it for that.
    "MYANMAR": ("Noto Sans Myanmar", "Noto Sans Myanmar"),
    **{name.upper(): (f"Noto Sans {name}", f"Noto Sans {name}") for name in SANS.split()},
}
CJK_LANGUAGES = {"zh-Hans": "SC", "zh-Hant": "TC", "ja": "JP", "ko": "KR"}
# The language a script most often writes; a screen reader chooses its voice by it.
LANGUAGES = {
    "ARABIC": "ar", "ARMENIAN": "hy", "BENGALI": "bn", "CYRILLIC": "ru", "DEVANAGARI": "hi", "ETHIOPIC": "am",
    "GEORGIAN": "ka", "GREEK": "el", "GUJARATI": "gu", "GURMUKHI": "pa", "HEBREW": "he", "KANNADA": "kn",
    "KHMER": "km", "LAO": "lo", "MALAYALAM": "ml", "MYANMAR": "my", "SINHALA": "si", "TAMIL": "ta",
    "TELUGU": "te", "THAI": "th", "TIBETAN": "bo",
}  # fmt: skip
NEEDED = (
    "Noto Serif Display",
    "Noto Sans",
    "Noto Naskh Arabic",
    "Noto Serif Devanagari",
    "Noto Serif CJK SC",
)
# Blocks of scripts that reorder or join their signs: Devanagari to Myanmar, conjoining Hangul, Philippine
# scripts and Khmer to Vedic signs but for Georgian's capitals, and what was added to these later.
_JOINED = re.compile("[\u0900-\u109f\u1100-\u11ff\u1700-\u1c8f\u1cc0-\u1cff\ua800-\uabff]")


@dataclass(frozen=True, slots=True)
class Face:
    """A font file that HarfBuzz can measure with."""

    font: hb.Font
    cmap: frozenset[int]

    def width(self, text: str) -> float:
        """Width in em, as WeasyPrint sets it."""
        units = sum(place.x_advance for place in self._shaped(text).glyph_positions)
        return float(units) / float(self.font.face.upem)

    def ink(self, text: str) -> tuple[float, float]:
        """The highest and the lowest point of the text's ink, in em above the baseline."""
        buffer = self._shaped(text)
        highest = lowest = 0
        for glyph, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            if drawn := self.font.get_glyph_extents(glyph.codepoint):
                top = place.y_offset + drawn.y_bearing
                highest, lowest = max(highest, top), min(lowest, top + drawn.height)
        return highest / self.font.face.upem, lowest / self.font.face.upem

    @property
    def line(self) -> tuple[float, float]:
        """How far the face's line goes above and below the baseline, in em: the box that ink may leave."""
        line = self.font.get_font_extents("ltr")
        return line.ascender / self.font.face.upem, -line.descender / self.font.face.upem

    def _shaped(self, text: str) -> hb.Buffer:
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        hb.shape(self.font, buffer)
        return buffer


@lru_cache(maxsize=4096)
def script(char: str) -> str:
    """`LATIN`, `ARABIC`, `CJK`, ...; empty for what every script uses (spaces, digits, marks, signs)."""
    if unicodedata.category(char)[0] != "L":
        return ""
    return unicodedata.name(char, "").partition(" ")[0].partition("-")[0]


def scripts(text: str) -> list[str]:
    """The scripts of a text in order of appearance."""
    return list(dict.fromkeys(found for found in map(script, text) if found))


def language(text: str) -> str:
    """The language to tag a text with; empty where the page's English will do.

    Han characters are one code for four written traditions: kana and ideographic variation selectors say
    Japanese, hangul Korean, and characters that Big5 has but GB 2312 lacks say traditional Chinese.
    """
    found = scripts(text)
    is_varied = any(char >= "\U000e0100" for char in text if is_selector(char))
    if is_varied or "HIRAGANA" in found or "KATAKANA" in found:
        return "ja"
    if "HANGUL" in found:
        return "ko"
    if "CJK" in found:
        return "zh-Hant" if _encodes(text, "big5") and not _encodes(text, "gb2312") else "zh-Hans"
    return next((LANGUAGES[name] for name in found if name in LANGUAGES), "")


def _encodes(text: str, charset: str) -> bool:
    try:
        "".join(char for char in text if script(char) == "CJK").encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def direction(text: str) -> str:
    """`rtl` where the first strong character runs right to left (UAX 9, P2), else `ltr`."""
    strong = (kind for kind in map(unicodedata.bidirectional, text) if kind in ("L", "R", "AL"))
    return "ltr" if next(strong, "L") == "L" else "rtl"


def runs_left(text: str) -> bool:
    """Whether some of the text runs from right to left: readers of PDF turn its letters around, each in its
    own way, and a text in their place as well."""
    return not text.isascii() and any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in text)


def is_joined(text: str) -> bool:
    """Whether a glyph may be less or more than a letter.

    Not where a letter lies beyond the Basic Multilingual Plane: PDFium returns nothing of an /ActualText with
    surrogates.
    """
    return bool(_JOINED.search(text)) and not runs_left(text) and max(text) < "\U00010000"


@lru_cache(maxsize=4096)
def families(text: str, theme: Path, *, serif: bool) -> tuple[str, ...]:
    """The families to draw a text with, in order.

    A shipped face comes first unless it lacks a letter of the text, or all of them: then one Noto face draws
    the whole, because a name in two faces looks like a mistake.
    """
    own = DISPLAY if serif else TEXT
    wanted: list[str] = []
    for name in scripts(text):
        if name in NOTO:
            wanted.append(NOTO[name][0 if serif else 1])
        elif name in ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"):
            wanted.append(
                f"Noto {'Serif' if serif else 'Sans'} CJK {CJK_LANGUAGES[language(text) or 'zh-Hans']}"
            )
    fallback = list(dict.fromkeys([*wanted, "Noto Serif" if serif else "Noto Sans"]))
    cmap = shipped(theme, own, italic=False).cmap
    western = [char for char in text if script(char) in ("LATIN", "GREEK", "CYRILLIC")]
    # Where the first face is not the one that draws, WeasyPrint makes lines taller than asked.
    other = any(ord(char) not in cmap for char in western) if western else bool(wanted)
    return (*fallback, own) if other else (own, *fallback)


def is_emoji(char: str) -> bool:
    """Whether a character is a picture rather than a letter; ™, ® and their like are letters here."""
    return unicodedata.category(char) == "So" and ord(char) >= 0x2190


@lru_cache(maxsize=32)
def shipped(theme: Path, family: str, *, italic: bool) -> Face:
    """One of the theme's own faces."""
    return face_in(str(theme / SHIPPED[family, italic]), 0)


@lru_cache(maxsize=256)
def face_in(path: str, index: int) -> Face:
    """The face of this index in a font file."""
    face = hb.Face(hb.Blob.from_file_path(path), index)
    return Face(hb.Font(face), frozenset(face.unicodes))


def font_list(form: str) -> list[str]:
    """A line for each installed font in a form of fc-list, sorted, each once; none where fc-list fails.

    WeasyPrint needs Pango, which brings fontconfig and its fc-list along.
    """
    try:
        listing = subprocess.run(  # noqa: S603 - no shell
            ["fc-list", "--format", f"{form}\n"],  # noqa: S607 - found on PATH
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return sorted(set(listing.splitlines()))


@lru_cache(maxsize=1)
def _drawable() -> bytes:
    """For each code point whether some installed font has it; empty where that cannot be known."""
    charsets = font_list("%{charset}")
    found = bytearray(0x110000 if charsets else 0)
    for part in {part for line in charsets for part in line.split()}:
        first, _, last = part.partition("-")
        start, end = int(first, 16), int(last or first, 16) + 1
        found[start:end] = b"\1" * (end - start)
    return bytes(found)


def undrawable(text: str, theme: Path) -> list[str]:
    """The letters and signs of a text that no font here has, each once."""
    own, unseen = shipped(theme, DISPLAY, italic=False).cmap, ("Zs", "Zl", "Zp", "Cc", "Cf")
    unusual = {char for char in text if ord(char) not in own and not is_selector(char)}
    here = _drawable() if unusual else b""  # all installed fonts are asked
    return sorted(
        char for char in unusual if here and not here[ord(char)] and unicodedata.category(char) not in unseen
    )


@lru_cache(maxsize=1)
def installed() -> dict[str, tuple[str, int]]:
    """Every installed family with the file and index of its regular face, as fontconfig knows them."""
    found: dict[str, tuple[str, int]] = {}
    for line in font_list("%{family}|%{style}|%{index}|%{file}"):
        names, style, index, path = line.split("|", 3)
        for name in names.split(","):
            if name not in found or style == "Regular":
                found[name] = (path, int(index) & 0xFFFF)
    return found


def missing_fonts() -> list[str]:
    """Families that names may need and this machine lacks, each with the Debian package that has it."""
    here = installed()
    return [f"{name} (Debian package {package(name)})" for name in NEEDED if name not in here]


def lacking(text: str) -> list[str]:
    """The families that would draw a text and are not installed."""
    here = installed()
    wanted = {NOTO[name][0] for name in scripts(text) if name in NOTO}
    if language(text) in CJK_LANGUAGES:
        wanted.add(f"Noto Serif CJK {CJK_LANGUAGES[language(text)]}")
    return sorted(wanted - here.keys())


def package(family: str) -> str:
    """The Debian package that brings a family."""
    return "fonts-noto-cjk" if " CJK " in family else "fonts-noto-core"


@lru_cache(maxsize=16384)
def width(text: str, stack: tuple[str, ...], theme: Path, *, italic: bool = False) -> float:
    """Width in em of a text set in one line in the first families of the stack that have its characters."""
    return sum(
        # Some other font's letters: as wide as they get.
        face.width(run) if face else 1.05 * len(run)
        for run, face in _runs(text, stack, theme, italic=italic)
    )


@lru_cache(maxsize=16384)
def ink(text: str, stack: tuple[str, ...], theme: Path) -> tuple[float, float]:
    """How far, in em, a text's ink goes above and below the middle of its line.

    WeasyPrint centres on that middle both the first family's box and the box of all faces in the line; where
    the two differ, the line reaches from the higher middle up and from the lower one down.
    """
    used = [(run, face) for run, face in _runs(text, stack, theme) if face]
    if not used:
        return 0.0, 0.0
    tops, depths = zip(*(face.ink(run) for run, face in used), strict=True)
    ups, downs = zip(*(face.line for _, face in used), strict=True)
    first = next(faces(stack, theme)).line
    middles = (max(ups) - max(downs)) / 2, (first[0] - first[1]) / 2
    return max(tops) - max(middles), min(middles) - min(depths)


def _runs(
    text: str, stack: tuple[str, ...], theme: Path, *, italic: bool = False
) -> Iterator[tuple[str, Face | None]]:
    """The text in pieces of one face each; None for what no face of the stack has."""
    known = list(faces(stack, theme, italic=italic))
    run, current = "", None
    for char in text:
        face = current
        if face is None or not _stays(char, face):
            face = next((face for face in known if ord(char) in face.cmap), None)
        if face is not current and run:
            yield run, current
            run = ""
        current, run = face, run + char
    if run:
        yield run, current


def _stays(char: str, face: Face) -> bool:
    """Marks, joiners and spaces stay in the run they stand in."""
    return ord(char) in face.cmap or unicodedata.category(char) in ("Mn", "Mc", "Cf")


def faces(stack: Iterable[str], theme: Path, *, italic: bool = False) -> Iterator[Face]:
    """The faces of those of these families that are the theme's or installed, in order."""
    here = installed()
    for family in stack:
        if (family, italic) in SHIPPED:
            yield shipped(theme, family, italic=italic)
        elif family in here:
            yield face_in(*here[family])
