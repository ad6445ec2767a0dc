"""Bench: what a run on a claims file would do, all of it, with the memory it takes.

python -m tests.bench.plan [ROWS]
"""

from __future__ import annotations

import resource
import sys
import time

from pipeline.workflow.opening import open_files
from pipeline.workflow.plan import plan_run
from tests.bench.claims import write
from tests.bench.place import place
from tests.support.college import College


def main(rows: int = 25_000) -> None:
    with place() as folder:
        college = College(folder)
        path = folder / "claims.csv"
        write(path, rows, "wide")
        with college.project() as project:
            started, processor = time.perf_counter(), time.process_time()
            plan = plan_run(project, open_files(project, [path]))
            wall, processor = time.perf_counter() - started, time.process_time() - processor
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    made = sum(count for *_, count in plan.planned)
    took = f"{wall:.1f} s ({processor:.1f} s of a core), {memory:.0f} MB"
    print(f"{rows:,} rows: {made:,} certificates and {len(plan.post.letters):,} messages planned in {took}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 25_000)
