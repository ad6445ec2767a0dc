"""What a college that is measured has on record before."""

from __future__ import annotations

from multiprocessing import get_context
from pathlib import Path

from tests.bench.whole import claims, one_run
from tests.support.college import College


def on_record(college: College, certificates: int, workers: int = 1) -> None:
    """So many certificates and their pages; the PDFs are digests. A process of its own makes them: else the
    memory that this takes would be counted as that of what is measured."""
    path = claims(college, certificates * 3 // 5)
    making = get_context("spawn").Process(target=_make, args=(college, path, workers))
    making.start()
    making.join()
    if making.exitcode:
        raise SystemExit(making.exitcode)


def _make(college: College, path: Path, workers: int) -> None:
    from pipeline.workflow import render
    from tests.conftest import quick_paper

    render.render_many = quick_paper
    one_run(college, path, workers)
