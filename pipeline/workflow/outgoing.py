"""The ledger as the sender sees it: messages that are due, each as a letter, and what became of them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence

from pipeline.ledger import Message, Participant
from pipeline.mail import OutgoingMessage, Step
from pipeline.rules.messages.occasions import Fate, Notice, Occasion
from pipeline.rules.places import page_address, page_of
from pipeline.rules.web.pages import Entry
from pipeline.workflow.project import Project
from pipeline.workflow.release import page_stamps


class LedgerJournal:
    """The ledger as the sender sees it: messages that are due, and what became of them."""

    def __init__(
        self, project: Project, only: Fate | None = None, ids: Sequence[int] | None = None, look: bool = False
    ) -> None:
        """`only`: of this state alone, whenever due; `ids`: these messages alone; `look`: change nothing."""
        self._project = project
        self._only = only
        self._ids = ids
        self._look = look
        self._held: dict[int, tuple[str, Fate]] = {}  # due, but must wait: why, and in which state
        self._failed = project.ledger.messages.failed() if only is Fate.FAILED else []
        self.dropped: list[str] = []  # messages that were settled as pointless: to whom, and why
        self.refused: list[int] = []  # messages that failed

    @property
    def held(self) -> Counter[str]:
        """How many messages are due and must wait, by why."""
        return Counter(why for why, _ in self._held.values())

    @property
    def held_anew(self) -> int:
        """How many of these were never tried."""
        return sum(state is Fate.QUEUED for _, state in self._held.values())

    def due(self, at: dt.datetime, after: int, limit: int) -> Sequence[OutgoingMessage]:
        """The next letters; messages that have become pointless are settled on the way."""
        letters: list[OutgoingMessage] = []
        while len(letters) < limit:
            # Not one by one, where many must wait.
            portion = max(limit - len(letters), 50)
            some = self._some(at, portion, after)
            if not some:
                break
            after = some[-1].id
            entries = self._project.ledger.pages.mentioned([one.id for one in some], self._project.today)
            people = self._project.ledger.people.get_many([one.participant_id for one in some])
            dead = unpublished(self._project, [*people])
            for message in some:
                if len(letters) == limit:
                    break
                person = people[message.participant_id]
                if why := self._holds_back(message, person, dead):
                    self._held[message.id] = why, message.state
                    continue
                letter = self._letter(message, entries[message.id], person, at)
                if letter is not None:
                    letters.append(letter)
        return letters

    def _some(self, at: dt.datetime, limit: int, after: int) -> Sequence[Message]:
        if self._only is Fate.FAILED:
            return [one for one in self._failed if one.id > after][:limit]
        return self._project.ledger.messages.due(at, limit, after, self._only, self._ids)

    def _letter(
        self, message: Message, about: Sequence[Entry], person: Participant, at: dt.datetime
    ) -> OutgoingMessage | None:
        project, entries = self._project, told(message, about)
        if not entries and message.occasion is not Occasion.MOVED:
            if self._look:
                return None
            self._drop(message, about, at)
            return None
        # What staff send again on purpose has its days of patience before it anew.
        since = message.queued_at if self._only is None else at
        return OutgoingMessage(message.id, notice(project, message, entries, person), message.attempt, since)

    def _drop(self, message: Message, about: Sequence[Entry], at: dt.datetime) -> None:
        """On record as failed, with the reason; what it was to tell of counts as untold again."""
        became = " or ".join(sorted({entry.standing.value for entry in about})) or "deleted"
        words = f"not sent, no longer due: every certificate it was about was {became}"
        messages = self._project.ledger.messages
        with self._project.ledger.transaction():
            messages.step(message.id, Fate.FAILED, message.attempt, at, (None, "", words))
            messages.give_up(message.id)
        self.dropped.append(f"{message.email}: {words}")

    def _holds_back(self, message: Message, person: Participant, dead: Collection[str]) -> str:
        """Why a message must wait although it is due; empty where it need not. The last gate before the
        wire: whatever happened since it was queued counts. `dead`: pages that are not live."""
        if message.occasion is Occasion.MOVED:
            return ""
        if self._project.ledger.people.in_doubt(person.id):
            return "a newer file shows the address with somebody else; use certs correct --email"
        # Only staff who send the link again may mean to try an address that bounces.
        unasked = message.occasion is not Occasion.RESENT or self._only is Fate.FAILED
        if person.bounced and unasked:
            return "the address bounces; use certs correct --email, or certs resend to try it all the same"
        if page_of(person.token) in dead:
            return "the link is not live; use certs publish"
        return ""

    def record(self, steps: Sequence[Step]) -> None:
        """All steps in one transaction, on the disk when this returns."""
        messages = self._project.ledger.messages
        with self._project.ledger.transaction():
            for step in steps:
                answer = (step.code, step.enhanced, step.text)
                messages.step(step.id, step.fate, step.attempt, step.at, answer, step.due_at)
            messages.note_told([step.id for step in steps if step.fate is Fate.SENT])
        self.refused += [step.id for step in steps if step.fate is Fate.FAILED]


def notice(project: Project, message: Message, entries: Sequence[Entry], person: Participant) -> Notice:
    """What one message tells, as things stand now."""
    moved = message.occasion is Occasion.MOVED
    return Notice(
        message_id=message.message_id,
        occasion=message.occasion,
        to=message.email if moved else person.email,
        name=person.name,
        page_url="" if moved else page_address(project.settings.site_url, person.token),
        entries=tuple(entries),
        date=message.queued_at.astimezone(project.now.tzinfo),
    )


def told(message: Message, entries: Sequence[Entry]) -> list[Entry]:
    """The certificates a message is about that it still makes sense to tell of."""
    if message.occasion is Occasion.MOVED:
        return list(entries)
    return [entry for entry in entries if entry.standing.is_live]


def unpublished(project: Project, people: Sequence[int]) -> frozenset[str]:
    """The private pages of these participants that were not proved to be live as they are now; none where
    there is no web host."""
    target = project.settings.publish_to
    if not target:
        return frozenset()
    stamps = page_stamps(project, people)
    published = project.ledger.pages.published(target, [*stamps])
    return frozenset(path for path, stamp in stamps.items() if published.get(path) != stamp)
