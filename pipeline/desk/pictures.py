"""Pictures of certificates for the desk: drawn one at a time, as the library that draws is not made for
threads, and the last ones kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict

from pipeline.workflow.card import certificate_picture
from pipeline.workflow.project import Project

MOST_BYTES = 24_000_000
WIDTHS = (360, 1200)  # pixels: beside its facts, and alone


class Pictures:
    """The first pages of PDFs in the vault as PNG, by digest and width."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, project: Project, digest: str, width: int) -> bytes:
        """One picture. Raises VaultError."""
        with self._lock:
            if (kept := self._kept.get((digest, width))) is not None:
                self._kept.move_to_end((digest, width))
                return kept
            made = certificate_picture(project, digest, width)
            self._kept[digest, width] = made
            self._size += len(made)
            while self._size > MOST_BYTES:
                self._size -= len(self._kept.popitem(last=False)[1])
            return made
