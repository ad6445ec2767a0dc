"""The way mail takes: the mail server, or a folder where none is set; and what must be so before it may."""

from __future__ import annotations

import datetime as dt
from email.utils import parseaddr
from urllib.parse import urlsplit

from pipeline.errors import SettingsError
from pipeline.mail import Composer, Queue, Sender, Server, Summary, Watcher, deliver_to_maildir, send_all
from pipeline.rules.messages.delivery import RetryPolicy
from pipeline.workflow.project import Project

OUTBOX = "outbox"  # of DATA_DIR


def check_mailable(project: Project) -> None:
    """Real mail with links that nobody can open, or that anybody can read on the way, is refused."""
    settings = project.settings
    open_to_all = settings.site_url.startswith("https:") and not settings.site_is_local
    if settings.smtp_host and not open_to_all:
        raise SettingsError(
            f"Mail is not sent while SITE_URL is {settings.site_url}: the links in it would not work.",
            "Write the site's public https address in .env, or leave SMTP_HOST empty to mail into a folder.",
        )


def mail_cautions(project: Project) -> list[str]:
    """What staff should know of their settings before they mail."""
    settings = project.settings
    host = urlsplit(settings.site_url).hostname or ""
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2].casefold()
    if settings.site_is_local or not domain or host == domain or host.endswith(f".{domain}"):
        return []
    return [
        f"links in mails lead to {host}, which is not under {domain}, where the mail comes from: filters and "
        f"careful people take that for phishing. A site such as certificates.{domain} helps: SITE_URL"
    ]


def folder_of_mail(project: Project) -> str:
    """Where mail is written as no mail server is set; empty where one is."""
    return "" if project.settings.smtp_host else outbox_name(project)


def outbox_name(project: Project) -> str:
    """The folder of mail that was not sent, as staff find it from the project's folder."""
    settings = project.settings
    outbox = settings.data_dir / OUTBOX
    return str(outbox.relative_to(settings.root) if outbox.is_relative_to(settings.root) else outbox)


def _sender(project: Project) -> Sender:
    settings = project.settings
    education = settings.education_center_url
    return Sender(settings.mail_from, settings.mail_reply_to, settings.site_url, education)


def composer(project: Project) -> Composer:
    """Composes from theme/emails. Raises MailError."""
    return Composer(project.settings.theme / "emails", _sender(project))


def hand_over(project: Project, queue: Queue, limit: int | None, watch: Watcher) -> Summary:
    """Sends what the queue has, by the mail server or, where none is set, into the outbox. Raises MailError
    where neither can be."""
    settings, compose = project.settings, composer(project).compose
    if not settings.smtp_host:
        outbox = settings.data_dir / OUTBOX
        return deliver_to_maildir(queue, compose, outbox, lambda: dt.datetime.now(dt.UTC), limit, watch)
    server = Server(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=_sender(project).bare,
        tls=settings.smtp_tls,
        user=settings.smtp_user,
        password=settings.smtp_password,
        workers=settings.mail_workers,
        rate=settings.mail_rate,
        per_connection=settings.mail_per_connection,
    )
    policy = RetryPolicy(
        first=dt.timedelta(minutes=settings.mail_retry_first),
        most=dt.timedelta(minutes=settings.mail_retry_most),
        days=settings.mail_retry_days,
    )
    return send_all(queue, compose, server, policy, limit, watch)
