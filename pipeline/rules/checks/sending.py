"""The relay's daily limit beside what waits, and settings that contradict one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import getaddresses

from pipeline.rules.checks.check import Check, fault, good
from pipeline.rules.checks.names import is_within
from pipeline.rules.text import counted

# Google Workspace and Exchange Online take 10,000 recipients in 24 hours.
LIMITED = ("gmail.com", "google.com", "office365.com", "outlook.com")
A_DAY = 10_000


def judge_day(host: str, most: int, waiting: int, days: int) -> Check:
    """`host`: the relay; `most`: MAIL_DAY; `days`: on how many the messages that wait go, by MAIL_DAY."""
    name, waits = "mail-day", counted(waiting, "message waits", "messages wait")
    if any(is_within(host, domain) for domain in LIMITED) and not 0 < most <= A_DAY:
        return fault(
            name,
            f"{host} takes {A_DAY:,} messages a day, and MAIL_DAY is {most:,}",
            f"Set MAIL_DAY={A_DAY}, or less where others send through it as well.",
        )
    if days > 1:
        return good(name, f"{waits}, which takes {days} days by MAIL_DAY={most}")
    return good(
        name, f"{waits}; MAIL_DAY={most} is no hindrance" if most else f"{waits}; MAIL_DAY sets no limit"
    )


@dataclass(frozen=True)
class MailSettings:
    """Settings that must fit one another, by their names."""

    smtp_host: str
    smtp_port: int
    smtp_user: str
    has_password: bool
    smtp_tls: str
    mail_from: str
    mail_reply_to: str
    retry_first: int
    retry_most: int
    is_public: bool  # SITE_URL is https and not this machine


def contradictions(one: MailSettings) -> Iterator[Check]:
    """Settings that are each well-formed and do not fit one another; nothing where all do."""

    def wrong(text: str, hint: str) -> Check:
        return fault("settings", text, hint)

    for name, text in (("MAIL_FROM", one.mail_from), ("MAIL_REPLY_TO", one.mail_reply_to)):
        if (text or name == "MAIL_FROM") and not domain_of(text):
            yield wrong(
                f'{name} is "{text}", which is not one address', f"Write one address as {name} in .env."
            )
    if one.smtp_user and not one.has_password:
        yield wrong("SMTP_USER is set, and SMTP_PASSWORD is empty", "Set both, or neither.")
    if one.has_password and not one.smtp_user:
        yield wrong("SMTP_PASSWORD is set, and SMTP_USER is empty", "Set both, or neither.")
    if one.smtp_user and one.smtp_tls == "none":
        yield wrong(
            "SMTP_TLS is none, so SMTP_PASSWORD would cross the network openly", "Set SMTP_TLS=starttls."
        )
    if one.smtp_host and (one.smtp_port, one.smtp_tls) in ((465, "starttls"), (587, "tls"), (25, "tls")):
        other = "tls" if one.smtp_tls == "starttls" else "starttls"
        yield wrong(
            f"SMTP_TLS is {one.smtp_tls}, and port {one.smtp_port} speaks the other way",
            f"Set SMTP_TLS={other}.",
        )
    if one.smtp_host and not one.is_public:
        yield wrong(
            "SMTP_HOST is set, and SITE_URL is no public https address: no mail is sent",
            "Write the site's public address as SITE_URL.",
        )
    if one.retry_first > one.retry_most:
        yield wrong(
            "MAIL_RETRY_FIRST is longer than MAIL_RETRY_MOST", "Set the first to less than the second."
        )


def domain_of(address: str) -> str:
    """The domain of the one address in a text such as `Office <office@example.org>`; empty without one."""
    found = getaddresses([address])
    local, at, domain = (found[0][1] if len(found) == 1 else "").rpartition("@")
    return domain.lower() if local and at and "." in domain.strip(".") else ""
