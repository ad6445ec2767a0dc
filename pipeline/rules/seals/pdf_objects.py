"""The objects of a PDF (ISO 32000-1, 7.3): bytes in, values out; strict, as what is read is somebody's claim.

Names are `Name`, references `Ref`, strings bytes, numbers `Decimal`, dictionaries and arrays as in Python. A
text that reads in more than one way is refused, never guessed at.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

DEEPEST = 30  # arrays and dictionaries within one another
LARGEST = 1 << 22  # bytes of a stream once it is unpacked
_SPACE = re.compile(rb"(?:[\x00\t\n\f\r ]|%[^\r\n]*[\r\n])*")
_TOKEN = re.compile(
    rb"(?P<ref>\d{1,10}[\x00\t\n\f\r ]+\d{1,5}[\x00\t\n\f\r ]+R(?![^\x00\t\n\f\r ()<>\[\]{}/%]))"
    # Of more than fifteen digits programs make different numbers.
    rb"|(?P<number>[+-]?(?!(?:\.?\d){16})(?:\d+\.?\d*|\.\d+)(?![^\x00\t\n\f\r ()<>\[\]{}/%]))"
    rb"|/(?P<name>[^\x00\t\n\f\r ()<>\[\]{}/%]*)"
    rb"|(?P<open><<|\[)|(?P<close>>>|\])"
    rb"|<(?P<hex>[0-9A-Fa-f\x00\t\n\f\r ]*)>"
    rb"|(?P<string>\()"
    rb"|(?P<word>true|false|null)(?![^\x00\t\n\f\r ()<>\[\]{}/%])"
)
_OBJECT = re.compile(rb"(\d{1,10})[\x00\t\n\f\r ]+(\d{1,5})[\x00\t\n\f\r ]+obj")
_STREAM = re.compile(rb"stream\r?\n")
_ENDSTREAM = re.compile(rb"\r?\n?endstream")
_ENDOBJ = re.compile(rb"endobj(?![^\x00\t\n\f\r %])")
_NUMBER = re.compile(rb"\d{1,10}")
_WORDS = {b"true": True, b"false": False, b"null": None}
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_ESCAPED = re.compile(rb"\\([nrtbf()\\]|[0-7]{1,3}|\r\n|\r|\n|.)|\r\n|\r", re.DOTALL)
_PARENTHESES = re.compile(rb"\\.|[()]", re.DOTALL)


class UnreadableError(ValueError):
    """It is no PDF object, or not one that has one meaning."""


class Name(bytes):
    """A name without its slash, its #xx escapes resolved."""

    __slots__ = ()


class Ref(NamedTuple):
    """A reference to an object."""

    number: int
    generation: int


@dataclass(frozen=True)
class Stream:
    """A stream: its dictionary and its bytes as they are in the file."""

    head: dict[bytes, Any]
    data: bytes

    def unpacked(self) -> bytes:
        """Its bytes without compression. Raises UnreadableError for a filter that is not known here."""
        filters = self.head.get(b"Filter") or []
        filters = filters if isinstance(filters, list) else [filters]
        if not filters:
            return self.data
        if not same(filters, [Name(b"FlateDecode")]):
            raise UnreadableError("a stream is packed in a way that is not known here")
        unpacker = zlib.decompressobj()
        try:
            data = unpacker.decompress(self.data, LARGEST)
        except zlib.error as error:
            raise UnreadableError("a stream cannot be unpacked") from error
        if not unpacker.eof or unpacker.unused_data:
            raise UnreadableError("a stream is too large, or has another end than it says")
        parms = self.head.get(b"DecodeParms")
        parms = parms[0] if isinstance(parms, list) and parms else parms
        return _unpredicted(data, parms) if isinstance(parms, dict) else data


def _unpredicted(data: bytes, parms: dict[bytes, Any]) -> bytes:
    """PNG's prediction taken away, of which cross-reference streams use rows of kind 0 to 2 (7.4.4.4)."""
    kind, width, colors, bits = (
        count_of(parms.get(name, usual))
        for name, usual in (
            (b"Predictor", Decimal(1)),
            (b"Columns", Decimal(1)),
            (b"Colors", Decimal(1)),
            (b"BitsPerComponent", Decimal(8)),
        )
    )
    if kind == 1:
        return data
    if kind < 10 or (colors, bits) != (1, 8) or len(data) % (width + 1) or width > 1 << 16:
        raise UnreadableError("a stream is predicted in a way that is not known here")
    rows, above = [], bytes(width)
    for at in range(0, len(data), width + 1):
        kind, row = data[at], bytearray(data[at + 1 : at + 1 + width])
        if kind == 2:
            row = bytearray((one + up) & 255 for one, up in zip(row, above, strict=True))
        elif kind == 1:
            for place in range(1, width):
                row[place] = (row[place] + row[place - 1]) & 255
        elif kind:
            raise UnreadableError("a stream is predicted in a way that is not known here")
        above = bytes(row)
        rows.append(above)
    return b"".join(rows)


def count_of(value: object) -> int:
    """A whole number from 0. Raises UnreadableError for any other value."""
    if not isinstance(value, Decimal) or value < 0 or value != int(value):
        raise UnreadableError("a number is none, or cannot be used")
    return int(value)


def same(one: object, other: object) -> bool:
    """Whether two values are equal and of one kind: for Python a name is a text, and true is 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return alike(one, other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def alike(one: object, other: object, but: Collection[bytes] = ()) -> bool:
    """Whether two dictionaries are equal but for these entries; what is null is not there (7.3.7)."""
    return (
        isinstance(one, dict)
        and isinstance(other, dict)
        and all(same(one.get(key), other.get(key)) for key in {*one, *other}.difference(but))
    )


def skip_space(data: bytes, at: int) -> int:
    """The place after white space and comments."""
    found = _SPACE.match(data, at)
    return found.end() if found else at


def read_value(data: bytes, at: int, depth: int = 0) -> tuple[Any, int]:
    """A value and the place after it. Raises UnreadableError."""
    found = _TOKEN.match(data, skip_space(data, at))
    if found is None or depth > DEEPEST:
        raise UnreadableError(f"there is no object at byte {at}")
    kind, text = found.lastgroup, found[found.lastgroup or 0]
    match kind:
        case "ref":
            number, generation = map(int, re.findall(rb"\d+", text))
            return Ref(number, generation), found.end()
        case "number":
            return Decimal(text.decode()), found.end()
        case "name":
            return _name(text), found.end()
        case "hex":
            digits = re.sub(rb"[^0-9A-Fa-f]", b"", text).decode()
            return bytes.fromhex(digits + "0" * (len(digits) % 2)), found.end()
        case "string":
            return _string(data, found.end())
        case "word":
            return _WORDS[text], found.end()
        case "open":
            return _several(data, found.end(), text, depth)
    raise UnreadableError(f"something closes at byte {at} that was not opened")


def _name(text: bytes) -> Name:
    return Name(re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), text))


def _several(data: bytes, at: int, opened: bytes, depth: int) -> tuple[Any, int]:
    closing = b">>" if opened == b"<<" else b"]"
    values: list[Any] = []
    while not data.startswith(closing, at := skip_space(data, at)):
        value, at = read_value(data, at, depth + 1)
        values.append(value)
    at += len(closing)
    if closing == b"]":
        return values, at
    keys = values[::2]
    if len(values) % 2 or len({*keys} if all(isinstance(key, Name) for key in keys) else ()) < len(keys):
        raise UnreadableError(f"the dictionary before byte {at} is none, or names something twice")
    return dict(zip(map(bytes, keys), values[1::2], strict=True)), at


def _string(data: bytes, begin: int) -> tuple[bytes, int]:
    depth, at = 1, begin
    while depth:
        found = _PARENTHESES.search(data, at)
        if found is None:
            raise UnreadableError(f"the string at byte {begin} does not end")
        at = found.end()
        depth += {b"(": 1, b")": -1}.get(found[0], 0)

    def meant(found: re.Match[bytes]) -> bytes:
        what = found[1]
        if what is None:
            return b"\n"
        if what.isdigit() and what < b"8":
            return bytes([int(what, 8) & 255])
        return b"" if what in (b"\n", b"\r", b"\r\n") else _ESCAPES.get(what, what)

    return _ESCAPED.sub(meant, data[begin : at - 1]), at


def read_object(data: bytes, at: int) -> tuple[Ref, Any, int]:
    """An indirect object: its own reference, its value, and the place after `endobj`.

    A stream must say its own length. Raises UnreadableError.
    """
    found = _OBJECT.match(data, at)
    if found is None:
        raise UnreadableError(f"there is no object at byte {at}")
    value, at = read_value(data, found.end())
    at = skip_space(data, at)
    if begins := _STREAM.match(data, at):
        end = begins.end() + count_of(value.get(b"Length") if isinstance(value, dict) else None)
        ends = _ENDSTREAM.match(data, end)
        if ends is None:
            raise UnreadableError("a stream is not as long as it says")
        value, at = Stream(value, data[begins.end() : end]), skip_space(data, ends.end())
    if (ends := _ENDOBJ.match(data, at)) is None:
        raise UnreadableError(f"the object before byte {at} does not end")
    return Ref(int(found[1]), int(found[2])), value, ends.end()


def read_packed(stream: Stream) -> dict[int, Any]:
    """The objects of an object stream (7.5.7), by number. Raises UnreadableError."""
    data = stream.unpacked()
    first, count = (count_of(stream.head.get(name)) for name in (b"First", b"N"))
    words = data[:first].split()
    numbers = [int(word) for word in words if _NUMBER.fullmatch(word)]
    if len(words) != 2 * count or len(numbers) != len(words) or len({*numbers[::2]}) != count:
        raise UnreadableError("an object stream does not say what is in it")
    found, end = dict[int, Any](), 0
    for number, at in zip(numbers[::2], numbers[1::2], strict=True):
        if at < end:  # values that share bytes could be read for ever
            raise UnreadableError("objects of an object stream overlap")
        found[number], end = read_value(data, first + at)
        end -= first
    return found
