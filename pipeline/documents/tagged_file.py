"""What a PDF/UA-1 file of several pages has beside them: catalog, structure tree, form fields, bookmarks.

Whoever writes pages notes what each has here, and `finish` writes the rest (ISO 32000-1, 7.7, 12.3, 14.7; ISO
14289-1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from weakref import WeakKeyDictionary
from xml.sax.saxutils import escape

from pipeline.documents.font_use import FontUse
from pipeline.documents.syntax import Value, stream, text_string, unparse
from pipeline.documents.writing import Output, PdfWriter, SharedObjects

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


class TaggedFile:
    """A file in the making: its pages, and what is of all of them."""

    def __init__(self, out: Output) -> None:
        self.writer = PdfWriter(out)
        self.home, self.root, self.document = (self.writer.reserve() for _ in range(3))
        self.font_use = FontUse(self.writer)
        self.shared = SharedObjects(self.writer, self.font_use.keep)
        # The numbers of what all parts of one layout share, by that layout (see moving).
        self.known: MutableMapping[object, Mapping[int | str, int | bytes]] = WeakKeyDictionary()
        self.pages: list[int] = []
        self.parts: list[int] = []  # structure elements
        self.parents: list[Value] = []  # of the parent tree: key and value in turn
        self.next_key = 0
        self.names: list[tuple[bytes, int]] = []  # of structure elements
        self.roles: dict[str, Value] = {}
        self.fields: list[int] = []
        self.fonts: dict[str, Value] = {}  # of form fields
        self.wants_appearances = False
        self.bookmarks: list[tuple[str, int]] = []  # each with its page
        # Objects that differ from file to file, with their numbers: written last, apart from what does not.
        self.last: list[tuple[bytes, int]] = []

    def finish(self, title: str, author: str, identifier: bytes) -> None:
        """Write what is of the whole file. `identifier`: 32 hexadecimal digits."""
        add = self.writer.add
        self.font_use.write()
        add(dictionary_of(Type=b"/Pages", Kids=refs(self.pages), Count=b"%d" % len(self.pages)), self.home)
        parts = refs(self.parts)
        add(dictionary_of(Type=b"/StructElem", S=b"/Document", P=ref(self.root), K=parts), self.document)
        tree: dict[str, Value] = {"Type": b"/StructTreeRoot", "K": refs([self.document])}
        tree["ParentTree"] = ref(add(dictionary_of(Nums=self.parents)))
        tree["ParentTreeNextKey"] = b"%d" % self.next_key
        if self.names:
            tree["IDTree"] = {"Names": [one for name, at in sorted(self.names) for one in (name, ref(at))]}
        if self.roles:
            tree["RoleMap"] = self.roles
        add(unparse(tree), self.root)
        self.writer.pack()
        for body, number in self.last:
            add(body, number)
        catalog: dict[str, Value] = {
            "Type": b"/Catalog",
            "Pages": ref(self.home),
            "Lang": b"(en)",
            "MarkInfo": {"Marked": b"true"},
            "StructTreeRoot": ref(self.root),
            "ViewerPreferences": {"DisplayDocTitle": b"true"},
            "Metadata": ref(add(_metadata(title, author))),
        }
        if self.bookmarks:
            catalog |= {"Outlines": ref(self._outlines()), "PageMode": b"/UseOutlines"}
        if self.fields:
            form: dict[str, Value] = {"Fields": refs(self.fields), "DR": {"Font": self.fonts}}
            if self.wants_appearances:
                form["NeedAppearances"] = b"true"
            catalog["AcroForm"] = form
        info = add(dictionary_of(Title=text_string(title), Author=text_string(author)))
        self.writer.finish(add(unparse(catalog)), info, identifier)

    def _outlines(self) -> int:
        """A bookmark for each part."""
        home, items = self.writer.reserve(), [self.writer.reserve() for _ in self.bookmarks]
        for at, (title, page) in enumerate(self.bookmarks):
            beside = b"/Prev %d 0 R" % items[at - 1] if at else b""
            beside += b"/Next %d 0 R" % items[at + 1] if at + 1 < len(items) else b""
            said = (text_string(title), home, page, beside)
            self.writer.add(b"<</Title %b/Parent %d 0 R/Dest [%d 0 R /Fit]%b>>" % said, items[at])
        first, last, count = ref(items[0]), ref(items[-1]), b"%d" % len(items)
        return self.writer.add(dictionary_of(Type=b"/Outlines", First=first, Last=last, Count=count), home)


def _metadata(title: str, author: str) -> bytes:
    """The metadata of a PDF/UA-1 file (ISO 14289-1, 5), as an object."""
    xml = _XMP.format(title=escape(title), author=escape(author))
    return stream(xml.encode(), b"/Type /Metadata/Subtype /XML")


def ref(number: int) -> bytes:
    """A reference to an object."""
    return b"%d 0 R" % number


def refs(numbers: Iterable[int]) -> list[Value]:
    """References to objects."""
    return [ref(number) for number in numbers]


def dictionary_of(**entries: Value) -> bytes:
    """A dictionary as it is written."""
    return unparse(entries)
