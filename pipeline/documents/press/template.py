"""A template of a PDF: two made-up people's pages in; a file that wants only a person's texts out."""

from __future__ import annotations

import copy
import hashlib
import itertools
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

import pydyf  # type: ignore[import-untyped]

from pipeline.documents.press.phrase import Phrase, particulars
from pipeline.documents.press.setting import Line
from pipeline.documents.press.stream import Label, Piece, Text, UnfitError
from pipeline.rules.certificates.awards import Facts

HEAD = b"%PDF-1.7\n%\xc3\xa2\xc3\xa3\n"
BRIEF = 2000  # bytes: a person's stream that is written as it is; deflating four would take half the time
SMALL = 700  # bytes: a constant piece between two varying ones that is not worth an object of its own
ENTRY = struct.Struct(">BIH")  # of the cross-reference: kind, offset or stream, index


@dataclass(frozen=True)
class Varying:
    """A dictionary or the metadata whose strings speak of the person."""

    at: int  # object number
    before: tuple[bytes | Phrase, ...]  # a phrase is written as a PDF string, or as XML in the metadata
    metadata: bool


@dataclass(frozen=True, slots=True)
class Setting:
    """One person's part of a file."""

    facts: Facts
    texts: Mapping[str, str]  # of the slots
    units: Mapping[str, int]  # sizes of those slots whose size varies
    code: bytes  # operators of the QR code
    identifier: bytes


@dataclass(frozen=True)
class Template:
    """A finished file but for its person."""

    prefix: bytes  # header and all constant objects
    texts: tuple[Text, ...]  # of the sections
    sections: tuple[tuple[int, tuple[Piece, ...]], ...]  # varying parts of the content by object number
    varying: tuple[Varying, ...]
    table: bytes  # the cross-reference, varying offsets still zero
    trailer: bytes  # entries of the cross-reference's dictionary

    def press(self, order: Setting) -> bytes | None:
        """The finished file; None where a text is not as the template can hold it."""
        lines: dict[str, Line] = {}
        for text in self.texts:
            line = text.set(order.texts[text.slot], order.units.get(text.slot, 0))
            if line is None:
                return None
            lines[text.slot] = line
        facts = order.facts
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
                elif isinstance(piece, Text):
                    out.append(piece.put(lines[piece.slot], order.units.get(piece.slot, 0)))
                elif isinstance(piece, Label):
                    out.append(piece.put(lines[piece.slot]))
                else:
                    out.append(order.code)
            add(at, light(b"\n".join(out)))
        said = particulars(facts)
        in_xml = {name: escape(text) for name, text in said.items()}
        for each in self.varying:
            if each.metadata:
                xml = "".join(
                    piece.decode() if isinstance(piece, bytes) else piece.fill(in_xml)
                    for piece in each.before
                )
                add(each.at, light(xml.encode(), b"/Type /Metadata/Subtype /XML"))
            else:
                add(
                    each.at,
                    b"".join(
                        piece if isinstance(piece, bytes) else pydyf.String(piece.fill(said)).data
                        for piece in each.before
                    ),
                )
        digest = hashlib.md5(b"".join(parts[1:]), usedforsecurity=False).hexdigest().encode()
        at = len(table) // ENTRY.size - 1
        ENTRY.pack_into(table, at * ENTRY.size, 1, size, 0)
        extra = b"%b/ID [(%b) (%b)]" % (self.trailer, order.identifier, digest)
        parts.append(b"%d 0 obj\n%b\nendobj\n" % (at, light(bytes(table), extra)))
        parts.append(b"startxref\n%d\n%%%%EOF\n" % size)
        return b"".join(parts)


def packed(data: bytes, extra: bytes = b"") -> bytes:
    """A compressed stream object."""
    return _stream(zlib.compress(data, 9), b"/Filter /FlateDecode" + extra)


def light(data: bytes, extra: bytes = b"") -> bytes:
    """A person's stream object, compressed where that is worth the time."""
    if len(data) < BRIEF:
        return _stream(data, extra)
    return _stream(zlib.compress(data, 1), b"/Filter /FlateDecode" + extra)


def _stream(data: bytes, extra: bytes) -> bytes:
    return b"<<%b/Length %d>>\nstream\n%b\nendstream" % (extra, len(data), data)


def content_of(pdf: Any) -> int:
    """The number of the one page's content stream."""
    return int(_page(pdf)["Contents"].split()[0])


def _page(pdf: Any) -> Any:
    return next(each for each in pdf.objects if isinstance(each, dict) and each.get("Type") == "/Page")


def make(pdfs: tuple[Any, Any], pieces: Sequence[Piece], people: tuple[Facts, Facts]) -> Template:
    """The template, from the PDF objects of two made-up people and the pieces of their pages' content.

    Raises UnfitError where objects differ in anything but strings that say their person's particulars.
    """
    first, second = pdfs[0].objects, pdfs[1].objects
    if len(first) != len(second):
        raise UnfitError("the files have not the same objects")
    page, content = _page(pdfs[0]), content_of(pdfs[0])
    varying = [
        _varying(at, one, other, people)
        for at, (one, other) in enumerate(zip(first, second, strict=True))
        if at and at != content and not _of_fonts(one) and one.data != other.data
    ]
    sections, constants = _sections(pieces)
    next_number = itertools.count(len(first))
    numbers = [content, *(next(next_number) for _ in range(len(sections) + len(constants) - 1))]
    page = copy.copy(page)
    page["Contents"] = pydyf.Array(f"{at} 0 R".encode() for at in numbers)
    streams, plain = {}, {}
    for at, each in enumerate(first):
        if at == 0 or at == content or any(at == one.at for one in varying):
            continue
        if isinstance(each, pydyf.Stream):
            streams[at] = _packed(each)
        else:
            plain[at] = (page if each.get("Type") == "/Page" else each).data
    order: dict[int, Any] = dict(sorted({**sections, **constants}.items()))
    by_number = dict(zip(numbers, order.items(), strict=True))
    for at, (key, value) in by_number.items():
        if key in constants:
            streams[at] = constant(value)
    shelf = next(next_number)
    streams[shelf] = _shelf(plain)
    last = next(next_number)
    table = bytearray(ENTRY.size * (last + 1))
    ENTRY.pack_into(table, 0, 0, 0, 65535)
    prefix = bytearray(HEAD)
    for at, body in streams.items():
        ENTRY.pack_into(table, at * ENTRY.size, 1, len(prefix), 0)
        prefix += b"%d 0 obj\n%b\nendobj\n" % (at, body)
    for index, at in enumerate(plain):
        ENTRY.pack_into(table, at * ENTRY.size, 2, shelf, index)
    trailer = b"/Type /XRef/W [1 4 2]/Size %d/Root %b/Info %b" % (
        last + 1,
        pdfs[0].catalog.reference,
        pdfs[0].info.reference,
    )
    return Template(
        bytes(prefix),
        tuple(piece for piece in pieces if isinstance(piece, Text)),
        tuple((at, value) for at, (key, value) in by_number.items() if key in sections),
        tuple(varying),
        bytes(table),
        trailer,
    )


def _sections(pieces: Sequence[Piece]) -> tuple[dict[int, tuple[Piece, ...]], dict[int, bytes]]:
    """Varying and constant parts of the content, each under its place in the order."""
    runs: list[list[Piece]] = []
    for constant_, group in itertools.groupby(pieces, lambda piece: isinstance(piece, bytes)):
        run: list[Piece] = list(group)
        long = constant_ and _long(run)
        if runs and not long and (not _long(runs[-1]) or not _constant(runs[-1])):
            runs[-1] += run
        else:
            runs.append(run)
    sections = {at: tuple(run) for at, run in enumerate(runs) if not _constant(run)}
    constants = {at: b"\n".join(run) for at, run in enumerate(runs) if _constant(run)}  # type: ignore[arg-type]
    return sections, constants


def _long(run: Sequence[Piece]) -> bool:
    return sum(len(piece) for piece in run if isinstance(piece, bytes)) > SMALL


def _constant(run: Sequence[Piece]) -> bool:
    return all(isinstance(piece, bytes) for piece in run)


def _shelf(plain: Mapping[int, bytes]) -> bytes:
    """An object stream (ISO 32000-1, 7.5.7)."""
    offsets, at = [], 0
    for number, data in plain.items():
        offsets.append(b"%d %d" % (number, at))
        at += len(data) + 1
    head = b" ".join(offsets) + b"\n"
    body = head + b"\n".join(plain.values())
    return packed(body, b"/Type /ObjStm/N %d/First %d" % (len(plain), len(head)))


def _of_fonts(each: Any) -> bool:
    """Whether an object belongs to a font: the second page's hold its own letters only, the first's all."""
    if isinstance(each, pydyf.Stream):
        return "Length1" in each.extra or b"begincmap" in each.stream
    return isinstance(each, dict) and each.get("Type") in ("/Font", "/FontDescriptor")


def _packed(each: Any) -> bytes:
    data = b"\n".join(item if isinstance(item, bytes) else str(item).encode() for item in each.stream)
    return constant(data, pydyf.Dictionary(each.extra).data[2:-2])


constant = lru_cache(maxsize=64)(packed)  # border, seal and fonts are the same in many templates


def _varying(at: int, one: Any, other: Any, people: tuple[Facts, Facts]) -> Varying:
    said, also = (particulars(each) for each in people)
    if isinstance(one, pydyf.Stream):
        if one.extra.get("Type") != "/Metadata":
            raise UnfitError(f"object {at} differs: {one.extra}")
        text = one.stream[0].decode()
        escaped, also_escaped = (
            {name: escape(each) for name, each in names.items()} for names in (said, also)
        )
        phrase = Phrase.learn(text, escaped)
        if phrase.fill(also_escaped) != other.stream[0].decode():
            raise UnfitError("the metadata differ in more than their person")
        return Varying(at, (phrase,), metadata=True)
    pieces: list[bytes | Phrase] = [b"<<"]
    if not isinstance(one, dict) or list(one) != list(other):
        raise UnfitError(f"object {at} differs")
    for key, value in one.items():
        mine, theirs = (pydyf.Dictionary({key: each[key]}).data[2:-2] for each in (one, other))
        if mine == theirs:
            pieces.append(mine)
        elif isinstance(value, pydyf.String):
            phrase = Phrase.learn(value.string, said)
            if phrase.fill(also) != other[key].string:
                raise UnfitError(f"{key} of object {at} differs in more than its person")
            pieces += [b"/%b " % key.encode(), phrase]
        else:
            raise UnfitError(f"{key} of object {at} differs")
    return Varying(at, (*pieces, b">>"), metadata=False)
