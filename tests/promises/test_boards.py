"""Two promises about boards: what is reported is exact to the cell, and what an export says is kept
nowhere."""

from __future__ import annotations

import datetime as dt
import logging
import random
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest

from pipeline.rules.boards.format import board_formats
from tests.support.board_college import ANA, answers, number_of, people, records, reported
from tests.support.college import HERE, College
from tests.support.shell import Shell

MK, LL = "Medical Knowledge", "Lifelong Learning & Self-Assessment"
LAST = dt.date(2025, 10, 29)
PARS = ("report", "pars", "--activity", "meeting-2025", "--people")
ACCEPT = ("--accept", "incomplete-learners")


@dataclass(frozen=True)
class Case:
    """One made-up person: what is claimed, what the export says, what the file has of them."""

    name: str
    claimed: str  # completed_on, CME, ABIM, ABP
    export: dict[str, str] | None = field(default_factory=dict)  # None: not in it
    rows: tuple[dict[str, object], ...] = ()
    later: str = ""  # claimed in a later file
    withdrawn: bool = False
    reinstated: bool = False
    then: tuple[dict[str, object], ...] = ()  # what the file after these changes has


def row(
    action: str, cme: float | None, board: str = "", points: float = 0, **more: object
) -> dict[str, object]:
    """A record without who it is of."""
    kind = {"ABIM": MK, "ABP": LL}.get(board)
    found: dict[str, object] = {
        "Record Action": action,
        "ACCME Activity ID": "202512345",
        "Completion Date": more.pop("day", LAST),
    }
    if cme is not None:
        found["Number of CME Credits"] = cme
    if board:
        found |= {
            "Certifying Board": board,
            "Total Board Credits": points,
            "Credit Type ": kind,
            "Credits Awarded for Credit Type": points,
        }
    return found | more


STATE: dict[str, Any] = {"Licensing State": "Maine", "Licensing ID or NPI": "0042"}
NPI: dict[str, Any] = {"Licensing ID or NPI": "1234567893"}
CASES = [
    Case("Ana Alva", ",12.25,10.5,", rows=(row("Add", 12.25, "ABIM", 10.5),)),
    Case("Bo Berg", ",6,,5", rows=(row("Add", 6.0, "ABP", 5.0),)),
    Case("Cy Cole", ",5,4,3", rows=(row("Add", 5.0, "ABIM", 4.0), row("Add", None, "ABP", 3.0))),
    Case("Di Dorn", ",0.25,0.25,", rows=(row("Add", 0.25, "ABIM", 0.25),)),
    Case("Ed Eco", ",45.25,45.25,20", rows=(row("Add", 45.25, "ABIM", 45.25), row("Add", None, "ABP", 20.0))),
    Case("Fay Foe", ",3,,", {"License Number": "0042", "Licensing State": "me"}, (row("Add", 3.0, **STATE),)),
    Case("Guy Gale", ",3,,", {"NPI": "1234567893"}, (row("Add", 3.0, **NPI),)),
    Case("Hal Hill", ",3,2,", {"License Number": "0042", "Licensing State": "Maine"},
         (row("Add", 3.0, "ABIM", 2.0, **STATE),)),
    Case("Ivy Ives", ",3,,"),  # credit alone, no licence: nothing to report
    Case("Jo Jett", ",,,"),  # participation
    Case("Kim Karr", ",3,2,", {"ABIM ID": ""}),
    Case("Lee Lund", ",3,2,", {"ABIM ID": "12345"}),
    Case("Max Mohr", ",3,2,", {"Consent to share": "no"}),
    Case("Ned Nye", ",3,2,", None),
    Case("Océane Œuvrard-Łukasik", ",3,2,", rows=(row("Add", 3.0, "ABIM", 2.0),)),
    Case("Pam Pitt", ",3,2,", {"Date of Birth": "2/29/1972"}, (row("Add", 3.0, "ABIM", 2.0),)),
    Case("Quy Quach", "2025-10-24,3,2,", rows=(row("Add", 3.0, "ABIM", 2.0, day=dt.date(2025, 10, 24)),)),
    Case("Rae Roth", ",3,2,", rows=(row("Add", 3.0, "ABIM", 2.0),), later=",4.5,3,",
         then=(row("Delete", 3.0, "ABIM", 2.0), row("Add", 4.5, "ABIM", 3.0))),
    Case("Sam Shaw", ",3,2,", rows=(row("Add", 3.0, "ABIM", 2.0),), later=",3,1.75,",
         then=(row("Delete", 3.0, "ABIM", 2.0), row("Add", 3.0, "ABIM", 1.75))),
    Case("Tom Tan", ",3,2,", rows=(row("Add", 3.0, "ABIM", 2.0),), withdrawn=True,
         then=(row("Delete", 3.0, "ABIM", 2.0),)),
    Case("Uma Usher", ",3,2,", rows=(row("Add", 3.0, "ABIM", 2.0),), withdrawn=True, reinstated=True),
    Case("Vic Voss", ",3,2,", rows=(row("Add", 3.0, "ABIM", 2.0),), later=",3,2,1",
         then=(row("Add", None, "ABP", 1.0),)),
]  # fmt: skip


def claim(number: int, one: Case, claimed: str) -> str:
    return f"meeting-2025,L{number},p{number}@example.org,{one.name},MD,yes,{claimed},yes"


def in_export(number: int, one: Case) -> dict[str, str]:
    first, last = one.name.split(" ")
    who = {
        "Learner ID": f"L{number}",
        "Email": f"p{number}@example.org",
        "First Name": first,
        "Last Name": last,
    }
    ids = {"Date of Birth": "09/10", "ABIM ID": f"{100000 + number}", "ABP ID": f"{5000 + number}"}
    return {**who, **ids, "Consent to share": "yes", **(one.export or {})}


def whole(number: int, one: Case, of: dict[str, object]) -> dict[str, object]:
    """A record with who it is of."""
    given = in_export(number, one)
    birth = "02/29" if "29" in given["Date of Birth"] else given["Date of Birth"]
    who: dict[str, object] = {"First Name": given["First Name"], "Last Name": given["Last Name"]}
    if board := of.get("Certifying Board"):
        who["Certifying Board ID"] = given[f"{board} ID"]
    return of | who | {"Date of Birth": birth}


@pytest.mark.parametrize("key", board_formats())
def test_what_is_not_known_for_certain_is_listed_for_staff(key: str) -> None:
    """And every column and rule says where it is known from."""
    form, said = board_formats()[key], (HERE / "docs" / "boards.md").read_text()
    assert form.unconfirmed
    for what, doubt in form.unconfirmed:
        assert f"| {form.label} | {what.strip()} | {doubt.removeprefix('unconfirmed: ')} |" in said
    assert all(column.source for column in form.columns)


def in_order(of: dict[str, object]) -> str:
    return str(sorted(of.items()))


def test_a_round_trip_is_exact_to_the_cell(quick_college: College, shell: Shell, tmp_path: Path) -> None:
    """22 people: every kind, corrected up and down, withdrawn, reinstated, incomplete, unwilling, with
    accents."""
    college, numbered = quick_college, [*enumerate(CASES, 1)]
    college.take(*(claim(number, one, one.claimed) for number, one in numbered))
    export = people(college, *(in_export(number, one) for number, one in numbered if one.export is not None))
    shell(*PARS, export, "--to", tmp_path / "1.xlsx", *ACCEPT, status=3)
    assert records(tmp_path / "1.xlsx") == [
        whole(number, one, each) for number, one in numbered for each in one.rows
    ]
    for number, one in numbered:
        if one.later:
            college.take(claim(number, one, one.later))
        if one.withdrawn:
            shell("withdraw", certificate := number_of(college, one.name), "--reason", "A test")
        if one.reinstated:
            shell("reinstate", certificate, "--reason", "A test")
    shell(*PARS, export, "--to", tmp_path / "2.xlsx", *ACCEPT, status=3)
    found = records(tmp_path / "2.xlsx")
    wanted = [whole(number, one, each) for number, one in numbered for each in one.then]
    assert sorted(found, key=in_order) == sorted(wanted, key=in_order)
    done = [str(one["Record Action"]) for one in found]
    assert done == sorted(done, reverse=True)  # deletes first
    shell(*PARS, export, "--to", tmp_path / "3.xlsx", *ACCEPT, status=3)
    assert not (tmp_path / "3.xlsx").exists()


class Planted:
    """A thousand of each thing that is kept nowhere, each of them found in no other text."""

    def __init__(self, count: int = 1000) -> None:
        draw = random.Random(7)
        self.ids = [f"{one}" for one in draw.sample(range(600000, 999999), count)]
        self.abp = [f"77{one}" for one in draw.sample(range(10000000, 99999999), count)]
        self.licences = [f"LIC{one}X" for one in draw.sample(range(1000000, 9999999), count)]
        self.births = [
            f"{1900 + number % 90}-{number % 12 + 1:02}-{number % 28 + 1:02}" for number in range(count)
        ]
        self.states = ["Wyoming"] * count
        self.count = count

    def export(self, number: int) -> dict[str, str]:
        return {
            "Learner ID": f"L{number}", "Email": f"p{number}@example.org", "First Name": "Pat",
            "Last Name": f"Person{number}", "Date of Birth": self.births[number], "ABIM ID": self.ids[number],
            "ABP ID": self.abp[number], "Licensing State": "Wyoming", "License Number": self.licences[number],
            "Consent to share": "yes",
        }  # fmt: skip

    def found_in(self, data: bytes) -> list[str]:
        """What of it stands in these bytes as a word of its own."""
        words = {word.decode() for word in re.findall(rb"[0-9A-Za-z-]{6,}", data)}
        return sorted({*self.ids, *self.abp, *self.licences, *self.births, "Wyoming"} & words)


def bug(*_: object, **__: object) -> NoReturn:
    raise KeyError("bug")


@pytest.fixture
def planted() -> Planted:
    return Planted()


def test_what_an_export_says_is_kept_nowhere(
    quick_college: College,
    shell: Shell,
    tmp_path: Path,
    planted: Planted,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not in the ledger, its log, backups, rows set aside, the review, pages, mail, temporary files; not in
    what is printed, also where it fails. The file itself has all of it, so that the search is no empty
    one."""
    college, count = quick_college, planted.count
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    caplog.set_level(logging.DEBUG)
    college.take(
        *(
            f"meeting-2025,L{number},p{number}@example.org,Pat Person{number},MD,yes,,3,2,1,yes"
            for number in range(count)
        ),
        send=False,
    )
    own = tmp_path / "own"
    own.mkdir()
    export = own / "people.csv"
    people(college, *(planted.export(number) for number in range(count))).rename(export)
    faulty = own / "faulty.csv"
    broken = [
        planted.export(number) | {"NPI": planted.abp[number], "Date of Birth": ""} for number in range(count)
    ]
    people(college, *broken).rename(faulty)
    said = [
        shell(*PARS, faulty, status=3).output,
        shell(*PARS, faulty, "--json", status=3).output,
        shell(*PARS, faulty, "--to", own / "no.xlsx", status=5).output,
    ]
    with monkeypatch.context() as patch:
        for place in ("workbook_bytes", "write_report"):
            patch.setattr(f"pipeline.workflow.report.{place}", bug)
            said.append(shell(*PARS, export, "--to", own / "no.xlsx", status=1).output)
    said.append(shell(*PARS, export, "--to", own / "report.xlsx").output)
    number = number_of(college, "Pat Person5")
    back = answers(
        college,
        [number, "ABIM", planted.births[5], planted.ids[5], "", "Rejected", f"No match for {planted.ids[5]}"],
        ["", "ABIM", planted.births[6], planted.ids[6], "", "Rejected", f"No match for {planted.ids[6]}"],
    )
    said.append(shell("report", "answers", back.rename(own / "answers.csv"), "--mail", status=3).output)
    said.append(shell("report", "status").output)
    shell("build")
    shell("backup", tmp_path / "backup.certs")
    assert len(reported(college)) == 2 * count
    for text in (*said, caplog.text):
        assert planted.found_in(text.encode()) == []
    for path, data in [
        *college.bytes_under(),
        (tmp_path / "backup.certs", (tmp_path / "backup.certs").read_bytes()),
    ]:
        assert planted.found_in(data) == [], path
    assert list(temporary.rglob("*")) == []
    assert sorted(one.name for one in own.iterdir()) == [
        "answers.csv",
        "faulty.csv",
        "people.csv",
        "report.xlsx",
    ]
    written = " ".join(str(one) for each in records(own / "report.xlsx") for one in each.values())
    assert set(planted.found_in(written.encode())) >= {*planted.ids, *planted.abp}


def test_no_traceback_shows_a_person(
    quick_college: College, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fails while a learner is at hand: an exception that quotes the value it was about shows a
    row."""
    quick_college.take("meeting-2025,L1,ana@example.org,Ana Alva,MD,yes,,3,2,,yes")
    export = people(quick_college, ANA)

    def fails(line: object) -> NoReturn:
        raise RuntimeError(f"{line!r}")

    monkeypatch.setattr("pipeline.rules.boards.formats.pars.given", lambda line, *_: fails(line))
    result = shell(*PARS, export, "--to", tmp_path / "r.xlsx", status=1)
    assert "learner of row 2" in result.output
    for secret in ("123456", "09/10", "654321"):
        assert secret not in result.output
