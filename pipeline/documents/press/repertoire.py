"""Which letters a template's fonts hold: a text in; the repertoire that has all its letters out, or None.

The letters embedded in a certificate's file must not depend on its person, so a template embeds a fixed
repertoire: all letters of a part of the world. A text with any other letter is left to WeasyPrint.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pipeline.documents import fonts
from pipeline.documents.press.glyphs import face_of

ASCII = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SIGNS = "· '’‘“”\"(),-–./&:;!?+"
DIGITS = "0123456789"


def _block(*ranges: tuple[int, int]) -> str:
    letters = (chr(code) for first, last in ranges for code in range(first, last + 1))
    return "".join(each for each in letters if unicodedata.category(each) in ("Lu", "Ll", "Lo", "Lm", "Mn"))


WEST = ASCII + _block((0xC0, 0xFF)) + "ĐđŒœŠšŽžŸ" + SIGNS
LATIN = WEST + _block(
    *((0x100, 0x2AF), (0x2BB, 0x2BF), (0x300, 0x331), (0x1E00, 0x1EFF), (0x2C60, 0x2C7F), (0xA722, 0xA7BF))
)
_CYRILLIC = _block((0x400, 0x481), (0x48A, 0x52F)) + SIGNS
_GREEK = _block((0x370, 0x3FF), (0x1F00, 0x1FFF)) + SIGNS
_ARMENIAN = _block((0x530, 0x58F)) + SIGNS
_GEORGIAN = _block((0x10A0, 0x10FF), (0x1C90, 0x1CBF)) + SIGNS


@dataclass(frozen=True, slots=True)
class Repertoire:
    """Letters of which the fonts of one template hold all."""

    name: str
    letters: str
    sample: str  # a short name: the face and the language are chosen by it
    longer: str  # a name with everything that is peculiar in shaping: a template is proven with it
    script: str  # ISO 15924
    own: bool = True  # whether the theme's own faces draw it


WESTERN = Repertoire("west", WEST + DIGITS, "Wzxkv", "Jóhann-Ødegård Truffe", "Latn")
ALL_LATIN = Repertoire("latin", LATIN + DIGITS, "Wzxkv", "Đỗ Ṣọ́ọ̀lá Šteffiňák", "Latn")
# Tried in this order. The first two share their pages; the smaller one only keeps most files smaller.
REPERTOIRES = (
    WESTERN,
    ALL_LATIN,
    Repertoire("cyrillic", _CYRILLIC, "Жмъхн", "Юлія Щёкина-Ґаляган", "Cyrl"),
    Repertoire("greek", _GREEK, "Ξζφχω", "Ἰωάννης Ζαΐμης", "Grek", own=False),
    Repertoire("other latin", LATIN + DIGITS, "Ɗzxkv", "Ɗanladi Ƙọfạ-Ɓelɗə", "Latn", own=False),
    Repertoire("armenian", _ARMENIAN, "Ձխժճ", "Գայանե Մկրտումյան", "Armn", own=False),
    Repertoire("georgian", _GEORGIAN, "ჯხჭძ", "ქეთევან წერეთელი", "Geor", own=False),
)


def repertoire_of(text: str, theme: Path, *, serif: bool) -> Repertoire | None:
    """The first repertoire whose face draws the whole text, in the families WeasyPrint would be given."""
    for each in REPERTOIRES:
        if _pattern(each, theme, serif).fullmatch(text):
            stack = families_of(each, theme, serif=serif)
            if (each.own and text.isascii()) or fonts.families(text, theme, serif=serif) == stack:
                return each
    return None


def families_of(repertoire: Repertoire, theme: Path, *, serif: bool) -> tuple[str, ...]:
    """The families that draw a repertoire's texts; the first one has all its letters."""
    return fonts.families(repertoire.sample, theme, serif=serif)


@lru_cache(maxsize=64)
def _pattern(repertoire: Repertoire, theme: Path, serif: bool) -> re.Pattern[str]:
    """Matches texts of letters that the face has, with at least one letter that tells the script."""
    face = face_of(families_of(repertoire, theme, serif=serif)[0], theme)
    has = frozenset(face.unicodes) if face else frozenset()
    drawn = [each for each in repertoire.letters if ord(each) in has]
    letters = "".join(map(re.escape, drawn))
    telling = "".join(re.escape(each) for each in drawn if fonts.script(each))
    if not telling:
        return re.compile("(?!)")
    # A mark that has no letter before it may be drawn by another face.
    marks = "".join(each for each in repertoire.letters if unicodedata.combining(each))
    loose = f"(?!.*(?<![{telling}{marks}])[{marks}])" if marks else ""
    return re.compile(f"{loose}(?=.*[{telling}])[{letters}]+")
