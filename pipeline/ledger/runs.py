"""Runs: what each did, when, on whose word and from which files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.ledger.table import LISTED, Table, listed


class RunState(StrEnum):
    """How far a run came."""

    BEGUN = "begun"  # it goes on, or was killed
    DONE = "done"
    STOPPED = "stopped"  # by an error, or by whoever pressed Ctrl-C


@dataclass(frozen=True, slots=True)
class RunOnRecord:
    """One run."""

    id: int
    actor: str
    begun_at: dt.datetime
    ended_at: dt.datetime | None  # None: it goes on, or was killed
    state: RunState
    undone_at: dt.datetime | None  # when what it issued was taken back
    files: tuple[str, ...]  # names of the claims files, in the order given
    figures: Mapping[str, int]  # what it has come to so far, by the names that its JSON has


class Runs(Table):
    """The tables run, run_file and run_figure."""

    def begin(self, actor: str, at: str, files: Sequence[str]) -> int:
        """A run begins; its number."""
        query = "INSERT INTO run (actor, begun_at) VALUES (?, ?) RETURNING id"
        run = self._number(query, (actor, at))
        self._db.executemany(
            "INSERT INTO run_file (run_id, number, name) VALUES (?, ?, ?)",
            [(run, number, name) for number, name in enumerate(files, 1)],
        )
        self._take_over(run)
        return run

    def _take_over(self, run: int) -> None:
        """What runs that were killed have read, and made nothing of or not all, is this one's: it makes it, and is
        the one to be undone."""
        for table, claim in (("claim", "id"), ("claim_before", "claim_id")):
            self._db.execute(
                f"UPDATE OR IGNORE {table} SET run_id = ?1 WHERE run_id IN"
                " (SELECT id FROM run WHERE state <> 'done' AND undone_at IS NULL AND id < ?1)"
                f" AND EXISTS (SELECT 1 FROM claim c WHERE c.id = {table}.{claim} AND c.undone = ''"
                " AND (EXISTS (SELECT 1 FROM certificate x WHERE x.claim_id = c.id AND x.current = 0)"
                " OR c.state = 'changed' AND NOT EXISTS (SELECT 1 FROM certificate x JOIN version v"
                f" ON v.certificate_id = x.id WHERE x.claim_id = c.id AND v.run_id = {table}.run_id)))",
                (run,),
            )

    def note_load(self, run: int, place: int, load: int) -> None:
        """The number of its file at this place, counted from 1. Belongs in the transaction that reads it: what a
        run said that was killed is known to be of that file."""
        self._db.execute(
            "UPDATE run_file SET load_id = ? WHERE run_id = ? AND number = ?", (load, run, place)
        )

    def note_figures(self, run: int, figures: Mapping[str, int]) -> None:
        """What it has come to so far."""
        self._db.executemany(
            "INSERT OR REPLACE INTO run_figure VALUES (?, ?, ?)",
            [(run, name, number) for name, number in figures.items()],
        )

    def end(self, run: int, state: RunState, at: str) -> None:
        """It has ended so."""
        self._db.execute("UPDATE run SET state = ?, ended_at = ? WHERE id = ?", (state.value, at, run))

    def newest_first(self, most: int = -1, before: int | None = None) -> list[RunOnRecord]:
        """The runs on record, at most so many; -1: all. `before`: of lower numbers."""
        return self._read("WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2", (before, most))

    def get(self, run: int) -> RunOnRecord | None:
        """The run of this number."""
        return next(iter(self._read("WHERE id = ?", (run,))), None)

    def _read(self, which: str, values: Sequence[object]) -> list[RunOnRecord]:
        rows = self._db.execute(f"SELECT * FROM run {which}", values).fetchall()
        ids = listed(row["id"] for row in rows)
        files, figures = dict[int, list[str]](), dict[int, dict[str, int]]()
        for run, name in self._of(ids, "name FROM run_file", "number"):
            files.setdefault(run, []).append(str(name))
        for run, name, number in self._of(ids, "name, number FROM run_figure", "rowid"):
            figures.setdefault(run, {})[str(name)] = int(number)
        for row in rows:
            if row["state"] != RunState.DONE and "issued" not in figures.get(row["id"], {}):
                made = "SELECT count(*) FROM version WHERE run_id = ? AND version = 1"
                figures.setdefault(row["id"], {})["issued"] = self._number(made, (row["id"],))
        return [
            RunOnRecord(
                id=row["id"],
                actor=row["actor"],
                begun_at=dt.datetime.fromisoformat(row["begun_at"]),
                ended_at=_time(row["ended_at"]),
                state=RunState(row["state"]),
                undone_at=_time(row["undone_at"]),
                files=tuple(files.get(row["id"], ())),
                figures=figures.get(row["id"], {}),
            )
            for row in rows
        ]

    def _of(self, ids: str, what: str, order: str) -> Iterator[tuple[int, ...]]:
        rows = self._db.execute(
            f"SELECT run_id, {what} WHERE run_id {LISTED} ORDER BY run_id, {order}", (ids,)
        )
        return (tuple(row) for row in rows)


def _time(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None
