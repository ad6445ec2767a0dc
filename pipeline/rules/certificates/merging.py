"""Two records of one person become one: what they come to, and which of two certificates stays.

Both may have claimed the same activity, and each may go on doing so in later files, under its own learner
id. What the rows of each record say is its share of the claim, and the claim is the highest of its shares:
never their sum, as one person earns the credit of an activity once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import ClaimContent, Standing, credit_kind
from pipeline.rules.certificates.plan import CertificateOnRecord, stated_content

OWN = 0  # whose share it is: the record's that the others became part of; else the number of one of these


@dataclass(frozen=True, slots=True)
class Share:
    """What the rows of one of a person's records say of a claim."""

    content: ClaimContent
    withdrawn: bool = False  # its credit was withdrawn: it is not had through another record's certificate


@dataclass(frozen=True, slots=True)
class GivesWay:
    """A certificate in the place of which another stays."""

    certificate: int
    by: int


def highest(shares: Iterable[Share]) -> ClaimContent:
    """The claim that these shares make: of each credit the most, every requirement met; completed on the day
    of the share with the most credit, of several such the first."""
    ranked = sorted((one for one in shares), key=_rank, reverse=True)
    counting = [one.content for one in ranked if not one.withdrawn] or [one.content for one in ranked]
    contents = [one.content for one in ranked]
    days = [one.completed_on for one in contents if one.completed_on]
    return ClaimContent(
        attended=any(one.attended for one in contents),
        completed_on=days[0] if days else None,
        cme=max((one.cme for one in counting), default=Decimal(0)),
        abim=max((one.abim for one in counting), default=Decimal(0)),
        abp=max((one.abp for one in counting), default=Decimal(0)),
        met=frozenset(name for one in contents for name in one.met),
    )


def _rank(share: Share) -> tuple[bool, bool, Decimal, Decimal, Decimal]:
    one = share.content
    return not share.withdrawn, one.attended, one.cme, one.abim, one.abp


def shares_of(
    own: ClaimContent,
    had: Sequence[CertificateOnRecord],
    other: ClaimContent,
    others: Sequence[CertificateOnRecord],
) -> tuple[Share, Share]:
    """The shares of two records of one claim, each with its certificates. Credit that was withdrawn from one
    does not count where a certificate of the other stands."""
    return (
        Share(own, _is_withdrawn(had) and _stands(others)),
        Share(other, _is_withdrawn(others) and _stands(had)),
    )


def _stands(certificates: Sequence[CertificateOnRecord]) -> bool:
    return any(one.kind.is_credit and one.issued and one.standing.is_live for one in certificates)


def _is_withdrawn(certificates: Sequence[CertificateOnRecord]) -> bool:
    credit = [one for one in certificates if one.kind.is_credit]
    return any(one.standing is Standing.WITHDRAWN for one in credit) and not _stands(credit)


def placed(
    had: Sequence[CertificateOnRecord],
    others: Sequence[CertificateOnRecord],
    claim: ClaimContent,
    is_dated: bool,
) -> list[GivesWay]:
    """Of the certificates of two records for one claim those that give way, one of participation and one of
    credit staying: the one that states what the claim comes to, else one of that kind, else the first.

    `had`: those of the record that the other becomes part of; `is_dated`: see Activity. What was withdrawn
    stays withdrawn.
    """
    found = []
    for is_credit in (False, True):
        kind = credit_kind(claim) if is_credit else Kind.PARTICIPATION
        live = [one for one in (*had, *others) if one.issued and one.standing.is_live]
        live = [one for one in live if one.kind.is_credit is is_credit]
        live.sort(
            key=lambda one: (one.kind is not kind, one.stated != stated_content(one.kind, claim, is_dated))
        )
        found += [GivesWay(one.id, live[0].id) for one in live[1:]]
    return found
