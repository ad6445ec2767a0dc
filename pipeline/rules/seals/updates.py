"""What was appended to a sealed file: its bytes in; each update's objects, or a refusal, out.

A viewer saves a form by an update (ISO 32000-1, 7.5.6): new versions of objects, a cross-reference, a
trailer. All bytes of it are read in their order, and the cross-reference may name nothing but what was read:
there is no second way to read the file in which something else would be seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from pipeline.rules.seals.pdf_objects import (
    Name,
    Ref,
    Stream,
    UnreadableError,
    count_of,
    read_object,
    read_packed,
    read_value,
    same,
    skip_space,
)

_START = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF[\r\n ]*")
_TABLE = re.compile(rb"xref[ \t]*\r?\n")
_SECTION = re.compile(rb"(\d{1,10}) (\d{1,7})[ \t]*\r?\n")
_LINE = re.compile(rb"(\d{10}) (\d{5}) ([nf])(?: \r| \n|\r\n)")
_TRAILER = re.compile(rb"\s*trailer")
MOST = 200_000  # numbers of objects
WIDEST = 8  # bytes of a number in a cross-reference stream


@dataclass(frozen=True)
class XrefLine:
    """A line of a cross-reference."""

    number: int
    kind: int  # 0: no object, 1: at a place in the file, 2: in an object stream
    at: int
    index: int = 0


class Sealed:
    """The file as it was sealed: one revision. Raises UnreadableError."""

    def __init__(self, pdf: bytes) -> None:
        self._pdf = pdf
        found = _START.search(pdf, max(0, len(pdf) - 64))
        if found is None:
            raise UnreadableError("the sealed file has no end")
        self.start = int(found[1])
        _, stream, _ = read_object(pdf, self.start)
        self.head = stream.head
        self._entries = {entry.number: entry for entry in stream_entries(stream)}
        self.size = int(self.head[b"Size"])
        self._packed: dict[int, dict[int, Any]] = {}

    def value(self, ref: object) -> Any:
        """What a reference leads to; what is none, as it is; None for nothing."""
        if not isinstance(ref, Ref):
            return ref
        entry = self._entries.get(ref.number)
        if entry is None or entry.kind == 0:
            return None
        if entry.kind == 1:
            return read_object(self._pdf, entry.at)[1]
        if entry.at not in self._packed:
            self._packed[entry.at] = read_packed(self.value(Ref(entry.at, 0)))
        return self._packed[entry.at][ref.number]

    @cached_property
    def root(self) -> dict[bytes, Any]:
        """The catalog."""
        found: dict[bytes, Any] = self.value(self.head[b"Root"])
        return found


def read_updates(pdf: bytes, sealed: Sealed, end: int) -> Iterator[tuple[int, Any]]:
    """Number and value of all objects after the sealed file's end.

    Raises UnreadableError for what is no update, cannot be read, or leads elsewhere than it seems.
    """
    at, previous = skip_space(pdf, end), sealed.start
    if at >= len(pdf):
        raise UnreadableError("bytes follow that are no update")
    while at < len(pdf):
        found, placed, entries, start, trailer = [], {}, list[XrefLine](), -1, dict[bytes, Any]()
        while not pdf.startswith(b"startxref", at):
            if start >= 0:
                raise UnreadableError("something follows a cross-reference")
            begin = at
            if pdf.startswith(b"xref", at):
                start = at
                entries, at = table_entries(pdf, at)
                trailer, at = read_value(pdf, at)
            else:
                ref, value, at = read_object(pdf, at)
                if ref.generation:
                    raise UnreadableError("an object has a generation")
                found.append((ref.number, value))
                placed[1, ref.number, begin, 0] = True
                if _is_stream_of(b"XRef", value):
                    start, trailer, entries = begin, value.head, stream_entries(value)
                elif _is_stream_of(b"ObjStm", value):
                    packed = read_packed(value)
                    placed.update({(2, one, ref.number, index): True for index, one in enumerate(packed)})
                    found += packed.items()
            at = skip_space(pdf, at)
        ends = _START.match(pdf, at)
        if ends is None or int(ends[1]) != start or start < 0:
            raise UnreadableError("an update does not say where its cross-reference is")
        _check_trailer(trailer, sealed, previous)
        for entry in entries:
            is_there = (entry.kind, entry.number, entry.at, entry.index) in placed
            if not (is_there if entry.kind else entry.number == 0 or entry.number >= sealed.size):
                raise UnreadableError(f"the update leads elsewhere for object {entry.number}")
        yield from found
        at, previous = ends.end(), start


def _is_stream_of(kind: bytes, value: object) -> bool:
    return isinstance(value, Stream) and same(value.head.get(b"Type"), Name(kind))


def _check_trailer(trailer: object, sealed: Sealed, previous: int) -> None:
    head = sealed.head
    if (
        not isinstance(trailer, dict)
        or not same(trailer.get(b"Root"), head[b"Root"])
        or not same(trailer.get(b"Info", head.get(b"Info")), head.get(b"Info"))
        or not same(trailer.get(b"Prev"), Decimal(previous))
        or {b"Encrypt", b"XRefStm"} & trailer.keys()
    ):
        raise UnreadableError("the update does not follow from the sealed file")


def stream_entries(stream: object) -> list[XrefLine]:
    """The lines of a cross-reference stream (7.5.8). Raises UnreadableError."""
    if not isinstance(stream, Stream):
        raise UnreadableError("a cross-reference is none")
    head, data = stream.head, stream.unpacked()
    said = (head.get(b"W"), head.get(b"Index", [Decimal(0), head.get(b"Size")]))
    widths, index = ([count_of(one) for one in numbers or ()] for numbers in said)
    rows = sum(index[1::2])
    if (
        len(widths) != 3
        or max(widths) > WIDEST
        or len(index) % 2
        or max((*index, rows)) > MOST
        or rows * sum(widths) != len(data)
    ):
        raise UnreadableError("a cross-reference is damaged")
    entries, at = [], 0
    for first, count in zip(index[::2], index[1::2], strict=True):
        for number in range(first, first + count):
            parts = []
            for width in widths:
                parts.append(int.from_bytes(data[at : at + width]))
                at += width
            kind = parts[0] if widths[0] else 1
            if kind > 2 or (kind == 1 and parts[2]):
                raise UnreadableError("a cross-reference has lines of another kind")
            entries.append(XrefLine(number, kind, parts[1], parts[2] if kind == 2 else 0))
    return entries


def table_entries(pdf: bytes, at: int) -> tuple[list[XrefLine], int]:
    """The lines of a cross-reference table (7.5.4), and the place after the word `trailer`.

    Raises UnreadableError.
    """
    entries: list[XrefLine] = []
    head = _TABLE.match(pdf, at)
    at = head.end() if head else at
    while section := _SECTION.match(pdf, at):
        first, count, at = int(section[1]), int(section[2]), section.end()
        for number in range(first, first + min(count, MOST)):
            line = _LINE.match(pdf, at)
            if line is None or (line[3] == b"n" and int(line[2])):
                raise UnreadableError("a cross-reference is damaged")
            entries.append(XrefLine(number, int(line[3] == b"n"), int(line[1]) if line[3] == b"n" else 0))
            at = line.end()
    ends = _TRAILER.match(pdf, at)
    if head is None or ends is None:
        raise UnreadableError("a cross-reference is damaged")
    return entries, ends.end()
