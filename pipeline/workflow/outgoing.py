"""The ledger as the sender sees it: messages that can go, and what became of them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from pipeline.mail import OutgoingMessage, Step
from pipeline.rules.addresses import address_key
from pipeline.rules.messages.occasions import Fate, Notice, Occasion
from pipeline.rules.messages.refusals import refusal_in
from pipeline.rules.places import page_address
from pipeline.rules.web.pages import Entry
from pipeline.workflow.due import DUE, Choice, DueMessage, due_messages
from pipeline.workflow.project import Project


class MailQueue:
    """The messages of one sending. One that has nothing left to tell is put on record as failed."""

    def __init__(self, project: Project, choice: Choice = DUE) -> None:
        self._project = project
        self._choice = choice
        self._waiting: dict[int, DueMessage] = {}  # due, but a person must do something first
        self.dropped: list[str] = []  # messages that had become pointless: to whom, and why
        self.refused: list[int] = []  # messages that failed
        self._begun: set[int] = set()  # a lost connection is tried once more: begun already, by us

    @property
    def for_staff(self) -> Counter[str]:
        """How many messages are due and must wait, by what for."""
        return Counter(one.waits_for for one in self._waiting.values())

    @property
    def for_staff_untried(self) -> int:
        """How many of these were never tried."""
        return sum(one.message.state is Fate.QUEUED for one in self._waiting.values())

    def due(self, at: dt.datetime, after: int, limit: int) -> Sequence[OutgoingMessage]:
        """The next messages, at most so many, with ids above `after`, ascending."""
        messages: list[OutgoingMessage] = []
        # Not one by one, where many must wait.
        for one in due_messages(self._project, at, self._choice, after, max(limit, 50)):
            if one.waits_for:
                self._waiting[one.message.id] = one
            elif one.is_pointless:
                self._drop(one, at)
            else:
                messages.append(self._message(one, at))
            if len(messages) == limit:
                break
        return messages

    def _message(self, one: DueMessage, at: dt.datetime) -> OutgoingMessage:
        # What staff send again on purpose is tried for as many days as a new message.
        since = one.message.queued_at if self._choice.state is None else at
        return OutgoingMessage(one.message.id, notice(self._project, one), one.message.attempt, since)

    def _drop(self, one: DueMessage, at: dt.datetime) -> None:
        """On record as failed, with the reason; what it was to tell of counts as untold again."""
        entries = [event.about for event in one.about if isinstance(event.about, Entry)]
        became = " or ".join(sorted({entry.standing.value for entry in entries}))
        words = f"not sent, no longer due: every certificate it was about was {became}"
        if not became:
            words = "not sent, no longer due: what it was about waits no more, or was deleted"
        ledger, message = self._project.ledger, one.message
        with ledger.transaction():
            ledger.messages.step(message.id, Fate.FAILED, message.attempt, at, (None, "", words))
            ledger.mentions.give_up(message.id)
        self.dropped.append(f"{message.email}: {words}")

    def record(self, steps: Sequence[Step]) -> set[int]:
        """All steps in one transaction, on the disk when this returns: see mail.Queue."""
        ledger, taken = self._project.ledger, set[int]()
        with ledger.transaction():
            for step in steps:
                if step.fate is not Fate.SENDING:
                    answer = (step.code, step.enhanced, step.text)
                    cause = refusal_in(step.text).cause.value if step.fate is Fate.FAILED else ""
                    ledger.messages.step(
                        step.id, step.fate, step.attempt, step.at, answer, step.due_at, cause=cause
                    )
                elif step.id not in self._begun and not ledger.messages.begin(step.id, step.attempt, step.at):
                    taken.add(step.id)
            if sent := [step.id for step in steps if step.fate is Fate.SENT]:
                ledger.mentions.note_told(sent)
                ledger.people.note_reached(sent)
                if not self._project.settings.smtp_host:
                    ledger.undelivered.note_in_folder(sent)
        self._begun |= {step.id for step in steps if step.fate is Fate.SENDING} - taken
        self.refused += [step.id for step in steps if step.fate is Fate.FAILED]
        return taken


def drop_pointless(project: Project, messages: Sequence[int]) -> None:
    """Those of these messages that have nothing left to tell are put on record as failed now, not in the next
    sending."""
    if messages:
        MailQueue(project, Choice(ids=messages)).due(project.now, 0, len(messages) + 1)


def notice(project: Project, one: DueMessage) -> Notice:
    """What one message tells, as things stand now."""
    message, person = one.message, one.person
    moved = message.occasion is Occasion.MOVED
    return Notice(
        message_id=message.message_id,
        occasion=message.occasion,
        to=one.recipient,
        name=_former_name(project, one) if moved else person.name,
        page_url="" if moved else page_address(project.settings.site_url, person.token),
        events=tuple(one.events),
        date=message.queued_at.astimezone(project.now.tzinfo),
    )


def _former_name(project: Project, one: DueMessage) -> str:
    """What the reader at a former address is called: as their record was, if it became part of another."""
    key = address_key(one.message.email)
    formers = project.ledger.parting.formers(one.person.id)
    return next((each.name for each in formers if address_key(each.email) == key), one.person.name)
