"""A relay that takes so many a day, and our own limit: sending stops by itself and goes on, once each."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.workflow import send
from pipeline.workflow.daily import days_needed
from tests.commands.test_send import HEADER, relay, run
from tests.support.college import College
from tests.support.shell import Shell
from tests.support.smtp_server import Moment, SmtpServer

pytestmark = pytest.mark.starts
ROWS = [f"meeting-2025,L{at},p{at}@example.org,Ana Alva,5,yes" for at in range(15)]
LIMITS = [
    ("RCPT", "550 5.4.5 Daily SMTP relay limit exceeded"),
    ("RCPT", "550 5.7.1 Daily SMTP relay limit exceeded for customer"),
    ("DOT", "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException"),
    ("DOT", "550 5.1.90 you've reached your daily limit for message recipients"),
    ("MAIL", "454 4.7.0 Throttling failure: Daily message quota exceeded"),
]


class Relay:
    """Takes `most` messages, then says no in these words."""

    def __init__(self, most: int, verb: str, words: str) -> None:
        self.most, self.verb, self.words = most, verb, words
        self.server = SmtpServer(self.script)

    def script(self, moment: Moment) -> str | None:
        """The script of the test's server."""
        full = moment.verb == self.verb and len(self.server.accepted) >= self.most
        return self.words if full else None


@pytest.mark.parametrize(("verb", "words"), LIMITS)
def test_a_relay_of_ten_a_day_takes_fifteen_by_two_commands(shell: Shell, verb: str, words: str) -> None:
    """The first says how many went and when to go on, nothing has failed; the second sends the rest, once."""
    day = Relay(10, verb, words)
    with day.server:
        env = relay(day.server) | {"MAIL_WORKERS": "1"}
        said = run(shell, *ROWS, status=3, env=env).stdout
        assert "the relay's daily limit is reached after 10; certs send goes on from" in said
        assert words.partition(" ")[2] in said
        counts = shell.json("status")["messages"]
        assert counts == {"sent": 10, "queued": 4, "deferred": 1}
        assert shell.json("status")["bounced"] == 0
        day.most = 20
        assert shell.json("send", "--yes", env=env)["sent"] == 5
        assert set(day.server.recipients().values()) == {1}
        assert len(day.server.accepted) == 15
    assert shell.json("status")["messages"] == {"sent": 15}


def test_sending_stops_by_itself_at_mail_day(quick_college: College) -> None:
    """Ten in 24 hours over all commands; the relay never sees an eleventh before the next day."""
    college, today = quick_college, dt.datetime.now().astimezone().date()
    with SmtpServer() as server:
        college.environment |= relay(server) | {"MAIL_DAY": "10"}
        college.take(*ROWS, header=HEADER, today=today, send=False)
        with college.project(today) as project:
            assert days_needed(project, 15) == 2
            first = send.send(project)
        assert first.sent == 10
        assert "MAIL_DAY is reached: 10 messages in 24 hours; certs send goes on from" in first.halted
        with college.project(today) as project:
            again = send.send(project)
            assert days_needed(project, 5) == 1
            assert days_needed(project, 15) == 2
        assert again.sent == 0
        assert "MAIL_DAY is reached" in again.halted
        assert len(server.accepted) == 10
        with college.project(today + dt.timedelta(days=2)) as project:
            assert days_needed(project, 5) == 1
            assert send.send(project).sent == 5
        assert set(server.recipients().values()) == {1}


def test_what_is_shown_before(shell: Shell) -> None:
    """--dry-run tells on how many days the messages go, where there is a limit and a mail server."""
    shell.college.take(*ROWS, header=HEADER, send=False)
    env = {"SMTP_HOST": "localhost", "MAIL_DAY": "10"}
    assert "15 messages take 2 days: MAIL_DAY is 10." in shell("send", "--dry-run", env=env).stdout
    assert "MAIL_DAY" not in shell("send", "--dry-run").stdout


@pytest.mark.parametrize(
    ("verb", "words", "mend"),
    [
        ("DOT", "550 5.7.26 Unauthenticated email is not accepted due to the domain's DMARC policy", "SPF"),
        ("DOT", "550 5.7.515 Access denied, sending domain does not meet the required level", "SPF"),
        ("RCPT", "554 5.7.1 Service unavailable; client host [192.0.2.9] blocked using a list", "is blocked"),
        ("RCPT", "554 5.7.1 Relay access denied", "The relay refuses us"),
        ("DOT", "552 5.3.4 Message size exceeds fixed limit", "larger"),
        ("DOT", "554 5.7.1 a virus was found in the message", "A filter refused it"),
    ],
)
def test_what_is_refused_for_us_stops_and_waits(shell: Shell, verb: str, words: str, mend: str) -> None:
    """What to mend is said, no address is marked, nothing has failed; once it is mended all go."""
    refused = True
    with SmtpServer(lambda moment: words if refused and moment.verb == verb else None) as server:
        env = relay(server) | {"MAIL_WORKERS": "1"}
        said = run(shell, *ROWS, status=3, env=env).stdout
        assert "refuses us, and no address" in said
        assert mend in said
        status = shell.json("status")
        assert (status["bounced"], status["failed"]) == (0, [])
        assert set(status["messages"]) == {"queued", "deferred"}
        assert status["messages"]["deferred"] <= 3
        refused = False
        assert shell.json("send", "--yes", env=env)["sent"] == 15
        assert set(server.recipients().values()) == {1}


def test_one_address_that_is_refused_for_us_holds_up_nobody(shell: Shell) -> None:
    """The relay does not relay to one domain: the others have their mail after two commands."""
    denied = "p0@example.org"

    def script(moment: Moment) -> str | None:
        return "554 5.7.1 Relay access denied" if (moment.verb, moment.argument) == ("RCPT", denied) else None

    with SmtpServer(script) as server:
        env = relay(server) | {"MAIL_WORKERS": "1"}
        run(shell, *ROWS, status=3, env=env)
        shell("send", "--yes", env=env)
        assert server.recipients() == {f"p{at}@example.org": 1 for at in range(1, 15)}
    assert shell.json("status")["messages"] == {"sent": 14, "deferred": 1}
