"""What waits is shown, asked about and sent."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.errors import SettingsError
from pipeline.ledger import Message
from pipeline.mail import (
    Composer,
    Refused,
    Sender,
    Server,
    Step,
    Summary,
    Watcher,
    deliver_to_maildir,
    send_all,
)
from pipeline.rules.messages.delivery import Patience
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.text import counted
from pipeline.workflow.outgoing import LedgerJournal
from pipeline.workflow.project import Project
from pipeline.workflow.tell import _queue_again

FOR_EVER = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Question:
    """What is asked once before anything is mailed."""

    total: int  # messages
    waiting: tuple[tuple[str, str, int], ...]  # activity, occasion, messages: one may be about several
    sample: str  # one message as it will be sent, the private link masked


def check_mailable(project: Project) -> None:
    """Real mail with links that nobody can open, or that anybody can read on the way, is refused."""
    settings = project.settings
    open_to_all = settings.site_url.startswith("https:") and not settings.site_is_local
    if settings.smtp_host and not open_to_all:
        raise SettingsError(
            f"Mail is not sent while SITE_URL is {settings.site_url}: the links in it would not work.",
            "Write the site's public https address in .env, or leave SMTP_HOST empty to mail into a folder.",
        )


def _sender(project: Project) -> Sender:
    settings = project.settings
    return Sender(settings.mail_from, settings.mail_reply_to, settings.site_url)


def composer(project: Project) -> Composer:
    """Composes from theme/emails. Raises MailError."""
    return Composer(project.settings.theme / "emails", _sender(project))


def settle_interrupted(project: Project) -> int:
    """What a crash left in flight is unknown from now on; how many messages."""
    with project.ledger.transaction():
        return project.ledger.messages.settle_interrupted(project.now)


def question(project: Project, only: Fate | None = None) -> Question | None:
    """What staff are asked before mail is sent; None where nothing can be sent now."""
    messages = project.ledger.messages
    letters = LedgerJournal(project, only, look=True).due(project.now, 0, 1)
    if not letters:
        return None
    total, waiting = _due(project, only), messages.waiting_by_activity()
    sample = composer(project).preview(letters[0].notice)
    return Question(total, tuple([("", only.value, total)] if only else waiting), sample)


def held_lines(held: Mapping[str, int]) -> Iterator[str]:
    """How many messages must wait, and why, a sentence each."""
    for why, count in held.items():
        yield f"{counted(count, 'message waits', 'messages wait')}: {why}"


def send_nothing(project: Project, only: Fate | None = None) -> Summary:
    """Where nothing can be sent: what is no longer due is settled, what must wait is counted."""
    journal = LedgerJournal(project, only)
    journal.due(project.now, 0, 1)
    summary = Summary(failed=len(journal.dropped), dropped=tuple(journal.dropped))
    summary.held, summary.held_anew = journal.held, journal.held_anew
    return summary


def held(project: Project, ids: Sequence[int] | None = None) -> Counter[str]:
    """Messages, or those of these, that wait for a person's decision, whenever due, by why."""
    journal, after = LedgerJournal(project, ids=ids, look=True), 0
    while letters := journal.due(FOR_EVER, after, 500):
        after = letters[-1].id
    return journal.held


def _due(project: Project, only: Fate | None) -> int:
    messages = project.ledger.messages
    if only is Fate.FAILED:
        return len(messages.failed())
    return messages.counts().get(only, 0) if only else messages.due_count(project.now)


def waiting_lines(project: Project, limit: int | None, only: Fate | None) -> Iterator[str]:
    """Who would get what, a line each."""
    journal, after, left = LedgerJournal(project, only, look=True), 0, limit
    while left is None or left > 0:
        letters = journal.due(project.now, after, 500 if left is None else min(500, left))
        if not letters:
            return
        after = letters[-1].id
        left = None if left is None else left - len(letters)
        for letter in letters:
            kinds = ", ".join(
                f"{entry.facts.kind.label} ({entry.facts.activity})" for entry in letter.notice.entries
            )
            yield f"{letter.notice.to}: {letter.notice.occasion}: {kinds}"


def send_these(project: Project, ids: Sequence[int]) -> list[Message]:
    """Send these messages now, and only these; what became of them."""
    if ids:
        send(project, ids=ids)
    return [project.ledger.messages.get(one) for one in ids]


def send(
    project: Project, limit: int | None = None, only: Fate | None = None, ids: Sequence[int] | None = None
) -> Summary:
    """Send what waits and is due, by the mail server or, where none is set, into the outbox.

    Raises SettingsError for a site that cannot be linked to, MailError where no mail can be sent at all.
    """
    check_mailable(project)
    journal = LedgerJournal(project, only, ids)
    before = Counter[str]()
    if only is Fate.FAILED:
        ids, before = _queue_all_failed(project, limit)
        journal = LedgerJournal(project, None, ids)
    total = _due(project, only) if ids is None else len(ids)
    total, done = min(total, limit or total), itertools.count(1)
    if total:
        project.talk.step(f"sending {counted(total, 'message')}")

    def watch(step: Step) -> None:
        if step.fate is not Fate.SENDING:
            project.talk.progress(next(done), total, "messages")

    summary = _hand_over(project, journal, limit, watch)
    summary.dropped = tuple(journal.dropped)
    summary.failed += len(journal.dropped)
    summary.held, summary.held_anew = journal.held + before, journal.held_anew
    failed = (project.ledger.messages.get(one) for one in journal.refused)
    summary.refused = tuple(Refused(one.id, one.email, one.response) for one in failed)
    return summary


def _queue_all_failed(project: Project, limit: int | None) -> tuple[list[int], Counter[str]]:
    """A message in the place of each that failed and can be sent now: the ids, and why others must wait."""
    messages, journal = project.ledger.messages, LedgerJournal(project, Fate.FAILED, look=True)
    ids: list[int] = []
    after = 0
    with project.ledger.transaction():
        while letters := journal.due(project.now, after, 500):
            after = letters[-1].id
            for letter in letters[: None if limit is None else limit - len(ids)]:
                failed = messages.get(letter.id)
                ids.append(_queue_again(project, failed, "queued again: staff asked for it"))
    return ids, journal.held


def _hand_over(project: Project, journal: LedgerJournal, limit: int | None, watch: Watcher) -> Summary:
    settings, compose = project.settings, composer(project).compose
    if not settings.smtp_host:
        outbox = settings.data_dir / "outbox"
        return deliver_to_maildir(journal, compose, outbox, lambda: dt.datetime.now(dt.UTC), limit, watch)
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
    patience = Patience(
        first=dt.timedelta(minutes=settings.mail_retry_first),
        most=dt.timedelta(minutes=settings.mail_retry_most),
        days=settings.mail_retry_days,
    )
    return send_all(journal, compose, server, patience, limit, watch)
