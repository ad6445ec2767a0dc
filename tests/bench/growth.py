"""Bench: six years of meetings, made by the product, and what each step costs after 1, 2 ... 6 of them.

python -m tests.bench.growth [PEOPLE]        make bench-growth GROWTH=PEOPLE

PEOPLE: who come to each year's meeting, half of all there are. 60,000, the default, make 600,000 certificates
in six years, take 75 GB of disk and some hours; 2,000 take 3 GB and some minutes. Exits 1 where a step grows
that should not, or one that looks at all there is grows by more than is allowed for so many certificates.

What those who came to a meeting had before is told, too: their pages and PDFs have it, and are made anew.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.cost import Cost, cost
from tests.bench.place import place
from tests.support.college import HEADER, College
from tests.support.worldwide import names

YEARS = range(2020, 2026)
EACH = 5 / 3  # certificates a person gets
SMALL = 100  # people of a small meeting
# Seconds more that a step may take for each 100,000 certificates on record: a run looks at the folder of each
# page and the size and time of each PDF, a backup copies the ledger, status counts, verify reads everything.
RUN = 1.4
MAY_GROW = {
    "meeting of the year": RUN,
    "nothing new": RUN,
    f"meeting of {SMALL}": RUN,
    "status": 0.3,
    "daily backup": 2.5,
    "verify": 120,
}
# A step grows where after six years it takes, beyond that, half as much again as after one, and LEAST more.
FACTOR, LEAST = 1.5, 0.25  # times, seconds


def main(people: int) -> int:
    """The exit status."""
    with place() as folder:
        college = College(folder)
        grown: dict[str, list[float]] = {}
        print(f"{people:,} people a year, {round(people * EACH * len(YEARS)):,} certificates in the end")
        pool = list(names(2 * max(people, SMALL), 7))
        for year in YEARS:
            print(
                f"\n{year}: after {year - YEARS[0] + 1} of {len(YEARS)} years\n"
                f"{'':22} seconds     MB  written"
            )
            for name, cost in steps(college, pool, year, people):
                print(f"{name:20} {cost}", flush=True)
                grown.setdefault(name, []).append(cost.seconds)
            print(f"those who came to the meeting had {had_before(college, year):,} certificates before")
        last = dt.date(YEARS[0] + 6, 10, 30)  # a day past six years from the first meeting
        accepted = "--accept", "clock,large-purge"
        print(f"\n{'purge of a year':20} {certs(college, last, 'purge', *accepted)}")
    more = people * EACH * (len(YEARS) - 1)
    failed = [
        f"{name}: {costs[0]:.2f} s after one year, {costs[-1]:.2f} after {len(costs)}"
        for name, costs in grown.items()
        if (grown_by := costs[-1] - costs[0] - MAY_GROW.get(name, 0) * more / 100_000) > LEAST
        and grown_by > (FACTOR - 1) * costs[0]
    ]
    print("\ngrows:" if failed else "\nnothing grows that should not", *failed, sep="\n  ")
    return 1 if failed else 0


def steps(college: College, pool: list[str], year: int, people: int) -> Iterator[tuple[str, Cost]]:
    """One year: its meeting, and then what happens on any day."""
    day = dt.date(year, 11, 10)
    for slug in (f"meeting-{year}", f"workshop-{year}"):
        college.write_meeting(
            slug, f"{year}-10-24", f"{year}-10-29", "ABIM_max: 20\nABIM_type: Medical Knowledge\n"
        )
    rng = random.Random(year)
    meeting = claims(college, rng, pool, f"meeting-{year}", people)
    yield "meeting of the year", certs(college, day, "run", meeting, "--yes")
    yield "nothing new", certs(college, day, "run", meeting, "--yes")
    small = claims(college, rng, pool, f"workshop-{year}", SMALL)
    yield f"meeting of {SMALL}", certs(college, day, "run", small, "--yes")
    three = claims(college, rng, pool, f"workshop-{year}", 3)
    yield "check of 3 rows", certs(college, day, "check", three, status=None)
    with college.project(day, locked=False) as project:  # not every row is taken: names repeat
        ((who,),) = project.ledger._db.execute("SELECT email FROM participant ORDER BY id DESC LIMIT 1")
    new = f"Sam {'ABCDEF'[year % 6]}lder"
    correct = "correct", who, "--reason", "told us", "--name"
    certs(college, day, *correct, f"{new} Smith")  # makes the templates that this page wants
    yield "correct", certs(college, day, *correct, new)
    yield "resend", certs(college, day, "resend", who)
    yield "find", certs(college, day, "find", who)
    yield "find, misspelt", certs(college, day, "find", new.replace("d", "dh"))
    yield "status", certs(college, day, "status")
    copies = college.root.parent / "copies"
    copies.mkdir(exist_ok=True)
    certs(college, day, "backup", copies)
    certs(college, day, *correct, f"{new} Smith")
    yield "daily backup", certs(college, day + dt.timedelta(days=1), "backup", copies)
    yield "verify", certs(college, day, "verify")


def had_before(college: College, year: int) -> int:
    """How many certificates those who came to the meeting of a year had of the years before."""
    with college.project(dt.date(year, 11, 10), locked=False) as project:
        ((count,),) = project.ledger._db.execute(
            "SELECT count(*) FROM claim here JOIN claim c ON c.participant_id = here.participant_id"
            " JOIN certificate x ON x.claim_id = c.id WHERE here.activity = ? AND c.activity_date < ?",
            (f"meeting-{year}", f"{year}-01-01"),
        )
    return int(count)


def claims(college: College, rng: random.Random, pool: list[str], slug: str, people: int) -> Path:
    """A claims file about some of all people; two thirds of them claim credit."""
    rows = []
    for at in rng.sample(range(len(pool)), people):
        name = pool[at].replace(",", " ").replace('"', "")
        credit = f"{at % 18 + 1.25},{at % 12 if at % 2 else ''}" if at % 3 else ","
        rows.append(f"{slug},L{at:07},person{at}@example.org,{name},MD,yes,,{credit},,yes")
    return college.claims(*rows, header=HEADER)


def certs(college: College, day: dt.date, *words: object, status: int | None = 0) -> Cost:
    """What `certs WORDS` takes on a day."""
    module = ["tests.bench.on", day.isoformat(), *map(str, words)]
    return cost(college, module, may_end=() if status is None else (status, 3))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 60_000))
