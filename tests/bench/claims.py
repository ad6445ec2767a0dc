"""Bench: rows read, compared with one another and judged, with the memory it takes.

.venv/bin/python tests/bench/claims.py [ROWS] [wide | long]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from pipeline.intake import open_claims
from pipeline.rules.claims import Claim, Judge, Row
from pipeline.rules.duplicates import Duplicates
from tests.claim_values import CATALOG, HEADER, LONG, TODAY, address_problem

NAMES = ("Ann Lee", "José Álvarez Núñez", "李小龙", "محمد عبدالله", "Siobhán O'Brien", "Nguyễn Thị Minh Khai")


def write(path: Path, rows: int, layout: str) -> None:
    """A file of that many rows; a long one has everybody's CME first: the worst order for pivoting."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write((HEADER if layout == "wide" else LONG) + "\r\n")
        for at in range(rows):
            name = NAMES[at % 6]
            if layout == "wide":
                stream.write(f"meeting-2025,L{at},p{at}@example.org,{name},MD,yes,,12.25,12,,yes\r\n")
            else:
                person, kind = at % (rows // 2), "CME" if at < rows // 2 else "ABIM MOC"
                name = NAMES[person % 6]
                cells = f"L{person},p{person}@example.org,{name},Doe,{kind},12.25,1,2025-10-28T12:00:00Z,1"
                stream.write(f"meeting-2025,{cells}\r\n")


def main(rows: int = 25_000, layout: str = "wide") -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "claims.csv"
        write(path, rows, layout)
        started, processor = time.perf_counter(), time.process_time()
        claims = open_claims(path, {})
        judge = Judge(CATALOG, TODAY, claims.habits, address_problem)
        duplicates, good = Duplicates(judge), 0
        for row in claims.rows():
            if isinstance(row, Row):
                duplicates.note(row)
        for row in claims.rows():
            if isinstance(row, Row) and not duplicates.problems(row) and not duplicates.is_repeat(row):
                good += isinstance(judge(row), Claim)
        wall, processor = time.perf_counter() - started, time.process_time() - processor
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = f"{wall:.1f} s ({processor:.1f} s of a core), {memory:.0f} MB"
    print(f"{rows:,} {layout} rows: {good:,} claims in {took}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 25_000, *sys.argv[2:3])
