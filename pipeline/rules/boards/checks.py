"""What must be so of a record before it is reported, for whatever board: a line in; what is wrong with it
out.

No reason holds what the export says of a person: who reads it knows where to look.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from pipeline.rules.boards.format import Lack, ReportLine
from pipeline.rules.boards.learners import said
from pipeline.rules.certificates.activities import STEP
from pipeline.rules.certificates.statements import number_words


def amounts_right(line: ReportLine) -> Iterator[Lack]:
    """Quarter steps; MOC never above CME; nothing above what the activity offers (AMA PRA booklet, ACCME's
    CME for MOC program guide)."""
    has, activity = line.certificate, line.activity
    for what, amount, most in (
        ("cme_credits", has.cme, activity.cme_max),
        ("abim_moc_points", has.abim, activity.abim_max),
        ("abp_moc_points", has.abp, activity.abp_max),
    ):
        if amount % STEP:
            yield what, f"{number_words(amount)} is not a multiple of {STEP}"
        if amount and (most is None or amount > most):
            offers = number_words(most) if most else "none"
            yield what, f"{number_words(amount)} is more than the activity offers, {offers}"
        if amount > has.cme:
            yield what, f"{number_words(amount)} MOC points with {number_words(has.cme)} CME credits"


def completed_within(line: ReportLine, today: dt.date) -> Iterator[Lack]:
    """The day of completion is one of the activity's, and not to come."""
    day, activity = line.credit.completed_on, line.activity
    if activity.start and activity.end and not activity.start <= day <= activity.end:
        yield "completed_on", f"{day} is outside the activity's days, {activity.start} to {activity.end}"
    elif day > today:
        yield "completed_on", f"{day} is still to come"


def names_given(line: ReportLine) -> Iterator[Lack]:
    """First and last name apart, as boards have them: only the export knows where one ends."""
    for what, value in (("first_name", line.learner.first), ("last_name", line.learner.last)):
        if what in line.learner.wrong:
            yield what, line.learner.wrong[what]
        elif not value:
            yield what, "is missing from the export"


def given(line: ReportLine, name: str, value: str, shape: str = "") -> Iterator[Lack]:
    """Something of the person is there, and was read. `shape`: what is wrong with it otherwise."""
    if name in line.learner.wrong:
        yield said(name), line.learner.wrong[name]
    elif not value:
        yield said(name), "is missing from the export"
    elif shape:
        yield said(name), shape
