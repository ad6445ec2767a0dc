"""What a build of the site is given, and what it did."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.files import write_new
from pipeline.rules import places
from pipeline.rules.web.pages import (
    DuePages,
    Entry,
    ForwardPage,
    LeftPage,
    PageFile,
    PersonPage,
    RequiredPage,
)
from pipeline.site.output import READ_ONLY

if TYPE_CHECKING:
    from jinja2 import BytecodeCache

    from pipeline.site.strays import Survey


def one_of_that_size(file: PageFile, found: os.DirEntry[str]) -> int:
    """A file of its size is taken for the one that belongs beside a page."""
    return int(found.stat(follow_symlinks=False).st_size == file.size)


@dataclass(frozen=True)
class MadePdf:
    """A PDF that is made for its page, not issued."""

    file: PageFile
    pdf: bytes | None = field(default=None, repr=False)  # None: it lies there already


def _nothing_noted(_paths: Sequence[str]) -> Mapping[str, LeftPage]:
    return {}


@dataclass(frozen=True)
class Inputs:
    """Everything a build needs. People are asked for in portions: the whole list is never in memory."""

    root: Path  # the project's folder: pelicanconf.py, content/, theme/
    output: Path
    site_url: str  # without a final slash
    today: dt.date
    required: Callable[[str], Iterable[RequiredPage]]  # the pages that must exist in c/, or in verify/
    persons: Callable[[Sequence[str]], Iterable[PersonPage | ForwardPage]]  # the pages of these tokens
    verifications: Callable[[Sequence[str]], Iterable[Entry]]  # the certificates of these numbers
    files: Callable[[Sequence[str]], Mapping[str, Sequence[PageFile]]]  # by token, beside its page
    # link(sha256, destination): the vault's file, put there atomically; VaultError where the vault lacks it
    link: Callable[[str, str], None]
    # How many names has the file found, if it is the right one: 2 for the vault's own, 1 for a copy; 0 else.
    names: Callable[[PageFile, os.DirEntry[str]], int] = one_of_that_size
    # The PDFs about all of a person's certificates that belong beside the pages of these tokens, by portions.
    make: Callable[[Sequence[Sequence[str]]], Iterator[Mapping[str, list[MadePdf]]]] = lambda portions: (
        {} for _ in portions
    )
    # put(pdf, sha256, destination): written there with the time by which `names` knows it
    put: Callable[[bytes, str, str], None] = lambda pdf, _sha, to: write_new(to, pdf, READ_ONLY)
    # Told of a PDF in c/ or verify/ that nothing is noted of, before it goes.
    leaves: Callable[[str], None] = lambda _path: None
    # Told, before anything is changed, of what lies in c/ and verify/ and no build made; it may raise.
    stray: Callable[[Sequence[str]], None] = lambda _paths: None
    # Those of them that a build did not leave as they must be, or that are of these names: asked for where a
    # survey tells of all others that they are as they were left.
    due: Callable[[str, Sequence[str]], DuePages] | None = None
    required_among: Callable[[Sequence[str]], Collection[str]] = set  # which of these paths are such pages
    count_left: Callable[[str], int] = lambda _kind: 0  # how many pages of c/, or verify/, builds left there
    left: Callable[[Sequence[str]], Mapping[str, LeftPage]] = _nothing_noted  # how a build left these pages
    note: Callable[[Sequence[LeftPage]], None] = lambda _pages: (
        None
    )  # told that of pages, a portion at a time
    # c/ and verify/, with their state when all that lay in them was looked through; Built.states is of later
    states: Mapping[str, str] = field(default_factory=dict)
    # how all pages were found a moment ago, by whoever showed the plan; None: the build looks itself
    survey: Survey | None = None
    is_issued: Callable[[str], bool] = lambda _sha256: False  # is this a certificate, which no page may show?
    portion: int = 250  # pages asked for at a time
    # None: `required` are all pages, and all others are removed; else these are, and no other is looked at
    gone: Sequence[str] | None = None
    # what all pages are told besides, by the names of pelicanconf.py: addresses of the college, hours ...
    constants: Mapping[str, object] = field(default_factory=dict)
    # public files of the program's own besides pages: bytes by path
    extra: Mapping[str, bytes] = field(default_factory=dict)
    compiled: BytecodeCache | None = None  # where templates are kept that were used before
    thorough: bool = False  # look at every file, also where stamp and number of files say that all is well


@dataclass
class Built:
    """What a build did, and what there is now."""

    written: list[str] = field(default_factory=list)  # private pages whose bytes were new or differed
    # private pages there are, by folder
    pages: dict[str, int] = field(default_factory=lambda: dict.fromkeys(places.FOLDERS, 0))
    files: int = 0  # PDFs there are beside them
    removed: int = 0  # files and folders that had no place in output/
    linked: int = 0  # PDFs put beside their page
    unchanged: int = 0  # private pages left as they were
    mended: int = 0  # of those written: pages that were altered since they were noted
    states: dict[str, str] = field(
        default_factory=dict
    )  # of c/ and verify/, where all in them is as it must be
    public: Mapping[str, str] = field(default_factory=dict)  # public files there are, with their SHA-256
    public_written: int = 0  # public files that were new or differed
    faults: list[str] = field(default_factory=list)  # PDFs that could not be put beside their page, in words
