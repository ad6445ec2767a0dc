"""The truth: who claimed what, what was issued, mailed, corrected and deleted. SQLite; dataclasses in and out."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from pipeline.errors import LedgerError
from pipeline.ledger.audit import Audit
from pipeline.ledger.certificates import Certificates
from pipeline.ledger.counts import WITHHELD, Counts
from pipeline.ledger.messages import Message, Messages
from pipeline.ledger.pages import Pages
from pipeline.ledger.people import ERASED, Participant, People, Recorded
from pipeline.ledger.schema import MIGRATIONS, connect, version_of
from pipeline.ledger.search import Search
from pipeline.rules.identity import Trace, erasure_marks, marks_of

__all__ = [
    "Due",
    "Erasures",
    "Forgotten",
    "Ledger",
    "Message",
    "Participant",
    "Recorded",
    "Since",
    "copy_file",
    "is_older",
]

DUE = "c.kept_until < ? AND p.held = ''"


@dataclass(frozen=True, slots=True)
class Due:
    """What is past retention, counted; no person in it."""

    activity: str
    activity_date: str
    rule: str
    certificates: int
    claims: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What has to be removed outside the ledger once its rows are gone."""

    digests: tuple[str, ...]  # of PDFs that no certificate refers to any more
    message_ids: tuple[str, ...]  # of mails kept in the outbox
    people: tuple[Trace, ...]  # those of whom nothing is left


@dataclass(frozen=True, slots=True)
class Erasures:
    """Who was erased on request, without saying who."""

    key: str  # hexadecimal; empty where nobody was
    digests: frozenset[str]


@dataclass(frozen=True, slots=True)
class Since:
    """What a ledger knows that a backup of it must not undo when it takes its place."""

    erasures: Erasures
    tokens: Mapping[str, str] = field(
        repr=False
    )  # certificate number -> link of a holder who was given a new one
    withdrawn: Mapping[str, tuple[str, str]] = field(repr=False)  # number -> (on which day, reason)


class Ledger:
    """An open ledger. Tables are grouped: people, search, certificates, messages, pages, counts, audit."""

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

    def __enter__(self) -> Ledger:
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

    def is_known(self, sha256: str, catalog: str) -> int | None:
        """The number of a file of which every row was taken in, by these very activities, and whose claims
        are all still on record: reading it again would change nothing. None for any other."""
        row = self._db.execute(
            "SELECT id FROM load WHERE sha256 = ? AND catalog = ? AND claims ="
            " (SELECT count(*) FROM reading WHERE load_id = load.id)",
            (sha256, catalog),
        ).fetchone()
        return int(row[0]) if row else None

    def speaks_of(self, load: int, claim_id: int) -> None:
        """The file has a row about this claim."""
        self._db.execute("INSERT INTO reading VALUES (?, ?) ON CONFLICT DO NOTHING", (load, claim_id))

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

    # Retention

    def due(self, today: dt.date) -> list[Due]:
        """What is past retention, by activity and date."""
        rows = self._db.execute(
            "SELECT c.activity, c.activity_date, CASE c.kept_until WHEN ? THEN 'erasure on request'"
            " ELSE 'six years from the date of the activity' END, count(DISTINCT x.id), count(DISTINCT c.id)"
            " FROM claim c JOIN participant p ON p.id = c.participant_id"
            " LEFT JOIN certificate x ON x.claim_id = c.id AND x.current > 0"
            f" WHERE {DUE} GROUP BY 1, 2, 3 ORDER BY 2, 1",
            (ERASED, today.isoformat()),
        )
        return [Due(*row) for row in rows]

    def expiring(self, today: dt.date, until: dt.date) -> int:
        """How many certificates pass retention from `today` on before the day `until` is over."""
        row = self._db.execute(
            "SELECT count(*) FROM certificate x JOIN claim c ON c.id = x.claim_id"
            " WHERE x.current > 0 AND c.kept_until >= ? AND c.kept_until < ?",
            (today.isoformat(), until.isoformat()),
        ).fetchone()
        return int(row[0])

    def forget_due(self, today: dt.date, at: str) -> Forgotten:
        """Delete the records past retention, and whoever has nothing left; only counts stay."""
        due = self.due(today)
        claims = f"SELECT c.id FROM claim c JOIN participant p ON p.id = c.participant_id WHERE {DUE}"
        forgotten = self._forget(claims, (today.isoformat(),))
        self._db.executemany(
            "INSERT INTO deletion VALUES (?, ?, ?, ?, ?, ?)",
            [(at, one.activity, one.activity_date, one.rule, one.certificates, one.claims) for one in due],
        )
        return forgotten

    def erase(self, participant_id: int) -> None:
        """A person asked to be erased: due at once, and their return is refused by keyed digests.

        Retention does the rest, in its own order; a run that is killed in between goes on with it.
        """
        trace = self._trace(participant_id)
        addresses = [(key, False) for key in trace.addresses] + [(key, True) for key in trace.shared]
        self._db.executemany(
            "INSERT INTO erased VALUES (?) ON CONFLICT DO NOTHING",
            [(self._erasure_digest(one),) for one in erasure_marks(trace.learner_id, trace.names, addresses)],
        )
        self._make_due(participant_id)

    def _make_due(self, participant_id: int) -> None:
        self._db.execute("UPDATE claim SET kept_until = ? WHERE participant_id = ?", (ERASED, participant_id))

    def erasures(self) -> Erasures:
        """Who was erased on request, as keyed digests and their key."""
        row = self._db.execute("SELECT value FROM key WHERE name = 'erasure'").fetchone()
        digests = self._db.execute("SELECT digest FROM erased").fetchall()
        return Erasures(row[0] if row else "", frozenset(one[0] for one in digests))

    def since(self) -> Since:
        """What outlasts the return of a backup: erasures, links that were replaced, withdrawals."""
        rotated = self._db.execute(
            "SELECT x.number, p.token FROM certificate x JOIN claim c ON c.id = x.claim_id"
            " JOIN participant p ON p.id = c.participant_id"
            " WHERE p.id IN (SELECT participant FROM audit WHERE action = 'rotate')"
        ).fetchall()
        withdrawn = self._db.execute(
            "SELECT number, changed_on, reason FROM certificate WHERE standing = 'withdrawn'"
        ).fetchall()
        return Since(
            erasures=self.erasures(),
            tokens={row[0]: row[1] for row in rotated},
            withdrawn={row[0]: (row[1], row[2]) for row in withdrawn},
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
            "UPDATE certificate SET standing = 'withdrawn', changed_on = ?, reason = ?"
            " WHERE number = ? AND current > 0 AND standing IN ('valid', 'corrected')",
            [(day, reason, number) for number, (day, reason) in since.withdrawn.items()],
        )
        erasures = since.erasures
        if not erasures.key:
            return
        self._db.execute(
            "INSERT INTO key VALUES ('erasure', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (erasures.key,),
        )
        self._db.executemany(
            "INSERT INTO erased VALUES (?) ON CONFLICT DO NOTHING", [(one,) for one in erasures.digests]
        )
        for row in self._db.execute("SELECT id FROM participant").fetchall():
            trace = self._trace(row["id"])
            marks: set[str] = set()
            for address in trace.addresses | trace.shared:
                for name in trace.names:
                    marks |= marks_of(trace.learner_id, address, name)
            if any(self._erasure_digest(one) in erasures.digests for one in marks):
                self._make_due(row["id"])

    def has_erasures(self) -> bool:
        """Whether anybody was erased on request."""
        return bool(self._db.execute("SELECT EXISTS (SELECT 1 FROM erased)").fetchone()[0])

    def _keep_rotated(self, tokens: Mapping[str, str], at: str, actor: str) -> None:
        """Give holders the links they were given since; by certificate numbers, which are nobody else's."""
        for number, token in tokens.items():
            row = self._db.execute(
                "SELECT p.id, p.token FROM certificate x JOIN claim c ON c.id = x.claim_id"
                " JOIN participant p ON p.id = c.participant_id WHERE x.number = ?",
                (number,),
            ).fetchone()
            taken = self._db.execute("SELECT 1 FROM participant WHERE token = ?", (token,)).fetchone()
            if row is not None and row["token"] != token and taken is None:
                self.people.set_token(row["id"], token)
                self.audit.write(at, actor, "rotate", "kept through a restore", row["id"])

    def is_erased(self, learner_id: str, address: str, name: str) -> bool:
        """Whether the person was erased on request; they may not come back by an old file. `address`: its key."""
        if not self.has_erasures():
            return False
        digests = [self._erasure_digest(one) for one in marks_of(learner_id, address, name)]
        marks = ",".join("?" * len(digests))
        row = self._db.execute(f"SELECT 1 FROM erased WHERE digest IN ({marks})", digests).fetchone()
        return row is not None

    def _trace(self, participant_id: int) -> Trace:
        """What the participant is known by."""
        person = self._db.execute(
            "SELECT learner_id, name, said_name FROM participant WHERE id = ?", (participant_id,)
        ).fetchone()
        keys = self._db.execute(
            "SELECT key, EXISTS (SELECT 1 FROM address b WHERE b.key = a.key AND b.participant_id <> ?1)"
            " FROM address a WHERE participant_id = ?1",
            (participant_id,),
        ).fetchall()
        return Trace(
            learner_id=person["learner_id"] or "",
            names=frozenset((person["name"].casefold(), person["said_name"].casefold())),
            addresses=frozenset(key for key, shared in keys if not shared),
            shared=frozenset(key for key, shared in keys if shared),
        )

    def _erasure_digest(self, identity: str) -> str:
        row = self._db.execute("SELECT value FROM key WHERE name = 'erasure'").fetchone()
        if row is None:
            row = (secrets.token_hex(32),)
            self._db.execute("INSERT INTO key VALUES ('erasure', ?)", row)
        return hmac.new(bytes.fromhex(row[0]), identity.encode(), hashlib.sha256).hexdigest()

    def _forget(self, claims: str, values: tuple[object, ...]) -> Forgotten:
        db = self._db
        db.execute("CREATE TEMP TABLE IF NOT EXISTS gone (claim_id INTEGER PRIMARY KEY)")
        db.execute("DELETE FROM gone")
        db.execute(f"INSERT INTO gone {claims}", values)
        of_gone = "SELECT x.id FROM certificate x JOIN gone g ON g.claim_id = x.claim_id"
        digests = db.execute(
            f"SELECT DISTINCT sha256 FROM version WHERE sha256 IS NOT NULL AND certificate_id IN ({of_gone})"
        ).fetchall()
        people = db.execute(
            "SELECT DISTINCT c.participant_id FROM claim c JOIN gone g ON g.claim_id = c.id"
        ).fetchall()
        # A mail that tells of something deleted is deleted; the rest of its certificates stay on the page.
        messages = db.execute(
            "SELECT id, message_id FROM message WHERE id IN"
            f" (SELECT message_id FROM mention WHERE certificate_id IN ({of_gone}))"
        ).fetchall()
        # Mentions of certificates that stay must outlive the mail: they say that the event was told.
        db.executemany(
            "UPDATE message SET email = '', text = '' WHERE id = ?"
            " AND state NOT IN ('queued', 'deferred', 'unknown', 'sending')",
            [(row[0],) for row in messages],
        )
        db.executemany(
            "UPDATE transition SET text = '' WHERE message_id = ?", [(row[0],) for row in messages]
        )
        db.execute(
            "UPDATE certificate SET replaces = NULL WHERE replaces IN (SELECT x.id FROM certificate x"
            " JOIN gone g ON g.claim_id = x.claim_id)"
        )
        db.execute("DELETE FROM claim WHERE id IN (SELECT claim_id FROM gone)")
        db.executemany(
            "DELETE FROM message WHERE id = ? AND id NOT IN (SELECT message_id FROM mention)",
            [(row[0],) for row in messages],
        )
        gone = [
            row[0]
            for row in people
            if not db.execute("SELECT 1 FROM claim WHERE participant_id = ?", (row[0],)).fetchone()
        ]
        mails = [row[1] for row in messages]
        people_gone = []
        for person in gone:
            rows = db.execute("SELECT message_id FROM message WHERE participant_id = ?", (person,))
            mails += [row[0] for row in rows.fetchall()]
            people_gone.append(self._trace(person))
            self.audit.forget(person)
            db.execute("DELETE FROM participant WHERE id = ?", (person,))
        db.execute("DELETE FROM edition WHERE id NOT IN (SELECT edition_id FROM version)")
        kept = {row[0] for row in db.execute("SELECT DISTINCT sha256 FROM version").fetchall()}
        return Forgotten(
            digests=tuple(row[0] for row in digests if row[0] not in kept),
            message_ids=tuple(dict.fromkeys(mails)),
            people=tuple(people_gone),
        )

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

    def deletions(self) -> list[tuple[str, str, str, str, int, int]]:
        """(when, activity, its date, rule, certificates, claims) of all that was deleted."""
        return [tuple(row) for row in self._db.execute("SELECT * FROM deletion ORDER BY rowid")]

    def copy_to(self, path: Path) -> None:
        """A consistent copy of the ledger at `path`, which must not exist, while others read and write."""
        self._db.execute("VACUUM INTO ?", (str(path),))

    def is_sound(self) -> bool:
        return bool(self._db.execute("PRAGMA integrity_check").fetchone()[0] == "ok")


def is_older(path: Path) -> bool:
    """Whether the ledger at `path` was last written by an older version of the program: opening migrates it."""
    return 0 < version_of(path) < len(MIGRATIONS)


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
