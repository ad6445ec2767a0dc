"""What lies in output/ and no build made: it is named before anything is removed or published.

A build knows its own: private pages by what it noted of them, public files by the names it noted. Where
nothing is noted (a ledger that was restored, a new version of this program), it knows them by what they are.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from pipeline import files
from pipeline.rules import places
from pipeline.rules.seals.public_keys import DID_FILES, KEYS_FILE, KEYS_SCRIPT
from pipeline.rules.seals.standing_list import STANDING_FILE, STANDING_SCRIPT
from pipeline.rules.web.headers import FIRST, HEADERS_FILE
from pipeline.rules.web.pages import LeftPage, RequiredPage
from pipeline.rules.web.statics import OF_THEME, SHOWN, fault_of_static
from pipeline.site.inputs import Inputs
from pipeline.site.output import is_folder

PAGE = "index.html"
FILE_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*\.pdf")
LITTER = (".DS_Store", "Thumbs.db", "desktop.ini")  # of whoever looked into the folder
PORTION = 1000  # entries of a folder looked at together
# What the site shows of seals: nobody's secrets, and nothing that content/ or the theme has.
SEAL_FILES = {KEYS_FILE, KEYS_SCRIPT, STANDING_FILE, STANDING_SCRIPT, *DID_FILES}
SIGN = b"theme/site.css"  # what each of our pages names, wherever it lies
FRESH = 30  # seconds for which a survey is taken for what there is: what changes meanwhile the next run sees


def folder_state(folder: str, below: int | None = None) -> str:
    """Permissions and time of a folder, which change when anybody adds, removes or replaces what lies in it.

    `below`: the open folder that it is named from, which spares the system the way there. Raises OSError.
    """
    here = os.lstat(folder, dir_fd=below)
    return f"{here.st_mode:x}.{here.st_mtime_ns:x}"


def file_state(file: str, below: int | None = None) -> str:
    """Permissions, time and size of a file, which change when anybody writes into it. Raises OSError."""
    here = os.lstat(file, dir_fd=below)
    return f"{here.st_mode:x}.{here.st_mtime_ns:x}.{here.st_size:x}"


def was_left(page: LeftPage | RequiredPage, folder: str, below: int | None = None) -> bool:
    """Whether a page and its folder are as the build left them that noted this."""
    return _is_so(folder, page.folder, page.file, below)


def _is_so(folder: str, state: str | None, page: str | None, below: int | None) -> bool:
    try:
        return state == folder_state(folder, below) and page == file_state(f"{folder}/{PAGE}", below)
    except OSError:
        return False


@contextmanager
def open_folder(folder: str) -> Iterator[int]:
    """A folder, open for looking at what lies in it."""
    found = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield found
    finally:
        os.close(found)


@dataclass
class Look:
    """A folder of private pages, held against what was noted of it: what there is to do."""

    whole: int = 0  # pages that are as they must be
    pdfs: int = 0  # beside these
    due: dict[str, str] = field(default_factory=dict)  # other pages that must be there, with their stamps
    others: list[os.DirEntry[str]] = field(default_factory=list)  # what is no page that must be there
    state: str = ""  # of the folder, before anything in it was looked at; empty: nothing else was looked for


@dataclass(frozen=True)
class Survey:
    """How every page that a build left was found, and what lies among them and no build made."""

    changed: frozenset[str] = frozenset()  # paths of pages that are not as they were left, or not there
    strays: tuple[str, ...] = ()  # paths below output/, which hold secrets
    # of c/ and verify/, as they were when nothing but pages lay in them
    states: Mapping[str, str] = field(default_factory=dict)
    until: float = field(default=0.0, compare=False)  # time.monotonic, when it is too old to go by

    @property
    def is_fresh(self) -> bool:
        """Whether a build may go by it, in place of looking once more."""
        return time.monotonic() < self.until


def look(given: Inputs, kind: str) -> Look:
    """See what is due in c/ or verify/; where a page must go, or anything was added, what else lies there."""
    found, home = Look(), f"{given.output}/{kind}"
    with open_folder(home) if is_folder(home) else nullcontext() as below:
        if below is not None and given.gone is None:
            found.state = folder_state(home)
        left = given.count_left(kind) if given.gone is None else 0
        goes_by_survey = given.survey is not None and given.survey.is_fresh and not given.thorough
        if below is not None and given.due and given.survey and goes_by_survey:
            seen = given.due(kind, places.names(given.survey.changed, kind))
            found.whole, found.pdfs, found.due = seen.whole, seen.pdfs, seen.due
            left -= seen.whole + seen.left
        else:
            for page in given.required(kind):
                left -= page.left is not None
                is_known = page.left == page.stamp and below is not None and not given.thorough
                if is_known and was_left(page, page.name, below):
                    found.whole += 1
                    found.pdfs += page.pdfs or 0
                else:
                    found.due[page.name] = page.stamp
    tidy = {given.states.get(kind), given.survey.states.get(kind) if given.survey else None}
    if found.state and (given.thorough or left or found.state not in tidy):
        there = found.whole + sum(os.path.lexists(f"{home}/{name}") for name in found.due)
        if given.thorough or _entries(home, kind) != there:
            found.others = list(_others(home, kind, given.required_among))
    return found


def _entries(home: str, kind: str) -> int:
    """How many entries it has besides a public page. Where so many pages were seen in it, there is nothing
    else, and to count takes a tenth of the time of asking about each name."""
    public = kind == places.VERIFICATIONS and os.path.lexists(f"{home}/{places.INDEX}")
    with os.scandir(home) as entries:
        return sum(1 for _ in entries) - public


def _others(
    home: str, kind: str, pages_among: Callable[[Sequence[str]], Collection[str]]
) -> Iterator[os.DirEntry[str]]:
    """What lies in c/ or verify/ and is none of its pages; paths are asked about in portions."""
    with os.scandir(home) as entries:
        while some := {f"{kind}/{entry.name}": entry for entry in islice(entries, PORTION)}:
            pages = {places.CHECK_PAGE, *pages_among([*some])}
            yield from (entry for path, entry in some.items() if path not in pages)


def public_strays(root: Path, output: Path, made: Collection[str]) -> list[str]:
    """Paths below output/ of public files, links and devices that no build made. `made`: files of one."""
    found = [(path, is_plain(entry)) for path, entry in _below(output, "") if not is_litter(entry)]
    if os.path.lexists(page := output / places.CHECK_PAGE):
        found.append((places.CHECK_PAGE, page.is_file() and not page.is_symlink()))
    return sorted(
        path
        for path, is_file in found
        if not (is_file and (path in made or _is_of_a_build(root, path, output / path, bool(made))))
    )


def survey(
    output: Path,
    left: Iterable[tuple[str, str, str]],
    pages_among: Callable[[Sequence[str]], Collection[str]],
    states: Mapping[str, str],
) -> Survey:
    """Look through c/ and verify/. Only folders are listed that were changed.

    `left`: paths of pages, and how the last build left their folders and files; `pages_among`: which of some
    paths are such pages; `states`: of c/ and verify/, when all in them was as it must be.
    """
    if not is_folder(str(output)):
        return Survey()
    changed, strays = set[str](), list[str]()
    there = dict.fromkeys(places.FOLDERS, 0)  # pages that are
    with open_folder(str(output)) as below:
        for path, folder, page in left:
            if not _is_so(path, folder, page, below):
                changed.add(path)
                strays += _in_page(f"{output}/{path}", path)
                if not os.path.lexists(f"{output}/{path}"):
                    continue
            there[path.partition("/")[0]] += 1
    tidy = dict[str, str]()
    for kind in places.FOLDERS:
        home = f"{output}/{kind}"
        if not is_folder(home):
            continue
        state = folder_state(home)
        if states.get(kind) == state or _entries(home, kind) == there[kind]:
            tidy[kind] = state
        else:
            for entry in _others(home, kind, pages_among):
                strays += _strays_of(entry, f"{kind}/{entry.name}")
    return Survey(frozenset(changed), tuple(sorted(strays)), tidy, time.monotonic() + FRESH)


def private_strays(output: Path, kind: str, seen: Look) -> Iterator[str]:
    """Of one folder of pages; a page's own is listed only where it is not as it was left."""
    home = f"{output}/{kind}"
    for name in seen.due:
        yield from _in_page(f"{home}/{name}", f"{kind}/{name}")
    for entry in seen.others:
        yield from _strays_of(entry, f"{kind}/{entry.name}")


def _strays_of(entry: os.DirEntry[str], path: str) -> Iterator[str]:
    if entry.is_dir(follow_symlinks=False) and places.is_page(path):
        yield from _in_page(entry.path, path)
    elif not is_litter(entry):
        yield path


def _in_page(folder: str, path: str) -> Iterator[str]:
    if not is_folder(folder):
        if os.path.lexists(folder):
            yield path
        return
    for name, entry in files.scan(folder).items():
        if not (is_litter(entry) or (is_plain(entry) and (name == PAGE or FILE_NAME.fullmatch(name)))):
            yield f"{path}/{name}"


def is_litter(entry: os.DirEntry[str]) -> bool:
    """What a killed build or somebody's file manager left."""
    return is_plain(entry) and (entry.name in LITTER or entry.name.endswith(files.BESIDE))


def is_plain(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False)


def _is_of_a_build(root: Path, path: str, file: Path, others_are: bool) -> bool:
    """Whether a file that is not noted is one that a build makes, as far as it shows itself.

    `others_are`: noted; then a picture is known by the one in content/ or the theme alone.
    """
    name = file.name
    if path in SEAL_FILES:
        return True
    if path in ("robots.txt", HEADERS_FILE):
        return name != HEADERS_FILE or file.read_bytes().startswith(FIRST.encode())
    if name == PAGE or path == "404.html":
        return SIGN in file.read_bytes()
    if path == "favicon.ico":
        path = f"theme/{path}"
    in_theme = path.startswith("theme/")
    if (
        root / "theme/static" / path.removeprefix("theme/") if in_theme else root / "content" / path
    ).is_file():
        return True
    return (
        not others_are
        and "/" in path
        and not fault_of_static(name, file.read_bytes(), OF_THEME if in_theme else SHOWN)
    )


def _below(folder: Path | str, prefix: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Every public file, link and device below output/, with its path."""
    for name, entry in files.scan(folder).items():
        path = f"{prefix}{name}"
        if not entry.is_dir(follow_symlinks=False):
            yield path, entry
        elif path not in places.FOLDERS:
            yield from _below(entry.path, f"{path}/")
