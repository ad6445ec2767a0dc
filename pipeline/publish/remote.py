"""A web host behind rsync: output/ goes up, PDFs before the pages that offer them; removals last."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.publish import refusals
from pipeline.publish.record import Changes, Record
from pipeline.rules.places import FOLDERS, PERSONS
from pipeline.rules.text import counted
from pipeline.rules.web.headers import HEADERS_FILE

# Links are none of the site's; permissions are the web server's need, not output/'s; what begins with a dot
# is the host's own (.well-known, .htaccess).
BASE = ("rsync", "--recursive", "--times", "--perms", "--chmod=D755,F644", "--timeout=120", "--exclude=.*")
# Nobody is there to type a password or to look at a key: what ssh would ask is an error. User, port and key
# stand in the operator's own ~/.ssh/config, or in rsync's variable RSYNC_RSH ("ssh -p 2222 -i key").
SSH_OPTIONS = "-o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15"
ONLY_PUBLIC = tuple(f"--exclude=/{name}" for name in FOLDERS)
ONLY_PRIVATE = (*(f"--include=/{name}/***" for name in FOLDERS), "--exclude=/*")
ONLY_PDFS = (*(f"--include=/{PERSONS}/{below}" for below in ("", "*/", "*/*.pdf")), "--exclude=*")
DELETE = ("--delete", "--delete-missing-args")
ITEMISED = "--out-format=%i %n"
REMOVE_ONLY = ("--existing", "--ignore-existing")

NOT_ALL = 23  # rsync's "partial transfer"
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
    """An rsync destination, and what is sent there."""

    output: Path
    target: str

    def run(self, options: Sequence[str], pages: Sequence[str] | None = None) -> str:
        """One run of rsync, below `pages` only where some are given. Raises PublishError."""
        listed = () if pages is None else ("--files-from=-", "--from0")
        done = self._rsync((*listed, *options), pages or (), f"{self.output}/", self._root)
        return self._said(done, "was not updated")

    def receive(self, names: Sequence[str]) -> None:
        """Bring these files, as far as they are there, from the host into `output`. Raises PublishError."""
        options = ("--files-from=-", "--from0", "--ignore-missing-args")
        done = self._rsync(options, names, self._root, f"{self.output}/")
        self._said(done, "could not be read", NOT_ALL)

    @property
    def _root(self) -> str:
        return f"{self.target.rstrip('/')}/"

    def _rsync(
        self, options: Sequence[str], names: Sequence[str], source: str, destination: str
    ) -> subprocess.CompletedProcess[bytes]:
        """Names go by standard input: a command line can be read by every user of the machine."""
        direct = self.target.startswith("rsync://") or "::" in self.target
        shell = () if direct else (f"--rsh={os.environ.get('RSYNC_RSH') or 'ssh'} {SSH_OPTIONS}",)
        command = [*BASE, *shell, *options, "--", source, destination]
        try:
            return subprocess.run(  # noqa: S603 - a list, no shell; the target is the staff's own setting
                command,
                input=os.fsencode("\0".join(names)),
                capture_output=True,
                check=False,
                env={**os.environ, "LC_ALL": "C"},
            )
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

    def compare(self, options: Sequence[str], pages: Sequence[str] | None = None) -> Changes:
        """What a run with these options would change, by size and time, and what it would remove."""
        return read_changes(self.run((*options, *DELETE, "--dry-run", ITEMISED), pages))

    def send(self, options: Sequence[str], pages: Sequence[str] | None = None) -> Changes:
        """Send what differs, remove nothing; what was sent."""
        return read_changes(self.run((*options, ITEMISED), pages))


def fetch_remote(target: str, wanted: Sequence[tuple[str, int]], folder: Path) -> Iterator[bytes]:
    """The host's copies of these (path, size), by way of `folder`; what it lacks is left out."""
    Host(folder, target).receive([name for name, _ in wanted])
    for name, size in wanted:
        path = folder / name
        if path.is_file() and path.stat().st_size == size:
            yield path.read_bytes()


def is_remote(target: str) -> bool:
    """Whether a target is an rsync destination; a colon in a folder's name needs a slash before it."""
    return ":" in target.partition("/")[0]


def publish_remote(
    output: Path,
    target: str,
    record: Record,
    pages: Sequence[str] | None,
    allow: int,
    tell: Callable[[str], None],
) -> Changes:
    """Bring the host to `output`, looking at `pages` or, for None, at everything."""
    host = Host(output, target)
    public = host.compare(ONLY_PUBLIC)
    if not public.is_site:
        pages = None  # nothing was published here yet, whatever the ledger noted of another host
    listed = None if pages is None else _listed(output, pages)
    private = Changes() if listed == [] else host.compare(ONLY_PRIVATE, listed)
    going = public + private
    refusals.refuse_unexplained_removals(going, record, output, allow)
    if going:
        tell(
            f"about {counted(going.added + going.changed, 'file')} to {target}, {len(going.removed)} removed"
        )
    sent = _send(host, record, pages, public)
    for part, only, where in ((private, ONLY_PRIVATE, listed), (public, ONLY_PUBLIC, None)):
        if part.entries:
            host.run((*only, *DELETE, *REMOVE_ONLY, f"--max-delete={part.entries}"), where)
    return replace(sent, removed=going.removed, entries=going.entries, is_site=going.is_site)


def _listed(output: Path, pages: Sequence[str]) -> list[str]:
    """The pages to compare. rsync wants the folder above a missing one to be there: where the last page of a
    kind has gone, and the folder with it, that folder stands for them all."""
    there = [kind for kind in FOLDERS if (output / kind).is_dir()]
    return sorted({page if page.partition("/")[0] in there else page.partition("/")[0] for page in pages})


def _send(host: Host, record: Record, pages: Sequence[str] | None, public: Changes) -> Changes:
    """A PDF's name is new with each version, so size and time tell whether it is there, but for an audit;
    pages and public files may change within a second and keep their size: those are compared by content.
    What was sent, by rsync's own account."""
    there = None if pages is None else [page for page in pages if page in record.must]
    sent = Changes()
    if not public.is_site:
        sent += host.send((f"--include=/{HEADERS_FILE}", "--exclude=*"))
    if there != []:
        sent += host.send((*ONLY_PDFS, *(("--checksum",) if pages is None else ())), there)
    sent += host.send((*ONLY_PUBLIC, "--checksum"))
    if there != []:
        sent += host.send(("--exclude=*.pdf", *ONLY_PRIVATE, "--checksum"), there)
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
