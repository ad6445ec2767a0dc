"""Issued certificates in, one PDF with all of them out: `merge` as bytes, `merge_into` a file of any size.

Pages stay as they were issued. What makes them accessible is joined: one structure tree (ISO 32000-1, 14.7),
of which each certificate is a part; its parent tree; form fields, each under a name of its own; a bookmark
for each. What several have in common, fonts and drawings above all, is written once. A seal or a signature is
of the file that was issued, so the merged one has none.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from pipeline.documents.gaps import MARKS, SHARED, Gap
from pipeline.documents.moving import BETWEEN, Layout, layout_of
from pipeline.documents.pieces import InPieces, Pieces
from pipeline.documents.syntax import MALFORMED, PdfObjects, read_objects, with_gaps
from pipeline.documents.tagged_file import TaggedFile
from pipeline.documents.writing import Output, Packed, in_object_streams
from pipeline.errors import DocumentError


@dataclass(frozen=True, slots=True)
class IssuedPdf:
    """One PDF to be merged."""

    pdf: bytes = field(repr=False)
    title: str  # of its bookmark
    sha256: str = ""  # of it, where that is known


def merge(issued: Iterable[IssuedPdf], title: str, author: str) -> bytes:
    """One PDF/UA-1 file of all these PDFs, in their order; the same bytes for the same PDFs and texts.

    `title`, `author`: of the file. Raises DocumentError for a PDF that cannot be read or has no tags, and
    ValueError without any.
    """
    pieces = Pieces()
    merge_into(pieces, issued, title, author)
    return InPieces.of(pieces)


def merge_into(out: Output, issued: Iterable[IssuedPdf], title: str, author: str) -> int:
    """The same, written to a file that is open for writing; how many PDFs there were. They are read one after
    the other, and memory holds a few lines of each."""
    file, count = TaggedFile(out), 0
    digest = hashlib.md5(repr((title, author)).encode(), usedforsecurity=False)
    for count, each in enumerate(issued, 1):
        digest.update(bytes.fromhex(each.sha256) or hashlib.sha256(each.pdf).digest())
        first = len(file.pages)
        try:
            objects = read_objects(each.pdf)
            _add(file, objects, layout_of(objects), count)
        except MALFORMED as error:
            raise DocumentError(f"A PDF cannot be merged: {error}.") from error
        file.bookmarks.append((each.title, file.pages[first]))
    if not count:
        raise ValueError("there is nothing to merge")
    try:
        file.finish(title, author, digest.hexdigest().encode())
    except MALFORMED as error:  # a font, which is opened last
        raise DocumentError(f"A PDF cannot be merged: {error}.") from error
    return count


def _add(file: TaggedFile, objects: PdfObjects, layout: Layout, place: int) -> None:
    """Write one PDF into the merged file, `place` among others."""
    bodies, writer, key = objects.bodies, file.writer, file.next_key
    filling: dict[Gap, int | bytes] = dict(zip(MARKS, _marks(place), strict=True))
    filling.update((gap, key + ~gap) for gap in layout.keys)
    known = file.known.get(layout)
    filling.update(known or ())
    for one in layout.shared if known is None else layout.varying:
        body = (
            _as_it_stands(bodies[one.at], one.form.gaps, filling)
            if one.is_loose
            else one.form.filled(filling)
        )
        filling[SHARED + one.at] = file.shared.add(body)
    if known is None:
        file.known[layout] = {gap: filling[gap] for gap in layout.same}
    writer.pack()
    own = {layout.root: file.document, **dict.fromkeys(layout.homes, file.home)}
    own.update(zip(layout.own, numbers := writer.reserve_all(len(layout.own)), strict=True))
    filling.update(own.items())
    filling.update((name, _font(file, name, form.filled(filling), place)) for name, form in layout.fonts)
    alike = _alike(layout, numbers.start, tuple(map(filling.__getitem__, layout.text.gaps)))
    for some in alike.written:
        writer.add_packed(some)
    file.last += ((_as_it_stands(bodies[at], gaps, filling), own[at]) for at, gaps in layout.loose)
    for at, parents in zip(layout.parents, alike.parents, strict=True):
        file.parents += [b"%d" % (key + at), parents]
        file.next_key = max(file.next_key, key + at + 1)
    file.names += zip(alike.names, (own[at] for at in layout.named), strict=True)
    file.pages += [own[at] for at in layout.pages]
    file.parts += [own[at] for at in layout.parts]
    file.fields += [own[at] for at in layout.fields]
    file.roles.update(layout.roles)
    file.wants_appearances |= layout.wants_appearances
    for drawn in layout.drawn:
        file.font_use.note(drawn, bodies, filling)
    file.font_use.need_all(filling[gap] for gap in layout.typed_in)


@dataclass(frozen=True, slots=True)
class _Alike:
    """What is alike in all files of one kind, as it is written at one place of a merged file."""

    written: Sequence[Packed]
    parents: Sequence[bytes]
    names: Sequence[bytes]


@lru_cache(maxsize=128)  # the first two certificates are of the same few kinds in most files
def _alike(layout: Layout, first: int, filling: tuple[int | bytes, ...]) -> _Alike:
    """`first`: the number of the first object of the part's own; `filling`: of the gaps of the text."""
    pieces = (layout.text.text % filling).split(BETWEEN)
    named = len(pieces) - len(layout.named)
    numbers = dict(zip(layout.own, itertools.count(first), strict=False))
    written = list(zip(map(numbers.__getitem__, layout.written), pieces, strict=False))
    return _Alike(in_object_streams(written), pieces[len(written) : named], pieces[named:])


def _as_it_stands(body: bytes, gaps: tuple[Gap, ...], filling: Mapping[Gap, int | bytes]) -> bytes:
    """An object of this file's, that refers to others than before."""
    return _referring(body, tuple(map(filling.__getitem__, gaps))) if gaps else body


@lru_cache(maxsize=256)  # a template's drawings refer to the same numbers in most files
def _referring(body: bytes, to: tuple[int | bytes, ...]) -> bytes:
    return with_gaps(body)[0] % to


def _font(file: TaggedFile, name: str, font: bytes, place: int) -> bytes:
    """The name that a font of form fields has in the merged file."""
    if file.fonts.setdefault(name, font) != font:
        name += f"-{place}"
        file.fonts[name] = font
    return name.encode("latin-1")


def _marks(place: int) -> list[bytes]:
    """What tells the names of one part from those of others, as MARKS."""
    mark = f"-{place}"
    return [mark.encode(), *(mark.encode(form).hex().encode() for form in ("ascii", "utf-16-be"))]
