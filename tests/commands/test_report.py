"""Credit goes to boards by a file, once; what they answer comes back to the person's page."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.support.board_college import ANA, BO, answers, number_of, people, records, reported
from tests.support.college import College
from tests.support.shell import Shell

ANA_CLAIMS = "meeting-2025,L1,ana@example.org,Ana Alva,MD,yes,,12.25,{},{},yes"
BO_CLAIMS = "meeting-2025,L2,bo@example.org,Bo Berg,MD,yes,,6,,5,yes"
DAY = dt.date(2025, 10, 29)


@pytest.fixture
def college(quick_college: College) -> College:
    """Ana Alva has credit and ABIM points, Bo Berg credit and ABP points."""
    quick_college.take(ANA_CLAIMS.format("10.5", ""), BO_CLAIMS)
    return quick_college


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder of staff's own."""
    folder = tmp_path / "own"
    folder.mkdir()
    return folder


def pars(shell: Shell, export: Path, *more: object, **options: Any) -> Any:
    return shell("report", "pars", "--activity", "meeting-2025", "--people", export, *more, **options)


def reports(shell: Shell, out: Path, export: Path, *more: object) -> list[dict[str, object]]:
    """The records of a new file; none where nothing was due."""
    file = out / f"report-{len(list(out.iterdir()))}.xlsx"
    pars(shell, export, "--to", file, *more, status=None)
    return records(file) if file.exists() else []


def actions(found: list[dict[str, object]]) -> list[tuple[object, ...]]:
    return [
        (
            one["Record Action"],
            one["Last Name"],
            one.get("Number of CME Credits"),
            one.get("Total Board Credits"),
        )
        for one in found
    ]


def test_each_credit_is_reported_once_and_every_change_of_it(
    college: College, shell: Shell, out: Path
) -> None:
    """Up, down, withdrawn, reinstated; nothing where nothing changed."""
    export = people(college, ANA, BO)
    first = reports(shell, out, export)
    assert first == [
        {
            "Record Action": "Add",
            "ACCME Activity ID": "202512345",
            "Completion Date": DAY,
            "First Name": "Ana",
            "Last Name": "Alva",
            "Date of Birth": "09/10",
            "Number of CME Credits": 12.25,
            "Certifying Board": "ABIM",
            "Certifying Board ID": "123456",
            "Total Board Credits": 10.5,
            "Credit Type ": "Medical Knowledge",
            "Credits Awarded for Credit Type": 10.5,
        },
        {
            "Record Action": "Add",
            "ACCME Activity ID": "202512345",
            "Completion Date": DAY,
            "First Name": "Bo",
            "Last Name": "Berg",
            "Date of Birth": "02/29",
            "Number of CME Credits": 6.0,
            "Certifying Board": "ABP",
            "Certifying Board ID": "333333",
            "Total Board Credits": 5.0,
            "Credit Type ": "Lifelong Learning & Self-Assessment",
            "Credits Awarded for Credit Type": 5.0,
        },
    ]
    assert reports(shell, out, export) == []
    college.take(ANA_CLAIMS.format("12", ""))
    assert actions(reports(shell, out, export)) == [
        ("Delete", "Alva", 12.25, 10.5),
        ("Add", "Alva", 12.25, 12.0),
    ]
    college.take(ANA_CLAIMS.format("8", ""))
    assert actions(reports(shell, out, export)) == [
        ("Delete", "Alva", 12.25, 12.0),
        ("Add", "Alva", 12.25, 8.0),
    ]
    number = number_of(college, "Ana Alva")
    shell("withdraw", number, "--reason", "Left early")
    assert actions(reports(shell, out, export)) == [("Delete", "Alva", 12.25, 8.0)]
    assert reports(shell, out, export) == []
    shell("reinstate", number, "--reason", "Came back")
    assert actions(reports(shell, out, export)) == [("Add", "Alva", 12.25, 8.0)]
    college.take(ANA_CLAIMS.format("8", "3"))  # another kind of certificate takes its place
    assert actions(reports(shell, out, export)) == [("Add", "Alva", None, 3.0)]
    assert reports(shell, out, export) == []
    shell("correct", "ana@example.org", "--name", "Ana Alva-Ruiz", "--reason", "married")
    assert reports(shell, out, export) == []  # a name changes no credit


def test_the_file_is_its_owners_alone_and_lies_nowhere_of_ours(
    college: College, shell: Shell, out: Path, tmp_path: Path
) -> None:
    """Neither where everybody sees it nor where it would be kept; and the same twice."""
    host, backups = tmp_path / "host", tmp_path / "backups"
    for folder in (host, backups):
        folder.mkdir()
    college.environment |= {"PUBLISH_TO": str(host), "BACKUP_DIR": str(backups)}
    export = people(college, ANA, BO)
    (tmp_path / "link").symlink_to(college.data)
    for place in (
        *(college.data, college.output, college.root / "content", college.root / "theme", host, backups),
        tmp_path / "link",
    ):
        said = shell.refused(
            *("report", "pars", "--activity", "meeting-2025", "--people", export, "--to", place / "r.xlsx")
        )
        assert "nothing was written" in said
        assert not (place / "r.xlsx").exists()
    assert reported(college) == []
    old = os.umask(0)
    try:
        pars(shell, export, "--to", out / "r.xlsx")
    finally:
        os.umask(old)
    assert stat.S_IMODE((out / "r.xlsx").stat().st_mode) == 0o600
    assert [one.name for one in out.iterdir()] == ["r.xlsx"]


@pytest.mark.parametrize("name", ["r.csv", "r", "no folder/r.xlsx"])
def test_a_name_that_will_not_do(college: College, shell: Shell, out: Path, name: str) -> None:
    export = people(college, ANA)
    shell.refused("report", "pars", "--activity", "meeting-2025", "--people", export, "--to", out / name)
    assert reported(college) == []


def test_nothing_is_written_while_somebody_lacks_something(college: College, shell: Shell, out: Path) -> None:
    """They are named; on staff's word the others are reported, and these later."""
    export = people(college, ANA, {**BO, "ABP ID": ""})
    result = pars(shell, export, "--to", out / "r.xlsx", status=5)
    assert "Bo Berg <bo@example.org>: ABP: ABP ID: is missing from the export (row 3)" in result.stdout
    assert "incomplete-learners" in result.stderr
    assert list(out.iterdir()) == []
    assert reported(college) == []
    found = shell.json("report", "pars", "--activity", "meeting-2025", "--people", export, status=3)
    assert (found["added"], found["faults"][0]["field"], found["faults"][0]["row"]) == (1, "ABP ID", 3)
    stopped = shell.json(
        *("report", "pars", "--activity", "meeting-2025", "--people", export, "--to", out / "r.xlsx"),
        status=5,
    )
    assert [one["name"] for one in stopped["stops"]] == ["incomplete-learners"]
    accept = ("--accept", "incomplete-learners")
    assert actions(reports(shell, out, export, *accept)) == [("Add", "Alva", 12.25, 10.5)]
    assert actions(reports(shell, out, people(college, ANA, BO))) == [("Add", "Berg", 6.0, 5.0)]


def test_who_did_not_agree_is_listed_and_not_reported(college: College, shell: Shell, out: Path) -> None:
    """Nobody is asked again for that: a no is an answer. Without the column nobody agreed."""
    export = people(college, ANA, {**BO, "Consent to share": "no"})
    assert actions(reports(shell, out, export)) == [("Add", "Alva", 12.25, 10.5)]
    result = pars(shell, export)
    assert (
        "not reported: Bo Berg <bo@example.org>: ABP: consent: did not agree to be reported" in result.stdout
    )
    bare = college.root / "bare.csv"
    bare.write_text("email,first name,last name,dob,abp id\nbo@example.org,Bo,Berg,02/29,333333\n")
    result = pars(shell, bare, status=3)
    assert "no column of consent" in result.stdout


def test_whoever_takes_their_consent_back_is_taken_back_by_hand(
    college: College, shell: Shell, out: Path
) -> None:
    """Nothing about them leaves the house again, not even to delete it; once done it is off the list."""
    reports(shell, out, people(college, ANA, BO))
    number = number_of(college, "Bo Berg")
    shell("withdraw", number, "--reason", "Was not there")
    export = people(college, ANA, {**BO, "Consent to share": "no"})
    assert reports(shell, out, export) == []
    assert f"to be corrected by hand, then --by-hand NUMBER: {number}" in pars(shell, export).stdout
    assert number in pars(shell, export, "--by-hand", number).stdout
    assert "by hand" not in pars(shell, export).stdout


def test_a_run_killed_between_file_and_record_goes_on(
    college: College, shell: Shell, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file lies there whole, and nothing is on record. The same command finds it, leaves it, and goes
    on."""
    export, file = people(college, ANA, BO), out / "r.xlsx"
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.ledger.boards.Boards.note", lambda *_: 1 / 0)
        pars(shell, export, "--to", file, status=1)
    before = (file.read_bytes(), file.stat().st_ino)
    assert reported(college) == []
    assert "was there already" in pars(shell, export, "--to", file, today=dt.date(2025, 11, 20)).stdout
    assert (file.read_bytes(), file.stat().st_ino) == before
    assert len(reported(college)) == 2
    assert reports(shell, out, export) == []


def test_another_file_is_never_written_over(college: College, shell: Shell, out: Path) -> None:
    """It may be one that was reported and is not on record."""
    file = out / "r.xlsx"
    file.write_text("mine")
    said = shell.refused(
        *("report", "pars", "--activity", "meeting-2025", "--people", people(college, ANA, BO), "--to", file)
    )
    assert "is not what is due now" in said
    assert file.read_text() == "mine"
    assert reported(college) == []


def test_a_file_that_was_never_uploaded_is_due_again(college: College, shell: Shell, out: Path) -> None:
    """Also one that deleted and added; not once the board has answered it."""
    export, first, second = people(college, ANA, BO), out / "1.xlsx", out / "2.xlsx"
    pars(shell, export, "--to", first)
    college.take(ANA_CLAIMS.format("12", ""))
    pars(shell, export, "--to", second)
    assert "2 records" in shell("report", "unsent", second).stdout
    assert actions(reports(shell, out, export)) == [
        ("Delete", "Alva", 12.25, 10.5),
        ("Add", "Alva", 12.25, 12.0),
    ]
    shell(
        "report",
        "answers",
        answers(college, [number_of(college, "Bo Berg"), "ABP", "", "", "", "Accepted", ""]),
    )
    shell.refused("report", "unsent", first)


def test_json_as_accme_has_it(college: College, shell: Shell, out: Path) -> None:
    """CreditID names the certificate; a birth date stands there where the export has its year."""
    export = people(college, {**ANA, "Date of Birth": "1970-09-10", "NPI": "1234567893"}, BO)
    file = out / "r.json"
    more = ("--format", "json", "--to", file)
    said = shell.refused("report", "pars", "--activity", "meeting-2025", "--people", export, *more)
    assert "ACCME_PROVIDER_ID" in said
    college.environment |= {"ACCME_PROVIDER_ID": "0001234"}
    pars(shell, export, *more)
    document = json.loads(file.read_text())["ACCMELearnerReports"]["ActivityReports"]
    assert document["DateTimeCreated"] == "2025-11-14T00:00:00-05:00"
    ana, bo = document["ActivityReport"]
    assert ana["Member"] == {
        "Name": {"GivenName": "Ana", "FamilyName": "Alva"},
        "PersonalInfo": {"BirthDate": "1970-09-10"},
    }
    assert "PersonalInfo" not in bo["Member"]
    assert ana["XtensibleInfo"] == {"LearnerRecordAction": "add"}
    module = ana["Activity"]["Module"]
    assert ana["Activity"]["ProviderOrganization"] == "0001234"
    assert module["ModuleName"] == {"value": "Autumn Meeting 2025", "moduleID": "202512345"}
    assert module["CompletedDateTime"] == "2025-10-29T15:00:00Z"
    credit, points = module["CreditCertificate"]
    number = number_of(college, "Ana Alva")
    assert credit == {
        "UniqueID": {"value": "1234567893", "domain": "NPI"},
        "CreditReceived": {
            "activityCertification": "AMA PRA Category 1",
            "creditUnit": "Point",
            "numberOfCredits": 12.25,
        },
        "CreditID": f"ccid:example.org:{number}",
    }
    assert points["UniqueID"] == {"value": "123456", "domain": "ABIM"}
    assert points["CreditReceived"]["activityCertification"] == "Medical Knowledge"
    assert points["CreditReceived"]["numberOfCredits"] == 10.5
    assert re.fullmatch(r"ccid:[^:]+:[^:]+", points["CreditID"])


def test_an_activity_without_its_id_cannot_be_reported(college: College, shell: Shell) -> None:
    college.write_meeting("forum", more="ABIM_max: 5\nABIM_type: Medical Knowledge\n")
    said = shell.refused("report", "pars", "--activity", "forum", "--people", people(college, ANA))
    assert "PARS_id is missing" in said
    shell.refused("report", "pars", "--activity", "forums", "--people", people(college, ANA))


def test_an_export_that_cannot_be_read_shows_nobody(college: College, shell: Shell) -> None:
    """A file without its header begins with a person; day first would be read wrongly."""
    secret = "31/12/1970"
    headless = college.root / "headless.csv"
    headless.write_text(f"L1,ana@example.org,Ana,Alva,{secret},123456,yes\n" * 3)
    export = people(college, {**ANA, "Date of Birth": secret}, BO)
    for path in (headless, export, college.root / "nowhere.csv"):
        result = pars(shell, path, status=1)
        assert secret not in result.output
        assert "123456" not in result.output
        assert "Traceback" not in result.output
    assert "row 2" in pars(shell, export, status=1).stderr


def test_a_completion_outside_the_meeting_is_asked_about(college: College, shell: Shell, out: Path) -> None:
    college.take("meeting-2025,L3,cy@example.org,Cy Cole,MD,yes,2025-11-05,3,3,,yes")
    cy = {**ANA, "Learner ID": "L3", "Email": "cy@example.org", "First Name": "Cy", "Last Name": "Cole"}
    export = people(college, ANA, BO, cy)
    assert "completed_on: 2025-11-05 is outside" in pars(shell, export, status=3).stdout
    found = reports(shell, out, export, "--last-day")
    assert {one["Completion Date"] for one in found} == {DAY}


def test_what_was_reported_goes_with_the_person(college: College, shell: Shell, out: Path) -> None:
    """Erased on request, and after six years: nothing of it is left."""
    pars(shell, people(college, ANA, BO), "--to", out / "r.xlsx")
    assert len(reported(college)) == 2
    shell("forget", "bo@example.org", "--reason", "asked", "--yes")
    assert [one[0] for one in reported(college)] == ["Ana Alva"]
    shell("purge", "--accept", "clock", today=dt.date(2031, 10, 30))
    assert reported(college) == []
    digest = re.compile(rb"[0-9a-f]{64}")
    file = (out / "r.xlsx").read_bytes()
    assert hashlib.sha256(file).hexdigest().encode() not in b"".join(
        digest.findall((college.data / "ledger.sqlite3").read_bytes())
    )
