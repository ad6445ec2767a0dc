"""Where benchmarks work: each gets a folder of its own, which goes away when the run ends."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = "BENCH_ROOT"
MEMORY = "/dev/shm"  # noqa: S108 - a folder of our own is made in it


@contextmanager
def place(memory: bool = False) -> Iterator[Path]:
    """A new folder, on the disk or in memory. `make bench` removes all those on the disk when it is done.

    For some minutes after many files were deleted, a file system may be slow to make new ones (ext4 looks
    whether a freed inode has rested long enough): one benchmark would pay for the tidying of another.
    """
    root = MEMORY if memory else os.environ.get(ROOT)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=root))
    try:
        yield folder
    finally:
        if memory or root is None:
            shutil.rmtree(folder)


@contextmanager
def shared_root() -> Iterator[None]:
    """All folders of the benchmarks run within, in one that goes at the end."""
    with tempfile.TemporaryDirectory(prefix="bench-") as root:
        os.environ[ROOT] = root
        try:
            yield
        finally:
            del os.environ[ROOT]
