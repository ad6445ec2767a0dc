"""Bench: a run on a college that has many certificates already: with nothing new, with a small meeting of an
activity that is on record, and of a new one; and looking at three rows of either.

python -m tests.bench.again [CERTIFICATES]

Each is `certs run` or `certs check` as staff call it, in a process of its own; seconds are those of the
processor. The pages that a meeting wrote are counted: theirs whom it concerns, and no other. It fails beyond
the limits.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.before import on_record
from tests.bench.cost import Cost, cost
from tests.bench.place import place
from tests.bench.whole import HEADER
from tests.support.college import ACTIVITIES, College

MEETING = 100  # people
GROWN = 600_000  # certificates of six years, for which the figures are computed
# Limits: seconds of the processor for a run at all, and for each 100,000 certificates on record: they come to
# 3 s at 100,000, and to 10 s at 600,000.
STARTS, EACH = 1.6, 1.4
OF_MEETING = (
    1  # seconds more for a meeting of so many people, of an activity that is on record or of a new one
)
OF_FIRST = (
    2.5  # and more for the first certificates that a machine makes: WeasyPrint lays out their templates
)
CHECK = 1  # seconds to look at three rows, however much is on record
MEMORY = 160  # MB, whatever is on record
OF_PAPER = 120  # MB more with WeasyPrint


def certs(college: College, *words: str) -> Cost:
    """What `certs` with these words costs."""
    return cost(college, ["pipeline", *words], may_end=(0,))


def pages(college: College) -> dict[str, int]:
    """When each page was written."""
    found = college.output.glob("*/*/index.html")
    return {str(path.parent): path.stat().st_mtime_ns for path in found}


def activity(college: College, title: str, pars_id: str) -> str:
    """A new activity that offers what the others do; its slug."""
    slug = title.lower().replace(" ", "-")
    text = ACTIVITIES["meeting-2025"]
    for former, new in (("Autumn Meeting 2025", title), ("meeting-2025", slug), ("202512345", pars_id)):
        text = text.replace(former, new)
    college.write_activity(slug, text)
    return slug


def meeting(college: College, slug: str, after: int, people: int = MEETING) -> Path:
    """People who are on record, beyond the first so many, at another activity."""
    rows = (college.root / "claims-1.csv").read_text().splitlines()[1 + after : 1 + after + people]
    return college.claims(*(row.replace("meeting-2025", slug) for row in rows), header=HEADER)


def measure(certificates: int) -> Iterator[tuple[str, float, float]]:
    """(what, how much, its limit) at this size."""
    with place() as folder:
        college = College(folder)
        on_record(college, certificates)
        certs(college, "run", "--yes", "--no-send")  # notes the folders of pages as they are
        yield from rows(college, STARTS + EACH * certificates / 100_000)


def rows(college: College, limit: float) -> Iterator[tuple[str, float, float]]:
    """The same of a college; `limit`: of a run at all."""
    nothing = certs(college, "run", str(college.root / "claims-1.csv"), "--yes", "--no-send")
    yield "nothing new, s", nothing.seconds, limit
    yield "nothing new, MB", nothing.mb, MEMORY
    known = activity(college, "Meeting More", "202512346")
    limit += OF_MEETING
    yield from held(college, "a meeting, first paper", meeting(college, known, 0), limit + OF_FIRST)
    yield from held(college, "a meeting", meeting(college, known, MEETING), limit)
    yield from checked(college, "check of 3 rows", meeting(college, known, 2 * MEETING, 3))
    new = activity(college, "Forum on Gout", "202512347")
    yield from checked(college, "check, new activity", meeting(college, new, 0, 3))
    yield from held(college, "a meeting, new activity", meeting(college, new, 0), limit)


def held(college: College, what: str, file: Path, limit: float) -> Iterator[tuple[str, float, float]]:
    """A meeting, as claims."""
    before = pages(college)
    some = certs(college, "run", str(file), "--yes", "--no-send")
    written = sum(before.get(page) != time for page, time in pages(college).items())
    yield f"{what}, s", some.seconds, limit
    yield f"{what}, MB", some.mb, MEMORY + OF_PAPER
    yield f"{what}, pages written", written, 3 * MEETING  # each one's, and those of two certificates


def checked(college: College, what: str, file: Path) -> Iterator[tuple[str, float, float]]:
    """A look at claims: the ledger is not copied for it."""
    seen = certs(college, "check", str(file))
    yield f"{what}, s", seen.seconds, CHECK
    yield f"{what}, MB written", seen.written, 10


def main(certificates: int) -> int:
    """Prints a table; the exit status."""
    half = {what: much for what, much, _ in measure(certificates // 2)}
    return shown(certificates, half, list(measure(certificates)))


def shown(certificates: int, half: dict[str, float], found: Sequence[tuple[str, float, float]]) -> int:
    """Prints the table; `half`: the figures at half the size."""
    beyond = []
    for what, much, limit in found:
        grown = much + (much - half[what]) * (GROWN / certificates - 1) * 2
        is_cost = not what.endswith("written")
        print(
            f"{what:39} {certificates:>9,} certificates {much:8.1f}  limit {limit:6.1f}"
            + (f"  {GROWN:,} (computed) {grown:8.1f}" if is_cost else "")
        )
        if much > limit:
            beyond.append(what)
    print(json.dumps({"beyond the limit": beyond}))
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
