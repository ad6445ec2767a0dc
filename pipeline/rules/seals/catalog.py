"""One entry more in a finished PDF's catalog: the file's bytes and the entry in, the file's bytes out.

The files are those that this program has just made, by the press or by WeasyPrint: one revision, whose
cross-reference is a stream and the last object (ISO 32000-1, 7.5.8). What comes before stays as it is, byte
for byte; the catalog follows once more, with its entry, and then the cross-reference anew.
"""

from __future__ import annotations

import re
import struct
import zlib
from functools import lru_cache

ROW = struct.Struct(">BIH")  # kind, offset or stream, index
_END = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
_TABLE = re.compile(rb"(\d+) 0 obj\n<<([^\n]*)>>\nstream\n")
_ROOT = re.compile(rb"/Root (\d+) 0 R")


def with_entry(pdf: bytes, entry: bytes) -> bytes:
    """The file with this entry in its catalog. Raises ValueError for a file of any other kind."""
    start, number, head, table = _cross_reference(pdf)
    rows = _rows(head, table)
    (root,) = map(int, _found(_ROOT, head))
    catalog = _object(pdf, rows, root)
    if not catalog.startswith(b"<<") or not catalog.endswith(b">>") or b"/PieceInfo" in catalog:
        raise ValueError("its catalog cannot take the entry")
    written = b"%d 0 obj\n%b%b>>\nendobj\n" % (root, catalog[:-2].rstrip(), entry)
    rows[root] = (1, start, 0)
    rows[number] = (1, start + len(written), 0)
    packed = zlib.compress(b"".join(ROW.pack(*row) for row in rows), 1)
    kept = re.sub(
        rb"/(Type */XRef|W *\[[^]]*\]|Index *\[[^]]*\]|Filter */\w+|Length *\d+|Size *\d+) *", b"", head
    )
    return b"".join(
        (
            pdf[:start],
            written,
            b"%d 0 obj\n<</Type/XRef/W[1 4 2]/Size %d%b/Filter/FlateDecode/Length %d>>\nstream\n"
            % (number, len(rows), kept.strip(), len(packed)),
            packed,
            b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (start + len(written)),
        )
    )


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
