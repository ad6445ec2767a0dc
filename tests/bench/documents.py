"""Bench: WeasyPrint tuned, a second on one core and with workers, beside a naive loop in the same run.

Numbers are of digits only, which the press leaves to WeasyPrint: this measures what it falls back to.

python -m tests.bench.documents [CERTIFICATES] [WORKERS]
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from pipeline.documents import render, render_many
from pipeline.rules.certificates.awards import Facts
from tests.bench.press import milliseconds, naive
from tests.support import worldwide
from tests.support.documents_kit import LETTER, numbered


def people(count: int) -> Iterator[Facts]:
    """Certificates of people of the world."""
    for at, facts in enumerate(worldwide.people(count)):
        yield numbered(facts, f"{at:016}")


def resident_mb() -> float:
    """Memory this process holds now."""
    with open("/proc/self/statm") as stat:
        return int(stat.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def main(count: int, workers: int) -> None:
    for facts in people(40):
        render(facts, LETTER)
    gc.collect()
    before = resident_mb()
    began, busy = time.perf_counter(), time.process_time()
    refused = sum(made.pdf is None for made in render_many(people(count), LETTER))
    alone, own = time.perf_counter() - began, time.process_time() - busy
    gc.collect()
    after = resident_mb()
    with ProcessPoolExecutor(workers, mp_context=get_context("forkserver")) as pool:
        list(render_many(people(workers * 32), LETTER, pool))  # every worker has started and read its fonts
        began = time.perf_counter()
        refused += sum(made.pdf is None for made in render_many(people(count), LETTER, pool))
        together = time.perf_counter() - began
    plain = milliseconds(naive, list(people(20))) / 1000
    report = {
        "certificates": count,
        "refused": refused,
        "one_core_a_second": round(count / alone, 1),
        f"{workers}_workers_a_second": round(count / together, 1),
        "ms_cpu_each": round(own / count * 1000, 1),
        "naive_ms_cpu_each": round(plain * 1000, 1),
        "times_naive_one_core": round(plain / (own / count), 2),
        "times_one_core_with_workers": round(alone / together, 2),
        "resident_mb_before": round(before, 1),
        "resident_mb_after": round(after, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main(*(int(word) for word in (sys.argv[1:] + ["400", "2"][len(sys.argv) - 1 :])))
