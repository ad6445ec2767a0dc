"""certs send: some of what waits, what was written into a folder, and one of each occasion to oneself."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from pipeline.rules.messages.occasions import Occasion
from tests.commands.test_send import ANA, BO, relay, run
from tests.support.college import body
from tests.support.shell import Shell
from tests.support.smtp_server import SmtpServer

WAITS = "meeting-2025,L3,cy@example.org,Cy Cole,5,no"


def test_a_folder_is_not_the_mail(shell: Shell) -> None:
    """A run says so at once and in its result; what somebody's history says, too."""
    said = run(shell, ANA, BO)
    assert "2 mails written to var/outbox; nobody was mailed" in said.stdout
    assert "writing 2 messages into the folder var/outbox: nobody is mailed" in said.output
    figures = " ".join(shell("status").stdout.split())
    assert "messages written to a folder, not sent 2" in figures
    assert "messages sent" not in figures
    assert "written to the folder var/outbox, not sent" in shell("find", "ana@example.org").stdout
    assert shell.json("find", "L1")[0]["messages"][0]["in_folder"] is True
    assert shell.json("send", "--yes").get("written_to") is None


@pytest.mark.starts
def test_what_lies_in_the_folder_is_sent_when_staff_say_so(shell: Shell) -> None:
    """Not by --yes alone, which no script means; each person once, however often it was written."""
    run(shell, ANA, BO)
    shell("resend", "L1")
    with SmtpServer() as server:
        env = relay(server)
        said = shell("send", "--yes", env=env)
        assert "2 messages were written to a folder before SMTP_HOST was set, not sent" in said.stderr
        assert shell.json("status", env=env)["in_folder"] == 2
        assert not server.accepted
        assert shell.json("send", "--only", "folder", "--yes", env=env)["sent"] == 2
        assert sorted(one.recipient for one in server.accepted) == ["ana@example.org", "bo@example.org"]
        assert shell.json("send", "--only", "folder", "--yes", env=env)["sent"] == 0
        assert shell.json("status", env=env)["in_folder"] == 0
        figures = " ".join(shell("status", env=env).stdout.split())
        assert "messages sent 2 messages written to a folder, not sent 1" in figures


def test_some_of_what_waits(shell: Shell) -> None:
    """By person and by activity; the rest waits on."""
    run(shell, ANA, BO, WAITS, how="--no-send")
    header = "activity,learner_id,email,name,credentials,completed_on,cme_credits\n"
    course = "course,L4,al@example.org,Al Alva,,2025-11-01,2"
    shell("run", shell.college.claims(course, header=header), "--no-send", "--workers", 1)
    assert "cy@example.org: withheld: " in shell("send", "--to", "L3", "--dry-run").stdout
    assert shell.json("send", "--to", "L3", "--yes")["sent"] == 1
    assert shell.json("send", "--activity", "course", "--yes")["sent"] == 1
    found = shell.json("send", "--activity", "meeting-2025", "--limit", 1, "--yes")
    assert (found["sent"], found["queued"]) == (1, 1)
    assert 'no activity "nothing"' in shell.refused("send", "--activity", "nothing", "--yes")


def test_one_of_each_occasion_to_oneself(shell: Shell) -> None:
    """Before a first run; said in each subject, about nobody, with a link that leads nowhere."""
    said = shell("send", "--test", "me@example.org")
    assert f"{len(Occasion)} test messages written to var/outbox" in said.stdout
    mails = shell.college.mails()
    assert len(mails) == len(Occasion)
    assert all(str(mail["Subject"]).startswith("[test] ") for mail in mails)
    assert {mail["To"].addresses[0].addr_spec for mail in mails} == {"me@example.org"}
    assert len({str(mail["Subject"]) for mail in mails}) == len(Occasion)
    texts = [body(mail) for mail in mails]
    with_points = [text for text in texts if "MOC points" in text]
    assert len(with_points) == 2  # one that takes another's place, one that a board was told of; else none
    for text in with_points:
        assert text.count("MOC points") == text.count("* CME / ABIM MOC Certificate") == 1, text
    with shell.college.project() as project:
        assert project.ledger.messages.counts() == {}
        assert project.ledger.builds.paths(project.frame()) == []


@pytest.mark.starts
def test_a_test_goes_by_the_mail_server(shell: Shell) -> None:
    """And what that refuses is named."""
    with SmtpServer() as server:
        found = shell.json("send", "--test", "me@example.org", env=relay(server))
        assert found == {"sent": len(Occasion), "failed": 0, "refused": []}
    (first, *_) = server.accepted
    assert str(message_from_bytes(first.data, policy=policy.default)["Subject"]).startswith("[test] ")
    assert "address" in shell.refused("send", "--test", "nobody at all")
