"""Before a command changes anything: can the world be as it seems? It stops where it cannot."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict

from pipeline import files, site
from pipeline.errors import StoppedError
from pipeline.rules import stops
from pipeline.rules.places import PERSONS
from pipeline.rules.stops import LedgerPlace, Mark, Stop
from pipeline.workflow.project import LEDGER, MARK, Project


def heed(project: Project, *found: Stop | None) -> None:
    """Raise StoppedError for what was found and staff did not accept by name; what they did is on record."""
    real = [stop for stop in found if stop is not None]
    if refused := [asdict(stop) for stop in real if stop.name not in project.accepted]:
        raise StoppedError(refused)
    if real:
        with project.ledger.transaction():
            for stop in real:
                project.ledger.audit.write(project.at, project.actor, "accept", f"{stop.name}: {stop.text}")


@contextmanager
def guarded(project: Project, found: Sequence[Stop] | None = None) -> Iterator[None]:
    """A command that may change something looks around first, and notes how far the ledger came when it ends.

    `found`: what it has found already, where it did. Raises StoppedError.
    """
    heed(project, *(look_around(project) if found is None else found))
    ledger, here = project.ledger, _here(project)
    newest = ledger.origin.newest(project.now.tzinfo)
    if newest is None or newest < project.today or ledger.origin.place() != here:
        with ledger.transaction():
            ledger.origin.used(here)
            ledger.audit.write(project.at, project.actor, "begin")  # by which a clock that jumps is noticed
    try:
        yield
    finally:
        mark = ledger.origin.mark()
        if mark != _mark_beside(project):
            files.replace(str(project.settings.data_dir / MARK), json.dumps(asdict(mark)).encode())


def look_around(project: Project) -> list[Stop]:
    """What is not as it should be about the clock, the ledger, and the folders beside it."""
    ledger, output = project.ledger, project.settings.output_dir
    totals, due = ledger.counts.totals(), ledger.retention.due_count(project.today)
    issued = totals["certificates"]
    found = [
        stops.clock(project.today, ledger.origin.newest(project.now.tzinfo), due),
        stops.large_purge(due, issued),
        stops.stray_output(site.strays(output)),
    ]
    if place := ledger.origin.place():
        found.append(stops.moved_ledger(place, _here(project)))
    lost = None
    if not totals["participants"]:  # people may be on record whose certificates are all withheld
        pages = output / PERSONS
        stored = sum(1 for _ in project.vault.digests())
        lost = stops.empty_ledger(issued, stored, len(os.listdir(pages)) if pages.is_dir() else 0)
    found.append(lost or stops.older_ledger(ledger.origin.mark(), _mark_beside(project)))
    return [stop for stop in found if stop is not None]


def _mark_beside(project: Project) -> Mark | None:
    try:
        return Mark(**json.loads((project.settings.data_dir / MARK).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None  # none yet, or one that a failing disk has spoilt


def _here(project: Project) -> LedgerPlace:
    path = (project.settings.data_dir / LEDGER).resolve()  # also where a copy of it is looked at
    return LedgerPlace(platform.node(), str(path), str(path.stat().st_ino))
