"""What a command costs, in a process of its own, for benchmarks."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from dataclasses import dataclass

import psutil

from tests.support.college import HERE, College

ADOPTS = 36  # PR_SET_CHILD_SUBREAPER of Linux, prctl(2)


@dataclass(frozen=True)
class Cost:
    """What one command took."""

    seconds: float  # of a core, of all its processes
    mb: int  # memory, at its most
    written: float  # MB given to the file system

    def __str__(self) -> str:
        return f"{self.seconds:8.2f} {self.mb:6,} {self.written:8.1f}"


def cost(college: College, module: list[str], may_end: tuple[int, ...]) -> Cost:
    """What `python -m MODULE` takes in the college's project; `module` may have words after its name.

    Raises SystemExit, with what it printed, where it ends with none of the statuses of `may_end`. Where that
    is empty it may end with any.
    """
    if sys.platform == "linux":
        # The server that starts Python's workers outlives the command, and has their time: it is inherited.
        ctypes.CDLL(None).prctl(ADOPTS, 1, 0, 0, 0)
    # As on the machine of its users: modules are compiled once, not by each command.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    others = {child.pid for child in psutil.Process().children()}
    with subprocess.Popen(
        [sys.executable, "-m", *module],
        cwd=college.root,
        env={**environment, **college.environment, "PYTHONPATH": str(HERE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, ended, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(ended)
    usages = [usage]
    usages += [os.wait4(one.pid, 0)[2] for one in psutil.Process().children() if one.pid not in others]
    if may_end and process.returncode not in may_end:
        raise SystemExit(f"{' '.join(module)}: {said}")
    return Cost(
        seconds=sum(one.ru_utime + one.ru_stime for one in usages),
        mb=max(one.ru_maxrss for one in usages) >> 10,
        written=sum(one.ru_oublock for one in usages) * 512 / 1e6,
    )
