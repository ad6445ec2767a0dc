"""A finished file but for its person: one person's texts in; the PDF's bytes out.

A file begins with all constant objects, serialised once. A person's objects follow: short streams of drawing
operators, the dictionaries and metadata that name the person, and the cross-reference.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

import pydyf  # type: ignore[import-untyped]

from pipeline.documents import compose
from pipeline.documents.pieces import InPieces
from pipeline.documents.press.content import MovingText, Piece, VaryingText
from pipeline.documents.press.sentence import Sentence, particulars
from pipeline.documents.press.typesetting import Line
from pipeline.rules.certificates.awards import Facts

# Bytes below which a stream of a person is not deflated: it would hardly get smaller. To deflate the others
# takes a quarter of the press's time, and makes files a tenth smaller.
SHORT = 300
ENTRY = struct.Struct(">BIH")  # of the cross-reference: kind, offset or stream, index


@dataclass(frozen=True)
class VaryingObject:
    """A dictionary or the metadata whose strings name the person."""

    at: int  # object number
    pieces: tuple[bytes | Sentence, ...]  # a sentence is written as a PDF string, or as XML in the metadata
    metadata: bool


@dataclass(frozen=True, slots=True)
class PersonPart:
    """What one person's file has of its own."""

    facts: Facts
    texts: Mapping[str, str]  # by slot
    units: Mapping[str, int]  # sizes, of those slots whose size varies
    code: bytes  # operators of the QR code
    identifier: bytes  # of the file


def person_part(facts: Facts, texts: Mapping[str, str], units: Mapping[str, int], code: bytes) -> PersonPart:
    """What one person's file has of its own."""
    return PersonPart(facts, texts, units, code, compose.identifier(facts))


@dataclass(frozen=True)
class Template:
    """A finished file but for its person."""

    prefix: bytes  # header and all constant objects
    texts: tuple[VaryingText, ...]  # of the sections
    sections: tuple[tuple[int, tuple[Piece, ...]], ...]  # varying parts of the content, by object number
    objects: tuple[VaryingObject, ...]
    table: bytes  # the cross-reference, in which the offsets of varying objects are zero
    trailer: bytes  # entries of the cross-reference's dictionary

    def press(self, part: PersonPart) -> bytes | None:
        """The finished file; None where the template cannot hold a text."""
        lines: dict[str, Line] = {}
        for text in self.texts:
            line = text.typeset(part.texts[text.slot], part.units.get(text.slot, 0))
            if line is None:
                return None
            lines[text.slot] = line
        parts, size = [self.prefix], len(self.prefix)
        table = bytearray(self.table)

        def add(at: int, body: bytes) -> None:
            nonlocal size
            ENTRY.pack_into(table, at * ENTRY.size, 1, size, 0)
            parts.append(written := b"%d 0 obj\n%b\nendobj\n" % (at, body))
            size += len(written)

        for at, pieces in self.sections:
            out: list[bytes] = []
            for piece in pieces:
                if isinstance(piece, bytes):
                    out.append(piece)
                elif isinstance(piece, VaryingText):
                    out.append(piece.operators(lines[piece.slot], part.units.get(piece.slot, 0)))
                elif isinstance(piece, MovingText):
                    out.append(piece.operators(lines[piece.slot]))
                else:
                    out.append(part.code)
            add(at, quick_stream(b"\n".join(out)))
        said = particulars(part.facts)
        in_xml = {name: escape(text) for name, text in said.items()}
        for each in self.objects:
            if each.metadata:
                xml = b"".join(
                    piece if isinstance(piece, bytes) else piece.fill(in_xml).encode()
                    for piece in each.pieces
                )
                add(each.at, quick_stream(xml, b"/Type /Metadata/Subtype /XML"))
            else:
                strings = (
                    piece if isinstance(piece, bytes) else pydyf.String(piece.fill(said)).data
                    for piece in each.pieces
                )
                add(each.at, b"".join(strings))
        digest = hashlib.md5(b"".join(parts[1:]), usedforsecurity=False).hexdigest().encode()
        at = len(table) // ENTRY.size - 1
        ENTRY.pack_into(table, at * ENTRY.size, 1, size, 0)
        extra = b"%b/ID [(%b) (%b)]" % (self.trailer, part.identifier, digest)
        parts.append(b"%d 0 obj\n%b\nendobj\n" % (at, quick_stream(bytes(table), extra)))
        parts.append(b"startxref\n%d\n%%%%EOF\n" % size)
        return InPieces.of(parts)


Found = Template | str | None  # None where there can be no template; words where the plan takes two pages


def small_stream(data: bytes, extra: bytes = b"") -> bytes:
    """A stream object of a template, as small as it gets."""
    return plain_stream(zlib.compress(data, 9), b"/Filter /FlateDecode" + extra)


def quick_stream(data: bytes, extra: bytes = b"") -> bytes:
    """A stream object of a person, deflated where that is worth the time."""
    if len(data) < SHORT:
        return plain_stream(data, extra)
    return plain_stream(zlib.compress(data, 1), b"/Filter /FlateDecode" + extra)


def plain_stream(data: bytes, extra: bytes) -> bytes:
    """A stream object of bytes as they are."""
    return b"<<%b/Length %d>>\nstream\n%b\nendstream" % (extra, len(data), data)
