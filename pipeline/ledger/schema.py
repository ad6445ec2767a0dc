"""The ledger's tables and their migrations: a path in, an open connection of the newest schema out."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from pipeline.errors import LedgerError
from pipeline.rules.addresses import address_key
from pipeline.rules.claims.name_keys import name_words

# Numbered files of SQL, applied in order. Never edit one that has shipped: add another.
MIGRATIONS = Path(__file__).with_name("migrations")

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
    except BaseException as error:
        connection.close()
        if not isinstance(error, sqlite3.Error):
            raise
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without what it says more closely
        raise LedgerError(
            f"The ledger {path.name} cannot be used: {error}.",
            "Make room on the disk of DATA_DIR, and see that its files may be written; then run again."
            if code in DISK
            else "If the file is damaged, put a backup in its place: certs restore FILE.",
        ) from error
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


def newest_version() -> int:
    """The version of a ledger to which every migration was applied."""
    return len(_migrations())


def _migrations() -> list[Path]:
    return sorted(MIGRATIONS.glob("*.sql"))


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    version, migrations = connection.execute("PRAGMA user_version").fetchone()[0], _migrations()
    if version > len(migrations):
        raise LedgerError(
            f"The ledger {path.name} has version {version}; this program knows {len(migrations)}.",
            "It was written by a newer version of certs: use that one.",
        )
    for number, migration in enumerate(migrations[version:], version + 1):
        connection.executescript(
            f"BEGIN IMMEDIATE; {migration.read_text(encoding='utf-8')}; PRAGMA user_version = {number}; COMMIT;"
        )
