"""One run at a time: an advisory lock on a folder, and a file in it that says who holds it and since when."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline import files
from pipeline.errors import LockedError
from pipeline.processes import is_running

HOLDER = "lock"


@contextmanager
def lock(folder: Path, actor: str, at: str) -> Iterator[None]:
    """Hold the folder for `actor` since `at`.

    The folder itself is locked: a file in it can be removed by whoever is impatient, and then two would hold
    it. The system frees the lock of a process that died, so a stale one is simply taken over.
    Raises LockedError naming the holder.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    holder = folder / HOLDER
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(
                f"Another run holds the lock: {_holder(holder)}.",
                "Wait until it has ended, then try again; a lock left by a dead process frees itself.",
            ) from error
        files.replace(str(holder), json.dumps({"actor": actor, "pid": os.getpid(), "since": at}).encode())
        try:
            yield
        finally:
            holder.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


@contextmanager
def looked_into(folder: Path) -> Iterator[None]:
    """Nobody holds the folder while it is read; several may read. Raises LockedError naming who holds it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(
                f"{folder.name} is being written to: {_holder(folder / HOLDER)}.",
                "Wait until that has ended.",
            ) from error
        yield
    finally:
        os.close(descriptor)


def holder_of(folder: Path) -> str:
    """Who holds the folder, in words; empty where nobody does. Its lock is not tried: that would keep others
    from it. What a process left that died says nothing."""
    path = folder / HOLDER
    try:
        process = int(json.loads(path.read_bytes())["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return _holder(path) if is_running(process) else ""


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_bytes())
        return f"{holder['actor']}, process {holder['pid']}, since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that did not say who it is"
