"""Which code page a text of names was written in: words as bytes in; the page, or which words stay in doubt.

A file says nothing of its code page. Each page makes other words of the same bytes: read in the wrong one
`Peña` is `Pe–a`, `Dvořák` is `Dvoøák`. So every word is read in each page and weighed: are these letters of
one language that is written in this page, is a capital where names have one, do vowels and consonants
alternate as in names? A page is certain where all others make a decisive number of words less likely.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

MOST_WORDS = 5000  # distinct ones that are weighed: more tell nothing new
DECISIVE = 3  # by how much all other pages must weigh more
_UNFIT = 6  # weight of a word that cannot be read in a page, or has signs in it that no name has
_FOREIGN = 4  # of one with letters of no language of the page, or capitals where no name has them
_SMALL = 2  # of what is seldom in names

# Letters beyond a to z of the languages that a page is used for.
_WESTERN = (
    "àâæçéèêëîïôœùûüÿ", "äöüßé", "áéíóúüñ", "áàçéèíïóòúü·", "ãáàâçéêíóôõúü", "àèéìíîòóùú",
    "åäöéü", "æøåéèóôäöü", "áðéíóúýþæö", "éëïóöüèáí", "äõöüšž",
)  # fmt: skip
_CENTRAL = (
    "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţșț", "čćđšž", "äöüß",
)  # fmt: skip
_TURKISH = ("çğıöşüâîû", "äöüß", "éèêëàçôîï", "áéíóúüñ")
_BALTIC = ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž")
_VOWELS = frozenset("aeiouyæøœıаеёиоуыэюяіїєαεηιουω")
_LONG_VOWELS = ("ää", "öö", "üü", "õõ")
_PREFIX = re.compile("Mc|Mac|De|La|Le|Di|Du|Fitz|Van")
_CONSONANT = "[bcdfghjklmnpqrstvwxz]"
# Letters beside others that they do not stand beside in the languages that have them.
_SELDOM = re.compile(
    "|".join(
        (
            "(?:^|[^aeıioöuüâîû])ğ", "œ(?!u)", f"{_CONSONANT}š{_CONSONANT}",
            "ñ(?![aeiouáéíóú])", "ń[aeiouyóęą]", "õ(?!e)", "ő[aeiou]", "ã(?![oei]|$)", "ă[aou]",
            "[aeiouyøåæö]æ", "[aeou]è(?!$)", "[òùì](?!$)", "(?<![aeiou])ï(?![aeiou])", f"{_CONSONANT}ÿ",
            "(?<![aeiouyáéíóúýæöøåãõ])ë(?![aeiouyáéíóúýæö])", "ð$", "[^aeiouáéíóúýöæ]ð", "^ð",
            f"ŕ(?!{_CONSONANT})", f"ĺ(?!{_CONSONANT})", "[^aeiouyáéíóúýěů]ň", "[^dtnbpvfm]ě",
        )
    )
)  # fmt: skip
# What stands between the words of a name, and around them.
_BETWEEN = re.compile("[\x00-\x40\x5b-\x60\x7b-\x7f\u00a0’´]+")
_AROUND = re.compile(r"(?<!\w)[“„‘«](?=\w)|(?<=[\w.])[”“»](?!\w)|(?<!\w)[–—…•](?!\w)|‘(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class CodePage:
    """One code page, and what is written in it."""

    codec: str  # as Python names it
    name: str  # as people do
    handicap: int  # how much less likely a file is in this page than in Windows-1252, before a word is read
    alphabets: tuple[str, ...] = ()  # for a page of Latin letters
    scripts: tuple[str, ...] = ()  # for another: how the Unicode names of its letters begin
    surnames: str = ""  # frequent first or last characters of names, for pages of thousands of characters
    common: tuple[tuple[int, int], ...] = ()  # first bytes of the characters that are in daily use


_JAPANESE = "佐藤鈴木高橋田中伊渡辺山本村小林加吉井松上野原川口島石"
_CHINESE = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡"
_TAIWANESE = "陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾彭游詹胡施沈"
_KOREAN = "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노"
_KANJI, _HANZI = ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC"), ("CJK",)
WINDOWS = CodePage("cp1252", "Windows-1252", 0, _WESTERN)
_PAGES = (
    WINDOWS,
    CodePage("mac_roman", "MacRoman", 3, _WESTERN),
    CodePage("cp850", "DOS code page 850", 4, _WESTERN),
    CodePage("cp437", "DOS code page 437", 4, _WESTERN),
    CodePage("cp1250", "Windows-1250", 3, _CENTRAL),
    CodePage("iso8859_2", "Latin-2", 3, _CENTRAL),
    CodePage("cp852", "DOS code page 852", 4, _CENTRAL),
    CodePage("mac_latin2", "Mac Central European", 4, _CENTRAL),
    CodePage("cp1254", "Windows-1254", 3, _TURKISH),
    CodePage("cp1257", "Windows-1257", 3, _BALTIC),
    CodePage("cp1251", "Windows-1251", 3, scripts=("CYRILLIC",)),
    CodePage("koi8_r", "KOI8-R", 4, scripts=("CYRILLIC",)),
    CodePage("cp1253", "Windows-1253", 3, scripts=("GREEK",)),
    CodePage("cp1255", "Windows-1255", 3, scripts=("HEBREW",)),
    CodePage("iso8859_6", "ISO 8859-6", 4, scripts=("ARABIC",)),
    CodePage("cp1256", "Windows-1256", 3, scripts=("ARABIC",)),
    CodePage("cp932", "Shift-JIS", 3, (), _KANJI, _JAPANESE, ((0x88, 0x97), (0x81, 0x83))),
    CodePage("euc_jp", "EUC-JP", 4, (), _KANJI, _JAPANESE, ((0xB0, 0xCF), (0xA4, 0xA5))),
    CodePage("gb18030", "GB 18030", 3, (), _HANZI, _CHINESE, ((0xB0, 0xD7),)),
    CodePage("big5", "Big5", 3, (), _HANZI, _TAIWANESE, ((0xA4, 0xC6),)),
    CodePage("cp949", "EUC-KR", 3, (), ("HANGUL",), _KOREAN, ((0xB0, 0xC8),)),
)


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file's words were recognised as."""

    page: CodePage
    doubtful: dict[str, str]  # words, read in the page -> what they might be as well


def recognise(words: Iterable[bytes]) -> Recognised:
    """The code page of these words of names, each with bytes beyond ASCII.

    Where none is certain it is Windows-1252, which most files are, and every word that another page reads
    otherwise, and as well or better, is in doubt.
    """
    distinct = list(dict.fromkeys(words))[:MOST_WORDS]
    weights = {page.codec: [_weight(page, word) for word in distinct] for page in _PAGES}
    readings = {page.codec: [_read(page, word) for word in distinct] for page in _PAGES}
    unfit = {codec: sum(weight >= _FOREIGN for weight in each) for codec, each in weights.items()}
    totals = {page.codec: page.handicap + sum(weights[page.codec]) for page in _PAGES}
    best = min(_PAGES, key=lambda page: (unfit[page.codec], totals[page.codec]))
    if unfit[WINDOWS.codec] == unfit[best.codec]:
        best = WINDOWS
    rivals = [
        page
        for page in _PAGES
        if unfit[page.codec] <= unfit[best.codec]
        and totals[page.codec]
        < totals[best.codec] + _margin(best, readings[best.codec], readings[page.codec])
    ]
    if not rivals and unfit[best.codec] * 10 <= len(distinct):
        return Recognised(best, {})
    doubtful: dict[str, str] = {}
    for at in range(len(distinct)):
        own, weight = readings[WINDOWS.codec][at], weights[WINDOWS.codec][at]
        for page in sorted(_PAGES, key=lambda page: (unfit[page.codec], totals[page.codec])):
            other = readings[page.codec][at]
            if other and other != own and weights[page.codec][at] <= weight:
                doubtful.setdefault(own, other)
    return Recognised(WINDOWS, doubtful)


def _margin(best: CodePage, own: list[str], other: list[str]) -> int:
    """By how much another page must weigh more, so that the best is certain; 0 where both say the same."""
    differ = sum(one != two for one, two in zip(own, other, strict=True))
    if not differ:
        return 0
    return DECISIVE if best is WINDOWS else max(DECISIVE, differ // 4)


def _read(page: CodePage, word: bytes) -> str:
    try:
        return unicodedata.normalize("NFC", word.decode(page.codec))
    except UnicodeDecodeError:
        return ""


@lru_cache(200_000)
def _weight(page: CodePage, word: bytes) -> int:
    """How unlikely a word is in a page: 0 for one as names are, _UNFIT at most."""
    text = _read(page, word)
    if not text or re.search("\u00a0(?![A-Z]|d[aeiou]s? |v[ao]n |$)", text):
        return _UNFIT
    if page.surnames:
        return _weight_of_characters(page, word, text)
    weight = _SMALL * len(re.findall("[a-z]{2}’[a-z]", text)) + len(re.findall("’[a-z]", text))
    parts = _BETWEEN.split(_AROUND.sub(" ", text))
    return min(weight + sum(_weight_of_part(page, part) for part in parts if not part.isascii()), _UNFIT)


def _weight_of_part(page: CodePage, part: str) -> int:
    if not all(letter.isalpha() or unicodedata.category(letter) == "Mn" for letter in part):
        return _UNFIT
    folded = part.replace("İ", "i").lower()
    if page.alphabets:
        weight = _weight_of_letters(page, folded)
    elif not all(unicodedata.name(letter, "").startswith(page.scripts) for letter in part):
        return _UNFIT
    elif page.scripts not in (("CYRILLIC",), ("GREEK",)):
        return 0  # no capitals, and vowels are not written
    elif page.scripts == ("CYRILLIC",) and re.search("[^а-яёіїєґў]", folded):
        return _FOREIGN
    else:
        weight = 0
    return weight + _weight_of_case(part) + _weight_of_sounds(folded, bool(page.alphabets))


def _weight_of_letters(page: CodePage, folded: str) -> int:
    others = {letter for letter in folded if not letter.isascii()}
    weight = 0 if any(others <= set(alphabet) for alphabet in page.alphabets) else _FOREIGN
    if len(folded) > 2 and sum(not letter.isascii() for letter in folded) * 2 > len(folded):
        weight += _SMALL + 1
    if page.alphabets is not _BALTIC:
        weight += _SMALL * len(_SELDOM.findall(folded))
    if page is WINDOWS and not others.isdisjoint("ðþý"):
        weight += 1  # as likely Turkish, in another page
    return weight


def _weight_of_case(part: str) -> int:
    """Names begin with a capital, or are all capitals; a capital inside follows `Mc` and its like."""
    rest = _PREFIX.sub("", part, count=1)
    if part.isupper() or any(one[:1].isupper() and one[1:] == one[1:].lower() for one in (part, rest)):
        return 0
    return 1 if part.islower() else _FOREIGN


def _weight_of_sounds(folded: str, is_latin: bool) -> int:
    """Three vowels or six consonants in a row, and a word without a vowel, are seldom in names."""
    folded = re.sub("(?<=ã)[oe]|(?<=õ)e", "", folded)  # one sound
    kinds = "".join("v" if _is_vowel(letter) else "c" for letter in folded)
    weight = _SMALL * ((len(kinds) > 2 and "v" not in kinds) + ("vvvv" in kinds or "cccccc" in kinds))
    for at in range(len(folded) - 1) if is_latin else ():
        pair = folded[at : at + 2]
        if kinds[at : at + 2] == "vv" and pair not in _LONG_VOWELS and not any(map(str.isascii, pair)):
            weight += _SMALL
    return weight + ("vvv" in kinds)


def _is_vowel(letter: str) -> bool:
    return unicodedata.normalize("NFD", letter)[0] in _VOWELS


def _weight_of_characters(page: CodePage, word: bytes, text: str) -> int:
    weight = at = 0
    for character in text:
        if not character.isascii():
            if not unicodedata.name(character, "").startswith(page.scripts):
                return _UNFIT
            if not any(low <= word[at] <= high for low, high in page.common):
                weight += _SMALL
        at += len(character.encode(page.codec))
    if not any(part[0] in page.surnames for part in text.split()):
        weight += 1
    return min(weight, _UNFIT)
