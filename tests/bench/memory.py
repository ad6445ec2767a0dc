"""The memory that a benchmark's processes take together, at its most.

python -m tests.bench.memory PID      watches until its standard input ends, then says the megabytes
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

EVERY = 0.2  # seconds


class Peak:
    """Megabytes of this process and all below it; what they share counts once."""

    mb = 0


@contextmanager
def together() -> Iterator[Peak]:
    """Watch while the block runs, from outside: a thread here would take of its time."""
    peak = Peak()
    command = [sys.executable, "-m", "tests.bench.memory", str(os.getpid())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as watcher:
        try:
            yield peak
        finally:
            peak.mb = int(watcher.communicate()[0])


def watch(root: psutil.Process) -> int:
    """Megabytes of the process and all below it but this one, at their most, until standard input ends."""
    most = 0
    while not select.select([sys.stdin], [], [], EVERY)[0]:
        taken = 0
        for process in (root, *root.children(recursive=True)):
            if process.pid != os.getpid():
                with suppress(OSError):  # it ended meanwhile
                    taken += proportional_kb(process.pid)
        most = max(most, taken)
    return most >> 10


def proportional_kb(pid: int) -> int:
    """What a process takes, with its share of what it has in common with others (proc(5))."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(text.partition("\nPss:")[2].split(maxsplit=1)[0])


if __name__ == "__main__":
    print(watch(psutil.Process(int(sys.argv[1]))))
