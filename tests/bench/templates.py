"""Bench: what templates of the press cost, made anew and kept from a run before; and what certificates weigh.

python -m tests.bench.templates [CERTIFICATES]

Seconds of processor time of a process with its workers, start included, for one certificate, for a hundred,
and for as many as asked. Exit status 1 where a kept template saves less than two thirds for one certificate,
where two workers take half as much again as one, where the file of a name in plain letters is 60 kB or
more, and where more than one name in a hundred of a worldwide meeting is left to WeasyPrint.
"""

from __future__ import annotations

import json
import pickle
import resource
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from pipeline.documents import Design, render_many
from pipeline.rules.certificates.awards import Facts
from tests.support.documents_kit import LETTER
from tests.support.worldwide import people

ROOT = Path(__file__).resolve().parents[2]


def costs(facts: list[Facts], design: Design, workers: int = 1) -> tuple[float, list[tuple[bool, int]]]:
    """Seconds of a new process that makes them; and of each whether it was pressed, and its size in bytes."""
    with tempfile.NamedTemporaryFile() as given:
        given.write(pickle.dumps((facts, design, workers)))
        given.flush()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "tests.bench.templates", "--make", given.name]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return taken, [(pressed, size) for pressed, size in json.loads(done.stdout)]


def make(given: Path) -> None:
    """In that process: prints of each certificate whether it was pressed, and its size in bytes."""
    facts, design, workers = pickle.loads(given.read_bytes())  # noqa: S301 - written above
    # Spawned, not forked by a server as in a run: that one's processor time comes to nobody's account.
    pool = ProcessPoolExecutor(workers, get_context("spawn")) if workers > 1 else nullcontext()
    with pool as executor:
        made = [(each.pressed, len(each.pdf or b"")) for each in render_many(facts, design, executor)]
    print(json.dumps(made))


def main(count: int) -> int:
    """Prints the figures."""
    drawn = list(people(count))
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as place:
        for name, facts in (("one", drawn[:1]), ("a hundred", drawn[:100]), (f"{count:,}", drawn)):
            design = replace(LETTER, templates=Path(place) / name)
            found[f"{name}, nothing kept"], outcomes = costs(facts, design)
            found[f"{name}, templates kept"], again = costs(facts, design)
            assert outcomes == again
        design = replace(LETTER, templates=Path(place) / "workers")
        found[f"{count:,}, nothing kept, 2 workers"], _ = costs(drawn, design, workers=2)
    sizes = [size for pressed, size in outcomes if pressed]
    plain = [
        size
        for facts, (pressed, size) in zip(drawn, outcomes, strict=True)
        if pressed and facts.name.isascii()
    ]
    left = 1 - len(sizes) / count
    report = {
        "cpu_seconds": {name: round(seconds, 2) for name, seconds in found.items()},
        "left_to_weasyprint": f"{left:.2%}",
        "kb_each": round(sum(sizes) / len(sizes) / 1000, 1),
        "kb_most_in_plain_letters": round(max(plain) / 1000, 1),
    }
    print(json.dumps(report, indent=2))
    kept = found["one, templates kept"] < found["one, nothing kept"] / 3
    shared = found[f"{count:,}, nothing kept, 2 workers"] < found[f"{count:,}, nothing kept"] * 1.5
    return 0 if kept and shared and max(plain) < 60_000 and left <= 0.01 else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        make(Path(sys.argv[2]))
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000))
