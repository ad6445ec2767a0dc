"""The ledger's tables and their migrations: a path in, an open connection of the newest schema out."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

from pipeline.errors import LedgerError
from pipeline.rules.addresses import address_key
from pipeline.rules.claims.name_keys import name_words
from pipeline.rules.messages.refusals import refusal_in
from pipeline.rules.text import first_few

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

    Raises LedgerError for a file that is no ledger, for one of a newer version of the program, and for one
    whose tables are not those that the program made; such a file is left as it is.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        path.chmod(0o600)
        connection.row_factory = sqlite3.Row
        _add_functions(connection)
        version = _check(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
        connection.execute("PRAGMA temp_store = MEMORY")  # no person in a temporary file
        connection.execute("PRAGMA cache_size = -32000")
        _migrate(connection, version)
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.Error | OSError) and not os.access(path.parent, os.W_OK):
            raise LedgerError(
                f"The ledger {path.name} cannot be used: its folder, DATA_DIR, is not writable.",
                "SQLite writes beside a ledger even to look into it: give the user who runs certs the right to.",
            ) from error
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


def _add_functions(connection: sqlite3.Connection) -> None:
    connection.create_function("name_words", 2, _name_words, deterministic=True)
    connection.create_function("address_key", 1, address_key, deterministic=True)
    connection.create_function(
        "refusal_cause", 1, lambda said: refusal_in(said).cause.value, deterministic=True
    )


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


def _check(connection: sqlite3.Connection, path: Path) -> int:
    """The ledger's version; nothing is changed. Raises LedgerError where the file is not what its version has."""
    connection.execute("BEGIN")  # one moment for both: another command may be migrating it
    version, found = connection.execute("PRAGMA user_version").fetchone()[0], _objects(connection)
    connection.execute("COMMIT")
    newest = newest_version()
    if version > newest:
        raise LedgerError(
            f"The ledger {path.name} has version {version}; this program knows {newest}.",
            "It was written by a newer version of certs: use that one.",
        )
    if faults := list(_faults(_wanted(version), found)):
        raise LedgerError(
            f"The ledger {path.name} is not as certs makes it: {', '.join(first_few(faults, 3))}.",
            "Another program, or a version of certs in the making, changed it: nothing was done with it. "
            "Put a backup in its place: certs restore FILE --force.",
        )
    return int(version)


# Kind and name of what a ledger is made of -> its definition in small letters without spaces and quotes, which
# versions of SQLite write differently; and of a table the names of its columns.
_Objects = dict[tuple[str, str], tuple[str, list[str]]]


def _objects(connection: sqlite3.Connection) -> _Objects:
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite@_%' ESCAPE '@'"
    )
    return {
        (kind, name): (
            "".join((sql or "").lower().split()).replace('"', ""),
            [row[1] for row in connection.execute(f"PRAGMA table_info({_quoted(name)})")]
            if kind == "table"
            else [],
        )
        for kind, name, sql in rows.fetchall()
    }


@cache
def _wanted(version: int) -> _Objects:
    """What a ledger of this version is made of; a new one, 0, of nothing yet."""
    if version == 0:
        return {}
    with closing(in_memory(version)) as made_anew:
        return _objects(made_anew)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def in_memory(version: int | None = None, beside: Path | None = None) -> sqlite3.Connection:
    """An empty ledger in memory, of this version or the newest. `beside`: a ledger that can be read through the
    same connection, as `whole`."""
    connection = sqlite3.connect(":memory:", isolation_level=None, timeout=30, uri=True)
    connection.row_factory = sqlite3.Row
    _add_functions(connection)
    with closing(sqlite3.connect(":memory:")) as empty:
        empty.deserialize(_empty(MIGRATIONS, version))
        empty.backup(connection)
    if beside is not None:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("ATTACH ? AS whole", (f"{beside.resolve().as_uri()}?mode=ro",))
    return connection


@cache
def _empty(migrations: Path, version: int | None) -> bytes:
    """An empty ledger as SQLite keeps it: made once in a process, as a copy takes a twentieth of the time."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as ledger:
        _add_functions(ledger)
        for migration in sorted(migrations.glob("*.sql"))[:version]:
            ledger.executescript(migration.read_text(encoding="utf-8"))
        return ledger.serialize()


def _faults(wanted: _Objects, found: _Objects) -> Iterator[str]:
    """What is missing, foreign or different, a few words each."""
    yield from (f"it lacks the {kind} {name}" for kind, name in wanted if (kind, name) not in found)
    yield from (f"it has a foreign {kind} {name}" for kind, name in found if (kind, name) not in wanted)
    for (kind, name), (definition, columns) in wanted.items():
        other, others = found.get((kind, name), (definition, columns))
        lacks = [f"it lacks {name}.{column}" for column in columns if column not in others]
        more = [f"it has a foreign {name}.{column}" for column in others if column not in columns]
        yield from lacks + more
        if other != definition and not lacks + more:
            yield f"its {kind} {name} is another"


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    """Apply what is missing: all of it, or nothing."""
    if missing := _migrations()[version:]:
        scripts = "".join(migration.read_text(encoding="utf-8") for migration in missing)
        connection.executescript(
            f"BEGIN IMMEDIATE; {scripts}; PRAGMA user_version = {version + len(missing)}; COMMIT;"
        )
