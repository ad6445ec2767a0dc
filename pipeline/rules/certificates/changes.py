"""What a later row changes: the claim on record and a row in; the claim after it, and problems, out."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.rules.certificates.awards import ClaimContent, Facts
from pipeline.rules.certificates.statements import date_words, number_words
from pipeline.rules.claims.claim import Claim
from pipeline.rules.claims.columns import CREDIT_COLUMNS


@dataclass(frozen=True, slots=True)
class ChangedField:
    """What one row changes of what is on record about one person."""

    who: str  # Name <address>, as on record before
    field: str  # a column of claims files
    old: str
    new: str
    activity: str  # slug; empty where it is of the person
    file: str
    row: int

    def __str__(self) -> str:
        what = f"{self.field} of {self.activity}" if self.activity else self.field
        return f"{self.who}: {what}: {self.old or 'none'} -> {self.new or 'none'}"


def content_words(content: ClaimContent) -> dict[str, str]:
    """What a claim says that can be given and taken, in words, by column. Requirements are only ever met."""
    return {
        "attended": "yes" if content.attended else "no",
        "completed_on": content.completed_on.isoformat() if content.completed_on else "",
        **{column: number_words(getattr(content, name)) for column, name in CREDIT_COLUMNS.items()},
    }


def stated_words(facts: Facts) -> dict[str, str]:
    """What a certificate states of its holder, in words, by what a reader calls it."""
    day = facts.completed_on
    return {
        "Kind": facts.kind.label,
        "Name": facts.name,
        "Credentials": facts.credentials,
        "Completed": date_words(day) if day else "",
        "CME credits": number_words(facts.cme) if facts.cme else "",
        "ABIM MOC points": number_words(facts.abim) if facts.abim else "",
        "ABP MOC points": number_words(facts.abp) if facts.abp else "",
    }


def merge_claim(
    record: ClaimContent | None, claim: Claim, allow_removals: bool
) -> tuple[ClaimContent, list[tuple[str, str]]]:
    """The claim on record after this row, and (field, reason) for each thing the row must not do.

    A column the file lacks changes nothing; a requirement shown met stays met; attendance and credit on
    record are taken away only where `allow_removals` says so.
    """
    before = record or ClaimContent()
    after = ClaimContent(
        attended=before.attended if claim.attended is None else claim.attended,
        completed_on=claim.completed_on or before.completed_on,
        cme=before.cme if claim.cme is None else claim.cme,
        abim=before.abim if claim.abim is None else claim.abim,
        abp=before.abp if claim.abp is None else claim.abp,
        met=before.met | {name for name, is_met in claim.met if is_met},
    )
    wrong = [] if record is None or allow_removals else _removals(before, after)
    for column in ("abim_moc_points", "abp_moc_points"):
        points = getattr(after, CREDIT_COLUMNS[column])
        if points > after.cme:
            reason = (
                f"{number_words(points)} MOC points with {number_words(after.cme)} CME credits on record; "
                "MOC is never more than CME"
            )
            wrong.append((column, reason))
    if not after.attended and after.cme:
        wrong.append(("attended", "credit is on record for an activity that was not attended"))
    return after, wrong


def _removals(before: ClaimContent, after: ClaimContent) -> list[tuple[str, str]]:
    ask = "use certs withdraw, or --allow-removals"
    wrong = []
    if before.attended and not after.attended:
        wrong.append(("attended", f"attendance is on record; {ask}"))
    for column, name in CREDIT_COLUMNS.items():
        amount = getattr(before, name)
        if amount and not getattr(after, name):
            what = "credits" if name == "cme" else "points"
            wrong.append((column, f"would remove {number_words(amount)} {what}; {ask}"))
    return wrong
