"""The board of the day, and what is decided from it: sending, requests, activities, runs."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from pipeline.desk.charts import HEIGHT, WIDTH, bars_of, columns
from pipeline.rules.messages.occasions import Fate
from pipeline.workflow.desk import Change, correct
from tests.support.college import College
from tests.support.desk_kit import Browser, OpenDesk

ANA = "course,L1,ana@example.org,Ana Alva,MD,yes,2025-10-01,5,,,"
BEN = "meeting-2025,L2,ben@example.org,Ben Bohr,MD,yes,,12,,,no"
EVIL = "course,L3,eva@example.org,<b>Eva</b> Ek,MD,yes,2025-10-01,5,,,"


@pytest.fixture
def college(quick_college: College, monkeypatch: pytest.MonkeyPatch) -> College:
    monkeypatch.setattr("pipeline.workflow.executor.os.cpu_count", lambda: 1)
    quick_college.take(ANA, BEN, EVIL, send=False)
    return quick_college


@pytest.fixture
def visitor(college: College) -> Browser:
    return OpenDesk(college).visitor()


def after(browser: Browser, answer: httpx.Response) -> str:
    """The words of the page that shows what the work came to."""
    browser.desk.desk.work.wait()
    browser.get(answer.url.path)
    return browser.words


def test_the_board_says_what_status_says(visitor: Browser) -> None:
    """What waits, what is withheld and why, what the last run did; names are text."""
    visitor.get()
    assert "3 to be mailed" in visitor.words
    assert "2 withheld" in visitor.words
    assert "meeting-2025 : evaluation not completed" in visitor.words
    assert "Run 1" in visitor.words
    assert "certs status" in visitor.words
    assert "No backup is known." in visitor.words


def test_somebody_who_is_sought_is_found_without_the_board(
    visitor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No key press counts the whole ledger."""
    monkeypatch.setattr("pipeline.desk.board.Figures.get", lambda *_: 1 / 0)
    visitor.get("?q=ana")
    assert "Ana Alva" in visitor.words
    assert visitor.get("found?q=ana").is_success


def test_figures_are_counted_once_while_nothing_changes(
    college: College, visitor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And anew once anything did, whoever did it."""
    counted: list[int] = []

    def totals(_: object) -> dict[str, int]:
        counted.append(1)
        return {"withheld": 7}

    board = visitor.get().text
    monkeypatch.setattr("pipeline.ledger.counts.Counts.totals", totals)
    for _ in range(5):
        assert visitor.get().text == board
    assert counted == []
    college.do(lambda project: project.ledger.audit.write(project.at, "me", "note"))
    visitor.get()
    assert "7 withheld" in visitor.words
    assert counted == [1]


def test_what_waits_is_sent_after_a_look(college: College, visitor: Browser) -> None:
    """To whom, one as it will go, one yes; the same form again sends nothing."""
    visitor.get("send")
    assert "ana@example.org" in visitor.words
    assert "certs send" in visitor.words
    assert college.mails() == []
    once, token = visitor.hidden("once"), visitor.token
    said = after(visitor, visitor.post("send/yes", once=once))
    assert "sent" in said
    mails = len(college.mails())
    assert mails == 3
    after(visitor, visitor.post("send/yes", once=once, token=token))
    assert len(college.mails()) == mails


def test_what_was_shown_is_what_is_sent(college: College, visitor: Browser) -> None:
    """Somebody else did something since: it is shown again. A stranger's form is nobody's yes."""
    visitor.get("send")
    once = visitor.hidden("once")
    other = visitor.desk.visitor("Ole Berg")
    other.get()
    assert other.post("send/yes", once=once).status_code == HTTPStatus.GONE
    college.take(ANA.replace("L1", "L9").replace("ana@", "ada@").replace("Ana Alva", "Ada Ask"), send=False)
    answer = visitor.post("send/yes", once=once)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Something happened since this was shown" in visitor.words
    assert college.mails() == []


def test_unknown_fates_wait_for_a_decision(college: College, visitor: Browser) -> None:
    """They may have arrived: nobody sends them again unasked."""
    with college.project() as project, project.ledger.transaction():
        first = project.ledger.messages.due(project.now, 1, 0)[0]
        project.ledger.messages.step(first.id, Fate.SENDING, 1, project.now, (None, "", ""))
        project.ledger.messages.mark_interrupted(project.now)
    visitor.get()
    assert "1 of unknown fate" in visitor.words
    visitor.get("send?only=unknown")
    assert "certs send --only unknown" in visitor.words
    assert "1 sent" in after(visitor, visitor.post("send/yes", once=visitor.hidden("once")))
    assert visitor.get("send?only=everything").status_code == HTTPStatus.NOT_FOUND


def test_an_activity_is_withdrawn_and_comes_back(college: College, visitor: Browser) -> None:
    visitor.get("activities")
    assert "Online Course" in visitor.words
    visitor.get("activities/course")
    assert "2 people" in visitor.words
    visitor.get("activities/course/withdraw")
    visitor.post("activities/course/withdraw", reason="")
    assert "Say why." in visitor.words
    visitor.post("activities/course/withdraw", reason="issued <i>twice</i>")
    assert "certs withdraw --activity course --reason 'issued <i>twice</i>'" in visitor.words
    assert "<i>" not in visitor.page
    once = visitor.hidden("once")
    said = after(visitor, visitor.post("activities/course/withdraw/yes", once=once))
    assert "4 certificates are withdrawn." in said
    visitor.get("activities/course")
    assert "withdrawn" in visitor.words
    assert "Withdraw all of it" not in visitor.words
    visitor.post("activities/course/reinstate", reason="it was right")
    said = after(visitor, visitor.post("activities/course/reinstate/yes", once=visitor.hidden("once")))
    assert "4 certificates are valid again." in said
    with college.project(locked=False) as project:
        assert "valid" in {row[3] for row in college.certificates()}
        assert project.ledger.withdrawals.open_ones("course") == []


def test_what_leaves_as_a_file_is_on_record(college: College, visitor: Browser) -> None:
    visitor.get("activities/course")
    answer = visitor.post("activities/course/take", **{"as": "csv", "reason": "for the board"})
    assert answer.headers["content-disposition"] == 'attachment; filename="course.csv"'
    assert "ana@example.org" in answer.text
    ledger = (college.data / "ledger.sqlite3").read_bytes() + _wal(college)
    assert b"for the board" in ledger
    assert visitor.post("activities/course/take", **{"as": "exe"}).status_code == HTTPStatus.NOT_FOUND
    refused = visitor.post("activities/nowhere/take", **{"as": "csv"})
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def _wal(college: College) -> bytes:
    path = college.data / "ledger.sqlite3-wal"
    return path.read_bytes() if path.exists() else b""


def test_runs_have_figures_a_chart_and_pages(college: College, visitor: Browser) -> None:
    college.take(ANA.replace("L1", "L7").replace("ana@", "ida@").replace("Ana Alva", "Ida Ek"))
    visitor.get("runs")
    assert "What the last 2 runs came to" in visitor.page
    assert re.search(r'<rect class="b-issued"', visitor.page)
    visitor.get("runs/1")
    assert "Run 1" in visitor.words
    assert "Withheld" in visitor.words
    for path in ("runs/99", "runs/x", "runs/-1", "runs/9999999999999999999", "work/x", "activities/%00"):
        assert visitor.get(path).status_code == HTTPStatus.NOT_FOUND


def test_columns_fill_the_height_and_no_more() -> None:
    chart = columns([{"issued": 6, "withheld": 2}, {"issued": 1}, {}], ("issued", "withheld"))
    assert chart.highest == 8
    assert chart.names == ["issued", "withheld"]
    assert min(bar.y for bar in chart.bars) == 0
    assert all(bar.y + bar.height <= HEIGHT and bar.x + bar.width <= WIDTH for bar in chart.bars)
    assert columns([], ("issued",)).bars == []
    assert [bar.width for bar in bars_of({"a": 0, "b": 0})] == [0.0, 0.0]


TWELVE = [  # sender, subject, text; what becomes of it
    ("ana@example.org", "Certificate link", "Please send me the link again.", "ready"),
    ("stranger@example.net", "My certificate", "I am Ana Alva. Please send my certificate.", "stays"),
    ("ben@example.org", "A question", "My name is misspelt on the certificate, please correct it.", "stays"),
    ("mailer-daemon@example.org", "Undelivered", "It came back.", "automatic"),
    *(
        (f"other{n}@example.net", "Certificate", f"I was at the meeting in room {n}. Where is it?", "stays")
        for n in range(8)
    ),
]


def test_a_mailbox_of_twelve_is_worked_off(college: College) -> None:
    """What can be answered is answered with one press; the rest one by one, to a person or as seen."""
    box = college.data.parent / "Mail"
    for folder in ("new", "cur", "tmp"):
        (box / folder).mkdir(parents=True)
    for number, (sender, subject, text, _) in enumerate(TWELVE):
        automatic = "Auto-Submitted: auto-replied\n" if sender.startswith("mailer") else ""
        (box / "new" / f"{number:02}").write_text(
            f"From: {sender}\nTo: education@example.org\nSubject: {subject}\n{automatic}"
            f"Message-ID: <{number}@example.net>\n\n{text}\n"
        )
    with (college.data.parent / ".env").open("a") as env:
        env.write(f"\nREQUESTS_MAILBOX={box}\n")
    visitor = OpenDesk(college).visitor()
    assert "data-fill" in visitor.page
    visitor.get("requests/count")
    assert visitor.words == "1 can be answered at once 10 take a person See what they ask"
    visitor.get("requests")
    assert "1 request can be answered at once" in visitor.words
    assert "10 mails take a person" in visitor.words
    assert "1 mail was written by programs" in visitor.words
    once = re.findall(r'requests/yes">.*?name="once" value="([^"]+)"', visitor.page)[0]
    assert "1 answered" in after(visitor, visitor.post("requests/yes", once=once))
    assert "ana@example.org" in [mail["To"].addresses[0].addr_spec for mail in college.mails()]
    visitor.get("requests")
    first = visitor.page.index("stranger@example.net")
    once = re.findall(r'requests/answer">.*?name="once" value="([^"]+)"', visitor.page[first:])[0]
    token = visitor.token
    other = visitor.find("Ana Alva").rpartition("/")[2]  # on record, but not offered beside this mail
    strange = visitor.post("requests/answer", token=token, once=once, person=other)
    assert strange.status_code == HTTPStatus.GONE
    visitor.get("requests")
    while found := re.findall(r'requests/seen">.*?name="once" value="([^"]+)"', visitor.page):
        visitor.post("requests/seen", once=found[0])
        assert "is filed as seen" in visitor.words
    assert "No mail takes a person" in visitor.words
    visitor.get("requests/count")
    assert visitor.words == "No mail asks for anything."
    assert sorted(path.name[-1] for path in (box / "cur").iterdir()) == ["S"] * 11
    assert [path.name for path in (box / "new").iterdir()] == ["03"]


def test_a_mailbox_that_cannot_be_read_is_said_on_the_board(college: College) -> None:
    """The board is there all the same; without a mailbox it asks for nothing."""
    assert "data-fill" not in OpenDesk(college).visitor().page
    with (college.data.parent / ".env").open("a") as env:
        env.write(f"\nREQUESTS_MAILBOX={college.data.parent / 'nowhere'}\n")
    visitor = OpenDesk(college).visitor()
    assert "to be mailed" in visitor.words
    assert visitor.get("requests/count").status_code == HTTPStatus.OK
    assert "nowhere" in visitor.words


def mailbox_of_one(college: College) -> Path:
    """The requests mailbox, with a mail of somebody who may be Ana Alva."""
    box = college.data.parent / "Mail"
    for folder in ("new", "cur", "tmp"):
        (box / folder).mkdir(parents=True)
    mail = Path(box / "new" / "1")
    mail.write_text("From: Ana Alva <ana.new@example.net>\nSubject: My link\nMessage-ID: <1@x>\n\nI moved.\n")
    with (college.data.parent / ".env").open("a") as env:
        env.write(f"\nREQUESTS_MAILBOX={box}\n")
    return box


def picked(visitor: Browser) -> dict[str, str]:
    """What the button of the first whom a mail may be from sends."""
    once = re.findall(r'requests/answer">.*?name="once" value="([^"]+)"', visitor.page)[0]
    return {"once": once, "person": visitor.hidden("person")}


def test_a_mail_is_not_answered_over_what_happened_since(college: College) -> None:
    """Another address, by a command elsewhere: whom it goes to is shown again, and answered then."""
    mailbox_of_one(college)
    visitor = OpenDesk(college).visitor()
    visitor.get("requests")
    button = picked(visitor)
    college.do(correct, "L1", Change(email="ana@other.example"), "asked", tell=False)
    before = len(college.mails())
    assert visitor.post("requests/answer", **button).status_code == HTTPStatus.CONFLICT
    assert "Something happened since this was shown" in visitor.words
    assert len(college.mails()) == before
    visitor.post("requests/answer", **picked(visitor))
    assert "The link of Ana Alva goes to ana@other.example" in visitor.words


def stopped_first(college: College, visitor: Browser, path: str, **fields: str) -> httpx.Response:
    """A form that is stopped by a file in output/ that no build made, sent again with that accepted."""
    (college.output / "b.tar").write_text("somebody's")
    assert visitor.post(path, **fields).status_code == HTTPStatus.CONFLICT
    assert "stray-output" in visitor.words
    return visitor.post(path, **fields, **{"stray-output": "accepted"})


def test_what_stops_an_answer_is_accepted_where_it_stops(college: College) -> None:
    mailbox_of_one(college)
    visitor = OpenDesk(college).visitor()
    visitor.get("requests")
    stopped_first(college, visitor, "requests/answer", **picked(visitor))
    assert "The link of Ana Alva goes to" in visitor.words


def test_what_stops_an_undoing_is_accepted_where_it_stops(college: College, visitor: Browser) -> None:
    visitor.get("runs/1/undo")
    visitor.post("runs/1/undo", reason="wrong", mailed="yes")
    answer = stopped_first(college, visitor, "runs/1/undo/yes", once=visitor.hidden("once"))
    assert "Run 1 is undone." in after(visitor, answer)


def test_a_mail_is_answered_to_whom_staff_pick(college: College) -> None:
    """The link goes to the address on record, never to the writer; the mail is filed, once."""
    box = mailbox_of_one(college)
    visitor = OpenDesk(college).visitor()
    visitor.get("requests")
    assert "Perhaps Ana Alva" in visitor.words
    once, person = picked(visitor).values()
    visitor.post("requests/answer", once=once, person=person)
    assert "The link of Ana Alva goes to ana@example.org" in visitor.words
    visitor.post("requests/answer", once=once, person=person)
    assert [mail["To"].addresses[0].addr_spec for mail in college.mails()] == ["ana@example.org"]
    assert [path.name for path in (box / "cur").iterdir()] == ["1:2,RS"]


def test_a_run_is_undone_after_a_look(college: College, visitor: Browser) -> None:
    """What it comes to first, by the words of the command; the run's page then says so."""
    visitor.get("runs/1")
    assert "Undo this run" in visitor.words
    visitor.post("runs/1/undo", reason="the wrong file", mailed="yes")
    assert "4 certificates withdrawn" in visitor.words
    assert "certs undo 1 --mailed --reason 'the wrong file'" in visitor.words
    once, token = visitor.hidden("once"), visitor.token
    assert "Run 1 is undone." in after(visitor, visitor.post("runs/1/undo/yes", once=once))
    assert "Run 1 is undone." in after(visitor, visitor.post("runs/1/undo/yes", once=once, token=token))
    assert not [row for row in college.certificates() if row[3] == "valid"]
    visitor.get("runs/1")
    assert "Undone" in visitor.words
    assert "Undo this run" not in visitor.words
    for path in ("runs/99/undo", "runs/x/undo"):
        answer = visitor.post(path, token=visitor.token, reason="x")
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert visitor.get("runs/1/erase").status_code == HTTPStatus.NOT_FOUND
