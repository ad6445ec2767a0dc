"""Texts that are printed on certificates: a cell in, clean text and everything that is wrong with it out."""

from __future__ import annotations

import re
import unicodedata

from pipeline.rules.claims.wrong_letters import wrong_letters
from pipeline.rules.text import quoted

NAME_LENGTH = 200
CREDENTIALS_LENGTH = 120
MARKS_IN_A_ROW = 6  # no orthography stacks more; beyond it letters run into the lines above and below

# What programs write where they have nothing.
_PLACEHOLDERS = (
    "test null none nil n/a na n.a. #n/a #ref! #value! #name? nan undef undefined unknown tbd tba xxx "
    "(missing) blank empty void true false wahr falsch vrai faux verdadero verdadeiro infinity inf #qnan "
    "#snan #ind #inf dbnull system.dbnull nullnull object noname unnamed n/k n.n. \\n"
)
PLACEHOLDERS = frozenset(_PLACEHOLDERS.split())
# What forms and templates write in several words.
_PHRASES = re.compile(
    "(?:no|first|last|full|your) name|first ?(?:name)? last ?(?:name)?|(?:please )?select(?: one)?"
    "|none of the above"
    "|not (?:provided|available|given|known|specified|applicable|entered|recorded|set|on file)"
)
_MARKS = "()[]<>{}\"'*_–-"  # stand around them
# Numbers as programs write them: 1E2, -1.5, 0x1F, 1.#QNAN; alone they are no text that somebody wrote.
_WRITTEN_NUMBER = re.compile(r"[+\-]?(?:0x[0-9a-f]+|[0-9]*\.?[0-9]+(?:e[+\-]?[0-9]+)?)", re.IGNORECASE)

# Scripts whose spelling needs U+200C and U+200D: Arabic and its kin, Indic, Khmer, Myanmar, Mongolian.
JOINING = (
    (0x0600, 0x08FF), (0x0900, 0x0DFF), (0x0F00, 0x109F), (0x1780, 0x18AF),
    (0xA840, 0xA87F), (0xA8E0, 0xA8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC),
)  # fmt: skip
JOINERS = "\u200c\u200d"
MONGOLIAN_SELECTORS = "\u180b\u180c\u180d"
_SELECTORS = frozenset((*MONGOLIAN_SELECTORS, *map(chr, range(0xFE00, 0xFE10))))
WHITE_CONTROLS = "\t\n\r"  # a line break inside a cell is white space, as a spreadsheet shows it
SOFT_HYPHEN = "\u00ad"
BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # letters and marks that draw nothing
# With letters that look like one another; hardly a word is written in two of them.
ALPHABETS = ("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "COPTIC", "CHEROKEE")
SPOKEN_NAMES = {"\ufffd": "REPLACEMENT CHARACTER (a letter was lost when the file was made)"}

# Printable ASCII and whole ranges of visible letters: most names need no look at each character.
_LETTERS = re.compile(
    "[ -~\u00c0-\u024f\u038e-\u03a1\u03a3-\u03ff\u0400-\u0481\u05d0-\u05ea\u0620-\u063a\u0641-\u064a"
    "\u0904-\u0939\u1e00-\u1eff\u2010-\u2019\u3041-\u3096\u30a1-\u30fc\u3400-\u4dbf\u4e00-\u9ffc\uac00-\ud7a3]*"
)
_QUOTED = re.compile("""[“„«‟"]([^“”„«»‟"]+)[”“»"]|['‘]([^'‘’]+)['’]""")
_FORMULA = tuple("=+-@＝＋－＠")
_ADDRESS = re.compile(r"@|＠|://|\bwww\.", re.IGNORECASE)
_SITE = re.compile(r"[\w-]{2,}\.(?:[a-z]{2,}/\w|(?:com|org|net|edu|gov|info|biz|io)\b)", re.IGNORECASE)
_FIELD = re.compile(
    r"\{\{|\}\}|\{%|%\}|<%|%>|\$\{|<<|>>|\*\||\|\*|%\w+%|^\$\w"
)  # of a mail merge, which filled nothing in
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|&(?:[A-Za-z]+|#[0-9]+|#[xX][0-9A-Fa-f]+);")


def character_name(character: str) -> str:
    """`U+202E RIGHT-TO-LEFT OVERRIDE`: a character nobody can see, in words."""
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"byte {code - 0xDC00:#04x}, which is no text in the file's encoding"
    name = SPOKEN_NAMES.get(character) or unicodedata.name(character, "")
    if not name:
        kinds = {"Cc": "control character", "Co": "private use", "Cs": "half a surrogate pair"}
        name = kinds.get(unicodedata.category(character), "not assigned")
    return f"U+{code:04X} {name}"


def without_signs_at_ends(text: str) -> str:
    """The text without white space and signs at its ends that nobody sees, such as zero-width spaces and
    marks of direction: exports wrap whole cells in them. A joiner that ends a word's spelling stays.
    """
    start, end = 0, len(text)
    while start < end and _is_unseen(text[start]):
        start += 1
    while start < end and _is_unseen(text[end - 1]):
        if text[end - 1] in JOINERS and _joins(text[:end], end - 1):
            break
        end -= 1
    return text[start:end]


def _is_unseen(character: str) -> bool:
    if "\U000e0000" <= character <= "\U000e007f":
        return False  # tags hide a text
    return character in WHITE_CONTROLS or unicodedata.category(character) in ("Zs", "Cf")


def dropped_signs(text: str) -> list[str]:
    """The signs inside a text that choose a form of what stands before them, or a place to break the line:
    they are left out, as they draw nothing of their own. Selectors that a spelling needs stay."""
    if text.isascii():
        return []
    text = unicodedata.normalize("NFC", text)
    return [sign for at, sign in enumerate(text) if _is_needless(text, at)]


def _is_needless(text: str, at: int) -> bool:
    return text[at] == SOFT_HYPHEN or (is_selector(text[at]) and not _selects(text, at))


def clean_text(text: str) -> tuple[str, list[str]]:
    """The text in NFC with white space folded, never re-cased; and each character that must not be printed.

    Signs that nobody sees fall away at its ends, and `dropped_signs`. Controls, bidirectional overrides,
    invisible and unassigned characters inside are named, not dropped: a silent repair could turn one
    person's name into another's.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split()), []
    text = unicodedata.normalize("NFC", without_signs_at_ends(text))
    if dropped_signs(text):
        text = "".join(sign for at, sign in enumerate(text) if not _is_needless(text, at))
        text = unicodedata.normalize("NFC", text)
    if _LETTERS.fullmatch(text) and not _garbled(text):
        return " ".join(text.split()), []
    wrong = [f"holds {character_name(bad)}" for bad in dict.fromkeys(_bad_characters(text))]
    if garbled := _garbled(text):
        wrong.append(f"{quoted(text)} looks garbled (perhaps {quoted(garbled)}): mend its encoding")
    if _stacks_accents(text):
        wrong.append("has accents stacked without a letter to carry them")
    return " ".join(text.split()), wrong


def clean_name(text: str) -> tuple[str, list[str]]:
    """A person's name as it will be printed, and what is wrong with it; an empty list means it is good."""
    name, wrong = clean_text(text)
    if marked := _QUOTED.fullmatch(name):
        name = (marked[1] or marked[2]).strip()
    if not name:
        return name, ["is missing"]
    if len(name) > NAME_LENGTH:
        wrong.append(f"has {len(name)} characters; at most {NAME_LENGTH} fit")
    if "?" in name:
        wrong.append(f"{quoted(name)} holds a question mark: a letter was lost when the file was made")
    wrong += _no_text_for_paper(name, "a name")
    if not wrong and _WRITTEN_NUMBER.fullmatch(name) and any(map(str.isalpha, name)):
        wrong.append(f"{quoted(name)} is a number, not a name")
    if not wrong and not any(character.isalpha() for character in name):
        wrong.append(f"{quoted(name)} has no letter")
    if _says_nothing(name):
        wrong.append(f"{quoted(name)} is a placeholder, not a name")
    if sign := wrong_letters(name):
        how = "the letter was another one; save the file as CSV UTF-8 where it was made"
        wrong.append(f"{quoted(name)} holds {sign}, which stands in no name: {how}")
    return name, wrong


def clean_credentials(text: str) -> tuple[str, list[str]]:
    """Credentials such as `MD, PhD` as they will be printed; empty is good."""
    credentials, wrong = clean_text(text)
    if len(credentials) > CREDENTIALS_LENGTH:
        wrong.append(f"has {len(credentials)} characters; at most {CREDENTIALS_LENGTH} fit")
    if any(map(_says_nothing, re.split("[,;]", credentials))):
        wrong.append(f"{quoted(credentials)} is a placeholder; leave the cell empty")
    elif credentials and (_WRITTEN_NUMBER.fullmatch(credentials) or not any(map(str.isalpha, credentials))):
        wrong.append(f"{quoted(credentials)} is no letters after a name; leave the cell empty")
    elif "?" in credentials:
        wrong.append(f"{quoted(credentials)} holds a question mark: a letter was lost when the file was made")
    wrong += _no_text_for_paper(credentials, "credentials")
    return credentials, wrong


def _no_text_for_paper(text: str, what: str) -> list[str]:
    """What can be right on no certificate: an address, or a template's field that nothing was filled into."""
    if _ADDRESS.search(text):
        return [f"{quoted(text)} holds an address or a formula; it is not {what}"]
    if _FIELD.search(text):
        return [f"{quoted(text)} is a template's field that nothing was filled into, not {what}"]
    return []


def looks_like(text: str) -> str:
    """What a text that can be printed looks like, other than a name; empty: nothing."""
    if text.startswith(_FORMULA):
        return "a spreadsheet formula"
    if ("<" in text or "&" in text) and _MARKUP.search(text):
        return "HTML"
    if "." in text and _SITE.search(text):
        return "a web address"
    return "" if text.isascii() else _mixture(text)


def _mixture(text: str) -> str:
    """The first letter of each alphabet of a word that has two: nobody would find `Аnn` with a Cyrillic А."""
    for word in text.split():
        first: dict[str, str] = {}
        for letter in word:
            alphabet = unicodedata.name(letter, "").partition(" ")[0]
            if alphabet in ALPHABETS:
                first.setdefault(alphabet, character_name(letter))
        if len(first) > 1:
            return f"a word of two alphabets ({' beside '.join(first.values())})"
    return ""


def _says_nothing(text: str) -> bool:
    """Whether a text is what programs, forms and templates write where they have nothing."""
    words = [word for word in text.split() if any(map(str.isalpha, word))]
    phrase = " ".join(text.split()).strip(_MARKS).casefold()
    return bool(words) and (all(map(is_placeholder, words)) or _PHRASES.fullmatch(phrase) is not None)


def is_placeholder(text: str) -> bool:
    """Whether a cell holds what programs write where they have nothing, or a number of theirs."""
    word = text.casefold()
    bare = word.strip(_MARKS).lstrip("+-")
    return word in PLACEHOLDERS or re.sub(r"^-?[0-9]?\.?(?=#)", "", bare) in PLACEHOLDERS


def _bad_characters(text: str) -> list[str]:
    bad = []
    for at, character in enumerate(text):
        if character.isascii():
            if not character.isprintable() and character not in WHITE_CONTROLS:
                bad.append(character)
        elif character in JOINERS:
            if not _joins(text, at):
                bad.append(character)
        elif is_selector(character):
            if not _selects(text, at):
                bad.append(character)
        elif (
            character in BLANK_LETTERS
            or character == "\ufffd"
            or unicodedata.category(character) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")
        ):
            bad.append(character)
    return bad


def _joins(text: str, at: int) -> bool:
    """Whether the joiner at this place belongs to the spelling (RFC 5892, appendix A, widened to names).

    Between two letters of a joining script, or after a virama where a word may end (Malayalam, Sinhala).
    """
    before = text[at - 1] if at else ""
    after = text[at + 1] if at + 1 < len(text) else ""
    if not before or not _in_joining_script(before):
        return False
    return _in_joining_script(after) or (unicodedata.combining(before) == 9 and after in ("", " "))


def is_selector(character: str) -> bool:
    """Whether a character is no letter, but chooses a form of the one before it (Unicode 23.4)."""
    return character in _SELECTORS or "\U000e0100" <= character <= "\U000e01ef"


def _selects(text: str, at: int) -> bool:
    """Whether the selector at this place has a letter with forms before it: Han, or Mongolian of its own."""
    before = unicodedata.name(text[at - 1], "") if at else ""
    return before.startswith("MONGOLIAN LETTER" if text[at] in MONGOLIAN_SELECTORS else "CJK ")


def _in_joining_script(character: str) -> bool:
    return bool(character) and any(low <= ord(character) <= high for low, high in JOINING)


def _garbled(text: str) -> str:
    """What the text was before UTF-8 was read as Windows-1252 (`JosÃ©` was `José`); else empty."""
    if text.isascii():
        return ""
    try:
        before = text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return ""
    return unicodedata.normalize("NFC", before)


def _stacks_accents(text: str) -> bool:
    """Whether combining marks stand at the start, or more in a row than any language writes."""
    row = MARKS_IN_A_ROW  # a mark at the very start has no letter below it
    for character in text:
        if unicodedata.category(character) in ("Mn", "Me"):
            row += 1
            if row > MARKS_IN_A_ROW:
                return True
        else:
            row = 0
    return False
