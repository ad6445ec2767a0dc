"""The words a certificate, page or mail uses: dates, credits, AMA's phrase, the standard statements."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache

from pipeline.rules.certificates.activities import Activity

PROVIDER = "American College of Rheumatology"
CONTACT = "education@rheumatology.org"

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

# AMA's name of the credit is set in italics with the trademark sign (AMA PRA booklet); the number upright.
AMA_PHRASE = re.compile(r"(AMA PRA Category 1 Credits?(?:™|\(TM\)|\(tm\)))")

ACCREDITATION = (
    f"The {PROVIDER} is accredited by the Accreditation Council for Continuing Medical Education (ACCME) "
    "to provide continuing medical education for physicians."
)
DESIGNATION = (
    f"The {PROVIDER} designates this {{format}} for a maximum of {{credits}}. Physicians should claim only "
    "the credit commensurate with the extent of their participation in the activity."
)
RECOGNITION = (
    "Successful completion of this CME activity, which includes participation in the evaluation component, "
    "enables the participant to earn up to {points} in the {board} Maintenance of Certification (MOC) "
    "program. It is the provider’s responsibility to submit completion information to ACCME for the purpose "
    "of granting {short} MOC credit."
)


def number_words(value: Decimal) -> str:
    """A credit figure as claimed: 12.25, 12.5, 12; never rounded, no exponent, no trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def ama_credits(value: Decimal) -> str:
    """`12.25 AMA PRA Category 1 Credits™`; singular for exactly 1 (AMA PRA booklet)."""
    return f"{number_words(value)} AMA PRA Category 1 Credit{'' if value == 1 else 's'}™"


def points(value: Decimal, what: str = "MOC") -> str:
    """`20 MOC points`, `1 Medical Knowledge MOC point`."""
    return f"{number_words(value)} {what} point{'' if value == 1 else 's'}"


def date_words(day: dt.date) -> str:
    """November 14, 2031."""
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def span_words(start: dt.date, end: dt.date) -> str:
    """October 24–29, 2025; December 30, 2025 – January 2, 2026."""
    if start == end:
        return date_words(start)
    if (start.year, start.month) == (end.year, end.month):
        return f"{MONTHS[start.month - 1]} {start.day}–{end.day}, {start.year}"
    if start.year == end.year:
        return f"{MONTHS[start.month - 1]} {start.day} – {date_words(end)}"
    return f"{date_words(start)} – {date_words(end)}"


def runs(text: str) -> list[tuple[str, bool]]:
    """The text in runs, each with whether it is AMA's phrase and so stands in italics."""
    parts = enumerate(AMA_PHRASE.split(text))  # the phrase in every second place
    return [
        (re.sub(r"\((?:TM|tm)\)", "™", part) if at % 2 else part, at % 2 == 1) for at, part in parts if part
    ]


def accreditation(activity: Activity) -> str:
    """The provider's accreditation statement (ACCME)."""
    return activity.accreditation or ACCREDITATION


@lru_cache(maxsize=256)
def designation(activity: Activity) -> str:
    """The AMA credit designation statement: learning format and maximum; empty without CME."""
    if activity.cme_max is None:
        return ""
    return activity.designation or DESIGNATION.format(
        format=activity.format, credits=ama_credits(activity.cme_max)
    )


@lru_cache(maxsize=256)
def abim_statement(activity: Activity) -> str:
    """The ABIM MOC recognition statement (ACCME's text for providers); empty where not offered."""
    what = f"{activity.abim_type} MOC".strip()
    board = "American Board of Internal Medicine’s (ABIM)"
    return _recognition(activity.abim_statement, activity.abim_max, what, board, "ABIM")


@lru_cache(maxsize=256)
def abp_statement(activity: Activity) -> str:
    """The ABP MOC recognition statement; empty where not offered."""
    board = "American Board of Pediatrics’ (ABP)"
    return _recognition(activity.abp_statement, activity.abp_max, "MOC", board, "ABP")


def _recognition(own: str, most: Decimal | None, what: str, board: str, short: str) -> str:
    if most is None:
        return ""
    return own or RECOGNITION.format(points=points(most, what), board=board, short=short)
