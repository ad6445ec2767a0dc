"""The last gate before the wire: whatever happened since a message was queued counts."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace

import pytest

from pipeline.rules.messages.occasions import Fate
from pipeline.workflow import desk, send, standing
from pipeline.workflow.due import Choice
from pipeline.workflow.project import Project
from pipeline.workflow.reissue import plan_reissue
from pipeline.workflow.render import render
from tests.support.college import College
from tests.support.mail_values import dead
from tests.support.shell import FATES, Shell

HEADER = "activity,learner_id,email,name,cme_credits,evaluation\n"
ANA = "meeting-2025,L1,shared@example.org,Ana Alva,5,yes"
BO = "meeting-2025,L2,shared@example.org,Bo Berg,6,yes"


def sent_to(college: College) -> list[str]:
    return sorted(mail["To"].addresses[0].addr_spec for mail in college.mails())


def withdraw_from_ana(college: College) -> list[str]:
    """All her certificates; their numbers."""
    with college.project() as project:
        entries = project.ledger.pages.entries(desk.one_person(project, "L1").id, project.today)
        for entry in entries:
            standing.withdraw(project, entry.facts.number, "by mistake")
    return [entry.facts.number for entry in entries]


def test_queued_mail_does_not_follow_an_address_that_changed_hands(quick_college: College) -> None:
    """Ana's mail waits from before Bo got her address: it is not sent there, and waits for staff."""
    quick_college.take(ANA, header=HEADER, send=False)
    report = quick_college.take(BO, header=HEADER)
    assert (report.sent, report.queued) == (1, 1)
    assert [mail["To"].addresses[0].display_name for mail in quick_college.mails()] == ["Bo Berg"]


@pytest.mark.parametrize("state", [Fate.QUEUED, Fate.UNKNOWN, Fate.FAILED])
def test_mail_goes_to_the_address_on_record(quick_college: College, state: Fate) -> None:
    """A corrected address holds for what waits, for what nobody knows, and for what the old one refused."""
    college = quick_college
    college.take(ANA, header=HEADER, send=False)
    with college.project() as project:
        with project.ledger.transaction():
            (message,) = project.ledger.messages.in_state(Fate.QUEUED)
            if state is not Fate.QUEUED:
                project.ledger.messages.step(message.id, state, 1, project.now)
        desk.correct(project, "L1", desk.Change(email="ana@example.net"), "moved", False)
        send.send(project, Choice(Fate.UNKNOWN if state is Fate.UNKNOWN else None))
    assert [one for one in sent_to(college) if one == "ana@example.net"] == ["ana@example.net"]
    told = [mail for mail in college.mails() if mail["To"].addresses[0].addr_spec == "shared@example.org"]
    assert all("/c/" not in mail.as_string() for mail in told)


def test_a_reissue_is_no_correction(quick_college: College) -> None:
    """Who was told of a correction is not told of it again because the design changed since."""
    college = quick_college
    college.take(ANA, header=HEADER)
    college.take(ANA.replace("Alva", "Alba"), header=HEADER, mail_corrections=True)
    count = len(college.mails())
    with college.project() as project:
        plan_reissue(project, None)
        render(project, None)
    assert college.run(mail_corrections=True).sent == 0
    assert len(college.mails()) == count


def test_a_correction_joins_a_first_mail_that_still_waits(quick_college: College) -> None:
    """One mail, as things stand when it goes."""
    college = quick_college
    college.take(ANA, header=HEADER, send=False)
    with college.project() as project:
        _, messages = desk.correct(project, "L1", desk.Change(name="Ana Alba"), "spelling", True)
        assert messages == []
        send.send(project)
    assert [mail["To"].addresses[0].display_name for mail in college.mails()] == ["Ana Alba"]


def test_looking_changes_nothing_and_a_dropped_event_can_be_told_later(quick_college: College) -> None:
    """--dry-run leaves a pointless message alone; once dropped, what is reinstated is told after all."""
    college = quick_college
    college.take(ANA, header=HEADER, send=False)
    numbers = withdraw_from_ana(college)
    with college.project() as project:
        assert list(send.who_would_get_what(project)) == []
        assert project.ledger.messages.counts() == {"queued": 1}
        send.send(project)
        assert project.ledger.messages.counts() == {"failed": 1}
        for number in numbers:
            standing.reinstate(project, number, "it was right")
    assert college.run().sent == 1


def test_unknown_mail_keeps_its_address_when_one_of_its_certificates_expires(quick_college: College) -> None:
    """What is forgotten of one certificate does not strand the mail of the other."""
    college = quick_college
    header = "activity,learner_id,email,name,cme_credits,completed_on,evaluation\n"
    rows = (
        "course,L1,ana@example.org,Ana Alva,2,2025-01-10,",
        "meeting-2025,L1,ana@example.org,Ana Alva,5,,yes",
    )
    college.take(*rows, header=header, send=False)
    with college.project() as project, project.ledger.transaction():
        (message,) = project.ledger.messages.in_state(Fate.QUEUED)
        project.ledger.messages.step(message.id, Fate.UNKNOWN, 1, project.now)
    late = dt.date(2031, 2, 1)
    assert college.run(today=late).purged == 2
    with college.project(late) as project:
        send.send(project, Choice(Fate.UNKNOWN))
        assert project.ledger.messages.counts() == {"sent": 1}
    assert sent_to(college) == ["ana@example.org"]


def test_a_bouncing_address_gets_nothing_new(quick_college: College) -> None:
    """The message waits; a resend tries all the same; a corrected address frees it."""
    college = quick_college
    college.write_meeting("second")
    college.take(ANA, header=HEADER)
    with college.project() as project, project.ledger.transaction():
        project.ledger.people.set_mark("shared@example.org", dead("550 no such user"))
    report = college.take("second,L1,shared@example.org,Ana Alva,5,", header=HEADER)
    assert (report.sent, report.queued) == (0, 1)
    with college.project() as project:
        send.send_these(project, [desk.resend(project, "L1", None)[1]])
        assert len(college.mails()) == 2
        desk.correct(project, "L1", desk.Change(email="ana@example.net"), "moved", False)
        send.send(project)
    assert "ana@example.net" in sent_to(college)


def test_no_link_is_mailed_before_it_is_live(quick_college: College) -> None:
    """Where there is a web host, a page that was not proved to be live holds its mail back."""
    college = quick_college
    college.take(ANA, header=HEADER, send=False)
    college.environment["PUBLISH_TO"] = str(college.root / "host")
    with college.project() as project:
        assert send.send(project).sent == 0
        assert project.ledger.messages.counts() == {"queued": 1}
        with project.ledger.transaction():
            pages = project.ledger.builds.paths(project.frame())
            project.ledger.builds.record_published(project.settings.publish_to, pages, [])
        assert send.send(project).sent == 1


def test_what_is_no_longer_due_is_counted_and_named(quick_college: College, shell: Shell) -> None:
    """A message about what was withdrawn meanwhile is told of as the ledger has it, with whom and why."""
    college = quick_college
    college.take(ANA, BO.replace("shared", "bo"), header=HEADER, send=False)
    withdraw_from_ana(college)
    said = shell("run", "--yes", "--workers", 1, status=3).stdout
    assert "shared@example.org: not sent, no longer due: every certificate it was about was withdrawn" in said
    assert re.search(r"failed +1 *\n +not sent: no longer due +1 *\n", said)
    assert "Everything adds up" in said
    assert sent_to(college) == ["bo@example.org"]


def test_scripts_count_what_is_no_longer_due_as_failed(quick_college: College, shell: Shell) -> None:
    """`certs send --json` agrees with the ledger; the reason goes to stderr."""
    college = quick_college
    college.take(ANA, header=HEADER, send=False)
    withdraw_from_ana(college)
    result = shell("send", "--yes", "--json", status=3)
    assert json.loads(result.stdout) == {
        **dict.fromkeys(FATES, 0),
        "failed": 1,
        "stops": [],
    }
    assert "shared@example.org: not sent, no longer due" in result.stderr
    assert shell.json("status")["messages"] == {"failed": 1}


def test_a_message_that_the_run_does_not_tell_of_does_not_add_up(
    quick_college: College, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run's figures are held against the ledger's own, before and after sending."""

    really_send = send.send

    def forgetful(project: Project, choice: Choice, limit: int | None) -> send.Sending:
        return replace(really_send(project, choice, limit), sent=0)

    monkeypatch.setattr("pipeline.workflow.send.send", forgetful)
    report = quick_college.take(ANA, header=HEADER)
    assert report.mismatches == ["the run tells of 0 messages sent, the ledger of 1"]
