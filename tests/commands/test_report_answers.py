"""What a board answers: on record by certificate, on the person's page, in a mail where that is asked for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipeline.rules.web.shown import read_person_page
from pipeline.workflow.answers import hear_answers
from tests.support.board_college import ANA, BO, answers, number_of, people, records, reported
from tests.support.college import TODAY, College, body
from tests.support.shell import Shell

MISMATCH = "Board ID 123456 does not match the date of birth 09/10"
LATER = dt.date(2025, 11, 20)


@pytest.fixture
def college(quick_college: College, shell: Shell, tmp_path: Path) -> College:
    """Ana Alva's ABIM points and Bo Berg's ABP points were reported today."""
    quick_college.take(
        "meeting-2025,L1,ana@example.org,Ana Alva,MD,yes,,12.25,10.5,,yes",
        "meeting-2025,L2,bo@example.org,Bo Berg,MD,yes,,6,,5,yes",
    )
    report(quick_college, shell, tmp_path / "1.xlsx")
    return quick_college


def report(college: College, shell: Shell, to: Path) -> None:
    shell(
        *("report", "pars", "--activity", "meeting-2025", "--people", people(college, ANA, BO), "--to", to),
        status=None,
    )


def page(college: College, shell: Shell, name: str, today: dt.date = TODAY) -> str:
    shell("build", today=today)
    return (college.page(name) / "index.html").read_text()


def states(college: College) -> list[tuple[str, ...]]:
    return [(one[1], one[4], one[5]) for one in reported(college)]


@pytest.mark.parametrize(
    ("status", "reason", "state", "shown"),
    [
        ("Accepted", "", ("accepted", ""), "Reported to ABIM on November 14, 2025, accepted."),
        ("Pending", "", ("reported", ""), "Reported to ABIM on November 14, 2025."),
        (
            "Rejected",
            MISMATCH,
            ("rejected", "mismatch"),
            "The birth date or board ID did not match ABIM’s record. Check both in the ACR Education Center",
        ),
        (
            "rejected",
            "Duplicate record",
            ("rejected", "duplicate"),
            "ABIM answered that it has this already.",
        ),
        (
            "Rejected",
            "Physician is not enrolled in MOC",
            ("rejected", "ineligible"),
            "ABIM answered that you take no part in its program: please ask ABIM.",
        ),
        (
            "Rejected",
            "Credits exceed the maximum",
            ("rejected", "credit"),
            "The Office of Education sees to it",
        ),
        ("Rejected", "", ("rejected", "other"), "The Office of Education sees to it"),
    ],
)
def test_what_the_board_says_is_on_the_page(
    college: College, shell: Shell, status: str, reason: str, state: tuple[str, str], shown: str
) -> None:
    """With what the person can do, and never an ID; the other person's page is as it was."""
    number = number_of(college, "Ana Alva")
    shell(
        "report",
        "answers",
        answers(college, [f"ccid:example.org:{number}", "ABIM", "09/10", "", "", status, reason]),
    )
    assert states(college) == [("ABIM", *state), ("ABP", "reported", "")]
    html = page(college, shell, "Ana Alva")
    assert shown in html
    assert "123456" not in html
    assert "09/10" not in html
    assert "Reported to ABP on November 14, 2025." in page(college, shell, "Bo Berg")
    verification = (college.output / "verify" / number / "index.html").read_text()
    assert "Reported to" not in verification


def test_the_page_of_a_certificate_that_was_taken_back(
    college: College, shell: Shell, tmp_path: Path
) -> None:
    """And of one that was corrected: it was reported anew."""
    shell("withdraw", number_of(college, "Ana Alva"), "--reason", "Left early")
    college.take("meeting-2025,L2,bo@example.org,Bo Berg,MD,yes,,6,,4,yes")
    command = ("report", "pars", "--activity", "meeting-2025", "--people", people(college, ANA, BO))
    shell(*command, "--to", tmp_path / "2.xlsx", today=LATER)
    assert "Reported to ABIM on November 14, 2025, taken back on November 20, 2025." in page(
        college, shell, "Ana Alva", LATER
    )
    html = page(college, shell, "Bo Berg", LATER)
    assert "Reported to ABP on November 20, 2025." in html
    assert "November 14, 2025, taken back" not in html


def test_a_page_that_tells_of_boards_is_read_back_as_any_other(college: College, shell: Shell) -> None:
    """A ledger that was lost is made again from pages: what they say of certificates is what it was."""
    before = read_person_page(page(college, shell, "Ana Alva"))
    number = number_of(college, "Ana Alva")
    shell("report", "answers", answers(college, [number, "ABIM", "", "", "", "Rejected", MISMATCH]))
    html = page(college, shell, "Ana Alva")
    assert "did not match" in html
    assert read_person_page(html) == before


def test_whose_certificate_was_replaced_meanwhile_is_told_by_the_new_one(
    college: College, shell: Shell
) -> None:
    """Its page and its mail say that the board could not match the person."""
    number, before = number_of(college, "Ana Alva"), len(college.mails())
    college.take("meeting-2025,L1,ana@example.org,Ana Alva,MD,yes,,12.25,10.5,2,yes", send=False)
    shell("report", "answers", answers(college, [number, "ABIM", "", "", "", "Rejected", MISMATCH]), "--mail")
    text = " ".join(body(college.mails()[before]).split())
    assert "CME / ABIM MOC / ABP MOC Certificate" in text
    assert "Not matched by ABIM" in text
    assert "did not match ABIM’s record" in page(college, shell, "Ana Alva")


def test_an_answer_by_name_where_there_is_no_number(college: College, shell: Shell) -> None:
    """As PARS's screen has its columns. A middle name may be missing; a namesake is nobody's guess."""
    college.take("meeting-2025,L7,cy@example.org,Ana Maria Alva,MD,yes,,6,,5,yes")
    header = [
        "Board",
        "Name",
        "DOB",
        "Learner ID",
        "Activity",
        "Completion",
        "Submission",
        "Status",
        "Reason",
    ]
    rows = [
        ["ABIM", "Alva, Ana", "09/10", "123456", "Autumn Meeting 2025 (202512345)", "", "", "Accepted", ""],
        ["ABP", "Bo Berg", "", "", "202512345", "", "11/14/2025", "Rejected", MISMATCH],
        ["ABP", "Di Dorn", "", "", "202512345", "", "", "Accepted", ""],
        ["ABP", "Bo Berg", "", "", "202512345", "", "", "Unheard of", ""],
    ]
    found = shell.json("report", "answers", answers(college, *rows, header=header), status=3)
    assert states(college) == [("ABIM", "accepted", ""), ("ABP", "rejected", "mismatch")]
    assert [(one["row"], one["reason"]) for one in found["set_aside"]] == [
        (4, "it fits no record that was reported"),
        (5, "its status is none that is known: accepted, rejected, pending, deleted"),
    ]
    assert "123456" not in str(found)


def test_answers_that_contradict_one_another(college: College, shell: Shell) -> None:
    """The later one counts where all say when; an answer to an earlier report none at all; else nobody
    guesses."""
    ana, bo = number_of(college, "Ana Alva"), number_of(college, "Bo Berg")
    both = answers(
        college,
        [ana, "ABIM", "", "", "2025-11-14", "Rejected", MISMATCH],
        [ana, "ABIM", "", "", "2025-11-15", "Accepted", ""],
        [bo, "ABP", "", "", "2025-11-13", "Rejected", MISMATCH],
    )
    shell("report", "answers", both)
    assert states(college) == [("ABIM", "accepted", ""), ("ABP", "reported", "")]
    unclear = answers(
        college, [bo, "ABP", "", "", "", "Rejected", MISMATCH], [bo, "ABP", "", "", "", "Accepted", ""]
    )
    assert "say different things" in shell("report", "answers", unclear, status=3).stdout
    assert states(college)[1] == ("ABP", "reported", "")


def test_a_list_that_is_none(college: College, shell: Shell) -> None:
    for header in (["CreditID", "Board"], ["Status", "Board"]):
        path = answers(college, header=header)
        shell.refused("report", "answers", path)


def test_whom_the_board_could_not_match_is_told_once(college: College, shell: Shell) -> None:
    """Where that is asked for; once for each time that the board says so."""
    bo, before = number_of(college, "Bo Berg"), len(college.mails())
    path = answers(college, [bo, "ABP", "", "", "", "Rejected", MISMATCH])
    shell("report", "answers", path)
    assert len(college.mails()) == before
    shell("report", "answers", path, "--mail")
    shell("report", "answers", path, "--mail")
    (mail,) = college.mails()[before:]
    assert mail["To"] == "bo@example.org" or "bo@example.org" in str(mail["To"])
    assert str(mail["Subject"]).startswith("Your board could not match you")
    text = " ".join(body(mail).split())
    assert "the board could not match you" in text
    assert "Not matched by ABP" in text
    assert "333333" not in text
    (found,) = shell.json("find", "bo@example.org")
    assert found["messages"][-1]["kind"] == "board"
    assert found["certificates"][-1]["reports"] == [
        {
            "board": "ABP",
            "reported_on": "2025-11-14",
            "state": "rejected",
            "reason": "mismatch",
            "taken_back_on": None,
        }
    ]
    shown = shell("find", "bo@example.org").stdout
    assert (
        "ABP: reported 2025-11-14, rejected: the board ID, the birth day or the name did not match" in shown
    )
    assert "ABIM: reported 2025-11-14\n" in shell("find", "ana@example.org").stdout


def test_what_was_mended_meanwhile_is_not_told(college: College, shell: Shell) -> None:
    """The mail waited; then the board accepted: there is nothing left to say."""
    bo, before = number_of(college, "Bo Berg"), len(college.mails())
    heard = college.do(
        hear_answers, answers(college, [bo, "ABP", "", "", "", "Rejected", MISMATCH]), tell=True
    )
    assert len(heard.messages) == 1
    shell("report", "answers", answers(college, [bo, "ABP", "", "", "", "Accepted", ""]))
    shell("send", "--yes", status=None)
    assert len(college.mails()) == before


def test_status_counts_and_names_what_is_due(college: College, shell: Shell, tmp_path: Path) -> None:
    """By activity and board, until when; one line of certs status."""
    college.take("meeting-2025,L3,cy@example.org,Cy Cole,MD,yes,,3,3,,yes")
    bo = number_of(college, "Bo Berg")
    shell("report", "answers", answers(college, [bo, "ABP", "", "", "", "Rejected", MISMATCH]))
    found = shell.json("report", "status")
    counts = {(one["board"], one["reported"], one["accepted"], one["rejected"]) for one in found["records"]}
    assert counts == {("ABIM", 1, 0, 0), ("ABP", 0, 0, 1)}
    assert [(one["board"], one["records"]) for one in found["due"]] == [("ABIM", 1), ("ABP", 1)]
    days = {(one["what"], one["day"]) for one in found["due"][1]["deadlines"]}
    assert days == {
        ("ABP counts it this year", "2025-12-01"),
        ("boards count it this year", "2025-12-31"),
        ("PARS takes records of the year", "2026-03-31"),
    }
    assert found["rejected"] == [
        {"activity": "meeting-2025", "board": "ABP", "reason": "mismatch", "records": 1}
    ]
    line = next(one for one in shell("status").stdout.splitlines() if one.startswith("boards:"))
    assert line == (
        "boards: 2 to report (ABIM, ABP), 1 rejected, the first until 2025-12-01: certs report status"
    )
    cy = {**ANA, "Learner ID": "L3", "Email": "cy@example.org", "First Name": "Cy", "Last Name": "Cole"}
    export = people(college, ANA, BO, cy)
    command = ("report", "pars", "--activity", "meeting-2025", "--people", export)
    shell(*command, "--to", tmp_path / "2.xlsx")
    assert [(one["board"], one["records"]) for one in shell.json("report", "status")["due"]] == [("ABP", 1)]
    found = shell(*command).stdout
    assert "1 of these was rejected: once the cause is mended, --again reports them once more" in found
    shell(*command, "--again", "--to", tmp_path / "3.xlsx")
    assert [one["Record Action"] for one in records(tmp_path / "3.xlsx")] == ["Add"]
    assert shell.json("report", "status")["due"] == []
    assert "boards:" not in shell("status").stdout


@pytest.mark.parametrize("today", [dt.date(2026, 3, 31), dt.date(2026, 4, 1)])
def test_what_pars_takes_no_more_is_not_due(quick_college: College, shell: Shell, today: dt.date) -> None:
    """An activity of which nothing was ever reported here was reported otherwise, or cannot be any more."""
    quick_college.take("meeting-2025,L1,ana@example.org,Ana Alva,MD,yes,,12.25,10.5,,yes")
    due = shell.json("report", "status", today=today)["due"]
    assert len(due) == (today == dt.date(2026, 3, 31))


def test_a_deleted_record_is_due_again(college: College, shell: Shell) -> None:
    """Somebody deleted it in PARS."""
    ana = number_of(college, "Ana Alva")
    shell("report", "answers", answers(college, [ana, "ABIM", "", "", "", "Deleted", ""]), status=3)
    assert states(college)[0] == ("ABIM", "reported", "")
    full = "American Board of Internal Medicine"
    shell("report", "answers", answers(college, [ana, full, "", "", "11/15/2025", "Deleted", ""]))
    assert [one["board"] for one in shell.json("report", "status")["due"]] == ["ABIM"]


def test_a_duplicate_that_is_withdrawn_is_deleted_at_the_board(
    college: College, shell: Shell, tmp_path: Path
) -> None:
    """The board has it from before, as after a backup was put back."""
    ana = number_of(college, "Ana Alva")
    shell("report", "answers", answers(college, [ana, "ABIM", "", "", "", "Rejected", "Duplicate record"]))
    assert shell.json("report", "status")["due"] == []
    shell("withdraw", ana, "--reason", "Left early")
    assert [one["board"] for one in shell.json("report", "status")["due"]] == ["ABIM"]
    command = ("report", "pars", "--activity", "meeting-2025", "--people", people(college, ANA, BO))
    shell(*command, "--to", tmp_path / "2.xlsx")
    assert [one["Record Action"] for one in records(tmp_path / "2.xlsx")] == ["Delete"]
    assert shell.json("report", "status")["due"] == []
