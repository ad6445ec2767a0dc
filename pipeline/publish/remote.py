"""A web host behind rsync: output/ goes up, PDFs before the pages that offer them; removals last.

Every file that is sent is named, so that nothing else in output/ ever is. What must go is named, too, by
rsync's filter rules: --delete-missing-args would be shorter, but some rsyncs end with "invalid file mode 00"
on it, and others pass over it where the folder above is missing. All names go by standard input.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline import files
from pipeline.errors import EmptyHostError, PublishError
from pipeline.publish import refusals
from pipeline.publish.record import PAGE, Changes, Record, Scope
from pipeline.rules.places import FOLDERS
from pipeline.rules.text import counted
from pipeline.rules.web.headers import HEADERS_FILE

# How far the ledger had come, at the host: what begins with a dot is not served, and it is its owner's alone.
MARK_FILE = ".certs-mark.json"
# Links are none of the site's; permissions are the web server's need, not output/'s. Nobody may list c/ and
# verify/, whose names are secrets; the folders below are opened by some web servers before they answer.
SERVED = ("--times", "--perms", "--chmod=D755,F644")
UNLISTED = ("--checksum", "--perms", "--chmod=D711,F600")
# Nobody is there to type a password or to look at a key: what ssh would ask is an error. User, port and key
# stand in the operator's own ~/.ssh/config, or in rsync's variable RSYNC_RSH ("ssh -p 2222 -i key").
SSH_OPTIONS = "-o BatchMode=yes -o ConnectTimeout={} -o ServerAliveInterval=15"
CONNECT, IDLE = 20, 120  # seconds
NAMED = ("--files-from=-", "--from0", "--dirs", "--no-implied-dirs")
BELOW = ("--files-from=-", "--from0", "--recursive", "--no-implied-dirs", "--filter=H .*")
RULED = ("--from0", "--filter=. -", "--recursive")  # --from0 goes before what it is about
ITEMISED = "--out-format=%i %n"
REMOVE_ONLY = ("--delete", "--existing", "--ignore-existing")

# rsync's filter rules: S and H, what of output/ is seen; R and P, what at the host may go; - and +, both.
# What begins with a dot at the top is the host's own (.well-known, .htaccess); below c/ and verify/ it is
# what a transfer left half-written.
ONLY_PUBLIC = (*(f"- /{name}" for name in FOLDERS), "- .*")
ONLY_PRIVATE = ("H .*", *(f"+ /{name}/***" for name in FOLDERS), "- /*")
# Half-written files below folders of pages, and folders of no page once nothing else is in them.
LEFT_OVER = (*(f"S /{name}/" for name in FOLDERS), "S /*/*/", "H *", "P /.*", "R .*", "R /*/*/", "P *")

NOT_ALL = 23  # rsync's "partial transfer"
NO_FOLDER = b"(code 3)"  # said by the other end where the folder to be read is not there
REASONS = {
    5: "the host does not know that module, or refuses it",
    10: "the host cannot be reached",
    11: "the host cannot write: is its disk full, the folder ours?",
    12: "ssh cannot log in there without a password, there is no rsync at the other end, or the line broke",
    14: "ssh cannot be started: is it installed?",
    NOT_ALL: "not every file could be written there",
    25: "the host changed meanwhile, and more would have been removed than was counted",
    30: "the host does not answer",
    35: "the host does not answer",
    127: "there is no rsync at the other end",
    255: "ssh cannot log in there without a password, or the line broke",
}
BROKEN = (12, 127, 255)  # the connection, not a file
# What ssh says of it tells more than a status: part of its line, our words. The first that fits counts.
SAID = (
    ("REMOTE HOST IDENTIFICATION HAS CHANGED", "its key is not the one ssh knows: is it the same host?"),
    ("Host key verification failed", "ssh does not know its key: log in there once by hand and compare it"),
    ("Permission denied", "ssh cannot log in there without a password"),
    ("Connection refused", "nobody answers at that port"),
    ("Connection timed out", "the host does not answer"),
    ("Could not resolve hostname", "there is no host of that name"),
    ("command not found", "there is no rsync at the other end"),
)


@dataclass(frozen=True)
class Host:
    """An rsync destination."""

    target: str
    seconds: int = 0  # that all of a run may take; 0: as long as something goes on

    def receive(self, names: Sequence[str], folder: Path) -> None:
        """Bring these files, as far as they are there, from the host into `folder`. Raises PublishError."""
        options = ("--files-from=-", "--from0", "--ignore-missing-args", "--times")
        done = self._rsync(options, names, [self._root], f"{folder}/")
        if NO_FOLDER in done.stderr:
            return
        self._said(done, "could not be read", NOT_ALL)

    def send(self, folder: Path, options: Sequence[str], lines: Sequence[str]) -> Changes:
        """Send what differs of what these lines name in `folder`; what was sent. Raises PublishError."""
        return read_changes(self.run([folder], (*options, ITEMISED), lines))

    def run(self, sources: Sequence[Path], options: Sequence[str], lines: Sequence[str]) -> str:
        """One run of rsync, names or rules by standard input; what it said. Raises PublishError."""
        done = self._rsync(options, lines, [f"{source}/" for source in sources], self._root)
        return self._said(done, "was not updated")

    @property
    def _root(self) -> str:
        return f"{self.target.rstrip('/')}/"

    def _rsync(
        self, options: Sequence[str], lines: Sequence[str], sources: Sequence[str], destination: str
    ) -> subprocess.CompletedProcess[bytes]:
        """Names go by standard input: a command line can be read by every user of the machine."""
        direct = self.target.startswith("rsync://") or "::" in self.target
        wait = min(self.seconds or CONNECT, CONNECT)
        ssh = f"{os.environ.get('RSYNC_RSH') or 'ssh'} {SSH_OPTIONS.format(wait)}"
        way = f"--contimeout={wait}" if direct else f"--rsh={ssh}"
        command = ["rsync", f"--timeout={self.seconds or IDLE}", way, *options, "--", *sources, destination]
        try:
            return subprocess.run(  # noqa: S603 - a list, no shell; the target is the staff's own setting
                command,
                input=os.fsencode("\0".join(lines)),
                capture_output=True,
                check=False,
                env={**os.environ, "LC_ALL": "C"},
                timeout=self.seconds or None,
            )
        except subprocess.TimeoutExpired:
            raise PublishError(f"{self.target} does not answer within {self.seconds} seconds.") from None
        except FileNotFoundError:
            raise PublishError("PUBLISH_TO needs rsync, which is not installed.", "Install rsync.") from None

    def _said(self, done: subprocess.CompletedProcess[bytes], failure: str, good: int = 0) -> str:
        """What rsync wrote. Raises PublishError unless it ended with 0 or with `good`."""
        status = done.returncode
        if status in (0, good):
            return done.stdout.decode(errors="replace")
        said = done.stderr.decode(errors="replace").splitlines()
        lines = [bare for one in said if (bare := one.strip(" \r@"))]  # ssh draws a frame around a warning
        line = next((line for line in lines if not line.startswith("rsync error:")), "")
        reason = REASONS.get(status, f"rsync ended with status {status}")
        for words, meaning in SAID:
            if found := [one for one in lines if words in one and status in BROKEN]:
                line, reason = found[0], meaning
                break
        raise PublishError(
            f"{self.target} {failure}: {reason}"
            + (f" ({without_private_paths(line).rstrip('.!')})." if line else "."),
            "Mend it, then run certs publish: it goes on from there. No mail went out for what is not live.",
        )


@dataclass(frozen=True)
class Comparison:
    """What one run compares, and what it may remove at the host."""

    sources: Sequence[Path]
    options: Sequence[str]
    lines: Sequence[str]

    def compare(self, host: Host, *more: str) -> Changes:
        """What would be sent, by size and time unless `more` says otherwise, and what would go."""
        options = (*self.options, "--times", "--delete", "--dry-run", ITEMISED, *more)
        return read_changes(host.run(self.sources, options, self.lines))

    def remove(self, host: Host, *more: str) -> Changes:
        """Take away what has no place there; what went. Raises PublishError."""
        options = (*self.options, *REMOVE_ONLY, ITEMISED, *more)
        return read_changes(host.run(self.sources, options, self.lines))


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
    with _staged(mark) as folder:
        Host(target).send(folder, (*NAMED, *UNLISTED), [MARK_FILE, *FOLDERS])


@contextmanager
def _staged(mark: bytes = b"", gone: Iterable[str] = ()) -> Iterator[Path]:
    """A folder with what output/ lacks and rsync needs: the mark, the folders of private pages though there
    may be no page, and empty ones in the place of pages that must go."""
    with TemporaryDirectory(prefix="certs-") as name:
        folder = Path(name)
        (folder / MARK_FILE).write_bytes(mark)
        for one in (*FOLDERS, *gone):
            (folder / one).mkdir()
        yield folder


def is_remote(target: str) -> bool:
    """Whether a target is an rsync destination; a colon in a folder's name needs a slash before it."""
    return ":" in target.partition("/")[0]


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
    host = Host(target)
    with _staged() as empty, _staged(gone=scope.gone) as gone:
        public = _public(output, record)
        first = public.compare(host)
        if not first.is_site:
            # Nothing was published here yet, whatever was noted of another host.
            if record.is_part:
                raise EmptyHostError(target)
            scope = record.everything()
        private = _private(output, empty, gone, scope)
        found = [*((part, part.compare(host)) for part in private), (public, first)]
        going = sum((changes for _, changes in found), Changes())
        refusals.refuse_unexplained_removals(going, record, allow)
        record.host.foresee((), going.removed)
        if going:
            tell(
                f"about {counted(going.added + going.changed, 'file')} to {target}, "
                f"{len(going.removed)} removed"
            )
        write_remote_mark(target, mark)
        sent = _send(host, output, record, scope, first.is_site)
        for part, changes in found:
            if changes.entries:
                part.remove(host, f"--max-delete={changes.entries}")
                _refuse_remains(target, part.compare(host))
        if scope.gone or scope.sweeps:
            going += Comparison([empty, output], RULED, LEFT_OVER).remove(host)
    return replace(sent, removed=going.removed, entries=going.entries, is_site=going.is_site)


def compare_remote(output: Path, target: str, record: Record) -> Changes:
    """What a publish of everything would change there, byte for byte; nothing is changed."""
    with _staged() as empty:
        parts = [_public(output, record), *_private(output, empty, empty, record.everything())]
        return sum((part.compare(Host(target), "--checksum") for part in parts), Changes())


def _public(output: Path, record: Record) -> Comparison:
    return Comparison([output], RULED, [*ONLY_PUBLIC, *_shown(record.public), "H *"])


def _private(output: Path, empty: Path, gone: Path, scope: Scope) -> list[Comparison]:
    if scope.is_whole:
        pages = frozenset(scope.pages)
        foreign = [f"{kind}/{name}" for kind in FOLDERS for name in files.scan(output / kind)]
        foreign = [path for path in foreign if path not in pages]
        foreign += refusals.strays_beside_pages(output, scope.links)
        hidden = [f"H /{_literal(path)}" for path in foreign]
        return [Comparison([empty, output], RULED, [*hidden, *ONLY_PRIVATE])]
    both = ((output, scope.pages), (gone, scope.gone))
    return [Comparison([folder], BELOW, pages) for folder, pages in both if pages]


def _refuse_remains(target: str, changes: Changes) -> None:
    if changes.entries:
        files = counted(changes.entries, "file or folder", "files or folders")
        raise PublishError(
            f"{files} that had to go from {target} {'is' if changes.entries == 1 else 'are'} still there.",
            "Look at the permissions of that folder, then run certs publish again.",
        )


def _shown(paths: Iterable[str]) -> Iterator[str]:
    """Rules by which these files and no others are seen."""
    folders = {path[:at] for path in paths for at, letter in enumerate(path) if letter == "/"}
    yield from (f"S /{_literal(folder)}/" for folder in sorted(folders))
    yield from (f"S /{_literal(path)}" for path in sorted(paths))


def _literal(path: str) -> str:
    """A path as a rule that fits it alone: rsync reads a backslash as one only where there is no wildcard."""
    return re.sub(r"([\\*?\[])", r"\\\1", path) if re.search(r"[*?\[]", path) else path


def _send(host: Host, output: Path, record: Record, scope: Scope, is_site: bool) -> Changes:
    """A PDF's name is new with each version, so size and time tell whether it is there, but for an audit;
    pages and public files may change within a second and keep their size: those are compared by content.
    What was sent, by rsync's own account."""
    sent = Changes()
    if not is_site:
        sent += host.send(output, (*RULED, *SERVED), [f"S /{HEADERS_FILE}", "H *"])
    pdfs = [f"{link.page}/{file.name}" for link in scope.links for file in link.files]
    if pdfs:
        holders = [link.page for link in scope.links if link.files]
        sent += host.send(
            output, (*NAMED, *SERVED, *(("--checksum",) if scope.is_whole else ())), [*holders, *pdfs]
        )
    shown = [*ONLY_PUBLIC, *_shown(record.public), "H *"]
    sent += host.send(output, (*RULED, *SERVED, "--checksum"), shown)
    if scope.links:
        pages = [name for page in scope.pages for name in (page, f"{page}/{PAGE}")]
        sent += host.send(output, (*NAMED, *SERVED, "--checksum"), pages)
    return sent


def read_changes(said: str) -> Changes:
    """rsync's itemised changes, one a line: "*deleting   path", ">f+++++++++ path", "<f.st...... path"."""
    added = changed = entries = 0
    removed, is_site = [], True
    for line in said.splitlines():
        what, _, path = line.partition(" ")
        path = path.strip()
        if what == "*deleting":
            entries += 1
            if not path.endswith("/"):
                removed.append(path)
        elif what[1:2] == "f" and what[0] in "<>":
            new = what[2:].startswith("+")
            added, changed = added + new, changed + (not new)
            is_site = is_site and not (new and path == HEADERS_FILE)
    return Changes(added, changed, tuple(removed), entries, is_site)


def without_private_paths(text: str) -> str:
    """A message of rsync's or ssh's without any private path."""
    text = re.sub(rf"\b({'|'.join(FOLDERS)})/[^\s\"'()]*", r"\1/…", text)
    return re.sub(r"\b[a-z2-9]{30,}\b|\b[0-9A-Z]{4}(-[0-9A-Z]{4}){3}\b", "…", text)
