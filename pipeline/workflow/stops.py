"""Before a command changes anything: can the world be as it seems? It stops where it cannot."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict

from pipeline import files, site
from pipeline.errors import PublishError, StoppedError
from pipeline.rules import stops
from pipeline.rules.places import PERSONS, names
from pipeline.rules.stops import LedgerPlace, Mark, Stop
from pipeline.workflow.project import LEDGER, MARK, Project


def heed(project: Project, *found: Stop | None) -> None:
    """Raise StoppedError for what was found and staff did not accept by name; what they did is on record."""
    real = [stop for stop in found if stop is not None]
    refuse(project, real)
    if real:
        with project.ledger.transaction():
            for stop in real:
                project.ledger.audit.write(project.at, project.actor, "accept", f"{stop.name}: {stop.text}")


def refuse(project: Project, found: Sequence[Stop]) -> None:
    """Raise StoppedError for what was found and staff did not accept by name; nothing goes on record."""
    if refused := [asdict(stop) for stop in found if stop.name not in project.accepted]:
        raise StoppedError(refused)


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
            files.replace(str(project.settings.data_dir / MARK), mark_bytes(mark))


def look_around(project: Project, reaches_out: bool = True) -> list[Stop]:
    """What is not as it should be about the clock, the ledger, and the folders beside it.

    `reaches_out`: the command may publish or mail, so the web host is looked at, too. One that does not
    answer is no reason to stop: whatever needs it looks again.
    """
    ledger, output = project.ledger, project.settings.output_dir
    due = ledger.retention.due_count(project.today)
    issued = ledger.counts.issued() if due else 0
    found = [
        stops.clock(project.today, ledger.origin.newest(project.now.tzinfo), due),
        stops.large_purge(due, issued),
        stops.stray_output(site.public_strays(project.settings.root, output, ledger.builds.public())),
    ]
    if place := ledger.origin.place():
        found.append(stops.moved_ledger(place, _here(project)))
    lost = None
    if not ledger.counts.has_people():  # people may be on record whose certificates are all withheld
        # Without what a killed undoing had still to remove.
        stored = {*project.vault.digests()} - {*ledger.undoing.taken_back()}
        pages = {*files.scan(output / PERSONS)} - {*names(ledger.builds.gone(), PERSONS)}
        lost = stops.empty_ledger(0, len(stored), len(pages))
    older = lost or older_than(project, _mark_beside(project), "the vault")
    if older is None and reaches_out and project.settings.publish_to:
        from pipeline.workflow.marks import look_at_host  # with TLS, for which others do not wait

        with suppress(PublishError):
            older = look_at_host(project)
    return [stop for stop in (*found, older) if stop is not None]


def older_than(project: Project, seen: Mark | None, place: str) -> Stop | None:
    """Is the ledger older than a mark that was found, or another one?"""
    origin = project.ledger.origin
    return stops.older_ledger(origin.mark(), seen, seen is not None and origin.left(seen), place)


def mark_bytes(mark: Mark) -> bytes:
    """A mark as a file."""
    return json.dumps(asdict(mark)).encode()


def as_mark(data: bytes | None) -> Mark | None:
    """The mark that a file holds."""
    try:
        return Mark(**json.loads(data)) if data else None
    except (ValueError, TypeError):
        return None  # one that a failing disk has spoilt


def _mark_beside(project: Project) -> Mark | None:
    path = project.settings.data_dir / MARK
    return as_mark(path.read_bytes()) if path.is_file() else None


def _here(project: Project) -> LedgerPlace:
    path = (project.settings.data_dir / LEDGER).resolve()  # also where a copy of it is looked at
    return LedgerPlace(platform.node(), str(path), str(path.stat().st_ino))
