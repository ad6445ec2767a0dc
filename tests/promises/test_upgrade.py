"""A run that was killed before an upgrade goes on after it.

The rows, and in the first lines the PDFs, were written by the program of each version itself: Ana has her
certificates and waits for her mail; Ben's were planned when the run was killed, Cy's are withheld. What was
version 1 once was another, which no released version wrote.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.ledger import schema
from pipeline.vault import Vault
from tests.support.college import College
from tests.support.former import ROWS, make_former
from tests.support.shell import Shell

KILLED = sorted((ROWS / "killed").glob("*.sql"))
NUMBERS = "SELECT number FROM certificate ORDER BY id"


@pytest.fixture(params=KILLED, ids=lambda path: f"version {path.stem}")
def shell(request: pytest.FixtureRequest, quick_college: College, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A college as that version left it."""
    rows, data = Path(request.param), quick_college.data
    data.mkdir(mode=0o700)
    make_former(data / "ledger.sqlite3", int(rows.stem), rows)
    lines = rows.read_text(encoding="utf-8").splitlines()
    Vault(data / "vault").put_many(line[3:].encode() for line in lines if line.startswith("-- %PDF"))
    return Shell(quick_college, monkeypatch)


def test_the_run_goes_on(shell: Shell) -> None:
    """The numbers that were planned are issued, everybody is mailed once, and the files say nothing new."""
    college = shell.college
    version = schema.version_of(college.data / "ledger.sqlite3")
    done = shell.json("run", "--yes", "--workers", 1)
    assert (done["issued"], done["sent"], done["mismatches"]) == (2, 2, [])
    with college.project() as project:
        numbers = [row[0] for row in project.ledger._db.execute(NUMBERS)]
    planned = (ROWS / "killed" / f"{version}.sql").read_text(encoding="utf-8")
    assert [number in planned for number in numbers] == [True] * 4
    assert sorted(str(mail["To"])[:3] for mail in college.mails()) == ["Ana", "Ben"]
    header = "activity,learner_id,email,name,cme_credits,evaluation\n"
    again = college.claims(
        "meeting-2025,L1,ana@example.org,Ana Alva,5,yes",
        "meeting-2025,L2,ben@example.org,Ben Berg,6,yes",
        "meeting-2025,L3,cy@example.org,Cy Cole,7,no",
        header=header,
    )
    done = shell.json("run", again, "--yes", "--workers", 1)
    assert [done[name] for name in ("issued", "corrected", "sent", "unchanged", "withheld")] == [
        0,
        0,
        0,
        4,
        2,
    ]
    assert "agree" in shell("verify").stdout
