"""One log-in of ssh for all that a command does at a host: OpenSSH's ControlMaster, in our own folder.

Each user, machine and way there has a connection of its own.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

# The first run of ssh opens it and leaves it open for the next ones. It ends with the command; where that is
# killed, by itself after so many seconds.
SHARED = "-o ControlMaster=auto -o ControlPath={} -o ControlPersist=300"
LONGEST = 80  # bytes of the socket's path: systems allow 104 and more, and ssh adds 17 while it makes one
SECONDS = 5  # for ssh to say something that it need not ask a host about


class Login:
    """What the runs of ssh in one command share."""

    def __init__(self) -> None:
        self._folder: TemporaryDirectory[str] | None = None

    def options(self, ssh: str, host: str) -> str:
        """Options for a command that begins with `ssh`, by which it logs in once; empty where it must not or
        cannot."""
        name = _connection(ssh, host)
        if not name:
            return ""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="certs-")
        socket = f"{self._folder.name}/{name}"
        # ssh reads a sign of percent in it as the beginning of something else.
        is_usable = not {" ", "%"} & set(socket) and len(os.fsencode(socket)) <= LONGEST
        return SHARED.format(socket) if is_usable else ""

    def end(self, ssh: str) -> None:
        """Log out; nothing is left of it."""
        if self._folder is None:
            return
        for socket in Path(self._folder.name).iterdir():
            _say(ssh, "-o", f"ControlPath={socket}", "-O", "exit", "certs")
        self._folder.cleanup()
        self._folder = None


_current: Login | None = None


@contextmanager
def one_login() -> Iterator[None]:
    """While this lasts, ssh logs in to a host once, however often it is run."""
    global _current  # a command has one, and those who run ssh need not be handed it
    before, _current = _current, Login()
    try:
        yield
    finally:
        _current.end(ssh_command())
        _current = before


def ssh_command() -> str:
    """What the operator wants to be run as ssh, as rsync reads it."""
    return os.environ.get("RSYNC_RSH") or "ssh"


def shared_login(host: str) -> str:
    """Options of ssh for `host`, by which all runs of this command log in once; empty where each does."""
    return _current.options(ssh_command(), host) if _current else ""


@cache
def _connection(ssh: str, host: str) -> str:
    """A name for the connection, by all that is set up for it: two hosts or users never share one. Empty
    where it is not OpenSSH, and where its operator has set up the same already: then theirs is used."""
    said = _say(ssh, "-G", "--", host)
    if said is None or re.search(rb"^controlpath (?!none$)", said, re.MULTILINE):
        return ""
    return hashlib.sha256(said).hexdigest()[:12]


def _say(ssh: str, *words: str) -> bytes | None:
    """What it says; None where it fails."""
    with suppress(OSError, ValueError, subprocess.TimeoutExpired):
        done = subprocess.run(  # noqa: S603 - the operator's own command
            [*shlex.split(ssh), *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
        return done.stdout if done.returncode == 0 else None
    return None
