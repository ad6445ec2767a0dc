"""A sender killed at random instructions leaves each message in a state the next run goes on from rightly."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.support.mail_queue import SqliteQueue
from tests.support.smtp_server import SmtpServer

MESSAGES, KILLS, WORKERS = 900, 45, 4
ROOT = Path(__file__).parents[2]


@pytest.mark.starts
def test_killed_at_random_points_nobody_is_mailed_twice_and_nobody_is_lost(tmp_path: Path) -> None:
    """What the server took is compared with what the queue says, message by message.

    `sent` was taken exactly once; `unknown` at most once; nothing else was taken; at most one message a
    worker is in doubt for each kill; and after the last run nothing waits.
    """
    path = tmp_path / "queue.sqlite3"
    SqliteQueue(path, count=MESSAGES).db.close()
    with SmtpServer() as server:
        sender = [
            sys.executable,
            "-m",
            "tests.support.mail_sender",
            *map(str, (path, server.port, 11, KILLS)),
        ]
        done = subprocess.run(
            sender,
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    killed = int(done.stdout)
    taken = server.recipients()
    queue = SqliteQueue(path)
    states = queue.states()
    assert killed >= 10  # else this proves little
    assert set(states.values()) <= {"sent", "unknown"}
    assert max(taken.values()) == 1
    for address, state in states.items():
        if state == "sent":
            assert taken[address] == 1, address
    doubtful = Counter(states.values())["unknown"]
    assert doubtful <= killed * WORKERS
    # the doubt is real: some were taken, some were not
    unknown = {address for address, state in states.items() if state == "unknown"}
    assert unknown
    assert set(taken) <= set(states)
