"""What the ledger says of the private pages, and what a publish changes: values, no files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.rules.places import PERSONS, names, token_of
from pipeline.rules.web.pages import PageFile

PORTION = 500  # tokens asked for at a time


@dataclass(frozen=True)
class Record:
    """Private pages, as "c/<token>" and "verify/<number>", with the stamps of what they show.

    A removal is explained where the ledger knows that the page was published and says that it must not be
    there any more (expiry, rotation), or where the page stays and the file is none of those that belong
    beside it (correction, replacement, withdrawal, closed download).
    """

    must: Mapping[str, str] = field(repr=False)  # every page that must exist
    published: Mapping[str, str] = field(repr=False)  # every page noted after a publish to this very target
    files: Callable[[Sequence[str]], Mapping[str, Sequence[PageFile]]] = field(repr=False)  # by token

    def changed(self) -> list[str]:
        """Pages that must exist and are not noted as published like that; their links want a proof."""
        return sorted(page for page, stamp in self.must.items() if self.published.get(page) != stamp)

    def gone(self) -> list[str]:
        """Pages that were published and must not exist any more; they want a proof that they are gone."""
        return sorted(page for page in self.published if page not in self.must)

    def due(self) -> list[str]:
        """All pages that a publish has to look at."""
        return sorted([*self.changed(), *self.gone()])

    def files_of(self, pages: Sequence[str]) -> Iterator[tuple[str, Sequence[PageFile]]]:
        """Each of these pages with the PDFs that belong beside it; asked for in portions."""
        for at in range(0, len(pages), PORTION):
            some = pages[at : at + PORTION]
            tokens = names(some, PERSONS)
            found = self.files(tokens) if tokens else {}
            for page in some:
                yield page, found.get(token_of(page) or "", ())


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
