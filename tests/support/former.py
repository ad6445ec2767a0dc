"""Ledgers as former versions of the program left them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pipeline.ledger import schema

ROWS = Path(__file__).resolve().parents[1] / "edges" / "ledgers"  # named for the version that wrote them

WORDS = ('INSERT INTO "named"', 'INSERT INTO "word"')


@contextmanager
def former_program(version: int) -> Iterator[None]:
    """While this lasts, a ledger is made and migrated as by the program that knew so many migrations."""
    shipped = sorted(schema.MIGRATIONS.glob("*.sql"))[:version]
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for migration in shipped:
            shutil.copy(migration, folder)
        patch.setattr(schema, "MIGRATIONS", Path(folder))
        yield


def make_former(path: Path, version: int, rows: Path) -> None:
    """A ledger of that version at `path`, with these rows."""
    with former_program(version), closing(schema.connect(path)) as ledger:
        text = rows.read_text(encoding="utf-8")
        lines = text.splitlines(keepends=True)
        noted = [
            line for line in lines if line.startswith(WORDS)
        ]  # in some versions a trigger writes them, too
        others = "".join(line for line in lines if line not in noted)
        words = "".join(noted).replace("INSERT", "INSERT OR IGNORE")
        ledger.executescript(f"BEGIN; PRAGMA defer_foreign_keys = ON; {others} {words} COMMIT;")
