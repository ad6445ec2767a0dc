"""certs runs: what each run did is on record, also of one that did not end."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from pipeline.errors import PublishError
from pipeline.workflow import run as running
from tests.support.college import TODAY, College
from tests.support.shell import Shell

ANA = "meeting-2025,L1,ana@example.org,Ana Alva,MD,yes,,12.25,,,yes"
BO = "meeting-2025,L2,bo@example.org,Bo Berg,,yes,,20,10.5,5,no"
BAD = "meeting-2025,L4,dee-at-example,Dee Doe,,yes,,7.1,,,yes"


def test_a_run_is_told_with_its_figures_files_and_actor(shell: Shell) -> None:
    """Newest first; what there is none of is left out; a run without a file has none."""
    claims = shell.college.claims(ANA, BO, BAD, name="october.csv")
    shell("--actor", "ida", "run", claims, "--yes", "--workers", 1, status=3)
    shell("run", "--no-send", "--workers", 1, env={"CERTS_ACTOR": "timer"})
    second, first = shell.json("runs")
    assert (first["run"], first["by"], first["state"]) == (1, "ida", "done")
    assert first["files"] == ["october.csv"]
    assert first["begun_at"] == "2025-11-14T09:30:00-05:00"
    assert first["ended_at"] >= first["begun_at"]
    assert first["figures"] == {
        "rows": 3,
        "set_aside": 1,
        "issued": 2,
        "withheld": 2,
        "written": 2,  # no mail server is set
    }
    assert (second["run"], second["by"], second["files"]) == (2, "timer", [])
    assert second["figures"] == {}
    lines = shell("runs").stdout.splitlines()
    assert re.fullmatch(r"1  2025-11-14 09:30 EST, by ida, took \d+ s: october.csv", lines[1])
    assert lines[2] == "  3 rows, 1 set aside, 2 issued, 2 withheld, 2 written"


def test_a_run_that_was_killed_has_no_end(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it had issued by then is counted; the next run ends whatever doubt there is about it."""

    def killed(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(running, "release", killed)
        patch.setattr("pipeline.ledger.runs.Runs.end", killed)
        shell("run", shell.college.claims(ANA), "--yes", "--workers", 1, status=None)
    (one,) = shell.json("runs")
    assert (one["state"], one["ended_at"]) == ("begun", None)
    assert one["figures"] == {"rows": 1, "issued": 2}
    assert "not ended: it goes on, or was killed" in shell("runs").stdout
    assert "not ended: it goes on, or was killed" in shell("status").stdout
    shell("run", "--yes", "--workers", 1)
    assert "not ended: it was killed" in shell("runs").stdout
    assert "killed" not in shell("status").stdout
    assert shell.json("status")["last_run"]["run"] == 2


def test_a_run_that_stops_is_told_as_stopped(college: College, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object, **__: object) -> None:
        raise PublishError("The host is down.")

    monkeypatch.setattr(running, "release", down)
    with pytest.raises(PublishError):
        college.take(ANA)
    with college.project(TODAY, locked=False) as project:
        (one,) = project.ledger.runs.newest_first()
    assert one.state == "stopped"
    assert one.ended_at is not None
    assert one.ended_at.date() == TODAY
    assert one.begun_at == dt.datetime(2025, 11, 14, 14, 30, tzinfo=dt.UTC)


def test_there_may_be_no_run_on_record(shell: Shell) -> None:
    assert shell.json("runs") == []
    assert "No run is on record." in shell("runs").stderr
    assert shell.json("status")["last_run"] is None
