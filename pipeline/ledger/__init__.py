"""The truth: who claimed what, what was issued, mailed, corrected and deleted. SQLite; dataclasses in and out."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.errors import LedgerError
from pipeline.ledger.audit import Audit
from pipeline.ledger.certificates import Certificates
from pipeline.ledger.counts import WITHHELD, Counts
from pipeline.ledger.messages import Message, Messages, Transition
from pipeline.ledger.pages import Pages
from pipeline.ledger.people import Participant, People, Recorded
from pipeline.ledger.retention import Due, Erasures, Forgotten, Retention
from pipeline.ledger.schema import connect, newest_version, version_of
from pipeline.ledger.search import Search

__all__ = [
    "Due",
    "Erasures",
    "Forgotten",
    "Ledger",
    "Message",
    "Participant",
    "Recorded",
    "Since",
    "Transition",
    "copy_file",
    "is_older",
]


@dataclass(frozen=True, slots=True)
class Since:
    """What a ledger knows that a backup of it must not undo when it takes its place."""

    erasures: Erasures
    tokens: Mapping[str, str] = field(
        repr=False
    )  # certificate number -> link of a holder who was given a new one
    withdrawn: Mapping[str, tuple[str, str, bool]] = field(repr=False)  # number -> day, reason, by a file


class Ledger:
    """An open ledger. Tables are grouped: people, search, certificates, messages, pages, counts, audit,
    retention."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = connect(path)
        self.people = People(self._db)
        self.search = Search(self._db, self.people)
        self.certificates = Certificates(self._db)
        self.messages = Messages(self._db)
        self.pages = Pages(self._db)
        self.counts = Counts(self._db)
        self.audit = Audit(self._db)
        self.retention = Retention(self._db, self.audit)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Raises LedgerError where the disk refuses."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self.certificates.forget_editions()
            try:
                yield
                self.people.index_names()
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise LedgerError(
                f"The ledger could not be written: {error}.",
                "Make room on the disk of DATA_DIR, or end the program that holds the ledger; "
                "then run again: nothing is lost.",
            ) from error

    # Claims files

    def load(self, sha256: str, at: str) -> tuple[int, bool]:
        """The number of a claims file, and whether it was read before; the same bytes are the same file."""
        row = self._db.execute("SELECT id FROM load WHERE sha256 = ?", (sha256,)).fetchone()
        if row is not None:  # which claims it speaks of is found anew: a row may be set aside now
            self._db.execute("DELETE FROM reading WHERE load_id = ?", (row[0],))
            return int(row[0]), True
        row = self._db.execute(
            "INSERT INTO load (sha256, at) VALUES (?, ?) RETURNING id", (sha256, at)
        ).fetchone()
        return int(row[0]), False

    def read_at(self, load: int) -> dt.datetime:
        """When a file was read first."""
        row = self._db.execute("SELECT at FROM load WHERE id = ?", (load,)).fetchone()
        return dt.datetime.fromisoformat(row[0])

    def is_known(self, sha256: str, catalog: str) -> int | None:
        """The number of a file of which every row was taken in, by these very activities, and whose claims
        are all still on record: reading it again would change nothing. None for any other."""
        row = self._db.execute(
            "SELECT id FROM load WHERE sha256 = ? AND catalog = ? AND claims ="
            " (SELECT count(*) FROM reading WHERE load_id = load.id)",
            (sha256, catalog),
        ).fetchone()
        return int(row[0]) if row else None

    def speaks_of(self, load: int, claim_ids: Iterable[int]) -> None:
        """The file has rows about these claims."""
        self._db.executemany(
            "INSERT INTO reading VALUES (?, ?) ON CONFLICT DO NOTHING", ((load, one) for one in claim_ids)
        )

    def finish_load(self, load: int, rows: int, catalog: str) -> None:
        """The whole file was read; `catalog`: empty where rows were set aside or past retention."""
        self._db.execute(
            "UPDATE load SET rows = ?1, catalog = ?2, claims ="
            " (SELECT count(*) FROM reading WHERE load_id = load.id) WHERE id = ?3"
            " AND (rows <> ?1 OR catalog <> ?2)",
            (rows, catalog, load),
        )

    def newest_load(self) -> int:
        """The number of the file that was read last; 0 before the first."""
        return int(self._db.execute("SELECT coalesce(max(id), 0) FROM load").fetchone()[0])

    # Backups that take the ledger's place

    def since(self) -> Since:
        """What outlasts the return of a backup: erasures, links that were replaced, withdrawals."""
        rotated = self._db.execute(
            "SELECT x.number, p.token FROM certificate_and_claim x JOIN participant p ON p.id = x.participant_id"
            " WHERE p.id IN (SELECT participant FROM audit WHERE action = 'rotate')"
        ).fetchall()
        withdrawn = self._db.execute(
            "SELECT number, changed_on, reason, removed FROM certificate WHERE standing = 'withdrawn'"
        ).fetchall()
        return Since(
            erasures=self.retention.erasures(),
            tokens={row[0]: row[1] for row in rotated},
            withdrawn={row[0]: (row[1], row[2], bool(row[3])) for row in withdrawn},
        )

    def come_back(self, since: Since | None, at: str, actor: str) -> None:
        """Make a ledger that was a backup fit to be the truth again.

        All pages are built anew; mail that waited may have gone out since, so it is for staff to decide. Where
        it is known what happened since, who was erased is due for deletion, a link that was replaced stays
        dead, and what was withdrawn stays so.
        """
        self._db.execute("DELETE FROM page")
        self._db.execute("DELETE FROM published")
        self.messages.doubt_waiting(at, "waited when the backup was made; it may have been sent since")
        if since is None:
            return
        self._keep_rotated(since.tokens, at, actor)
        self._db.executemany(
            "UPDATE certificate SET standing = 'withdrawn', changed_on = ?, reason = ?, removed = ?"
            " WHERE id = (SELECT id FROM certificate_and_claim WHERE number = ? AND current > 0 AND is_live)",
            [(*said, number) for number, said in since.withdrawn.items()],
        )
        self.retention.take_over(since.erasures)

    def _keep_rotated(self, tokens: Mapping[str, str], at: str, actor: str) -> None:
        """Give holders the links they were given since; by certificate numbers, which are nobody else's."""
        for number, token in tokens.items():
            row = self._db.execute(
                "SELECT p.id, p.token FROM certificate_and_claim x JOIN participant p ON p.id = x.participant_id"
                " WHERE x.number = ?",
                (number,),
            ).fetchone()
            taken = self._db.execute("SELECT 1 FROM participant WHERE token = ?", (token,)).fetchone()
            if row is not None and row["token"] != token and taken is None:
                self.people.set_token(row["id"], token)
                self.audit.write(at, actor, "rotate", "kept through a restore", row["id"])

    def scrub(self) -> None:
        """Leave nothing of deleted rows in free pages or the write-ahead log."""
        self._db.execute("VACUUM")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # Figures

    def totals(self) -> dict[str, int]:
        """Counts for status; `withheld` are certificates, as a run counts them: those that wait for a
        requirement, and those that could not be made."""
        names = {
            "participants": "SELECT count(*) FROM participant",
            "claims": "SELECT count(*) FROM claim",
            "certificates": "SELECT count(*) FROM certificate WHERE current > 0",
            "withheld": f"SELECT ({WITHHELD}) + (SELECT count(*) FROM version WHERE sha256 IS NULL AND problem <> '')",
            "bounced": "SELECT count(*) FROM participant WHERE bounced <> ''",
            "held": "SELECT count(*) FROM participant WHERE held <> ''",
        }
        return {name: int(self._db.execute(query).fetchone()[0]) for name, query in names.items()}

    def copy_to(self, path: Path) -> None:
        """A consistent copy of the ledger at `path`, which must not exist, while others read and write."""
        self._db.execute("VACUUM INTO ?", (str(path),))

    def is_sound(self) -> bool:
        return bool(self._db.execute("PRAGMA integrity_check").fetchone()[0] == "ok")


def is_older(path: Path) -> bool:
    """Whether the ledger at `path` was last written by an older version of the program: opening migrates it."""
    return 0 < version_of(path) < newest_version()


def copy_file(source: Path, destination: Path) -> None:
    """A consistent copy of a ledger of whatever version; the ledger stays as it is, others may write to it.

    Raises LedgerError.
    """
    try:
        uri = f"{source.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=30)) as ledger:
            ledger.execute("VACUUM INTO ?", (str(destination),))
    except sqlite3.Error as error:
        raise LedgerError(
            f"The ledger {source.name} could not be copied: {error}.",
            "Make room on the disk, then run again.",
        ) from error
