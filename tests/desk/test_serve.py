"""`certs desk` as a program: on loopback alone, its address on the first line, gone by Ctrl-C."""

from __future__ import annotations

import datetime as dt
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from pipeline.ledger.schema import newest_version, version_of
from pipeline.lock import lock
from pipeline.workflow.project import migrate, who_holds
from tests.support.college import College
from tests.support.former import ROWS, make_former


@pytest.fixture
def running(quick_college: College, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program, and the address that it printed; its browser is a script that notes what it was given."""
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/opened\ncat "${{1#file://}}" > {tmp_path}/page\n')
    browser.chmod(0o755)
    desk = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "desk", "--port", "0"],
        cwd=quick_college.root,
        env={**os.environ, "BROWSER": str(browser), "DISPLAY": ":99", "PYTHONPATH": os.getcwd()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert desk.stdout
    yield desk, desk.stdout.readline().strip()
    desk.kill()
    desk.communicate()


@pytest.mark.starts
def test_the_desk_is_open_to_who_has_its_address(
    running: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    """Not to other addresses of the machine; and no other user reads the key in the list of processes."""
    desk, address = running
    url = urlsplit(address)
    assert (url.scheme, url.hostname) == ("http", "127.0.0.1")
    assert url.port
    entered = httpx.get(address, timeout=30)
    assert (entered.status_code, entered.headers["location"]) == (303, url.path)
    assert "server" not in entered.headers
    assert httpx.get(address.partition("?")[0], timeout=30).status_code == 403
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", url.port), timeout=5)
    desk.send_signal(signal.SIGINT)
    out, said = desk.communicate(timeout=30)
    assert (desk.returncode, out) == (0, "")
    assert "The desk is closed." in said
    assert "Traceback" not in said
    key = url.query.removeprefix("key=")
    opened = (tmp_path / "opened").read_text()
    assert key not in opened
    assert key in (tmp_path / "page").read_text()
    assert not Path(opened.strip().removeprefix("file://")).exists()


@pytest.mark.starts
def test_a_taken_port_is_said(running: tuple[subprocess.Popen[str], str], quick_college: College) -> None:
    port = urlsplit(running[1]).port
    second = subprocess.run(
        [sys.executable, "-m", "pipeline", "desk", "--no-open", "--port", str(port)],
        cwd=quick_college.root,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (second.returncode, second.stdout) == (1, "")
    assert f"Port {port} cannot be used" in second.stderr


def test_an_older_ledger_is_migrated_once(quick_college: College) -> None:
    """Else every look would copy it. While a command is at work it is left to that."""
    ledger, now = quick_college.data / "ledger.sqlite3", dt.datetime.now(dt.UTC)
    quick_college.data.mkdir()
    make_former(ledger, 5, ROWS / "5.sql")
    with lock(quick_college.data, "timer", "2025-11-14T05:15:00-06:00"):
        migrate(quick_college.settings, now, "desk")
        assert version_of(ledger) == 5
    migrate(quick_college.settings, now, "desk")
    assert version_of(ledger) == newest_version()
    assert who_holds(quick_college.settings) == ""


@pytest.mark.starts
def test_nobody_holds_what_a_dead_process_left(quick_college: College) -> None:
    """A lock that was killed says nothing; one that runs says who it is; and to ask keeps nobody out."""
    quick_college.data.mkdir()
    held = quick_college.data / "lock"
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    for text in (f'{{"actor": "a", "pid": {child.pid}, "since": "x"}}', "{", "[]", '{"pid": "x"}', ""):
        held.write_text(text)
        assert who_holds(quick_college.settings) == ""
    with lock(quick_college.data, "Ida", "2025-11-14"):
        assert who_holds(quick_college.settings) == f"Ida, process {os.getpid()}, since 2025-11-14"
