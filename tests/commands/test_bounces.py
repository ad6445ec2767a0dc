"""Returned mail on record: the message has failed, the address is marked, and all of it once."""

from __future__ import annotations

import datetime as dt
import json
import mailbox
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import main
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.messages.returned import Meaning
from pipeline.workflow import desk, send
from pipeline.workflow.due import Choice
from pipeline.workflow.returned import bounces
from tests.support.college import College, body

HEADER = "activity,learner_id,email,name,cme_credits,evaluation\n"
REPORT = """Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
To: education@rheumatology.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {text}

--cut
Content-Type: text/rfc822-headers

Message-ID: <{message_id}>

--cut--
"""
ABSENCE = """From: Bo <bo@example.org>
Subject: Out of office until March
Auto-Submitted: auto-replied
In-Reply-To: <{message_id}>

Away.
"""


@pytest.fixture
def told(quick_college: College, monkeypatch: pytest.MonkeyPatch) -> College:
    """Ana, whose address is mistyped, and Bo, both mailed; the shell stands in the project."""
    quick_college.take(
        "meeting-2025,L1,ana@gmial.com,Ana Alva,12.25,yes",
        "meeting-2025,L2,bo@example.org,Bo Bonnard,3,yes",
        header=HEADER,
    )
    monkeypatch.chdir(quick_college.root)
    return quick_college


@pytest.fixture
def inbox(tmp_path: Path) -> mailbox.Maildir:
    return mailbox.Maildir(tmp_path / "returned", create=True)


def message_id(college: College, who: str) -> str:
    with college.project(locked=False) as project:
        person = desk.one_person(project, who)
        return project.ledger.messages.of(person.id)[0].message_id


def report(college: College, who: str, address: str, **changes: str) -> bytes:
    values = {
        "address": address,
        "action": "failed",
        "status": "5.1.1",
        "text": "550 5.1.1 no such user",
        "message_id": message_id(college, who) if who else "nothing@elsewhere.test",
    }
    return REPORT.format(**(values | changes)).encode()


def certs(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_a_bounce_marks_message_and_address_once(told: College, inbox: mailbox.Maildir) -> None:
    """status and find show it, a typo is guessed with the command that mends it; read again: no change."""
    inbox.add(report(told, "L1", "ANA@gmial.com"))
    first = certs("bounces", str(inbox._path))
    assert first.exit_code == 3, first.output
    assert "bounced: ana@gmial.com: returned: failed: 5.1.1 550 5.1.1 no such user" in first.stdout
    assert "certs correct ana@gmial.com --email ana@gmail.com --reason" in first.stdout
    (ana,) = json.loads(certs("find", "L1", "--json").stdout)
    assert ana["bounced"] == "failed: 5.1.1 550 5.1.1 no such user"
    assert [(one["state"], one["response"]) for one in ana["messages"]] == [
        ("failed", "returned: failed: 5.1.1 550 5.1.1 no such user")
    ]
    status = json.loads(certs("status", "--json").stdout)
    assert (status["bounced"], status["messages"]) == (1, {"failed": 1, "sent": 1})
    assert [one["email"] for one in status["failed"]] == ["ana@gmial.com"]
    with told.project(locked=False) as project:
        person = desk.one_person(project, "L1")
        history = project.ledger.messages.history(project.ledger.messages.of(person.id)[0].id)
        assert [one.state for one in history] == ["queued", "sent", "failed"]
        assert [deed.action for deed in project.ledger.audit.of(person.id)] == ["bounce"]
    again = certs("bounces", str(inbox._path), "--json")
    assert again.exit_code == 0
    assert json.loads(again.stdout)["known"] == 1
    with told.project(locked=False) as project:
        assert [deed.action for deed in project.ledger.audit.of(1)] == ["bounce"]
        assert list(project.ledger.audit.faults()) == []
    assert len(list(inbox.keys())) == 1


def test_what_does_not_concern_the_address_on_record_marks_nobody(
    told: College, inbox: mailbox.Maildir
) -> None:
    """Another recipient, a passing trouble, an absence, a stranger's message: listed, not marked."""
    inbox.add(report(told, "L1", "forward@elsewhere.test"))
    inbox.add(report(told, "L2", "bo@example.org", action="delayed", status="4.4.1", text="no answer yet"))
    inbox.add(ABSENCE.format(message_id=message_id(told, "L2")).encode())
    inbox.add(report(told, "", "eve@elsewhere.test"))
    inbox.add(report(told, "L2", "bo@example.org", action="delivered", status="2.0.0", text="250 ok"))
    done = certs("bounces", str(inbox._path), "--json")
    assert done.exit_code == 3
    answer = json.loads(done.stdout)
    counts = {name: answer[name] for name in ("bounced", "failed", "noted", "known", "unmatched")}
    assert counts == {"bounced": 0, "failed": 1, "noted": 2, "known": 0, "unmatched": 1}
    assert json.loads(certs("status", "--json").stdout)["bounced"] == 0
    (bo,) = json.loads(certs("find", "L2", "--json").stdout)
    assert [one["state"] for one in bo["messages"]] == ["sent"]
    with told.project(locked=False) as project:
        history = project.ledger.messages.history(2)
    assert {one.response for one in history[2:]} == {
        "returned: delayed: 4.4.1 no answer yet",
        "returned: auto-reply: Out of office until March",
    }
    assert certs("bounces", str(inbox._path)).exit_code == 0
    with told.project(locked=False) as project:
        assert project.ledger.messages.history(2) == history


def to(college: College, address: str) -> int:
    """How many mails with a link went to the address."""
    return sum(
        mail["To"].addresses[0].addr_spec == address and "/c/" in body(mail) for mail in college.mails()
    )


def test_a_late_report_about_the_old_address_leaves_the_new_one_alone(
    told: College, inbox: mailbox.Maildir
) -> None:
    """What failed goes to the corrected address as a message of its own: a report about one, be it in
    the same words, is no news of the other."""
    folder, old = Path(inbox._path), report(told, "L1", "ana@gmial.com")
    inbox.add(old)
    with told.project() as project:
        bounces(project, str(folder), act=True)
        desk.correct(project, "L1", desk.Change(email="ana@gmail.com"), "mistyped", False)
    assert told.run().sent == 1  # no word to the old address: it bounces
    assert to(told, "ana@gmail.com") == 1
    inbox.add(old.replace(b"no such user", b"still no such user"))
    with told.project() as project:
        bounces(project, str(folder), act=True)
        person = desk.one_person(project, "L1")
        assert not person.bounced
        mails = [one for one in project.ledger.messages.of(person.id) if one.occasion == "new"]
        assert [(one.email, one.state) for one in mails] == [
            ("ana@gmial.com", Fate.FAILED),
            ("ana@gmail.com", Fate.SENT),
        ]
        assert mails[0].message_id != mails[1].message_id
        inbox.add(report(told, "L1", "ana@gmail.com", message_id=mails[1].message_id))
        found = bounces(project, str(folder), act=True)
        assert [one.meaning for one in found.reports].count(Meaning.BOUNCED) == 1
        assert desk.one_person(project, "L1").bounced
    assert told.run().sent == 0


def test_what_came_back_after_the_correction_goes_to_the_new_address(
    told: College, inbox: mailbox.Maildir
) -> None:
    """Sent to the old address, corrected, and only then returned: the link goes to the new address, once."""
    told.do(desk.correct, "L1", desk.Change(email="ana@gmail.com"), "mistyped", False)
    assert told.run().sent == 1  # word to the old address
    assert to(told, "ana@gmail.com") == 0
    inbox.add(report(told, "L1", "ana@gmial.com"))
    said = certs("bounces", str(inbox._path))
    assert "requeued: ana@gmial.com" in said.stdout
    assert "waits for the one on record: certs send" in said.stdout
    told.run()
    assert to(told, "ana@gmail.com") == 1
    assert json.loads(certs("bounces", str(inbox._path), "--json").stdout)["known"] == 1
    told.run()
    assert to(told, "ana@gmail.com") == 1


def test_a_report_about_a_former_address_is_not_about_an_unknown_outcome(
    told: College, inbox: mailbox.Maildir
) -> None:
    """Sent nobody knows whether, then corrected, then sent again: word about the old address is noted."""
    with told.project() as project:
        with project.ledger.transaction():
            project.ledger.messages.step(1, Fate.UNKNOWN, 1, project.now)
        desk.correct(project, "L1", desk.Change(email="ana@gmail.com"), "mistyped", False)
        send.send(project, Choice(Fate.UNKNOWN))
    inbox.add(report(told, "L1", "ana@gmial.com"))
    answer = json.loads(certs("bounces", str(inbox._path), "--json").stdout)
    assert (answer["noted"], answer["failed"], answer["bounced"]) == (1, 0, 0)
    inbox.add(report(told, "L1", "ana@gmail.com"))
    answer = json.loads(certs("bounces", str(inbox._path), "--json").stdout)
    assert (answer["bounced"], answer["known"]) == (1, 1)


def test_a_bounce_settles_an_unknown_outcome(told: College, inbox: mailbox.Maildir) -> None:
    """What came back was taken by a server: it is not sent again, and staff need not decide."""
    with told.project() as project, project.ledger.transaction():
        project.ledger.messages.step(1, Fate.UNKNOWN, 1, project.now)
    inbox.add(report(told, "L1", "ana@gmial.com"))
    assert certs("bounces", str(inbox._path)).exit_code == 3
    assert json.loads(certs("status", "--json").stdout)["messages"] == {"failed": 1, "sent": 1}
    told.run()
    assert len(told.mails()) == 2


def test_a_dry_run_and_a_wrong_path_change_nothing(told: College, inbox: mailbox.Maildir) -> None:
    """--dry-run lists; a path that is no mailbox is one sentence and exit status 1."""
    inbox.add(report(told, "L1", "ana@gmial.com"))
    listed = certs("bounces", str(inbox._path), "--dry-run")
    assert "bounced: ana@gmial.com" in listed.stdout
    assert json.loads(certs("status", "--json").stdout)["bounced"] == 0
    wrong = certs("bounces", str(told.root))
    assert wrong.exit_code == 1
    assert "neither a Maildir nor an mbox" in wrong.output


def test_two_copies_in_one_mailbox_are_one_report(told: College, inbox: mailbox.Maildir) -> None:
    """Mail that was delivered to two of the office's addresses counts once."""
    for _ in range(2):
        inbox.add(report(told, "L1", "ana@gmial.com"))
    answer = json.loads(certs("bounces", str(inbox._path), "--json").stdout)
    assert (answer["bounced"], answer["known"]) == (1, 0)
    with told.project(locked=False) as project:
        assert len(project.ledger.messages.history(1)) == 3


def test_what_went_to_a_dead_address_after_the_first_return_is_lost_too(
    told: College, inbox: mailbox.Maildir
) -> None:
    """The relay took the link twice, one report came: the corrected address gets the link, once."""
    inbox.add(report(told, "L1", "ana@gmial.com"))
    assert certs("resend", "L1").exit_code == 0
    certs("bounces", str(inbox._path))
    assert certs("correct", "L1", "--email", "ana@gmail.com", "--reason", "mistyped").exit_code == 0
    told.run()
    assert to(told, "ana@gmail.com") == 1
    assert json.loads(certs("status", "--json").stdout)["failed"] == []


def test_a_link_is_not_sent_to_an_address_that_bounces_with_the_other_failures(
    told: College, inbox: mailbox.Maildir
) -> None:
    """NEW and RESENT came back: sending what failed leaves both where they are, and says why."""
    inbox.add(report(told, "L1", "ana@gmial.com"))
    certs("resend", "L1")
    with told.project(locked=False) as project:
        resent = project.ledger.messages.of(1)[-1]
    inbox.add(report(told, "L1", "ana@gmial.com", message_id=resent.message_id))
    certs("bounces", str(inbox._path))
    mails = len(told.mails())
    assert "1 message waits: the address bounces" in certs("send", "--only", "failed", "--yes").stderr
    assert len(told.mails()) == mails
    assert len(json.loads(certs("status", "--json").stdout)["failed"]) == 1


def test_a_report_about_a_forwarding_to_a_former_address_is_no_small_matter(
    told: College, inbox: mailbox.Maildir
) -> None:
    """The address on record forwards to the dead former one: what went there did not arrive."""
    with told.project() as project:
        desk.correct(project, "L2", desk.Change(email="bo@university.example"), "moved", False)
        (message,) = send.send_these(project, [desk.resend(project, "L2", None)[1]]).messages
    inbox.add(report(told, "L2", "bo@example.org", message_id=message.message_id))
    assert certs("bounces", str(inbox._path)).exit_code == 3
    with told.project(locked=False) as project:
        assert project.ledger.messages.get(message.id).state is Fate.FAILED


def test_a_late_report_leaves_what_the_present_address_refused(told: College, inbox: mailbox.Maildir) -> None:
    """Only what went to the former address is queued again."""
    told.write_meeting("second")
    told.do(desk.correct, "L1", desk.Change(email="ana@gmail.com"), "mistyped", False)
    told.take("second,L1,ana@gmail.com,Ana Alva,5,", header=HEADER, send=False)
    with told.project() as project:
        (second,) = [one for one in project.ledger.messages.of(1) if one.email == "ana@gmail.com"]
        with project.ledger.transaction():
            project.ledger.messages.step(second.id, Fate.FAILED, 1, project.now, (550, "", "5.1.1 unknown"))
    inbox.add(report(told, "L1", "ana@gmial.com"))
    certs("bounces", str(inbox._path))
    with told.project(locked=False) as project:
        assert project.ledger.messages.get(second.id).state is Fate.FAILED
        mails = [one for one in project.ledger.messages.of(1) if one.occasion == "new"]
        (waiting,) = [one for one in mails if one.state is Fate.QUEUED]
        assert waiting.email == "ana@gmail.com"
        assert len(project.ledger.undelivered.failed()) == 1


def test_what_was_queued_again_is_forgotten_with_the_rest(
    quick_college: College, inbox: mailbox.Maildir
) -> None:
    """Six years on, nothing is left of the message that came back, nor of the one in its place."""
    college, then = quick_college, dt.date(2019, 11, 20)
    row = "old-meeting,L1,ana@gmial.com,Ana Alva,5,"
    college.take(row, header=HEADER, today=then)
    with college.project(then) as project:
        first = project.ledger.messages.of(1)[0].message_id
        inbox.add(report(college, "", "ana@gmial.com", message_id=first))
        bounces(project, str(inbox._path), act=True)
        desk.correct(project, "L1", desk.Change(email="ana@gmail.com"), "mistyped", False)
        send.send(project)
    college.take(
        "meeting-2025,L1,ana@gmail.com,Ana Alva,5,yes",
        header=HEADER,
        today=dt.date(2025, 11, 1),
        mail_advice=False,
    )
    assert college.run(today=dt.date(2025, 12, 20)).purged == 2
    assert ["Autumn" in mail["Subject"] for mail in college.mails()] == [True]
    with college.project(dt.date(2025, 12, 20)) as project:
        assert [one.email for one in project.ledger.messages.of(1)] == ["ana@gmail.com"]
        assert "no such user" not in str([project.ledger.messages.history(one) for one in range(5)])


@pytest.mark.parametrize(
    "words",
    [
        ("--email", "ana@gmial.com", "--reason", "it works"),
        ("--works",),
        ("--email", "Ana@gmial.com", "--reason", "x"),
    ],
    ids=["to itself", "works", "other letters"],
)
def test_staff_take_a_mark_away(told: College, inbox: mailbox.Maildir, words: tuple[str, ...]) -> None:
    """An address that is corrected to itself works again: the mark goes, is on record, and mail follows."""
    inbox.add(report(told, "L1", "ana@gmial.com"))
    certs("bounces", str(inbox._path))
    assert certs("correct", "L1", *words).exit_code == 0
    with told.project(locked=False) as project:
        assert desk.one_person(project, "L1").mark is None
        assert "works again" in project.ledger.audit.of(1)[-1].detail
    assert json.loads(certs("send", "--only", "failed", "--yes", "--json").stdout)["sent"] == 1


def test_what_went_to_a_dead_mailbox_in_another_spelling_told_nothing(
    quick_college: College, inbox: mailbox.Maildir, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The domain encoded, then in its own letters, is one mailbox: what went there is still to be told."""
    monkeypatch.chdir(quick_college.root)
    row = "meeting-2025,L1,ana@xn--exmple-cua.org,Ana Alva,12.25,yes"
    quick_college.take(row, header=HEADER)
    certs("correct", "L1", "--email", "ana@exämple.org", "--reason", "spelling")
    certs("resend", "L1")
    inbox.add(report(quick_college, "L1", "ana@xn--exmple-cua.org"))
    certs("bounces", str(inbox._path))
    assert len(json.loads(certs("status", "--json").stdout)["failed"]) == 1
    certs("correct", "L1", "--email", "ana@new.example", "--reason", "asked")
    quick_college.run()
    assert to(quick_college, "ana@new.example") == 1
