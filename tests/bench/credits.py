"""Bench: what the PDFs about all of a person's certificates cost, in time and on the disk.

python -m tests.bench.credits [PEOPLE]

People of a worldwide meeting with two certificates of one activity each; every third with six of three years.
Seconds of processor time, of one core, for the Record of credits of all years and of each, and for all
certificates in one PDF; what they weigh beside the certificates. Exit status 1 where a thousand people take
nine seconds or more, or all certificates in one PDF weigh more than two thirds of what they weigh apart.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

from pipeline.documents import render_many
from pipeline.documents.credits import draw_record
from pipeline.documents.merged import IssuedPdf, merge
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Facts, Standing
from pipeline.rules.web.credit_record import credit_records
from pipeline.rules.web.pages import Entry, PersonPage
from tests.support.documents_kit import LETTER, made_up
from tests.support.worldwide import number, people

SECONDS = 9.0  # for a thousand people
SHARE = 2 / 3


def main(count: int) -> int:
    """Prints the figures."""
    holders = [(facts.name, facts.credentials) for facts in people(count)]
    stated = [list(certificates(at, *holder)) for at, holder in enumerate(holders)]
    issued = [one.pdf or b"" for one in render_many((facts for each in stated for facts in each), LETTER)]
    pdfs = iter(issued)
    beside = [[next(pdfs) for _ in each] for each in stated]
    records = merged = 0.0
    sizes: dict[str, list[int]] = {"record": [], "merged": [], "apart": []}
    for holder, facts, parts in zip(holders, stated, beside, strict=True):
        page = PersonPage("t", *holder, tuple(Entry(one, Standing.VALID, None, None) for one in facts))
        started = time.process_time()
        sizes["record"] += [
            len(draw_record(one, LETTER, "x.org/verify/")) for one in credit_records(page).values()
        ]
        records += time.process_time() - started
        started = time.process_time()
        whole = merge([IssuedPdf(pdf, "Certificate") for pdf in parts], "All certificates", "A college")
        merged += time.process_time() - started
        sizes["merged"].append(len(whole))
        sizes["apart"].append(sum(map(len, parts)))
    share = sum(sizes["merged"]) / sum(sizes["apart"])
    each = (records + merged) / count * 1000
    report = {
        "people": count,
        "certificates": len(issued),
        "records": len(sizes["record"]),
        "cpu_seconds": {"records": round(records, 2), "merged": round(merged, 2)},
        "cpu_seconds_for_1000_people": round(each, 2),
        "kb": {name: round(sum(found) / len(found) / 1000, 1) for name, found in sizes.items()},
        "merged_of_apart": round(share, 2),
    }
    print(json.dumps(report, indent=2))
    return int(each >= SECONDS or share > SHARE)


def certificates(at: int, name: str, credentials: str) -> Iterator[Facts]:
    """Those of one person."""
    for year in range(2023, 2026) if at % 3 == 0 else [2025]:
        start, end = dt.date(year, 10, 24), dt.date(year, 10, 29)
        for turn, kind in enumerate((Kind.CME_ABIM, Kind.PARTICIPATION)):
            facts = made_up(kind, name, activity=f"meeting-{year}", start=start, end=end)
            key = number(random.Random(at * 10 + (year - 2023) * 2 + turn))
            url = f"https://certs.example.org/verify/{key}/"
            yield replace(facts, credentials=credentials, number=key, verify_url=url)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
