"""Bench: 25,000 people reported to PARS: certificates on record and an export in, a workbook out.

python -m tests.bench.boards [PEOPLE]      exit status 1 where it takes more than LIMIT seconds of a core
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

from pipeline.ledger import Ledger
from pipeline.workflow import report
from pipeline.workflow.award import award
from pipeline.workflow.load import load
from pipeline.workflow.opening import open_files
from tests.bench.claims import write
from tests.bench.place import place
from tests.support.college import College

LIMIT = 10.0  # seconds of a core, for 25,000 people
HEADER = "Learner ID,Email,First Name,Last Name,Date of Birth,ABIM ID,NPI,Consent to share\r\n"


def issued(college: College, claims: Path) -> None:
    """Everybody's certificates, on record as if they had been made."""
    with college.project() as project:
        load(project, open_files(project, [claims]), allow_removals=False)
        award(project)
        _as_made(project.ledger)


def _as_made(ledger: Ledger) -> None:
    with ledger.transaction():
        for pending in list(ledger.certificates.pending()):
            ledger.certificates.rendered(pending, f"{pending.certificate_id:064}", 1)


def export(claims: Path, to: Path) -> None:
    """What boards need of each of these people; everybody agreed."""
    with claims.open(encoding="utf-8") as lines, to.open("w", encoding="utf-8", newline="") as stream:
        next(lines)
        stream.write(HEADER)
        for at, line in enumerate(lines):
            _, learner, email, name, *_ = line.split(",")
            first, _, last = name.rpartition(" ")
            day = f"{at % 12 + 1:02}/{at % 28 + 1:02}"
            stream.write(f"{learner},{email},{first},{last},{day},{100000 + at},,yes\r\n")


def main(people: int = 25_000) -> int:
    with place() as folder:
        college = College(folder)
        claims, given, out = folder / "claims.csv", folder / "people.csv", folder / "report.xlsx"
        write(claims, people, "wide")
        issued(college, claims)
        export(claims, given)
        with college.project() as project:
            started, processor = time.perf_counter(), time.process_time()
            found = report.preflight(project, "pars", "meeting-2025", given)
            written = report.write_board_file(project, found, out)
            wall, processor = time.perf_counter() - started, time.process_time() - processor
            again = report.preflight(project, "pars", "meeting-2025", given)
    assert written is not None, found.plan.faults[:3]
    assert not found.plan.faults, found.plan.faults[:3]
    assert not again.plan.lines
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    limit = LIMIT * people / 25_000
    took = f"{wall:.1f} s ({processor:.1f} s of a core; the limit is {limit:.0f}), {memory:.0f} MB"
    print(f"{people:,} people, {written.added:,} records reported in {took}; once more: nothing is due")
    return int(processor > limit)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
