"""A ledger comes back: from a backup, and from what pages and PDFs tell of what was issued since."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pipeline.backup import read_backup, sweep
from pipeline.errors import LedgerError, StoppedError
from pipeline.ledger import Ledger, Since, since_in
from pipeline.lock import lock
from pipeline.rules.stops import damaged_backup
from pipeline.rules.text import counted
from pipeline.settings import Settings
from pipeline.vault import Vault
from pipeline.workflow.backup import digests_in
from pipeline.workflow.findings import Findings, look_back
from pipeline.workflow.merged_again import merge_again
from pipeline.workflow.project import LEDGER, MARK, CatalogOnDemand, Listener, Project, open_project
from pipeline.workflow.rebuild import take_in
from pipeline.workflow.release import build_pages
from pipeline.workflow.retention import purge
from pipeline.workflow.seals_again import lost_standings, shown_standings, take_up_standings
from pipeline.workflow.stops import heed


@dataclass(frozen=True)
class Restored:
    """What a restore brought back."""

    pdfs: int  # certificates of the backup, each version counted
    findings: Findings  # what was taken back from pages and PDFs
    purged: int  # certificates past retention, deleted at once
    unknown: int  # messages that may have been sent
    is_blind: bool  # what happened since the backup is not known: no readable ledger was there


def restore(
    settings: Settings,
    source: Path,
    force: bool,
    now: dt.datetime,
    actor: str,
    listener: Listener,
    accepted: frozenset[str] = frozenset(),
) -> Restored:
    """The whole of `certs restore FILE`: put a backup in place, take back what was issued since, apply
    retention before anything else, build pages.

    The next run publishes what came back, so that staff look at it first; only where something is past
    retention is the site published at once, as that must leave the host before it is forgotten. `force`: in
    place of the ledger that is there. Raises LedgerError, VaultError, CertsError, LockedError, StoppedError.
    """
    at = now.astimezone(dt.UTC).isoformat(timespec="seconds")
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = Findings()

    def take_back(ledger: Ledger, newest: dt.datetime | None) -> None:
        nonlocal found
        vault, catalog = Vault(settings.data_dir / "vault"), CatalogOnDemand(settings.content)
        project = Project(settings, now, actor, ledger, vault, catalog, listener, accepted)
        merge_again(project, newest)
        found = _show(look_back(project, newest), listener)
        heed(project, found.stop())
        take_in(project, found)

    def heed_damage(damage: str) -> None:
        stop = damaged_backup(damage)
        if stop.name not in accepted:
            raise StoppedError([asdict(stop)])
        listener.step(f"accepted: {stop.text}")

    with lock(settings.data_dir, actor, at):
        pdfs, is_blind = put_back(settings, source, force, at, actor, take_back, heed_damage, listener.step)
    with open_project(settings, now, actor, listener, locked=True, accepted=OLDER) as project:
        purged, unknown = _settle(project)
    return Restored(pdfs, found, purged, unknown, is_blind)


# What no page tells of lies in the vault unknown, however much it is: purge puts it aside.
OLDER = frozenset({"older-ledger"})


def rebuild(
    settings: Settings,
    now: dt.datetime,
    actor: str,
    listener: Listener,
    dry_run: bool,
    accepted: frozenset[str] = frozenset(),
) -> Restored:
    """The whole of `certs restore --rebuild`: take back what pages and PDFs tell and the ledger lacks.

    Also where there is no ledger at all. `dry_run`: only tell what would be done. Raises as `restore`.
    """
    with open_project(settings, now, actor, listener, not dry_run, OLDER | accepted) as opened:
        # Where there is no ledger a command that looks is given another folder.
        project = replace(opened, settings=settings, vault=Vault(settings.data_dir / "vault"))
        newest = project.ledger.rebuilding.newest_entry()
        if not dry_run:
            merge_again(project, newest)
        found = _show(look_back(project, newest), listener)
        if dry_run:
            if stop := found.stop():
                listener.step(f"would stop: {stop.text}")
            numbers = [one.shown.number for person in found.people for one in person.certificates]
            if lost := lost_standings(project, shown_standings(project), numbers):
                what = counted(len(lost), "deleted certificate")
                listener.step(f"to keep: the standing of {what}, from the site's list")
            return Restored(0, found, 0, 0, is_blind=False)
        heed(project, found.stop())
        take_in(project, found)
        (settings.data_dir / MARK).unlink(missing_ok=True)  # of the ledger that was lost
        purged, unknown = _settle(project)
    return Restored(0, found, purged, unknown, is_blind=False)


def _show(found: Findings, listener: Listener) -> Findings:
    """The plan, before anything of it is done."""
    for line in found.plan():
        listener.step(line)
    return found


def _settle(project: Project) -> tuple[int, int]:
    """Retention, then pages: certificates deleted, messages of which nobody knows whether they were sent.

    What the site's list says is read before anything is built, and kept of all that is not on record then."""
    shown = shown_standings(project)
    purged = purge(project)
    take_up_standings(project, shown)
    build_pages(project)
    return purged, project.ledger.messages.counts().get("unknown", 0)


def put_back(
    settings: Settings,
    source: Path,
    force: bool,
    at: str,
    actor: str,
    take_back: Callable[[Ledger, dt.datetime | None], None] = lambda _ledger, _newest: None,
    heed_damage: Callable[[str], None] | None = None,
    tell: Callable[[str], None] = lambda _text: None,
) -> tuple[int, bool]:
    """Put a backup in the place of the ledger and vault; the caller holds the lock and then runs retention.

    `take_back(ledger, newest)`: puts on record what was issued since, before the ledger takes its place;
    `newest`: when that was last used; `heed_damage` as in `read_backup`. How many PDFs came back,
    and whether what happened since the backup is not known: see `Since`.
    """
    sweep(settings.data_dir)
    there = settings.data_dir / LEDGER
    is_empty = _is_empty(there)  # nothing is lost by it, and nothing known
    since = None if is_empty or not force else _since(there)

    def prepare(path: Path) -> None:
        with Ledger(path) as ledger:
            newest = ledger.rebuilding.newest_entry()
            with ledger.transaction():
                undone = ledger.restoring.come_back(since, at, actor)
                ledger.audit.write(at, actor, "restore", source.name)
            take_back(ledger, newest)
            for run in undone:
                tell(f"run {run} was undone since this backup was made: certs undo {run} --reason ...")

    pdfs = read_backup(source, settings.data_dir, digests_in, prepare, force or is_empty, heed_damage)
    (settings.data_dir / MARK).unlink(missing_ok=True)  # of the ledger that was there
    return pdfs, since is None


def _is_empty(path: Path) -> bool:
    """Whether there is no ledger, or one in which nobody is on record, such as a failed copy leaves."""
    if not path.is_file():
        return True
    try:
        with Ledger(path) as ledger:
            return ledger.is_empty()
    except (LedgerError, sqlite3.Error):
        return False


def _since(path: Path) -> Since | None:
    """What the ledger that is about to be replaced knows and the backup may not; None where it is damaged."""
    try:
        with Ledger(path) as ledger:
            return ledger.restoring.since()
    except (LedgerError, sqlite3.Error):
        return since_in(path)
