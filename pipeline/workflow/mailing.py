"""From certificates to mails: who has to be told what, queued once; then what waits, sent."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.errors import SettingsError
from pipeline.ledger import Message, Participant
from pipeline.mail import (
    Composer,
    Letter,
    Refused,
    Sender,
    Server,
    Step,
    Summary,
    Watcher,
    deliver_to_maildir,
    send_all,
)
from pipeline.rules.awards import Standing
from pipeline.rules.claims import Problem, address_key
from pipeline.rules.delivery import Patience
from pipeline.rules.notices import Fate, Notice, Occasion
from pipeline.rules.pages import Entry
from pipeline.rules.wording import counted
from pipeline.workflow.project import Project
from pipeline.workflow.publishing import page_stamps

LIVE = (Standing.VALID, Standing.CORRECTED)
FOR_EVER = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Question:
    """What is asked once before anything is mailed."""

    total: int  # messages
    waiting: tuple[tuple[str, str, int], ...]  # activity, occasion, messages: one may be about several
    sample: str  # one message as it will be sent, the private link masked


def queue_new(project: Project) -> list[Problem]:
    """Queue one message to everybody who has certificates they were never told of.

    The mention of each certificate is unique in the ledger: whatever is rerun, nobody is told twice. A
    person whose address may have gone to somebody else is not written to; that is for staff.
    """
    ledger, problems = project.ledger, []
    with ledger.transaction():
        for participant_id, certificates in ledger.messages.untold():
            person = ledger.people.get(participant_id)
            if ledger.messages.in_doubt(participant_id, person.email):
                problems.append(
                    Problem(
                        "ledger",
                        0,
                        "email",
                        f"{person.name}: not mailed, a newer file shows {person.email} with somebody else; "
                        "use certs correct --email",
                    )
                )
                continue
            message = ledger.messages.waiting_new(participant_id)
            if message is None:
                message = queue(project, participant_id, person.email, Occasion.NEW)
            ledger.messages.mention(message, certificates, "new")
    return problems


def queue_corrections(project: Project, participant: int | None = None) -> list[int]:
    """Queue one message to everybody, or one, whose certificates changed since they were told; the ids."""
    messages, queued = project.ledger.messages, []
    with project.ledger.transaction():
        for participant_id, changed in list(messages.unmailed_corrections(participant)):
            person = project.ledger.people.get(participant_id)
            message = queue(project, participant_id, person.email, Occasion.CORRECTED)
            for certificate, version in changed:
                messages.mention(message, [certificate], f"corrected-{version}")
            queued.append(message)
    return queued


def queue_unreached(project: Project, participant: int, dead: str = "") -> list[int]:
    """Queue for a participant's address on record what a former one never got; the ids.

    That is what failed there and, where that address is known to be `dead`, whatever went to it from the
    first message on that came back; unless it was told elsewhere since. Belongs in a transaction.
    """
    messages, person = project.ledger.messages, project.ledger.people.get(participant)
    on_record, queued, is_dead = address_key(person.email), list[int](), False
    for one in messages.of(participant):
        key = address_key(one.email)
        to_dead = bool(dead) and key == address_key(dead)
        is_dead = is_dead or (to_dead and one.came_back)
        lost = one.state is Fate.FAILED or (one.state is Fate.SENT and to_dead and is_dead)
        if not lost or key == on_record or one.occasion is Occasion.MOVED:
            continue
        if not messages.is_told(one, elsewhere=to_dead and is_dead):
            queued.append(_queue_again(project, one, "queued again: the address was corrected"))
    return queued


def _queue_again(project: Project, lost: Message, why: str) -> int:
    email = project.ledger.people.get(lost.participant_id).email
    return project.ledger.messages.queue_again(lost, email, project.new_message_id(), project.now, why)


def queue(project: Project, participant_id: int, email: str, occasion: Occasion) -> int:
    """A message that waits; the caller says what it mentions, in the same transaction."""
    return project.ledger.messages.queue(
        participant_id, occasion, email, project.new_message_id(), project.now
    )


def notice(project: Project, message: Message, entries: Sequence[Entry], person: Participant) -> Notice:
    """What one message tells, as things stand now."""
    moved = message.occasion is Occasion.MOVED
    return Notice(
        message_id=message.message_id,
        occasion=message.occasion,
        to=message.email if moved else person.email,
        name=person.name,
        page_url="" if moved else f"{project.settings.site_url}/c/{person.token}/",
        entries=tuple(entries),
        date=message.queued_at.astimezone(project.now.tzinfo),
        kept_until=min((entry.facts.kept_until for entry in entries), default=None),
    )


def told(message: Message, entries: Sequence[Entry]) -> list[Entry]:
    """The certificates a message is about that it still makes sense to tell of."""
    if message.occasion is Occasion.MOVED:
        return list(entries)
    return [entry for entry in entries if entry.standing in LIVE]


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
        self._held: dict[
            int, tuple[str, Fate]
        ] = {}  # messages that are due and must wait: why, and their state
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

    def due(self, at: dt.datetime, after: int, limit: int) -> Sequence[Letter]:
        """The next letters; messages that have become pointless are settled on the way."""
        letters: list[Letter] = []
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
    ) -> Letter | None:
        project, entries = self._project, told(message, about)
        if not entries and message.occasion is not Occasion.MOVED:
            if self._look:
                return None
            self._drop(message, about, at)
            return None
        # What staff send again on purpose has its days of patience before it anew.
        since = message.queued_at if self._only is None else at
        return Letter(message.id, notice(project, message, entries, person), message.attempt, since)

    def _drop(self, message: Message, about: Sequence[Entry], at: dt.datetime) -> None:
        """On record as failed, with the reason; what it was to tell of counts as untold again."""
        became = " or ".join(sorted({entry.standing.value for entry in about})) or "deleted"
        words = f"not sent, no longer due: every certificate it was about was {became}"
        messages = self._project.ledger.messages
        with self._project.ledger.transaction():
            messages.step(message.id, Fate.FAILED, message.attempt, at, (None, "", words))
            messages.release(message.id)
        self.dropped.append(f"{message.email}: {words}")

    def _holds_back(self, message: Message, person: Participant, dead: Collection[str]) -> str:
        """Why a message must wait although it is due; empty where it need not. The last gate before the
        wire: whatever happened since it was queued counts. `dead`: pages that are not live."""
        if message.occasion is Occasion.MOVED:
            return ""
        if self._project.ledger.messages.in_doubt(person.id, person.email):
            return "a newer file shows the address with somebody else; use certs correct --email"
        unasked = message.occasion in (Occasion.NEW, Occasion.CORRECTED) or self._only is Fate.FAILED
        if person.bounced and unasked:
            return "the address bounces; use certs correct --email, or certs resend to try it all the same"
        if f"c/{person.token}" in dead:
            return "the link is not live; use certs publish"
        return ""

    def record(self, steps: Sequence[Step]) -> None:
        """All steps in one transaction, on the disk when this returns."""
        messages = self._project.ledger.messages
        with self._project.ledger.transaction():
            for step in steps:
                answer = (step.code, step.enhanced, step.text)
                messages.step(step.id, step.fate, step.attempt, step.at, answer, step.due_at)
            messages.tell([step.id for step in steps if step.fate is Fate.SENT])
        self.refused += [step.id for step in steps if step.fate is Fate.FAILED]


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


def unpublished(project: Project, people: Sequence[int]) -> frozenset[str]:
    """The private pages of these participants that were not proved to be live as they are now; none where
    there is no web host."""
    target = project.settings.publish_to
    if not target:
        return frozenset()
    stamps = page_stamps(project, people)
    published = project.ledger.pages.published(target, [*stamps])
    return frozenset(path for path, stamp in stamps.items() if published.get(path) != stamp)


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


def held(project: Project) -> Counter[str]:
    """Messages that wait for a person's decision, whenever due, by why."""
    journal, after = LedgerJournal(project, look=True), 0
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
        journal, only = LedgerJournal(project, None, ids), None
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
