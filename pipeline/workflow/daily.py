"""How many messages may go in a day, and when the next may: by MAIL_DAY, and by what the relay itself says.

A day is any 24 hours, as Google and Microsoft count theirs, and the ledger knows when each message was taken.
"""

from __future__ import annotations

import datetime as dt
import math

from pipeline.rules.text import counted
from pipeline.workflow.project import Project

DAY = dt.timedelta(days=1)


def room(project: Project) -> int | None:
    """How many more messages may go now; None where MAIL_DAY sets no limit, or mail goes into a folder."""
    settings = project.settings
    if not (settings.mail_day and settings.smtp_host):
        return None
    return max(settings.mail_day - len(project.ledger.messages.taken_since(project.now - DAY)), 0)


def days_needed(project: Project, messages: int) -> int:
    """On how many days so many messages go, today among them if some still may; 0: there is no limit."""
    free, most = room(project), project.settings.mail_day
    if free is None or not messages:
        return 0
    return (free > 0) + math.ceil(max(messages - free, 0) / most)


def reached(project: Project, waiting: int, said: str = "") -> str:
    """Why sending stops for today, and when it goes on: once as many as wait may go, or all of a day's.

    `said`: what the relay answered, where it was the relay that took no more.
    """
    taken = project.ledger.messages.taken_since(project.now - DAY)
    first = taken[min(max(waiting, 1), len(taken)) - 1] if taken else project.now
    on = (first + DAY + dt.timedelta(minutes=1)).astimezone(project.now.tzinfo)
    days = (on.date() - project.today).days
    when = {0: "today", 1: "tomorrow"}.get(days, f"{on:%Y-%m-%d}")
    whose = f"the relay's daily limit is reached after {len(taken):,}"
    if not said:
        whose = f"MAIL_DAY is reached: {counted(len(taken), 'message')} in 24 hours"
    return f"{whose}; certs send goes on from {when} {on:%H:%M}" + (f". It said: {said}" if said else "")
