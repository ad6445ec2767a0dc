"""The structure of a PDF of our own making (ISO 32000-1, 14.7): what belongs where in; its objects out.

It tells only which pieces of which page belong to an element. So very many files have the same structure, and
it is written once for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from pipeline.documents.syntax import Value
from pipeline.documents.tagged_file import ref
from pipeline.documents.writing import Packed, in_object_streams

DOCUMENT = 0  # the element to which all others belong

# What was added to which element: another one, by its tag and further entries of its dictionary; a piece of a
# page, by that; or a link on a page, by the complement of that.
Step = tuple[int, bytes | int]


class Structure:
    """A structure in the making. Elements go by numbers; what is added is read in this order."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._tags = [b"Document"]  # by element
        self._marks: list[int] = []  # by page, how many there are

    def add(self, parent: int, tag: bytes, attributes: bytes = b"") -> int:
        """A further element in another one."""
        self.steps.append((parent, tag + attributes))
        self._tags.append(tag)
        return len(self._tags) - 1

    def new_page(self) -> None:
        """A further page."""
        self._marks.append(0)

    def mark(self, element: int, page: int) -> tuple[bytes, int]:
        """A piece of a page belongs to an element; the tag of that, and the number of the piece there."""
        self.steps.append((element, page))
        number = self._marks[page]
        self._marks[page] = number + 1
        return self._tags[element], number

    def link(self, element: int, page: int) -> None:
        """A link on a page belongs to an element."""
        self.steps.append((element, ~page))


@dataclass(frozen=True, slots=True)
class Tree:
    """A structure as it is written."""

    size: int  # how many numbers of objects it takes
    pages: Sequence[int]  # numbers for pages and links, in their order: whoever draws writes these
    links: Sequence[int]
    parts: Sequence[int]  # the numbers of elements that belong to the document itself
    packed: Sequence[Packed]  # all elements but the document
    parents: Sequence[Value]  # of the parent tree, key and value in turn: each page, then each link


@lru_cache(maxsize=256)  # 3 kB of one activity, 30 of twenty
def tree(steps: tuple[Step, ...], pages: int, document: int, first: int) -> Tree:
    """`document`: the number of its object; `first`: of those that the tree takes, one after the other."""
    end = first + pages
    elements = [_Element(document, 0, b"/Document")]
    marked: list[list[bytes]] = [[] for _ in range(pages)]  # by page and mark, the element that it belongs to
    links: list[int] = []
    linked: list[bytes] = []  # by link
    for at, added in steps:
        element = elements[at]
        if isinstance(added, bytes):
            element.kids.append(ref(end))
            elements.append(_Element(end, element.number, b"/" + added))
            end += 1
        elif added < 0:
            element.kids.append(b"<</Type /OBJR/Obj %d 0 R/Pg %d 0 R>>" % (end, first + ~added))
            linked.append(ref(element.number))
            links.append(end)
            end += 1
        else:
            element.kids.append(element.mark(first + added, len(marked[added])))
            marked[added].append(ref(element.number))
    by_key = [b"[%b]" % b" ".join(each) for each in marked] + linked
    return Tree(
        size=end - first,
        pages=range(first, first + pages),
        links=tuple(links),
        parts=tuple(each.number for each in elements if each.parent == document),
        packed=tuple(in_object_streams([(each.number, each.written()) for each in elements[1:]])),
        parents=tuple(said for key, value in enumerate(by_key) for said in (b"%d" % key, value)),
    )


@dataclass
class _Element:
    """An element on its way into its object."""

    number: int
    parent: int
    entries: bytes  # of its dictionary: its tag, as a name, and what follows that
    kids: list[bytes] = field(default_factory=list)
    page: int = 0  # the number of the page of its first mark; 0: it has none

    def mark(self, page: int, number: int) -> bytes:
        """A mark of this element's, as it is referred to."""
        self.page = self.page or page
        return b"%d" % number if page == self.page else b"<</Type /MCR/Pg %d 0 R/MCID %d>>" % (page, number)

    def written(self) -> bytes:
        page = b"/Pg %d 0 R" % self.page if self.page else b""
        said = (self.entries, self.parent, b" ".join(self.kids), page)
        return b"<</Type /StructElem/S %b/P %d 0 R/K [%b]%b>>" % said
