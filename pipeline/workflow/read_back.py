"""One test mail, sent and read back: what the receiver's server found out about its sender."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import formatdate, parseaddr

from pipeline.errors import MailError
from pipeline.inbox import mails_about
from pipeline.mail import Server, send_test_mail
from pipeline.rules.checks.check import Check, fault, good, unchecked
from pipeline.rules.checks.seen import judge_seen
from pipeline.rules.checks.sending import domain_of
from pipeline.rules.messages.authentication import authentication_results
from pipeline.rules.messages.automatic import Mail
from pipeline.settings import Settings
from pipeline.workflow.project import Project

PAUSE = 3.0  # seconds between two looks into the mailbox
BODY = """This mail was sent by certs doctor, to see how mail from the certificate office arrives.

It names nobody, and nothing has to be done about it. It can be deleted.
"""


def send_and_read_back(project: Project, address: str, mailbox: str, seconds: float) -> Iterator[Check]:
    """Send one mail to `address`; where `mailbox` is given, wait for it there, so many seconds at most."""
    settings = project.settings
    if not settings.smtp_host:
        yield unchecked("mail", "SMTP_HOST is empty, so no test mail was sent")
        return
    word = secrets.token_hex(8)
    try:
        send_test_mail(relay_of(settings), address, _mail(project, address, word))
    except MailError as error:
        yield fault("mail", error.message, error.hint)
        return
    if not mailbox:
        yield good("mail", f"a test mail went to {address}; --mailbox reads it back")
        return
    try:
        found = _wait_for(settings, mailbox, word, seconds)
    except MailError as error:
        yield fault("mail", error.message, error.hint)
        return
    if found is None:
        yield fault(
            "mail",
            f"the test mail to {address} did not arrive in the mailbox within {seconds:g} seconds",
            "Look into its spam folder, and at what came back to MAIL_FROM.",
        )
        return
    yield good("mail", f"the test mail to {address} arrived")
    fields = found.headers.get("authentication-results", ())
    results = authentication_results(fields, settings.authserv_id)
    yield from judge_seen(results, domain_of(settings.mail_from))


def not_sent() -> list[Check]:
    """What is told of it where no mail was asked for."""
    return [
        unchecked(
            "mail", "--mail ADDRESS --mailbox imaps://... sends one and reads back how it arrived (DKIM)"
        )
    ]


def _mail(project: Project, address: str, word: str) -> bytes:
    settings, mail = project.settings, EmailMessage()
    mail["From"], mail["To"] = settings.mail_from, address
    mail["Subject"] = f"Test of the certificate office's mail: {word}"
    mail["Date"] = formatdate(project.now.timestamp())
    mail["Message-ID"] = f"<{project.new_message_id()}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(BODY)
    return mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))


def _wait_for(settings: Settings, mailbox: str, word: str, seconds: float) -> Mail | None:
    """The mail, as soon as it is there. Raises MailError."""
    until = time.monotonic() + seconds
    while True:
        for mail in mails_about(mailbox, word, settings.requests_password):
            return mail
        if time.monotonic() + PAUSE > until:
            return None
        time.sleep(PAUSE)


def relay_of(settings: Settings) -> Server:
    """The mail server, as it is set."""
    return Server(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=parseaddr(settings.mail_from)[1],
        tls=settings.smtp_tls,
        user=settings.smtp_user,
        password=settings.smtp_password,
    )
