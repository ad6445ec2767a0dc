"""Bench: a claims file read, judged and stored in a ledger, with the memory it takes.

python -m tests.bench.claims [ROWS] [wide | long]
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

from pipeline.workflow.load import load
from pipeline.workflow.opening import open_files
from tests.bench.place import place
from tests.support.college import College

WIDE = "activity,learner_id,email,name,credentials,attended,cme_credits,abim_moc_points,evaluation"
LONG = "activity,learner_id,email,first_name,last_name,credit_type,credits,complete,evaluation"
FIRST = ("Ann", "José", "Siobhán", "Nguyễn Thị", "Milica", "Mohammed", "李")
LAST = ("Lee", "Álvarez Núñez", "O'Brien", "Minh Khai", "Petrović", "al-Farsi", "小龙")


def write(path: Path, rows: int, layout: str) -> None:
    """A file of that many rows; a long one has everybody's CME first: the worst order for pivoting."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write((WIDE if layout == "wide" else LONG) + "\r\n")
        people = rows if layout == "wide" else rows // 2
        for at in range(rows):
            person = at % people
            first, last = FIRST[person % 7], f"{LAST[person // 7 % 7]} {_surname(person)}"
            who = f"meeting-2025,L{person},p{person}@example.org,{first}"
            if layout == "wide":
                stream.write(f"{who} {last},MD,yes,12.25,{person % 12},yes\r\n")
            else:
                stream.write(f"{who},{last},{'CME' if at < people else 'ABIM MOC'},12.25,1,1\r\n")


def _surname(person: int) -> str:
    """One of some twenty thousand."""
    return "".join(chr(97 + (person * 7919 + 31) // 27**place % 26) for place in range(3)).capitalize()


def main(rows: int = 25_000, layout: str = "wide") -> None:
    with place() as folder:
        college = College(folder)
        path = folder / "claims.csv"
        write(path, rows, layout)
        with college.project() as project:
            started, processor = time.perf_counter(), time.process_time()
            loaded = load(project, open_files(project, [path]), allow_removals=False)
            wall, processor = time.perf_counter() - started, time.process_time() - processor
            stored = project.ledger.counts.totals()
    assert not loaded.problems, loaded.problems[:3]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = f"{wall:.1f} s ({processor:.1f} s of a core), {memory:.0f} MB"
    print(f"{loaded.rows:,} {layout} rows: {stored['claims']:,} claims stored in {took}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 25_000, *sys.argv[2:3])
