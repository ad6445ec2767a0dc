"""What staff see of mail that failed or waits, and how they send it again."""

from __future__ import annotations

import datetime as dt
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from pipeline.ledger import Ledger
from pipeline.rules.messages.occasions import Fate
from pipeline.workflow import desk, send, standing
from pipeline.workflow.project import Project
from tests.support.college import College, body
from tests.support.mail_values import dead
from tests.support.shell import Shell
from tests.support.smtp_server import Moment, SmtpServer

HEADER = "activity,learner_id,email,name,cme_credits,evaluation\n"
ANA = "meeting-2025,L1,ana@example.org,Ana Alva,5,yes"
BO = "meeting-2025,L2,bo@example.org,Bo Berg,6,yes"
DENIED = "550 <bo@example.org>: no thanks"


def relay(server: SmtpServer) -> dict[str, str]:
    """Settings; with patience, as the sender's clock is the real one and the shell's is not."""
    port = str(server.port)
    return {"SMTP_HOST": "localhost", "SMTP_PORT": port, "SMTP_TLS": "none", "MAIL_RETRY_DAYS": "2192"}


def run(shell: Shell, *rows: str, how: str = "--yes", **options: Any) -> Result:
    """`certs run` on these rows, which mails what it makes."""
    return shell("run", shell.college.claims(*rows, header=HEADER), how, "--workers", 1, **options)


def put_off_and_correct(project: Project) -> None:
    """Ana's first mail was put off and is due again; meanwhile her name was corrected."""
    with project.ledger.transaction():
        project.ledger.messages.step(1, Fate.DEFERRED, 1, project.now, due_at=project.now)
    desk.correct(project, "L1", desk.Change(name="Ana Alba"), "spelling", False)


@pytest.mark.starts
def test_what_failed_is_named_with_what_to_do_until_it_is_sent(shell: Shell) -> None:
    """By the run, by the next one, by status; sent again together once the relay is mended."""
    denied = True

    def script(moment: Moment) -> str | None:
        return DENIED if denied and moment.verb == "RCPT" and moment.argument.startswith("bo@") else None

    with SmtpServer(script) as server:
        env = relay(server)
        said = run(shell, ANA, BO, status=3, env=env)
        assert f"failed: bo@example.org: {DENIED}. Read the server's words" in said.stdout
        assert (
            "1 message that failed earlier still needs somebody"
            in shell("run", "--yes", "--workers", 1, env=env).stdout
        )
        (failed,) = shell.json("status")["failed"]
        assert (failed["email"], failed["response"]) == ("bo@example.org", DENIED)
        assert failed["advice"].startswith("Read the server's words")
        assert "certs send --only failed" in shell("status").stdout
        assert "bo@example.org: new:" in shell("send", "--only", "failed", "--dry-run").stdout
        denied = False
        assert shell.json("send", "--only", "failed", "--yes", env=env)["sent"] == 1
        assert shell.json("send", "--only", "failed", "--yes", env=env)["sent"] == 0
        assert server.recipients() == {"ana@example.org": 1, "bo@example.org": 1}
    assert shell.json("status")["failed"] == []
    assert "still needs somebody" not in shell("run", "--yes", "--workers", 1).stdout


@pytest.mark.starts
def test_a_refusal_of_ourselves_is_not_the_recipients(shell: Shell) -> None:
    """MAIL FROM refused: the run stops and says so; the messages wait for that to be mended."""
    refused = True

    def script(moment: Moment) -> str | None:
        return "553 5.1.8 who are you" if refused and moment.verb == "MAIL" else None

    rows = [f"meeting-2025,L{at},p{at}@example.org,Ana Alva,5,yes" for at in range(1, 31)]
    with SmtpServer(script) as server:
        env = relay(server)
        words = (
            "the mail server refuses us, and no address. The relay refuses us: check MAIL_FROM, SMTP_USER "
            "and the relay's rules, then send again. It said: 553 5.1.8 who are you"
        )
        assert words in run(shell, *rows, status=3, env=env).stdout
        counts = shell.json("status")["messages"]
        assert set(counts) == {"queued", "deferred"}
        assert counts["queued"] > 20
        refused = False
        assert shell.json("send", "--yes", env=env)["sent"] == 30


@pytest.mark.starts
def test_a_server_that_takes_no_utf8_stops_nobody_else(shell: Shell) -> None:
    """It says that it does and refuses such mail all the same: that address has failed, the next is tried."""

    def script(moment: Moment) -> str | None:
        sender = any("SMTPUTF8" in line for line in server.commands[-1:])
        return "555 5.6.7 not here" if sender and moment.verb == "MAIL" else None

    with SmtpServer(script) as server:
        run(shell, "meeting-2025,L1,zoë@example.org,Zoë Alva,5,yes", BO, status=3, env=relay(server))
    assert shell.json("status")["messages"] == {"sent": 1, "failed": 1}


@pytest.mark.starts
def test_what_is_put_off_says_until_when(shell: Shell) -> None:
    """Nobody is asked about what is not due yet; run, status and find tell when it is."""
    words = "451 4.7.1 try again in 6 hours"
    with SmtpServer(lambda moment: words if moment.verb == "RCPT" else None) as server:
        env = relay(server)
        said = run(shell, ANA, env=env).stdout
        with shell.college.project(locked=False) as project:
            due = project.ledger.messages.next_due()
            assert due is not None
            assert due - dt.datetime.now(dt.UTC) > dt.timedelta(hours=5, minutes=50)
            when = f"{due.astimezone(project.now.tzinfo):%Y-%m-%d %H:%M %Z}"
        first = f"1 message is to be tried again by certs send, the first at {when}."
        assert first in said
        assert "certs send --yes" not in said
        later = shell("send", env=env)
        assert first in later.stderr
        assert "certs send --yes" not in later.stderr
        assert server.connections == 1  # the second command asked the server nothing
    assert f"was put off: {when}" in shell("status").stdout
    assert f"next try {when}" in shell("find", "L1").stdout


def test_what_must_wait_for_staff_is_not_offered_for_sending(shell: Shell) -> None:
    """An address that bounces: run, send and status say why the mail waits, and nothing is asked."""
    shell.college.take(ANA, header=HEADER, send=False)
    with shell.college.project() as project, project.ledger.transaction():
        project.ledger.people.set_mark("ana@example.org", dead("550 no such user"))
    why = "1 message waits: the address bounces; use certs correct --email"
    for said in (shell("run", "--workers", 1).stdout, shell("send").stderr, shell("status").stdout):
        assert why in said
        assert "To send" not in said
    assert list(shell.json("status")["held"].values()) == [1]
    shell.college.take(BO, "meeting-2025,L3,cy@example.org,Cy Cole,1,yes", header=HEADER, send=False)
    assert list(shell.json("status")["held"].values()) == [1]
    said = shell("send", "--yes", "--limit", 1).stderr
    assert "2 messages wait. To send" not in (said := said + shell("send", "--yes").stderr)
    assert said.count(why) >= 1
    assert "2 messages wait: the address bounces" not in said


def test_a_correction_that_the_first_mail_showed_is_not_told_again(quick_college: College) -> None:
    """Put off, corrected meanwhile, both due in one run: one mail as it is now, and nothing to add later."""
    college = quick_college
    college.take(ANA, header=HEADER, send=False)
    college.do(put_off_and_correct)
    assert college.run(mail_corrections=True).sent == 1
    assert college.run(mail_corrections=True).sent == 0
    assert [mail["To"].addresses[0].display_name for mail in college.mails()] == ["Ana Alba"]
    college.do(desk.correct, "L1", desk.Change(name="Ana Albarn"), "spelling", False)
    assert college.run(mail_corrections=True).sent == 1


def test_what_was_sent_again_since_needs_nobody(quick_college: College) -> None:
    """A link that the help desk sent again is off the list, and a corrected address brings no second one."""
    college = quick_college
    college.take(ANA, header=HEADER, send=False)
    with college.project() as project:
        with project.ledger.transaction():
            (message,) = project.ledger.messages.in_state(Fate.QUEUED)
            project.ledger.messages.step(message.id, Fate.FAILED, 1, project.now, (452, "", "full"))
        assert [one.id for one in project.ledger.undelivered.failed()] == [message.id]
        send.send_these(project, [desk.resend(project, "L1", None)[1]])
        assert project.ledger.undelivered.failed() == []
        desk.correct(project, "L1", desk.Change(email="ana@example.net"), "moved", False)
        send.send(project)
    links = [mail for mail in college.mails() if "/c/" in mail.as_string()]
    assert [mail["To"].addresses[0].addr_spec for mail in links] == ["ana@example.org"]


def test_an_address_that_is_another_persons_is_said_to_be(shell: Shell) -> None:
    """Staff may have taken one person for the other."""
    shell.college.take(ANA, BO, header=HEADER)
    said = shell("correct", "L1", "--email", "Bo@example.org", "--reason", "asked").stderr
    assert "Bo@example.org is the address of Bo Berg, learner id L2, too" in said
    assert "too" not in shell("correct", "L1", "--email", "ana@example.net", "--reason", "asked").stderr


@pytest.mark.starts
def test_a_failure_of_now_does_not_hide_one_of_before(shell: Shell) -> None:
    """Word to a former address fails: the earlier failure of somebody else is still named."""
    shell.college.take(ANA, BO, header=HEADER, send=False)
    with shell.college.project() as project:
        (bo,) = project.ledger.messages.of(2)
        with project.ledger.transaction():
            project.ledger.messages.step(bo.id, Fate.FAILED, 1, project.now, (550, "", "5.1.1 nobody"))
        send.send(project)
        desk.correct(project, "L1", desk.Change(email="ana@example.net"), "moved", False)
    with SmtpServer(lambda moment: "550 5.1.1 nope" if moment.verb == "RCPT" else None) as server:
        said = shell("send", "--yes", status=3, env=relay(server)).stderr
    assert "failed: ana@example.org: 550 5.1.1 nope" in said
    assert "1 message that failed earlier still needs somebody" in said


def test_a_failure_with_nothing_left_to_tell_needs_nobody(shell: Shell) -> None:
    """All that the message was about was withdrawn since."""
    shell.college.take(ANA, header=HEADER, send=False)
    with shell.college.project() as project:
        with project.ledger.transaction():
            project.ledger.messages.step(1, Fate.FAILED, 1, project.now, (550, "", "5.7.1 relay denied"))
        for entry in project.ledger.pages.entries(1, project.today):
            standing.withdraw(project, entry.facts.number, "by mistake")
    assert shell.json("status")["failed"] == []
    assert shell.json("send", "--only", "failed", "--yes")["failed"] == 0


def test_a_servers_words_are_no_returned_mail(shell: Shell) -> None:
    """A server refuses the first mail in such words, after it took the second: the holder has the link."""
    shell.college.take(ANA, header=HEADER, send=False)
    shell("resend", "L1")
    with shell.college.project() as project, project.ledger.transaction():
        answer = (550, "", "returned: failed: mailbox full")
        project.ledger.messages.step(1, Fate.FAILED, 1, project.now.replace(year=2100), answer)
    assert shell.json("status")["failed"] == []


def test_a_mail_names_each_certificate_once(quick_college: College) -> None:
    """Sent with a correction in it, returned, and sent again: two events of one certificate are one line."""
    college = quick_college
    college.take(ANA, header=HEADER, send=False)
    with college.project() as project:
        put_off_and_correct(project)
        send.send(project)
        with project.ledger.transaction():
            project.ledger.messages.step(
                1, Fate.FAILED, 1, project.now, (None, "", "returned: failed: 5.1.1")
            )
            project.ledger.people.set_mark("ana@example.org", dead("failed: 5.1.1"))
        desk.correct(project, "L1", desk.Change(email="ana@example.net"), "moved", False)
        send.send(project)
    assert body(college.mails()[-1]).count("CME Certificate") == 1


def test_what_a_mail_could_not_show_is_told_once_it_is_valid_again(quick_college: College) -> None:
    """Withdrawn while its mail was sent, then reinstated."""
    college = quick_college
    college.take(ANA, header=HEADER, send=False)
    with college.project() as project:
        number = project.ledger.pages.entries(1, project.today)[1].facts.number
        standing.withdraw(project, number, "by mistake")
        send.send(project)
        standing.reinstate(project, number, "it was right")
    assert college.run().sent == 1
    assert college.run().sent == 0


def test_after_a_restore_nobody_knows_whether_a_failure_was_mended(shell: Shell, tmp_path: Path) -> None:
    """Sent again after the backup was made: the restored ledger does not send it once more unasked."""
    shell.college.take(ANA, header=HEADER, send=False)
    with shell.college.project() as project, project.ledger.transaction():
        project.ledger.messages.step(1, Fate.FAILED, 1, project.now, (550, "", "5.7.1 relay denied"))
    shell("backup", tmp_path / "kept")
    assert shell.json("send", "--only", "failed", "--yes")["sent"] == 1
    shell("restore", tmp_path / "kept", "--force")
    assert shell.json("status")["messages"] == {"unknown": 1}
    assert shell.json("send", "--only", "failed", "--yes")["sent"] == 0


@pytest.fixture
def nowhere(shell: Shell) -> dict[str, str]:
    """Ana and Bo were told; now there is a web host, and it does not answer."""
    shell.college.take(ANA, BO, header=HEADER)
    return {"PUBLISH_TO": str(shell.college.root.parent / "host"), "SITE_URL": "http://127.0.0.1:9"}


def test_a_correction_is_mailed_though_its_page_was_not_live_at_first(
    shell: Shell, nowhere: dict[str, str]
) -> None:
    """The mail that was asked for waits, where publishing fails; it is not lost."""
    words = ("correct", "L1", "--name", "Ana Alba", "--reason", "spelling", "--mail")
    assert "not live" in shell.refused(*words, env=nowhere)
    assert shell.college.run().sent == 1
    assert shell.college.mails()[-1]["Subject"].startswith("Corrected")


@pytest.mark.parametrize("words", [("resend", "L1"), ("rotate", "L1", "--reason", "leak")])
def test_what_is_tried_again_is_mailed_once(
    shell: Shell, nowhere: dict[str, str], words: tuple[str, ...]
) -> None:
    """The command fails at the web host, and staff give it three times: one mail waits."""
    for _ in range(3):
        assert "not live" in shell(*words, status=1, env=nowhere).stderr
    assert shell.college.run().sent == 1


def test_a_new_link_is_not_mailed_to_an_address_that_bounces(shell: Shell) -> None:
    """A link that was closed for a leak must not go where nobody, or somebody else, reads it."""
    shell.college.take(ANA, header=HEADER)
    with shell.college.project() as project, project.ledger.transaction():
        project.ledger.people.set_mark("ana@example.org", dead("failed: 5.1.2"))
    said = shell("rotate", "L1", "--reason", "leak", status=3).stdout
    assert "1 message waits: the address bounces" in said
    assert len(shell.college.mails()) == 1
    said = shell("correct", "L1", "--email", "ana@example.net", "--reason", "asked").stdout
    assert "Mail goes to ana@example.net from now on. To send the link there: certs resend" in said
    assert shell.college.run().sent == 1


def test_an_unknown_outcome_of_before_is_named_by_every_run(shell: Shell) -> None:
    """Nobody is mailed until staff decide; so the run must not say that all is well and nothing more."""
    shell.college.take(ANA, header=HEADER)
    with shell.college.project() as project, project.ledger.transaction():
        project.ledger.messages.step(1, Fate.UNKNOWN, 1, project.now)
    said = shell("run", "--yes", "--workers", 1).stdout
    assert "1 message of before may have been sent or not: certs status" in said


def test_an_erasure_that_is_not_done_yet_says_so(shell: Shell, nowhere: dict[str, str]) -> None:
    """The web host still has the pages: the person is not erased before these are gone."""
    with shell.college.project() as project, project.ledger.transaction():
        pages = project.ledger.builds.paths(project.frame())
        project.ledger.builds.record_published(nowhere["PUBLISH_TO"], pages, [])
    said = shell.refused("forget", "L1", "--yes", "--reason", "asked", env=nowhere)
    assert said.startswith("Ana Alva is not erased yet: ")


MANY = [f"meeting-2025,L{at},p{at}@example.org,Person {chr(64 + at)},5,yes" for at in range(1, 13)]


@pytest.mark.starts
def test_two_processes_never_mail_one_message(shell: Shell) -> None:
    """Whatever became of the lock: who finds that another has begun a message leaves it and stops."""
    run(shell, *MANY, how="--no-send")
    with shell.college.project(locked=False) as project:
        path, now = project.ledger.path, project.now

    def script(moment: Moment) -> None:
        if moment.verb == "RCPT" and moment.argument.startswith("p3@"):  # at this moment the other one comes
            with Ledger(path) as others, others.transaction():
                taken.extend(one for one in range(1, 13) if others.messages.begin(one, 1, now))

    taken: list[int] = []
    with SmtpServer(script) as server:
        done = shell("send", "--yes", status=3, env={**relay(server), "MAIL_WORKERS": "1"})
        ours = server.recipients()
    assert "Sending stopped: another process sends the same messages" in done.output
    assert set(ours.values()) == {1}
    assert sorted([*taken, *(int(address[1:].split("@")[0]) for address in ours)]) == [*range(1, 13)]


@pytest.mark.starts
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
@pytest.mark.parametrize("words", [("send",), ("run", "--workers", 1)], ids=["send", "run"])
def test_a_send_that_is_stopped_says_what_is_left(
    shell: Shell, number: signal.Signals, words: tuple[object, ...]
) -> None:
    """Exit status 3: a timer must not take it for done."""
    run(shell, *MANY, how="--no-send")

    def script(moment: Moment) -> None:
        if moment.verb == "TAKEN" and not stopped:
            stopped.append(moment)
            os.kill(os.getpid(), number)

    stopped: list[Moment] = []
    with SmtpServer(script) as server:
        done = shell(*words, "--yes", status=3, env=relay(server))
        left = 12 - len(server.accepted)
        assert left > 0
        assert "Sending stopped: somebody stopped it" in done.output
        assert f"{left} message{'s wait' if left > 1 else ' waits'}. To send: certs send" in done.output
        shell("send", "--yes", env=relay(server))
        assert set(server.recipients().values()) == {1}
        assert len(server.accepted) == 12
