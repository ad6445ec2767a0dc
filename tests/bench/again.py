"""Bench: a run on a college that has many certificates already: with nothing new, with a small meeting of a
new activity, for which WeasyPrint is wanted, and with as many more people of that meeting.

python -m tests.bench.again [CERTIFICATES]

Each is `certs run` as staff call it, in a process of its own; seconds are those of the processor. The pages
that the meeting wrote are counted: theirs whom it concerns, and no other. It fails beyond the limits.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from pipeline.workflow import render
from tests.bench.cost import Cost, cost
from tests.bench.place import place
from tests.bench.whole import HEADER, claims, one_run
from tests.conftest import quick_paper
from tests.support.college import ACTIVITIES, College

MEETING = 100  # people
GROWN = 600_000  # certificates of six years, for which the figures are computed
# Limits: seconds of the processor for a run at all, and for each 100,000 certificates on record.
STARTS, EACH = 1.6, 1.4
# Seconds more for a meeting: of a new activity, whose templates WeasyPrint makes, and of one that is known.
OF_NEW = 3
OF_MORE = 1
MEMORY = 160  # MB, whatever is on record
OF_PAPER = 120  # MB more with WeasyPrint


def certs(college: College, *words: str) -> Cost:
    """What `certs` with these words costs."""
    return cost(college, ["pipeline", *words], may_end=(0,))


def pages(college: College) -> dict[str, int]:
    """When each page was written."""
    found = college.output.glob("*/*/index.html")
    return {str(path.parent): path.stat().st_mtime_ns for path in found}


def meeting(college: College, after: int) -> Path:
    """People who are on record, beyond the first so many, at an activity of its own."""
    text = ACTIVITIES["meeting-2025"]
    changed = (("Meeting 2025", "Meeting More"), ("meeting-2025", "meeting-more"), ("202512345", "202512346"))
    for former, new in changed:
        text = text.replace(former, new)
    college.write_activity("meeting-more", text)
    rows = (college.root / "claims-1.csv").read_text().splitlines()[1 + after : 1 + after + MEETING]
    return college.claims(*(row.replace("meeting-2025", "meeting-more") for row in rows), header=HEADER)


def measure(certificates: int) -> Iterator[tuple[str, float, float]]:
    """(what, how much, its limit) at this size."""
    with place() as folder:
        college = College(folder)
        usual, render.render_many = render.render_many, quick_paper
        one_run(college, claims(college, certificates * 3 // 5), 1)
        render.render_many = usual
        certs(college, "run", "--yes", "--no-send")  # notes the folders of pages as they are
        nothing = certs(college, "run", str(college.root / "claims-1.csv"), "--yes", "--no-send")
        limit = STARTS + EACH * certificates / 100_000
        yield "nothing new, s", nothing.seconds, limit
        yield "nothing new, MB", nothing.mb, MEMORY
        for what, after, more in (("a meeting", 0, OF_NEW), ("more of it", MEETING, OF_MORE)):
            before, file = pages(college), meeting(college, after)
            some = certs(college, "run", str(file), "--yes", "--no-send")
            written = sum(before.get(page) != time for page, time in pages(college).items())
            yield f"{what}, s", some.seconds, limit + more
            yield f"{what}, MB", some.mb, MEMORY + OF_PAPER
            yield f"{what}, pages written", written, 3 * MEETING  # each one's, and those of two certificates


def main(certificates: int) -> int:
    """Prints a table; the exit status."""
    half = {what: much for what, much, _ in measure(certificates // 2)}
    beyond = []
    for what, much, limit in measure(certificates):
        grown = much + (much - half[what]) * (GROWN / certificates - 1) * 2
        is_cost = not what.endswith("written")
        print(
            f"{what:26} {certificates:>9,} certificates {much:8.1f}  limit {limit:6.1f}"
            + (f"  {GROWN:,} (computed) {grown:8.1f}" if is_cost else "")
        )
        if much > limit:
            beyond.append(what)
    print(json.dumps({"beyond the limit": beyond}))
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
