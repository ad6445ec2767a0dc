"""A template's making: the PDF objects of two made-up people in; a file that lacks only a person's texts out.

Objects that are equal in both are constant. Objects that differ may do so in strings that name the person's
particulars; anything else raises UnfitError.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

import pydyf  # type: ignore[import-untyped]

from pipeline.documents.press.content import Piece, UnfitError, VaryingText
from pipeline.documents.press.sentence import Sentence, particulars
from pipeline.documents.press.template import ENTRY, Template, VaryingObject, plain_stream, small_stream
from pipeline.rules.certificates.awards import Facts

HEAD = b"%PDF-1.7\n%\xc3\xa2\xc3\xa3\n"
SMALL = 700  # bytes: a constant piece between two varying ones that is not worth an object of its own


def content_of(pdf: Any) -> int:
    """The object number of the one page's content stream."""
    return int(_page(pdf)["Contents"].split()[0])


def _page(pdf: Any) -> Any:
    return next(each for each in pdf.objects if isinstance(each, dict) and each.get("Type") == "/Page")


def make_template(pdfs: tuple[Any, Any], pieces: Sequence[Piece], people: tuple[Facts, Facts]) -> Template:
    """The template, from the PDF objects of two made-up people and the pieces of their pages' content.

    Its fonts are those of the first PDF. Raises UnfitError where objects differ in anything but strings that
    name their person's particulars.
    """
    first, second = pdfs[0].objects, pdfs[1].objects
    if len(first) != len(second):
        raise UnfitError("the files have not the same objects")
    content = content_of(pdfs[0])
    varying = {
        at: _varying(at, one, other, people)
        for at, (one, other) in enumerate(zip(first, second, strict=True))
        if at and at != content and not _of_fonts(one) and one.data != other.data
    }
    sections = _sections(pieces)
    next_number = itertools.count(len(first))
    numbers = [content, *(next(next_number) for _ in sections[1:])]
    page = copy.copy(_page(pdfs[0]))
    page["Contents"] = pydyf.Array(f"{at} 0 R".encode() for at in numbers)
    streams, plain = {}, {}
    for at, each in enumerate(first):
        if at == 0 or at == content or at in varying:
            continue
        if isinstance(each, pydyf.Stream):
            streams[at] = _small(each)
        else:
            plain[at] = (page if each.get("Type") == "/Page" else each).data
    for at, section in zip(numbers, sections, strict=True):
        if isinstance(section, bytes):
            streams[at] = small_stream(section)
    shelf = next(next_number)
    streams[shelf] = _object_stream(plain)
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
        tuple(piece for piece in pieces if isinstance(piece, VaryingText)),
        tuple(
            (at, section)
            for at, section in zip(numbers, sections, strict=True)
            if not isinstance(section, bytes)
        ),
        tuple(varying.values()),
        bytes(table),
        trailer,
    )


def _sections(pieces: Sequence[Piece]) -> list[bytes | tuple[Piece, ...]]:
    """The content in parts, each an object of its own: constant ones as bytes, varying ones in pieces.

    A constant run between two varying ones goes with these where it is short.
    """
    runs: list[list[Piece]] = []
    for constant, group in itertools.groupby(pieces, lambda piece: isinstance(piece, bytes)):
        run: list[Piece] = list(group)
        if runs and not (constant and _is_long(run)) and not (_is_constant(runs[-1]) and _is_long(runs[-1])):
            runs[-1] += run
        else:
            runs.append(run)
    return [
        b"\n".join(run) if _is_constant(run) else tuple(run)  # type: ignore[arg-type]
        for run in runs
    ]


def _is_long(run: Sequence[Piece]) -> bool:
    return sum(len(piece) for piece in run if isinstance(piece, bytes)) > SMALL


def _is_constant(run: Sequence[Piece]) -> bool:
    return all(isinstance(piece, bytes) for piece in run)


def _object_stream(plain: Mapping[int, bytes]) -> bytes:
    """Objects that are no streams, in an object stream (ISO 32000-1, 7.5.7)."""
    offsets, at = [], 0
    for number, data in plain.items():
        offsets.append(b"%d %d" % (number, at))
        at += len(data) + 1
    head = b" ".join(offsets) + b"\n"
    body = head + b"\n".join(plain.values())
    return small_stream(body, b"/Type /ObjStm/N %d/First %d" % (len(plain), len(head)))


def _of_fonts(each: Any) -> bool:
    """Whether an object belongs to a font: the second page's hold its own letters only, the first's all."""
    if isinstance(each, pydyf.Stream):
        return "Length1" in each.extra or b"begincmap" in each.stream
    return isinstance(each, dict) and each.get("Type") in ("/Font", "/FontDescriptor")


def _small(each: Any) -> bytes:
    """A stream, deflated unless it is packed already, as a picture is."""
    data = b"\n".join(item.data if isinstance(item, pydyf.Object) else _bytes(item) for item in each.stream)
    extra = pydyf.Dictionary(each.extra).data[2:-2]
    return plain_stream(data, extra) if "Filter" in each.extra else small_stream(data, extra)


def _bytes(item: Any) -> bytes:
    return item if isinstance(item, bytes) else str(item).encode()


def _varying(at: int, one: Any, other: Any, people: tuple[Facts, Facts]) -> VaryingObject:
    said, also = (particulars(each) for each in people)
    if isinstance(one, pydyf.Stream):
        if one.extra.get("Type") != "/Metadata":
            raise UnfitError(f"object {at} differs: {one.extra}")
        said, also = ({name: escape(text) for name, text in each.items()} for each in (said, also))
        sentence = _learned(one.stream[0].decode(), other.stream[0].decode(), said, also)
        return VaryingObject(at, (sentence,), metadata=True)
    if not isinstance(one, dict) or list(one) != list(other):
        raise UnfitError(f"object {at} differs")
    pieces: list[bytes | Sentence] = [b"<<"]
    for key, value in one.items():
        mine, theirs = (pydyf.Dictionary({key: each[key]}).data[2:-2] for each in (one, other))
        if mine == theirs:
            pieces.append(mine)
        elif isinstance(value, pydyf.String):
            pieces += [b"/%b " % key.encode(), _learned(value.string, other[key].string, said, also)]
        else:
            raise UnfitError(f"{key} of object {at} differs")
    return VaryingObject(at, (*pieces, b">>"), metadata=False)


def _learned(one: str, other: str, said: Mapping[str, str], also: Mapping[str, str]) -> Sentence:
    """The sentence behind two people's texts."""
    sentence = Sentence.learn(one, said)
    if sentence.fill(also) != other:
        raise UnfitError(f"{one!r} and {other!r} differ in more than their person")
    return sentence
