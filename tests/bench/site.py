"""Bench: 20,000 participants' pages through Pelican, first and again, beside Hugo on as many pages.

On the disk, whose moods may outweigh all else, and in memory, where the two programs alone are compared.

python -m tests.bench.site [PEOPLE]
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Facts, Standing
from pipeline.rules.web import markup
from pipeline.rules.web.pages import Entry, LeftPage, PageFile, PersonPage, RequiredPage
from pipeline.rules.web.wording import earned
from pipeline.site import Inputs, build
from tests.bench.memory import together
from tests.bench.place import place
from tests.support.site_people import PROJECT, SITE_URL, TODAY, certificate, number, token

KINDS = (Kind.PARTICIPATION, Kind.CME_ABIM)


def main(people: int) -> None:
    report: dict[str, object] = {"people": people}
    for where in ("disk", "memory"):
        with place(where == "memory") as folder:
            report[where] = found = pelican(folder, people)
            if shutil.which("hugo"):
                found["hugo_s"] = hugo(folder, people)
    print(json.dumps(report, indent=2))


def pelican(folder: Path, people: int) -> dict[str, float]:
    """Two certificates a person, only the verification of one of them built, so that pages = people x 2."""
    tokens = {token(index): index for index in range(people)}
    numbers = {number(index): index for index in range(people)}
    stated = {kind: certificate(kind, 1) for kind in KINDS}
    pdf = folder / "vault.pdf"
    size = pdf.write_bytes(b"%PDF-1.7" + b" " * 80_000)

    def entry(index: int, kind: Kind) -> Entry:
        facts = replace(stated[kind], number=number(index), name=f"Person Number {index}")
        file = PageFile(f"acr-{kind.value}.pdf", size, "0" * 64)
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

    def link(_digest: str, destination: str) -> None:
        os.link(pdf, destination)

    noted: dict[str, LeftPage] = {}

    def required(names: Iterable[str], kind: str) -> Iterator[RequiredPage]:
        for name in names:
            left = noted.get(f"{kind}/{name}", LeftPage(name))
            yield RequiredPage(name, "1", left.stamp or None, left.pdfs, left.folder, left.file)

    files = [PageFile(f"acr-{kind.value}.pdf", size, "0" * 64) for kind in KINDS]
    inputs = Inputs(
        root=PROJECT,
        output=folder / "output",
        site_url=SITE_URL,
        today=TODAY,
        required=lambda kind: required(tokens if kind == "c" else numbers, kind),
        required_among=lambda paths: {
            path for path in paths if path.partition("/")[2] in {**tokens, **numbers}
        },
        left=lambda paths: {path: noted[path] for path in paths if path in noted},
        note=lambda pages: noted.update({page.path: page for page in pages}),
        persons=persons,
        verifications=lambda names: [entry(numbers[name], Kind.CME_ABIM) for name in names],
        files=lambda names: dict.fromkeys(names, files),
        link=link,
    )
    began = time.perf_counter()
    with together() as memory:
        built = build(inputs)
    first = time.perf_counter() - began
    began = time.perf_counter()
    again = build(inputs)
    return {
        "pages": len(built.written),
        "first_s": round(first, 2),
        "again_s": round(time.perf_counter() - began, 2),
        "again_written": len(again.written) + again.linked + again.public_written,
        "peak_mb": memory.mb,
    }


def hugo(folder: Path, people: int) -> float:
    """Hugo on the same people and certificates, from their data and our markup; it links no PDFs."""
    site, output = folder / "hugo", folder / "output"
    (site / "layouts").mkdir(parents=True)
    (site / "config.toml").write_text(
        'baseURL = "http://localhost/"\ndisableKinds = ["taxonomy", "term", "RSS", "sitemap"]\n'
    )
    (site / "layouts" / "index.html").write_text("start")
    stated = [certificate(kind, 1) for kind in KINDS]
    for kind, named in (("c", token), ("verify", number)):
        page = (output / kind / named(0) / "index.html").read_text()
        (site / "layouts" / kind).mkdir()
        (site / "layouts" / kind / "list.html").write_text("{{ .Title }}")
        (site / "layouts" / kind / "single.html").write_text(layout(page, stated))
        contents = site / "content" / kind
        contents.mkdir(parents=True)
        for index in range(people):
            shown = stated if kind == "c" else stated[1:]
            data = [fields(facts) | {"number": number(index)} for facts in shown]
            front = {"title": f"Person Number {index}", "certificates": data}
            (contents / f"{named(index).lower()}.md").write_text(json.dumps(front) + "\n")
    began = time.perf_counter()
    subprocess.run(["hugo", "--source", str(site)], check=True, stdout=subprocess.DEVNULL)
    took = round(time.perf_counter() - began, 2)
    for kind in ("c", "verify"):
        assert sum(1 for _ in (site / "public" / kind).glob("*/index.html")) == people
    return took


def fields(facts: Facts) -> dict[str, str]:
    """What differs between certificates, as the page shows it; the longest first."""
    return {
        "accreditation": facts.accreditation,
        "title": facts.title,
        "location": str(markup.location_line(facts.location)),
        "when": str(markup.when(facts)),
        "issued": str(markup.day(facts.issued_on)),
        "kept": str(markup.day(facts.kept_until)),
        "label": facts.kind.label,
        "kind": facts.kind.value,
        "earned": " ".join(str(markup.rich(line)) for line in earned(facts)),
        "format": facts.format,
    }


def layout(page: str, stated: Sequence[Facts]) -> str:
    """A Hugo template that makes such a page again: a row for each certificate, the rest as it stands."""
    rows = [f'<tr class="k-{facts.kind.value}' for facts in stated]
    page = page.replace("Person Number 0", "{{ $.Title }}").replace(number(0), "{{ .number }}")
    begins = sorted(at for row in rows if (at := page.find(row)) >= 0)
    if not begins:  # a verification page, of one certificate
        facts, before, row, after = stated[1], "", page, ""
    else:
        facts = next(one for one, row in zip(stated, rows, strict=True) if page.startswith(row, begins[0]))
        before, row = page[: begins[0]], page[begins[0] : begins[1]]
        after = page[page.index("</tbody>") :]
    for name, value in fields(facts).items():
        if value:
            row = row.replace(value, f"{{{{ .{name} | safeHTML }}}}")
    return f"{before}{{{{ range .Params.certificates }}}}{row}{{{{ end }}}}{after}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
