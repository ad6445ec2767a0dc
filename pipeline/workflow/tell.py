"""Who has to be told what: each event queues one message, once."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.ledger import Message, Participant, WaitingClaim
from pipeline.rules.addresses import address_key
from pipeline.rules.claims.claim import Problem
from pipeline.rules.messages.occasions import OF_A_RUN, RANK, Fate, Occasion
from pipeline.rules.messages.refusal_table import Cause
from pipeline.rules.messages.reminders import DELETION_NEAR, reminder_due
from pipeline.rules.text import counted
from pipeline.workflow.project import Project


def queue_new(project: Project) -> list[Problem]:
    """Queue one message to everybody who has certificates they were never told of.

    Whatever is rerun, nobody is told twice: the ledger refuses a second mention. Where a certificate took the
    place of another that its holder was told of, the message says so.
    """
    ledger, problems = project.ledger, []
    with ledger.transaction():
        for participant_id, certificates in ledger.mentions.untold():
            person = ledger.people.get(participant_id)
            if not (doubt := _doubt(project, person)):
                message = queue_or_join(project, person, Occasion.NEW, certificates)
                if replaced := ledger.mentions.replaced_by(certificates):
                    ledger.mentions.add(message, replaced, Occasion.REPLACED)
                    ledger.messages.rename(message, Occasion.REPLACED)
            problems += doubt
    return problems


def queue_advice(project: Project) -> list[Problem]:
    """Queue what people are written to about besides: what is missing, reminders of that, and records that
    will be deleted; each to everybody who was not told. It joins what a run tells them anyway."""
    ledger, problems = project.ledger, []
    wanted = Wanted(project)
    with ledger.transaction():
        for claim in ledger.advice.waiting(project.today):
            occasion, turn = _advice_due(project, claim)
            if occasion is None or not wanted(occasion, claim.activity):
                continue
            person = ledger.people.get(claim.participant_id)
            if not (doubt := _doubt(project, person)):
                names = claim.untold if occasion is Occasion.WITHHELD else ("",)
                message = queue_or_join(project, person, occasion)
                ledger.advice.add(message, claim.id, occasion, names, turn)
            problems += doubt
        near = project.today + DELETION_NEAR
        for participant_id, activity, certificate in ledger.advice.near_deletion(project.today, near):
            person = ledger.people.get(participant_id)
            if wanted(Occasion.DELETION, activity) and not _doubt(project, person):
                queue_or_join(project, person, Occasion.DELETION, [certificate])
                # A copy can be saved where the download is open.
                ledger.claims.reopen(participant_id, activity, near)
    return list(dict.fromkeys(problems))


def _advice_due(project: Project, claim: WaitingClaim) -> tuple[Occasion | None, int]:
    """Whether a claim's person is told what is missing, or reminded, and the how many-th reminder it is."""
    if claim.untold:
        return Occasion.WITHHELD, 0
    activity = project.catalog.get(claim.activity)
    if claim.told_at is None or claim.on_its_way or "attended" in claim.missing or activity is None:
        return None, 0  # of attendance that is not recorded nobody can be reminded
    zone = project.now.tzinfo
    last = claim.reminded_at.astimezone(zone).date() if claim.reminded_at else None
    told = claim.told_at.astimezone(zone).date()
    turn = reminder_due(told, claim.reminded, last, activity.claim_until, project.today)
    return (Occasion.REMINDER, turn) if turn else (None, 0)


class Wanted:
    """Whether people get advice about an activity: by the college's setting and by the activity's file. One
    that was on record before there was such mail stays without it, unless its file asks for it."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._before = project.ledger.advice.known_before()

    def __call__(self, occasion: Occasion, slug: str) -> bool:
        if occasion not in self._project.settings.mail_advice:
            return False
        activity = self._project.catalog.get(slug)
        if activity is not None and (activity.remind is not None or not activity.active):
            return bool(activity.remind) and activity.active
        return slug not in self._before

    def passed_over(self) -> list[str]:
        """Activities known before, whose files say nothing and in which somebody would be written to."""
        ledger, catalog = self._project.ledger, self._project.catalog
        people: dict[str, set[int]] = {}
        for claim in ledger.advice.waiting(self._project.today):
            activity = catalog.get(claim.activity)
            if claim.activity in self._before and activity and activity.active and activity.remind is None:
                people.setdefault(claim.activity, set()).add(claim.participant_id)
        return [
            f"{slug}: {counted(len(who), 'person is', 'people are')} not written to about what is missing, "
            f"as the activity was on record before there was such mail; to write to them: Remind: yes in "
            f"content/activities/{slug}.md; Remind: no ends this line"
            for slug, who in sorted(people.items())
        ]


def _doubt(project: Project, person: Participant) -> list[Problem]:
    """Staff decide about a person whose address may have gone to somebody else."""
    if not project.ledger.people.in_doubt([person.id]):
        return []
    doubt = f"not mailed, a newer file shows {person.email} with somebody else"
    return [Problem("ledger", 0, "email", f"{person.name}: {doubt}; use certs correct --email")]


def queue_corrections(project: Project, participant: int | None = None) -> list[int]:
    """Queue one message to everybody, or one, whose certificates changed since they were told; the ids.

    What a run tells a person besides is told by the same message.
    """
    ledger, queued = project.ledger, []
    with ledger.transaction():
        for participant_id, changed in ledger.mentions.unmailed_corrections(participant):
            person = ledger.people.get(participant_id)
            if participant is None:
                message = queue_or_join(project, person, Occasion.CORRECTED)
            else:
                message = queue(project, person, Occasion.CORRECTED)
            for certificate, version in changed:
                ledger.mentions.add(message, [certificate], Occasion.CORRECTED, version)
            queued.append(message)
    return queued


def queue_of_board(project: Project, records: Sequence[int]) -> list[int]:
    """Queue one message to everybody whom a board could not match, of these records of what was reported; the
    ids. Each answer is told once. Belongs in a transaction."""
    ledger, queued = project.ledger, dict[int, int]()
    for participant, certificate, record in ledger.boards.unmatched(records):
        if participant not in queued:
            queued[participant] = queue(project, ledger.people.get(participant), Occasion.BOARD)
        ledger.mentions.add(queued[participant], [certificate], Occasion.BOARD, version=record)
    return list(queued.values())


def queue_unreached(project: Project, participant: int, former: str) -> list[int]:
    """Queue for a participant's address on record what a former one never got; the ids.

    That is what failed there and, where a message to `former` came back as that address is dead, whatever
    went to it from then on; unless it was told elsewhere since. Belongs in a transaction.
    """
    ledger, person = project.ledger, project.ledger.people.get(participant)
    on_record, queued, is_dead = address_key(person.email), list[int](), False
    for one in ledger.messages.of(participant):
        to_dead = one.email_key == address_key(former)
        is_dead = is_dead or (to_dead and one.returned and one.cause == Cause.DEAD)
        lost = one.state is Fate.FAILED or (one.state is Fate.SENT and to_dead and is_dead)
        if not lost or one.email_key == on_record or one.occasion is Occasion.MOVED:
            continue
        if not ledger.mentions.is_told(one, elsewhere=to_dead and is_dead):
            queued.append(queue_again(project, one, "queued again: the address was corrected"))
    return queued


def queue_again(project: Project, lost: Message, why: str) -> int:
    """Queue a new message in the place of one that failed, to the address on record; its id."""
    email = project.ledger.people.get(lost.participant_id).email
    return project.ledger.messages.queue_again(lost, email, project.new_message_id(), project.now, why)


def queue(project: Project, person: Participant, occasion: Occasion) -> int:
    """A message that waits; the caller says what it mentions, in the same transaction."""
    messages, message_id = project.ledger.messages, project.new_message_id()
    return messages.queue(person.id, occasion, person.email, message_id, project.now)


def queue_or_join(
    project: Project,
    person: Participant,
    occasion: Occasion,
    certificates: Sequence[int] = (),
    request: str = "",
) -> int:
    """The id of the message that tells of these certificates: one that was never tried, else a new one.

    What a run tells is one message, which is named by the first of its occasions.
    """
    messages = project.ledger.messages
    waiting = messages.waiting(person.id, OF_A_RUN if occasion in OF_A_RUN else (occasion,))
    message = queue(project, person, occasion) if waiting is None else waiting.id
    if waiting is not None and RANK[occasion] < RANK[waiting.occasion]:
        messages.rename(message, occasion)
    project.ledger.mentions.add(message, certificates, occasion, request=request)
    return message
