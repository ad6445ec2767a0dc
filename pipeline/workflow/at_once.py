"""Several looks at once: what takes too long is given up, and nobody waits for it at the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

Found = TypeVar("Found")


def at_once(looks: Mapping[str, Callable[[], Iterable[Found]]], seconds: float) -> dict[str, list[Found]]:
    """What each of these found, by name; one that has not ended after so many seconds is lacking.

    A look may hang where no limit of its own reaches, as in the system's search for a host's address: its
    thread ends with the program. What one raises is raised here.
    """
    found: dict[str, list[Found]] = {}
    failed: list[BaseException] = []

    def make(name: str, look: Callable[[], Iterable[Found]]) -> None:
        try:
            found[name] = list(look())
        except BaseException as error:  # noqa: BLE001 - raised again by who waits
            failed.append(error)

    threads = [threading.Thread(target=make, args=one, daemon=True) for one in looks.items()]
    for thread in threads:
        thread.start()
    until = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(until - time.monotonic(), 0))
    if failed:
        raise failed[0]
    return dict(found)
