"""How a PDF's objects move into a merged file: its objects in; what is written of them, with gaps, out.

Certificates of one template agree in all but some texts and drawings. So a layout is found once, and of each
further file of its kind only its gaps are filled.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pipeline.documents.font_use import Drawn, drawn_with, fonts_of
from pipeline.documents.gaps import SHARED, Form, Gap, form, gap, named, renamed
from pipeline.documents.syntax import (
    PdfObjects,
    Value,
    head_of,
    is_stream,
    parse,
    reference,
    unparse,
    with_gaps,
)
from pipeline.errors import DocumentError

BETWEEN = b"\0\0;\0\0"  # objects that are filled together
_FONT = re.compile(rb"/([^\s/()<>\[\]]+)(?=\s+[\d.]+\s+Tf)")
_TEXT = re.compile(rb"/(Alt|ActualText)\s*(?:\((?:[^\\()]|\\.)*\)|<[0-9A-Fa-f\s]*>)", re.DOTALL)
_LENGTH = re.compile(rb"/Filter /FlateDecode|/Length \d+")
_INHERITED = ("Resources", "MediaBox", "CropBox", "Rotate")  # by a page (ISO 32000-1, 7.7.3.4)
_DRAWN = ("Resources", "Contents")  # of a page
_ROOTS = ("Pages", "AcroForm", "StructTreeRoot")  # of the catalog, that are joined
NOTHING = Form(b"", ())


@dataclass(frozen=True, slots=True)
class Shared:
    """An object that several files may have in common."""

    at: int
    form: Form  # its gaps alone, where it is loose
    is_loose: bool  # its text is read from each file


@dataclass(eq=False)
class Layout:
    """What all files of one kind bring into a merged file. Objects go by the numbers that they had."""

    root: int = 0  # of the structure tree
    homes: list[int] = field(default_factory=list)  # nodes of the tree of pages
    pages: list[int] = field(default_factory=list)
    shared: list[Shared] = field(default_factory=list)  # each after those that it refers to
    varying: list[Shared] = field(default_factory=list)  # of these, those that may differ from file to file
    same: set[Gap] = field(default_factory=set)  # of these, those that cannot, nor what they refer to
    own: list[int] = field(default_factory=list)  # the part's own, in the order of their new numbers
    written: list[int] = field(default_factory=list)  # of these, those that are alike in all files
    loose: list[tuple[int, tuple[Gap, ...]]] = field(
        default_factory=list
    )  # and those that differ, with their gaps
    drawn: list[Drawn] = field(default_factory=list)
    typed_in: list[Gap] = field(default_factory=list)  # files of fonts of which all letters may be needed
    fields: list[int] = field(default_factory=list)
    fonts: list[tuple[str, Form]] = field(default_factory=list)  # of form fields
    wants_appearances: bool = False
    parts: list[int] = field(default_factory=list)  # elements below the root
    parents: list[int] = field(default_factory=list)  # keys of the parent tree
    named: list[int] = field(default_factory=list)  # elements that have names
    roles: dict[str, Value] = field(default_factory=dict)
    # What is written, those that refer to each key, and the names, with BETWEEN between them.
    text: Form = NOTHING
    keys: list[int] = field(default_factory=list)  # its gaps for numbers in the parent tree


def layout_of(objects: PdfObjects) -> Layout:
    """The layout of a file, which is found once for all that differ from it in texts and streams only.

    Raises DocumentError for one without tags, or that cannot be merged.
    """
    known = _known_layouts(_kind(objects))
    if known:
        return known[0]
    finder = _Finder(objects)
    if finder.is_of_its_kind():
        known.append(finder.layout)
    return finder.layout


@lru_cache(maxsize=128)
def _known_layouts(_kind: tuple[object, ...]) -> list[Layout]:
    """The layout of this kind, if one was found."""
    return []


def _kind(objects: PdfObjects) -> tuple[object, ...]:
    """All of a file that its layout depends on."""
    root, info = (reference(objects.trailer.get(name)) for name in ("Root", "Info"))
    catalog = objects.dictionary(objects.trailer["Root"])
    roots = tuple(unparse(catalog[name]) for name in _ROOTS if name in catalog)
    known = {root, info, *(objects.head.loose if objects.head else ())}
    own = ((at, _essence(body)) for at, body in objects.loose.items() if at not in known)
    return (objects.head, root, roots, *own)


def _essence(body: bytes) -> bytes:
    """What of an object the layout depends on: of one in which others lie all of it, of another stream how it
    is described, and neither a text in the place of a picture nor what was signed."""
    if is_stream(body):
        return body if b"/ObjStm" in (head := head_of(body)) else _LENGTH.sub(b"", head)
    return b"" if _is_signed(body) else _TEXT.sub(rb"/\1", body)


def _is_signed(body: bytes) -> bool:
    return b"/Type/Sig/" in body or b"/Type /Sig/" in body


class _Finder:
    """A layout in the making."""

    def __init__(self, objects: PdfObjects) -> None:
        self.layout = Layout()
        self._objects = objects
        # What lies in no object stream and is the same in all files of this one's kind all the same.
        self._constant: Container[int] = objects.head.loose if objects.head else ()
        self._numbered: set[int] = set()  # gaps
        self._waiting: list[int] = []  # objects of the part's own that have a number and are not written yet
        self._changed: dict[int, Form] = {}  # what they say, where that is not what they said
        self._written: list[Form] = []
        self._parents: list[Form] = []
        self._names: list[Form] = []
        self._begun: set[int] = set()
        self._catalog = objects.dictionary(objects.trailer["Root"])
        self._form = objects.dictionary(self._catalog.get("AcroForm"))
        self._tree = objects.dictionary(self._catalog.get("StructTreeRoot"))
        self._find()

    def is_of_its_kind(self) -> bool:
        """Whether nothing was used that another file of the same kind may have otherwise."""
        used = {gap % SHARED for gap in self._numbered}
        for at, body in self._objects.loose.items():
            if is_stream(body) or at not in used:
                continue
            if _is_signed(body) or (at in self._changed and _essence(body) != body):
                return False
        return not used & {reference(self._objects.trailer.get(name)) for name in ("Root", "Info")}

    def _find(self) -> None:
        """All that its pages, form fields and tags need."""
        if not self._tree:
            raise DocumentError("A PDF has no tags, so it cannot be merged with others.")
        layout = self.layout
        layout.root = reference(self._catalog["StructTreeRoot"])
        pages = list(self._pages(self._catalog["Pages"], {}))
        self._numbered.update([layout.root, *layout.homes])
        layout.pages += [self._own(at) for at, _ in pages]
        for at, page in pages:
            self._changed[at] = self._page(page)
        self._add_fields()
        self._add_tags()
        while self._waiting:
            self._write(self._waiting.pop())
        forms = [*self._written, *self._parents, *self._names]
        text = BETWEEN.join(form.text for form in forms)
        if text.count(BETWEEN) != len(forms) - 1:
            raise ValueError("a text has zeros in it")
        gaps = tuple(gap for form in forms for gap in form.gaps)
        layout.text, layout.keys = Form(text, gaps), [gap for gap in gaps if isinstance(gap, int) and gap < 0]

    def _write(self, at: int) -> None:
        body = self._objects.bodies.get(at, b"null")
        if at in self._changed:
            self.layout.written.append(at)
            self._written.append(self._changed[at])
        elif is_stream(body):
            # A form field's look is its own, as viewers write into it what is typed; its fonts are shared.
            self._need_all(self._objects.dictionary(parse(body)).get("Resources"))
            self.layout.loose.append((at, self._shared_form(body).gaps))
        elif at in self._objects.loose and _essence(body) != body:
            self.layout.loose.append((at, self._moved(body).gaps))
        else:
            self.layout.written.append(at)
            self._written.append(self._moved(body))

    def _pages(self, node: Value, above: Mapping[str, Value]) -> Iterator[tuple[int, dict[str, Value]]]:
        """Each page with its number; what it inherits becomes its own."""
        found = self._objects.dictionary(node)
        own = {**{name: above[name] for name in _INHERITED if name in above}, **found}
        if "Kids" not in found:
            yield reference(node), own
            return
        self.layout.homes.append(reference(node))
        for kid in self._objects.items(found["Kids"]):
            yield from self._pages(kid, own)

    def _page(self, page: dict[str, Value]) -> Form:
        """A page as it is written: what is drawn on it is shared, and no signature's field lies on it."""
        drawn: dict[str, Value] = {name: page.pop(name) for name in _DRAWN if name in page}
        notes = [one for one in self._objects.items(page.pop("Annots", None)) if not self._is_signature(one)]
        if notes:
            page["Annots"] = notes
        shared = self._shared_form(unparse(drawn))
        streams = [reference(one) for one in self._objects.items(drawn.get("Contents"))]
        self._note_drawn(drawn.get("Resources"), streams)
        own = self._moved(unparse(page))
        return Form(own.text[:-2] + shared.text[2:], own.gaps + shared.gaps)

    def _note_drawn(self, resources: Value | None, streams: list[int]) -> None:
        """What streams of operators draw with, and the forms that they draw."""
        objects = self._objects
        found = fonts_of(objects, resources).items()
        fonts = {name: (self._shared(program), texts) for name, (program, texts) in found}
        self.layout.drawn.append(drawn_with(objects.bodies, streams, fonts, self._constant))
        for value in objects.dictionary(objects.dictionary(resources).get("XObject")).values():
            if b"/Form" in objects.bodies.get(reference(value), b"")[:400]:
                self._note_drawn(objects.dictionary(value).get("Resources"), [reference(value)])

    def _need_all(self, resources: Value | None) -> None:
        """A viewer takes of these fonts the letters that are typed."""
        for program, _ in fonts_of(self._objects, resources).values():
            self.layout.typed_in.append(self._shared(program))

    def _is_signature(self, value: Value) -> bool:
        return self._objects.dictionary(value).get("FT") == b"/Sig"

    def _add_fields(self) -> None:
        """Each field under a name of its own, with its font."""
        self.layout.wants_appearances = self._form.get("NeedAppearances") == b"true"
        for value in self._objects.items(self._form.get("Fields")):
            if self._is_signature(value):
                continue
            at, found = reference(value), {**self._objects.dictionary(value)}
            if isinstance(name := found.get("T"), bytes):
                found["T"] = named(name)
            look = found.get("DA", self._form.get("DA"))
            if isinstance(look, bytes):
                found["DA"] = _FONT.sub(lambda name: b"/" + self._font(name[1].decode("latin-1")), look)
            self.layout.fields.append(self._own(at))
            self._changed[at] = self._moved(unparse(found))

    def _font(self, name: str) -> bytes:
        """A gap for the name that a font of form fields has in the merged file."""
        resources = self._objects.dictionary(self._form.get("DR"))
        if not (value := self._objects.dictionary(resources.get("Font")).get(name)):
            return name.encode("latin-1")
        if all(name != known for known, _ in self.layout.fonts):
            self.layout.fonts.append((name, self._shared_form(unparse(value))))
            self._need_all({"Font": {name: value}})
        return gap(name)

    def _add_tags(self) -> None:
        """The structure tree as a part of the whole; its parent tree, names and roles."""
        layout = self.layout
        for kid in self._objects.items(self._tree.get("K")):
            at, found = reference(kid), {**self._objects.dictionary(kid)}
            if found.get("S") == b"/Document":
                found["S"] = b"/Part"
            layout.parts.append(self._own(at))
            self._changed[at] = self._moved(unparse(found))
        for key, value in self._leaves(self._tree.get("ParentTree"), "Nums"):
            marks = self._objects.open(value)
            layout.parents.append(int(key))
            self._parents.append(self._moved(unparse(marks if isinstance(marks, list) else value)))
        for key, value in self._leaves(self._tree.get("IDTree"), "Names"):
            layout.named.append(self._own(reference(value)))
            self._names.append(form(named(key), ()))
        layout.roles.update(self._objects.dictionary(self._tree.get("RoleMap")))

    def _leaves(self, tree: Value | None, kind: str) -> Iterator[tuple[bytes, Value]]:
        """The keys and values of a tree of names or numbers (ISO 32000-1, 7.9.6, 7.9.7)."""
        found = self._objects.dictionary(tree)
        pairs = self._objects.items(found.get(kind))
        yield from zip((key for key in pairs[::2] if isinstance(key, bytes)), pairs[1::2], strict=True)
        for kid in self._objects.items(found.get("Kids")):
            yield from self._leaves(kid, kind)

    def _own(self, at: int) -> int:
        """The gap for an object that is the part's own."""
        if at not in self._numbered:
            self._numbered.add(at)
            self.layout.own.append(at)
            self._waiting.append(at)
        return at

    def _shared(self, at: int) -> int:
        """The gap for an object that several files may have in common."""
        gap = SHARED + at
        if gap not in self._numbered:
            if at in self._begun:
                raise DocumentError("A PDF cannot be merged: what is drawn in it refers to itself.")
            self._begun.add(at)
            body = self._objects.bodies.get(at, b"null")
            form = self._shared_form(body)
            is_loose = is_stream(body) or (at in self._objects.loose and _essence(body) != body)
            shared = Shared(at, Form(b"", form.gaps) if is_loose else form, is_loose)
            self.layout.shared.append(shared)
            self._numbered.add(gap)
            if (not is_loose or at in self._constant) and self.layout.same.issuperset(form.gaps):
                self.layout.same.add(gap)
            else:
                self.layout.varying.append(shared)
        return gap

    def _shared_form(self, body: bytes) -> Form:
        """What refers to shared objects."""
        text, targets = with_gaps(body)
        return form(text, tuple(self._shared(at) if at >= 0 else at for at in targets))

    def _moved(self, body: bytes) -> Form:
        """What refers to objects of the part's own."""
        if b"/ID" in body or b"/Headers" in body:
            body = unparse(renamed(parse(body)))
        text, targets = with_gaps(body)
        return form(text, tuple(self._own(at) if at >= 0 else at for at in targets))
