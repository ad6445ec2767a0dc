"""Ledgers of every former version go on: made by its migrations, with rows that it wrote."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.errors import LedgerError
from pipeline.ledger import Ledger, is_older, schema
from pipeline.ledger.schema import MIGRATIONS, _migrate
from pipeline.rules.certificates.awards import Standing
from tests.support.former import ROWS, former_program, make_former

# Words of names, taken from participants; activities, taken from claims.
REMADE = {"named", "word", "activity_before"}

# Ledgers out there were made by these bytes. A new migration comes with a line of its own.
SHIPPED = """
06c1d7d26183a3a562cf333b5ec6e9cf859a2f509e3d6d70cf19a16d19c27f90  001_tables.sql
063208819f22533633efc985eceb714c9e54ad79684c35d3cc8c1a465e81411b  002_words_of_names.sql
49c7806535a28ece3e044730dd15de531df3f1dfd4e72fe7f33fe0627b4cd16e  003_vowel_signs_and_domains.sql
5367450d927166df7bc4497a74ed7409f6160a928d8ed88458192d6bc85558fe  004_names_together.sql
ebc75b08bce4ceac349b7e06a2c9d0f3c5d060deb359f326016a71b99bd7a6d5  005_words_together.sql
9acee757aa868ce1f9f24639e5f9616b42ceccb7a88ad88771e7de74c1228cf9  006_keys_of_messages.sql
dc4499b89c9289cc843d8548254267733b2390c5a0cc414f7812887b6ef8f7e5  007_state_in_columns.sql
9c6509154032a8fef6f9a544f2afe48e2b984a90666b24acf1ffdab4dd398300  008_views.sql
abbd8075180277a68eb8f19161c9378f6aab6cf3ef50377a085565724b071552  009_marks.sql
f04fb2d6512c5417b6985a4463f2814f774044889b0b763ca9441e6ff09df6f9  010_superseded.sql
5344cf099e672583a6ab0ab124cd0dede790a39248aa87771419d32ed9c91165  011_made.sql
b56fcc833d2a0de412c7ad7be520c9380e00ece365231f0ac435213fce9204e9  012_events_of_claims.sql
6f82fa48090d39f1bba576a9f3d818c975dc0028e1098fbc8e88fcf6330dc4bc  013_web_host.sql
463102baf5714b73511635eada6280f5a24a5af5d2f140fece9bce277e4db442  014_answers.sql
4f7891a1e72295b914670ace3c142cf834e4233fc0d36486a8c8e7db03eec933  015_reported.sql
9d83b94a94deb2a23b6e1adfb32edc84e64e0dd44738c2056f3c571789cf1fa8  016_pages.sql
aed97c326589000b07288c7ccf618e846e79876a76822b44330bae80418a735f  017_looking_up.sql
81581f303d16a859c83573863f9c210918cfdb2ccd917bbc442bb74125103801  018_runs.sql
094f75b1c45a5e5aa338516eb3382739f18f08f7cd10767824fd02f34cf71bff  019_merged.sql
c1df165d8c077b8f8df018f81ad8c8556d3135d2d1e6965d920f5e32bd84ec89  020_seals.sql
6d9b65e4b766c5590cdb0c9cf68acdd948e66ba96f5b92137a22a2a4f2008c13  021_credit_files.sql
52f2000d5e1ee8b0ff70628e71711eec9fb1b59fcd712fc94eb65a4bf6741ddd  022_undo.sql
7f37b2a44e3b166628542d2de9a699f65d432c980e959ed2b2e0f8afeda4999c  023_listed_standing.sql
578273b0954a59778129132911975d9a9c37becb3c348e88de0c8d6f46ff3962  024_moved.sql
"""


@pytest.fixture(params=range(1, schema.newest_version()), ids=lambda version: f"version {version}")
def former(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A ledger as a former version of the program left it."""
    return ledger_of(request.param, tmp_path)


def ledger_of(version: int, folder: Path) -> Path:
    """Rows of the nearest version before, or of this one, taken through the migrations up to it."""
    path, began = folder / "ledger.sqlite3", 5 if version >= 5 else 1
    make_former(path, began, ROWS / f"{began}.sql")
    with former_program(version):
        schema.connect(path).close()
    return path


def schema_of(path: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as ledger:
        return ledger.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2").fetchall()


def rows_of(path: Path) -> Counter[str]:
    with closing(sqlite3.connect(path)) as ledger:
        inserts = [line for line in ledger.iterdump() if line.startswith("INSERT INTO")]
        return Counter(name for line in inserts if (name := line.split('"')[1]) not in REMADE)


def test_a_migration_that_has_shipped_never_changes() -> None:
    found = [
        f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.name}" for one in sorted(MIGRATIONS.iterdir())
    ]
    assert found == SHIPPED.split("\n")[1:-1]


def test_a_former_ledger_becomes_a_new_one(former: Path, tmp_path: Path) -> None:
    """The same tables, indexes and triggers to the letter, every row kept, nobody lost to the look-ups."""
    before = rows_of(former)
    assert is_older(former)
    with Ledger(former) as ledger, Ledger(tmp_path / "new.sqlite3"):
        assert ledger.is_sound()
        assert list(ledger.audit.faults()) == []
        assert ledger._db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert [one.name for one in ledger.search.people("alva", None, 5)] == ["Ana Alva"]
        assert [one.name for one in ledger.people.who("CY@exämple.org", None)] == ["Cy Cole"]
    assert schema_of(former) == schema_of(tmp_path / "new.sqlite3")
    assert rows_of(former) == before
    assert schema.version_of(former) == schema.newest_version()


def test_a_new_ledger_is_made_by_the_migrations_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests begin with a copy of an empty ledger; the program makes the same, in one transaction."""
    with Ledger(tmp_path / "copy.sqlite3"), monkeypatch.context() as patch:
        patch.setattr(schema, "_migrate", _migrate)
        with Ledger(tmp_path / "made.sqlite3") as made:
            assert made.is_sound()
        assert schema_of(tmp_path / "made.sqlite3") == schema_of(tmp_path / "copy.sqlite3")
    assert schema.version_of(tmp_path / "made.sqlite3") == schema.newest_version()
    broken = shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations")
    (broken / "999_broken.sql").write_text("ALTER TABLE nowhere ADD COLUMN more;\n")
    monkeypatch.setattr(schema, "_migrate", _migrate)
    monkeypatch.setattr(schema, "MIGRATIONS", broken)
    with pytest.raises(LedgerError, match="no such table: nowhere"):
        Ledger(tmp_path / "broken.sqlite3")
    assert (schema_of(tmp_path / "broken.sqlite3"), schema.version_of(tmp_path / "broken.sqlite3")) == ([], 0)


def test_what_was_told_in_words_is_told_by_columns(tmp_path: Path) -> None:
    """Whatever a mail told of, returned mail, an erasure and a withdrawal by a file are what they were."""
    path = ledger_of(5, tmp_path)
    day = dt.date(2025, 11, 14)
    with Ledger(path) as ledger:
        messages = ledger.messages
        told = messages_by_event(ledger)
        assert told == {
            ("new", 0, 0): {2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 18, 19},
            ("new", 0, 1): {1, 17},  # sent again to the right address; given up, as it was withdrawn
            ("corrected", 2, 0): {11, 16},
            ("resent", 0, 0): {12, 15},
            ("rotated", 0, 0): {13},
            ("moved", 0, 0): {14},
        }
        request = "008f9e30ecead1253b1d610f5514e6de"
        assert [ledger.mentions.answering(person, request) for person in (2, 6)] == [None, 15]
        assert [one.id for person in range(1, 10) for one in messages.of(person) if one.returned] == [1, 5]
        assert [[one.returned for one in messages.history(number)] for number in (1, 2, 3)] == [
            [False, False, True],
            [False, False, True],
            [False, False],
        ]
        assert [one.id for one in ledger.undelivered.failed()] == [5]
        assert list(ledger.mentions.untold()) == []
        assert list(ledger.mentions.unmailed_corrections()) == [(8, [(15, 2), (16, 2)])]
        assert {(one.activity, one.rule) for one in ledger.retention.due(day)} == {
            ("second", "erasure on request"),
            ("meeting-2025", "erasure on request"),
        }
        assert ledger.pages.entries(9, day) == []
        assert ledger.counts.totals()["withheld"] == 2
        with ledger.transaction():
            assert ledger.retention.forget_due(day, "2025-11-14T14:30:00+00:00").message_ids
        assert ledger.people.who("L9", None) == []


def messages_by_event(ledger: Ledger) -> dict[tuple[str, int, int], set[int]]:
    found: dict[tuple[str, int, int], set[int]] = {}
    for event, version, retired, message in ledger._db.execute(
        "SELECT event, version, retired, message_id FROM mention"
    ):
        found.setdefault((event, version, retired), set()).add(message)
    return found


def test_a_migration_is_whole_or_not_at_all(
    former: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails in the middle: what it did until then is undone, and the ledger keeps its version."""
    broken = shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations")
    next(iter(sorted(broken.glob(f"{schema.version_of(former) + 1:03}_*")))).write_text(
        "DROP TABLE mention;\nALTER TABLE nowhere ADD COLUMN more;\n"
    )
    monkeypatch.setattr(schema, "MIGRATIONS", broken)
    before, version = schema_of(former), schema.version_of(former)
    with pytest.raises(LedgerError, match="cannot be used: no such table: nowhere"):
        Ledger(former)
    assert (schema_of(former), schema.version_of(former)) == (before, version)


def test_which_certificates_are_live_is_said_alike(tmp_path: Path) -> None:
    """By the view, which queries go by, as by the rule."""
    path = ledger_of(5, tmp_path)
    with Ledger(path) as ledger:
        for at, standing in enumerate(Standing, 1):
            ledger._db.execute("UPDATE certificate SET standing = ? WHERE id = ?", (standing.value, at))
        rows = ledger._db.execute(
            "SELECT is_live FROM certificate_and_claim WHERE id <= ? ORDER BY id", (at,)
        )
        assert [bool(row[0]) for row in rows] == [standing.is_live for standing in Standing]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "CREATE TRIGGER spy AFTER INSERT ON audit BEGIN DELETE FROM message; END",
            "it has a foreign trigger spy",
        ),
        ("DROP TRIGGER claim_gone", "it lacks the trigger claim_gone"),
        ("DROP TABLE reading", "it lacks the table reading, it lacks the index reading_claim"),
        ("DROP INDEX mention_once", "it lacks the index mention_once"),
        ("CREATE TABLE notes (text)", "it has a foreign table notes"),
        ("ALTER TABLE claim DROP COLUMN said_load", "it lacks claim.said_load"),
        ("ALTER TABLE claim ADD COLUMN note TEXT", "it has a foreign claim.note"),
        ("DROP VIEW certificate_and_claim", "it lacks the view certificate_and_claim"),
        (
            "DROP TRIGGER claim_gone; CREATE TRIGGER claim_gone AFTER DELETE ON claim BEGIN SELECT 1; END",
            "its trigger claim_gone is another",
        ),
    ],
)
def test_what_a_ledger_is_made_of_is_compared(statement: str, said: str, tmp_path: Path) -> None:
    """Named, and nothing is changed: neither by opening it nor for good."""
    path = tmp_path / "ledger.sqlite3"
    Ledger(path).__exit__(None, None, None)
    with closing(sqlite3.connect(path)) as ledger:
        ledger.executescript(statement)
    before = path.read_bytes()
    with pytest.raises(LedgerError, match=f"not as certs makes it: {re.escape(said)}") as caught:
        Ledger(path)
    assert "certs restore FILE" in caught.value.hint
    assert path.read_bytes() == before


def test_a_ledger_of_a_version_in_the_making_is_refused(tmp_path: Path) -> None:
    """Between two releases version 2 once had no record of which claims a file speaks of."""
    path = ledger_of(2, tmp_path)
    with closing(sqlite3.connect(path)) as ledger:
        ledger.execute("DROP TABLE reading")
        for column in ("catalog", "rows", "claims"):
            ledger.execute(f"ALTER TABLE load DROP COLUMN {column}")
    before = path.read_bytes()
    with pytest.raises(LedgerError, match=r"lacks the table reading, .* it lacks load.catalog, and 2 more"):
        Ledger(path)
    assert path.read_bytes() == before


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    with closing(sqlite3.connect(path)) as other:
        other.executescript("CREATE TABLE bookmarks (url TEXT);")
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="it has a foreign table bookmarks"):
        Ledger(path)
    assert path.read_bytes() == before
