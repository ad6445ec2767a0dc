"""A backup takes the ledger's place: what happened since it was made must not be undone by it."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.ledger.audit import Audit
from pipeline.ledger.parting import Parting
from pipeline.ledger.people import People
from pipeline.ledger.retention import Erasures, Retention
from pipeline.ledger.table import LISTED, Table, listed
from pipeline.ledger.undelivered import Undelivered
from pipeline.rules.certificates.numbers import TOKEN_BYTES, page_token


@dataclass(frozen=True, slots=True)
class Since:
    """What a ledger knows that a backup of it must not undo when it takes its place."""

    erasures: Erasures
    # (certificate number, number of its holder or 0, link) of each holder who was given a new one: the holder's
    # number where the records of several became one; an empty link where that of one of these was closed.
    links: Sequence[tuple[str, int, str]] = field(repr=False)
    # Certificate number -> day, reason, by a file.
    withdrawn: Mapping[str, tuple[str, str, bool]] = field(repr=False)
    parted: Sequence[int] = ()  # numbers of people whose record became part of another one's for a while
    undone: Sequence[int] = ()  # runs


class Restoring(Table):
    """What is asked of the ledger that goes, and done to the one that takes its place."""

    def since(self) -> Since:
        """What outlasts the return of a backup: erasures, links that were replaced, withdrawals."""
        rotated = self._db.execute(
            "SELECT x.number, CASE WHEN EXISTS (SELECT 1 FROM former WHERE participant_id = p.id) THEN p.id ELSE 0 END,"
            " p.token FROM certificate_and_claim x JOIN participant p ON p.id = x.participant_id"
            " WHERE p.id IN (SELECT participant FROM audit WHERE action = 'rotate')"
            " UNION ALL SELECT x.number, f.id, coalesce(f.token, '') FROM certificate_and_claim x"
            " JOIN former f ON f.participant_id = x.participant_id"
            " WHERE f.token IS NULL OR f.id IN (SELECT participant FROM audit WHERE action = 'rotate')"
        ).fetchall()
        withdrawn = self._db.execute(
            "SELECT number, changed_on, reason, removed FROM certificate WHERE standing = 'withdrawn'"
        ).fetchall()
        parted = self._db.execute(
            "SELECT id FROM participant WHERE id IN (SELECT participant FROM audit WHERE action = 'part')"
        ).fetchall()
        undone = self._db.execute("SELECT id FROM run WHERE undone_at IS NOT NULL").fetchall()
        return Since(
            erasures=Retention(self._db).erasures(),
            links=[tuple(row) for row in rotated],
            withdrawn={row[0]: (row[1], row[2], bool(row[3])) for row in withdrawn},
            parted=[row[0] for row in parted],
            undone=[row[0] for row in undone],
        )

    def digests_alike(self) -> list[tuple[str, int]]:
        """(SHA-256, size) of every version in the vault; beside one another what states alike, and so is of
        almost the same bytes."""
        rows = self._db.execute(
            "SELECT sha256, size FROM version WHERE sha256 IS NOT NULL GROUP BY sha256"
            " ORDER BY min(edition_id), size, sha256"
        )
        return [(row[0], row[1]) for row in rows]

    def come_back(self, since: Since | None, at: str, actor: str) -> list[int]:
        """Make a ledger that was a backup fit to be the truth again.

        All pages are built anew; staff decide about mail that waited, as it may have gone out since. Whoever was
        erased since is due for deletion, links that were replaced stay dead, what was withdrawn stays so, and
        records that were parted are. Returns the runs that were undone since: that staff do once more.
        """
        self._db.execute("DELETE FROM built")
        self._db.execute("DELETE FROM page")
        self._db.execute("DELETE FROM folder")
        self._db.execute("DELETE FROM published")
        self._db.execute("DELETE FROM published_file")
        self._db.execute("DELETE FROM key WHERE name = 'place'")  # it has not been used anywhere yet
        Undelivered(self._db).doubt_waiting(
            at, "waited when the backup was made; it may have been sent since"
        )
        if since is None:
            return []
        self._part_again(since.parted, at, actor)
        self._keep_rotated(since.links, at, actor)
        self._db.executemany(
            "UPDATE certificate SET standing = 'withdrawn', changed_on = ?, reason = ?, removed = ?"
            " WHERE id = (SELECT id FROM certificate_and_claim WHERE number = ? AND current > 0 AND is_live)",
            [(*said, number) for number, said in since.withdrawn.items()],
        )
        Retention(self._db).take_over(since.erasures)
        rows = self._db.execute(
            f"SELECT id FROM run WHERE undone_at IS NULL AND id {LISTED} ORDER BY id", (listed(since.undone),)
        )
        return [row[0] for row in rows.fetchall()]

    def _part_again(self, parted: Sequence[int], at: str, actor: str) -> None:
        """Two people have two records, the last merged first. That was on the day of the merge, so that a backup
        between the two has all that it takes."""
        rows = self._db.execute(
            f"SELECT id, participant_id FROM former WHERE undo <> '' AND id {LISTED} ORDER BY turn DESC",
            (listed(parted),),
        ).fetchall()
        for row in rows:
            formers = Parting(self._db).formers(row["participant_id"])
            record = next(one for one in formers if one.id == row["id"])
            Parting(self._db).part(record, page_token(secrets.token_bytes(TOKEN_BYTES)), record.merged_on)
            Audit(self._db).write(at, actor, "part", "kept through a restore", record.id)

    def _keep_rotated(self, links: Sequence[tuple[str, int, str]], at: str, actor: str) -> None:
        """Give holders the links they were given since; by certificate numbers, which are nobody else's."""
        closed = set[int]()
        for number, holder, link in links:
            row = self._row(
                "SELECT p.id, p.token FROM certificate_and_claim x JOIN participant p ON p.id = x.participant_id"
                " WHERE x.number = ?",
                (number,),
            )
            if row is None or holder not in (0, row["id"]) or holder in closed:
                continue
            token = link or page_token(secrets.token_bytes(TOKEN_BYTES))
            if not link:
                closed.add(holder)
            taken = self._row(
                "SELECT 1 FROM participant WHERE token = ?1 UNION ALL SELECT 1 FROM former WHERE token = ?1",
                (token,),
            )
            if row["token"] != token and taken is None:
                People(self._db).set_token(row["id"], token)
                Audit(self._db).write(at, actor, "rotate", "kept through a restore", row["id"])


def since_in(path: Path) -> Since | None:
    """What a ledger knows that cannot be opened, as another program or a newer version changed its tables; it is
    only read, so that nothing of theirs is set off. None where it cannot be read either."""
    try:
        with closing(
            sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=30)
        ) as connection:
            connection.row_factory = sqlite3.Row
            return Restoring(connection).since()
    except sqlite3.Error:
        return None
