"""What the ledger says of the private pages, and what a publish changes: values, no files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.rules.places import INDEX, PERSONS, names, token_of
from pipeline.rules.web.pages import PageFile

PAGE = INDEX
PORTION = 500  # pages asked for at a time


@dataclass(frozen=True)
class Link:
    """A private page that must be live, with the PDFs beside it."""

    page: str = field(repr=False)  # "c/<token>" or "verify/<number>"
    files: tuple[PageFile, ...] = field(default=(), repr=False)
    sha256: str = field(default="", repr=False)  # of the page as the build wrote it; empty: it did not

    @property
    def names(self) -> tuple[str, ...]:
        """What belongs into the page's folder."""
        return (PAGE, *(file.name for file in self.files))


@dataclass(frozen=True)
class Scope:
    """How much a publish looks at."""

    links: Sequence[Link] = field(repr=False)  # pages that must be there
    gone: Sequence[str] = field(default=(), repr=False)  # pages that must not be there
    is_whole: bool = False  # every file, byte for byte, and whatever else lies at the host

    @property
    def pages(self) -> list[str]:
        return [link.page for link in self.links]


@dataclass(frozen=True)
class HostRecord:
    """What the ledger says of the web host itself, and how it is told what is about to happen there."""

    mark: bytes | None = None  # how far the ledger had come, as it was found there and judged
    is_ours: bool = False  # this ledger left it, and no other has taken its place since
    public: Mapping[str, str] = field(default_factory=dict)  # stamps of public files that were proved there
    # Told of the files that will be sent, and of those that will be removed, before anything is done.
    foresee: Callable[[Sequence[str], Sequence[str]], None] = lambda _sent, _removed: None


@dataclass(frozen=True)
class Record:
    """Private pages, as "c/<token>" and "verify/<number>", by what the ledger says of them; public files.

    A removal is explained where the ledger knows that the page was published and says that it must not be
    there any more (expiry, rotation), or where the page stays and the file is none of those that belong
    beside it (correction, replacement, withdrawal, closed download).
    """

    # Pages that must exist and were not proved to be live at this very target as they are; they want a proof.
    changed: Sequence[str] = field(repr=False)
    # Pages that may be at the host and must not exist any more; they want a proof that they are gone.
    gone: Sequence[str] = field(repr=False)
    all_pages: Callable[[], Sequence[str]] = field(repr=False)  # every page that must exist
    required_among: Callable[[Sequence[str]], Collection[str]] = field(repr=False)  # which of these are such
    sent: Collection[str] = field(repr=False)  # of the changed ones, those that the host may have from before
    files: Callable[[Sequence[str]], Mapping[str, Sequence[PageFile]]] = field(repr=False)  # by token
    digests: Callable[[Sequence[str]], Mapping[str, str]] = field(repr=False)  # SHA-256, by page
    public: Mapping[str, str]  # every public file that the build made, as a path below output/; its SHA-256
    is_part: bool = False  # all this is of some participants alone: the help desk does not wait
    host: HostRecord = HostRecord()

    def scope(self, full: bool) -> Scope:
        """What a publish has to look at."""
        if full:
            return self.everything()
        return Scope(list(self.links(self.changed)), self.gone)

    def everything(self) -> Scope:
        """All there is, for an audit and for a host that was never published to."""
        return Scope(list(self.links(self.all_pages())), is_whole=True)

    def links(self, pages: Sequence[str]) -> Iterator[Link]:
        """These pages with what belongs into their folders; asked for in portions."""
        for at in range(0, len(pages), PORTION):
            some = pages[at : at + PORTION]
            tokens = names(some, PERSONS)
            found = self.files(tokens) if tokens else {}
            digests = self.digests(some)
            for page in some:
                yield Link(page, tuple(found.get(token_of(page) or "", ())), digests.get(page, ""))


@dataclass(frozen=True)
class Changes:
    """What a publish changes on the host, in files below output/. It does not print: paths are secrets."""

    added: int = 0
    changed: int = 0
    removed: tuple[str, ...] = field(default=(), repr=False)
    entries: int = field(default=0, repr=False)  # files and folders removed: the limit for rsync
    is_site: bool = field(default=True, repr=False)  # the host holds this site: it has _headers, sent first

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed or self.entries)

    def __add__(self, other: Changes) -> Changes:
        return Changes(
            self.added + other.added,
            self.changed + other.changed,
            self.removed + other.removed,
            self.entries + other.entries,
            self.is_site and other.is_site,
        )
