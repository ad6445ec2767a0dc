"""Worker processes: what each of them sets up first, so that none outlives the run it works for."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading


def begin() -> None:
    """The initializer of every worker: it leaves Ctrl-C to its parent, and ends when its parent does.

    A pool's worker waits for work for ever; one whose parent was killed would hold its memory, and the lock.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
