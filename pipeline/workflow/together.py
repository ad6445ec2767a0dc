"""Certificates withdrawn together, and made valid again together: a whole activity, issued by mistake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.errors import CertsError
from pipeline.ledger import StandingSubject
from pipeline.rules.messages.occasions import Occasion
from pipeline.rules.stops import Stop, large_withdrawal
from pipeline.rules.text import counted
from pipeline.workflow.award import award
from pipeline.workflow.outgoing import drop_pointless
from pipeline.workflow.project import Project
from pipeline.workflow.release import release
from pipeline.workflow.render import render_at_once
from pipeline.workflow.standing import print_present_address, why_it_stays_withdrawn
from pipeline.workflow.tell import queue


@dataclass(frozen=True)
class StandingPlan:
    """What withdrawing the certificates of an activity, or making them valid again, would change."""

    activity: str  # slug
    certificates: tuple[StandingSubject, ...]
    left: tuple[tuple[str, str], ...] = ()  # certificate numbers that stay withdrawn, and why
    more: int = 0  # certificates that an earlier withdrawal of the activity took, and that stay withdrawn
    stops: tuple[Stop, ...] = ()  # why it may not be done unless staff accept it by name

    @property
    def by_kind(self) -> Mapping[str, int]:
        """How many certificates, by the code of their kind."""
        return Counter(one.kind.value for one in self.certificates)

    @property
    def people(self) -> tuple[int, ...]:
        """Ids of the holders."""
        return tuple(dict.fromkeys(one.participant_id for one in self.certificates))

    @property
    def told(self) -> tuple[int, ...]:
        """Ids of those holders whom mail told of one of these certificates."""
        return tuple(dict.fromkeys(one.participant_id for one in self.certificates if one.told))


def preview_activity_withdrawal(project: Project, activity: str) -> StandingPlan:
    """What withdrawing a whole activity would come to; nothing is changed. Raises CertsError for an activity
    that is not known, or of which no certificate counts."""
    _check_known(project, activity)
    found = StandingPlan(activity, tuple(project.ledger.withdrawals.of_activity(activity)))
    if not found.certificates:
        raise CertsError(
            f"No certificate of {activity} counts: there is nothing to withdraw.",
            "See what is on record: certs status, certs find TEXT.",
        )
    stop = large_withdrawal(activity, len(found.certificates), len(found.told))
    return StandingPlan(activity, found.certificates, stops=(stop,) if stop else ())


def withdraw_activity(project: Project, plan: StandingPlan, reason: str, tell: bool) -> list[int]:
    """Withdraw all that was previewed: files go, pages and verification pages say so, and why.

    Returns the ids of messages that wait to be sent: with `tell`, one to each holder whom mail had told.
    """
    ledger, ids = project.ledger, [one.id for one in plan.certificates]
    with ledger.transaction():
        ledger.withdrawals.withdraw(ids, project.at, project.today, reason, activity=plan.activity)
        ledger.claims.award_again_of(ids)
        project.on_record("withdraw", f"{plan.activity}, {_counts(plan)}; {reason}")
        messages = queue_standing(project, plan.certificates, Occasion.WITHDRAWN) if tell else []
    _carry_out(project, plan)
    return messages


def preview_activity_reinstatement(project: Project, activity: str) -> StandingPlan:
    """What would come back of the newest withdrawal of an activity: exactly what that took, and nobody has
    reinstated or withdrawn alone since. Raises CertsError where there is nothing."""
    _check_known(project, activity)
    ledger = project.ledger
    withdrawals = ledger.withdrawals.open_ones(activity)
    for at, withdrawal in enumerate(withdrawals):
        taken = ledger.withdrawals.taken(withdrawal)
        why = {one: why_it_stays_withdrawn(project, one.id) for one in taken}
        if good := tuple(one for one in taken if why[one] is None):
            left = tuple((one.number, " ".join(said)) for one, said in why.items() if said)
            earlier = [ledger.withdrawals.taken(one) for one in withdrawals[at + 1 :]]
            return StandingPlan(activity, good, left, sum(map(len, earlier)))
    raise CertsError(
        f"Of {activity} nothing can be reinstated that was withdrawn with the whole activity.",
        "One certificate alone: certs reinstate NUMBER.",
    )


def reinstate_activity(project: Project, plan: StandingPlan, reason: str, tell: bool) -> list[int]:
    """Make valid again what was previewed, with what was corrected meanwhile. Returns what
    `withdraw_activity` does."""
    ledger, ids = project.ledger, [one.id for one in plan.certificates]
    with ledger.transaction():
        for certificate in ids:
            ledger.certificates.reinstate(certificate)
        ledger.claims.award_again_of(ids)
        project.on_record("reinstate", f"{plan.activity}, {_counts(plan)}; {reason}")
        messages = queue_standing(project, plan.certificates, Occasion.REINSTATED) if tell else []
    _carry_out(project, plan, are_back=True)
    return messages


def queue_standing(
    project: Project, certificates: Iterable[StandingSubject], occasion: Occasion
) -> list[int]:
    """Queue one message to each holder whom mail told of one of these certificates; the ids. Belongs in a
    transaction."""
    by_holder: dict[int, list[int]] = {}
    for one in certificates:
        if one.told:
            by_holder.setdefault(one.participant_id, []).append(one.id)
    people, messages = project.ledger.people.get_many([*by_holder]), []
    for participant, theirs in by_holder.items():
        messages.append(queue(project, people[participant], occasion))
        project.ledger.mentions.add(messages[-1], theirs, occasion)
    return messages


def _carry_out(project: Project, plan: StandingPlan, are_back: bool = False) -> None:
    award(project, plan.people)
    if are_back:
        for one in plan.certificates:
            print_present_address(project, one.id, one.number)
    render_at_once(project)
    drop_pointless(project, project.ledger.mentions.waiting_about([one.id for one in plan.certificates]))
    release(project, plan.people)


def _counts(plan: StandingPlan) -> str:
    certificates = counted(len(plan.certificates), "certificate")
    return f"{certificates} of {counted(len(plan.people), 'person', 'people')}"


def _check_known(project: Project, activity: str) -> None:
    """Also one whose file was taken away may have certificates. Raises CertsError."""
    if not project.ledger.withdrawals.is_known(activity):
        project.check_activity(activity)
