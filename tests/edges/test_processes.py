"""Worker processes end with the run they work for."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipeline.errors import CertsError
from pipeline.workflow.executor import rendering_executor
from pipeline.workflow.render import Renderers
from tests.support.college import College

pytestmark = pytest.mark.starts

WORK = """
import os, threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pipeline import processes

def work(index):
    return os.getpid()

if __name__ == "__main__":
    pool = processes.pool(2)
    print(len(set(pool.map(work, range(8)))), flush=True)
    threading.Event().wait()
"""


def test_a_killed_run_leaves_no_worker_behind(tmp_path: Path) -> None:
    """Workers hold the other end of a pipe: it ends when the last of them has."""
    script = tmp_path / "work.py"
    script.write_text(WORK)
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline().strip() in (b"1", b"2")
        run.send_signal(signal.SIGKILL)
        ended, _, _ = select.select([run.stdout], [], [], 30)
        assert ended
        assert run.stdout.read() == b""
    assert run.returncode == -signal.SIGKILL


def test_a_worker_that_the_system_kills_is_a_sentence(quick_college: College) -> None:
    """The memory ran out: that is no fault in the program, and the run goes on where it was."""
    with quick_college.project() as project, ExitStack() as stack:
        executor = stack.enter_context(rendering_executor(project, Renderers(2)))
        assert executor is not None
        killed = executor.submit(os._exit, 9)
        with pytest.raises(CertsError, match="memory"), stack:
            killed.result()
