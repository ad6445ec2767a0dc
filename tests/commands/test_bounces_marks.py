"""What returned mail leaves on an address: marks that end or go, guesses that mark nobody; any mailbox."""

from __future__ import annotations

import datetime as dt
import json
import mailbox
from pathlib import Path

import pytest

from pipeline.rules.messages.occasions import Fate
from pipeline.workflow import desk, send
from pipeline.workflow.returned import bounces
from tests.commands.test_bounces import HEADER, certs, inbox, message_id, report, to, told
from tests.support.college import TODAY, College

__all__ = ["inbox", "told"]  # the fixtures

WEEK = dt.timedelta(days=7)
FULL = {"status": "5.2.2", "text": "552 5.2.2 mailbox over quota"}


def test_a_full_mailbox_is_tried_again_after_a_week(told: College, inbox: mailbox.Maildir) -> None:
    """Until then nothing goes there, and staff see why; then the mail goes by itself, the mark with it."""
    inbox.add(report(told, "L2", "bo@example.org", **FULL))
    said = certs("bounces", str(inbox._path))
    assert said.exit_code == 3
    assert "full: bo@example.org" in said.stdout
    (bo,) = json.loads(certs("find", "L2", "--json").stdout)
    assert (bo["bounced_kind"], bo["bounced_until"] > bo["bounced_on"]) == ("mailbox full", True)
    day = dt.date.fromisoformat(bo["bounced_on"])
    assert told.run(today=day).sent == 0
    assert "the mailbox is full and is tried again after a week" in certs("status").stdout
    assert told.run(today=day + WEEK - dt.timedelta(days=1)).sent == 0
    assert told.run(today=day + WEEK).sent == 1
    assert to(told, "bo@example.org") == 2
    with told.project(locked=False) as project:
        assert desk.one_person(project, "L2").mark is None
    assert told.run(today=day + WEEK).sent == 0


def test_a_mailbox_that_stays_full_is_not_tried_for_ever(told: College, inbox: mailbox.Maildir) -> None:
    """Three times, then the message is among those that failed."""
    day = TODAY
    for _ in range(5):
        with told.project(day) as project:
            last = project.ledger.messages.of(2)[-1]
            inbox.add(report(told, "", "bo@example.org", message_id=last.message_id, **FULL))
            bounces(project, str(inbox._path), act=True)
        day += WEEK
        told.run(today=day)
    with told.project(day, locked=False) as project:
        assert [one.state for one in project.ledger.messages.of(2)] == [Fate.FAILED] * 3
        assert [one.email for one in project.ledger.undelivered.failed()] == ["bo@example.org"]


def test_a_message_that_a_server_takes_later_takes_the_mark_away(
    told: College, inbox: mailbox.Maildir
) -> None:
    """The link was sent again on purpose, and taken: what waits goes, too."""
    inbox.add(report(told, "L1", "ana@gmial.com"))
    certs("bounces", str(inbox._path))
    assert certs("resend", "L1").exit_code == 0
    with told.project(locked=False) as project:
        assert desk.one_person(project, "L1").mark is None
    assert json.loads(certs("status", "--json").stdout)["bounced"] == 0


def test_what_was_refused_for_us_is_sent_again_once_it_is_mended(
    told: College, inbox: mailbox.Maildir
) -> None:
    """A blocklist marks nobody: all who were refused get the mail by one command."""
    words = {"status": "5.7.1", "text": "554 5.7.1 client host [192.0.2.9] blocked using a blocklist"}
    inbox.add(report(told, "L1", "ana@gmial.com", **words))
    inbox.add(report(told, "L2", "bo@example.org", **words))
    said = certs("bounces", str(inbox._path)).stdout
    assert said.count("refused us. The mail server's address is blocked") == 2
    assert json.loads(certs("status", "--json").stdout)["bounced"] == 0
    assert json.loads(certs("send", "--only", "failed", "--yes", "--json").stdout)["sent"] == 2


def without_original(college: College, address: str) -> bytes:
    """A report that names no message."""
    return report(college, "", address).replace(b"Message-ID: <nothing@elsewhere.test>\n", b"")


def test_a_guess_says_so_and_changes_nothing(told: College, inbox: mailbox.Maildir) -> None:
    """One message went to the address of late: it is named. Of two nobody knows; of an old one neither."""
    inbox.add(without_original(told, "bo@example.org"))
    said = certs("bounces", str(inbox._path))
    assert said.exit_code == 3
    assert "perhaps about the message to bo@example.org of" in said.stdout
    assert json.loads(certs("status", "--json").stdout)["messages"] == {"sent": 2}
    assert certs("bounces", str(inbox._path)).exit_code == 0
    certs("resend", "L2")
    assert json.loads(certs("bounces", str(inbox._path), "--json").stdout)["unmatched"] == 1
    late = dt.datetime.now().astimezone().date() + dt.timedelta(days=30)
    inbox.add(without_original(told, "ana@gmial.com"))
    with told.project(late) as project:
        assert [one.meaning for one in bounces(project, str(inbox._path), act=False).reports] == [
            "unmatched"
        ] * 2


def test_a_report_about_a_message_that_was_deleted_is_no_guess(told: College, inbox: mailbox.Maildir) -> None:
    """It names a message of ours, by the domain of MAIL_FROM, that is on record no more."""
    inbox.add(report(told, "", "bo@example.org", message_id=f"{'0' * 32}@rheumatology.org"))
    assert json.loads(certs("bounces", str(inbox._path), "--json").stdout)["unmatched"] == 1


def test_one_report_with_many_strangers_is_one_line(told: College, inbox: mailbox.Maildir) -> None:
    """Fifty thousand recipients: a count, and no more is read than a bound."""
    block = "Final-Recipient: rfc822; y{}@elsewhere.test\nAction: failed\nStatus: 5.1.1\n\n"
    blocks = "".join(block.format(at) for at in range(50_000)).encode()
    text = report(told, "", "x@elsewhere.test").replace(b"Final-Recipient", blocks + b"Final-Recipient", 1)
    inbox.add(text)
    (line, counts) = certs("bounces", str(inbox._path)).stdout.splitlines()
    assert line.startswith("unmatched: at least 3,")
    assert line.endswith("recipients of one report, the first y0@elsewhere.test")
    assert "unmatched" in counts


@pytest.mark.usefixtures("told")
def test_what_nobody_understands_is_counted_and_listed(inbox: mailbox.Maildir) -> None:
    """With sender and subject, and whose address it names."""
    text = "Return-Path: <>\nFrom: postmaster@mx.example.org\nSubject: About {}\n\nbo@example.org, hm.\n"
    for at in range(2):
        inbox.add(text.format(at).encode())
    said = certs("bounces", str(inbox._path))
    assert said.exit_code == 3
    assert "2 mails not understood" in said.stdout
    assert "postmaster@mx.example.org: About 1 (names bo@example.org)" in said.stdout


@pytest.mark.parametrize("kind", ["eml", "file", "mbox"])
def test_mailboxes(told: College, tmp_path: Path, kind: str) -> None:
    """A folder of .eml files, one of them, an mbox file with a line of a megabyte before the report."""
    text, place = report(told, "L1", "ana@gmial.com"), tmp_path / "mail"
    if kind == "mbox":
        first = b"From: x@example.org\n\n" + b"y" * 1_000_000
        place.write_bytes(b"From a Fri Nov 14 2025\n" + first + b"\n\nFrom b Fri Nov 14 2025\n" + text)
    else:
        place.mkdir()
        (place / "one.EML").write_bytes(text)
        (place / "notes.txt").write_text("no mail")
        place = place if kind == "eml" else place / "one.EML"
    assert json.loads(certs("bounces", str(place), "--json").stdout)["bounced"] == 1


def test_the_former_address_gets_what_was_lost_there_though_it_was_tried_again(
    told: College, inbox: mailbox.Maildir
) -> None:
    """Returned as dead, sent again and taken, then corrected: the new address gets the link."""
    inbox.add(report(told, "L1", "ana@gmial.com"))
    certs("bounces", str(inbox._path))
    certs("resend", "L1")
    told.do(desk.correct, "L1", desk.Change(email="ana@gmail.com"), "mistyped", False)
    with told.project() as project:
        send.send(project)
    assert to(told, "ana@gmail.com") == 1


def test_other_people_with_the_address_are_marked_too(quick_college: College, inbox: mailbox.Maildir) -> None:
    """A couple shares an address: it is dead for both, and a third who is corrected to it."""
    college = quick_college
    rows = [
        f"meeting-2025,L{at},{to}@example.org,{name},5,yes"
        for at, to, name in ((1, "home", "Ana Alva"), (2, "home", "Bo Berg"), (3, "cy", "Cy Cole"))
    ]
    college.take(*rows, header=HEADER)
    inbox.add(report(college, "L1", "home@example.org"))
    with college.project() as project:
        bounces(project, str(inbox._path), act=True)
        desk.correct(project, "L3", desk.Change(email="home@example.org"), "asked", False)
        assert [bool(desk.one_person(project, f"L{at}").mark) for at in (1, 2, 3)] == [True] * 3
        desk.correct(project, "L2", desk.Change(works=True), "", False)
        assert [bool(desk.one_person(project, f"L{at}").mark) for at in (1, 2, 3)] == [False] * 3


def test_a_dead_address_is_not_full(told: College, inbox: mailbox.Maildir) -> None:
    """A second report says that it is full: it stays dead, and no day comes on which it is tried again."""
    inbox.add(report(told, "L2", "bo@example.org"))
    inbox.add(report(told, "L2", "bo@example.org", **FULL))
    certs("bounces", str(inbox._path))
    (bo,) = json.loads(certs("find", "L2", "--json").stdout)
    assert (bo["bounced_kind"], bo["bounced_until"]) == ("address dead", None)


def test_no_report_brings_a_private_link_on_record(told: College, inbox: mailbox.Maildir) -> None:
    """A server quotes the mail in its own words: its token is neither said nor written."""
    with told.project(locked=False) as project:
        token = desk.one_person(project, "L2").token
    inbox.add(
        f"From: postmaster@mx.example.org\nSubject: Undeliverable\n\nbo@example.org: not delivered: Dear Bo, "
        f"https://certificates.example.org/c/{token.upper()}/ is yours\n"
        f"X-Certs-Message: {message_id(told, 'L2')}\n".encode()
    )
    said = certs("bounces", str(inbox._path), "--json").stdout + certs("find", "L2").stdout
    assert "/c/.../" in said
    assert token not in said.lower()


def test_many_reports_of_one_cause_are_said_in_one_line(told: College, inbox: mailbox.Maildir) -> None:
    """Twenty are listed, the others counted."""
    words = {"status": "5.7.1", "text": "554 5.7.1 client host [192.0.2.9] blocked using a blocklist"}
    for at in range(25):
        inbox.add(report(told, "L2", f"forwarded{at}@example.org", **words))
    said = certs("bounces", str(inbox._path)).stdout
    assert said.count("\nfailed: ") + said.startswith("failed: ") == 20
    assert "... and 5 more failed, refused us: --json lists all" in said
