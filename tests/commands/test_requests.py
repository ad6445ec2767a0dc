"""The requests mailbox: real mail in a real Maildir, answered once and to the address on record, or left."""

from __future__ import annotations

import datetime as dt
import html
import json
import mailbox
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.inbox import MaildirBox
from pipeline.rules.certificates import statements
from pipeline.rules.messages.requests import Outcome
from pipeline.workflow import requests
from pipeline.workflow.requests import Requests
from tests.support.college import TODAY, College, body
from tests.support.shell import Shell

HEADER = "activity,learner_id,email,name,cme_credits,evaluation\n"
REQUEST = """Return-Path: <{address}>
From: {sender}
To: education@rheumatology.org
Subject: {subject}
Message-ID: <{id}@example.org>
Date: Fri, 14 Nov 2025 09:30:00 -0500

{text}
"""
EVERY = {"ana@example.org", "bo@example.org", "shared@example.org"}


def request(
    sender: str, number: int = 1, subject: str = "My certificate", text: str = "I lost my link."
) -> str:
    address = sender.rpartition("<")[2].strip(">")
    return REQUEST.format(address=address, sender=sender, subject=subject, id=f"r{number}", text=text)


@pytest.fixture
def issued(quick_college: College) -> College:
    """Ana and Bo with certificates; Cy and Di who share one address; all were told."""
    quick_college.take(
        "meeting-2025,L1,ana@example.org,Ana Alva,12.25,yes",
        "meeting-2025,L2,bo@example.org,Bo Bonnard,3,yes",
        "meeting-2025,L3,shared@example.org,Cy Cole,3,yes",
        "meeting-2025,L4,shared@example.org,Di Cole,3,yes",
        header=HEADER,
    )
    return quick_college


@pytest.fixture
def inbox(tmp_path: Path) -> mailbox.Maildir:
    return mailbox.Maildir(tmp_path / "inbox", create=True)


def put(inbox: mailbox.Maildir, *texts: str | bytes) -> None:
    for text in texts:
        inbox.add(text.encode() if isinstance(text, str) else text)


def read(college: College, folder: Path, act: bool = True, today: dt.date = TODAY) -> Requests:
    with college.project(today) as project:
        return requests.requests(project, MaildirBox(folder), act)


def place(inbox: mailbox.Maildir) -> Path:
    return Path(inbox._path)


def waiting(folder: Path) -> int:
    return len(list((folder / "new").iterdir()))


def resent(college: College) -> list[str]:
    """To whom the link went again."""
    return [mail["To"].addresses[0].addr_spec for mail in college.mails()][4:]


def test_a_request_is_answered_once_and_filed(issued: College, inbox: mailbox.Maildir) -> None:
    """The link goes to the address on record; the mail lies in cur/ as replied and seen; no quote."""
    put(inbox, request("Ana Alva <Ana@Example.org>", text="Please send my link.\n-- \nSECRET-WORD"))
    found = read(issued, place(inbox))
    assert found.counts[Outcome.ANSWER] == 1
    assert resent(issued) == ["ana@example.org"]
    (answer,) = issued.mails()[4:]
    assert "SECRET-WORD" not in answer.as_string()
    assert issued.page("Ana Alva").name in body(answer)
    assert waiting(place(inbox)) == 0
    (filed,) = (place(inbox) / "cur").iterdir()
    assert filed.name.endswith(":2,RS")
    assert read(issued, place(inbox)).placed == ()
    assert resent(issued) == ["ana@example.org"]
    with issued.project(locked=False) as project:
        person = project.ledger.people.who("L1", None)[0]
        assert [deed.action for deed in project.ledger.audit.of(person.id)] == ["request"]
        assert list(project.ledger.audit.faults()) == []


@pytest.mark.parametrize("page", ["index.html", "404.html", "verify"])
def test_the_mail_that_pages_offer_is_answered(issued: College, inbox: mailbox.Maildir, page: str) -> None:
    """*Ask for my link*, pressed and sent as the mail program opens it: the link comes."""
    file = issued.output / page if page != "verify" else next((issued.output / page).glob("*/index.html"))
    (address,) = re.findall(
        r'<a class="button[^"]*" href="(mailto:[^"]+)">Ask for my link</a>', file.read_text()
    )
    parts = urlsplit(html.unescape(address))
    fields = {name: value for name, (value,) in parse_qs(parts.query, strict_parsing=True).items()}
    assert parts.path == statements.CONTACT
    put(inbox, request("ana@example.org", subject=fields["subject"], text=fields["body"]))
    assert read(issued, place(inbox)).counts[Outcome.ANSWER] == 1
    assert resent(issued) == ["ana@example.org"]


def test_once_a_day_and_once_a_mail(issued: College, inbox: mailbox.Maildir) -> None:
    """Three mails in a day are one answer; the second copy of an answered mail is none, on any day."""
    put(inbox, request("ana@example.org", 1), request("ana@example.org", 2), request("ana@example.org", 3))
    found = read(issued, place(inbox))
    assert (found.counts[Outcome.ANSWER], found.counts[Outcome.STAYS]) == (1, 2)
    assert resent(issued) == ["ana@example.org"]
    for path in (place(inbox) / "new").iterdir():
        path.unlink()
    put(inbox, request("ana@example.org", 1), request("ana@example.org", 2), request("ana@example.org", 3))
    later = read(issued, place(inbox), today=TODAY + dt.timedelta(days=1))
    assert (later.counts[Outcome.ANSWERED], later.counts[Outcome.ANSWER]) == (1, 1)
    assert resent(issued) == ["ana@example.org"] * 2


class Killed(BaseException):
    """The power goes."""


@pytest.mark.parametrize("where", ["queue_link", "file", "release", "send_these"])
def test_killed_and_run_again_it_answers_nobody_twice(
    issued: College, inbox: mailbox.Maildir, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Wherever it dies, the next reading files what was answered, and each asker has one answer at last."""
    put(inbox, request("ana@example.org", 1), request("bo@example.org", 2))

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(MaildirBox if where == "file" else requests, where, die)
        with pytest.raises(Killed):
            read(issued, place(inbox))
    read(issued, place(inbox))
    issued.run()
    assert sorted(resent(issued)) == ["ana@example.org", "bo@example.org"]
    assert waiting(place(inbox)) == 0
    read(issued, place(inbox), today=TODAY + dt.timedelta(days=2))
    assert len(resent(issued)) == 2


def flood(inbox: mailbox.Maildir) -> list[str]:
    put(inbox, request("ana@example.org", 1), request("bo@example.org", 2))
    return ["ana@example.org", "bo@example.org"]


def test_many_at_once_wait_for_the_next_run_and_it_is_said(
    issued: College, inbox: mailbox.Maildir, monkeypatch: pytest.MonkeyPatch
) -> None:
    """180 forged mails in a minute must not become 180 mails to people who asked for nothing."""
    shell, (ana, bo) = Shell(issued, monkeypatch), flood(inbox)
    listed = shell("requests", place(inbox), "--most", 1)
    assert "would answer: ana@example.org" in listed.stdout
    assert "waits: bo@example.org: My certificate: more than 1 within an hour" in listed.stdout
    for _ in range(2):  # the hour's answers count in the next run, too
        done = shell("requests", place(inbox), "--yes", "--most", 1, status=3)
        assert resent(issued) == [ana]
        assert "1 request waits: more than 1 within an hour" in done.stderr
    with issued.project(TODAY + dt.timedelta(days=1)) as project:
        requests.requests(project, MaildirBox(place(inbox)), True, most=1)
    assert resent(issued) == [ana, bo]
    assert waiting(place(inbox)) == 0


@pytest.mark.parametrize("answer", [True, False])
def test_a_person_at_the_terminal_is_asked_about_the_others(
    issued: College, inbox: mailbox.Maildir, answer: bool
) -> None:
    everybody = flood(inbox)
    with issued.project() as project:
        found = requests.requests(
            project, MaildirBox(place(inbox)), True, 1, lambda count: count == 1 and answer
        )
    assert resent(issued) == everybody[: 2 if answer else 1]
    assert found.counts[Outcome.WAITS] == (0 if answer else 1)
    assert waiting(place(inbox)) == (0 if answer else 1)


def test_a_sender_whom_the_offices_server_doubts_stays(
    issued: College, inbox: mailbox.Maildir, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AUTHSERV_ID names the server; what the forger wrote below its field does not count."""
    field = "Authentication-Results: mx.office.example; dmarc={}\n"
    put(inbox, field.format("fail") + field.format("pass") + request("ana@example.org", 1))
    put(inbox, field.format("pass") + request("bo@example.org", 2))
    shell = Shell(issued, monkeypatch)
    done = shell("requests", place(inbox), "--yes", env={"AUTHSERV_ID": "mx.office.example"})
    assert "stays: ana@example.org: My certificate: its sender may be forged (dmarc=fail)" in done.stdout
    assert resent(issued) == ["bo@example.org"]


def test_what_stays_has_the_likeliest_people_beside_it(issued: College, inbox: mailbox.Maildir) -> None:
    """An unknown sender is told nothing; staff see whom it may be, by the address and the name beside it."""
    put(
        inbox,
        request("Ana Alwa <ana.private@elsewhere.test>", 1),
        request("Bo Bonnard <bo@exampel.org>", 2),
        request("shared@example.org", 3),
    )
    found = read(issued, place(inbox))
    assert [one.decision.outcome for one in found.placed] == [Outcome.STAYS] * 3
    assert [one.name for one in found.placed[0].likeliest] == ["Ana Alva"]
    assert found.placed[1].likeliest[0].name == "Bo Bonnard"
    assert {one.name for one in found.placed[2].likeliest} == {"Cy Cole", "Di Cole"}
    assert resent(issued) == []
    assert waiting(place(inbox)) == 3


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('From: "ana@example.org" <eve@evil.test>\n\nlink please', id="address as display name"),
        pytest.param("From: ana@example.org, eve@evil.test\n\nlink please", id="two senders"),
        pytest.param("From: ana@example.org\nFrom: eve@evil.test\n\nlink please", id="two From fields"),
        pytest.param("From: Friends: ana@example.org, eve@evil.test;\n\nlink please", id="a group"),
        pytest.param("From: <ana@example.org\x00@evil.test>\n\nlink please", id="null byte"),
        pytest.param("From: \n\nlink please", id="empty sender"),
        pytest.param("Subject: link\n\nlink please", id="no sender"),
        pytest.param("", id="empty"),
        pytest.param("\x00\x01\x02" * 100, id="rubbish"),
    ],
)
def test_whoever_it_pretends_to_be_no_link_goes_astray(
    issued: College, inbox: mailbox.Maildir, text: str
) -> None:
    """Spoofed and malformed senders stay for a person."""
    put(inbox, text)
    found = read(issued, place(inbox))
    assert [one.decision.outcome for one in found.placed] == [Outcome.STAYS]
    assert resent(issued) == []


def test_huge_mails_and_other_character_sets(issued: College, inbox: mailbox.Maildir) -> None:
    """30 MB are not read whole; Latin-1 unsaid and unknown character sets have an outcome."""
    put(
        inbox,
        request("ana@example.org", 1).encode() + b"\n-- \n" + b"x" * 30_000_000,
        request("Bo Bönnard <bo@example.org>", 2).encode("latin-1"),
    )
    found = read(issued, place(inbox))
    assert found.counts[Outcome.ANSWER] == 2
    strange = request("eve@evil.test", 3, subject="=?x-none?B?////?=").replace(
        "\n\n", '\nContent-Type: text/plain; charset="nonsense"\n\n', 1
    )
    put(inbox, strange)
    assert read(issued, place(inbox)).counts[Outcome.STAYS] == 1


def test_an_answer_to_our_own_mail_is_not_answered(issued: College, inbox: mailbox.Maildir) -> None:
    """A program that replies to our mail in the holder's name must not start an endless exchange."""
    (ours,) = [mail for mail in issued.mails() if "ana@example.org" in mail["To"]]
    put(inbox, f"In-Reply-To: {ours['Message-ID']}\n" + request(str(ours["To"])))
    found = read(issued, place(inbox))
    assert found.placed[0].decision.reason == "it answers a mail of ours"
    assert resent(issued) == []


def test_a_former_address_gets_nothing(issued: College, inbox: mailbox.Maildir) -> None:
    """Who left a hospital has left its mailbox; the link goes to the address on record alone."""
    with issued.project() as project, project.ledger.transaction():
        person = project.ledger.people.who("L1", None)[0]
        project.ledger.people.set_email(person.id, "ana@new.example", 5)
    put(inbox, request("ana@example.org"))
    found = read(issued, place(inbox))
    assert "former address" in found.placed[0].decision.reason
    assert [one.email for one in found.placed[0].likeliest] == ["ana@new.example"]
    assert resent(issued) == []


def test_mails_a_person_has_read_are_left_alone(issued: College, inbox: mailbox.Maildir) -> None:
    """In cur/ with a flag somebody has dealt with it; without one a mail program only looked."""
    for name, flags in (("1", ":2,S"), ("2", ":2,T"), ("3", ":2,")):
        (place(inbox) / "cur" / f"{name}{flags}").write_text(request("ana@example.org", int(name)))
    (place(inbox) / "new" / ".hidden").write_text("x")
    found = read(issued, place(inbox))
    assert [one.mail.ref for one in found.placed] == ["cur/3:2,"]
    assert (place(inbox) / "cur" / "3:2,RS").is_file()


def test_the_command(issued: College, inbox: mailbox.Maildir, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists by default, acts with --yes; names nobody's link; a folder that is no Maildir is one sentence."""
    monkeypatch.chdir(issued.root)
    monkeypatch.setenv("SITE_URL", "https://certificates.example.org")
    tokens = {path.name for path in (issued.output / "c").iterdir()}
    put(inbox, request("ana@example.org", 1), request("\x1b[31mEve <eve@evil.test>", 2))
    put(inbox, "Auto-Submitted: auto-replied\n" + request("bo@example.org", 3))
    listed = CliRunner().invoke(main, ["requests", str(place(inbox))])
    assert listed.exit_code == 0
    assert "would answer: ana@example.org: My certificate: the link goes to ana@example.org" in listed.stdout
    assert "Nothing was done" in listed.stdout
    assert waiting(place(inbox)) == 3
    done = CliRunner().invoke(main, ["requests", str(place(inbox)), "--yes", "--json"])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert (answer["answer"], answer["stays"], answer["automatic"], answer["done"]) == (1, 1, 1, True)
    assert [message["state"] for message in answer["messages"]] == ["sent"]
    assert not any(token in listed.output + done.output for token in tokens)
    assert "\x1b" not in listed.output + done.output
    for wrong in (str(issued.root), "imaps://nobody", "imaps://u:secret@host/x", str(issued.data / "outbox")):
        result = CliRunner().invoke(main, ["requests", wrong])
        assert result.exit_code == 1, wrong
        assert "secret" not in result.output
