"""Worker processes of this machine end with the run that started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading


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
