"""What lies in output/ and no build made: it is named before anything is removed or published.

A build knows its own: private pages by what it noted of them, public files by the names it noted. Where
nothing is noted (a ledger that was restored, a new version of this program), it knows them by what they are.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline import files
from pipeline.rules import places
from pipeline.rules.web.headers import FIRST, HEADERS_FILE
from pipeline.rules.web.statics import OF_THEME, SHOWN, fault_of_static
from pipeline.site.output import is_folder

PAGE = "index.html"
FILE_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*\.pdf")
LITTER = (".DS_Store", "Thumbs.db", "desktop.ini")  # of whoever looked into the folder
SIGN = b"theme/site.css"  # what each of our pages names, wherever it lies


def note_of(stamp: str, pdfs: int, folder: str) -> str:
    """What is noted of a page: the stamp of what it shows, how many PDFs lie beside it, how it was left.

    That is what changes when anybody adds, removes or replaces a file in its folder, or writes into the page:
    times to the nanosecond, size and permissions. Nothing is read or listed for them.
    """
    try:
        return f"{stamp} {pdfs} {_folder_as_it_is(folder)} {_page_as_it_is(folder)}"
    except OSError:
        return stamp  # which is no page's whole note: it is due


def _folder_as_it_is(folder: str) -> str:
    here = os.lstat(folder)
    return f"{here.st_mode:x}.{here.st_mtime_ns:x}"


def _page_as_it_is(folder: str) -> str:
    page = os.lstat(f"{folder}/{PAGE}")
    return f"{page.st_mode:x}.{page.st_mtime_ns:x}.{page.st_size:x}"


def pdfs_in(note: str) -> int:
    """How many PDFs a note says lie beside its page."""
    return int(note.split(" ")[1])


def was_left(note: str, folder: str) -> bool:
    """Whether a page and its folder are as the build left them that noted this."""
    stamp, _, rest = note.partition(" ")
    return rest != "" and note == note_of(stamp, pdfs_in(note), folder)


def _has_same_files(note: str, folder: str) -> bool:
    """Whether nobody added a file to the folder since; the page may have been written into."""
    parts = note.split(" ")
    return len(parts) > 2 and parts[2] == _folder_as_it_is(folder)


@dataclass
class Look:
    """A folder of private pages, held against what was noted of it: what there is to do."""

    whole: list[str] = field(default_factory=list)  # names of pages that are as they must be
    due: list[str] = field(default_factory=list)  # that say something else now, are lacking, or were altered
    others: list[os.DirEntry[str]] = field(default_factory=list)  # what is no page that must be there


def look(
    output: Path, kind: str, stamps: Mapping[str, str], noted: Mapping[str, str], thorough: bool, others: bool
) -> Look:
    """`stamps`: the pages that must be there. `thorough`: none is whole. `others`: list what else."""
    found = Look()
    is_there = is_folder(f"{output}/{kind}")
    for name in sorted(places.names(stamps, kind)):
        path = f"{kind}/{name}"
        note = noted.get(path, "")
        is_whole = (
            is_there
            and not thorough
            and note.startswith(f"{stamps[path]} ")
            and was_left(note, f"{output}/{path}")
        )
        (found.whole if is_whole else found.due).append(name)
    if others and is_there:
        with os.scandir(f"{output}/{kind}") as entries:
            found.others = [entry for entry in entries if f"{kind}/{entry.name}" not in stamps]
    return found


def public_strays(root: Path, output: Path, made: Collection[str]) -> list[str]:
    """Paths below output/ of public files, links and devices that no build made. `made`: files of one."""
    return sorted(
        path
        for path, entry in _below(output, "")
        if not is_litter(entry)
        and not (
            is_plain(entry) and (path in made or _is_of_a_build(root, path, Path(entry.path), bool(made)))
        )
    )


def page_strays(output: Path, noted: Mapping[str, str]) -> list[str]:
    """The same in c/ and verify/; these paths hold secrets. `noted`: what builds noted of each page."""
    found: list[str] = []
    for kind in places.FOLDERS:
        if is_folder(f"{output}/{kind}"):
            with os.scandir(f"{output}/{kind}") as entries:
                for entry in entries:
                    found += _strays_of(entry, f"{kind}/{entry.name}", noted)
    return sorted(found)


def private_strays(output: Path, kind: str, seen: Look, noted: Mapping[str, str]) -> Iterator[str]:
    """Of one folder of pages; a page's own is listed only where it is not as it was left."""
    home = f"{output}/{kind}"
    for name in seen.due:
        yield from _in_page(f"{home}/{name}", f"{kind}/{name}")
    for entry in seen.others:
        yield from _strays_of(entry, f"{kind}/{entry.name}", noted)


def _strays_of(entry: os.DirEntry[str], path: str, noted: Mapping[str, str]) -> Iterator[str]:
    if entry.is_dir(follow_symlinks=False) and places.is_page(path):
        if not _has_same_files(noted.get(path, ""), entry.path):
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
