"""Delivery against a real (scripted) mail server on loopback: every message has a known fate."""

from __future__ import annotations

import asyncio
import datetime as dt
import email
import email.policy
import os
import signal
import ssl
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import trustme

from pipeline.errors import LedgerError, MailError
from pipeline.mail import Clock, Composer, Delivery, Sender, Server, Step, Summary, Timeouts, send_all
from pipeline.rules.messages.occasions import Fate
from tests.support.college import body
from tests.support.mail_queue import SqliteQueue
from tests.support.mail_values import NOW, TOKEN
from tests.support.smtp_server import Drop, Hold, Moment, SmtpServer

pytestmark = pytest.mark.starts

EMAILS = Path(__file__).parents[2] / "theme" / "emails"
SENDER = Sender(
    "ACR Office of Education <education@rheumatology.org>",
    "education@rheumatology.org",
    "https://certificates.example.org",
)


class HeldClock:
    """A clock that stands still; sleeping takes no time and is written down."""

    def __init__(self, now: dt.datetime = NOW) -> None:
        self.time, self.slept = now, list[float]()

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    def clock(self) -> Clock:
        return Clock(lambda: self.time, lambda: 100.0, self._sleep, lambda: 0.0)


@pytest.fixture(scope="module")
def composer() -> Composer:
    return Composer(EMAILS, SENDER)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def client_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def to(server: SmtpServer, **changes: Any) -> Server:
    values: dict[str, Any] = {
        "host": "localhost",
        "port": server.port,
        "sender": SENDER.bare,
        "tls": "none",
        "ehlo": "office.example.org",
        "workers": 1,
    }
    return Server(**(values | changes))


def deliver(
    queue: Any, composer: Composer, server: Server, held: HeldClock | None = None, **options: Any
) -> Summary:
    limit = options.pop("limit", None)

    async def run() -> Summary:
        clock = (held or HeldClock()).clock()
        return await Delivery(queue, composer.compose, server, clock=clock, **options).run(limit)

    return asyncio.run(run())


def test_every_message_is_sent_once_over_reused_connections(composer: Composer) -> None:
    """Two hundred people, four workers: one message each; `sent` is the 250 to its final dot."""
    queue = SqliteQueue(count=200)
    with SmtpServer() as server:
        summary = deliver(queue, composer, to(server, workers=4, per_connection=30))
        assert summary == Summary(sent=200)
        assert set(server.recipients().values()) == {1}
        assert set(queue.states().values()) == {"sent"}
        assert 4 <= server.connections <= 10
    fates = [step[0] for step in queue.steps(7)]
    assert fates == ["sending", "sent"]
    assert queue.steps(7)[1][1:3] == (250, "2.0.0")
    assert queue.steps(7)[1][3].startswith("2.0.0 queued as ")
    assert server.commands[0] == "EHLO office.example.org"
    message = email.message_from_bytes(server.accepted[0].data, policy=email.policy.default)
    assert TOKEN in body(message)


def test_concurrent_workers_share_commits(composer: Composer) -> None:
    """Steps of many workers go into one transaction: far fewer commits than the two a message costs alone."""
    queue = SqliteQueue(addresses=[f"p@domain{n}.example" for n in range(120)])
    with SmtpServer() as server:
        deliver(queue, composer, to(server, workers=8))
    assert queue.commits <= 130


def test_greylisting_is_tried_again_when_the_server_says(composer: Composer) -> None:
    """The first try is put off for as long as asked; the next run after that delivers."""

    def greylist(moment: Moment) -> str | None:
        if moment.verb == "RCPT" and moment.seen[("RCPT", moment.argument)] == 1:
            return "450 4.7.1 Greylisted, try again in 20 minutes"
        return None

    queue, held = SqliteQueue(count=30), HeldClock()
    with SmtpServer(greylist) as server:
        assert deliver(queue, composer, to(server), held) == Summary(deferred=30)
        assert queue.steps(1) == [("deferred", 450, "4.7.1", "4.7.1 Greylisted, try again in 20 minutes")]
        held.time += dt.timedelta(minutes=19)
        assert deliver(queue, composer, to(server), held) == Summary()
        held.time += dt.timedelta(minutes=1)
        assert deliver(queue, composer, to(server), held) == Summary(sent=30)
        assert set(server.recipients().values()) == {1}


def test_a_refused_address_fails_at_once_and_the_rest_go_on(composer: Composer) -> None:
    """550 and 553 are final and in the server's words; the same connection carries the next message."""

    def refuse(moment: Moment) -> str | None:
        if moment.verb == "RCPT" and moment.argument == "person2@example.org":
            return "550 5.1.1 <person2@example.org>: user unknown"
        return None

    queue = SqliteQueue(count=3)
    with SmtpServer(refuse) as server:
        assert deliver(queue, composer, to(server)) == Summary(sent=2, failed=1)
        assert server.connections == 1
    assert queue.steps(2) == [("failed", 550, "5.1.1", "5.1.1 <person2@example.org>: user unknown")]


@pytest.mark.parametrize(
    ("reply", "fate", "code"),
    [
        ("452 4.2.2 mailbox full", "deferred", 452),
        ("451 4.3.0 try later", "deferred", 451),
        ("552 5.2.2 mailbox full", "failed", 552),
        ("554 5.7.1 looks like spam", "deferred", 554),
        ("250 fine", "sent", 250),
        ("354 what", "unknown", 354),
        ("hello", "unknown", None),
    ],
)
def test_the_answer_to_the_final_dot_decides(
    composer: Composer, reply: str, fate: str, code: int | None
) -> None:
    """4xx: again later; 5xx: failed, unless for us; 2xx: sent; what is no answer leaves it unknown."""
    queue = SqliteQueue(count=1)
    with SmtpServer(lambda moment: reply if moment.verb == "DOT" else None) as server:
        deliver(queue, composer, to(server))
    assert [step[:2] for step in queue.steps()] == [("sending", None), (fate, code)]


@pytest.mark.parametrize("verb", ["DOT", "TAKEN"])
def test_a_connection_lost_after_the_final_dot_is_unknown_and_never_sent_again(
    composer: Composer, verb: str
) -> None:
    """Whether or not the server had taken it, nobody knows: staff decide, a rerun does not."""
    queue = SqliteQueue(count=3)

    def drop(moment: Moment) -> Drop | None:
        return Drop() if moment.verb == verb and moment.recipient == "person2@example.org" else None

    with SmtpServer(drop) as server:
        assert deliver(queue, composer, to(server)) == Summary(sent=2, unknown=1)
        assert deliver(queue, composer, to(server)) == Summary()
        assert server.recipients()["person2@example.org"] == (1 if verb == "TAKEN" else 0)
    assert queue.states()["person2@example.org"] == "unknown"


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_connection_lost_before_the_final_dot_is_tried_again(composer: Composer, verb: str) -> None:
    """On a used connection at once on a new one; on a new one later. Nothing is lost, nothing is doubled."""
    dropped: Counter[str] = Counter()

    def drop(moment: Moment) -> Drop | None:
        dropped[moment.verb] += 1
        return Drop() if moment.verb == verb and dropped[verb] == 2 else None

    queue = SqliteQueue(count=3)
    with SmtpServer(drop) as server:
        assert deliver(queue, composer, to(server)) == Summary(sent=3)
        assert set(server.recipients().values()) == {1}
    queue, dropped = SqliteQueue(count=2), Counter({verb: 1})
    with SmtpServer(drop) as server:
        assert deliver(queue, composer, to(server)) == Summary(sent=1, deferred=1)
    assert queue.steps(1)[-1][0] == "deferred"


def test_a_server_that_takes_k_messages_a_connection_gets_them_all(composer: Composer) -> None:
    """421 after five messages is an ordinary limit: the next connection goes on, no message is put off."""

    def limit(moment: Moment) -> str | None:
        return "421 4.7.0 too many messages" if moment.verb == "MAIL" and moment.messages >= 5 else None

    queue = SqliteQueue(count=23)
    with SmtpServer(limit) as server:
        assert deliver(queue, composer, to(server)) == Summary(sent=23)
        assert server.connections == 5


def test_a_last_word_that_never_comes_is_unknown(composer: Composer) -> None:
    """The time-out of the final reply: ten minutes by RFC 5321; here a moment."""
    assert Timeouts().final == 600
    hold = Hold("250 2.0.0 too late")
    queue = SqliteQueue(count=1)
    with SmtpServer(lambda moment: hold if moment.verb == "TAKEN" else None) as server:
        summary = deliver(queue, composer, to(server, timeouts=Timeouts(final=0.05)))
        hold.release.set()
    assert summary == Summary(unknown=1)


def test_starttls_with_a_trusted_certificate_and_a_password(
    composer: Composer, authority: trustme.CA
) -> None:
    """TLS before the password, both before the mail."""
    queue = SqliteQueue(count=2)
    with SmtpServer(starttls=server_context(authority), users={"office": "s3cret"}) as server:
        going = to(
            server, tls="starttls", user="office", password="s3cret", context=client_context(authority)
        )
        assert deliver(queue, composer, going) == Summary(sent=2)
        verbs = [command.split()[0] for command in server.commands]
        assert verbs[:4] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]
        assert "s3cret" not in repr(going)


def test_implicit_tls(composer: Composer, authority: trustme.CA) -> None:
    """SMTP_TLS=tls speaks TLS from the first byte."""
    with SmtpServer(implicit=server_context(authority)) as server:
        going = to(server, tls="tls", context=client_context(authority))
        assert deliver(SqliteQueue(count=1), composer, going) == Summary(sent=1)


def test_stripped_starttls_sends_nothing(composer: Composer) -> None:
    """A server (or somebody between) that does not offer STARTTLS gets neither password nor mail."""
    queue = SqliteQueue(count=2)
    with SmtpServer(users={"office": "s3cret"}) as server, pytest.raises(MailError, match="STARTTLS"):
        deliver(queue, composer, to(server, tls="starttls", user="office", password="s3cret", workers=2))
    assert not [command for command in server.commands if not command.startswith(("EHLO", "QUIT"))]
    assert set(queue.states().values()) == {"queued"}


@pytest.mark.parametrize("tls", ["starttls", "tls"])
@pytest.mark.parametrize("fault", ["stranger", "name"])
def test_a_bad_certificate_sends_nothing(
    composer: Composer, authority: trustme.CA, tls: str, fault: str
) -> None:
    """An unknown authority, or another host's certificate: an error that names it, and no mail."""
    queue = SqliteQueue(count=1)
    issuer = trustme.CA() if fault == "stranger" else authority
    context = server_context(issuer, "localhost" if fault == "stranger" else "other.example.org")
    wrap = {"starttls": context} if tls == "starttls" else {"implicit": context}
    with SmtpServer(**wrap) as server, pytest.raises(MailError, match="certificate"):  # type: ignore[arg-type]
        deliver(queue, composer, to(server, tls=tls, context=client_context(authority)))
    assert not server.accepted
    assert set(queue.states().values()) == {"queued"}


def test_a_password_is_never_sent_in_clear(composer: Composer) -> None:
    """SMTP_USER with SMTP_TLS=none is refused before any connection."""
    with SmtpServer(users={"office": "s3cret"}) as server, pytest.raises(MailError, match="SMTP_PASSWORD"):
        deliver(SqliteQueue(count=1), composer, to(server, user="office", password="s3cret"))
    assert server.connections == 0


def test_a_wrong_password_stops_at_once(composer: Composer, authority: trustme.CA) -> None:
    """No list is burned on it, and the error does not hold it."""
    queue = SqliteQueue(count=5)
    with SmtpServer(starttls=server_context(authority), users={"office": "right"}) as server:
        going = to(server, tls="starttls", user="office", password="wr0ng", context=client_context(authority))
        with pytest.raises(MailError, match="535") as caught:
            deliver(queue, composer, going)
    assert "wr0ng" not in str(caught.value)
    assert set(queue.states().values()) == {"queued"}


def test_an_address_the_server_cannot_take_fails_with_that_reason(composer: Composer) -> None:
    """Without SMTPUTF8 a name beyond ASCII before the @ is failed, a domain beyond ASCII goes as A-labels."""
    addresses = ["jörg@example.org", "ada@bücher.example", "plain@example.org"]
    queue = SqliteQueue(addresses=addresses)
    with SmtpServer(extensions=("8BITMIME",)) as server:
        assert deliver(queue, composer, to(server)) == Summary(sent=2, failed=1)
        assert set(server.recipients()) == {"ada@xn--bcher-kva.example", "plain@example.org"}
    assert "SMTPUTF8" in queue.steps(1)[0][3]
    queue = SqliteQueue(addresses=addresses)
    with SmtpServer() as server:
        assert deliver(queue, composer, to(server)) == Summary(sent=3)
        first = next(one for one in server.accepted if one.recipient == "jörg@example.org")
        assert "SMTPUTF8" in first.options
        assert "jörg@example.org".encode() in first.data


def test_what_is_no_address_fails_alone(composer: Composer) -> None:
    """An address that could break out of a command is failed by us; the server never sees it."""
    queue = SqliteQueue(addresses=["a@example.org>\r\nRCPT TO:<b@example.org", "nobody", "fine@example.org"])
    with SmtpServer() as server:
        assert deliver(queue, composer, to(server)) == Summary(sent=1, failed=2)
        assert set(server.recipients()) == {"fine@example.org"}


def test_a_server_that_is_down_leaves_everything_queued(composer: Composer) -> None:
    """No connection is the server's trouble, not the messages': the run says so and halts."""
    with SmtpServer() as server:
        going = to(server, workers=3)
    queue, held = SqliteQueue(count=50), HeldClock()
    summary = deliver(queue, composer, going, held)
    assert summary.halted.startswith("no connection after 5 tries in a row")
    assert set(queue.states().values()) == {"queued"}
    assert held.slept


DSN = ("PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "SIZE 100000")


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("a+b=c@example.org", "ORCPT=rfc822;a+2Bb+3Dc@example.org"),
        ("zoë@example.org", r"ORCPT=utf-8;zo\x{EB}@example.org"),
    ],
)
def test_a_report_will_name_message_and_address(composer: Composer, address: str, asked: str) -> None:
    """Where the server offers DSN the envelope has both as we wrote them (RFC 3461, RFC 6533); no token."""
    with SmtpServer(extensions=DSN) as server:
        assert deliver(SqliteQueue(addresses=[address]), composer, to(server)).sent == 1
    (mail,) = server.accepted
    assert "RET=HDRS ENVID=m1@rheumatology.org" in mail.options
    assert mail.rcpt_options == asked
    assert email.message_from_bytes(mail.data)["X-Certs-Message"] == "m1@rheumatology.org"
    assert TOKEN not in mail.options + mail.rcpt_options


def test_what_a_server_does_not_offer_is_not_asked_of_it(composer: Composer) -> None:
    with SmtpServer() as server:
        deliver(SqliteQueue(count=1), composer, to(server))
    assert (server.accepted[0].options, server.accepted[0].rcpt_options) == ("", "")


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)])
def test_a_sender_that_is_refused_is_in_the_servers_words_whatever_follows(
    composer: Composer, extensions: tuple[str, ...]
) -> None:
    """Also where the recipient went with it, and the server hangs up instead of answering to that."""

    def refuse(moment: Moment) -> str | Drop | None:
        answers: dict[str, str | Drop] = {"MAIL": "550 5.7.1 not you", "RCPT": Drop(), "RSET": Drop()}
        return answers.get(moment.verb)

    queue = SqliteQueue(count=1)
    with SmtpServer(refuse, extensions) as server:
        assert deliver(queue, composer, to(server)).deferred == 1
        assert any(line.startswith("RCPT") for line in server.commands) is bool(extensions)
    assert queue.steps(1) == [("deferred", 550, "5.7.1", "5.7.1 not you")]


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)])
def test_after_a_refused_sender_the_connection_carries_the_next_message(
    composer: Composer, extensions: tuple[str, ...]
) -> None:
    """No answer is taken for that to another command."""

    def refuse(moment: Moment) -> str | None:
        first = {"MAIL": "450 4.3.0 later", "RCPT": "503 5.5.1 no sender"}
        return first.get(moment.verb) if moment.seen[("RSET", "")] == 0 else None

    queue = SqliteQueue(count=3)
    with SmtpServer(refuse, extensions) as server:
        assert deliver(queue, composer, to(server)) == Summary(sent=2, deferred=1)
        assert server.connections == 1
    assert queue.steps(1)[-1][1:3] == (450, "4.3.0")


def test_a_mail_larger_than_the_server_takes_is_not_handed_over(composer: Composer) -> None:
    """SIZE of EHLO (RFC 1870) is compared first; three in a row end the sending, all of them wait."""
    queue = SqliteQueue(count=10)
    with SmtpServer(extensions=("SIZE 1000",)) as server:
        summary = deliver(queue, composer, to(server))
        assert not any(line.startswith("MAIL") for line in server.commands)
    assert "the mail server takes 1000" in summary.halted
    assert Counter(queue.states().values()) == {"deferred": 3, "queued": 7}
    with SmtpServer(extensions=("SIZE 0",)) as server:
        assert deliver(SqliteQueue(count=1), composer, to(server)).sent == 1


def test_the_breaker_keeps_the_list(composer: Composer) -> None:
    """Ten messages in trouble in a row, or twenty refused, halt the run; the others are not touched."""
    queue = SqliteQueue(count=60)
    with SmtpServer(lambda moment: "451 4.3.2 system full" if moment.verb == "MAIL" else None) as server:
        summary = deliver(queue, composer, to(server))
    assert (summary.deferred, Counter(queue.states().values())["queued"]) == (10, 50)
    assert "system full" in summary.halted
    queue = SqliteQueue(count=60)
    with SmtpServer(lambda moment: "550 go away" if moment.verb == "RCPT" else None) as server:
        summary = deliver(queue, composer, to(server))
    assert (summary.failed, Counter(queue.states().values())["queued"]) == (20, 40)
    assert "go away" in summary.halted


def test_a_domain_that_asks_for_less_rests_and_the_others_go_on(composer: Composer) -> None:
    """Throttling of one receiver puts two of its messages off and leaves its others queued."""
    addresses = [f"p{n}@{'busy' if n % 2 else 'calm'}.example" for n in range(20)]
    queue = SqliteQueue(addresses=addresses)

    def throttle(moment: Moment) -> str | None:
        if moment.verb == "RCPT" and moment.argument.endswith("@busy.example"):
            return "451 4.7.28 rate limit exceeded, slow down"
        return None

    with SmtpServer(throttle) as server:
        summary = deliver(queue, composer, to(server))
    assert summary == Summary(sent=10, deferred=2, resting=("busy.example",))
    assert Counter(queue.states().values()) == {"sent": 10, "queued": 8, "deferred": 2}


def test_a_domain_that_refuses_all_its_people_is_no_server_that_refuses_everybody(composer: Composer) -> None:
    """A hospital that closed stands in the list person after person: the run goes on to the others."""
    addresses = [f"p{n}@closed.example" for n in range(25)] + [f"p{n}@open.example" for n in range(25)]

    def refuse(moment: Moment) -> str | None:
        closed = moment.verb == "RCPT" and moment.argument.endswith("@closed.example")
        return "550 5.1.1 user unknown" if closed else None

    with SmtpServer(refuse) as server:
        assert deliver(SqliteQueue(addresses=addresses), composer, to(server)) == Summary(sent=25, failed=25)


def test_a_server_that_thinks_about_one_message_does_not_hold_the_others_up(composer: Composer) -> None:
    """It is waited for, and has its answer last, by another connection than the rest."""
    hold = Hold("250 2.0.0 at last")
    sent: list[int] = []

    def release(step: Step) -> None:
        sent.extend([step.id] if step.fate is Fate.SENT else [])
        if len(sent) == 19:
            hold.release.set()

    def think(moment: Moment) -> Hold | None:
        return hold if moment.verb == "TAKEN" and moment.recipient == "person1@example.org" else None

    with SmtpServer(think) as server:
        summary = deliver(SqliteQueue(count=20), composer, to(server, workers=2), watch=release)
    assert summary == Summary(sent=20)
    assert sent[-1] == 1


def test_the_link_a_filter_quotes_does_not_reach_the_record(composer: Composer) -> None:
    """A refusal that quotes the private link is recorded without its token, in any case."""
    queue = SqliteQueue(count=1)
    words = f"554 5.7.1 blocked URL https://certificates.example.org/c/{TOKEN.upper()}/"
    with SmtpServer(lambda moment: words if moment.verb == "DOT" else None) as server:
        deliver(queue, composer, to(server))
    assert TOKEN not in queue.steps()[-1][3].lower()
    assert "blocked URL" in queue.steps()[-1][3]


def test_limit_and_rate(composer: Composer) -> None:
    """`limit` messages and no more; a rate of ten a second spaces them a tenth apart."""
    queue, held = SqliteQueue(count=9), HeldClock()
    with SmtpServer() as server:
        assert deliver(queue, composer, to(server, rate=10.0), held, limit=4) == Summary(sent=4)
    assert held.slept == pytest.approx([0.1, 0.2, 0.3])
    assert Counter(queue.states().values()) == {"sent": 4, "queued": 5}


def test_a_journal_that_cannot_write_stops_the_run(composer: Composer) -> None:
    """No text leaves once the ledger fails: what is not on record is not sent."""

    class Full(SqliteQueue):
        def record(self, steps: Any) -> set[int]:
            if self.commits >= 3:
                raise LedgerError("the disk is full")
            return super().record(steps)

    queue = Full(count=50)
    with SmtpServer() as server:
        with pytest.raises(LedgerError, match="full"):
            deliver(queue, composer, to(server, workers=3))
        assert len(server.accepted) <= 9
    assert max(server.recipients().values()) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
def test_a_signal_finishes_what_is_in_flight_and_stops(composer: Composer, number: signal.Signals) -> None:
    """The messages whose text has left get their answer on record; no other is begun."""
    queue = SqliteQueue(count=100)
    hold = Hold("250 2.0.0 done")

    def script(moment: Moment) -> Hold | None:
        return hold if moment.verb == "TAKEN" and moment.recipient == "person5@example.org" else None

    def interrupt() -> None:
        hold.held.wait(10)
        os.kill(os.getpid(), number)
        hold.release.set()

    with SmtpServer(script) as server:
        helper = threading.Thread(target=interrupt)
        helper.start()
        summary = send_all(queue, composer.compose, to(server))
        helper.join()
    assert summary.interrupted
    states = Counter(queue.states().values())
    assert states == {"sent": len(server.accepted), "queued": 100 - len(server.accepted)}
    assert queue.states()["person5@example.org"] == "sent"
    assert len(server.accepted) < 100


def test_a_stop_before_the_first_message_sends_nothing(composer: Composer) -> None:
    """A signal that comes while the run starts is heeded."""
    queue = SqliteQueue(count=3)

    async def run(server: SmtpServer) -> Summary:
        delivery = Delivery(queue, composer.compose, to(server))
        delivery.stop()
        return await delivery.run()

    with SmtpServer() as server:
        assert asyncio.run(run(server)) == Summary(interrupted=True)
        assert not server.connections


def test_a_second_signal_does_not_wait_for_the_last_word(composer: Composer) -> None:
    """Then the message stays `sending` on disk, which the next run's start turns into unknown."""
    queue = SqliteQueue(count=3)
    hold = Hold("250 2.0.0 done")

    def interrupt() -> None:
        hold.held.wait(10)
        os.kill(os.getpid(), signal.SIGINT)
        first.wait(10)
        os.kill(os.getpid(), signal.SIGINT)

    first = threading.Event()

    class Seen(Delivery):
        def stop(self) -> None:
            super().stop()
            first.set()

    from pipeline.mail.deliver import _with_signals

    with SmtpServer(lambda moment: hold if moment.verb == "TAKEN" else None) as server:
        helper = threading.Thread(target=interrupt)
        helper.start()
        summary = asyncio.run(_with_signals(Seen(queue, composer.compose, to(server)), None))
        helper.join()
        hold.release.set()
    assert summary.interrupted
    assert list(queue.states().values()) == ["sending", "queued", "queued"]
