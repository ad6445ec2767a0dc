"""The memory that a benchmark's processes take together, at its most."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

EVERY = 0.2  # seconds


class Peak:
    """Megabytes of this process and all below it; what they share counts once."""

    def __init__(self) -> None:
        self.mb = 0.0

    def look(self) -> None:
        """Take the present moment into account."""
        here, taken = psutil.Process(), 0
        for process in (here, *here.children(recursive=True)):
            with suppress(psutil.Error):  # it ended meanwhile
                taken += process.memory_full_info().pss
        self.mb = max(self.mb, taken / 2**20)


@contextmanager
def together() -> Iterator[Peak]:
    """Watch while the block runs."""
    peak, done = Peak(), threading.Event()

    def watch() -> None:
        while not done.wait(EVERY):
            peak.look()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()
