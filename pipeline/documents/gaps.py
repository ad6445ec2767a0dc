"""What is written of objects that are alike in many files: a text with gaps, and what fills each of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.documents.syntax import Value, is_stream

# What stands for that which a gap is filled with. The number of an object: what it was; that of a shared one:
# the same and SHARED. A number in the parent tree (ISO 32000-1, 14.7.4.4): its complement. A font of form
# fields: its name. What tells a part's names from those of others: one of MARKS.
Gap = int | str
SHARED = 1 << 32
MARKS = PLAIN, HEX, WIDE = (" ", " hex", " wide")  # by the form of string; no font has a space in its name

_NAMED = re.compile(rb"%[%d]|\0\0([^\0]*)\0\0")  # a gap that has its place already, or the name of one


@dataclass(frozen=True, slots=True)
class Form:
    """What is written, with its gaps."""

    text: bytes
    gaps: tuple[Gap, ...]

    def filled(self, filling: Mapping[Gap, int | bytes]) -> bytes:
        """With what each gap is filled with."""
        return self.text % tuple(map(filling.__getitem__, self.gaps))


def form(text: bytes, gaps: tuple[Gap, ...]) -> Form:
    """The form of a text with its gaps, among which those that have names find their place."""
    if not gaps:
        text = text.replace(b"%", b"%%")
    if b"\0\0" not in text or is_stream(text):
        return Form(text, gaps)
    rest, found, end, parts = iter(gaps), list[Gap](), 0, list[bytes]()
    for one in _NAMED.finditer(text):
        if one[1] is not None:
            found.append(one[1].decode("latin-1"))
            parts += [text[end : one.start()], b"%b"]
            end = one.end()
        elif one[0] == b"%d":
            found.append(next(rest))
    return Form(b"".join([*parts, text[end:]]), tuple(found))


def gap(name: str) -> bytes:
    """A gap with a name, in a string."""
    return b"\0\0%b\0\0" % name.encode("latin-1")


def renamed(value: Value) -> Value:
    """With the names of structure elements, and what refers to them, made the part's own."""
    if isinstance(value, list):
        return [renamed(one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {name: renamed(one) for name, one in value.items()}
    if isinstance(name := found.get("ID"), bytes):
        found["ID"] = named(name)
    if isinstance(heads := found.get("Headers"), list):
        found["Headers"] = [named(head) if isinstance(head, bytes) else head for head in heads]
    return found


def named(name: bytes) -> bytes:
    """A string with a gap at its end for what tells the part's names from those of others."""
    if name.startswith(b"("):
        return name[:-1] + gap(PLAIN) + b")"
    return name[:-1] + gap(WIDE if name[1:5].lower() == b"feff" else HEX) + b">"
