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
from dataclasses import replace
from multiprocessing import get_context

from weasyprint import CSS, HTML

from pipeline.documents import compose, render, render_many
from pipeline.documents.design import Fetcher, prepare
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Facts
from tests.support.documents_kit import LETTER, made_up

GIVEN = ("Amara", "Björn", "Chiara", "Đức", "Eilidh", "Françoise", "Gbọ́láhàn", "Hana")
FAMILY = (
    "Oyelaran-Whitcombe",
    "Lindqvist",
    "De Santis",
    "Trần",
    "MacAskill",
    "O’Dwyer",
    "Adéyẹmí",
    "Novotná",
)


def people(count: int) -> Iterator[Facts]:
    """Usual names over the five kinds, every one with another number."""
    stated = [made_up(kind) for kind in Kind]
    for at in range(count):
        name = f"{GIVEN[at % 8]} {FAMILY[at // 8 % 8]}"
        number = f"{at:016}"
        yield replace(
            stated[at % 5], name=name, number=number, verify_url=f"https://certs.example.org/verify/{number}/"
        )


def resident_mb() -> float:
    """Memory this process holds now."""
    with open("/proc/self/statm") as stat:
        return int(stat.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def naive(count: int) -> float:
    """Seconds a certificate the way the manual begins: a string in, a PDF out, nothing kept."""
    pages = []
    for facts in people(count):
        said = compose.words(facts)
        planned = compose.best_plan(facts, said, LETTER, 4)
        pages.append(compose.html(facts, said, planned, LETTER, prepare(LETTER)))
    fetcher = Fetcher(LETTER)
    began = time.process_time()
    for certificate in pages:
        page = certificate.replace(
            "qr:", "theme:drawings/seal.svg?"
        )  # a drawing of a like size stands for the code
        HTML(string=page, base_url="theme:", url_fetcher=fetcher).write_pdf(
            stylesheets=[CSS(url="theme:certificate.css", url_fetcher=fetcher)],
            pdf_variant="pdf/ua-1",
            pdf_forms=True,
        )
    return (time.process_time() - began) / count


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
    plain = naive(max(20, count // 10))
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
