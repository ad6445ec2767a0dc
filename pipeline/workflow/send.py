"""What waits is shown, asked about and sent."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.ledger import Message
from pipeline.mail import Step
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.text import counted
from pipeline.workflow.daily import reached, room
from pipeline.workflow.due import (
    DUE,
    Choice,
    DueMessage,
    due_messages,
    only_in_folder,
    waiting_for_a_person,
)
from pipeline.workflow.mail_settings import check_mailable, folder_of_mail
from pipeline.workflow.marks import leave_mark
from pipeline.workflow.outgoing import MailQueue, notice
from pipeline.workflow.project import Project
from pipeline.workflow.release import build_pages
from pipeline.workflow.tell import queue_again
from pipeline.workflow.transport import composer, hand_over


@dataclass(frozen=True)
class Question:
    """What is asked once before anything is mailed."""

    total: int  # messages
    waiting: tuple[tuple[str, str, int], ...]  # activity, occasion, messages: one may be about several
    sample: str  # one message as it will be sent, the private link masked


Ask = Callable[[Question], bool | None]  # whether to send; None where nobody is there to answer


@dataclass(frozen=True)
class Sending:
    """What became of the messages of one command."""

    sent: int = 0
    deferred: int = 0  # put off: to be tried again
    failed: int = 0  # those in `dropped` among them
    unknown: int = 0  # nobody knows whether they arrived
    halted: str = ""  # why sending stopped before its end
    dropped: tuple[str, ...] = ()  # to whom, and why, a message was not sent as it is no longer due
    refused: tuple[Message, ...] = ()  # messages that failed
    for_staff: Mapping[str, int] = field(default_factory=dict)  # why due messages wait, and how many
    for_staff_untried: int = 0  # of these, how many were never tried
    folder: str = ""  # where what counts as sent was written, as no mail server is set: nobody was mailed


@dataclass(frozen=True)
class Left:
    """Messages that are left after a command, in all."""

    queued: int  # never tried
    deferred: int  # to be tried again, deferred in this command or before
    next_due: dt.datetime | None  # when the first of them is due, in the college's time; None: by now
    unknown: int  # of earlier commands, whose outcome nobody knows
    failed: int  # of earlier commands, and nothing tells their certificates since
    in_folder: int  # of earlier commands, written into a folder, while a mail server is set now


@dataclass(frozen=True)
class Mailing:
    """One round of sending: what was sent, and what is left."""

    sending: Sending
    left: Left
    nobody_answered: bool  # nobody was there to be asked: the messages wait


@dataclass(frozen=True)
class SentNow:
    """What became of certain messages."""

    messages: Sequence[Message] = ()
    for_staff: Mapping[str, int] = field(default_factory=dict)  # why some of them wait, and how many


def send_what_waits(project: Project, ask: Ask, choice: Choice = DUE, limit: int | None = None) -> Mailing:
    """The whole of `certs send`: ask, then mail what waits and try again what is due.

    `limit`: messages at most. Raises as `send`.
    """
    mark_interrupted(project)
    asked = question(project, choice)
    if asked is not None:
        build_pages(project)  # a killed command may have left the page of a new link to be built
    return ask_and_send(project, asked, ask, choice, limit)


def ask_and_send(
    project: Project, asked: Question | None, ask: Ask, choice: Choice = DUE, limit: int | None = None
) -> Mailing:
    """Ask, where there is something to send, and send it if the answer is yes."""
    answer = None
    if asked is None:
        sending = _send_nothing(project, choice)
    else:
        answer = ask(asked)
        sending = send(project, choice, limit) if answer else Sending()
    return Mailing(sending, _left(project, sending), asked is not None and answer is None)


def mark_interrupted(project: Project) -> None:
    """Put on record that nobody knows what became of the messages that were on their way in a crash."""
    with project.ledger.transaction():
        project.ledger.messages.mark_interrupted(project.now)


def question(project: Project, choice: Choice = DUE) -> Question | None:
    """What staff are asked before mail is sent; None where nothing can be sent now."""
    first = next(who_would_get_what(project, choice, 1), None)
    if first is None:
        return None
    total = _count(project, choice)
    waiting = project.ledger.messages.waiting_by_activity()
    if choice.state is not None:
        waiting = [("", choice.state.value, total)]
    return Question(total, tuple(waiting), composer(project).preview(notice(project, first)))


def who_would_get_what(
    project: Project, choice: Choice = DUE, limit: int | None = None
) -> Iterator[DueMessage]:
    """The messages that would be sent now, at most `limit`."""
    due = due_messages(project, project.now, choice)
    return itertools.islice((one for one in due if one.can_go), limit)


def send_these(project: Project, ids: Sequence[int]) -> SentNow:
    """Send these messages now, and only these."""
    if not ids:
        return SentNow()
    send(project, Choice(ids=ids))
    messages = [project.ledger.messages.get(one) for one in ids]
    return SentNow(messages, waiting_for_a_person(project, ids))


def send(project: Project, choice: Choice = DUE, limit: int | None = None) -> Sending:
    """Send what waits and is due, by the mail server or, where none is set, into the outbox.

    Raises SettingsError for a site that cannot be linked to, MailError where no mail can be sent at all.
    """
    check_mailable(project)
    for_staff = Counter[str]()
    if choice.state is Fate.FAILED:
        choice, for_staff = _queue_all_failed(project, choice, limit)
    queue = MailQueue(project, choice)
    asked, today = _count(project, choice), room(project)
    asked = asked if limit is None else min(asked, limit)
    total, done = asked if today is None else min(asked, today), itertools.count(1)
    folder = folder_of_mail(project)
    if total and folder:
        what = counted(total, "message")
        project.listener.step(f"writing {what} into the folder {folder}: nobody is mailed")
    elif total:
        project.listener.step(f"sending {counted(total, 'message')}")

    def watch(step: Step) -> None:
        if step.fate is not Fate.SENDING:
            project.listener.progress(next(done), total, "messages")

    if total:
        with project.ledger.transaction():
            project.ledger.audit.write(project.at, project.actor, "send", counted(total, "message"))
        leave_mark(project)  # an older ledger that is put back must not send them again
    summary = hand_over(project, queue, limit if today is None else total, watch)
    halted = summary.halted or ("somebody stopped it" if summary.interrupted else "")
    if summary.quota or (not halted and total < asked):
        halted = reached(project, asked - summary.sent, summary.quota)
    return Sending(
        sent=summary.sent,
        deferred=summary.deferred,
        failed=summary.failed + len(queue.dropped),
        unknown=summary.unknown,
        halted=halted,
        dropped=tuple(queue.dropped),
        refused=tuple(project.ledger.messages.get(one) for one in queue.refused),
        for_staff=queue.for_staff + for_staff,
        for_staff_untried=queue.for_staff_untried,
        folder=folder,
    )


def _send_nothing(project: Project, choice: Choice) -> Sending:
    """Where nothing can be sent: what has become pointless is put on record, what must wait is counted."""
    queue = MailQueue(project, choice)
    queue.due(project.now, 0, 1)
    dropped = tuple(queue.dropped)
    return Sending(
        failed=len(dropped),
        dropped=dropped,
        for_staff=queue.for_staff,
        for_staff_untried=queue.for_staff_untried,
    )


def _left(project: Project, sending: Sending) -> Left:
    messages = project.ledger.messages
    counts, due, now = messages.counts(), messages.next_due(), {one.id for one in sending.refused}
    return Left(
        queued=counts.get("queued", 0),
        deferred=counts.get("deferred", 0),
        next_due=due.astimezone(project.now.tzinfo) if due and due > project.now else None,
        unknown=counts.get("unknown", 0) - sending.unknown,
        failed=sum(one.id not in now for one in project.ledger.undelivered.failed()),
        in_folder=len(only_in_folder(project)),
    )


def _count(project: Project, choice: Choice) -> int:
    """Messages of this choice, those that must wait or are pointless among them."""
    messages = project.ledger.messages
    if choice.ids is not None:
        return len(choice.ids)
    if choice.among is not None:
        return sum(1 for _ in due_messages(project, project.now, choice))
    if choice.state is Fate.FAILED:
        return len(project.ledger.undelivered.failed())
    return messages.counts().get(choice.state, 0) if choice.state else messages.due_count(project.now)


def take_from_folder(project: Project, ids: Sequence[int]) -> None:
    """These wait again, to be sent by the mail server."""
    ledger, words = project.ledger, "queued again: it was written into a folder only"
    with ledger.transaction():
        for one in map(ledger.messages.get, ids):
            ledger.messages.step(one.id, Fate.QUEUED, one.attempt, project.now, (None, "", words))
        project.on_record("send", f"{counted(len(ids), 'message')} of the folder queued again")


def _queue_all_failed(project: Project, choice: Choice, limit: int | None) -> tuple[Choice, Counter[str]]:
    """A new message in the place of each that failed and can be sent now; and why the others must wait."""
    ids, for_staff = list[int](), Counter[str]()
    with project.ledger.transaction():
        for one in due_messages(project, project.now, choice):
            if one.waits_for:
                for_staff[one.waits_for] += 1
            elif one.can_go and (limit is None or len(ids) < limit):
                ids.append(queue_again(project, one.message, "queued again: staff asked for it"))
    return Choice(ids=ids), for_staff
