"""Bench: certificates brought to a web host behind rsync, and proved there: what passes the wire.

python -m tests.bench.publish [CERTIFICATES]

A real rsync daemon and a real nginx on loopback, each behind a relay that counts. The rival is rsync -r,
which sends the same files as they are. Exit status 1 where more than a fifth of the PDFs goes up or comes
back, where one more person takes more than two runs of rsync or 100 kB, or nothing new more than one run.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable

from pipeline.documents import render
from pipeline.publish import prove_live, publish
from tests.bench.place import place
from tests.support.documents_kit import LETTER
from tests.support.programs import program
from tests.support.publish_site import Site, folder_host, rsync_daemon
from tests.support.site_hosts import nginx_host
from tests.support.wire import Wire, relay
from tests.support.worldwide import people

Figures = dict[str, float]


def main(count: int) -> int:
    with place() as folder:
        *pdfs, last = (render(facts, LETTER).pdf or b"" for facts in people(count + 1))
        site, other = Site(folder / "output").start(), folder_host(folder)
        for index, pdf in enumerate(pdfs):
            site.person(index, pdf=pdf)
        whole = sum(map(len, pdfs)) / 1000
        with (
            rsync_daemon(folder) as (port, root),
            relay(port) as up,
            nginx_host(root, folder / "nginx", "http://localhost") as web,
            relay(web.port) as back,
        ):
            target = f"rsync://127.0.0.1:{up.port}/site"
            rival = [program("rsync"), "-r", f"{site.output}/", f"{target}/.rival/"]
            found = {
                "rsync -r": measure(up, lambda: subprocess.run(rival, check=True)),
                "publish": measure(up, lambda: publish(site.output, target, site.record)),
                "proof": measure(back, lambda: prove_live(back.url, site.links, output=site.output)),
                "publish to a folder": measure(up, lambda: publish(site.output, other.target, site.record)),
            }
            site.note()
            found["nothing new"] = measure(up, lambda: publish(site.output, target, site.record))
            found["nothing new in a folder"] = measure(
                up, lambda: publish(site.output, other.target, site.record)
            )
            site.person(count, pdf=last)
            found["one more"] = measure(up, lambda: publish(site.output, target, site.record))
            found["one more in a folder"] = measure(
                up, lambda: publish(site.output, other.target, site.record)
            )
            assert prove_live(back.url, site.links, output=site.output)
    print(json.dumps({"certificates": count, "pdf_kb": round(whole), **found}, indent=2))
    more = found["one more"]
    is_good = (
        max(found["publish"]["up_kb"], found["proof"]["down_kb"]) < whole / 5
        and found["rsync -r"]["up_kb"] > whole
        and more["up_kb"] + more["down_kb"] < 100
        and more["connections"] <= 2
        and found["nothing new"]["connections"] <= 1
    )
    return 0 if is_good else 1


def measure(wire: Wire, do: Callable[[], object]) -> Figures:
    """What passes the wire meanwhile, and the processor time of this process and those it starts."""
    before = (wire.up, wire.down, wire.connections, processor())
    assert do() is not False
    up, down, connections, seconds = (
        now - then
        for now, then in zip((wire.up, wire.down, wire.connections, processor()), before, strict=True)
    )
    return {
        "up_kb": round(up / 1000, 1),
        "down_kb": round(down / 1000, 1),
        "connections": connections,
        "cpu_s": round(seconds, 2),
    }


def processor() -> float:
    """Seconds; the relay's are among them."""
    ours, below = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return ours.ru_utime + ours.ru_stime + below.ru_utime + below.ru_stime


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000))
