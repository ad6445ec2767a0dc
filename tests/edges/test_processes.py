"""Worker processes end with the run they work for."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
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


STOPPED = """
import time
from pipeline import processes

processes.LOADED = ("slow",)
if __name__ == "__main__":
    try:
        with processes.pool(2) as pool:
            pool.submit(time.sleep, 1).result()
    except KeyboardInterrupt:
        print("stopped")
"""
SLOW = """
import pathlib, time
pathlib.Path(__file__).with_name("loading").touch()
time.sleep(1)
"""


def test_ctrl_c_while_workers_load_is_told_once(tmp_path: Path) -> None:
    """A terminal sends it to all processes: the one that workers come from does not answer."""
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "work.py").write_text(STOPPED)
    with subprocess.Popen(
        [sys.executable, "work.py"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{os.getcwd()}:{tmp_path}"},
        start_new_session=True,
    ) as run:
        while not (tmp_path / "loading").exists():
            assert run.poll() is None
            time.sleep(0.01)
        os.killpg(run.pid, signal.SIGINT)
        assert run.communicate(timeout=30) == (b"stopped\n", b"")


def test_a_worker_that_the_system_kills_is_a_sentence(quick_college: College) -> None:
    """The memory ran out: that is no fault in the program, and the run goes on where it was."""
    with quick_college.project() as project, ExitStack() as stack:
        executor = stack.enter_context(rendering_executor(project, Renderers(2)))
        assert executor is not None
        killed = executor.submit(os._exit, 9)
        with pytest.raises(CertsError, match="memory"), stack:
            killed.result()
