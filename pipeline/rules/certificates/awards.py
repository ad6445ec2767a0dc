"""Which certificates a claim earns, what withholds them, and what each of them states."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from pipeline.rules.certificates import statements
from pipeline.rules.certificates.activities import Activity, Kind
from pipeline.rules.certificates.retention import kept_until
from pipeline.rules.places import verification_address


class Standing(StrEnum):
    """Whether a certificate counts: what its verification page says of it."""

    VALID = "valid"
    CORRECTED = "corrected"  # valid, in a later version than the first
    REPLACED = "replaced"  # by a certificate of another credit kind
    WITHDRAWN = "withdrawn"

    @property
    def is_live(self) -> bool:
        """Whether the certificate counts, so that it can be downloaded and is told of."""
        return self in (Standing.VALID, Standing.CORRECTED)


@dataclass(frozen=True, slots=True)
class ClaimContent:
    """What a person claims for one activity, merged from every file read so far."""

    attended: bool = True  # for an activity without days of its own: completed
    completed_on: dt.date | None = None
    cme: Decimal = Decimal(0)  # AMA PRA Category 1 Credits
    abim: Decimal = Decimal(0)  # MOC points
    abp: Decimal = Decimal(0)  # MOC points
    met: frozenset[str] = field(default_factory=frozenset)  # requirements shown met


@dataclass(frozen=True, slots=True)
class HolderName:
    """How the holder of a certificate is named on it."""

    name: str
    credentials: str


@dataclass(frozen=True, slots=True)
class Award:
    """One certificate that a claim earns."""

    kind: Kind
    missing: tuple[str, ...] = ()  # what withholds it: requirement column names, or "attended"


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything one certificate states. The same facts give the same PDF, byte for byte."""

    number: str  # as printed: XXXX-XXXX-XXXX-XXXX
    kind: Kind
    name: str
    credentials: str
    activity: str  # slug
    title: str
    format: str
    location: str  # lines joined by newlines
    start: dt.date | None  # a dated activity's days
    end: dt.date | None
    completed_on: dt.date | None  # an undated activity's completion by this person
    cme: Decimal  # zero where the kind does not state it
    abim: Decimal
    abim_type: str
    abp: Decimal
    pars_id: str
    accreditation: str
    designation: str  # empty where the kind does not state it; so the two below
    abim_statement: str
    abp_statement: str
    issued_on: dt.date
    kept_until: dt.date
    verify_url: str
    version: int = 1  # of the certificate
    corrected_on: dt.date | None = None  # the day of the last version that corrects an earlier one


def activity_date(activity: Activity, completed_on: dt.date | None) -> dt.date:
    """The date retention counts from: a meeting's last day, else the day this person completed it.

    Raises ValueError where there is neither: Judge makes no such claim.
    """
    day = activity.end or completed_on
    if day is None:
        raise ValueError(f"{activity.slug} has no date of its own and the claim has none")
    return day


def awards(claim: ClaimContent, activity: Activity) -> tuple[Award, ...]:
    """Participation where attended or completed, and the one credit kind that names all that was claimed."""
    missing = tuple(name for name in activity.requirements if name not in claim.met)
    if not claim.attended:
        return (Award(Kind.PARTICIPATION, ("attended", *missing)),)
    kind = credit_kind(claim)
    return (Award(Kind.PARTICIPATION, missing), *((Award(kind, missing),) if kind else ()))


def credit_kind(claim: ClaimContent) -> Kind | None:
    """The credit kind that names all that was claimed; None without CME credit."""
    if not claim.cme:
        return None
    if claim.abim and claim.abp:
        return Kind.CME_ABIM_ABP
    if claim.abim:
        return Kind.CME_ABIM
    return Kind.CME_ABP if claim.abp else Kind.CME


def certificate_facts(
    kind: Kind,
    holder: HolderName,
    claim: ClaimContent,
    activity: Activity,
    number: str,
    issued_on: dt.date,
    site_url: str,
) -> Facts:
    """What the certificate of this kind states: credits as claimed, never the activity's maximum.

    `number`: as printed; `issued_on`: in the college's time zone; `site_url`: without a final slash.
    """
    credit = kind.is_credit
    abim = credit and bool(claim.abim)
    abp = credit and bool(claim.abp)
    return Facts(
        number=number,
        kind=kind,
        name=holder.name,
        credentials=holder.credentials,
        activity=activity.slug,
        title=activity.title,
        format=activity.format,
        location=activity.location,
        start=activity.start,
        end=activity.end,
        completed_on=None if activity.is_dated else claim.completed_on,
        cme=claim.cme if credit else Decimal(0),
        abim=claim.abim if abim else Decimal(0),
        abim_type=activity.abim_type if abim else "",
        abp=claim.abp if abp else Decimal(0),
        pars_id=activity.pars_id if abp else "",
        accreditation=statements.accreditation(activity),
        designation=statements.designation(activity) if credit else "",
        abim_statement=statements.abim_statement(activity) if abim else "",
        abp_statement=statements.abp_statement(activity) if abp else "",
        issued_on=issued_on,
        kept_until=kept_until(activity_date(activity, claim.completed_on)),
        verify_url=verification_address(site_url, number),
    )
