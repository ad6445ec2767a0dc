"""A tagged PDF of our own making: lines, rules and links with their place in the structure in; PDF/UA-1 out.

Points from the upper left corner of a page. What is drawn belongs to an element of the structure, or is an
artifact, which is not read aloud (ISO 14289-1, 7.1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from pipeline.documents.pieces import InPieces, Pieces
from pipeline.documents.syntax import PdfObjects, Value, content, moved, stream, text_string, unparse
from pipeline.documents.tagged_file import TaggedFile, ref, refs
from pipeline.documents.typeface import ShapedText, Typeface


@dataclass(eq=False)
class Element:
    """An element of the structure, with what belongs to it in the order of reading."""

    tag: str
    kids: list[Element | MarkedContent | LinkNote] = field(default_factory=list)
    attributes: bytes = b""  # further entries of its dictionary

    def add(self, tag: str, attributes: bytes = b"") -> Element:
        """A further element in this one."""
        self.kids.append(made := Element(tag, attributes=attributes))
        return made


@dataclass(frozen=True)
class MarkedContent:
    """A piece of a page's content."""

    page: int
    number: int


@dataclass(frozen=True)
class LinkNote:
    """A link of a page."""

    page: int
    place: tuple[float, float, float, float]
    address: str
    words: str  # what it leads to


@dataclass(frozen=True, eq=False)
class Picture:
    """A page of another PDF, drawn as a part of this one: what a typesetter made of one text."""

    objects: PdfObjects
    width: float
    height: float  # of the page
    used: float  # of that, from above


class TaggedPdf:
    """A PDF/UA-1 file in the making."""

    def __init__(self, width: float, height: float) -> None:
        self._size = width, height
        self._pages: list[list[bytes]] = []
        self._page = -1  # that is drawn on
        self._parents: list[list[Element]] = []  # by page and by mark
        self._glyphs: dict[Typeface, dict[int, str]] = {}
        self._pictures: list[Picture] = []
        self.document = Element("Document")

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return len(self._pages)

    def new_page(self) -> None:
        """Begin a page: what is drawn from now on stands on it."""
        self._pages.append([])
        self._parents.append([])
        self.go_to(len(self._pages) - 1)

    def go_to(self, page: int) -> None:
        """Draw on this page from now on."""
        self._page = page

    def line(
        self,
        element: Element | None,
        face: Typeface,
        size: float,
        x: float,
        y: float,
        text: ShapedText,
        ink: str,
    ) -> None:
        """Draw a line of text whose baseline begins at x, y; without an element it is an artifact."""
        stand = self._glyphs.setdefault(face, {})
        extra = b""
        if text.is_plain:
            stand.update(text.unusual)
        elif text.text != "".join([stand.setdefault(glyph, meaning) for glyph, meaning in text.glyphs]):
            extra = b"/ActualText %b" % text_string(text.text)
        colour = b"%b rg" % _colour(ink)
        drawn = b"BT %b /%b 1 Tf %.2f 0 0 %.2f %.2f %.2f Tm [%b]TJ ET" % (
            *(colour, face.name.encode(), size, size, x, self._size[1] - y, text.shows),
        )
        self._draw(element, drawn, extra)

    def picture(self, element: Element, x: float, y: float, picture: Picture, says: str) -> None:
        """Draw a picture of a text with its upper left corner at x, y."""
        if picture not in self._pictures:
            self._pictures.append(picture)
        name = b"X%d" % self._pictures.index(picture)
        at = self._size[1] - y - picture.height
        drawn = b"q 1 0 0 1 %.2f %.2f cm /%b Do Q" % (x, at, name)
        self._draw(element, drawn, b"/ActualText %b" % text_string(says))

    def rule(self, x: float, y: float, width: float, thickness: float, ink: str) -> None:
        """Draw a horizontal rule, which is an artifact."""
        place = (x, self._size[1] - y - thickness / 2, width, thickness)
        self._draw(None, b"%b rg %.2f %.2f %.2f %.2f re f" % (_colour(ink), *place))

    def link(
        self, element: Element, place: tuple[float, float, float, float], address: str, words: str
    ) -> None:
        """Make a place of the page (left, top, right, bottom) lead to an address, as the element says."""
        left, top, right, bottom = place
        upright = (left, self._size[1] - bottom, right, self._size[1] - top)
        element.kids.append(LinkNote(self._page, upright, address, words))

    def _draw(self, element: Element | None, drawn: bytes, extra: bytes = b"") -> None:
        page, parents = self._pages[self._page], self._parents[self._page]
        if element is None:
            page.append(b"/Artifact BMC %b EMC" % drawn)
            return
        page.append(b"/%b <</MCID %d%b>> BDC %b EMC" % (element.tag.encode(), len(parents), extra, drawn))
        element.kids.append(MarkedContent(self._page, len(parents)))
        parents.append(element)

    def finish(self, title: str, author: str, bookmarks: Sequence[tuple[str, int]]) -> bytes:
        """The file. `bookmarks`: each with its page, from 0; the same things drawn give the same bytes."""
        out = Pieces()
        file = TaggedFile(out)
        tree = _Tree(file, self.document, len(self._pages))
        file.pages = tree.pages
        file.parts = [tree.numbers[kid] for kid in self.document.kids if isinstance(kid, Element)]
        resources = file.writer.add(unparse(self._resources(file)))
        digest = hashlib.md5(repr((title, author)).encode(), usedforsecurity=False)
        for at, (drawn, parents) in enumerate(zip(self._pages, self._parents, strict=True)):
            drawing = b"\n".join(drawn)
            digest.update(drawing)
            page: dict[str, Value] = {
                "Type": b"/Page",
                "Parent": ref(file.home),
                "MediaBox": [b"0", b"0", *(b"%g" % side for side in self._size)],
                "Resources": ref(resources),
                "Contents": ref(file.writer.add(stream(drawing))),
                "Tabs": b"/S",
                "StructParents": b"%d" % at,
            }
            if tree.notes[at]:
                page["Annots"] = refs(tree.notes[at])
            file.writer.add(unparse(page), file.pages[at])
            file.parents += [b"%d" % at, refs([tree.numbers[one] for one in parents])]
        file.parents += tree.parents_of_notes
        file.next_key = tree.next_key
        file.bookmarks = [(words, file.pages[page]) for words, page in bookmarks]
        file.finish(title, author, digest.hexdigest().encode())
        return InPieces.of(out)

    def _resources(self, file: TaggedFile) -> dict[str, Value]:
        """Fonts and pictures of all pages."""
        faces = sorted(self._glyphs.items(), key=lambda one: one[0].name)
        found: dict[str, Value] = {
            "Font": {face.name: ref(face.embed(file.writer, glyphs)) for face, glyphs in faces}
        }
        if self._pictures:
            drawn: dict[str, Value] = {}
            for at, picture in enumerate(self._pictures):
                drawn[f"X{at}"] = ref(file.writer.add(_form(picture, file)))
            found["XObject"] = drawn
        return found


def _form(picture: Picture, file: TaggedFile) -> bytes:
    """A picture as a form XObject (ISO 32000-1, 8.10), as far down as it is used."""
    objects = picture.objects
    catalog = objects.dictionary(objects.trailer["Root"])
    page = objects.dictionary(objects.items(objects.dictionary(catalog["Pages"])["Kids"])[0])
    drawing = b"\n".join(map(content, objects.drawn(page["Contents"])))
    resources = moved(unparse(page["Resources"]), file.shared.of(objects))
    box = (0.0, picture.height - picture.used, picture.width, picture.height)
    said = b"/Type /XObject/Subtype /Form/BBox [%.2f %.2f %.2f %.2f]" % box
    return stream(drawing, b"%b/Resources %b" % (said, resources))


class _Tree:
    """The structure and the links of a file, written; what its pages need of them."""

    def __init__(self, file: TaggedFile, document: Element, pages: int) -> None:
        self._file = file
        self.pages = [file.writer.reserve() for _ in range(pages)]
        self.numbers = {document: file.document}
        self.notes: list[list[int]] = [[] for _ in range(pages)]
        self.parents_of_notes: list[Value] = []
        self.next_key = pages
        for kid in document.kids:
            if isinstance(kid, Element):
                self._write(kid, file.document)

    def _write(self, element: Element, parent: int) -> None:
        number = self.numbers[element] = self._file.writer.reserve()
        marks = [kid.page for kid in element.kids if isinstance(kid, MarkedContent)]
        kids = []
        for kid in element.kids:
            if isinstance(kid, Element):
                self._write(kid, number)
                kids.append(b"%d 0 R" % self.numbers[kid])
            elif isinstance(kid, LinkNote):
                at = self._note(kid, number)
                kids.append(b"<</Type /OBJR/Obj %d 0 R/Pg %d 0 R>>" % (at, self.pages[kid.page]))
            elif kid.page == marks[0]:
                kids.append(b"%d" % kid.number)
            else:
                kids.append(b"<</Type /MCR/Pg %d 0 R/MCID %d>>" % (self.pages[kid.page], kid.number))
        page = b"/Pg %d 0 R" % self.pages[marks[0]] if marks else b""
        said = (element.tag.encode(), parent, b" ".join(kids), page, element.attributes)
        self._file.writer.add(b"<</Type /StructElem/S /%b/P %d 0 R/K [%b]%b%b>>" % said, number)

    def _note(self, note: LinkNote, element: int) -> int:
        number = self._file.writer.reserve()
        said = (
            b"<</Type /Annot/Subtype /Link/Rect [%.2f %.2f %.2f %.2f]/Border [0 0 0]/F 4/A <</S /URI/URI %b>>"
            b"/Contents %b/P %d 0 R/StructParent %d>>"
            % (
                *note.place,
                text_string(note.address),
                text_string(note.words),
                self.pages[note.page],
                self.next_key,
            )
        )
        self._file.last.append((said, number))
        self.notes[note.page].append(number)
        self.parents_of_notes += [b"%d" % self.next_key, ref(element)]
        self.next_key += 1
        return number


@lru_cache(maxsize=16)
def _colour(ink: str) -> bytes:
    return b" ".join(b"%.3f" % (int(ink[at : at + 2], 16) / 255) for at in (0, 2, 4))
