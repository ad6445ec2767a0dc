"""The truth: who claimed what, what was issued, mailed, corrected and deleted. SQLite; dataclasses in and out.

A module holds a table or a close family: runs (run, run_file, run_figure), undoing (claim_before, taken_back), loads (load, reading), people (participant, address), claims (claim),
certificates (certificate, version, edition), withdrawals (withdrawal), messages (message, transition), mentions (mention),
merging and parting (former, share), undelivered (what failed), advice (claim_mention, activity_before), events (what both mentions tell), pages (what pages show), builds
(page, published, public_file, folder), credit_files (credit_file), hosts (published_file, leaving), boards (reported), audit, retention (deletion,
erased, key), search (named, word). counts and listing read several of them, excerpt copies some people into a ledger in memory,
restoring makes a backup the truth again, rebuilding takes back what pages tell. table is what they share; schema
opens the file and applies migrations/.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.errors import LedgerError
from pipeline.ledger.advice import Advice, WaitingClaim
from pipeline.ledger.audit import Audit
from pipeline.ledger.boards import BoardCount, Boards
from pipeline.ledger.builds import Builds
from pipeline.ledger.certificates import Certificates
from pipeline.ledger.claims import ClaimOnRecord, Claims
from pipeline.ledger.counts import Counts
from pipeline.ledger.credit_files import CreditFiles
from pipeline.ledger.events import Events
from pipeline.ledger.excerpt import CountsOfAll, Excerpt, PeopleOnDemand
from pipeline.ledger.hosts import Hosts
from pipeline.ledger.listing import Listing
from pipeline.ledger.loads import Loads
from pipeline.ledger.mentions import Mentions
from pipeline.ledger.merging import ClaimToJoin, Merging, held_together
from pipeline.ledger.messages import Message, Messages, Transition
from pipeline.ledger.moved import Frame
from pipeline.ledger.origin import Origin
from pipeline.ledger.pages import Pages
from pipeline.ledger.parting import MergedRecord, Parting
from pipeline.ledger.people import Participant, People
from pipeline.ledger.rebuilding import KnownCertificate, Rebuilding
from pipeline.ledger.restoring import Restoring, Since, since_in
from pipeline.ledger.retention import Due, Retention
from pipeline.ledger.runs import RunOnRecord, Runs
from pipeline.ledger.schema import connect, in_memory, newest_version, version_of
from pipeline.ledger.seals import Seals
from pipeline.ledger.search import Search
from pipeline.ledger.superseded import Superseded
from pipeline.ledger.undelivered import Undelivered
from pipeline.ledger.undoing import Undoing
from pipeline.ledger.withdrawals import StandingSubject, Withdrawals

__all__ = [
    "BoardCount",
    "ClaimOnRecord",
    "ClaimToJoin",
    "Due",
    "Frame",
    "KnownCertificate",
    "Ledger",
    "MergedRecord",
    "Message",
    "Participant",
    "RunOnRecord",
    "Since",
    "StandingSubject",
    "Transition",
    "WaitingClaim",
    "copy_file",
    "held_together",
    "is_older",
    "since_in",
]


class Ledger:
    """An open ledger; what belongs together is written within one transaction."""

    def __init__(self, path: Path, connection: sqlite3.Connection | None = None) -> None:
        """`connection`: to a ledger in memory, instead of the file."""
        self.path = path
        self.is_trial = connection is not None  # what is done here is forgotten: nothing else may follow it
        self._db = connection or connect(path)
        self.runs = Runs(self._db)
        self.undoing = Undoing(self._db)
        self.loads = Loads(self._db)
        self.claims = Claims(self._db)
        self.people = People(self._db)
        self.superseded = Superseded(self._db)
        self.merging = Merging(self._db)
        self.parting = Parting(self._db)
        self.search = Search(self._db)
        self.certificates = Certificates(self._db)
        self.withdrawals = Withdrawals(self._db)
        self.messages = Messages(self._db)
        self.mentions = Mentions(self._db)
        self.undelivered = Undelivered(self._db)
        self.advice = Advice(self._db)
        self.events = Events(self._db)
        self.pages = Pages(self._db)
        self.listing = Listing(self._db)
        self.hosts = Hosts(self._db)
        self.boards = Boards(self._db)
        self.builds = Builds(self._db)
        self.counts = Counts(self._db)
        self.credit_files = CreditFiles(self._db)
        self.origin = Origin(self._db)
        self.audit = Audit(self._db)
        self.retention = Retention(self._db)
        self.restoring = Restoring(self._db)
        self.rebuilding = Rebuilding(self._db)
        self.seals = Seals(self._db)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Raises LedgerError where the disk refuses."""
        if self.is_trial:  # all of it is one transaction already
            self.certificates.forget_editions()
            yield
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self.certificates.forget_editions()
            yield
            self.people.index_names()
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:  # a signal may come directly before the commit, or after it
                self._db.execute("ROLLBACK")
            if not isinstance(error, sqlite3.OperationalError):
                raise
            raise LedgerError(
                f"The ledger could not be written: {error}.",
                "Make room on the disk of DATA_DIR, or end the program that holds the ledger; "
                "then run again: nothing is lost.",
            ) from error

    @contextmanager
    def excerpt(self, today: dt.date, near: dt.date, known: Iterable[int]) -> Iterator[Ledger]:
        """A ledger in memory, to try on it what a run would do: see the module excerpt. Meanwhile this one can be
        read, as it stood in the beginning, and not be written to.

        `near`: the last day of whose deletions people are told today; `known`: numbers of files that are not
        read again.
        """
        with self._tried(known) as (trial, excerpt):
            excerpt.take_waiting(self._db, today, near)
            yield trial

    @contextmanager
    def excerpt_of(self, people: Iterable[int]) -> Iterator[Ledger]:
        """As `excerpt`, to try what is done to these participants."""
        with self._tried(()) as (trial, excerpt):
            excerpt.take(people)
            yield trial

    @contextmanager
    def _tried(self, known: Iterable[int]) -> Iterator[tuple[Ledger, Excerpt]]:
        with closing(in_memory(beside=self.path)) as db, Ledger(self.path, db) as trial:
            db.execute("BEGIN")  # one moment for all, and one transaction: it is rolled back
            self._db.execute("BEGIN")
            try:
                excerpt = Excerpt(db, known)
                trial.people = PeopleOnDemand(db, excerpt)
                trial.counts = CountsOfAll(db, self._db, excerpt)
                yield trial, excerpt
            finally:
                self._db.execute("ROLLBACK")

    def wipe_deleted(self) -> None:
        """Leave nothing of deleted rows in free pages or the write-ahead log."""
        self._db.execute("VACUUM")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy_to(self, path: Path) -> None:
        """A consistent copy of the ledger at `path`, which must not exist, while others read and write."""
        self._db.execute("VACUUM INTO ?", (str(path),))

    def is_empty(self) -> bool:
        """Whether nobody is on record, or was erased: such a ledger has nothing to lose."""
        query = "SELECT EXISTS (SELECT 1 FROM participant) OR EXISTS (SELECT 1 FROM erased)"
        return not self._db.execute(query).fetchone()[0]

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
