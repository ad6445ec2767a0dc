"""Messages that are due, and of each whether it can be sent now; nothing is changed here."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.ledger import Message, Participant
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Standing
from pipeline.rules.messages.occasions import Event, Fate, Occasion
from pipeline.rules.places import page_of
from pipeline.rules.web.pages import WithheldEntry
from pipeline.workflow.project import Project

PORTION = 200  # messages read at a time
FOR_EVER = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Choice:
    """Which messages to send: those that are due, or all in one state; with these ids, or any."""

    state: Fate | None = None
    ids: Sequence[int] | None = None
    among: Sequence[int] | None = None  # of those that are chosen only these

    def takes(self, message: Message) -> bool:
        """Whether it is among those that are chosen."""
        return self.among is None or message.id in self.among


DUE = Choice()


@dataclass(frozen=True)
class DueMessage:
    """A message with what it is about as things stand now."""

    message: Message
    person: Participant
    about: Sequence[Event]  # everything it was queued for
    waits_for: str  # what a person must do before it can be sent; empty where it can

    @cached_property
    def events(self) -> list[Event]:
        """What it still makes sense to tell."""
        if self.message.occasion is Occasion.MOVED:
            return list(self.about)
        return [event for event in self.about if _is_so(event)]

    @property
    def recipient(self) -> str:
        """The address on record; the former one where the message tells that it changed."""
        return self.message.email if self.message.occasion is Occasion.MOVED else self.person.email

    @property
    def can_go(self) -> bool:
        """Whether it can be sent now and has something to tell."""
        return not self.waits_for and not self.is_pointless

    @property
    def is_pointless(self) -> bool:
        """Whether nothing is left that it could tell; that something was replaced says nothing alone."""
        return self.message.occasion is not Occasion.MOVED and all(
            event.occasion is Occasion.REPLACED for event in self.events
        )

    @property
    def words(self) -> list[str]:
        """What it tells, for staff: each certificate, its activity, and why where that is not its issue."""
        return [
            event_words(self.message.occasion, one.occasion, kind_of(one), activity_of(one))
            for one in self.events
        ]


def _is_so(event: Event) -> bool:
    if isinstance(event.about, WithheldEntry):
        return True
    standing = event.about.standing
    if event.occasion is Occasion.BOARD:  # one that was accepted since has nothing to mend
        return standing.is_live and any(one.is_unmatched for one in event.about.reports)
    told = {Occasion.WITHDRAWN: Standing.WITHDRAWN, Occasion.REPLACED: Standing.REPLACED}
    return standing is told[event.occasion] if event.occasion in told else standing.is_live


def event_words(message: Occasion, event: Occasion, kind: Kind, activity: str) -> str:
    """A certificate that a message tells of, and why where it is another reason than the message's."""
    return f"{kind.label} ({activity})" + ("" if event in (Occasion.NEW, message) else f": {event}")


def kind_of(event: Event) -> Kind:
    """The kind of certificate that an event is about."""
    return event.about.kind if isinstance(event.about, WithheldEntry) else event.about.facts.kind


def activity_of(event: Event) -> str:
    """The slug of the activity that an event is about."""
    about = event.about
    return about.activity if isinstance(about, WithheldEntry) else about.facts.activity


def due_messages(
    project: Project, at: dt.datetime, choice: Choice = DUE, after: int = 0, portion: int = PORTION
) -> Iterator[DueMessage]:
    """The messages that are due `at` that time, with ids above `after`, ascending, read in portions."""
    failed = project.ledger.undelivered.failed() if choice.state is Fate.FAILED else []
    while True:
        if choice.state is Fate.FAILED:
            some: Sequence[Message] = [one for one in failed if one.id > after and choice.takes(one)]
            some = some[:portion]
        else:
            some = project.ledger.messages.due(at, portion, after, choice.state, choice.ids, choice.among)
        if not some:
            return
        after = some[-1].id
        about = project.ledger.events.of([one.id for one in some], project.catalog, project.today)
        people = project.ledger.people.get_many([one.participant_id for one in some])
        in_doubt = project.ledger.people.in_doubt(people)
        unproved = _pages_not_live(project, [*people])
        for message in some:
            person = people[message.participant_id]
            waits_for = why_waits(project, message, person, in_doubt, unproved, choice)
            yield DueMessage(message, person, about[message.id], waits_for)


def waiting_for_a_person(project: Project, ids: Sequence[int] | None = None) -> Counter[str]:
    """Messages, or those of these, that wait for a person's decision, whenever due: how many, by what for."""
    waiting = due_messages(project, FOR_EVER, Choice(ids=ids))
    return Counter(one.waits_for for one in waiting if one.waits_for)


def _pages_not_live(project: Project, people: Sequence[int]) -> set[str]:
    """These participants' pages that were not proved to be live as they are now; none without a web host."""
    target = project.settings.publish_to
    return project.ledger.builds.not_live(target, project.frame(), people) if target else set()


def why_waits(
    project: Project,
    message: Message,
    person: Participant,
    in_doubt: Collection[int],
    unproved: Collection[str] = (),
    choice: Choice = DUE,
) -> str:
    """Why a message must wait although it is due. Asked directly before it is sent: what happened meanwhile
    counts. `in_doubt`: participants whose address may be somebody else's; `unproved`: pages not live."""
    if message.occasion is Occasion.MOVED:
        return ""
    if person.id in in_doubt:
        return "a newer file shows the address with somebody else; use certs correct --email"
    if not person.email:
        return "no address on record; read the claims file again, or use certs correct NUMBER --email"
    # Only staff who send the link again may mean to try an address that bounces.
    mark = person.mark
    if (
        mark is not None
        and mark.holds(project.today)
        and (message.occasion is not Occasion.RESENT or choice.state is Fate.FAILED)
    ):
        if mark.until:
            return "the mailbox is full and is tried again after a week; use certs resend to try it now"
        return (
            "the address bounces; use certs correct --email, certs correct --works if it works again, or "
            "certs resend to try it all the same"
        )
    if page_of(person.token) in unproved:
        return "the link is not live; use certs publish"
    return ""


def only_in_folder(project: Project, choice: Choice = DUE) -> list[int]:
    """Messages that were written into a folder while no mail server was set, where one is now and nothing
    that was mailed since tells the same; of several, the first."""
    if not project.settings.smtp_host:
        return []
    ledger, found, told = project.ledger, list[int](), set[tuple[int, str, str]]()
    written = [one for one in ledger.undelivered.in_folder() if choice.takes(one)]
    events = ledger.events.of([one.id for one in written], project.catalog, project.today)
    for one in written:
        if one.occasion is Occasion.MOVED or ledger.undelivered.is_mailed(one):
            continue
        about = {(one.participant_id, activity_of(event), kind_of(event).value) for event in events[one.id]}
        if not about <= told:
            found.append(one.id)
            told |= about
    return found
