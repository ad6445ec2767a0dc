"""A folder as web host: two versions of the site in it, and a link `current` that is swapped atomically.

    <target>/current -> versions/1       what the web server serves
    <target>/versions/1, versions/2      hard links to output/, copies where the file system has none

The version that is not served is brought up to date, the link swapped, and then the other follows.
"""

from __future__ import annotations

import filecmp
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline import files
from pipeline.errors import PublishError
from pipeline.publish import refusals
from pipeline.publish.record import Changes, Record
from pipeline.rules.places import FOLDERS
from pipeline.rules.text import counted
from pipeline.rules.web.headers import HEADERS_FILE

CURRENT, VERSIONS, NAMES = "current", "versions", ("1", "2")


@dataclass
class Difference:
    """What has to be done to a version, as paths below it."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)  # files
    folders: list[str] = field(default_factory=list)  # folders to remove with all that is in them

    def remove_folder(self, folder: str, path: str) -> None:
        self.removed += _files(folder, f"{path}/")
        self.folders.append(path)

    def changes(self, is_site: bool) -> Changes:
        entries = len(self.removed) + len(self.folders)
        return Changes(len(self.added), len(self.changed), tuple(self.removed), entries, is_site)


def publish_folder(
    output: Path,
    target: Path,
    record: Record,
    pages: Sequence[str] | None,
    allow: int,
    tell: Callable[[str], None],
) -> Changes:
    """Bring the served version to `output`, looking at `pages` or, for None, at everything."""
    _check_place(output, target)
    served, spare = _versions(target)
    if served is None:
        pages = None  # nothing was published here yet, whatever the ledger noted of another host
    before = _difference(output, served, pages)
    is_site = served is None or (served / HEADERS_FILE).is_file()
    changes = before.changes(is_site)
    refusals.refuse_unexplained_removals(changes, record, output, allow)
    if served and not changes:
        if spare.is_dir():  # a publish that was killed after the swap did not get to it
            _apply(output, spare, _difference(output, spare, pages))
        return changes
    tell(f"{counted(changes.added + changes.changed, 'file')} to {target}, {len(changes.removed)} removed")
    _bring_up(output, spare, pages)
    _swap(target, spare)
    if served:
        _apply(output, served, before)
    os.sync()  # the caller notes the pages as published: that must not outlive this
    return changes


def fetch_folder(target: Path, wanted: Iterable[tuple[str, int]]) -> Iterator[bytes]:
    """Copies of these (path, size) in the version that is served, else in the other."""
    served, spare = _versions(target)
    versions = [version for version in (served, spare) if version]
    for name, size in wanted:
        for path in (version / name for version in versions):
            if path.is_file() and not path.is_symlink() and path.stat().st_size == size:
                yield path.read_bytes()


def _check_place(output: Path, target: Path) -> None:
    here, there = output.resolve(), target.resolve()
    if here == there or here in there.parents or there in here.parents:
        raise PublishError(
            f"PUBLISH_TO {target} and OUTPUT_DIR {output} lie in one another.",
            "Give PUBLISH_TO a folder of its own.",
        )
    link = target / CURRENT
    if link.is_symlink():
        name = os.readlink(link)
        if name not in [f"{VERSIONS}/{one}" for one in NAMES]:
            raise PublishError(
                f"{link} points to {name}, which certs did not make.",
                "Remove the link, or name another folder.",
            )
    elif link.exists():
        raise PublishError(
            f"{link} is not a link, so it cannot be swapped.", "Move it away, or name another folder."
        )


def _versions(target: Path) -> tuple[Path | None, Path]:
    """(the version that is served, the one that is not)."""
    link, home = target / CURRENT, target / VERSIONS
    for name, other in (NAMES, NAMES[::-1]):
        if link.is_symlink() and os.readlink(link) == f"{VERSIONS}/{name}" and (home / name).is_dir():
            return home / name, home / other
    return None, home / NAMES[0]


def _bring_up(output: Path, version: Path, pages: Sequence[str] | None) -> None:
    """Make a version equal to `output`. One that exists under its name was whole once; a new one is made
    under another name, so that a kill never leaves half of one to be trusted."""
    if version.is_dir():
        _apply(output, version, _difference(output, version, pages))
        return
    new = version.with_name(f"{version.name}.new")
    _make_folder(new)
    _apply(output, new, _difference(output, new, None))
    new.rename(version)


def _swap(target: Path, version: Path) -> None:
    beside = target / f".{CURRENT}.new"
    files.remove(beside)
    beside.symlink_to(f"{VERSIONS}/{version.name}")
    beside.replace(target / CURRENT)


def _difference(output: Path, version: Path | None, pages: Sequence[str] | None) -> Difference:
    found = Difference()
    copy = str(version) if version else ""
    _compare(str(output), copy, "", FOLDERS, found)
    for page in FOLDERS if pages is None else pages:
        here, there = f"{output}/{page}", f"{copy}/{page}" if copy else ""
        if os.path.isdir(here):
            _compare(here, there, f"{page}/", (), found)
        elif there and os.path.isdir(there):
            found.remove_folder(there, page)
    return found


def _compare(here: str, there: str, prefix: str, skip: Iterable[str], found: Difference) -> None:
    ours, theirs = _scan(here), _scan(there) if there else {}
    for name, entry in ours.items():
        if name in skip:
            continue
        path, other = f"{prefix}{name}", theirs.get(name)
        if entry.is_dir(follow_symlinks=False):
            is_folder = other is not None and other.is_dir(follow_symlinks=False)
            if other is not None and not is_folder:
                found.removed.append(path)
            _compare(f"{here}/{name}", f"{there}/{name}" if is_folder else "", f"{path}/", (), found)
        elif not entry.is_file(follow_symlinks=False):
            raise PublishError(
                "output/ holds a link or a device, which is never published.", "Run certs build."
            )
        elif other is None:
            found.added.append(path)
        elif other.is_dir(follow_symlinks=False):
            found.remove_folder(other.path, path)
            found.added.append(path)
        elif not _same(entry, other):
            found.changed.append(path)
    for name, other in theirs.items():
        if name in ours or name in skip:
            continue
        if other.is_dir(follow_symlinks=False):
            found.remove_folder(other.path, f"{prefix}{name}")
        else:
            found.removed.append(f"{prefix}{name}")


def _same(ours: os.DirEntry[str], theirs: os.DirEntry[str]) -> bool:
    """One file with two names, or equal in size and time to the nanosecond, or else byte for byte."""
    if not theirs.is_file(follow_symlinks=False):
        return False
    one, two = ours.stat(follow_symlinks=False), theirs.stat(follow_symlinks=False)
    if (one.st_ino, one.st_dev) == (two.st_ino, two.st_dev):
        return True
    if one.st_size != two.st_size:
        return False
    return one.st_mtime_ns == two.st_mtime_ns or filecmp.cmp(ours.path, theirs.path, shallow=False)


def _scan(folder: str) -> dict[str, os.DirEntry[str]]:
    """The entries of a folder; what begins with a dot is the host's own and left alone."""
    return {name: entry for name, entry in files.scan(folder).items() if not name.startswith(".")}


def _files(folder: str, prefix: str) -> Iterable[str]:
    """Every file below a folder, as a path that begins with `prefix`."""
    for name, entry in _scan(folder).items():
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}"


def _apply(output: Path, version: Path, difference: Difference) -> None:
    """Nobody is served from this version: the order is free, and no file needs to be written beside."""
    for path in (*difference.folders, *difference.removed):
        files.remove(version / path)
    made: set[str] = set()
    for path in (*difference.added, *difference.changed):
        folder = os.path.dirname(f"{version}/{path}")
        if folder not in made:
            _make_folder(Path(folder))
            made.add(folder)
        _link(f"{output}/{path}", f"{version}/{path}")


def _link(source: str, destination: str) -> None:
    files.remove(destination)
    files.link_or_copy(source, destination)
    mode = os.stat(destination).st_mode
    if mode & 0o444 != 0o444:  # the web server is another user
        os.chmod(destination, mode & 0o777 | 0o444)


def _make_folder(path: Path) -> None:
    """With those above it, readable for the web server, which is another user, whatever the umask is."""
    if path.is_dir():
        return
    _make_folder(path.parent)
    path.mkdir()
    path.chmod(0o755)
