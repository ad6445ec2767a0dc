"""Bench: the whole of it, from a claims file to certificates in the vault, pages, and mails in a Maildir.

python -m tests.bench.whole [PEOPLE] [--quick] [--after CERTIFICATES]

Each step's seconds, those of all cores, and the memory of all processes together, then the same again with
nothing new. `--quick` makes digests instead of certificates: what remains is the pipeline around them.
`--after`: a ledger that has so many certificates already, and their pages; those are digests. Exit status 1
beyond the limits: 45 s of two cores for 15,000 people, and 400 MB for however many.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402

from pipeline.workflow import run as story  # noqa: E402
from pipeline.workflow.opening import open_files  # noqa: E402
from pipeline.workflow.render import Renderers  # noqa: E402
from tests.bench.memory import together  # noqa: E402
from tests.bench.place import place  # noqa: E402
from tests.support.college import College  # noqa: E402

HEADER = "activity,learner_id,email,name,credentials,cme_credits,abim_moc_points,abp_moc_points,evaluation\n"
FIRST = ("Ana", "José", "Siobhán", "Nguyễn", "Katherine", "Bo", "Łukasz", "Ümit", "Chloé", "Grace", "Zoë")
LAST = ("Alva", "Núñez", "O’Brien", "Thị", "Delgado", "Berg", "Kowalski", "Öztürk", "Müller", "Hopper", "Rao")


# Of all cores for 15,000 people; of these to begin with, however few there are.
SECONDS, BEGIN = 90, 5
MEMORY = 400  # MB of all processes together


def claims(college: College, people: int, before: int = 0) -> Path:
    """Ten people in fifteen claim credit as well: 25,000 certificates for 15,000 people. `before`: how many
    came before them."""
    rows = []
    for at in range(before, before + people):
        name = f"{FIRST[at % 11]} {LAST[at // 11 % 11]} {LAST[at // 121 % 11]}"
        credit = (
            f"{at % 30 + 12.25},{at % 12 if at % 3 else ''},{at % 7 if at % 5 == 0 else ''}"
            if at % 3
            else ",,"
        )
        rows.append(f"meeting-2025,L{at:06},person{at}@example.org,{name},MD,{credit},yes")
    return college.claims(*rows, header=HEADER)


def timed(steps: dict[str, float], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            steps[name] = steps.get(name, 0.0) + time.perf_counter() - started

    return wrapper


def spent() -> float:
    """Seconds of all cores: of this process, of the server that starts its workers, and of the workers."""
    taken = [one.cpu_times() for one in psutil.Process().children()]
    workers = [one.user + one.system + one.children_user + one.children_system for one in taken]
    return time.process_time() + sum(map(float, workers))


def measure(people: int, quick: bool, workers: int, after: int = 0) -> dict[str, float]:
    """Seconds by step of a first run and of a rerun; the first one's megabytes, all processes together."""
    with place() as folder:
        college = College(folder)
        first, again = dict[str, float](), dict[str, float]()
        if after:
            from tests.bench.before import on_record

            on_record(college, after, workers)
        if quick:
            from pipeline.workflow import render
            from tests.conftest import quick_paper  # with what tests need, for which workers have no use

            render.render_many = quick_paper
        path = claims(college, people, after * 3 // 5)
        originals = {name: getattr(story, name) for name in STEPS}
        for steps in (first, again):
            for name in STEPS:
                setattr(story, name, timed(steps, name, originals[name]))
            started, used = time.perf_counter(), spent()
            with together() as memory:
                report = one_run(college, path, workers)
            steps["all"] = time.perf_counter() - started
            assert report.mismatches == [], report.mismatches
            if steps is first:
                made, most, cpu = report.issued.issued, memory.mb, spent() - used
        for name in STEPS:
            setattr(story, name, originals[name])
        return {
            "certificates": made,
            **{f"{name}": first[name] for name in (*STEPS, "all")},
            "all cores": cpu,
            "rerun": again["all"],
            "MB": most,
        }


STEPS = ("load", "award_files", "render", "queue_new", "release", "ask_and_send", "reconcile")


def one_run(college: College, path: Path, workers: int) -> story.RunResult:
    options = story.Options(renderers=Renderers(workers))
    with college.project() as project:
        return story.run(project, open_files(project, [path]), options, send=True)


def main() -> int:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", type=int, nargs="*", default=[15_000])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--after", type=int, default=0, metavar="CERTIFICATES")
    options = parser.parse_args()
    failed = False
    for people in options.people:
        found = measure(people, options.quick, options.workers, options.after)
        print(f"{people:,} people, {found.pop('certificates'):,} certificates")
        for name, value in found.items():
            print(f"  {name:12} {value:10.2f} {'' if name == 'MB' else 's'}")
        limit = BEGIN + (SECONDS - BEGIN) * people / 15_000
        print(f"  limits: {limit:.0f} s of all cores, {MEMORY} MB")
        failed |= found["all cores"] > limit or found["MB"] > MEMORY
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
