"""Two records that are one person become one, as planned: see the module merge_plan; and are parted again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.errors import CertsError
from pipeline.ledger import MergedRecord, Participant
from pipeline.rules.messages.occasions import Occasion
from pipeline.rules.places import page_of
from pipeline.rules.text import counted
from pipeline.workflow.award import award
from pipeline.workflow.desk import one_person, tell_of_page
from pipeline.workflow.merge_plan import MergePlan
from pipeline.workflow.project import Project
from pipeline.workflow.release import release
from pipeline.workflow.render import Issued, render_at_once
from pipeline.workflow.sealing import check_sealing
from pipeline.workflow.send import mark_interrupted
from pipeline.workflow.tell import queue


def merge_records(project: Project, plan: MergePlan, reason: str, tell: bool) -> tuple[Issued, list[int]]:
    """Merge as planned; certificates re-issue under their numbers, the former link leads to the page that
    stays. Raises SealError before anything is changed where they could not be sealed.

    One transaction; whatever was killed after it is finished by the same command. Returns what was made, and
    the ids of messages that wait to be sent.
    """
    ledger, into = project.ledger, plan.into
    messages: list[int] = []
    told: list[int] = []
    check_sealing(project)
    mark_interrupted(project)  # nothing is being sent while this command holds the lock
    if not plan.is_done:
        with ledger.transaction():
            notice = None
            if plan.tells_former:
                notice = queue(project, plan.who, Occasion.MOVED)
                about = ledger.certificates.of_person(plan.who.id, None)
                ledger.mentions.add(notice, about, Occasion.MOVED)
                messages.append(notice)
            put_on_record(project, plan, notice, reason)
            told = _tell_of_link(project, into, Occasion.RESENT) if tell else []
    issued = _finish(project, [into.id])
    with ledger.transaction():
        for message in told:  # what was made anew is told by it, too
            for _, changed in ledger.mentions.unmailed_corrections(into.id):
                for certificate, version in changed:
                    ledger.mentions.add(message, [certificate], Occasion.CORRECTED, version)
    return issued, messages + told


def put_on_record(project: Project, plan: MergePlan, notice: int | None, reason: str) -> None:
    """The one record becomes part of the other; what is due then is not made yet. Belongs in a transaction.

    `notice`: the message that tells of it at the address that is on record no more.
    """
    project.ledger.merging.merge(plan.who.id, plan.into.id, plan.joined, project.today, notice)
    moved = sum(one.moves for one in plan.certificates)
    replaced = sum(bool(one.replaced_by) for one in plan.certificates)
    # No name: either may be erased, and the other stay.
    words = f"{counted(moved, 'certificate')} of another record, {replaced} replaced"
    project.on_record("merge", f"{words}; {reason}", plan.into.id)
    project.on_record("merge", f"into another record; {reason}", plan.who.id)


def _finish(project: Project, people: Sequence[int]) -> Issued:
    """Make what is due now, and bring the pages up to it."""
    award(project, people)
    issued = render_at_once(project)
    release(project, people)
    return issued


def _tell_of_link(project: Project, person: Participant, occasion: Occasion) -> list[int]:
    """A message with the link and what is behind it, if anything is; its id. Belongs in a transaction."""
    certificates = project.ledger.certificates.of_person(person.id, None)
    waiting = project.ledger.advice.claims_of(person.id, None)
    if not certificates and not waiting:
        return []
    return [tell_of_page(project, person, occasion, certificates, waiting)]


@dataclass(frozen=True)
class PartingPlan:
    """What it comes to when a record is parted again from the one that it became part of today."""

    record: MergedRecord
    into: Participant
    told: tuple[str, ...]  # addresses to which mail about the record's certificates went meanwhile

    def lines(self) -> Iterator[str]:
        """What would be done, a line each."""
        record, into = self.record, self.into
        yield f"{record.name} <{record.email}> and {into.name} <{into.email}> have two records again"
        yield "  what was issued to each is theirs again, with the number and the name it had"
        if record.has_link:
            yield f"  {record.name} has the former link again"
        yield f"  {into.name} gets a new link, as the former one of {record.name} led there"
        for address in self.told:
            yield f"  {address} was told of certificates of {record.name} meanwhile"


def foresee_parting(project: Project, who: str) -> PartingPlan:
    """What undoing a merge would do; nothing is changed. `who`: the person, by anything of either record.

    Raises CertsError where nothing was merged today, and says what to do instead.
    """
    person = one_person(project, who)
    formers = project.ledger.parting.formers(person.id)
    if not formers:
        raise CertsError(
            f"No other record became part of that of {person.name} <{person.email}>.",
            "See what was done: certs find ADDRESS.",
        )
    record = formers[0]
    if record.merged_on != project.today:
        raise CertsError(
            f"{record.name} became part of {person.name} on {record.merged_on}: "
            "that can be undone on the same day only.",
            "Certificates that are not theirs: certs withdraw NUMBER. What they should have: a claims file.",
        )
    if project.ledger.merging.has_due([person.id], project.today):
        raise CertsError(
            f"Something of {person.name} is past its day, or is to be erased.",
            "That goes first: certs purge.",
        )
    return PartingPlan(record, person, tuple(project.ledger.parting.told_since(record)))


def part_records(project: Project, plan: PartingPlan, reason: str) -> tuple[Issued, list[int]]:
    """Undo a merge of today. Whoever has the former link of the one may have followed it to the page of the
    other, who therefore gets another link. Returns what was made, and the ids of messages that wait to be
    sent."""
    ledger, record, into = project.ledger, plan.record, plan.into
    mark_interrupted(project)
    messages: list[int] = []
    with ledger.transaction():
        links = ledger.people.links(into.id)
        token = ledger.parting.part(record, project.new_token(), project.today)
        for link in links:
            if link != token:
                ledger.builds.note_gone(page_of(link))
        ledger.people.set_token(into.id, project.new_token())
        for one in (into.id, *([] if record.has_link else [record.id])):
            messages += _tell_of_link(project, ledger.people.get(one), Occasion.ROTATED)
        project.on_record("part", f"from another record; {reason}", record.id)
        project.on_record("part", f"another record from this one; {reason}", into.id)
        project.on_record("rotate", "another record, parted again, had led there", into.id)
    return _finish(project, [record.id, into.id]), messages
