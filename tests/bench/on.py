"""Certs as on another day, for benchmarks.

python -m tests.bench.on DAY WORDS...        certs WORDS, at noon of that day
"""

from __future__ import annotations

import datetime as dt
import sys
from types import SimpleNamespace

from pipeline.cli import context, main

if __name__ == "__main__":
    noon = dt.datetime.combine(dt.date.fromisoformat(sys.argv[1]), dt.time(12))
    clock = SimpleNamespace(datetime=SimpleNamespace(now=lambda zone: noon.replace(tzinfo=zone)))
    setattr(context, "dt", clock)  # noqa: B010 - the one place where today is read
    main(sys.argv[2:], prog_name="certs")
