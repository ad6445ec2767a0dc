"""The sender against a real Postfix, a second instance on loopback that delivers into a Maildir."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.inbox import all_mail
from pipeline.mail import Composer, Sender, Server, Summary, Timeouts, send_all
from pipeline.rules.messages.reports import Action, bounces_in
from tests.support.mail_queue import SqliteQueue
from tests.support.mail_values import TOKEN
from tests.support.programs import free_port, program

MAIN = """compatibility_level = 3.6
local_recipient_maps =
alias_maps =
queue_directory = {home}/queue
data_directory = {home}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.example.org
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtputf8_enable = yes
virtual_mailbox_domains = example.org
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = inline:{{ {{ office@example.org = bounced/ }} {people} }}
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_reject_unlisted_recipient = {reject}
smtpd_tls_security_level = none
maillog_file = {home}/mail.log
maillog_file_prefixes = {home}
"""
MASTER = """127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
virtual unix - n n - - virtual
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
retry unix - - n - - error
flush unix n - n 1000? 0 flush
showq unix n - n - - showq
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

pytestmark = [
    pytest.mark.starts,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root: Postfix starts as root alone"),
]


class Postfix:
    """A Postfix of our own; people are those whose address it delivers."""

    def __init__(self, home: Path, people: list[str], reject_unlisted: bool) -> None:
        self.home, self.postfix = home, program("postfix")
        self.port = free_port()
        account = pwd.getpwnam("nobody")
        for part in ("config", "queue", "data", "mail"):
            (home / part).mkdir()
        shutil.chown(home / "data", "postfix")
        shutil.chown(home / "mail", account.pw_uid, account.pw_gid)
        listed = " ".join(f"{{ {address} = box/ }}" for address in people)
        (home / "config" / "main.cf").write_text(
            MAIN.format(
                home=home,
                people=listed,
                uid=account.pw_uid,
                gid=account.pw_gid,
                reject="yes" if reject_unlisted else "no",
            )
        )
        (home / "config" / "master.cf").write_text(MASTER.format(port=self.port))

    def run(self, command: str) -> None:
        done = subprocess.run(
            [self.postfix, "-c", str(self.home / "config"), command],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr

    def wait_until_delivered(self) -> None:
        """Until the queue is empty: everything is in a mailbox."""
        pause = threading.Event()
        for _ in range(300):
            left = subprocess.run(
                ["postqueue", "-c", str(self.home / "config"), "-j"],
                capture_output=True,
                text=True,
                timeout=20,
            )
            assert left.returncode == 0, left.stderr
            if not left.stdout.strip():
                return
            pause.wait(0.1)
        raise AssertionError(left.stdout)


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that Postfix's own users can enter, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="certs-postfix-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def send(queue: SqliteQueue, port: int) -> Summary:
    sender = Sender("Office <office@example.org>", "office@example.org", "https://c.example.org")
    compose = Composer(Path(__file__).parents[2] / "theme" / "emails", sender).compose
    return send_all(
        queue,
        compose,
        Server(
            "127.0.0.1", port, sender.bare, tls="none", ehlo="us.example.org", timeouts=Timeouts(connect=10)
        ),
    )


def test_what_postfix_took_lies_in_mailboxes_and_what_it_refused_is_failed(home: Path) -> None:
    """Forty people, one beyond ASCII, two whom Postfix does not know: each fate is Postfix's own word."""
    people = [f"person{number}@example.org" for number in range(1, 40)] + ["jörg@example.org"]
    queue = SqliteQueue(addresses=[*people, "gone@example.org", "ghost@example.org"])
    postfix = Postfix(home, people, reject_unlisted=True)
    postfix.run("start")
    try:
        assert send(queue, postfix.port) == Summary(sent=40, failed=2)
        assert send(queue, postfix.port) == Summary()
        postfix.wait_until_delivered()
    finally:
        postfix.run("stop")
    mails = [file.read_bytes() for file in (home / "mail" / "box" / "new").iterdir()]
    addressed = [re.search(rb"^X-Original-To: (\S+)", mail, re.MULTILINE) for mail in mails]
    assert sorted(found[1].decode() for found in addressed if found) == sorted(people)
    assert all(TOKEN.encode() in mail for mail in mails)
    states = queue.states()
    assert [address for address, state in states.items() if state == "failed"] == [
        "gone@example.org",
        "ghost@example.org",
    ]
    fate, code, enhanced, text = queue.steps(41)[-1]
    assert (fate, code, enhanced) == ("failed", 550, "5.1.1")
    assert "unknown" in text.lower()


def test_a_report_that_postfix_writes_is_matched_to_its_message(home: Path) -> None:
    """Refused only after it was taken: Postfix's bounce names our Message-ID, address and reason."""
    queue = SqliteQueue(addresses=["person1@example.org", "gone+tag@example.org"])
    postfix = Postfix(home, ["person1@example.org"], reject_unlisted=False)
    postfix.run("start")
    try:
        assert send(queue, postfix.port) == Summary(sent=2)
        postfix.wait_until_delivered()
    finally:
        postfix.run("stop")
    bounces = [bounce for mail in all_mail(str(home / "mail" / "bounced")) for bounce in bounces_in(mail)]
    assert [(one.keys[0], one.recipient, one.action, one.status) for one in bounces] == [
        ("m2@rheumatology.org", "gone+tag@example.org", Action.FAILED, "5.1.1")
    ]
    assert "unknown user" in bounces[0].diagnostic
