"""Letters that stand in no name, as a wrong code page makes them: `Pe–a`, `£±ka`, `OÕNeill`, `MoliŠre`.

A file may have been garbled before it came here, and is then good UTF-8: only the letters tell.
"""

from __future__ import annotations

import re

_LETTER = r"[^\W\d_]"
# Signs that touch no letter in any name. A quotation mark may where a word begins or ends, and is looked at
# below; an apostrophe, an accent in its place and the ordinals of `Mª` may, too.
_SIGNS = "¡¢£¤¥¦§¨©®¬¯°±²³µ¶¸¹¼½¾¿×÷€ƒ†‡ˆ˜‰™•…∂∆∏∑√∞∫≈≠≤≥◊⌐─-▟ªº"
_BESIDE = re.compile(f"(?<={_LETTER})[{_SIGNS}](?![ªº])|[{_SIGNS}](?={_LETTER})|^[µƒ]|[µƒ]$")
_ORDINAL = re.compile(r"\b[MFNDJ]\.?[ªº](?![^\W_])")
_APOSTROPHE = re.compile("[a-z][bcdfgjklmnpqrstvwxz](?:’(?=[bcdfgjkmnpqrtvwxz][a-z]))")
_DASH = re.compile(rf"{_LETTER}[–—](?=[a-zß-öø-ÿ])")
_QUOTED = re.compile(r"(?<![^\W_])[“„«‟‘‚‹](?=[^\W_])[^“”„«»]*(?<=[\w.])[”“»’‘›](?![^\W_])")
_QUOTE = re.compile(rf"(?<={_LETTER})[“”„‚«»‹›]|[“”„‚«»‹›](?={_LETTER})")
_MIDDLE_DOT = re.compile("(?<=[lL])·(?=[lL])")
_CAPITAL = re.compile("[À-ÖØ-ÞŒŠŽŸ]")
# What may stand in a word before a capital: Mc, De, O' and Irish h, n, t.
_BEFORE_CAPITAL = re.compile("(?:Mc|Mac|De|Del|La|Le|Di|Du|Van|Von|Fitz|St|San|h|n|t|bh|dT|gC|mB|d|l|O|D)")


def wrong_letters(name: str) -> str:
    """The first of what a wrong code page left in a name, as a sentence has it; empty where there is none."""
    if name.isascii():
        return ""
    bare = _MIDDLE_DOT.sub("", _ORDINAL.sub("", _QUOTED.sub(" ", name)))
    for pattern in (_BESIDE, _QUOTE, _DASH, _APOSTROPHE):
        if match := pattern.search(bare):
            return match[0][-1]
    if "·" in bare and re.search(f"{_LETTER}·|·{_LETTER}", bare):
        return "·"
    return _wrong_capital(bare)


def _wrong_capital(name: str) -> str:
    """A capital inside a word that is not all capitals, beyond ASCII."""
    for word in re.split(r"[\W\d_]+", name):
        if word.isascii() or word.isupper():
            continue
        for match in _CAPITAL.finditer(word, 1):
            before = word[: match.start()]
            if not before.isupper() and not _BEFORE_CAPITAL.fullmatch(before):
                return match[0]
            if before.isupper() and word[match.end() :] != word[match.end() :].lower():
                return match[0]
    return ""
