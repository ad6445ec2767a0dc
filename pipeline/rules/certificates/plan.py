"""What has to be done to a claim's certificates: the claim and those on record in, a plan out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal

from pipeline.rules.certificates.activities import PHYSICIANS, Activity, Kind
from pipeline.rules.certificates.awards import Award, ClaimContent, HolderName, Standing, awards
from pipeline.rules.credentials import is_physician
from pipeline.rules.text import conjoined


@dataclass(frozen=True, slots=True)
class CertificateOnRecord:
    """A certificate on record, with what its newest version states of its holder."""

    id: int
    kind: Kind
    standing: Standing
    issued: bool  # False while its first version has not been rendered
    holder: HolderName
    stated: ClaimContent  # see stated_content


@dataclass(frozen=True, slots=True)
class CertificatePlan:
    """What one claim needs done."""

    issue: tuple[Kind, ...] = ()
    correct: tuple[tuple[int, str], ...] = ()  # certificate id, reason for the reader
    replace: tuple[tuple[int, Kind], ...] = ()  # certificate id, the kind that takes its place
    withdraw: tuple[int, ...] = ()  # certificate ids: credit, or attendance, was removed altogether
    drop: tuple[int, ...] = ()  # certificate ids: planned, never rendered, no longer due
    withheld: tuple[Award, ...] = ()
    refused: tuple[Kind, ...] = ()  # claimed by somebody to whom the activity awards no credit

    def __add__(self, other: CertificatePlan) -> CertificatePlan:
        return CertificatePlan(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


def plan_certificates(
    holder: HolderName, claim: ClaimContent, activity: Activity, on_record: Sequence[CertificateOnRecord]
) -> CertificatePlan:
    """What the claim needs, given the certificates on record for it.

    What was issued is frozen: an activity's file that was edited since changes nothing on it, only what is
    said of its holder does. A certificate that was withdrawn stays so until staff reinstate it.
    """
    earned = awards(claim, activity)
    current = [one for one in on_record if one.standing is not Standing.REPLACED]
    # Of two records that were merged, what was withdrawn of one may stand beside what counts of the other.
    current.sort(key=lambda one: one.standing is Standing.WITHDRAWN)
    due = [award for award in earned if _may_be_awarded(award.kind, holder, activity, current)]
    kinds = {award.kind for award in due}
    earns_credit = any(award.kind.is_credit for award in earned)
    plan = CertificatePlan(
        withdraw=tuple(
            one.id
            for one in current
            if one.issued
            and one.standing is not Standing.WITHDRAWN
            and not (earns_credit if one.kind.is_credit else claim.attended)
        )
    )
    for award in due:
        plan += _plan_award(award, holder, claim, activity, current)
    return plan + CertificatePlan(
        drop=tuple(one.id for one in current if not one.issued and one.kind not in kinds),
        refused=tuple(award.kind for award in earned if award.kind not in kinds),
    )


def _may_be_awarded(
    kind: Kind, holder: HolderName, activity: Activity, current: Sequence[CertificateOnRecord]
) -> bool:
    """Credit for physicians is awarded to nobody else; what was issued before stays, and is corrected."""
    if not kind.is_credit or activity.cme_for != PHYSICIANS or is_physician(holder.credentials):
        return True
    return any(one.kind is kind and one.issued for one in current)


def _plan_award(
    award: Award,
    holder: HolderName,
    claim: ClaimContent,
    activity: Activity,
    current: Sequence[CertificateOnRecord],
) -> CertificatePlan:
    """`current`: the claim's certificates on record that were not replaced."""
    stated = stated_content(award.kind, claim, activity.is_dated)
    same = next((one for one in current if one.kind is award.kind), None)
    if same is not None and same.issued:
        is_due = claim.attended and same.standing is not Standing.WITHDRAWN
        reason = _difference(same, holder, stated) if is_due else ""
        return CertificatePlan(correct=((same.id, reason),)) if reason else CertificatePlan()
    rival = _rival(award.kind, current)
    if rival is not None and rival.standing is Standing.WITHDRAWN:
        return CertificatePlan()  # credit that was withdrawn does not come back under another kind
    drop = () if same is None else (same.id,)
    if award.missing:
        return CertificatePlan(withheld=(award,), drop=drop)
    if same is not None and not _difference(same, holder, stated):
        return CertificatePlan()
    if rival is not None:
        return CertificatePlan(replace=((rival.id, award.kind),), drop=drop)
    return CertificatePlan(issue=(award.kind,), drop=drop)


def stated_content(kind: Kind, claim: ClaimContent, is_dated: bool) -> ClaimContent:
    """The part of a claim that a certificate of this kind states; `is_dated`: see Activity."""
    credit = kind.is_credit
    return ClaimContent(
        completed_on=None if is_dated else claim.completed_on,
        cme=claim.cme if credit else Decimal(0),
        abim=claim.abim if credit else Decimal(0),
        abp=claim.abp if credit else Decimal(0),
    )


def removal_reason(claim: ClaimContent) -> str:
    """Why what the claim no longer earns is withdrawn, in the reader's words."""
    return "credit removed" if claim.attended else "attendance removed"


def _rival(kind: Kind, current: Sequence[CertificateOnRecord]) -> CertificateOnRecord | None:
    """The issued certificate of another credit kind that one of this kind would take the place of."""
    if not kind.is_credit:
        return None
    return next((one for one in current if one.issued and one.kind.is_credit and one.kind is not kind), None)


def _difference(one: CertificateOnRecord, holder: HolderName, stated: ClaimContent) -> str:
    """In the reader's words, what a certificate states otherwise than the claim; empty where nothing."""
    differs = {
        "name": one.holder.name != holder.name,
        "credentials": one.holder.credentials != holder.credentials,
        "credits": (one.stated.cme, one.stated.abim, one.stated.abp) != (stated.cme, stated.abim, stated.abp),
        "completion date": one.stated.completed_on != stated.completed_on,
    }
    what = [field for field, is_other in differs.items() if is_other]
    return f"{conjoined(what)} corrected" if what else ""
