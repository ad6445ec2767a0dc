"""Before a command changes anything: can the world be as it seems? It stops where it cannot."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict

from pipeline import files, publish, site
from pipeline.errors import PublishError, StoppedError
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
def guarded(
    project: Project, found: Sequence[Stop] | None = None, reaches_out: bool = True
) -> Iterator[None]:
    """A command that may change something looks around first, and notes how far the ledger came when it ends.

    `found`: what it has found already, where it did; `reaches_out`: as `look_around`. Raises StoppedError.
    """
    heed(project, *(look_around(project, reaches_out) if found is None else found))
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
            files.replace(str(project.settings.data_dir / MARK), write_mark(mark))


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
    found.append(lost or older_than(project, _mark_beside(project), "the vault"))
    return [stop for stop in found if stop is not None]


def look_at_host(project: Project) -> Stop | None:
    """Was a newer ledger than this one published, or another? Raises PublishError where the host does not answer."""
    target = project.settings.publish_to
    if not target or project.ledger.origin.was_restored():
        return None
    return older_than(project, _read_mark(publish.read_mark(target)), f"the web host {target}")


def leave_mark(project: Project) -> None:
    """Note at the web host how far the ledger has come, before mail goes out, which cannot be undone.

    A host that does not answer is told the next time: what was published there is live all the same.
    """
    origin, target = project.ledger.origin, project.settings.publish_to
    if target and origin.is_shown():
        mark = origin.mark()
        with suppress(PublishError):
            publish.write_mark(target, write_mark(mark))
            with project.ledger.transaction():
                origin.note_shown(mark)


def older_than(project: Project, seen: Mark | None, place: str) -> Stop | None:
    """Is the ledger older than a mark that was found, or another one?"""
    origin = project.ledger.origin
    return stops.older_ledger(origin.mark(), seen, seen is not None and origin.left(seen), place)


def write_mark(mark: Mark) -> bytes:
    """A mark as a file."""
    return json.dumps(asdict(mark)).encode()


def _read_mark(data: bytes | None) -> Mark | None:
    try:
        return Mark(**json.loads(data)) if data else None
    except (ValueError, TypeError):
        return None  # one that a failing disk has spoilt


def _mark_beside(project: Project) -> Mark | None:
    path = project.settings.data_dir / MARK
    return _read_mark(path.read_bytes()) if path.is_file() else None


def _here(project: Project) -> LedgerPlace:
    path = (project.settings.data_dir / LEDGER).resolve()  # also where a copy of it is looked at
    return LedgerPlace(platform.node(), str(path), str(path.stat().st_ino))
