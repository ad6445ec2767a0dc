"""A web host behind rsync: output/ goes up, PDFs before the pages that offer them; removals last."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.publish import check
from pipeline.publish.record import PRIVATE, Changes, Record

# Links are none of the site's; permissions are the web server's need, not output/'s.
BASE = (
    "rsync",
    "--recursive",
    "--times",
    "--perms",
    "--chmod=D755,F644",
    "--timeout=120",
    "--exclude=.*",  # half-written files here, the host's own (.well-known, .htaccess) there
)
# Nobody is there to type a password; keys and ports belong in the user's own ssh configuration.
SSH = "--rsh=ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15"
ONLY_PUBLIC = tuple(f"--exclude=/{name}" for name in PRIVATE)
ONLY_PRIVATE = (*(f"--include=/{name}/***" for name in PRIVATE), "--exclude=/*")
ONLY_PDFS = ("--include=/c/", "--include=/c/*/", "--include=/c/*/*.pdf", "--exclude=*")
DELETE = ("--delete", "--delete-missing-args")
REMOVE_ONLY = ("--existing", "--ignore-existing")

REASONS = {
    5: "the host does not know that module, or refuses it",
    10: "the host cannot be reached",
    11: "the host cannot write: is its disk full, the folder ours?",
    12: "the connection broke, or there is no rsync at the other end",
    23: "not every file could be written there",
    25: "the host changed meanwhile, and more would have been removed than was counted",
    30: "the host does not answer",
    35: "the host does not answer",
    255: "ssh cannot log in there without a password",
}


@dataclass(frozen=True)
class Host:
    """An rsync destination, and what is sent there."""

    output: Path
    target: str

    def run(self, options: Sequence[str], pages: Sequence[str] | None = None) -> str:
        """One run of rsync, below `pages` only where some are given. They go by standard input: a command
        line can be read by every user of the machine. Raises PublishError."""
        shell = () if self.target.startswith("rsync://") or "::" in self.target else (SSH,)
        listed = () if pages is None else ("--files-from=-", "--from0")
        command = [*BASE, *shell, *listed, *options, "--", f"{self.output}/", f"{self.target.rstrip('/')}/"]
        names = "" if pages is None else "\0".join(pages)
        try:
            done = subprocess.run(  # noqa: S603 - a list, no shell; the target is the staff's own setting
                command,
                input=os.fsencode(names),
                capture_output=True,
                check=False,
                env={**os.environ, "LC_ALL": "C"},
            )
        except FileNotFoundError:
            raise PublishError("PUBLISH_TO needs rsync, which is not installed.", "Install rsync.") from None
        if done.returncode:
            raise self._error(done.returncode, done.stderr.decode(errors="replace"))
        return done.stdout.decode(errors="replace")

    def _error(self, status: int, said: str) -> PublishError:
        lines = [line for line in said.splitlines() if line.strip()]
        first = next((line for line in lines if not line.startswith("rsync error:")), "")
        reason = REASONS.get(status, f"rsync ended with status {status}")
        return PublishError(
            f"{self.target} was not updated: {reason}" + (f" ({scrub(first)})." if first else "."),
            "Mend it, then run certs publish: it goes on from there. No mail went out for what is not live.",
        )

    def compare(self, options: Sequence[str], pages: Sequence[str] | None = None) -> Changes:
        """What a run with these options would change."""
        said = self.run((*options, *DELETE, "--dry-run", "--out-format=%i %n"), pages)
        return read_changes(said)


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
    if not public.marked:
        pages = None  # nothing was published here yet, whatever the ledger noted of another host
    private = Changes() if pages == [] else host.compare(ONLY_PRIVATE, pages)
    changes = public + private
    check.explained(changes, record, _public_files(output), allow)
    if changes:
        tell(f"{changes.added + changes.changed} files to {target}, {len(changes.removed)} removed")
    _send(host, record, pages, public)
    for part, only, where in ((private, ONLY_PRIVATE, pages), (public, ONLY_PUBLIC, None)):
        if part.entries:
            host.run((*only, *DELETE, *REMOVE_ONLY, f"--max-delete={part.entries}"), where)
    return changes


def _send(host: Host, record: Record, pages: Sequence[str] | None, public: Changes) -> None:
    """A PDF's name is new with each version, so size and time tell whether it is there, but for an audit;
    pages and public files may change within a second and keep their size: those are compared by content."""
    there = None if pages is None else [page for page in pages if page in record.must]
    if not public.marked:
        host.run((f"--include=/{check.MARK}", "--exclude=*"))
    if there != []:
        host.run((*ONLY_PDFS, *(("--checksum",) if pages is None else ())), there)
    host.run((*ONLY_PUBLIC, "--checksum"))
    if there != []:
        host.run(("--exclude=*.pdf", *ONLY_PRIVATE, "--checksum"), there)


def read_changes(said: str) -> Changes:
    """rsync's itemised changes, one a line: "*deleting   path", ">f+++++++++ path", "<f.st...... path"."""
    added = changed = entries = 0
    removed, marked = [], True
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
            marked = marked and not (new and path == check.MARK)
    return Changes(added, changed, tuple(removed), entries, marked)


def scrub(text: str) -> str:
    """A message of rsync's or ssh's without any private path."""
    text = re.sub(r"\b(c|verify)/[^\s\"'()]*", r"\1/…", text)
    return re.sub(r"\b[a-z2-9]{30,}\b|\b[0-9A-Z]{4}(-[0-9A-Z]{4}){3}\b", "…", text)


def _public_files(output: Path) -> int:
    return sum(
        1
        for top in output.iterdir()
        if top.name not in PRIVATE
        for path in ([top] if top.is_file() else top.rglob("*"))
        if path.is_file()
    )
