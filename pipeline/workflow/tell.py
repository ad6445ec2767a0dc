"""Who has to be told what: each event queues one message, once."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.ledger import Message, Participant
from pipeline.rules.addresses import address_key
from pipeline.rules.claims.claim import Problem
from pipeline.rules.messages.occasions import Fate, Occasion
from pipeline.rules.messages.refusal_table import Cause
from pipeline.workflow.project import Project


def queue_new(project: Project) -> list[Problem]:
    """Queue one message to everybody who has certificates they were never told of.

    Whatever is rerun, nobody is told twice: the ledger refuses a second mention. Staff decide about a person
    whose address may have gone to somebody else.
    """
    ledger, problems = project.ledger, []
    with ledger.transaction():
        for participant_id, certificates in ledger.mentions.untold():
            person = ledger.people.get(participant_id)
            if ledger.people.in_doubt(participant_id):
                doubt = f"not mailed, a newer file shows {person.email} with somebody else"
                reason = f"{person.name}: {doubt}; use certs correct --email"
                problems.append(Problem("ledger", 0, "email", reason))
            else:
                queue_or_join(project, person, Occasion.NEW, certificates)
    return problems


def queue_corrections(project: Project, participant: int | None = None) -> list[int]:
    """Queue one message to everybody, or one, whose certificates changed since they were told; the ids."""
    ledger, queued = project.ledger, []
    with ledger.transaction():
        for participant_id, changed in ledger.mentions.unmailed_corrections(participant):
            message = queue(project, ledger.people.get(participant_id), Occasion.CORRECTED)
            for certificate, version in changed:
                ledger.mentions.add(message, [certificate], Occasion.CORRECTED, version)
            queued.append(message)
    return queued


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
    project: Project, person: Participant, occasion: Occasion, certificates: Sequence[int], request: str = ""
) -> int:
    """The message of this sort that was never tried, else a new one, tells of these certificates; its id."""
    message = project.ledger.messages.waiting(person.id, occasion)
    if message is None:
        message = queue(project, person, occasion)
    project.ledger.mentions.add(message, certificates, occasion, request=request)
    return message
