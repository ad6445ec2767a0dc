"""What operators run into: lost files, killed runs, other settings, full disks, careless options."""

from __future__ import annotations

import datetime as dt
import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipeline.ledger import schema
from pipeline.rules.certificates.activities import Kind
from pipeline.workflow import backup, desk, restore, standing
from pipeline.workflow.project import Project
from pipeline.workflow.release import publish_site
from pipeline.workflow.send import SentNow
from tests.support.college import ACTIVITIES, TODAY, College
from tests.support.shell import Shell

HEADER = "activity,learner_id,email,name,completed_on,cme_credits,evaluation\n"
ANA = "meeting-2025,L1,ana@example.org,Ana Alva,,10,yes"
ZED = "course,L2,zed@example.org,Zed Zzyzx,2019-11-14,5,"
NEXT_DAY = TODAY + dt.timedelta(days=1)  # Zed is past retention


@pytest.fixture
def issued(quick_college: College) -> College:
    """Ana Alva with two certificates; and Zed Zzyzx, whose two are past retention tomorrow."""
    quick_college.take(ANA, ZED, header=HEADER)
    return quick_college


def digest_of(college: College, name: str, kind: str = "cme") -> str:
    with college.project() as project:
        (found,) = project.ledger._db.execute(
            "SELECT sha256 FROM version v JOIN certificate x ON x.id = certificate_id"
            " WHERE name = ? AND kind = ?",
            (name, kind),
        ).fetchone()
        return str(found)


def in_vault(college: College, digest: str) -> Path:
    return college.data / "vault" / digest[:2] / digest


def holding(college: College, text: str) -> list[Path]:
    return [path for path, data in college.bytes_under() if text.encode() in data]


def test_a_lost_file_stops_neither_retention_nor_erasure(
    issued: College, redesign: Callable[[], None]
) -> None:
    """Where vault and output/ both lost it, the run says so, and does all the rest."""
    redesign()
    digest = digest_of(issued, "Ana Alva")
    in_vault(issued, digest).unlink()
    shutil.rmtree(issued.output)
    report = issued.run(today=NEXT_DAY)
    assert report.purged == 2
    assert [line for line in report.mismatches if digest[:12] in line]
    assert holding(issued, "Zed Zzyzx") == []
    assert len(list(issued.page("Ana Alva").glob("*-certificate-*.pdf"))) == 1
    with issued.project(NEXT_DAY) as project:
        assert desk.forget(project, "L1", "asked", lambda _: True) == 2
    assert holding(issued, "Ana Alva") == []


@pytest.mark.usefixtures("proved")
def test_a_page_whose_file_is_lost_does_not_block_the_publish(
    issued: College, redesign: Callable[[], None], tmp_path: Path
) -> None:
    """Another page that is due goes away; the page is published anew once the file is back."""
    redesign()
    issued.environment["PUBLISH_TO"] = str(tmp_path / "host")
    path = in_vault(issued, digest_of(issued, "Ana Alva"))
    lost = path.read_bytes()
    path.unlink()
    shutil.rmtree(issued.output)
    assert issued.run(today=NEXT_DAY).purged == 2
    hosted = tmp_path / "host" / "current" / "c"
    assert len(list(hosted.glob("*/*-certificate-*.pdf"))) == 1
    path.write_bytes(lost)
    assert issued.run(today=NEXT_DAY).mismatches == []
    assert len(list(hosted.glob("*/*-certificate-*.pdf"))) == 2


def test_what_a_killed_run_left_in_the_vault_goes(issued: College, shell: Shell) -> None:
    """PDFs that no certificate refers to name people whom no rule of retention would ever see."""
    with issued.project() as project:
        (orphan,) = project.vault.put_many([b"%PDF- of somebody"])
    in_vault(issued, orphan).with_name(f"{orphan}.part").write_bytes(b"half of one")
    issued.run()
    with issued.project() as project:
        assert set(project.vault.digests()) == project.ledger.certificates.digests().keys()
    assert shell("verify").stdout.startswith("Ledger, vault")


def hosted(folder: Path) -> int:
    return len(list((folder / "current" / "c").glob("*/index.html")))


@pytest.mark.parametrize("now", ["another", ""])
@pytest.mark.usefixtures("proved")
def test_a_former_host_is_not_forgotten_unasked(
    issued: College, shell: Shell, tmp_path: Path, now: str
) -> None:
    """Where PUBLISH_TO changed, nothing is published or purged until staff have taken the old site away."""
    issued.environment["PUBLISH_TO"] = str(tmp_path / "host")
    issued.run()
    issued.environment["PUBLISH_TO"] = new = str(tmp_path / now) if now else ""
    said = shell.refused("run", "--accept", "clock", today=NEXT_DAY)
    assert str(tmp_path / "host") in said
    assert "2 private pages" not in said
    assert "6 private pages" in said
    assert len(holding(issued, "Zed Zzyzx")) > 0
    assert not now or not Path(new).exists()

    issued.environment["PUBLISH_TO"] = str(tmp_path / "host")  # the way back
    shell("run", "--no-send", today=NEXT_DAY)
    issued.environment["PUBLISH_TO"] = new  # and the way on
    assert str(tmp_path / "host") in shell("publish", "--leave-old-host", today=NEXT_DAY).stdout
    shell("run", today=NEXT_DAY)
    assert holding(issued, "Zed Zzyzx") == []
    assert not now or hosted(Path(new)) == 1


@pytest.mark.parametrize(
    "command",
    [
        ["hold", "L1"],
        ["hold", "--release", "L1"],
        ["correct", "L1", "--name", "Ana Alba"],
        ["rotate", "L1"],
        ["withdraw", "XXXX"],
        ["reinstate", "XXXX"],
        ["forget", "L1", "--yes"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("reason", ["", "  "])
def test_no_reason_is_no_reason(issued: College, shell: Shell, command: list[str], reason: str) -> None:
    """An empty --reason changes nothing: it would hold nothing, and a correction would show as none."""
    before = issued.certificates()
    result = shell(*command, "--reason", reason, status=2)
    assert "must not be empty" in result.stderr
    assert issued.certificates() == before
    assert issued.do(desk.one_person, "L1").held == ""


@pytest.mark.parametrize("name", ["", "   "])
def test_a_name_cannot_be_taken_away(issued: College, shell: Shell, name: str) -> None:
    """Credentials can."""
    assert "is missing" in shell("correct", "L1", "--name", name, "--reason", "x", status=2).stderr
    assert {row[0] for row in issued.certificates()} == {"Ana Alva", "Zed Zzyzx"}
    shell("correct", "L1", "--credentials", "MD", "--reason", "asked")
    shell("correct", "L1", "--credentials", "", "--reason", "asked")
    assert issued.do(desk.one_person, "L1").credentials == ""


@pytest.mark.parametrize(
    "command",
    [
        ["resend", "L1"],
        ["rotate", "L1", "--reason", "x"],
        ["correct", "L1", "--name", "Ana Alba", "--mail", "--reason", "x"],
    ],
    ids=lambda words: str(words[0]),
)
def test_a_mail_that_failed_shows_in_the_exit_status(
    issued: College, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """The deed is done and its mail is not: 3, as of a run."""
    from pipeline.rules.messages.occasions import Fate

    def refuse(project: Project, ids: Sequence[int]) -> SentNow:
        with project.ledger.transaction():
            for one in ids:
                project.ledger.messages.step(one, Fate.FAILED, 1, project.now, (550, "5.1.1", "no such user"))
        return SentNow([project.ledger.messages.get(one) for one in ids])

    certs = Shell(issued, monkeypatch)
    certs(*command)
    monkeypatch.setattr("pipeline.cli.sent.send_these", refuse)
    if command[0] == "correct":
        command = [word.replace("Alba", "Alma") for word in command]
    assert "no such user" in certs(*command, status=3).stdout


def test_withdraw_says_who_reads_the_reason(shell: Shell) -> None:
    """It stands on public pages: nobody shall write there what is meant for the audit trail."""
    for command in ("withdraw", "correct"):
        assert "public verification" in " ".join(shell(command, "--help").stdout.split())
    assert "shown to nobody else" in " ".join(shell("rotate", "--help").stdout.split())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/college/var/rejects/x.csv"), "x.csv"),
        (OSError(errno.EROFS, "Read-only file system"), "Read-only file system."),
        (OSError(errno.EACCES, "Permission denied", "/college/output/c/secrettoken"), "denied: c."),
        (sqlite3.OperationalError("database or disk is full"), "database or disk is full."),
    ],
)
def test_a_full_disk_is_a_sentence(
    issued: College, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    """Wherever it happens: what the system refused, and what to do; no traceback, no path, no token."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("pipeline.workflow.plan.load", fail)
    path = issued.claims("course,L5,eve@example.org,Eve Ek,2025-11-01,5.1,", header=HEADER)
    sentence = Shell(issued, monkeypatch).refused("run", path)
    assert said in sentence
    assert "secrettoken" not in sentence
    assert "/" not in sentence


def test_a_folder_that_is_not_writable_does_not_want_room(
    issued: College, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite writes beside a ledger even to read it: looking on a read-only disk says what is missing."""
    for error in (
        sqlite3.OperationalError("attempt to write a readonly database"),
        OSError(errno.EROFS, "Read-only file system", str(issued.data / "ledger.sqlite3")),
    ):

        def fail(*_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr("pipeline.ledger.schema._migrate", fail)
        monkeypatch.setattr("pipeline.ledger.schema.os.access", lambda *_: False)
        for words in (("status",), ("find", "ana")):
            said = shell(*words, status=1).stderr
            assert "DATA_DIR, is not writable" in said
            assert "room" not in said


def test_a_signal_at_the_commit_leaves_nothing_half_done(
    issued: College, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C at that very moment: the mark beside the vault must not be of a deed that is undone."""

    class Interrupted:
        def __init__(self, connection: sqlite3.Connection) -> None:
            self.connection = connection

        def __getattr__(self, name: str) -> Any:
            return getattr(self.connection, name)

        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            if sql == "COMMIT":
                raise KeyboardInterrupt
            return self.connection.execute(sql, *values)

    with issued.project() as project:
        before = project.ledger.origin.mark()
        monkeypatch.setattr(project.ledger, "_db", Interrupted(project.ledger._db))
        with pytest.raises(KeyboardInterrupt), project.ledger.transaction():
            project.on_record("a deed")
        assert project.ledger.origin.mark() == before


def test_a_new_ledger_is_said_and_looking_makes_none(shell: Shell) -> None:
    """DATA_DIR may be mistyped: the ledger that is found there is empty."""
    wrong, vr = {"DATA_DIR": "vr"}, shell.college.root / "vr"
    for words in (("status",), ("find", "ana"), ("send", "--dry-run")):
        assert "ledger was begun" not in shell(*words, status=None, env=wrong).output
        assert not vr.exists()
    said = shell("send", "--yes", env=wrong).stderr
    assert said.count("A new ledger was begun in vr/.") == 1
    assert "ledger was begun" not in shell("send", "--yes", env=wrong).output


def test_a_password_that_others_can_read_is_said(shell: Shell) -> None:
    env = shell.college.root / ".env"
    env.write_text("SMTP_PASSWORD=secret-word\nSITE_URL=https://certificates.example.org\n")
    for mode, count in ((0o644, 1), (0o640, 1), (0o600, 0)):
        env.chmod(mode)
        for words in (("status",), ("send", "--yes"), ("run", "--yes", "--workers", 1)):
            said = shell(*words)
            assert (
                said.stderr.count("SMTP_PASSWORD, and others on this machine may read it: chmod 600") == count
            )
            assert "secret-word" not in said.output
    env.chmod(0o644)
    env.write_text("SMTP_PASSWORD=\n")
    assert "chmod" not in shell("status").stderr


@pytest.mark.parametrize("full", [True, False])
def test_only_a_damaged_ledger_is_to_be_restored(
    issued: College, shell: Shell, monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    """Restoring takes back what was done since: no advice for a disk that wants room."""
    if full:
        fault = sqlite3.OperationalError("disk I/O error")
        fault.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE

        def fail(*_: object) -> None:
            raise fault

        monkeypatch.setattr("pipeline.ledger.schema._migrate", fail)
    else:
        for path in issued.data.glob("ledger.sqlite3*"):
            path.write_bytes(b"no ledger at all, " * 100)
    result = shell("status", status=1)
    assert ("certs restore" in result.stderr) is not full
    assert ("Make room" in result.stderr) is full


@pytest.fixture
def backed_up(issued: College, tmp_path: Path) -> College:
    """A backup of it all lies beside the project."""
    with issued.project(locked=False) as project:
        backup.backup(project, tmp_path / "certs.tar")
    return issued


def restored(college: College) -> tuple[int, bool]:
    return restore.put_back(
        college.settings, college.root.parent / "certs.tar", True, "2025-11-14T14:30:00+00:00", "tester"
    )


def test_a_restore_brings_no_leaked_link_back(backed_up: College) -> None:
    """Who was given a new link since the backup keeps it, also through a second restore."""
    leaked, other = backed_up.page("Ana Alva").name, backed_up.page("Zed Zzyzx").name
    backed_up.do(desk.rotate, "L1", "leaked")
    new = backed_up.page("Ana Alva").name
    for _ in range(2):
        _, is_blind = restored(backed_up)
        assert not is_blind
        backed_up.run(send=False)
        assert backed_up.page("Ana Alva").name == new != leaked
        assert backed_up.page("Zed Zzyzx").name == other
        with backed_up.project() as project:
            assert list(project.ledger.audit.faults()) == []


def test_a_restore_keeps_withdrawn_what_was_withdrawn(backed_up: College) -> None:
    with backed_up.project() as project:
        person = desk.one_person(project, "L1")
        number = project.ledger.pages.entries(person.id, TODAY)[0].facts.number
        standing.withdraw(project, number, "claimed by mistake")
    restored(backed_up)
    backed_up.run(send=False)
    text = (backed_up.output / "verify" / number / "index.html").read_text()
    assert "This certificate was withdrawn" in text
    assert "claimed by mistake" in text


def test_a_restore_says_where_it_knows_of_nothing_since(backed_up: College, shell: Shell) -> None:
    """With the ledger lost there is nobody to ask: staff are told what to do again."""
    shutil.rmtree(backed_up.data)
    said = shell("restore", backed_up.root.parent / "certs.tar").stdout
    assert "since the backup is not known" in said


def test_what_a_killed_backup_or_check_left_goes(issued: College) -> None:
    """Copies of the ledger in DATA_DIR hold people whom retention does not see; one under way stays."""
    from pipeline.workflow.project import REHEARSAL

    now = dt.datetime.combine(TODAY, dt.time(9, 30), ZoneInfo("America/New_York")).timestamp()
    for name, age in ((".old.tar.part", 4000), (".new.tar.part", 60)):
        (issued.data / name).mkdir()
        (issued.data / name / "archive").write_bytes(b"Zed Zzyzx")
        for path in (issued.data / name / "archive", issued.data / name):
            os.utime(path, (now - age, now - age))
    (issued.data / f"{REHEARSAL}{2**22 + 1}-x").mkdir()  # no process has this number
    (issued.data / f"{REHEARSAL}{os.getpid()}-x").mkdir()
    issued.run()
    left = {path.name for path in issued.data.iterdir() if path.name.startswith(".")}
    assert left == {".new.tar.part", f"{REHEARSAL}{os.getpid()}-x"}


def test_who_only_looks_does_not_migrate(
    issued: College, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger of an older version stays as it is, byte for byte, until a command that holds the lock."""
    newer = shutil.copytree(schema.MIGRATIONS, issued.root / "migrations")
    (newer / "999_added.sql").write_text("CREATE TABLE added (id INTEGER PRIMARY KEY) STRICT;\n")
    monkeypatch.setattr(schema, "MIGRATIONS", newer)
    before = (issued.data / "ledger.sqlite3").read_bytes()
    assert shell.json("find", "L1")[0]["name"] == "Ana Alva"
    assert shell.json("status")["certificates"] == 4
    shell("check", issued.root / "claims-1.csv")
    assert (issued.data / "ledger.sqlite3").read_bytes() == before
    assert list(issued.data.glob(".*")) == []
    shell("run", "--no-send")
    assert schema.version_of(issued.data / "ledger.sqlite3") == schema.newest_version()


@pytest.mark.parametrize("event", ["correction", "new link", "closed download", "full publish"])
@pytest.mark.usefixtures("proved")
def test_the_hosts_copy_may_be_the_last_one(
    issued: College, redesign: Callable[[], None], tmp_path: Path, event: str
) -> None:
    """Where vault and output/ both lost a PDF, no publish removes the host's: it is put back first."""
    redesign()
    college, host = issued, tmp_path / "host"
    college.environment["PUBLISH_TO"] = str(host)
    college.run()
    digest = digest_of(college, "Ana Alva")
    path = in_vault(college, digest)
    issued_bytes = path.read_bytes()
    path.unlink()
    for copy in college.page("Ana Alva").glob("*-cme-certificate-*.pdf"):
        copy.unlink()
    with college.project() as project:
        if event == "correction":
            other = next(
                entry.facts.number
                for entry in project.ledger.pages.entries(desk.one_person(project, "L1").id, project.today)
                if entry.facts.kind is Kind.PARTICIPATION
            )
            standing.withdraw(project, other, "by mistake")
        elif event == "new link":
            desk.rotate(project, "L1", "it leaked")
        elif event == "full publish":
            publish_site(project, full=True)
    if event == "closed download":
        college.write_activity(
            "meeting-2025", ACTIVITIES["meeting-2025"] + f"Download_until: {TODAY - dt.timedelta(days=1)}\n"
        )
        college.run()
    assert path.read_bytes() == issued_bytes
    assert college.run().mismatches == []
    hosted = [file.read_bytes() for file in (host / "current" / "c").glob("*/*.pdf")]
    assert (issued_bytes in hosted) == (event != "closed download")


@pytest.mark.starts
def test_what_is_lost_everywhere_is_told_with_the_way_back(
    issued: College, redesign: Callable[[], None], shell: Shell, tmp_path: Path
) -> None:
    """The command that is named takes the one file out of a backup, and the next run is well."""
    redesign()
    issued.do(backup.backup, tmp_path / "backup")
    digest = digest_of(issued, "Ana Alva")
    in_vault(issued, digest).unlink()
    shutil.rmtree(issued.output)
    result = shell("run", "--yes", "--workers", 1, status=1)
    (line,) = [
        line
        for line in result.stderr.splitlines()
        if line.startswith(f"lost: the vault's file {digest[:12]}")
    ]
    words = line.partition("certs ")[2].replace("BACKUP", str(tmp_path / "backup")).split()
    assert "Put back into the vault: 1 PDF; still lost: 0." in shell(*words).stdout
    assert issued.run().mismatches == []
