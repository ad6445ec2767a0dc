"""Columns that nothing reads, on the command line: the stop, what is accepted, and what stands where."""

from __future__ import annotations

import json

import pytest

from tests.support.college import College
from tests.support.shell import Shell

STATUS = "activity,email,name,cme_credits,evaluation,Participant Status\n"
CLAIM = "meeting-2025,{0}@example.org,{1},10,yes,{2}"
REGISTERED = [
    CLAIM.format("sol", "Sol One", "Attended"),
    CLAIM.format("tom", "Tom Two", "Cancelled"),
    CLAIM.format("uma", "Uma Tri", "No-show"),
]


@pytest.mark.parametrize(
    ("header", "row", "name", "mapped"),
    [
        ("activity,email,name,Credit Hours,evaluation", "meeting-2025,{}@example.org,{},10,yes",
         "unused-credit-column", "Credit Hours=cme_credits"),
        ("activity,email,name,cme_credits,Evaluation Complete", "meeting-2025,{}@example.org,{},10,yes",
         "unused-requirement-column", "Evaluation Complete=evaluation"),
    ],
)  # fmt: skip
def test_what_the_stop_says_to_type_is_right(
    quick_college: College, shell: Shell, header: str, row: str, name: str, mapped: str
) -> None:
    """Typed as it stands, everything is issued; accepted, what the column says is not."""
    claims = quick_college.claims(row.format("ann", "Ann Lee"), header=f"{header}\n")
    said = shell.json("check", claims, status=5)
    (stop,) = said["stops"]
    assert (stop["name"], stop["file"]) == (name, claims.name)
    assert stop["text"].endswith(mapped)
    assert shell.json("check", claims, env={"COLUMN_MAP": mapped})["by_kind"]["cme"] == 1
    assert shell.json("check", claims, "--accept", name)["by_kind"]["cme"] == 0
    shell("run", claims, "--no-send", "--workers", 1, status=5)
    assert quick_college.certificates() == []


def test_who_cancelled_is_listed_and_gets_nothing(quick_college: College, shell: Shell) -> None:
    """Not even a place in var/rejects: there is nothing to mend."""
    claims = quick_college.claims(*REGISTERED, header=STATUS)
    said = json.loads(shell("run", claims, "--json", "--no-send", "--workers", 1, status=5).stdout)
    (stop,) = said["stops"]
    assert (stop["name"], stop["rows"]) == ("status-column", [3, 4])
    assert quick_college.certificates() == []
    assert '"Cancelled" does not count' in shell("check", claims, "--accept", "status-column").stdout
    done = shell.json("run", claims, "--no-send", "--workers", 1, "--accept", "status-column")
    assert (done["issued"], done["set_aside"], done["problems"]) == (2, 0, [])
    assert [(one["row"], one["field"]) for one in done["not_taken"]] == [
        (3, "Participant Status"), (4, "Participant Status"),
    ]  # fmt: skip
    assert {name for name, *_ in quick_college.certificates()} == {"Sol One"}
    assert not list(quick_college.data.glob("rejects/*"))
    assert not any(b"tom@example.org" in data for _, data in quick_college.bytes_under())


def test_a_source_says_which_statuses_count(quick_college: College, shell: Shell) -> None:
    """Then nothing is asked, and a row that is set aside comes back by the file it is kept in."""
    folder = quick_college.root / "content" / "exports"
    folder.mkdir()
    (folder / "ours.toml").write_text(
        'headers = ["Participant Status", "cme_credits"]\n[status]\ncolumn = "Participant Status"\n'
        'counts = ["Attended"]\n'
    )
    bad = CLAIM.format("vic", "Vic Fou", "Attended").replace(",10,", ",ten,")
    claims = quick_college.claims(*REGISTERED, bad, header=STATUS)
    done = shell.json("run", claims, "--no-send", "--workers", 1, status=3)
    assert (done["issued"], done["set_aside"], len(done["not_taken"])) == (2, 1, 2)
    (rejects,) = quick_college.data.glob("rejects/*")
    rejects.write_text(rejects.read_text().replace(",ten,", ",10,"))
    assert shell.json("run", rejects, "--no-send", "--workers", 1)["issued"] == 2
    (folder / "ours.toml").write_text("headers = []\n")
    assert "exports/ours.toml: headers" in shell("check", claims, status=1).stderr


def test_an_activity_for_a_file_that_names_none(quick_college: College, shell: Shell) -> None:
    claims = quick_college.claims("ann@example.org,Ann Lee,yes", header="email,name,evaluation\n")
    assert "it has no column activity" in shell.refused("check", claims)
    assert shell.json("check", claims, "--activity", "meeting-2025")["by_kind"]["participation"] == 1
    assert "There is no activity" in shell.refused("check", claims, "--activity", "meeting-2052")
