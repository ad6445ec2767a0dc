"""The rules of credit: an activity and the amounts claimed for it in; what breaks the rules out."""

from __future__ import annotations

from decimal import Decimal

from pipeline.rules.certificates.activities import STEP, Activity
from pipeline.rules.certificates.statements import number_words
from pipeline.rules.claims.columns import CREDIT_COLUMNS


def credit_problems(
    activity: Activity, cme: Decimal | None, abim: Decimal | None, abp: Decimal | None, *, attended: bool
) -> list[tuple[str, str]]:
    """What breaks the rules of credit in one row, as (field, reason).

    An amount is None where the file has no column for it; what depends on it is checked when the row is
    merged into the claim on record (rules.certificates.changes).
    """
    wrong = []
    offers = zip(
        CREDIT_COLUMNS,
        ("CME credit", "ABIM MOC points", "ABP MOC points"),
        (cme, abim, abp),
        (activity.cme_max, activity.abim_max, activity.abp_max),
        (STEP, STEP, activity.abp_step),
        strict=True,
    )
    for field, name, amount, most, step in offers:
        if not amount:
            continue
        words = number_words(amount)
        if not attended:
            wrong.append((field, f"{words} claimed by someone who did not attend or complete"))
        if most is None:
            wrong.append((field, f"{activity.slug} offers no {name}"))
        elif amount > most:
            wrong.append((field, f"{words} is more than the activity's {number_words(most)}"))
        if amount % step:
            wrong.append((field, f'"{words}" is not a multiple of {number_words(step)}'))
        if field != "cme_credits" and cme is not None and amount > cme:
            more = f"{words} is more than the CME credit, {number_words(cme)}"
            wrong.append((field, more if cme else f"{name} without CME credit"))
    return wrong
