"""certs missing: who is on record for a file's activities and not in the file."""

from __future__ import annotations

import csv
import stat
from pathlib import Path

import pytest

from tests.support.shell import Shell, digest

HEADER = "activity,learner_id,email,name,cme_credits,evaluation\n"
ANA = "meeting-2025,L1,ana@example.org,Ana Alva,12.25,yes"
BO = "meeting-2025,L2,bo@example.org,Bo Berg,20,yes"
CY = "meeting-2025,,cy@example.org,Cy Cole,5,no"
DEE = "spring,L4,dee@example.org,Dee Doe,3,"
ANA_TOO = "spring,L1,ana@example.org,Ana Alva,3,"


@pytest.fixture
def issued(shell: Shell) -> Shell:
    """Ana and Bo have certificates of the meeting, Cy's are withheld; Dee and Ana were at another."""
    shell.college.write_meeting("spring")
    shell.college.take(ANA, BO, CY, DEE, ANA_TOO, header=HEADER)
    return shell


def missing(shell: Shell, *rows: str, status: int = 0) -> dict[str, list[str]]:
    """The names in each list."""
    path = shell.college.claims(*rows, header=HEADER)
    found = shell.json("missing", path, status=status)
    return {name: [one["name"] for one in found[name]] for name in ("missing", "unsure")}


def test_who_is_not_in_the_file_is_told_with_what_they_hold(issued: Shell) -> None:
    """Of the file's activities alone; nothing at all is changed."""
    path = issued.college.claims(ANA, header=HEADER)
    before = digest(issued.college.root)
    found = issued.json("missing", path)
    shown = issued("missing", path).stdout
    assert digest(issued.college.root) == before
    assert found["activities"] == ["meeting-2025"]
    bo, cy = found["missing"]
    assert (bo["name"], bo["email"], bo["learner_id"]) == ("Bo Berg", "bo@example.org", "L2")
    assert [(one["kind"], one["cme"], one["standing"]) for one in bo["certificates"]] == [
        ("participation", 0, "valid"),
        ("cme", 20, "valid"),
    ]
    assert (cy["name"], cy["certificates"]) == ("Cy Cole", [])
    assert cy["withheld"][1] == {"kind": "cme", "missing": ["evaluation"]}
    assert "meeting-2025: 2 people are on record and not in the file." in shown
    assert (
        "Cy Cole <cy@example.org>: Certificate of Participation withheld: evaluation not completed" in shown
    )


def test_a_person_is_known_as_a_run_would_know_them(issued: Shell) -> None:
    """By learner id whatever the address, by address and name without one; of each activity by itself."""
    new_address = "meeting-2025,L1,ana@new.example,Ana Alva,1,yes"
    assert missing(issued, new_address, BO, "meeting-2025,,CY@example.org,Cy Cole,5,yes") == {
        "missing": [],
        "unsure": [],
    }
    assert missing(issued, ANA, BO, CY, DEE) == {"missing": ["Ana Alva"], "unsure": []}


def test_a_row_that_does_not_count_leaves_it_open(issued: Shell) -> None:
    """Whose row was set aside is in the file all the same, and is listed with the reason."""
    bad = "meeting-2025,L2,bo@example.org,Bo Berg,7.1,yes"
    doubtful = "meeting-2025,,cy@example.org,Zoe Quist,5,yes"
    assert missing(issued, ANA, bad, doubtful) == {"missing": [], "unsure": ["Bo Berg", "Cy Cole"]}
    shown = issued("missing", issued.college.claims(ANA, bad, doubtful, header=HEADER)).stdout
    assert "2 more are in the file with a row that does not count:" in shown
    assert "row 3: " in shown


def test_a_file_that_was_read_is_known_without_opening_it(issued: Shell) -> None:
    path = issued.college.claims(ANA, BO, header=HEADER)
    issued.college.run(path)
    assert [one["name"] for one in issued.json("missing", path)["missing"]] == ["Cy Cole"]


def test_several_files_are_one(issued: Shell) -> None:
    first, second = (issued.college.claims(row, header=HEADER) for row in (ANA, BO))
    assert [one["name"] for one in issued.json("missing", first, second)["missing"]] == ["Cy Cole"]


def test_a_row_that_cannot_be_read_is_said(issued: Shell) -> None:
    """Whom it is about nobody can tell: exit status 3."""
    path = issued.college.claims(ANA, BO, CY, "meeting-2025,L9", header=HEADER)
    found = issued.json("missing", path, status=3)
    assert [one["row"] for one in found["unread"]] == [5]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_they_are_written_where_staff_say(issued: Shell, tmp_path: Path, ending: str) -> None:
    """One row a certificate, no formula, for its owner alone; that it was written is on record."""
    issued.college.take("meeting-2025,L7,eve@example.org,'=1+2 Eve,5,yes", header=HEADER)
    path = issued.college.claims(ANA, header=HEADER)
    to = tmp_path / f"missing.{ending}"
    issued("missing", path, "--to", to)
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    with issued.college.project(locked=False) as project:
        row = project.ledger._db.execute("SELECT detail FROM audit WHERE action = 'export'").fetchone()
    assert row[0] == f"3 people who are missing in a claims file, into {to.name}"
    if ending == "csv":
        with open(to, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [(one["name"], one["kind"], one["cme_credits"]) for one in rows][:3] == [
            ("''=1+2 Eve", "participation", "0"),
            ("''=1+2 Eve", "cme", "5"),
            ("Bo Berg", "participation", "0"),
        ]


def test_a_place_that_is_shown_is_refused(issued: Shell) -> None:
    path = issued.college.claims(ANA, header=HEADER)
    for to in (issued.college.output / "missing.csv", issued.college.data / "missing.csv"):
        assert "nothing was written" in issued.refused("missing", path, "--to", to)
    assert "does not end with .csv or .xlsx" in issued.refused("missing", path, "--to", "missing.txt")


def test_the_claims_file_is_not_written_over(issued: Shell) -> None:
    path = issued.college.claims(ANA, header=HEADER)
    before = path.read_bytes()
    link = issued.college.root / "link.csv"
    link.symlink_to(path)
    for to in (path, link, path.name):
        assert "is the file that was read" in issued.refused("missing", path, "--to", to)
    assert path.read_bytes() == before
