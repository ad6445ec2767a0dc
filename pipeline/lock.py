"""One run at a time: an advisory lock on a file, with who holds it and since when."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import LockedError


@contextmanager
def lock(path: Path, actor: str, at: str) -> Iterator[None]:
    """Hold the lock at `path` for `actor` since `at`.

    The system frees the lock of a process that died, so a stale file is simply taken over.
    Raises LockedError naming the holder.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LockedError(
                f"Another run holds the lock: {_holder(descriptor)}.",
                "Wait until it has ended, then try again; a lock left by a dead process frees itself.",
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"actor": actor, "pid": os.getpid(), "since": at}).encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    try:
        holder = json.loads(os.pread(descriptor, 1000, 0))
        return f"{holder['actor']}, process {holder['pid']}, since {holder['since']}"
    except (ValueError, KeyError, TypeError):
        return "a process that did not say who it is"
