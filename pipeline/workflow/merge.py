"""Two records that are one person become one, as planned: see the module merge_plan."""

from __future__ import annotations

from pipeline.ledger import Participant
from pipeline.rules.messages.occasions import Occasion
from pipeline.rules.text import counted
from pipeline.workflow.award import award
from pipeline.workflow.desk import tell_of_page
from pipeline.workflow.merge_plan import MergePlan
from pipeline.workflow.project import Project
from pipeline.workflow.release import release
from pipeline.workflow.render import Issued, render
from pipeline.workflow.send import mark_interrupted
from pipeline.workflow.tell import queue, queue_corrections


def merge_records(project: Project, plan: MergePlan, reason: str, tell: bool) -> tuple[Issued, list[int]]:
    """Merge as planned; certificates re-issue under their numbers, the former link leads to the page that
    stays.

    One transaction; whatever was killed after it is finished by the same command. Returns what was made, and
    the ids of messages that wait to be sent.
    """
    ledger, into = project.ledger, plan.into
    messages: list[int] = []
    mark_interrupted(project)  # nothing is being sent while this command holds the lock
    if not plan.is_done:
        with ledger.transaction():
            notice = None
            if plan.tells_former:
                notice = queue(project, plan.who, Occasion.MOVED)
                told = ledger.certificates.of_person(plan.who.id, None)
                ledger.mentions.add(notice, told, Occasion.MOVED)
                messages.append(notice)
            ledger.merging.merge(plan.who.id, into.id, plan.joined, project.today, notice)
            moved = sum(one.moves for one in plan.certificates)
            replaced = sum(bool(one.replaced_by) for one in plan.certificates)
            # No name: either may be erased, and the other stay.
            words = f"{counted(moved, 'certificate')} of another record, {replaced} replaced"
            project.on_record("merge", f"{words}; {reason}", into.id)
            project.on_record("merge", f"into another record; {reason}", plan.who.id)
    issued = finish(project, into, reason)
    if tell:
        messages += _tell(project, into)
    return issued, messages


def finish(project: Project, person: Participant, reason: str) -> Issued:
    """Make what is due now, and bring the pages up to it."""
    award(project, [person.id])
    with project.ledger.transaction():
        project.ledger.certificates.explain_pending(person.id, reason)
    issued = render(project, None)
    release(project, [person.id])
    return issued


def _tell(project: Project, person: Participant) -> list[int]:
    """Messages that tell the person, to the address on record: what was corrected, else the one link."""
    ledger = project.ledger
    messages = queue_corrections(project, person.id)
    certificates = ledger.certificates.of_person(person.id, None)
    waiting = ledger.advice.claims_of(person.id, None)
    with ledger.transaction():
        if not messages and (certificates or waiting):
            messages = [tell_of_page(project, person, Occasion.RESENT, certificates, waiting)]
        if messages:
            replaced = ledger.mentions.replaced_by(certificates)
            ledger.mentions.add(messages[0], replaced, Occasion.REPLACED)
    return messages
