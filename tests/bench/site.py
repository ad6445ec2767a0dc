"""Bench: 20,000 participants' pages through Pelican, first and again, beside Hugo on as many pages.

.venv/bin/python tests/bench/site.py [PEOPLE]
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from site_people import PROJECT, SITE_URL, TODAY, certificate, number, token

from pipeline.rules.activities import Kind
from pipeline.rules.awards import Standing
from pipeline.rules.pages import Entry, PageFile, PersonPage
from pipeline.site import SiteJob, build

KINDS = (Kind.PARTICIPATION, Kind.CME_ABIM)


def main(people: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        report = {"people": people, **pelican(place, people)}
        if shutil.which("hugo"):
            report["hugo_s"] = hugo(place, people)
        print(json.dumps(report, indent=2))


def pelican(place: Path, people: int) -> dict[str, float]:
    """Two certificates a person, only the verification of one of them built, so that pages = people x 2."""
    tokens = {token(index): index for index in range(people)}
    numbers = {number(index): index for index in range(people)}
    stated = {kind: certificate(kind, 1) for kind in KINDS}
    pdf = place / "vault.pdf"
    pdf.write_bytes(b"%PDF-1.7" + b" " * 80_000)

    def entry(index: int, kind: Kind) -> Entry:
        facts = replace(stated[kind], number=number(index), name=f"Person Number {index}")
        file = PageFile(f"acr-{kind.value}.pdf", pdf.stat().st_size, "0" * 64)
        return Entry(facts, Standing.VALID, file, facts.kept_until, digests=("0" * 64,))

    def persons(names: Sequence[str]) -> list[PersonPage]:
        return [
            PersonPage(
                name,
                f"Person Number {tokens[name]}",
                "MD",
                tuple(entry(tokens[name], kind) for kind in KINDS),
            )
            for name in names
        ]

    def link(_digest: str, destination: Path) -> None:
        destination.hardlink_to(pdf)

    files = [PageFile(f"acr-{kind.value}.pdf", pdf.stat().st_size, "0" * 64) for kind in KINDS]
    job = SiteJob(
        root=PROJECT,
        output=place / "output",
        site_url=SITE_URL,
        today=TODAY,
        stamps={**{f"c/{name}": "1" for name in tokens}, **{f"verify/{name}": "1" for name in numbers}},
        built={},
        persons=persons,
        verifications=lambda names: [entry(numbers[name], Kind.CME_ABIM) for name in names],
        files=lambda names: dict.fromkeys(names, files),
        link=link,
    )
    began = time.perf_counter()
    built = build(job)
    first = time.perf_counter() - began
    began = time.perf_counter()
    again = build(replace(job, built=built.written))
    return {
        "pages": len(built.written),
        "first_s": round(first, 2),
        "again_s": round(time.perf_counter() - began, 2),
        "again_written": len(again.written) + again.linked + again.public_written,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def hugo(place: Path, people: int) -> float:
    """Hugo on as many pages of people, with a template of about the same size."""
    site = place / "hugo"
    (site / "content" / "c").mkdir(parents=True)
    (site / "layouts" / "_default").mkdir(parents=True)
    (site / "config.toml").write_text(
        'baseURL = "http://localhost/"\ndisableKinds = ["taxonomy", "term", "RSS", "sitemap"]\n'
    )
    body = (place / "output" / "c" / token(0) / "index.html").read_text()
    (site / "layouts" / "_default" / "single.html").write_text(
        body.replace("Person Number 0", "{{ .Title }}")
    )
    (site / "layouts" / "_default" / "list.html").write_text("{{ .Title }}")
    for index in range(people):
        (site / "content" / "c" / f"{token(index)}.md").write_text(
            f'---\ntitle: "Person Number {index}"\n---\nCertificates.\n'
        )
    began = time.perf_counter()
    subprocess.run(["hugo", "--source", str(site)], check=True, stdout=subprocess.DEVNULL)
    return round(time.perf_counter() - began, 2)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
