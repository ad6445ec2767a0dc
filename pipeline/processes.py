"""Processes of this machine: workers end with the run that started them; one that is named may run or not."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import forkserver
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# What workers need. It is loaded by the process that they come from, once for all of them.
LOADED = (
    "__main__",
    "pipeline.documents.credits",
    "pipeline.documents.merged",
    "pipeline.workflow.making",
    "pipeline.workflow.credit_files",
)


def pool(workers: int) -> ProcessPoolExecutor:
    """So many workers of this machine. They are forked, but not from this process: it has threads."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*LOADED])
    return _Pool(workers, context, begin)


def make_ready() -> None:
    """Workers of a pool will soon be wanted: what they need is loaded while this process goes on."""
    with _unheard():
        forkserver.ensure_running()


class _Pool(ProcessPoolExecutor):
    """Ctrl-C is this process's alone: the one that workers come from is started without hearing of it, as are
    they. While it loads what they need it would end with a traceback."""

    def submit(self, work: Callable[P, T], /, *given: P.args, **named: P.kwargs) -> Future[T]:
        with _unheard():
            return super().submit(work, *given, **named)


@contextmanager
def _unheard() -> Iterator[None]:
    """Processes that are started meanwhile do not hear of Ctrl-C, nor does this one until then."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin() -> None:
    """The initializer of every worker: it leaves Ctrl-C to its parent, and ends when its parent ends.

    Without it the worker of a parent that was killed would wait for work for ever, and hold its memory and
    the lock.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def is_running(process: int) -> bool:
    """Whether there is such a process; nothing is sent to it."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True
