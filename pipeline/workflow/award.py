"""From claims to certificates: what each claim is due is planned; nothing is rendered yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.ledger import ClaimOnRecord
from pipeline.rules.certificates.activities import PHYSICIANS, Activity, Kind
from pipeline.rules.certificates.awards import Facts, HolderName, certificate_facts
from pipeline.rules.certificates.plan import (
    CertificateOnRecord,
    CertificatePlan,
    plan_certificates,
    removal_reason,
    stated_content,
)
from pipeline.rules.certificates.undo import Undone
from pipeline.rules.claims.claim import Problem
from pipeline.rules.credentials import is_physician
from pipeline.rules.places import verification_address
from pipeline.rules.text import first_few, shown
from pipeline.workflow.project import Project

FEW = 10  # credentials that a caution names


@dataclass(frozen=True)
class WithheldPeople:
    """Whose certificates of one activity wait for the same requirements."""

    activity: str
    missing: tuple[str, ...]  # requirement column names
    people: tuple[str, ...]  # as "Name <address>"


@dataclass(frozen=True)
class CreditOfOthers:
    """Claims for credit by people whose credentials name no physician."""

    activity: str
    credentials: str  # as on record; empty where there are none
    people: tuple[str, ...]  # as "Name <address>"


@dataclass(frozen=True)
class Awarded:
    """What the claims that files speak of came to, in certificates."""

    unchanged: int
    withheld: int
    waiting: tuple[WithheldPeople, ...]  # what is withheld, by activity and requirement
    by_kind: Mapping[
        tuple[str, str, tuple[str, ...]], int
    ]  # activity, kind, missing -> certificates withheld
    withdrawn: Mapping[tuple[str, str], int]  # activity, kind -> certificates whose credit is gone
    problems: tuple[Problem, ...]  # withdrawn now, or withdrawn and claimed again
    to_others: tuple[CreditOfOthers, ...]  # credit that is awarded as claimed
    not_awarded: tuple[CreditOfOthers, ...]  # as the activity awards credit to physicians alone

    def cautions(self) -> list[str]:
        """Credit that is awarded to others than physicians, a sentence each activity."""
        groups: dict[str, list[str]] = {}
        for one in self.to_others:
            whose = f"with {shown(one.credentials)}" if one.credentials else "without credentials"
            groups.setdefault(one.activity, []).append(f"{len(one.people):,} {whose}")
        return [
            f"{activity}: credit is awarded as claimed to people who are no physicians by their credentials: "
            f"{', '.join(first_few(each, FEW))}; to award it to physicians alone: CME_for: physicians"
            for activity, each in groups.items()
        ]


def award(project: Project, people: Sequence[int] | None = None) -> None:
    """Plan what every claim, or these participants', that changed or waits is due. One transaction.

    Where the activity's file is away, or in draft, there are no rules to issue by: what was issued is still
    corrected, by what it states itself, and the rest of the claim waits for the file to come back.
    """
    ledger = project.ledger
    waiting: set[str] = set()
    with ledger.transaction():
        for activity in project.catalog.values() if people is None else ():
            ledger.claims.set_window(activity)
        for claim in ledger.claims.unsettled(people):
            person = ledger.people.get(claim.participant_id)
            holder = HolderName(person.name, person.credentials)
            on_record = ledger.certificates.of_claim(claim.id)
            activity_ = project.catalog.get(claim.activity) or as_issued(project, claim.activity, on_record)
            due = plan_certificates(holder, claim.content, activity_, on_record)
            if claim.undone:
                _hold_back(project, claim, holder, due)
                continue
            if activity_.active:
                _carry_out(project, claim, activity_, holder, due)
                ledger.claims.settle(claim.id, due.withheld, not due.refused)
                continue
            _correct(project, claim, holder, due)
            if due.issue or due.replace or due.withdraw or due.drop:
                waiting.add(claim.activity)
    for slug in sorted(waiting):
        project.listener.step(
            f"claims of {slug} wait: it has no file in content/activities/, or one in draft"
        )


def award_files(project: Project, loads: Sequence[int]) -> Awarded:
    """Award every claim, and say what that means for those that these files speak of.

    `loads`: the files' numbers in the ledger. Withdrawals are never silent.
    """
    counts = project.ledger.counts
    before = counts.removed()
    award(project)
    removed = {number: one for number, one in counts.removed().items() if number not in before}
    problems = [
        Problem(activity, 0, "certificate", f"{why}: certificate {number} withdrawn")
        for number, (activity, _, why) in removed.items()
    ]
    for activity, number in counts.claimed_again(loads):
        reason = f"certificate {number} is withdrawn, but claimed again; use: certs reinstate {number}"
        problems.append(Problem(activity, 0, "certificate", reason))
    by_kind: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
    people: dict[tuple[str, tuple[str, ...]], dict[str, None]] = {}
    for activity, who, waits in counts.waiting(loads):
        by_kind[activity, waits.kind.value, waits.missing] += 1
        people.setdefault((activity, waits.missing), {})[who] = None
    waiting = (WithheldPeople(*key, tuple(names)) for key, names in sorted(people.items()))
    withheld = counts.withheld(loads)
    to_others, not_awarded = _credit_of_others(project, loads)
    return Awarded(
        unchanged=counts.unchanged(loads),
        withheld=withheld,
        waiting=tuple(waiting),
        by_kind=by_kind,
        withdrawn=Counter((activity, kind) for activity, kind, _ in removed.values()),
        problems=tuple(problems),
        to_others=to_others,
        not_awarded=not_awarded,
    )


def _credit_of_others(
    project: Project, loads: Sequence[int]
) -> tuple[tuple[CreditOfOthers, ...], tuple[CreditOfOthers, ...]]:
    """Credit that others than physicians claim: what is awarded, and what is not."""
    found: tuple[dict[tuple[str, str], list[str]], ...] = {}, {}
    claims = project.ledger.counts.credit_claims(loads, lambda credentials: not is_physician(credentials))
    for slug, who, credentials, is_issued in claims:
        activity = project.catalog.get(slug)
        if activity is not None:
            is_refused = activity.cme_for == PHYSICIANS and not is_issued
            found[is_refused].setdefault((slug, credentials), []).append(who)
    to_others, not_awarded = (
        tuple(
            CreditOfOthers(*key, tuple(people))
            for key, people in sorted(each.items(), key=lambda item: (item[0][0], -len(item[1]), item[0][1]))
        )
        for each in found
    )
    return to_others, not_awarded


def as_issued(project: Project, slug: str, on_record: Sequence[CertificateOnRecord]) -> Activity:
    """A stand-in for an activity without a file: enough to see what on issued certificates is out of date."""
    issued = [one.id for one in on_record if one.issued]
    end = project.ledger.certificates.stated(issued[-1]).end if issued else None
    return Activity(slug, slug, "", end=end, active=False)


def _hold_back(project: Project, claim: ClaimOnRecord, holder: HolderName, due: CertificatePlan) -> None:
    """A run that certificates came from was undone: what else was issued is corrected, nothing more is issued
    until a file says it again."""
    if claim.undone is Undone.WAITS:
        _correct(project, claim, holder, due)
    project.ledger.claims.settle(claim.id, due.withheld if claim.undone is Undone.WAITS else (), True)


def _carry_out(
    project: Project, claim: ClaimOnRecord, activity: Activity, holder: HolderName, due: CertificatePlan
) -> None:
    certificates = project.ledger.certificates
    for certificate in due.drop:
        certificates.drop(certificate)
    for kind in due.issue:
        certificates.plan(claim.id, _facts(project, kind, holder, claim, activity))
    for certificate, kind in due.replace:
        certificates.plan(claim.id, _facts(project, kind, holder, claim, activity), replaces=certificate)
    _correct(project, claim, holder, due)
    for certificate in due.withdraw:
        certificates.withdraw(certificate, project.today, removal_reason(claim.content), removed=True)


def _correct(project: Project, claim: ClaimOnRecord, holder: HolderName, due: CertificatePlan) -> None:
    """Plan further versions: what is the holder's is corrected, the record is kept as long as the claim is,
    and the site is where it is today. What the activity's file says today is not looked at."""
    certificates = project.ledger.certificates
    for certificate, reason in due.correct:
        stated = certificates.stated(certificate)
        paper = stated_content(stated.kind, claim.content, stated.end is not None)
        corrected = replace(
            stated,
            name=holder.name,
            credentials=holder.credentials,
            completed_on=paper.completed_on,
            cme=paper.cme,
            abim=paper.abim,
            abp=paper.abp,
            kept_until=claim.kept_until,
            verify_url=verification_address(project.settings.site_url, stated.number),
        )
        certificates.plan_version(certificate, corrected, project.today, reason)


def _facts(
    project: Project, kind: Kind, holder: HolderName, claim: ClaimOnRecord, activity: Activity
) -> Facts:
    number = project.new_number()
    return certificate_facts(
        kind, holder, claim.content, activity, number, project.today, project.settings.site_url
    )


def facts_anew(project: Project, stated: Facts, claim: ClaimOnRecord, activity: Activity) -> Facts:
    """The facts of a reissue: the activity's present texts, the site's present address; the holder's facts,
    number and dates as stated."""
    holder, number, day = HolderName(stated.name, stated.credentials), stated.number, stated.issued_on
    anew = certificate_facts(
        stated.kind, holder, claim.content, activity, number, day, project.settings.site_url
    )
    return replace(anew, kept_until=claim.kept_until)
