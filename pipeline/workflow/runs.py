"""A run puts itself on record: who began it, with which files, what it has come to, and how it ended."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from pipeline.errors import LedgerError
from pipeline.ledger import RunOnRecord
from pipeline.ledger.runs import RunState
from pipeline.workflow.project import Project


@contextmanager
def recorded_run(project: Project, files: Sequence[str]) -> Iterator[Project]:
    """The project for one run on files of these names. One that is killed stays on record without an end."""
    ledger, began = project.ledger, time.monotonic()
    with ledger.transaction():
        run = ledger.runs.begin(project.actor, project.at, files)

    def end(state: RunState) -> None:
        now = project.now + dt.timedelta(seconds=time.monotonic() - began)
        with ledger.transaction():
            ledger.runs.end(run, state, now.astimezone(dt.UTC).isoformat(timespec="seconds"))

    try:
        yield replace(project, run=run)
    except BaseException:
        with suppress(LedgerError):  # why it stopped is what staff are to hear
            end(RunState.STOPPED)
        raise
    end(RunState.DONE)


def note_figures(project: Project, figures: Mapping[str, int]) -> None:
    """Put on record what the run has come to so far; what there is none of is left out."""
    if project.run is not None and any(figures.values()):
        with project.ledger.transaction():
            found = {name: count for name, count in figures.items() if count}
            project.ledger.runs.note_figures(project.run, found)


@dataclass(frozen=True)
class PastRun:
    """A run on record, its times the college's."""

    run: RunOnRecord
    ended: str  # in words, where it did not end well; empty where it did


def past_runs(project: Project, most: int = -1, before: int | None = None) -> list[PastRun]:
    """The runs on record, the newest first, at most so many; -1: all. `before`: of lower numbers."""
    found, is_newest = list[PastRun](), before is None
    for run in project.ledger.runs.newest_first(most, before):
        found.append(PastRun(_here(project, run), _ended(run, is_newest)))
        is_newest = False
    return found


def past_run(project: Project, number: int) -> PastRun | None:
    """The run of this number; None where there is none."""
    run, newest = project.ledger.runs.get(number), project.ledger.runs.newest_first(1)
    return PastRun(_here(project, run), _ended(run, run.id == newest[0].id)) if run else None


def _ended(run: RunOnRecord, is_newest: bool) -> str:
    if run.state is RunState.STOPPED:
        return "stopped before its end"
    if run.state is RunState.BEGUN:  # while one goes on no other can begin
        return "not ended: it goes on, or was killed" if is_newest else "not ended: it was killed"
    return ""


def _here(project: Project, run: RunOnRecord) -> RunOnRecord:
    zone = project.now.tzinfo
    return replace(
        run,
        begun_at=run.begun_at.astimezone(zone),
        ended_at=run.ended_at.astimezone(zone) if run.ended_at else None,
        undone_at=run.undone_at.astimezone(zone) if run.undone_at else None,
    )
