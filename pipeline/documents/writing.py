"""Objects written as a PDF, one after the other; what several have in common is written once."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Protocol

from pipeline.documents.syntax import PdfObjects, is_stream, moved, stream
from pipeline.errors import DocumentError

HEAD = b"%PDF-1.7\n%\xc3\xa2\xc3\xa3\xcf\xd3\n"
TOGETHER = 200  # objects in one object stream
_ENTRY = struct.Struct(">BQI")  # of a cross-reference: kind, offset or stream, index
_PLACE = struct.Struct(">BQ")
_INDICES = [struct.pack(">I", index) for index in range(TOGETHER)]
_RESERVED = _ENTRY.pack(0, 0, 0)


class Output(Protocol):
    """Where a PDF is written: a file, or what takes its place."""

    def write(self, data: bytes, /) -> int:
        """How many bytes that were."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Objects in one object stream (ISO 32000-1, 7.5.7)."""

    numbers: tuple[int, ...]
    body: bytes  # of the object stream


def in_object_streams(objects: Sequence[tuple[int, bytes]]) -> list[Packed]:
    """Objects that are no streams, each with its number, in as few object streams as may be."""
    return [_packed(tuple(objects[at : at + TOGETHER])) for at in range(0, len(objects), TOGETHER)]


@lru_cache(maxsize=256)  # what is constant in files of one kind
def _packed(objects: tuple[tuple[int, bytes], ...]) -> Packed:
    numbers, bodies = zip(*objects, strict=True)
    places = accumulate((len(body) + 1 for body in bodies[:-1]), initial=0)
    head = b" ".join([b"%d %d" % one for one in zip(numbers, places, strict=True)]) + b"\n"
    extra = b"/Type /ObjStm/N %d/First %d" % (len(bodies), len(head))
    return Packed(numbers, stream(head + b"\n".join(bodies), extra))


class PdfWriter:
    """Objects written to a file one after the other; what was written is not kept in memory."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._at = out.write(HEAD)
        self._entries = [_ENTRY.pack(0, 0, 65535)]
        self._small: list[tuple[int, bytes]] = []  # that wait for their object stream

    @property
    def size(self) -> int:
        """The number that the next object gets."""
        return len(self._entries)

    def reserve(self) -> int:
        """The number of an object that is written afterwards."""
        self._entries.append(_RESERVED)
        return len(self._entries) - 1

    def reserve_all(self, count: int) -> range:
        """The numbers of so many of them."""
        first = len(self._entries)
        self._entries += [_RESERVED] * count
        return range(first, first + count)

    def add_packed(self, objects: Packed) -> None:
        """Write objects that were packed, under their numbers."""
        shelf = self.reserve()
        within = _PLACE.pack(2, shelf)
        for number, index in zip(objects.numbers, _INDICES, strict=False):
            self._entries[number] = within + index
        self._write(objects.body, shelf)

    def add(self, body: bytes, number: int = 0) -> int:
        """Write an object, under a number that was reserved or the next one; its number."""
        number = number or self.reserve()
        if is_stream(body):
            self._write(body, number)
        else:
            self._small.append((number, body))
            if len(self._small) == TOGETHER:
                self.pack()
        return number

    def pack(self) -> None:
        """Write what waits for its object stream. Where all of it is the same in many files, and what follows
        is not, it is packed once for all of them."""
        for some in in_object_streams(self._small):
            self.add_packed(some)
        self._small = []

    def finish(self, root: int, info: int, identifier: bytes) -> None:
        """Write what is left and the cross-reference. `identifier`: of the file, 32 hexadecimal digits."""
        self.pack()
        at, place = self.reserve(), self._at
        self._entries[at] = _ENTRY.pack(1, place, 0)
        table = b"".join(self._entries)
        extra = b"/Type /XRef/W [1 8 4]/Size %d/Root %d 0 R/Info %d 0 R/ID [<%b> <%b>]"
        self._write(stream(table, extra % (len(self._entries), root, info, identifier, identifier)), at)
        self._out.write(b"startxref\n%d\n%%%%EOF\n" % place)

    def _write(self, body: bytes, number: int) -> None:
        self._entries[number] = _ENTRY.pack(1, self._at, 0)
        write = self._out.write  # the body as it is: nothing of its size is copied
        self._at += write(b"%d 0 obj\n" % number) + write(body) + write(b"\nendobj\n")


class SharedObjects:
    """Objects of a file that many refer to, or that several files have in common: each is written once."""

    def __init__(self, writer: PdfWriter, keep_font: Callable[[bytes], int]) -> None:
        """`keep_font`: takes the file of a font, which is written in the end, and gives its number."""
        self._writer, self._keep_font = writer, keep_font
        self._numbers: dict[bytes, int] = {}  # by what an object says, or its digest

    def of(self, objects: PdfObjects, key: int = 0) -> Mapping[int, int]:
        """The number of each of these objects, written when it is asked for with all that it refers to unless
        one that says the same is there. `key`: what numbers in the parent tree are raised by. Raises
        DocumentError for what refers to itself."""
        return _Shared(self, objects, key)

    def add(self, body: bytes) -> int:
        """The number of an object that says this."""
        said = _digest(body) if is_stream(body) else body
        if said not in self._numbers:
            is_font = is_stream(body) and b"/Length1" in body[:400]
            self._numbers[said] = self._keep_font(body) if is_font else self._writer.add(body)
        return self._numbers[said]


class _Shared(dict[int, int]):
    """Those numbers of one file's objects that were asked for."""

    def __init__(self, shared: SharedObjects, objects: PdfObjects, key: int) -> None:
        self._shared, self._bodies, self._key = shared, objects.bodies, key
        self._begun: set[int] = set()

    def __missing__(self, at: int) -> int:
        if at < 0:
            return self._key + ~at
        if at in self._begun:
            raise DocumentError("A PDF cannot be merged: what is drawn in it refers to itself.")
        self._begun.add(at)
        number = self[at] = self._shared.add(moved(self._bodies.get(at, b"null"), self))
        return number


@lru_cache(maxsize=512)  # certificates of one design have most in common
def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()
