"""The web host as witness: an older ledger is noticed there, what must go is gone, and what is not gone
yet is said until it is."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import PublishError
from pipeline.publish import Proof, folder
from tests.support.college import College
from tests.support.publish_site import daemon_host, folder_host, tree
from tests.support.shell import Shell
from tests.support.site_hosts import nginx_host

ROW = "meeting-2025,L{0},p{0}@example.org,Person {0},MD,yes,,10,,,yes"
LATER = dt.date(2032, 11, 1)


@pytest.fixture
def published(quick_college: College, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proved: None) -> Shell:
    """Two people whose certificates are at a folder as web host, and who were mailed."""
    del proved
    quick_college.environment["PUBLISH_TO"] = folder_host(tmp_path).target
    shell = Shell(quick_college, monkeypatch)
    issue(shell, 1, 2)
    return shell


def issue(shell: Shell, *people: int, words: tuple[str, ...] = ("--yes",), status: int = 0) -> None:
    claims = shell.college.claims(*map(ROW.format, people))
    shell("run", claims, *words, "--workers", 1, status=status)


def put_back(college: College, copy: Path) -> None:
    """All of DATA_DIR as it was, the ledger's mark among it, in the same files as far as the system knows."""
    for path in college.data.rglob("*"):
        if path.is_file() and path.suffix != ".sqlite3":
            path.unlink()
    shutil.copytree(copy, college.data, dirs_exist_ok=True)


class TestOlderLedger:
    """Put back with all that lies beside it."""

    @pytest.fixture
    def older(self, published: Shell, tmp_path: Path) -> Shell:
        shutil.copytree(published.college.data, tmp_path / "copy")
        issue(published, 3)
        put_back(published.college, tmp_path / "copy")
        return published

    @pytest.mark.parametrize(
        "words",
        [
            ("run", "--yes"),
            ("send", "--yes"),
            ("publish",),
            ("purge",),
            ("resend", "L1"),
            ("rotate", "L1", "--reason", "lost"),
            ("forget", "L1", "--reason", "asked", "--yes"),
        ],
        ids=lambda words: words[0],
    )
    def test_it_neither_publishes_nor_mails(
        self, older: Shell, tmp_path: Path, words: tuple[str, ...]
    ) -> None:
        before, mails = tree(tmp_path / "web"), len(older.college.mails())
        said = older(*words, status=5).stderr
        assert "The ledger ends with entry" in said
        assert said.endswith("--accept older-ledger\n")
        assert (tree(tmp_path / "web"), len(older.college.mails())) == (before, mails)

    def test_what_does_neither_goes_on(self, older: Shell) -> None:
        for words in (("build",), ("status",), ("find", "Person 1")):
            older(*words)
        assert "but had" in older("verify", status=1).stdout

    def test_staff_who_know_better_are_asked_once(self, older: Shell) -> None:
        older("publish", "--accept", "older-ledger")
        older("run", "--yes")

    def test_on_another_machine(self, older: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("platform.node", lambda: "another")
        said = older("send", "--yes", status=5).stderr
        assert said.endswith("--accept moved-ledger,older-ledger\n")


def test_what_was_mailed_since_is_not_mailed_again(published: Shell, tmp_path: Path) -> None:
    """The copy is of the night between `run --no-send` and `send`."""
    issue(published, 3, words=("--no-send",))
    shutil.copytree(published.college.data, tmp_path / "copy")
    published("send", "--yes")
    put_back(published.college, tmp_path / "copy")
    assert "older-ledger" in published("send", "--yes", status=5).stderr


def test_another_ledger_does_not_publish_there(published: Shell, tmp_path: Path) -> None:
    """DATA_DIR is mistyped, or a second project has the same PUBLISH_TO."""
    before = tree(tmp_path / "web")
    other = {"DATA_DIR": str(tmp_path / "vr"), "OUTPUT_DIR": str(tmp_path / "other")}
    said = published("run", published.college.claims(ROW.format(1)), "--yes", env=other, status=5).stderr
    assert "is not the one that the web host" in said
    assert tree(tmp_path / "web") == before


@pytest.mark.parametrize("step", ["_bring_up", "_swap", "_apply"])
def test_a_killed_publish_is_no_reason_to_stop(
    published: Shell, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def dies(*_: object) -> None:
        raise OSError(5, "died")

    with monkeypatch.context() as patch:
        patch.setattr(folder, step, dies)
        issue(published, 3, status=1)
    published("run", "--yes", "--workers", 1)
    assert len(published.college.mails()) == 3


def test_a_backup_that_came_back_is_published_without_a_question(published: Shell, tmp_path: Path) -> None:
    """Staff know that it is older; whoever goes on with what it replaced is stopped."""
    published("backup", tmp_path / "b.tar")
    issue(published, 3)
    shutil.copytree(published.college.data, tmp_path / "replaced")
    published("restore", tmp_path / "b.tar", "--force")
    published("run", "--yes", "--workers", 1)
    shutil.rmtree(published.college.data)
    shutil.copytree(tmp_path / "replaced", published.college.data)
    said = published("publish", "--accept", "moved-ledger", status=5).stderr
    assert "there are two copies of it" in said or "ends with entry" in said


def test_a_host_that_does_not_answer_stops_no_mail(published: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    issue(published, 3, words=("--no-send",))

    def down(*_: object) -> None:
        raise PublishError("The host does not answer.")

    for name in ("read_mark", "write_mark"):
        monkeypatch.setattr(f"pipeline.publish.{name}", down)
    published("send", "--yes")
    assert len(published.college.mails()) == 3


@pytest.mark.starts
class TestRsync:
    """The web server's folder behind rsync's own daemon."""

    @pytest.fixture
    def root(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        host, environment = daemon_host(tmp_path)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return host.root

    @pytest.fixture
    def shell(
        self, quick_college: College, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[Shell]:
        with nginx_host(root, tmp_path / "nginx", "http://localhost") as running:
            quick_college.environment |= {"PUBLISH_TO": "rsync://127.0.0.1/site", "SITE_URL": running.url}
            shell = Shell(quick_college, monkeypatch)
            issue(shell, 1, 2)
            yield shell

    def test_rsync_is_run_once_to_look_and_twice_to_publish(
        self, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """At the start for the mark; to compare; and to bring what differs, where anything does."""
        log, script = tmp_path / "runs", tmp_path / "daemon"
        script.write_text(f"#!/bin/sh\necho run >> {log}\nexec {os.environ['RSYNC_CONNECT_PROG']}\n")
        script.chmod(0o755)
        monkeypatch.setenv("RSYNC_CONNECT_PROG", str(script))
        shell("correct", "L1", "--name", "Person New", "--reason", "asked")
        assert len(log.read_text().split()) == 3
        assert "Nothing had changed" in shell("publish").stdout
        assert len(log.read_text().split()) <= 3 + 3  # a third leaves the mark of the correction
        log.write_text("")
        shell("publish")
        assert len(log.read_text().split()) == 2

    def test_when_all_is_past_retention_all_is_gone(self, shell: Shell, root: Path) -> None:
        """The last page of a kind, too, and a file of a broken transfer with it."""
        page = next(root.glob("c/*"))
        (page / ".certificate.pdf.cqVh8e").write_text("%PDF")
        assert "4 certificates" in shell("purge", "--accept", "clock", today=LATER).stdout
        assert [*(root / "c").iterdir(), *(root / "verify").glob("*/"), *root.rglob("*.pdf")] == []
        assert "Nothing had changed" in shell("publish", today=LATER).stdout

    def test_who_is_not_erased_yet_is_said_until_it_is_so(
        self, shell: Shell, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The host is down when the person is to be erased."""
        (page,) = (one for one in root.glob("c/*") if "Person 1" in (one / "index.html").read_text())
        (page / ".certificate.pdf.cqVh8e").write_text("%PDF of Person 1")
        up = os.environ["RSYNC_CONNECT_PROG"]
        monkeypatch.setenv("RSYNC_CONNECT_PROG", "false")
        assert "is not erased yet" in shell("forget", "L1", "--reason", "asked", "--yes", status=1).stderr
        assert "not erased everywhere yet" in shell("verify", status=1).stdout
        assert shell.json("status")["to_be_erased"] == 1
        assert "asked to be erased" in shell("status").stdout
        assert "to be erased on request: 1 person" in shell("run", "--yes", status=1).stderr
        monkeypatch.setenv("RSYNC_CONNECT_PROG", up)
        assert "not erased everywhere yet" in shell("publish").stdout
        shell("run", "--yes")
        assert shell.json("status")["to_be_erased"] == 0
        shell("verify")
        assert not page.exists()

    def test_an_altered_page_at_the_host_is_seen(self, shell: Shell, root: Path) -> None:
        page = next(root.glob("verify/*/index.html"))
        text = page.read_text()
        page.write_text(text.replace("Person", "Nobody"))
        assert "1 file otherwise than output/" in shell("verify", status=1).stdout
        shell("publish", "--full")
        assert page.read_text() == text
        shell("verify")


@pytest.mark.starts
class TestCaches:
    """What a network before the host may have kept, whatever host it is."""

    @pytest.fixture
    def told(self, published: Shell, tmp_path: Path) -> Path:
        """What the command was told, since this file was removed."""
        script, told = tmp_path / "purge", tmp_path / "told"
        script.write_text(f'#!/bin/sh\ncat >> "{told}"\n')
        script.chmod(0o755)
        published.college.environment["PUBLISH_PURGE"] = str(script)
        return told

    def test_public_files_that_change(self, published: Shell, told: Path) -> None:
        published.college.write_activity(
            "course", "Title: Another\nSlug: course\nFormat: enduring material\nCME_max: 10\n"
        )
        published("publish")
        site = published.college.settings.site_url
        assert f"{site}/activities/course/" in told.read_text().splitlines()
        assert "/c/" not in told.read_text()
        told.unlink()
        published("publish")
        assert not told.exists()

    def test_a_publish_that_was_killed(
        self, published: Shell, told: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The PDF had left the host by then; the next publish proves that, and has it purged."""
        before = tree(published.college.root.parent / "web" / "current")
        with monkeypatch.context() as patch:
            patch.setattr("pipeline.workflow.release.purge_caches", lambda *_: 1 / 0)
            published("correct", "L1", "--name", "Person Two", "--reason", "r", status=1)
        gone = {*before} - {*tree(published.college.root.parent / "web" / "current")}
        assert gone
        asked: list[str] = []

        def prove_gone(_site: str, paths: set[str]) -> Proof:
            asked.extend(paths)
            return Proof(0, [])

        monkeypatch.setattr("pipeline.publish.prove_gone", prove_gone)
        published("run", "--yes", "--workers", 1)
        site = published.college.settings.site_url
        assert gone <= {*asked}
        assert {f"{site}/{path}" for path in gone} <= {*told.read_text().splitlines()}
        asked.clear()
        published("publish")
        assert asked == []
