"""`make bench`: every benchmark in one run, its words and a plot of growth in report/.

python -m tests.bench [--small]      --small: a tenth of the sizes, to see that it runs
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import io
import subprocess
import sys
from pathlib import Path

from tests.bench.place import shared_root
from tests.bench.whole import measure

ROOT = Path(__file__).resolve().parents[2]
GROWTH = (10_000, 25_000, 50_000, 100_000)  # certificates
WIDTH, HEIGHT, MARGIN = 640, 360, 60


def benches(tenth: int) -> list[list[str]]:
    """Module and arguments of each benchmark."""
    return [
        ["documents", str(400 // tenth), "2"],
        ["press", str(2000 // tenth)],
        ["credits", str(1000 // tenth)],
        ["templates", str(2000 // tenth)],
        ["paper"],
        ["claims", str(25_000 // tenth)],
        ["claims", str(600_000 // tenth)],
        ["site", str(20_000 // tenth)],
        ["mail"],
        ["mail", "--count", str(100_000 // tenth), "--rounds", "1"],
        ["publish"],
        ["find", str(360_000 // tenth)],
        ["desk", str(600_000 // tenth)],
        ["seal", str(1000 // tenth)],
        ["boards", str(25_000 // tenth)],
        ["bucket", str(65_000 // tenth)],
        ["again", str(100_000 // tenth)],
        ["backup", str(12_000 // tenth)],
        ["whole", str(15_000 // tenth)],
    ]


def main() -> int:
    """Runs them one after the other; a failing one is named and does not stop the rest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    tenth = 10 if parser.parse_args().small else 1
    with shared_root():
        return measure_all(tenth)


def measure_all(tenth: int) -> int:
    """Every benchmark, then growth; the exit status."""
    report = ROOT / "report"
    report.mkdir(exist_ok=True)
    parts = [f"# Benchmarks of {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC", ""]
    failed = []
    for name, *arguments in benches(tenth):
        print(f"{name} {' '.join(arguments)}", flush=True)
        command = [sys.executable, "-m", f"tests.bench.{name}", *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        print(done.stdout, flush=True)
        if done.returncode:
            failed.append(name)
            print(done.stderr, file=sys.stderr)
        shown = f"$ python -m tests.bench.{name} {' '.join(arguments)}".strip()
        parts += ["```", shown, done.stdout.rstrip(), "```", ""]
    points = growth(tenth)
    parts += ["Growth: certificates, seconds, MB", "", "| certificates | s | MB |", "|---|---|---|"]
    parts += [f"| {count:,} | {seconds:.1f} | {memory:.0f} |" for count, seconds, memory in points]
    parts += ["", "![Seconds by certificates](growth.svg)", ""]
    (report / "growth.svg").write_text(plot([(count, seconds) for count, seconds, _ in points]))
    (report / "bench.md").write_text("\n".join(parts))
    print(f"report/bench.md{'; failed: ' + ', '.join(failed) if failed else ''}")
    return 1 if failed else 0


def growth(tenth: int) -> list[tuple[int, float, float]]:
    """(certificates, seconds, MB) of whole runs at growing sizes."""
    found = []
    for certificates in GROWTH:
        with contextlib.redirect_stdout(io.StringIO()):
            result = measure(certificates * 3 // 5 // tenth, quick=False, workers=2)
        found.append((int(result["certificates"]), result["all"], result["MB"]))
        print(f"growth: {found[-1][0]:,} certificates in {found[-1][1]:.1f} s", flush=True)
    return found


def plot(points: list[tuple[int, float]]) -> str:
    """A line through the points, from the origin, with the last one's straight line behind it."""
    most, longest = points[-1]

    def place(count: float, seconds: float) -> str:
        x = MARGIN + (WIDTH - 2 * MARGIN) * count / most
        y = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * seconds / longest
        return f"{x:.1f},{y:.1f}"

    marks = []
    for count, seconds in points:
        x, y = place(count, seconds).split(",")
        marks.append(f'<circle cx="{x}" cy="{y}" r="4"/>')
        marks.append(f'<text x="{x}" y="{HEIGHT - MARGIN + 20}" text-anchor="middle">{count:,}</text>')
    line = " ".join(place(count, seconds) for count, seconds in [(0, 0.0), *points])
    straight = f"{place(0, 0)} {place(most, longest)}"
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-size="12">',
            '<rect width="100%" height="100%" fill="#fff"/><g font-family="sans-serif" fill="#1d3b6f">',
            f'<polyline points="{straight}" stroke="#bbb" stroke-dasharray="4" fill="none"/>',
            f'<polyline points="{line}" stroke="#1d3b6f" stroke-width="2" fill="none"/>',
            *marks,
            f'<text x="{WIDTH / 2}" y="{HEIGHT - 12}" text-anchor="middle">certificates</text>',
            f'<text x="12" y="{MARGIN - 20}">seconds, {longest:.0f} at the end</text></g></svg>\n',
        )
    )


if __name__ == "__main__":
    sys.exit(main())
