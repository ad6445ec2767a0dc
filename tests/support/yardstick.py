"""How fast this machine is just now, for tests that something ends soon."""

from __future__ import annotations

import time
from collections.abc import Callable


def million_steps() -> float:
    """Seconds that Python takes for a million of its simplest steps."""
    start = time.process_time()
    for _ in range(1_000_000):
        pass
    return time.process_time() - start


def in_million_steps(deed: Callable[[], object]) -> float:
    """What a deed takes, in million steps of Python: much the same on a slow machine as on a fast one."""
    before, start = million_steps(), time.process_time()
    deed()
    taken = time.process_time() - start
    return taken / max(before, million_steps())
