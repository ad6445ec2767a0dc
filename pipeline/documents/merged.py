"""Issued certificates in, one PDF with all of them out: `merge` as bytes, `merge_into` a file of any size.

Pages stay as they were issued. What makes them accessible is joined: one structure tree (ISO 32000-1, 14.7),
of which each certificate is a part; its parent tree; form fields, each under a name of its own; a bookmark
for each. What several have in common, fonts and drawings above all, is written once. A seal or a signature is
of the file that was issued, so the merged one has none.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from pipeline.documents.syntax import (
    MALFORMED,
    PdfObjects,
    Value,
    is_stream,
    moved,
    parse,
    read_objects,
    reference,
    unparse,
)
from pipeline.documents.tagged_file import TaggedFile
from pipeline.errors import DocumentError

_FONT = re.compile(rb"/([^\s/()<>\[\]]+)(?=\s+[\d.]+\s+Tf)")
_INHERITED = ("Resources", "MediaBox", "CropBox", "Rotate")  # by a page (ISO 32000-1, 7.7.3.4)
_DRAWN = ("Resources", "Contents")  # of a page


@dataclass(frozen=True, slots=True)
class IssuedPdf:
    """One PDF to be merged."""

    pdf: bytes = field(repr=False)
    title: str  # of its bookmark


def merge(issued: Iterable[IssuedPdf], title: str, author: str) -> bytes:
    """One PDF/UA-1 file of all these PDFs, in their order; the same bytes for the same PDFs and texts.

    `title`, `author`: of the file. Raises DocumentError for a PDF that cannot be read or has no tags, and
    ValueError without any.
    """
    out = io.BytesIO()
    merge_into(out, issued, title, author)
    return out.getvalue()


def merge_into(out: BinaryIO, issued: Iterable[IssuedPdf], title: str, author: str) -> int:
    """The same, written to a file that is open for writing; how many PDFs there were. They are read one after
    the other, and memory holds a few lines of each."""
    file, count = TaggedFile(out), 0
    digest = hashlib.md5(repr((title, author)).encode(), usedforsecurity=False)
    for count, each in enumerate(issued, 1):
        digest.update(hashlib.sha256(each.pdf).digest())
        first = len(file.pages)
        try:
            _Part(file, read_objects(each.pdf), count).write()
        except MALFORMED as error:
            raise DocumentError(f"A PDF cannot be merged: {error}.") from error
        file.bookmarks.append((each.title, file.pages[first]))
    if not count:
        raise ValueError("there is nothing to merge")
    file.finish(title, author, digest.hexdigest().encode())
    return count


class _Part:
    """One PDF on its way into the merged file."""

    def __init__(self, file: TaggedFile, objects: PdfObjects, place: int) -> None:
        self._all, self._objects = file, objects
        self._mark = f"-{place}"  # what tells this part's names from those of others
        self._key = file.next_key  # what its numbers in the parent tree are raised by
        self._numbers = _Numbers(file, self._key)
        self._changed: dict[int, bytes] = {}  # what they say, where that is not what they said
        self._share = file.shared.of(objects, file.next_key)
        self._catalog = objects.dictionary(objects.trailer["Root"])
        self._form = objects.dictionary(self._catalog.get("AcroForm"))
        self._tree = objects.dictionary(self._catalog.get("StructTreeRoot"))

    def write(self) -> None:
        """Write all that its pages, form fields and tags need."""
        if not self._tree:
            raise DocumentError("A PDF has no tags, so it cannot be merged with others.")
        self._numbers[reference(self._catalog["StructTreeRoot"])] = self._all.document
        pages = list(self._pages(self._catalog["Pages"], {}))
        self._all.pages += [self._numbers[at] for at, _ in pages]
        for at, page in pages:
            self._changed[at] = self._page(page)
        self._add_fields()
        self._add_tags()
        waiting, bodies, add = self._numbers.waiting, self._objects.bodies, self._all.writer.add
        while waiting:
            at = waiting.pop()
            add(self._changed.get(at) or self._moved(bodies.get(at, b"null")), self._numbers[at])

    def _pages(self, node: Value, above: Mapping[str, Value]) -> Iterator[tuple[int, dict[str, Value]]]:
        """Each page with its number; what it inherits becomes its own."""
        found = self._objects.dictionary(node)
        own = {**{name: above[name] for name in _INHERITED if name in above}, **found}
        if "Kids" not in found:
            yield reference(node), own
            return
        self._numbers[reference(node)] = self._all.home
        for kid in self._objects.items(found["Kids"]):
            yield from self._pages(kid, own)

    def _page(self, page: dict[str, Value]) -> bytes:
        """A page as it is written: what is drawn on it is shared, and no signature's field lies on it."""
        drawn: dict[str, Value] = {name: page.pop(name) for name in _DRAWN if name in page}
        notes = [one for one in self._objects.items(page.pop("Annots", None)) if not self._is_signature(one)]
        if notes:
            page["Annots"] = notes
        shared = moved(unparse(drawn), self._share)
        operators = self._objects.drawn(drawn.get("Contents"))
        self._all.font_use.note(self._objects, drawn.get("Resources"), operators, self._share)
        return self._moved(unparse(page))[:-2] + shared[2:]

    def _is_signature(self, value: Value) -> bool:
        return self._objects.dictionary(value).get("FT") == b"/Sig"

    def _add_fields(self) -> None:
        """Each field under a name of its own, with its font."""
        self._all.wants_appearances |= self._form.get("NeedAppearances") == b"true"
        for value in self._objects.items(self._form.get("Fields")):
            if self._is_signature(value):
                continue
            at, found = reference(value), {**self._objects.dictionary(value)}
            if isinstance(name := found.get("T"), bytes):
                found["T"] = self._named(name)
            look = found.get("DA", self._form.get("DA"))
            if isinstance(look, bytes):
                found["DA"] = _FONT.sub(lambda name: b"/" + self._font(name[1].decode("latin-1")), look)
            self._all.fields.append(self._numbers[at])
            self._changed[at] = self._moved(unparse(found))

    def _font(self, name: str) -> bytes:
        """The name that a font of form fields has in the merged file."""
        fonts, resources = self._all.fonts, self._objects.dictionary(self._form.get("DR"))
        if value := self._objects.dictionary(resources.get("Font")).get(name):
            font = moved(unparse(value), self._share)
            self._all.font_use.need_all(self._objects, {"Font": {name: value}}, self._share)
            if fonts.setdefault(name, font) != font:
                name += self._mark
                fonts[name] = font
        return name.encode("latin-1")

    def _add_tags(self) -> None:
        """The structure tree as a part of the whole; its parent tree, names and roles."""
        for kid in self._objects.items(self._tree.get("K")):
            at, found = reference(kid), {**self._objects.dictionary(kid)}
            if found.get("S") == b"/Document":
                found["S"] = b"/Part"
            self._all.parts.append(self._numbers[at])
            self._changed[at] = self._moved(unparse(found))
        for key, value in self._leaves(self._tree.get("ParentTree"), "Nums"):
            marks, number = self._objects.open(value), int(key) + self._key
            parents = self._moved(unparse(marks if isinstance(marks, list) else value))
            self._all.parents += [b"%d" % number, parents]
            self._all.next_key = max(self._all.next_key, number + 1)
        for key, value in self._leaves(self._tree.get("IDTree"), "Names"):
            self._all.names.append((self._named(key), self._numbers[reference(value)]))
        self._all.roles.update(self._objects.dictionary(self._tree.get("RoleMap")))

    def _leaves(self, tree: Value | None, kind: str) -> Iterator[tuple[bytes, Value]]:
        """The keys and values of a tree of names or numbers (ISO 32000-1, 7.9.6, 7.9.7)."""
        found = self._objects.dictionary(tree)
        pairs = self._objects.items(found.get(kind))
        yield from zip((key for key in pairs[::2] if isinstance(key, bytes)), pairs[1::2], strict=True)
        for kid in self._objects.items(found.get("Kids")):
            yield from self._leaves(kid, kind)

    def _moved(self, body: bytes) -> bytes:
        """An object of this part's own as it is written. A form field's look is one, as viewers write into it
        what is typed; the fonts that it names are shared."""
        if is_stream(body):
            found = self._objects.dictionary(parse(body))
            self._all.font_use.need_all(self._objects, found.get("Resources"), self._share)
            return moved(body, self._share)
        if b"/ID" in body or b"/Headers" in body:
            body = unparse(self._renamed(parse(body)))
        return moved(body, self._numbers)

    def _renamed(self, value: Value) -> Value:
        """With the names of structure elements, and what refers to them, made this part's own."""
        if isinstance(value, list):
            return [self._renamed(one) for one in value]
        if not isinstance(value, dict):
            return value
        found = {name: self._renamed(one) for name, one in value.items()}
        if isinstance(name := found.get("ID"), bytes):
            found["ID"] = self._named(name)
        if isinstance(heads := found.get("Headers"), list):
            found["Headers"] = [self._named(head) if isinstance(head, bytes) else head for head in heads]
        return found

    def _named(self, name: bytes) -> bytes:
        """A string with this part's mark at its end."""
        if name.startswith(b"("):
            return name[:-1] + self._mark.encode() + b")"
        is_wide = name[1:5].lower() == b"feff"
        return name[:-1] + self._mark.encode("utf-16-be" if is_wide else "ascii").hex().encode() + b">"


class _Numbers(dict[int, int]):
    """The numbers that one part's own objects have in the merged file, by those that they had. Whichever is
    asked for gets one, and has to be written."""

    def __init__(self, file: TaggedFile, key: int) -> None:
        self._reserve, self._key = file.writer.reserve, key
        self.waiting: list[int] = []  # objects that have a number and are not written yet

    def __missing__(self, at: int) -> int:
        if at < 0:
            return self._key + ~at
        number = self[at] = self._reserve()
        self.waiting.append(at)
        return number
