"""Names as learning systems sort them: "Last, First, Credentials" in; the name in the order of speech out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import Enum

from pipeline.rules.claims.claim import SHEET_ROWS
from pipeline.rules.credentials import are_credentials, may_be_a_name
from pipeline.rules.stops import Stop
from pipeline.rules.text import conjoined, counted, quoted

_LETTERED = re.compile(r"\s\S*[A-Z.]\S*[A-Z.]\S*\s*\Z")
_EXAMPLES = 3  # names that a stop quotes

_SUFFIX = re.compile(r"(?:jr|sr|jnr|snr|ii|iii|iv|v|2nd|3rd|4th|esq)\.?", re.IGNORECASE)
_FAMILY_FIRST = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC")
_NO_TITLE_CASE = re.compile(
    r"(?:MC|MAC|FITZ|DE|LE|LA|DI|DU|VAN|VON|ST)(?=[A-Z]{3})|(?:DE|DA|DI|DO|DU|DEL|DELLA|DER|DEN|DOS|DAS|LA|LAS|LE|LOS"
    r"|VAN|VON|ZU|TEN|TER|BIN|IBN|AL|EL|ABU|Y|E|MC|MAC|ST)\Z"
)
_NO_NAME = re.compile("[=<>{}@]")  # a formula, HTML, an address: whatever its commas divide
_VOWEL = re.compile("[AEIOUYÀ-ÖØ-ÝĀĂĄĒĖĘĚĪĮŌŐŪŮŰŲŸ]")


FEW = 10  # names of a file that stop it, whatever their share
SHARE = 5  # a larger part of all names than one in so many stops a file


class NameOrder(Enum):
    """How a name is written."""

    SPOKEN = "first name first"
    LETTERED = "first name first, credentials after it"
    INVERTED = "last name first"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class ReadName:
    """A name in the order of speech."""

    order: NameOrder
    name: str
    credentials: str = ""  # those that stood in the name
    is_capitals: bool = False  # all capitals stayed, as nobody can tell how it is written


def read_name(text: str) -> ReadName:
    """A name as it is spoken, whichever way it is written.

    A generation (`Jr.`) stays behind the name. All capitals become small letters where they can be nothing
    else; MCDONALD, VAN DYKE and NG stay. Chinese, Japanese and Korean names stay in their order.
    """
    if _NO_NAME.search(text):
        return ReadName(NameOrder.SPOKEN, text)
    parts = [part.strip() for part in re.split("[,，]", " ".join(text.split())) if part.strip()]
    letters: list[str] = []
    while len(parts) > 1 and are_credentials(parts[-1]):
        if len(parts) == 2 and " " not in parts[0] and parts[0].isupper() and may_be_a_name(parts[1]):
            return ReadName(NameOrder.UNCLEAR, text)
        letters.insert(0, parts.pop())
    suffixes = [part for part in parts[1:] if _SUFFIX.fullmatch(part)]
    parts = [part for at, part in enumerate(parts) if not at or not _SUFFIX.fullmatch(part)]
    if len(parts) > 2:
        return ReadName(NameOrder.UNCLEAR, text)
    if len(parts) == 2:
        order, (last, first) = NameOrder.INVERTED, parts
        last, own = _without_letters(last)
        first, more = _without_letters(first, is_given=not first.isupper())
        letters = [*own, *more, *letters]
        first, generation = _without_generation(first)
        name = f"{last} {first}" if _is_family_first(last + first) else f"{first} {last}{generation}"
    else:
        name, more = _without_letters(parts[0]) if parts else (text, [])
        letters = [*more, *letters]
        order = NameOrder.LETTERED if letters else NameOrder.SPOKEN
    name = ", ".join([name, *suffixes])
    spoken = _in_spoken_case(name) if order is not NameOrder.SPOKEN else name
    is_capitals = spoken.isupper() and sum(map(str.isalpha, spoken)) > 1
    return ReadName(order, spoken, ", ".join(letters), is_capitals)


@dataclass(slots=True)
class NameOrders:
    """How the names of one file are written, as far as they tell."""

    names: int = 0
    rows: list[int] = field(default_factory=list)  # of those that are inverted, or have letters after them
    examples: list[str] = field(default_factory=list)

    def add(self, row: int, name: str) -> None:
        """Takes the name of a row into account."""
        self.names += bool(name.strip())
        if may_be_unspoken(name) and read_name(name).order is not NameOrder.SPOKEN:
            self.rows.append(row)
            if len(self.examples) < _EXAMPLES:
                self.examples.append(" ".join(name.split()))


def names_inverted(file: str, orders: NameOrders) -> list[Stop]:
    """A stop where names would be printed with the last name first, or with letters twice.

    A few among many are slips, of which each is a caution; FEW, or one in SHARE, is how the file is written.
    """
    if not orders.rows or (len(orders.rows) < FEW and len(orders.rows) * SHARE < orders.names):
        return []
    read = [(f"{quoted(name)}", read_name(name)) for name in orders.examples]
    spoken = [f"{one.name} ({one.credentials})" if one.credentials else one.name for _, one in read]
    what = f"{counted(len(orders.rows), 'name is', 'names are')} written last name first, or with credentials"
    how = f"--names last-first reads {conjoined([quoted for quoted, _ in read])} as {conjoined(spoken)}"
    rows = tuple(row % SHEET_ROWS for row in orders.rows)
    return [Stop("names-inverted", f"{file}: {what}, and would be printed so; {how}.", file, rows)]


def may_be_unspoken(name: str) -> bool:
    """Whether a name has a comma, or its last word could be letters: only then read_name changes it."""
    return "," in name or "，" in name or bool(_LETTERED.search(name))


def _without_letters(part: str, is_given: bool = False) -> tuple[str, list[str]]:
    """`Ana MD` in two: the name, and letters after it that no comma divides from it.

    `Li MA` and `Anna DO` stay, as a last name may be in capitals; in a given name (`is_given`) MA is letters.
    """
    words = part.split()
    letters: list[str] = []
    while len(words) > 1 and are_credentials(words[-1]) and (is_given or not may_be_a_name(words[-1])):
        letters.insert(0, words.pop())
    return " ".join(words), letters


def _without_generation(first: str) -> tuple[str, str]:
    """`John III` in two, the second with the blank before it. A single V may be an initial, and stays."""
    before, _, last = first.rpartition(" ")
    if before and _SUFFIX.fullmatch(last) and last.casefold() not in ("v", "v."):
        return before, f" {last}"
    return first, ""


def _is_family_first(name: str) -> bool:
    letters = [letter for letter in name if letter.isalpha()]
    return bool(letters) and all(unicodedata.name(letter, "").startswith(_FAMILY_FIRST) for letter in letters)


def _in_spoken_case(name: str) -> str:
    """The name with small letters where it is all capitals and each of its words can be told."""
    if not name.isupper():
        return name
    told = [_title(word) for word in re.split(r"([\s,\-]+)", name)]
    return name if None in told else "".join(filter(None, told))


def _title(word: str) -> str | None:
    """`O’NEILL` as `O’Neill`; None where there are several ways."""
    bare = word.rstrip(".")
    if _SUFFIX.fullmatch(bare):
        return word if bare in ("II", "III", "IV", "V") else word.capitalize()
    if not any(map(str.isalpha, word)) or len(bare) == 1:
        return word
    start = 2 if re.match("[OD]['’‘´]", word) else 0
    rest = bare[start:]
    if not rest.isalpha() or len(rest) < 3 or _NO_TITLE_CASE.match(rest) or not _VOWEL.search(rest):
        return None
    return word[: start + 1] + word[start + 1 :].lower()


def chosen_credentials(column: str, letters: str) -> tuple[str, str]:
    """What is printed after the name, and what to say of it: `column`: of the credentials cell; `letters`:
    that stood in the name. The name's win, unless the cell has them and more."""
    own, other = (
        {*re.split(r"[\s,]+", text.replace(".", "").casefold())} - {""} for text in (letters, column)
    )
    if own <= other:
        return column, ""
    if other <= own:
        return letters, ""
    said = f"{quoted(letters)} stands in the name, {quoted(column)} in the column"
    return letters, f"{said}; what the name has is printed"
