"""PUBLISH_TO over a real ssh to a real sshd on loopback: it works without anybody at the keyboard, and what
cannot work is a sentence, before anything at the host is touched."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pipeline.errors import PublishError
from pipeline.login import one_login, shared_login
from pipeline.publish import check_access, publish, read_mark
from tests.support.college import TODAY, College
from tests.support.publish_site import Site, tree
from tests.support.shell import Shell
from tests.support.site_hosts import nginx_host
from tests.support.site_people import number, token
from tests.support.ssh_server import NAME, Sshd, new_key, sshd

pytestmark = pytest.mark.starts


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sshd]:
    """A host that lets us in, as the operator set it up; whoever is asked anything says yes, and notes it."""
    with sshd(tmp_path / "sshd") as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site of three that is at the host; since then one has expired and one has come."""
    site = Site(tmp_path / "output").start().person(1).person(2).person(3)
    shutil.copytree(site.output, tmp_path / "www")
    site.note()
    return site.without(1).person(4)


def test_the_host_follows(site: Site, server: Sshd, tmp_path: Path) -> None:
    """Nothing happens while its key is unknown; then new and expired pages travel. Nobody is asked."""
    target, web = f"{NAME}:{tmp_path / 'www'}", tmp_path / "www"
    before, known = tree(web), server.known_hosts.read_text()
    server.known_hosts.write_text("")
    with pytest.raises(PublishError):
        publish(site.output, target, site.record)
    assert tree(web) == before
    server.known_hosts.write_text(known)
    changes = publish(site.output, target, site.record)
    assert (changes.added, len(changes.removed)) == (3, 3)
    assert tree(web) == tree(site.output)
    assert server.asked == ""


@pytest.mark.usefixtures("site")
def test_access_is_looked_at_and_nothing_changed(server: Sshd, tmp_path: Path) -> None:
    """A host that lets us in; one that does not know us; one that takes the connection and says nothing."""
    before = tree(tmp_path / "www")
    check_access(f"{NAME}:{tmp_path / 'www'}", 6)
    assert tree(tmp_path / "www") == before
    server.known_hosts.write_text("")
    with pytest.raises(PublishError, match="ssh does not know its key"):
        check_access(f"{NAME}:{tmp_path / 'www'}", 6)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(PublishError, match="does not answer"),
    ):
        check_access(f"rsync://127.0.0.1:{silent.getsockname()[1]}/www", 1)


FAILURES = {
    "unknown key": "ssh does not know its key",
    "changed key": "its key is not the one ssh knows",
    "no way in": "ssh cannot log in there without a password",
    "locked key": "ssh cannot log in there without a password",
    "nobody at the port": "nobody answers at that port",
    "no such host": "there is no host of that name",
    "no rsync": "there is no rsync at the other end",
}


@pytest.mark.parametrize("what", FAILURES)
def test_what_cannot_work_is_said(what: str, site: Site, server: Sshd, tmp_path: Path) -> None:
    """Each with its own reason and ssh's own words; nobody is asked, and nothing at the host changes."""
    before = tree(tmp_path / "www")
    if what == "unknown key":
        server.known_hosts.write_text("")
    elif what == "changed key":
        known = server.known_hosts.read_text().split()[0]
        server.known_hosts.write_text(f"{known} {new_key(tmp_path / 'other')}\n")
    elif what == "no way in":
        server.authorized_keys.write_text("")
    elif what == "locked key":
        server.authorized_keys.write_text(new_key(server.home / "user_key", "a long phrase") + "\n")
    elif what == "nobody at the port":
        server.config.write_text(server.config.read_text().replace("    Port ", "    Port 1 # "))
    elif what == "no such host":
        server.config.write_text(server.config.read_text().replace("127.0.0.1", "nowhere.invalid"))
    else:
        server.authorized_keys.write_text(f'command="no-rsync-here" {server.authorized_keys.read_text()}')
    with pytest.raises(PublishError, match=FAILURES[what]) as refused:
        publish(site.output, f"{NAME}:{tmp_path / 'www'}", site.record)
    assert server.asked == ""
    assert tree(tmp_path / "www") == before
    assert NAME in refused.value.message
    assert "@@" not in refused.value.message
    assert "run certs publish" in refused.value.hint
    text = "".join(traceback.format_exception(refused.value))
    assert not [secret for secret in (token(1), number(1), *site.secrets) if secret in text]


def test_a_run_over_ssh(
    quick_college: College, server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`certs run` publishes, proves and mails; with the key of the host unknown it stops before it mails, in
    one sentence; then `certs publish` and `certs send` do the rest."""
    college, web = quick_college, tmp_path / "www"
    college.environment["PUBLISH_TO"] = f"{NAME}:{web}"
    shell = Shell(college, monkeypatch)
    row = "meeting-2025,L{0},p{0}@example.org,Person {0},MD,yes,,10,,,yes"
    with nginx_host(web, tmp_path / "nginx", "http://localhost") as running:
        college.environment["SITE_URL"] = running.url
        shell("run", college.claims(row.format(1)), "--yes")
        assert server.logins == 1
        assert tree(web) == tree(college.output)
        known, before = server.known_hosts.read_text(), tree(web)
        server.known_hosts.write_text("")
        tomorrow = TODAY + dt.timedelta(days=1)
        said = shell("run", college.claims(row.format(2)), "--yes", status=1, today=tomorrow).stderr
        assert f"certs: {NAME}:{web} could not be read: ssh does not know its key" in said
        assert (tree(web), len(college.mails())) == (before, 1)
        server.known_hosts.write_text(known)
        shell("publish", today=tomorrow)
        assert server.logins == 2
        shell("send", "--yes", today=tomorrow)
    assert tree(web) == tree(college.output)
    assert len(college.mails()) == 2
    assert server.asked == ""


class TestOneLogIn:
    """ssh logs in once for all that a command does, and nothing of it is left."""

    @pytest.fixture
    def scratch(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
        """Where temporary folders are made: a short path, as ssh's socket lies there."""
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            monkeypatch.setattr(tempfile, "tempdir", folder)
            monkeypatch.setenv("TMPDIR", folder)
            yield Path(folder)
            assert list(Path(folder).iterdir()) == []
            assert running_with(folder) == []

    def test_a_publish(self, site: Site, server: Sshd, tmp_path: Path, scratch: Path) -> None:
        target = f"{NAME}:{tmp_path / 'www'}"
        with one_login():
            publish(site.output, target, site.record)
            assert running_with(str(scratch))
            site.note()
            site.person(5)
            publish(site.output, target, site.record, b"mark")
            assert read_mark(target) == b"mark"
        assert tree(tmp_path / "www") == tree(site.output)
        assert server.logins == 1
        assert server.asked == ""

    @pytest.mark.usefixtures("site")
    def test_each_host_and_user_has_their_own(self, server: Sshd, tmp_path: Path, scratch: Path) -> None:
        known, other = server.config.read_text(), "other.example.org"
        server.config.write_text(known + known.replace(NAME, other))
        with one_login():
            for host in (NAME, other, NAME):
                check_access(f"{host}:{tmp_path / 'www'}", 6)
            assert len(running_with(str(scratch))) == 2
            options = [shared_login(host) for host in (NAME, f"somebody@{NAME}", f"nobody@{NAME}", other)]
            assert len({*options}) == 4
        assert server.logins == 2

    def test_a_failure_ends_it(self, site: Site, server: Sshd, tmp_path: Path, scratch: Path) -> None:
        """The next command logs in anew."""
        target = f"{NAME}:{tmp_path / 'www'}"
        with suppress(KeyboardInterrupt), one_login():
            check_access(target, 6)
            assert running_with(str(scratch))
            raise KeyboardInterrupt
        server.known_hosts.write_text("")
        with pytest.raises(PublishError, match="does not know its key"), one_login():
            publish(site.output, target, site.record)

    @pytest.mark.usefixtures("site")
    def test_ctrl_c_in_a_terminal(self, server: Sshd, tmp_path: Path, scratch: Path) -> None:
        """It reaches all processes that the terminal knows of; what ssh left in the background is none."""
        script = (
            "from pipeline.login import one_login\nfrom pipeline.publish import check_access\n"
            f"import time\nwith one_login():\n    check_access('{NAME}:{tmp_path / 'www'}', 6)\n"
            "    print('in', flush=True)\n    time.sleep(60)\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0
        ) as command:
            assert command.stdout
            assert command.stdout.readline() == b"in\n"
            assert running_with(str(scratch))
            os.killpg(command.pid, signal.SIGINT)
            assert b"KeyboardInterrupt" in command.communicate(timeout=20)[1]
        assert server.logins == 1

    def test_what_the_operator_set_up_is_used(self, server: Sshd, tmp_path: Path, scratch: Path) -> None:
        """Also where somebody else's ssh, or a folder with a long name, would not do."""
        with one_login():
            assert str(scratch) in shared_login(NAME)
        own = tmp_path / "own_config"
        own.write_text(f"ControlPath {tmp_path}/%C\n{server.config.read_text()}")
        with pytest.MonkeyPatch.context() as patch:
            for ssh in (f"ssh -F {own}", "false", "/no/such/ssh", "ssh 'unbalanced"):
                patch.setenv("RSYNC_RSH", ssh)
                with one_login():
                    assert shared_login(NAME) == ""
        (scratch / ("x" * 70)).mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tempfile, "tempdir", str(scratch / ("x" * 70)))
            with one_login():
                assert shared_login(NAME) == ""
        (scratch / ("x" * 70)).rmdir()
        assert shared_login(NAME) == ""


def running_with(words: str) -> list[str]:
    """Processes whose command line names these; a moment is given to what is just ending."""
    for _ in range(50):
        found = [
            line
            for path in Path("/proc").glob("[0-9]*/cmdline")
            if words in (line := command_line(path)) and "[mux]" in line
        ]
        if not found:
            break
        threading.Event().wait(0.02)
    return found


def command_line(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(errors="replace")
    return ""
