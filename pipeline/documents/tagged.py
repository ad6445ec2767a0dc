"""A tagged PDF of our own making: lines, rules and links with their place in the structure in; PDF/UA-1 out.

Points from the upper left corner of a page. What is drawn belongs to an element of the structure, or is an
artifact, which is not read aloud (ISO 14289-1, 7.1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from pipeline.documents.pieces import InPieces, Pieces
from pipeline.documents.structure import Structure, tree
from pipeline.documents.syntax import PdfObjects, Value, content, moved, stream, text_string, unparse
from pipeline.documents.tagged_file import TaggedFile, ref, refs
from pipeline.documents.typeface import ShapedText, Typeface


class LinkNote(NamedTuple):
    """A link of a page."""

    page: int
    place: tuple[float, float, float, float]  # left, top, right, bottom
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
        self._links: list[LinkNote] = []
        self._glyphs: dict[Typeface, dict[int, str]] = {}
        self._pictures: list[Picture] = []
        self.structure = Structure()

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return len(self._pages)

    def new_page(self) -> None:
        """Begin a page: what is drawn from now on stands on it."""
        self._pages.append([])
        self.structure.new_page()
        self.go_to(len(self._pages) - 1)

    def go_to(self, page: int) -> None:
        """Draw on this page from now on."""
        self._page = page

    def line(
        self, element: int | None, face: Typeface, pen: bytes, x: float, y: float, text: ShapedText
    ) -> None:
        """Draw a line of text whose baseline begins at x, y; without an element it is an artifact. `pen`:
        the operators before it, by the function of that name."""
        stand, extra = self._glyphs.setdefault(face, {}), b""
        if text.is_plain:
            if text.unusual:
                stand.update(text.unusual)
        elif text.text != "".join([stand.setdefault(glyph, meaning) for glyph, meaning in text.glyphs]):
            extra = b"/ActualText %b" % text_string(text.text)
        drawn = b"%b%.2f %.2f Tm [%b]TJ ET" % (pen, x, self._size[1] - y, text.shows)
        self._draw(element, drawn, extra)

    def picture(self, element: int, x: float, y: float, picture: Picture, says: str) -> None:
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

    def link(self, element: int, place: tuple[float, float, float, float], address: str, words: str) -> None:
        """Make a place of the page (left, top, right, bottom) lead to an address, as the element says."""
        self.structure.link(element, self._page)
        self._links.append(LinkNote(self._page, place, address, words))

    def _draw(self, element: int | None, drawn: bytes, extra: bytes = b"") -> None:
        page = self._pages[self._page]
        if element is None:
            page.append(b"/Artifact BMC %b EMC" % drawn)
            return
        tag, number = self.structure.mark(element, self._page)
        page.append(b"/%b <</MCID %d%b>> BDC %b EMC" % (tag, number, extra, drawn))

    def finish(self, title: str, author: str, bookmarks: Sequence[tuple[str, int]]) -> bytes:
        """The file. `bookmarks`: each with its page, from 0; the same things drawn give the same bytes."""
        out, links = Pieces(), self._links
        file = TaggedFile(out)
        steps = tuple(self.structure.steps)
        made = tree(steps, len(self._pages), file.document, file.writer.size)
        file.writer.reserve_all(made.size)
        for some in made.packed:
            file.writer.add_packed(some)
        file.pages += made.pages
        file.parts += made.parts
        file.parents += made.parents
        resources = file.writer.add(unparse(self._resources(file)))
        digest = hashlib.md5(repr((title, author)).encode(), usedforsecurity=False)
        for at, drawn in enumerate(self._pages):
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
            if numbers := [number for number, one in zip(made.links, links, strict=True) if one.page == at]:
                page["Annots"] = refs(numbers)
            file.writer.add(unparse(page), file.pages[at])
        file.next_key = len(self._pages) + len(links)
        for key, (number, link) in enumerate(zip(made.links, links, strict=True), len(self._pages)):
            file.last.append((self._note(link, file.pages[link.page], key), number))
        file.bookmarks = [(words, file.pages[page]) for words, page in bookmarks]
        file.finish(title, author, digest.hexdigest().encode())
        return InPieces.of(out)

    def _note(self, link: LinkNote, page: int, key: int) -> bytes:
        left, top, right, bottom = link.place
        upright = (left, self._size[1] - bottom, right, self._size[1] - top)
        return (
            b"<</Type /Annot/Subtype /Link/Rect [%.2f %.2f %.2f %.2f]/Border [0 0 0]/F 4/A <</S /URI/URI %b>>"
            b"/Contents %b/P %d 0 R/StructParent %d>>"
            % (*upright, text_string(link.address), text_string(link.words), page, key)
        )

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


@lru_cache(maxsize=64)
def pen(face: Typeface, size: float, ink: str) -> bytes:
    """The operators before a line of text but for where it begins: its colour, face and size."""
    return b"BT %b rg /%b 1 Tf %g 0 0 %g " % (_colour(ink), face.name.encode(), size, size)


@lru_cache(maxsize=16)
def _colour(ink: str) -> bytes:
    return b" ".join(b"%.3f" % (int(ink[at : at + 2], 16) / 255) for at in (0, 2, 4))
