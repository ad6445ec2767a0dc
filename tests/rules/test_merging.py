"""Two records become one: what their claims come to, and which certificate stays."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import ClaimContent, HolderName, Standing
from pipeline.rules.certificates.merging import GivesWay, Share, highest, placed, shares_of
from pipeline.rules.certificates.plan import CertificateOnRecord

MAY, JUNE = dt.date(2025, 5, 1), dt.date(2025, 6, 1)
EVALUATION, TEST = frozenset({"evaluation"}), frozenset({"test"})
ANA = HolderName("Ana Alva", "MD")


def said(cme: str = "0", abim: str = "0", abp: str = "0", **more: object) -> ClaimContent:
    return ClaimContent(cme=Decimal(cme), abim=Decimal(abim), abp=Decimal(abp), **more)  # type: ignore[arg-type]


def certificate(
    number: int, kind: Kind, stated: ClaimContent, standing: Standing = Standing.VALID, issued: bool = True
) -> CertificateOnRecord:
    return CertificateOnRecord(number, kind, standing, issued, ANA, stated)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (said("10"), said("12"), said("12")),
        (said("10", "10"), said("12"), said("12", "10")),  # never the sum, and nothing is taken away
        (said("10", "4"), said("8", "0", "6"), said("10", "4", "6")),
        (
            said("4", completed_on=MAY),
            said("6", completed_on=JUNE),
            said("6", completed_on=JUNE),  # the day of the higher one
        ),
        (said("4", completed_on=MAY), said("4", completed_on=JUNE), said("4", completed_on=MAY)),
        (said(completed_on=None), said(completed_on=JUNE), said(completed_on=JUNE)),
        (said(attended=False), said("4"), said("4")),
        (said(met=EVALUATION), said(met=TEST), said(met=EVALUATION | TEST)),
    ],
)
def test_a_claim_is_the_highest_of_its_shares(
    one: ClaimContent, other: ClaimContent, both: ClaimContent
) -> None:
    assert highest([Share(one), Share(other)]) == both


def test_withdrawn_credit_is_not_had_through_the_other_record() -> None:
    """Staff took 20 credits from one record; the other's 8 stand, and are not raised."""
    stands = [certificate(1, Kind.CME, said("8"))]
    taken = [certificate(2, Kind.CME, said("20"), Standing.WITHDRAWN)]
    own, other = shares_of(said("8"), stands, said("20"), taken)
    assert highest([own, other]) == said("8")
    own, other = shares_of(said("20"), taken, said("8"), stands)
    assert highest([own, other]) == said("8")
    assert not any(one.withdrawn for one in shares_of(said("8"), [], said("20"), taken))


@pytest.mark.parametrize(
    ("had", "others", "claim", "found"),
    [
        # One of each stays, of the record that stays where nothing speaks against it.
        (
            [certificate(1, Kind.PARTICIPATION, said()), certificate(2, Kind.CME, said("10"))],
            [certificate(3, Kind.PARTICIPATION, said()), certificate(4, Kind.CME, said("10"))],
            said("10"),
            [GivesWay(3, 1), GivesWay(4, 2)],
        ),
        # The higher.
        (
            [certificate(1, Kind.CME, said("10"))],
            [certificate(2, Kind.CME, said("12"))],
            said("12"),
            [GivesWay(1, 2)],
        ),
        # The one of the kind that names all, though its credit is corrected.
        (
            [certificate(1, Kind.CME, said("12"))],
            [certificate(2, Kind.CME_ABIM, said("10", "10"))],
            said("12", "10"),
            [GivesWay(1, 2)],
        ),
        # Of a kind that neither has, the first stays until another takes its place.
        (
            [certificate(1, Kind.CME_ABIM, said("10", "5"))],
            [certificate(2, Kind.CME_ABP, said("10", "0", "5"))],
            said("10", "5", "5"),
            [GivesWay(2, 1)],
        ),
        # What does not count gives way to nothing.
        (
            [certificate(1, Kind.CME, said("10"), Standing.WITHDRAWN)],
            [certificate(2, Kind.CME, said("8")), certificate(3, Kind.CME, said("8"), issued=False)],
            said("8"),
            [],
        ),
    ],
)
def test_which_certificate_stays(
    had: list[CertificateOnRecord],
    others: list[CertificateOnRecord],
    claim: ClaimContent,
    found: list[GivesWay],
) -> None:
    assert placed(had, others, claim, is_dated=True) == found
