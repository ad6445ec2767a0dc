"""The rules of credit: an activity and amounts in; what breaks the rules out."""

from __future__ import annotations

from decimal import Decimal

from pipeline.rules.certificates.activities import STEP, Activity
from pipeline.rules.certificates.statements import number_words
from pipeline.rules.claims.columns import CREDITS

LABELS = {
    "cme_credits": "CME credit",
    "abim_moc_points": "ABIM MOC points",
    "abp_moc_points": "ABP MOC points",
}


def credit_problems(
    activity: Activity,
    cme: Decimal | None,
    abim: Decimal | None,
    abp: Decimal | None,
    *,
    attended: bool = True,
) -> list[tuple[str, str]]:
    """What breaks the rules of credit, as (field, reason): for a row, and again for a record after a merge.

    None is an amount this file does not know: what depends on it is left to the check after the merge.
    """
    wrong = []
    offers = zip(
        CREDITS,
        (cme, abim, abp),
        (activity.cme_max, activity.abim_max, activity.abp_max),
        (STEP, STEP, activity.abp_step),
        strict=True,
    )
    for field, amount, most, step in offers:
        if not amount:
            continue
        if not attended:
            wrong.append((field, f"{number_words(amount)} claimed by someone who did not attend or complete"))
        if most is None:
            wrong.append((field, f"{activity.slug} offers no {LABELS[field]}"))
        elif amount > most:
            wrong.append((field, f"{number_words(amount)} is more than the activity's {number_words(most)}"))
        if amount % step:
            wrong.append((field, f'"{number_words(amount)}" is not a multiple of {number_words(step)}'))
        if field != "cme_credits" and cme is not None and amount > cme:
            reason = (
                f"{number_words(amount)} is more than the CME credit, {number_words(cme)}"
                if cme
                else f"{LABELS[field]} without CME credit"
            )
            wrong.append((field, reason))
    return wrong
