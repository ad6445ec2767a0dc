"""A web host behind rsync: one run compares, a second brings it up to what the build made.

What belongs there is laid out in a folder of links, so that nothing else in output/ is ever sent. rsync goes
through it by name: the mark, the file of headers and the first page come first, the PDFs of a page before the
page that offers them, removals last.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copy2
from tempfile import TemporaryDirectory

from pipeline import files
from pipeline.errors import EmptyHostError, PublishError
from pipeline.publish import refusals
from pipeline.publish.record import Changes, Record, Scope
from pipeline.publish.rsync import Host, read_changes
from pipeline.rules.places import CHECK_PAGE, FOLDERS, private_page
from pipeline.rules.text import counted

# How far the ledger had come, at the host: what begins with a dot is not served, and it is its owner's alone.
MARK_FILE = ".certs-mark.json"
# Nobody may list c/ and verify/, whose names are secrets; the folders below are opened by some web servers
# before they answer. A file keeps its permissions for others, and is ours to write.
UNLISTED, LISTED, READABLE, PRIVATE = 0o711, 0o755, 0o644, 0o600
MODES = ("--perms", "--chmod=Fu=rw", "--times", "--omit-dir-times")
# A named folder comes without what is in it, one whose name ends with a slash with it, but not with what is
# in the folders therein. Content tells: pages may change within a second and keep their size.
NAMED = ("--files-from=-", "--from0", "--dirs", "--no-implied-dirs", "--copy-links", "--checksum")
# Folders that rsync takes away by name, which it tries on every folder at the host. More than that are
# emptied first, and go in a run of their own.
FEW = 200
EMPTIED = ("--existing", "--ignore-existing", "--delete", "--filter=R /*/*/", "--filter=P *")


@dataclass(frozen=True)
class _Stage:
    """What belongs at the host, in a folder of links."""

    root: Path
    rules: Path  # of rsync: H, what is not seen here; R and P, what at the host may go and what may not
    homes: Path  # the folders of private pages as they are in output/
    public: Sequence[str]  # folders of public files, and the public file among private pages
    scope: Scope

    def compare(self, host: Host) -> str:
        """What would change there, one a line. Raises PublishError."""
        pages = [*self.scope.pages, *self.scope.gone]
        return host.send(self.root, (*self._options, "--dry-run"), self._names(pages))

    def bring(self, host: Host, pages: Iterable[str], most: int) -> Changes:
        """Send what differs of the public files and of these pages, and then remove what has no place there,
        not more than was found. Raises PublishError."""
        said = host.send(self.root, (*self._options, f"--max-delete={most}"), self._names(pages))
        return read_changes(_without_mark(said))

    def sweep(self, host: Host) -> None:
        """Take away folders at the host that output/ does not have, once they are empty."""
        if len(self.scope.gone) > FEW:
            host.send(self.homes, (*NAMED, *EMPTIED), [f"{kind}/" for kind in FOLDERS])

    @property
    def _options(self) -> Sequence[str]:
        return (*NAMED, *MODES, "--delete-after", f"--filter=. {self.rules}")

    def _names(self, pages: Iterable[str]) -> list[str]:
        there = (page for page in pages if (self.root / page).is_dir())
        is_listed = self.scope.is_whole or 0 < len(self.scope.gone) <= FEW
        homes = [f"{kind}/" for kind in FOLDERS] if is_listed else []
        return ["./", *self.public, *homes, *(f"{page}/" for page in there)]


@contextmanager
def _staged(output: Path, record: Record, scope: Scope, mark: bytes) -> Iterator[_Stage]:
    """What belongs at the host, as far as `scope` says."""
    with TemporaryDirectory(prefix="certs-") as name:
        root, homes, rules = (Path(name) / one for one in ("site", "homes", "rules"))
        _lay_out(root, mark)
        for kind in FOLDERS:
            files.make_folder(homes, LISTED)
            if (output / kind).is_dir():
                (homes / kind).symlink_to((output / kind).absolute())
            else:
                files.make_folder(homes / kind, UNLISTED)
        for path in record.public:
            if path != CHECK_PAGE:
                files.make_folder((root / path).parent, LISTED)
            _place(output / path, root / path)
        for page in scope.pages:
            (root / page).symlink_to((output / page).absolute())
        for page in scope.gone if len(scope.gone) > FEW else ():
            files.make_folder(root / page, LISTED)
        rules.write_bytes(os.fsencode("\0".join(_rules(output, scope))))
        folders = {
            path[: at + 1] for path in record.public for at, letter in enumerate(path) if letter == "/"
        } - {f"{kind}/" for kind in FOLDERS}
        folders |= {CHECK_PAGE} & record.public.keys()
        yield _Stage(root, rules, homes, sorted(folders), scope)


def _lay_out(root: Path, mark: bytes) -> None:
    files.make_folder(root, LISTED)
    for kind in FOLDERS:
        files.make_folder(root / kind, UNLISTED)
    files.write_new(root / MARK_FILE, mark, PRIVATE)


def _place(source: Path, place: Path) -> None:
    """A link; a copy of what others may not read, as they must at the host."""
    if stat.S_IMODE(source.stat().st_mode) & READABLE == READABLE:
        place.symlink_to(source.absolute())
    else:
        copy2(source, place)
        place.chmod(READABLE)


def _rules(output: Path, scope: Scope) -> Iterator[str]:
    """The first that fits counts. Below c/ and verify/ nothing is the host's own, not even what begins with a
    dot, as a half-written file does; elsewhere that is (.well-known, .htaccess)."""
    yield from (f"H /{_literal(path)}" for path in refusals.strays_beside_pages(output, scope.links))
    if not scope.is_whole:
        if len(scope.gone) <= FEW:
            yield from (f"R /{page}" for page in scope.gone)
        yield from (f"P /{kind}/*" for kind in FOLDERS)
    yield from (f"R /{kind}/**" for kind in FOLDERS)
    yield "P .*"
    yield "P /.well-known/*"


def _literal(path: str) -> str:
    """A path as a rule that fits it alone: rsync reads a backslash as one only where there is no wildcard."""
    return re.sub(r"([\\*?\[])", r"\\\1", path) if re.search(r"[*?\[]", path) else path


def _is_mark(line: str) -> bool:
    return line.partition(" ")[2].strip() == MARK_FILE


def _without_mark(said: str) -> str:
    return "".join(line for line in said.splitlines(keepends=True) if not _is_mark(line))


def _mark_differs(said: str) -> bool:
    """Whether the host holds another mark than the one that was laid out, or none."""
    return any(_is_mark(line) and line[0] in "<>" for line in said.splitlines())


def publish_remote(
    output: Path,
    target: str,
    record: Record,
    scope: Scope,
    mark: bytes,
    allow: int,
    tell: Callable[[str], None],
) -> Changes:
    """Bring the host to `output`, as far as `scope` says."""
    host, seen = Host(target), record.host.mark
    with _staged(output, record, scope, seen or b"") as stage:
        said = stage.compare(host)
        found = read_changes(_without_mark(said))
        if not found.is_site and not scope.is_whole:
            # Nothing was published here yet, whatever was noted of another host.
            if record.is_part:
                raise EmptyHostError(target)
            return publish_remote(output, target, record, record.everything(), mark, allow, tell)
        if seen is not None and found.is_site and _mark_differs(said):
            raise PublishError(
                f"Somebody else published to {target} meanwhile.",
                "Let one machine alone publish there; then run this again. Nothing was changed.",
            )
        refusals.refuse_unexplained_removals(found, record, allow)
        record.host.foresee((), found.removed)
        if not _without_mark(said):
            if mark != (seen or b"") or _mark_differs(said):
                write_remote_mark(target, mark)
            return found
        tell(
            f"about {counted(found.added + found.changed, 'file')} to {target}, {len(found.removed)} removed"
        )
        (stage.root / MARK_FILE).write_bytes(mark)
        done = stage.bring(host, _touched(said), found.entries)
        stage.sweep(host)
    return done


def _touched(said: str) -> list[str]:
    """The private pages of which a comparison says something."""
    paths = (line.partition(" ")[2].strip() for line in said.splitlines())
    return sorted({page.rstrip("/") for path in paths if (page := private_page(path)) and "/" in page})


def compare_remote(output: Path, target: str, record: Record) -> Changes:
    """What a publish of everything would change there, byte for byte; nothing is changed."""
    with _staged(output, record, record.everything(), b"") as stage:
        return read_changes(_without_mark(stage.compare(Host(target))))


def fetch_remote(target: str, wanted: Sequence[tuple[str, int]], folder: Path) -> Iterator[bytes]:
    """The host's copies of these (path, size), by way of `folder`; what it lacks is left out."""
    Host(target).receive([name for name, _ in wanted], folder)
    for name, size in wanted:
        path = folder / name
        if path.is_file() and size in (0, path.stat().st_size):
            yield path.read_bytes()


def read_remote_mark(target: str) -> bytes | None:
    """What was last left there of how far the ledger had come. Raises PublishError."""
    with TemporaryDirectory(prefix="certs-") as folder:
        Host(target).receive([MARK_FILE], Path(folder))
        path = Path(folder) / MARK_FILE
        return path.read_bytes() if path.is_file() else None


def check_remote(target: str, seconds: int) -> None:
    """See that it lets us in, by reading the mark, if there is one. Raises PublishError."""
    with TemporaryDirectory(prefix="certs-") as folder:
        Host(target, seconds).receive([MARK_FILE], Path(folder))


def write_remote_mark(target: str, mark: bytes) -> None:
    """Leave it there, and the folders of private pages, which nobody may list. Raises PublishError."""
    with TemporaryDirectory(prefix="certs-") as name:
        root = Path(name) / "site"
        _lay_out(root, mark)
        Host(target).send(root, (*NAMED, *MODES), [MARK_FILE, *FOLDERS])


def is_remote(target: str) -> bool:
    """Whether a target is an rsync destination; a colon in a folder's name needs a slash before it."""
    return ":" in target.partition("/")[0]
