"""The ledger's tables and their migrations: a path in, an open connection of the newest schema out."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from pipeline.errors import LedgerError
from pipeline.rules.addresses import address_key
from pipeline.rules.claims.misspelling import name_words

# Each migration and the record of it commit together. Never edit one that has shipped: add another.
MIGRATIONS = (
    """
    -- A claims file that was read; `id` orders them. The same bytes are the same load.
    CREATE TABLE load (
        id INTEGER PRIMARY KEY,
        sha256 TEXT NOT NULL UNIQUE,
        at TEXT NOT NULL,
        catalog TEXT NOT NULL DEFAULT '', -- digest of the activities it was read by; empty: not all rows were good
        rows INTEGER NOT NULL DEFAULT 0,
        claims INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    CREATE TABLE participant (
        id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: the audit trail names it
        learner_id TEXT UNIQUE,
        email TEXT NOT NULL,              -- the address on record, as given
        email_key TEXT NOT NULL,
        name TEXT NOT NULL,
        credentials TEXT NOT NULL,
        said_name TEXT NOT NULL,          -- what the newest file said, beside what staff corrected
        said_credentials TEXT NOT NULL,
        said_load INTEGER NOT NULL,
        token TEXT NOT NULL UNIQUE,
        held TEXT NOT NULL DEFAULT '',    -- reason of a hold: kept beyond six years until released
        bounced TEXT NOT NULL DEFAULT '', -- what the mail system said of the address on record
        revision INTEGER NOT NULL DEFAULT 1
    ) STRICT;
    CREATE INDEX participant_email ON participant (email_key);

    -- Every address a participant was seen with, by the newest load that shows them together.
    CREATE TABLE address (
        key TEXT NOT NULL,
        participant_id INTEGER NOT NULL REFERENCES participant ON DELETE CASCADE,
        email TEXT NOT NULL,
        seen_load INTEGER NOT NULL,
        PRIMARY KEY (key, participant_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX address_participant ON address (participant_id);

    CREATE TABLE claim (
        id INTEGER PRIMARY KEY,
        participant_id INTEGER NOT NULL REFERENCES participant ON DELETE CASCADE,
        activity TEXT NOT NULL,
        activity_date TEXT NOT NULL,
        kept_until TEXT NOT NULL,
        download_until TEXT,              -- the activity's window, copied so that a page's state is one query
        reopened_until TEXT,
        attended INTEGER NOT NULL,
        completed_on TEXT,
        cme TEXT NOT NULL,
        abim TEXT NOT NULL,
        abp TEXT NOT NULL,
        met TEXT NOT NULL,                -- requirement names joined by commas, sorted
        said_load INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'changed' CHECK (state IN ('changed', 'withheld', 'settled')),
        missing TEXT NOT NULL DEFAULT '', -- of a withheld claim: kind:requirement,requirement;...
        UNIQUE (participant_id, activity)
    ) STRICT;
    CREATE INDEX claim_kept_until ON claim (kept_until);
    CREATE INDEX claim_open ON claim (state) WHERE state <> 'settled';
    CREATE INDEX claim_activity ON claim (activity);

    -- Which claims a file speaks of.
    CREATE TABLE reading (
        load_id INTEGER NOT NULL REFERENCES load,
        claim_id INTEGER NOT NULL REFERENCES claim ON DELETE CASCADE,
        PRIMARY KEY (load_id, claim_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX reading_claim ON reading (claim_id);

    -- What all certificates of one activity and kind have in common, as it stood when they were made.
    CREATE TABLE edition (
        id INTEGER PRIMARY KEY,
        digest TEXT NOT NULL UNIQUE,
        facts TEXT NOT NULL               -- JSON
    ) STRICT;

    CREATE TABLE certificate (
        id INTEGER PRIMARY KEY,
        claim_id INTEGER NOT NULL REFERENCES claim ON DELETE CASCADE,
        number TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        standing TEXT NOT NULL DEFAULT 'valid',
        issued_on TEXT NOT NULL,
        current INTEGER NOT NULL DEFAULT 0, -- the newest rendered version; 0: not issued yet
        replaces INTEGER REFERENCES certificate,
        replaced_by TEXT NOT NULL DEFAULT '',
        changed_on TEXT,
        reason TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX certificate_claim ON certificate (claim_id);
    CREATE INDEX certificate_replaces ON certificate (replaces) WHERE replaces IS NOT NULL;

    CREATE TABLE version (
        certificate_id INTEGER NOT NULL REFERENCES certificate ON DELETE CASCADE,
        version INTEGER NOT NULL,
        edition_id INTEGER NOT NULL REFERENCES edition,
        name TEXT NOT NULL,
        credentials TEXT NOT NULL,
        completed_on TEXT,
        cme TEXT NOT NULL,
        abim TEXT NOT NULL,
        abp TEXT NOT NULL,
        kept_until TEXT NOT NULL,
        made_on TEXT NOT NULL,
        reason TEXT NOT NULL,             -- of a correction, for the reader
        sha256 TEXT,                      -- NULL: still to be rendered
        size INTEGER,
        problem TEXT NOT NULL DEFAULT '', -- why it could not be rendered
        PRIMARY KEY (certificate_id, version)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX version_pending ON version (certificate_id) WHERE sha256 IS NULL;
    CREATE INDEX version_sha256 ON version (sha256);

    CREATE TABLE message (
        id INTEGER PRIMARY KEY,
        message_id TEXT NOT NULL UNIQUE,
        participant_id INTEGER NOT NULL REFERENCES participant ON DELETE CASCADE,
        occasion TEXT NOT NULL,
        email TEXT NOT NULL,
        queued_at TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'queued',
        attempt INTEGER NOT NULL DEFAULT 0,
        due_at TEXT,
        at TEXT NOT NULL,
        code INTEGER,
        enhanced TEXT NOT NULL DEFAULT '',
        text TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX message_participant ON message (participant_id);
    CREATE INDEX message_state ON message (state) WHERE state <> 'sent';

    -- What a message is about. One event of a certificate is told once: nobody is mailed twice for it.
    CREATE TABLE mention (
        certificate_id INTEGER NOT NULL REFERENCES certificate ON DELETE CASCADE,
        event TEXT NOT NULL,              -- new, corrected-2, or the occasion and message of a resend
        message_id INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
        PRIMARY KEY (certificate_id, event)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX mention_message ON mention (message_id);

    CREATE TABLE transition (
        message_id INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
        at TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        state TEXT NOT NULL,
        code INTEGER,
        enhanced TEXT NOT NULL DEFAULT '',
        text TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX transition_message ON transition (message_id);

    -- Pages as they were last written: path below output/ and the stamp of what went into them.
    CREATE TABLE page (path TEXT PRIMARY KEY, stamp TEXT NOT NULL) STRICT, WITHOUT ROWID;

    -- The same for the web host: noted once the proof has come. Another target starts anew.
    CREATE TABLE published (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, target TEXT NOT NULL) STRICT, WITHOUT ROWID;

    -- Append-only; `detail` may name a person and is forgotten with them, the chain stays whole.
    CREATE TABLE audit (
        seq INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        participant INTEGER,              -- means nothing once the participant is gone
        detail TEXT,
        salt TEXT,
        digest TEXT NOT NULL,
        hash TEXT NOT NULL
    ) STRICT;
    CREATE INDEX audit_participant ON audit (participant);

    -- What is left of what was deleted: counts, no person.
    CREATE TABLE deletion (
        at TEXT NOT NULL,
        activity TEXT NOT NULL,
        activity_date TEXT NOT NULL,
        rule TEXT NOT NULL,
        certificates INTEGER NOT NULL,
        claims INTEGER NOT NULL
    ) STRICT;

    -- Erased on request: a keyed digest that refuses the person's return without keeping who it was.
    CREATE TABLE erased (digest TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE TABLE key (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

    -- Whatever a person's pages show bumps their revision; no caller can forget to.
    CREATE TRIGGER participant_shown AFTER UPDATE OF name, credentials, token ON participant
        BEGIN UPDATE participant SET revision = revision + 1 WHERE id = new.id; END;
    CREATE TRIGGER claim_shown AFTER UPDATE OF missing, download_until, reopened_until ON claim
        BEGIN UPDATE participant SET revision = revision + 1 WHERE id = new.participant_id; END;
    CREATE TRIGGER claim_gone AFTER DELETE ON claim
        BEGIN UPDATE participant SET revision = revision + 1 WHERE id = old.participant_id; END;
    CREATE TRIGGER certificate_shown AFTER UPDATE OF standing, current, replaced_by, reason ON certificate
        BEGIN UPDATE participant SET revision = revision + 1
        WHERE id = (SELECT participant_id FROM claim WHERE id = new.claim_id); END;
    """,
    """
    -- The folded words of each participant's name, as it stands and as files say it: what `find` goes by.
    -- Plain tables and no full-text index, which keeps the words of deleted rows until it is rebuilt.
    CREATE TABLE named (
        word TEXT NOT NULL,
        participant_id INTEGER NOT NULL REFERENCES participant ON DELETE CASCADE,
        PRIMARY KEY (word, participant_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX named_participant ON named (participant_id);

    -- Each of these words once, so that a misspelt one can be held against all of them.
    CREATE TABLE word (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

    CREATE TRIGGER word_new AFTER INSERT ON named
        BEGIN INSERT INTO word VALUES (new.word) ON CONFLICT DO NOTHING; END;
    CREATE TRIGGER word_gone AFTER DELETE ON named
        BEGIN DELETE FROM word WHERE word = old.word
        AND NOT EXISTS (SELECT 1 FROM named WHERE word = old.word); END;
    CREATE TRIGGER participant_named AFTER INSERT ON participant
        BEGIN INSERT INTO named SELECT value, new.id FROM json_each(name_words(new.name, new.said_name)); END;
    CREATE TRIGGER participant_renamed AFTER UPDATE OF name, said_name ON participant
        WHEN old.name <> new.name OR old.said_name <> new.said_name
        BEGIN DELETE FROM named WHERE participant_id = new.id;
        INSERT INTO named SELECT value, new.id FROM json_each(name_words(new.name, new.said_name)); END;

    INSERT INTO named SELECT value, p.id FROM participant p, json_each(name_words(p.name, p.said_name));
    """,
    """
    -- Names keep the vowel signs of their script, addresses have one form of their domain: both anew.
    DELETE FROM named;
    INSERT INTO named SELECT value, p.id FROM participant p, json_each(name_words(p.name, p.said_name));
    INSERT INTO address SELECT address_key(email), participant_id, email, seen_load FROM address
        WHERE key <> address_key(email) ON CONFLICT DO NOTHING;
    DELETE FROM address WHERE key <> address_key(email);
    UPDATE participant SET email_key = address_key(email) WHERE email_key <> address_key(email);
    """,
    """
    -- The names of new participants are taken in together at the end of their transaction (People.index_names):
    -- a trigger for each was a quarter of the time a claims file takes.
    DROP TRIGGER participant_named;
    """,
    """
    -- Nor are their words noted one by one.
    DROP TRIGGER word_new;
    DROP TRIGGER participant_renamed;
    CREATE TRIGGER participant_renamed AFTER UPDATE OF name, said_name ON participant
        WHEN old.name <> new.name OR old.said_name <> new.said_name
        BEGIN DELETE FROM named WHERE participant_id = new.id;
        INSERT INTO named SELECT value, new.id FROM json_each(name_words(new.name, new.said_name));
        INSERT INTO word SELECT value FROM json_each(name_words(new.name, new.said_name)) WHERE true
        ON CONFLICT DO NOTHING; END;
    """,
)


# What SQLite says when not the file is at fault but the disk, its permissions, or another program.
DISK = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
)


def connect(path: Path) -> sqlite3.Connection:
    """An open ledger at `path`, made or migrated where needed; sqlite3.Row rows, explicit transactions.

    Raises LedgerError for a file that is no ledger and for one of a newer version of the program.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        path.chmod(0o600)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
        connection.execute("PRAGMA temp_store = MEMORY")  # no person in a temporary file
        connection.execute("PRAGMA cache_size = -32000")
        connection.create_function("name_words", 2, _name_words, deterministic=True)
        connection.create_function("address_key", 1, address_key, deterministic=True)
        _migrate(connection, path)
    except sqlite3.Error as error:
        connection.close()
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without what it says more closely
        raise LedgerError(
            f"The ledger {path.name} cannot be used: {error}.",
            "Make room on the disk of DATA_DIR, and see that its files may be written; then run again."
            if code in DISK
            else "If the file is damaged, put a backup in its place: certs restore FILE.",
        ) from error
    except LedgerError:
        connection.close()
        raise
    return connection


def version_of(path: Path) -> int:
    """The version of the ledger at `path`; nothing is changed. 0 for a file that is none."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=30)) as ledger:
            return int(ledger.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error:
        return 0


def _name_words(name: str, said_name: str) -> str:
    """For the triggers: the words of both names as a JSON array."""
    words = name_words(name)
    if said_name != name:
        words = tuple(dict.fromkeys([*words, *name_words(said_name)]))
    return json.dumps(words)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise LedgerError(
            f"The ledger {path.name} has version {version}; this program knows {len(MIGRATIONS)}.",
            "It was written by a newer version of certs: use that one.",
        )
    for number in range(version, len(MIGRATIONS)):
        connection.executescript(
            f"BEGIN IMMEDIATE; {MIGRATIONS[number]}; PRAGMA user_version = {number + 1}; COMMIT;"
        )
