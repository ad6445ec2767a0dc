"""rsync, run for one host: options and names in; what it changed there out, or a sentence that says why not.

All names go by standard input or in a file of our own, as every user of a machine can read a command line.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

from pipeline.errors import PublishError
from pipeline.login import shared_login, ssh_command
from pipeline.publish.record import Changes
from pipeline.rules.places import without_private_paths
from pipeline.rules.web.headers import HEADERS_FILE

# Nobody is there to type a password or to look at a key: what ssh would ask is an error. User, port and key
# stand in the operator's own ~/.ssh/config, or in rsync's variable RSYNC_RSH ("ssh -p 2222 -i key").
SSH_OPTIONS = "-o BatchMode=yes -o ConnectTimeout={} -o ServerAliveInterval=15"
CONNECT, IDLE = 20, 120  # seconds
# Certificates of one design differ at their end alone: zstd, whose window goes on from file to file, sends a
# tenth. zlib, all that rsync knew before 3.2, sends nine tenths for many times the work: then rather nothing.
PACKED = ("--compress", "--compress-level=9")
ONLY_ZSTD = {"RSYNC_COMPRESS_LIST": "zstd"}
UNSUPPORTED = 4  # the other end does not know zstd, or refuses to unpack
ITEMISED = "--out-format=%i %n"

NOT_ALL = 23  # rsync's "partial transfer"
NO_FOLDER = "(code 3)"  # said by the other end where the folder to be read is not there
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


_unpacked: set[str] = set()  # targets to which nothing is sent packed, as was found out


@cache
def _knows_zstd() -> bool:
    try:
        said = subprocess.run(["rsync", "--version"], capture_output=True, check=False)  # noqa: S607 - on PATH
    except OSError:
        return False
    return re.search(rb"Compress list:\s+[^:]*\bzstd\b", said.stdout) is not None


@dataclass(frozen=True)
class Host:
    """An rsync destination."""

    target: str
    seconds: int = 0  # that all of a run may take; 0: as long as something goes on

    def receive(self, names: Sequence[str], folder: Path) -> None:
        """Bring these files, as far as they are there, from the host into `folder`. Raises PublishError."""
        options = ("--files-from=-", "--from0", "--ignore-missing-args", "--times")
        status, said, errors = self._run(options, names, self._root, f"{folder}/")
        if NO_FOLDER not in errors:
            self._said(status, said, errors, "could not be read", NOT_ALL)

    def send(self, folder: Path, options: Sequence[str], names: Sequence[str]) -> str:
        """One run from `folder` to the host; its changes, one a line. Raises PublishError."""
        ran = self._run((*options, ITEMISED), names, f"{folder}/", self._root)
        return self._said(*ran, "was not updated")

    @property
    def _root(self) -> str:
        return f"{self.target.rstrip('/')}/"

    def _run(
        self, options: Sequence[str], names: Sequence[str], source: str, destination: str
    ) -> tuple[int, str, str]:
        """Its status, and what it wrote to either stream. What the other end cannot unpack is sent as it is,
        now and from now on."""
        is_packed = _knows_zstd() and self.target not in _unpacked
        command = ["rsync", f"--timeout={self.seconds or IDLE}", self._way(), *options]
        ran = self._start([*command, *(PACKED if is_packed else ()), "--", source, destination], names)
        if is_packed and ran[0] == UNSUPPORTED:
            _unpacked.add(self.target)
            ran = self._start([*command, "--", source, destination], names)
        return ran

    def _way(self) -> str:
        """How rsync gets there: by itself, or through ssh."""
        wait = min(self.seconds or CONNECT, CONNECT)
        if self.target.startswith("rsync://") or "::" in self.target:
            return f"--contimeout={wait}"
        shared = shared_login(self.target.partition(":")[0])
        return f"--rsh={ssh_command()} {SSH_OPTIONS.format(wait)} {shared}".rstrip()

    def _start(self, command: Sequence[str], names: Sequence[str]) -> tuple[int, str, str]:
        # What ssh leaves running for the next run may hold the stream of errors open: it is no pipe.
        with TemporaryFile() as errors:
            try:
                done = subprocess.run(  # noqa: S603 - a list, no shell; the target is the staff's own setting
                    command,
                    input=os.fsencode("\0".join(names)),
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    check=False,
                    env={**os.environ, **ONLY_ZSTD, "LC_ALL": "C"},
                    timeout=self.seconds or None,
                )
            except subprocess.TimeoutExpired:
                raise PublishError(f"{self.target} does not answer within {self.seconds} seconds.") from None
            except FileNotFoundError:
                raise PublishError(
                    "PUBLISH_TO needs rsync, which is not installed.", "Install rsync."
                ) from None
            errors.seek(0)
            return (
                done.returncode,
                done.stdout.decode(errors="replace"),
                errors.read().decode(errors="replace"),
            )

    def _said(self, status: int, said: str, errors: str, failure: str, good: int = 0) -> str:
        """What rsync wrote. Raises PublishError unless it ended with 0 or with `good`."""
        if status in (0, good):
            return said
        # ssh draws a frame around a warning.
        lines = [bare for one in errors.splitlines() if (bare := one.strip(" \r@"))]
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
