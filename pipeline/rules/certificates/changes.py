"""What a later file changes: the claim on record and a new row in, the claim after it and the problems out;
then the certificates on record and what is due in, the plan of issues, corrections and replacements out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.rules.certificates.activities import Activity, Kind
from pipeline.rules.certificates.awards import Award, Standing, Standings, awards
from pipeline.rules.certificates.statements import number_words
from pipeline.rules.claims.claim import Claim

# Why a certificate was withdrawn without staff asking for it, in the reader's words.
REMOVALS = ("credit removed", "attendance removed")
CREDITS = (("cme_credits", "cme"), ("abim_moc_points", "abim"), ("abp_moc_points", "abp"))


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate on record, with the facts of its holder's that stand on it in its newest version."""

    id: int
    kind: Kind
    standing: Standing
    issued: bool  # False while its first version has not been rendered
    name: str
    credentials: str
    claim: Standings  # as printed; requirements left out


@dataclass(frozen=True, slots=True)
class Plan:
    """What one claim needs done."""

    issue: tuple[Kind, ...] = ()
    correct: tuple[tuple[int, str], ...] = ()  # certificate id, reason for the reader
    replace: tuple[tuple[int, Kind], ...] = ()  # certificate id, the kind that takes its place
    withdraw: tuple[int, ...] = ()  # credit, or attendance, was removed altogether
    drop: tuple[int, ...] = ()  # planned, never rendered, no longer due
    withheld: tuple[Award, ...] = ()


_NOTHING = Standings()


def merge(
    record: Standings | None, claim: Claim, allow_removals: bool
) -> tuple[Standings, list[tuple[str, str]]]:
    """The claim on record after this row, and (field, reason) for what the row must not do.

    A column the file lacks changes nothing; a requirement shown met stays met; credit on record goes away
    only where `allow_removals` says so.
    """
    first = record is None
    record = record or _NOTHING
    wrong: list[tuple[str, str]] = []
    after = Standings(
        attended=record.attended if claim.attended is None else claim.attended,
        completed_on=claim.completed_on or record.completed_on,
        cme=record.cme if claim.cme is None else claim.cme,
        abim=record.abim if claim.abim is None else claim.abim,
        abp=record.abp if claim.abp is None else claim.abp,
        met=record.met | {name for name, shown in claim.met if shown},
    )
    if not first and record.attended and not after.attended and not allow_removals:
        wrong.append(("attended", "attendance is on record; use certs withdraw, or --allow-removals"))
    for column, name in CREDITS:
        old: Decimal = getattr(record, name)
        if old and not getattr(after, name) and not allow_removals:
            what = "credits" if name == "cme" else "points"
            wrong.append(
                (column, f"would remove {number_words(old)} {what}; use certs withdraw, or --allow-removals")
            )
    for column, name in CREDITS[1:]:
        if getattr(after, name) > after.cme:
            wrong.append(
                (
                    column,
                    f"{number_words(getattr(after, name))} MOC points with "
                    f"{number_words(after.cme)} CME credits on record; MOC is never more than CME",
                )
            )
    if not after.attended and after.cme:
        wrong.append(("attended", "credit is on record for an activity that was not attended"))
    return after, wrong


def printed(kind: Kind, claim: Standings, dated: bool) -> Standings:
    """The part of a claim that stands on a certificate of this kind."""
    credit = kind.is_credit
    return Standings(
        completed_on=None if dated else claim.completed_on,
        cme=claim.cme if credit else Decimal(0),
        abim=claim.abim if credit else Decimal(0),
        abp=claim.abp if credit else Decimal(0),
    )


def plan(name: str, credentials: str, claim: Standings, activity: Activity, held: Sequence[Held]) -> Plan:
    """What the claim needs, given what was issued for it. Issued means frozen: an edited activity changes
    nothing here, only facts of the person do (DESIGN 3, 9)."""
    due = awards(claim, activity)
    issue: list[Kind] = []
    correct: list[tuple[int, str]] = []
    replaced: list[tuple[int, Kind]] = []
    withheld: list[Award] = []
    drop: list[int] = []
    live = [one for one in held if one.standing is not Standing.REPLACED]
    for award in due:
        same = next((one for one in live if one.kind is award.kind), None)
        rival = next((one for one in live if award.kind.is_credit and _is_rival(one, award.kind)), None)
        paper = printed(award.kind, claim, activity.is_dated)
        if same is not None and same.issued:
            # A withdrawn certificate is left alone until staff reinstate it.
            reason = _difference(same, name, credentials, paper) if claim.attended else ""
            if reason and same.standing is not Standing.WITHDRAWN:
                correct.append((same.id, reason))
        elif rival is not None and rival.standing is Standing.WITHDRAWN:
            continue  # credit that was withdrawn does not come back under another kind
        elif award.missing:
            withheld.append(award)
            if same is not None:
                drop.append(same.id)
        elif same is None or _difference(same, name, credentials, paper):
            if same is not None:
                drop.append(same.id)
            if rival is not None:
                replaced.append((rival.id, award.kind))
            else:
                issue.append(award.kind)
    wanted = {award.kind for award in due}
    drop += [one.id for one in live if not one.issued and one.kind not in wanted]
    credit = any(kind.is_credit for kind in wanted)
    withdraw = [
        one.id
        for one in live
        if one.issued
        and one.standing is not Standing.WITHDRAWN
        and (not credit if one.kind.is_credit else not claim.attended)
    ]
    return Plan(tuple(issue), tuple(correct), tuple(replaced), tuple(withdraw), tuple(drop), tuple(withheld))


def removal(claim: Standings) -> str:
    """Why what the claim no longer bears is withdrawn: one of REMOVALS."""
    return REMOVALS[0] if claim.attended else REMOVALS[1]


def _is_rival(one: Held, kind: Kind) -> bool:
    """Whether an issued certificate stands where one of another credit kind would come."""
    return one.issued and one.kind.is_credit and one.kind is not kind


def _difference(held: Held, name: str, credentials: str, claim: Standings) -> str:
    """In the reader's words, what differs between the paper and the record; empty where nothing does."""
    what = []
    if held.name != name:
        what.append("name")
    if held.credentials != credentials:
        what.append("credentials")
    if (held.claim.cme, held.claim.abim, held.claim.abp) != (claim.cme, claim.abim, claim.abp):
        what.append("credits")
    if held.claim.completed_on != claim.completed_on:
        what.append("completion date")
    if not what:
        return ""
    return (" and ".join([", ".join(what[:-1]), what[-1]] if len(what) > 1 else what)) + " corrected"
