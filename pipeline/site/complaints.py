"""What Pelican complains of, as a list: Pelican itself would only log it, leave pages out and go on."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import BufferingHandler


@contextmanager
def complaints() -> Iterator[list[logging.LogRecord]]:
    """Keep Pelican silent while the block runs; what it logs in it, from warnings upwards, is in the list."""
    from pelican.log import LimitFilter, console  # type: ignore[import-untyped]

    logger, collector = logging.getLogger("pelican"), BufferingHandler(sys.maxsize)
    before = (logger.propagate, logger.level, LimitFilter.LOGS_DEDUP_MIN_LEVEL, console.quiet)
    collector.setLevel(logging.WARNING)
    logger.addHandler(collector)
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    LimitFilter.LOGS_DEDUP_MIN_LEVEL = logging.NOTSET  # what it said once in this process it says again
    console.quiet = True  # it greets on standard output, where data goes
    try:
        yield collector.buffer
    finally:
        logger.removeHandler(collector)
        logger.propagate, _, LimitFilter.LOGS_DEDUP_MIN_LEVEL, console.quiet = before
        logger.setLevel(before[1])
