"""What can go wrong at any step of a program: it is killed, or stopped, or the disk is full from there on.

A step is whatever the world would notice: a file that is made, renamed, linked or removed, a commit of the
ledger, a line to the mail server, a request that changes a bucket. `install` counts them in this process, by
Python's own audit events where there are some, and lets the fault happen directly before the step of its
number. A file that is put in place whole is half written at one of its steps.
"""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import sys
from asyncio import selector_events
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipeline import files
from pipeline.publish import store

KILLED = 137  # as a shell reports kill -9
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
CHANGES = ("os.rename", "os.link", "os.symlink", "os.mkdir", "os.remove", "os.rmdir")
GROWS = ("open", "os.link", "os.symlink", "os.mkdir")  # needs room


@dataclass(frozen=True)
class Fault:
    """What happens before step number `at`, from 1: kill, stop (SIGINT) or full (the disk, from there on)."""

    kind: str = "none"
    at: int = 0


FINE = Fault()


@dataclass
class Steps:
    """The steps of this process below one folder, and the fault that awaits it."""

    root: str
    fault: Fault
    taken: list[str] = field(default_factory=list)
    log: Path = Path(os.devnull)

    def take(self, name: str, *, grows: bool = False) -> None:
        """A step is about to happen. Raises OSError where it needs room and there is none."""
        self.taken.append(name)
        if self.fault.kind == "full" and grows and len(self.taken) >= self.fault.at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if len(self.taken) == self.fault.at:
            if self.fault.kind == "kill":
                self.end(KILLED)
            if self.fault.kind == "stop":
                signal.raise_signal(signal.SIGINT)

    def end(self, status: int) -> None:
        """The process ends here and now, whatever it was about to tidy up. What it printed is kept."""
        sys.stdout.flush()
        sys.stderr.flush()
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.write(descriptor, "\n".join(self.taken).encode())
        os._exit(status)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook."""
        if event == "open":
            path, _, flags = arguments
            if isinstance(path, str | bytes) and flags & WRITES and self._is_ours(os.fsdecode(path)):
                self.take(f"open {os.path.basename(os.fsdecode(path))}", grows=True)
        elif event in CHANGES and not (event == "os.mkdir" and os.path.isdir(arguments[0])):
            self.take(f"{event} {os.path.basename(os.fsdecode(arguments[0]))}", grows=event in GROWS)

    def _is_ours(self, path: str) -> bool:
        return os.path.abspath(path).startswith(self.root)


def _step_before(steps: Steps, name: str, request: Callable[..., Any]) -> Callable[..., Any]:
    def ask(*given: Any) -> Any:
        steps.take(name)
        return request(*given)

    return ask


def install(steps: Steps) -> None:
    """From now on, and for good, this process takes its steps as `steps` says."""

    class Ledger(sqlite3.Connection):
        def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
            word = sql.split(None, 1)[0]
            try:
                if word in ("COMMIT", "VACUUM"):
                    steps.take(f"ledger {word}", grows=True)
            except OSError as error:
                full = sqlite3.OperationalError("database or disk is full")
                full.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise full from error
            return super().execute(sql, *arguments)

    transport = selector_events._SelectorSocketTransport  # type: ignore[attr-defined]
    connect, write, send = sqlite3.connect, files.write_new, transport.write

    def write_half(path: files.AnyPath, data: bytes, mode: int = 0o666) -> None:
        write(path, data[: len(data) // 2], mode)
        steps.take(f"half of {os.path.basename(path)}", grows=True)
        write(path, data, mode)

    def to_mail_server(connection: Any, data: bytes) -> None:
        steps.take("a line to the mail server")
        send(connection, data)

    patch = pytest.MonkeyPatch()
    patch.setattr(sqlite3, "connect", lambda *given, **more: connect(*given, factory=Ledger, **more))
    for name in ("put", "replace", "remove"):
        patch.setattr(store.Bucket, name, _step_before(steps, f"bucket {name}", getattr(store.Bucket, name)))
    patch.setattr(files, "write_new", write_half)
    patch.setattr(transport, "write", to_mail_server)
    sys.addaudithook(steps.hear)
