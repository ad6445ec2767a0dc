"""What Pelican complains of, as a list: Pelican itself would only log it, leave pages out and go on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def complaints() -> Iterator[list[logging.LogRecord]]:
    """Keep Pelican silent while the block runs; what it logs in it, from warnings upwards, is in the list."""
    from pelican.log import LimitFilter, console  # type: ignore[import-untyped]

    logger, collector = logging.getLogger("pelican"), _Collector()
    before = (logger.propagate, logger.level, LimitFilter.LOGS_DEDUP_MIN_LEVEL, console.quiet)
    logger.addHandler(collector)
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    LimitFilter.LOGS_DEDUP_MIN_LEVEL = logging.NOTSET  # what it said once in this process it says again
    console.quiet = True  # it greets on standard output, where data goes
    try:
        yield collector.records
    finally:
        logger.removeHandler(collector)
        logger.propagate, _, LimitFilter.LOGS_DEDUP_MIN_LEVEL, console.quiet = before
        logger.setLevel(before[1])
