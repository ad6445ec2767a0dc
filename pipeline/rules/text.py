"""Texts for a line of a mail, a page or a terminal: cleaned, shown, counted."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

# Controls, line and paragraph separators, lone surrogates; then marks that turn the reading direction of
# what follows them (a name must not rewrite the sentence it stands in). Joiners stay: scripts need them.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]+")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]+")
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def one_line(text: str, most: int = 0) -> str:
    """The text on one line, without controls: what stands in a header, a sentence or on a terminal.

    `most`: characters it may have, 0 for any number.
    """
    if text.isprintable() and "  " not in text:  # nearly all: no control, mark or surrogate is printable
        line = text.strip()
    else:
        line = _SURROGATES.sub("\ufffd", _TURNS.sub("", _CONTROLS.sub(" ", text)))
        line = " ".join(line.split()) if "  " in line else line.strip()  # a space that does not break stays
    return f"{line[: most - 1]}…" if 0 < most < len(line) else line


def shown(text: str, most: int = 60) -> str:
    """A cell as a message may quote it: short, on one line, and with no character that plays tricks."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(
        character if character.isprintable() else f"\\u{ord(character):04x}"
        for character in cut.replace("\n", " ")
    )


def shortened(text: str, most: int) -> str:
    """The text within so many characters: cut behind a word, with an ellipsis for the rest."""
    if len(text) <= most:
        return text
    head = text[: max(most - 1, 0)]
    if not text[len(head)].isspace() and " " in head.strip():
        head = head.rpartition(" ")[0]
    return head.rstrip(" ,;:(–-") + "…"


def printable(text: str) -> str:
    """The text with all that a terminal would obey, and marks that turn the reading direction, as numbers:
    `\\u001b`. Lines stay lines; a string of JSON still means the same."""
    if text.isprintable():
        return text
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def quoted(text: str, most: int = 60) -> str:
    """A cell in quotation marks, as `shown`; its own, which would double them, are left out."""
    return f'"{shown(text.replace(chr(34), ""), most)}"'


def counted(count: int, noun: str, many: str = "") -> str:
    """A number with its noun: "1 message", "2 messages", "1,200 people" (`many`: the plural without s)."""
    return f"{count:,} {noun if count == 1 else many or f'{noun}s'}"


def conjoined(words: Sequence[str]) -> str:
    """Words as a sentence has them: "name", "name and credits", "name, credits and completion date"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def first_few(
    values: Sequence[object], most: int, rest: str = "and {} more", noun: str = "", total: int = 0
) -> list[str]:
    """The first `most` values as texts; where there are more, a last text that says how many: `rest`.

    `noun`: what the number in `rest` counts, as `counted` has it; without one the number stands alone.
    `total`: how many values there are, where `values` holds only the first of them.
    """
    few = [str(value) for value in values[:most]]
    left = max(total, len(values)) - len(few)
    return [*few, rest.format(counted(left, noun) if noun else f"{left:,}")] if left else few


def did_you_mean(word: str, choices: Sequence[str]) -> str:
    """The question that ends a message about a misspelt word, in any case; empty where no choice is near."""
    names = {choice.casefold(): choice for choice in choices}
    near = [name for name in names if len(word) > 2 and name.startswith(word.casefold())]
    near = near or difflib.get_close_matches(word.casefold(), names, 1, 0.6)
    return f"did you mean {names[near[0]]}?" if near else ""
