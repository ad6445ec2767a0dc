"""A run that is killed at any step and run again ends where an undisturbed one does."""

from __future__ import annotations

import os
import pkgutil
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.rules.messages.occasions import Fate
from pipeline.vault import Faults
from tests.support.college import College

HEADER = "activity,learner_id,email,name,cme_credits,evaluation\n"
ROWS = [
    f"meeting-2025,L{at},person{at}@example.org,Person {letter},{at % 5 or 7},{'yes' if at % 4 else 'no'}"
    for at, letter in enumerate("ABCDEFGHIJKL")
]

# Wherever a step has just done something, or is about to.
STEPS = [
    ("pipeline.workflow.run.load", "before"),
    ("pipeline.workflow.run.load", "after"),
    ("pipeline.workflow.run.award_files", "after"),
    ("pipeline.vault.Vault.put_many", "before"),
    ("pipeline.vault.Vault.put_many", "after"),
    ("pipeline.workflow.render._record", "after"),
    ("pipeline.workflow.run.queue_new", "after"),
    ("pipeline.vault.Vault.link", "after"),
    ("pipeline.workflow.release._record", "before"),
    ("pipeline.workflow.release.build_pages", "after"),
    ("pipeline.mail.maildir._write", "after"),
    ("pipeline.workflow.outgoing.MailQueue.record", "after"),
    ("pipeline.workflow.run.ask_and_send", "after"),
]


class Killed(BaseException):
    """As a signal would: no `except Exception` catches it."""


def state(college: College) -> tuple[object, ...]:
    """Everything that an outsider can tell two runs apart by, random secrets left out."""
    mails = sorted((str(mail["To"]), str(mail["Subject"])) for mail in college.mails())
    with college.project(locked=False) as project:
        totals, fates = project.ledger.counts.totals(), project.ledger.messages.counts()
        vault = len(list(project.vault.digests()))
        sent = [one.id for one in project.ledger.messages.in_state(Fate.SENT)]
        told = sum(map(len, project.ledger.events.of(sent, project.catalog, project.today).values()))
    return college.certificates(), college.listing(), mails, totals, fates, vault, told


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    """Where a run ends that nobody kills."""
    from tests.conftest import without_paper

    with pytest.MonkeyPatch.context() as patch:
        without_paper(patch)
        college = College(tmp_path_factory.mktemp("undisturbed"))
        college.take(*ROWS, header=HEADER)
        return state(college)


@pytest.mark.parametrize(("target", "when"), STEPS, ids=[f"{when} {name}" for name, when in STEPS])
def test_killed_at_a_step(
    quick_college: College,
    monkeypatch: pytest.MonkeyPatch,
    undisturbed: tuple[object, ...],
    target: str,
    when: str,
) -> None:
    """Same certificates, pages and mails, each once."""
    claims = quick_college.claims(*ROWS, header=HEADER)
    monkeypatch.setattr("pipeline.workflow.render.BATCH", 4)
    with monkeypatch.context() as patch:
        patch.setattr(target, _deadly(pkgutil.resolve_name(target), when))
        with pytest.raises(Killed):
            quick_college.run(claims)
    report = quick_college.run(claims)
    assert report.mismatches == []
    assert state(quick_college) == undisturbed


def _deadly(function: Callable[..., Any], when: str) -> Callable[..., Any]:
    def deadly(*args: Any, **kwargs: Any) -> Any:
        if when == "after":
            function(*args, **kwargs)
        raise Killed

    return deadly


@pytest.mark.starts
def test_killed_by_the_system_at_random(college: College) -> None:
    """The program itself, killed nine times with real certificates under way: nothing lost, nothing twice."""
    claims = college.claims(*ROWS[:5], header=HEADER)
    command = [sys.executable, "-m", "pipeline", "run", "--yes", "--workers", "1", str(claims)]
    environment = {
        **os.environ,
        **college.environment,
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    chance = random.Random(20251114)
    for _ in range(9):
        process = subprocess.Popen(
            command, cwd=college.root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=chance.uniform(0.5, 3.0))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
    done = subprocess.run(
        command, cwd=college.root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert [name for name, *_ in college.certificates()] == [f"Person {letter}" for letter in "BBCCDD"]
    mailed = sorted(mail["To"].addresses[0].addr_spec for mail in college.mails())
    assert mailed == [f"person{at}@example.org" for at in range(5)]  # whom something is missing for, too
    with college.project(locked=False) as project:
        assert project.ledger.messages.counts() == {"sent": 5}
        assert project.vault.faults(project.ledger.certificates.digests()) == Faults()


def test_killed_while_the_first_file_of_output_is_written(quick_college: College) -> None:
    """What is left there of the first build is no stranger's file."""
    quick_college.output.mkdir()
    (quick_college.output / "_headers.part").write_text("half of")
    assert quick_college.take(*ROWS, header=HEADER).mismatches == []
    assert "_headers.part" not in quick_college.listing()
