"""A run is undone: what it issued is withdrawn, or taken back where nobody can have seen it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.errors import CertsError
from pipeline.ledger import RunOnRecord, StandingSubject
from pipeline.rules.certificates.awards import Standing
from pipeline.rules.certificates.undo import ClaimUndo, RunCertificate, WhyLeft, undo_claim
from pipeline.rules.messages.occasions import Occasion
from pipeline.rules.places import page_of
from pipeline.rules.stops import Stop, large_withdrawal
from pipeline.rules.text import counted
from pipeline.workflow.aside import let_go_of_taken_back
from pipeline.workflow.award import award
from pipeline.workflow.outgoing import drop_pointless
from pipeline.workflow.project import Project
from pipeline.workflow.release import release
from pipeline.workflow.render import render_at_once
from pipeline.workflow.runs import past_runs
from pipeline.workflow.together import queue_standing


@dataclass(frozen=True)
class UndoPlan:
    """What undoing a run would change."""

    run: RunOnRecord
    steps: tuple[ClaimUndo, ...]  # claim by claim
    left: Counter[WhyLeft]  # certificates that it issued and that stay, by why
    corrected: int  # certificates of other runs that it corrected: they stay so
    stops: tuple[Stop, ...] = ()  # why it may not be done unless staff accept it by name

    @property
    def withdrawn(self) -> tuple[RunCertificate, ...]:
        return tuple(one for step in self.steps for one in step.withdraw)

    @property
    def taken_back(self) -> tuple[RunCertificate, ...]:
        """Certificates that nobody can have seen: they were never issued."""
        return tuple(one for step in self.steps for one in step.take_back)

    @property
    def restored(self) -> tuple[RunCertificate, ...]:
        """Certificates valid again, as what took their place goes."""
        return tuple(one for step in self.steps for one in step.restore)

    @property
    def deleted(self) -> int:
        """Claims that the run brought and of which nothing is left."""
        return sum(step.is_deleted for step in self.steps)

    @property
    def put_back(self) -> int:
        """Claims that the run had only changed, and that say again what they said before."""
        return sum(step.claim.changed and not step.is_deleted for step in self.steps)

    @property
    def people(self) -> tuple[int, ...]:
        """Ids of the people whom it concerns."""
        return tuple(dict.fromkeys(step.claim.participant_id for step in self.steps))

    @property
    def told(self) -> tuple[int, ...]:
        """Ids of those whom mail told of a certificate that would be withdrawn."""
        return tuple(dict.fromkeys(one.participant_id for one in self.withdrawn if one.told))


def preview_undo(project: Project, run: int, mailed_too: bool) -> UndoPlan:
    """What undoing a run would come to; nothing is changed. Raises CertsError for a run that is not on
    record, and where nothing of it is left to undo.

    `mailed_too`: also what its holders were told of; they are told that it was withdrawn.
    """
    found = next((one.run for one in past_runs(project) if one.run.id == run), None)
    if found is None:
        raise CertsError(
            f"There is no run {run} on record.",
            "See which there are: certs runs. Of one before that only an activity can be withdrawn: "
            "certs withdraw --activity SLUG",
        )
    steps, left = [], Counter[WhyLeft]()
    for claim in project.ledger.undoing.claims(run, project.settings.publish_to):
        step = undo_claim(claim, mailed_too)
        if step is not None and step.left:
            left[step.left] += sum(one.by_run and _stays(one, step.left) for one in claim.certificates)
        elif step is not None:
            steps.append(step)
    plan = UndoPlan(found, tuple(steps), left, project.ledger.undoing.corrected(run))
    if not steps:
        raise CertsError(_nothing(plan), _what_next(plan))
    stop = large_withdrawal(f"run {run}", len(plan.withdrawn), len(plan.told))
    return UndoPlan(found, plan.steps, left, plan.corrected, (stop,) if stop else ())


def _stays(one: RunCertificate, why: WhyLeft) -> bool:
    """Whether a certificate of a claim that is left counts, be it through the one that stays in its place."""
    return one.standing.is_live or (why is WhyLeft.MERGED and one.standing is Standing.REPLACED)


def _nothing(plan: UndoPlan) -> str:
    run = plan.run
    if plan.left[WhyLeft.MAILED]:
        what = counted(plan.left[WhyLeft.MAILED], "certificate", "certificates")
        return f"All that is left of run {run.id} was mailed: {what}."
    if plan.left[WhyLeft.MERGED]:
        what = counted(plan.left[WhyLeft.MERGED], "certificate", "certificates")
        return f"All that is left of run {run.id} is of records that became one: {what}."
    if run.undone_at:
        return f"Run {run.id} was undone on {run.undone_at:%Y-%m-%d}; nothing of it is left to undo."
    return f"Run {run.id} issued nothing that counts and that no later file speaks of."


def _what_next(plan: UndoPlan) -> str:
    if plan.left[WhyLeft.MAILED]:
        return "To withdraw these and to tell their holders, too: --mailed"
    if plan.left[WhyLeft.MERGED]:
        return "Merged today: certs merge --undo WHO, then this again. Else: certs withdraw NUMBER."
    return (
        "One certificate: certs withdraw NUMBER. What a run corrected: give certs run a file that is right."
    )


def undo(project: Project, plan: UndoPlan, reason: str) -> list[int]:
    """Do what was previewed. Returns the ids of messages that wait to be sent: one to each person whom mail
    had told of a certificate that is withdrawn."""
    ledger, run = project.ledger, plan.run.id
    withdrawn, restored = _subjects(plan.withdrawn), _subjects(plan.restored)
    about = [one.id for one in (*plan.withdrawn, *plan.taken_back, *plan.restored)]
    waiting = ledger.mentions.waiting_about(about)
    with ledger.transaction():
        if withdrawn:
            ids = [one.id for one in withdrawn]
            ledger.withdrawals.withdraw(ids, project.at, project.today, reason, run=run)
        for one in restored:
            ledger.certificates.reinstate(one.id)
        gone = ledger.undoing.carry_out(run, project.at, plan.steps)
        people = [one for one in plan.people if one not in gone.people]
        for page in (*gone.pages, *_pages_without_need(project, people)):
            ledger.builds.note_gone(page)
        project.on_record("undo", f"run {run}, {_counts(plan)}; {reason}")
        messages = queue_standing(project, withdrawn, Occasion.WITHDRAWN)
        for message in map(ledger.messages.get, messages):
            back = [one.id for one in restored if one.participant_id == message.participant_id]
            ledger.mentions.add(message.id, back, Occasion.REINSTATED)
    award(project, people)
    render_at_once(project)
    drop_pointless(project, waiting)
    release(project, people)
    let_go_of_taken_back(project)
    return messages


def _pages_without_need(project: Project, people: Sequence[int]) -> list[str]:
    """Pages of these people that show nothing any more."""
    pages = [page_of(link) for one in people for link in project.ledger.people.links(one)]
    needed = project.ledger.builds.required_among(project.frame(), pages)
    return [page for page in pages if page not in needed]


def _subjects(certificates: Iterable[RunCertificate]) -> list[StandingSubject]:
    return [
        StandingSubject(one.id, one.number, one.participant_id, one.kind, one.told) for one in certificates
    ]


def _counts(plan: UndoPlan) -> str:
    return (
        f"{len(plan.withdrawn):,} withdrawn, {len(plan.taken_back):,} taken back, "
        f"{len(plan.restored):,} valid again"
    )
