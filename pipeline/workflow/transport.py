"""The way mail takes: the mail server, or a folder where none is set."""

from __future__ import annotations

import datetime as dt

from pipeline.mail import Composer, Queue, Sender, Summary, Watcher, deliver_to_maildir
from pipeline.rules.messages.delivery import RetryPolicy
from pipeline.workflow.mail_settings import OUTBOX
from pipeline.workflow.project import Project


def _sender(project: Project) -> Sender:
    settings = project.settings
    return Sender(
        settings.mail_from,
        settings.mail_reply_to,
        settings.site_url,
        settings.education_center_url,
        has_records=settings.credit_files != "none",
    )


def composer(project: Project) -> Composer:
    """Composes from theme/emails. Raises MailError."""
    return Composer(project.settings.theme / "emails", _sender(project), project.told_apart, project.compiled)


def hand_over(project: Project, queue: Queue, limit: int | None, watch: Watcher) -> Summary:
    """Sends what the queue has, by the mail server or, where none is set, into the outbox. Raises MailError
    where neither can be."""
    settings, compose = project.settings, composer(project).compose
    if not settings.smtp_host:
        outbox = settings.data_dir / OUTBOX
        return deliver_to_maildir(queue, compose, outbox, lambda: dt.datetime.now(dt.UTC), limit, watch)
    from pipeline.mail import Server, send_all  # with TLS, for which only those who send wait

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
