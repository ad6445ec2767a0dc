"""Objects of a finished PDF written anew, and more of them: bytes in, bytes out.

The files are those that this program has just made, by the press or by WeasyPrint: one revision, whose
cross-reference is a stream and the last object (ISO 32000-1, 7.5.8). What comes before stays as it is, byte
for byte; the objects follow, and then the cross-reference anew.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping
from functools import lru_cache

ROW = struct.Struct(">BIH")  # kind, offset or stream, index
_END = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
_TABLE = re.compile(rb"(\d+) 0 obj\n<<([^\n]*)>>\nstream\n")
_ROOT = re.compile(rb"/Root (\d+) 0 R")
# Of a cross-reference's dictionary, what is written anew.
_OWN = re.compile(rb"/(Type */XRef|W *\[[^]]*\]|Index *\[[^]]*\]|Filter */\w+|Length *\d+|Size *\d+) *")


class Finished:
    """A finished certificate, of which some objects are written anew and others added.

    Raises ValueError for a file of any other kind.
    """

    def __init__(self, pdf: bytes) -> None:
        self._pdf = pdf
        self._start, self._number, self._head, table = _cross_reference(pdf)
        self._rows = _rows(self._head, table)
        (self.root,) = map(int, _found(_ROOT, self._head))

    @property
    def next_number(self) -> int:
        """The number of the first object that is added."""
        return len(self._rows)

    def text(self, number: int) -> bytes:
        """The text of an object that is no stream. Raises ValueError."""
        if not 0 < number < len(self._rows):
            raise ValueError(f"there is no object {number}")
        return _object(self._pdf, self._rows, number)

    def rewritten(self, objects: Mapping[int, bytes]) -> bytes:
        """The file with these texts of objects; numbers from `next_number` on are new, without a gap."""
        rows = self._rows + [(1, 0, 0)] * sum(number >= len(self._rows) for number in objects)
        parts, at = [self._pdf[: self._start]], self._start
        for number, text in objects.items():
            written = b"%d 0 obj\n%b\nendobj\n" % (number, text)
            rows[number] = (1, at, 0)
            parts.append(written)
            at += len(written)
        rows[self._number] = (1, at, 0)
        packed = zlib.compress(b"".join(ROW.pack(*row) for row in rows), 1)
        parts += [
            b"%d 0 obj\n<</Type/XRef/W[1 4 2]/Size %d%b/Filter/FlateDecode/Length %d>>\nstream\n"
            % (self._number, len(rows), _OWN.sub(b"", self._head).strip(), len(packed)),
            packed,
            b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % at,
        ]
        return b"".join(parts)


def with_more(dictionary: bytes, more: bytes) -> bytes:
    """The text of a dictionary with further entries. Raises ValueError."""
    if not dictionary.startswith(b"<<") or not dictionary.endswith(b">>"):
        raise ValueError("an object is no dictionary")
    return dictionary[:-2].rstrip() + more + b">>"


def with_entry(pdf: bytes, entry: bytes) -> bytes:
    """The file with this entry in its catalog. Raises ValueError for a file of any other kind."""
    finished = Finished(pdf)
    return finished.rewritten({finished.root: with_more(unsealed_catalog(finished), entry)})


def unsealed_catalog(finished: Finished) -> bytes:
    """The catalog's text. Raises ValueError where a program has left something in it already."""
    catalog = finished.text(finished.root)
    if b"/PieceInfo" in catalog:
        raise ValueError("its catalog cannot take the entry")
    return catalog


def _found(pattern: re.Pattern[bytes], text: bytes) -> tuple[bytes, ...]:
    found = pattern.search(text)
    if found is None:
        raise ValueError(f"it lacks {pattern.pattern.decode()}")
    return found.groups()


def _cross_reference(pdf: bytes) -> tuple[int, int, bytes, bytes]:
    """Where it is, its object number, its dictionary and its table."""
    end = _END.search(pdf, max(0, len(pdf) - 64))
    found = _TABLE.match(pdf, int(end[1])) if end else None
    if end is None or found is None:
        raise ValueError("its cross-reference is not a stream at its end")
    data = pdf[found.end() : end.start()].removesuffix(b"\nendstream\nendobj\n")
    if len(data) != int(_found(re.compile(rb"/Length (\d+)"), found[2])[0]):
        raise ValueError("its cross-reference is not its last object")
    return found.start(), int(found[1]), found[2], _inflated(found[2], data)


def _inflated(head: bytes, data: bytes) -> bytes:
    if b"/Filter" not in head:
        return data
    if not re.search(rb"/Filter */FlateDecode", head) or b"/DecodeParms" in head:
        raise ValueError("a stream is packed in another way")
    try:
        return zlib.decompress(data)
    except zlib.error as error:
        raise ValueError(f"a stream is damaged: {error}") from error


def _rows(head: bytes, table: bytes) -> list[tuple[int, int, int]]:
    """Kind, offset or stream, and index, by object number."""
    first, second, third = map(int, _found(re.compile(rb"/W *\[(\d) (\d) (\d)\]"), head))
    (size,) = map(int, _found(re.compile(rb"/Size (\d+)"), head))
    index = re.search(rb"/Index *\[(\d+) (\d+)\]", head)
    width = first + second + third
    if (index and (int(index[1]), int(index[2])) != (0, size)) or len(table) != size * width or first != 1:
        raise ValueError("its cross-reference is not of one piece")
    if (first, second, third) == (1, 4, 2):
        return list(ROW.iter_unpack(table))
    return [
        (
            table[at],
            int.from_bytes(table[at + 1 : at + 1 + second]),
            int.from_bytes(table[at + 1 + second : at + width]),
        )
        for at in range(0, len(table), width)
    ]


def _object(pdf: bytes, rows: list[tuple[int, int, int]], number: int) -> bytes:
    """The text of an object that is no stream."""
    kind, at, index = rows[number]
    if kind == 1:
        begin, end = pdf.index(b"obj", at) + 3, pdf.index(b"endobj", at)
        return pdf[begin:end].strip()
    where = rows[at][1]
    begin = pdf.index(b"stream", where)
    head = pdf[where:begin]
    begin = pdf.index(b"\n", begin) + 1
    length = int(_found(re.compile(rb"/Length (\d+)"), head)[0])
    (first,) = map(int, _found(re.compile(rb"/First (\d+)"), head))
    return _member(head, pdf[begin : begin + length], first, index, number)


@lru_cache(maxsize=16)
def _member(head: bytes, packed: bytes, first: int, index: int, number: int) -> bytes:
    """An object of an object stream, which all certificates of one design and activity share."""
    body = _inflated(head, packed)
    places = [int(part) for part in body[:first].split()] + [-1, len(body) - first]
    if places[2 * index] != number:
        raise ValueError("an object is not where its cross-reference says")
    return body[first + places[2 * index + 1] : first + places[2 * index + 3]].strip()
