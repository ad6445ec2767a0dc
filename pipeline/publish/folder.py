"""A folder as web host: two versions of the site in it, and a link `current` that is swapped atomically.

    <target>/current -> versions/1       what the web server serves
    <target>/versions/1, versions/2      the site
    <target>/mark.json                   how far the ledger had come; not served

The version that is not served is brought up to date, the link swapped, and then the other follows. What a
version gets from output/ is a copy (one that shares its blocks where the file system can do that), as output/
and the vault may be one file: whatever spoils a published file must leave the vault's alone. The two versions
share their files with one another.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import files
from pipeline.errors import EmptyHostError, PublishError
from pipeline.publish import refusals
from pipeline.publish.record import Changes, Record, Scope
from pipeline.rules.places import CHECK_PAGE, FOLDERS
from pipeline.rules.text import counted
from pipeline.rules.web.headers import HEADERS_FILE

CURRENT, VERSIONS, NAMES, MARK_FILE = "current", "versions", ("1", "2"), "mark.json"
UNLISTED, LISTED = 0o711, 0o755  # of c/ and verify/, whose names are secrets, and of all other folders

Tree = Mapping[str, "Tree | None"]  # what belongs into a folder, by name: another folder, or None for a file


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


def check_folder(target: Path) -> None:
    """See that the folder can be written, or made; nothing is changed. Raises PublishError."""
    there = next(one for one in (target.absolute(), *target.absolute().parents) if one.exists())
    if not there.is_dir() or not os.access(there, os.R_OK | os.W_OK | os.X_OK):
        raise PublishError(f"PUBLISH_TO {target}: {there} is no folder that certs may write into.")


def publish_folder(
    output: Path,
    target: Path,
    record: Record,
    scope: Scope,
    mark: bytes,
    allow: int,
    tell: Callable[[str], None],
) -> Changes:
    """Bring the served version to `output`, as far as `scope` says."""
    _check_place(output, target)
    served, spare = _versions(target)
    if served is None:  # nothing was published here yet, whatever the ledger noted of another host
        if record.is_part:
            raise EmptyHostError(str(target))
        scope = record.everything()
    before = _difference(output, served, record, scope)
    is_site = served is None or (served / HEADERS_FILE).is_file()
    changes = before.changes(is_site)
    refusals.refuse_unexplained_removals(changes, record, allow)
    record.host.foresee((), changes.removed)
    write_folder_mark(target, mark)
    for version in filter(None, (served, spare)):
        _close(version)
    if served and not changes:
        if spare.is_dir():  # a publish that was killed after the swap did not get to it
            _apply(output, spare, _difference(output, spare, record, scope))
        return changes
    tell(f"{counted(changes.added + changes.changed, 'file')} to {target}, {len(changes.removed)} removed")
    _bring_up(output, spare, served, record, scope)
    _swap(target, spare)
    if served:
        _apply(spare, served, before)
    os.sync()  # the caller notes the pages as published: that must not outlive this
    return changes


def compare_folder(output: Path, target: Path, record: Record) -> Changes:
    """What a publish of everything would change in either version, byte for byte; nothing is changed."""
    served, spare = _versions(target)
    versions = [served, spare] if spare.is_dir() else [served]
    scope = record.everything()
    found = [_difference(output, version, record, scope).changes(is_site=True) for version in versions]
    return max(found, key=lambda one: one.added + one.changed + one.entries)


def fetch_folder(target: Path, wanted: Iterable[tuple[str, int]]) -> Iterator[bytes]:
    """Copies of these (path, size) in the version that is served, else in the other."""
    served, spare = _versions(target)
    versions = [version for version in (served, spare) if version]
    for name, size in wanted:
        for path in (version / name for version in versions):
            if path.is_file() and not path.is_symlink() and size in (0, path.stat().st_size):
                yield path.read_bytes()


def read_folder_mark(target: Path) -> bytes | None:
    """What was last left there of how far the ledger had come."""
    try:
        return (target / MARK_FILE).read_bytes()
    except FileNotFoundError:
        return None


def write_folder_mark(target: Path, mark: bytes) -> None:
    """Leave it there, durably: what follows cannot be undone."""
    if read_folder_mark(target) == mark:
        return
    _make_folder(target)
    beside = f"{target / MARK_FILE}{files.BESIDE}"
    files.write_new(beside, mark, 0o600)
    files.put_in_place([(beside, target / MARK_FILE)])


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


def _bring_up(output: Path, version: Path, served: Path | None, record: Record, scope: Scope) -> None:
    """Make a version equal to `output`. One that exists under its name was whole once; a new one is made
    under another name, so that a kill never leaves half of one to be trusted."""
    if not version.is_dir():
        new = version.with_name(f"{version.name}.new")
        files.remove(new)
        _make_folder(new)
        if served is None:
            _apply(output, new, _difference(output, new, record, scope))
        else:
            _apply(served, new, Difference(added=[*_files(str(served), "")]))
        new.rename(version)
    if served:
        _apply(output, version, _difference(output, version, record, scope))


def _swap(target: Path, version: Path) -> None:
    beside = target / f".{CURRENT}.new"
    files.remove(beside)
    beside.symlink_to(f"{VERSIONS}/{version.name}")
    beside.replace(target / CURRENT)


def _difference(output: Path, version: Path | None, record: Record, scope: Scope) -> Difference:
    found, public = Difference(), _tree(record.public)
    homes = {kind: public.pop(kind, {}) for kind in FOLDERS}  # with what is public among private pages
    _compare(str(output), str(version or ""), "", public, FOLDERS, found, scope.is_whole)
    pages: dict[str, Tree] = {link.page: dict.fromkeys(link.names) for link in scope.links}
    if scope.is_whole:
        for kind, tree in homes.items():
            tree |= {
                page.partition("/")[2]: names for page, names in pages.items() if page.startswith(f"{kind}/")
            }
            there = f"{version}/{kind}" if version else ""
            _compare(f"{output}/{kind}", there, f"{kind}/", tree, (), found, True)
        return found
    _compare_check_page(f"{output}/{CHECK_PAGE}", f"{version}/{CHECK_PAGE}", record, found)
    for page, names in pages.items():
        _compare(f"{output}/{page}", f"{version}/{page}", f"{page}/", names, (), found, False)
    for page in scope.gone:
        if os.path.isdir(f"{version}/{page}"):
            found.remove_folder(f"{version}/{page}", page)
    return found


def _compare_check_page(here: str, there: str, record: Record, found: Difference) -> None:
    """The one public file among private pages, looked at without listing those."""
    if CHECK_PAGE not in record.public:
        found.removed += [CHECK_PAGE] if os.path.lexists(there) else []
    elif not os.path.lexists(there):
        found.added.append(CHECK_PAGE)
    elif not _same(here, there, is_exact=False):
        found.changed.append(CHECK_PAGE)


def _tree(paths: Iterable[str]) -> dict[str, Any]:
    """The folder that holds these files."""
    tree: dict[str, Any] = {}
    for path in paths:
        *folders, name = path.split("/")
        here = tree
        for folder in folders:
            here = here.setdefault(folder, {})
        here[name] = None
    return tree


def _compare(
    here: str, there: str, prefix: str, ours: Tree, skip: Iterable[str], found: Difference, is_exact: bool
) -> None:
    """Note in `found` what is to be done to the folder `there`, so that it holds `ours` as it lies in `here`.

    `skip`: names that are looked at otherwise; `is_exact`: read every file. At the top of a site, what begins
    with a dot is the host's own, but for what we put there; below c/ and verify/ nothing is.
    """
    theirs = files.scan(there) if there else {}
    if prefix.partition("/")[0] not in FOLDERS:
        is_own = prefix.startswith(".")
        theirs = {
            name: entry
            for name, entry in theirs.items()
            if name in ours or not (is_own or name.startswith("."))
        }
    for name, below in ours.items():
        path, other = f"{prefix}{name}", theirs.get(name)
        is_folder = other is not None and other.is_dir(follow_symlinks=False)
        if below is not None:
            if other is not None and not is_folder:
                found.removed.append(path)
            inner = f"{there}/{name}" if is_folder else ""
            _compare(f"{here}/{name}", inner, f"{path}/", below, (), found, is_exact)
        elif other is None:
            found.added.append(path)
        elif is_folder:
            found.remove_folder(other.path, path)
            found.added.append(path)
        elif not _same(f"{here}/{name}", other.path, is_exact):
            found.changed.append(path)
    for name, other in theirs.items():
        if name in ours or name in skip:
            continue
        if other.is_dir(follow_symlinks=False):
            found.remove_folder(other.path, f"{prefix}{name}")
        else:
            found.removed.append(f"{prefix}{name}")


def _same(path: str, theirs: str, is_exact: bool) -> bool:
    """Equal in size and time to the nanosecond, or else byte for byte; both are files."""
    one, two = os.lstat(path), os.lstat(theirs)
    if not (stat.S_ISREG(one.st_mode) and stat.S_ISREG(two.st_mode)) or one.st_size != two.st_size:
        return False
    if one.st_mtime_ns == two.st_mtime_ns and not is_exact:
        return True
    return Path(path).read_bytes() == Path(theirs).read_bytes()


def _files(folder: str, prefix: str) -> Iterable[str]:
    """Every file below a folder, as a path that begins with `prefix`."""
    for name, entry in files.scan(folder).items():
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}"


def _apply(source: Path, version: Path, difference: Difference) -> None:
    """Nobody is served from this version: the order is free, and no file needs to be written beside.

    `source`: output/, of which it gets copies, or the other version, whose files it shares.
    """
    for path in (*difference.folders, *difference.removed):
        files.remove(version / path)
    put = files.link_or_copy if source.parent == version.parent else _copy
    made: set[str] = set()
    for path in (*difference.added, *difference.changed):
        folder = os.path.dirname(path)
        if folder not in made:
            _make_folder(version / folder)
            made.add(folder)
        files.remove(f"{version}/{path}")
        put(f"{source}/{path}", f"{version}/{path}")


def _copy(source: str, destination: str) -> None:
    """With its time, by which it is known again; readable for the web server, which is another user."""
    files.clone_or_copy(source, destination)
    found = os.stat(source)
    os.utime(destination, ns=(found.st_atime_ns, found.st_mtime_ns))
    os.chmod(destination, 0o644)


def _make_folder(path: Path) -> None:
    """With those above it, readable for the web server, which is another user, whatever the umask is."""
    if path.is_dir():
        return
    _make_folder(path.parent)
    path.mkdir()
    path.chmod(UNLISTED if path.name in FOLDERS and path.parent.parent.name == VERSIONS else LISTED)


def _close(version: Path) -> None:
    """Nobody may list the folders of private pages: a version may have been made before that was so."""
    for kind in FOLDERS:
        folder = version / kind
        if folder.is_dir() and stat.S_IMODE(folder.stat().st_mode) != UNLISTED:
            folder.chmod(UNLISTED)
