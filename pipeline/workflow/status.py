"""The state of things: counts, what waits, what failed and why, what expires next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise

from pipeline.ledger import Message, Participant
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.stops import Stop
from pipeline.workflow.backups import caution_of, newest_backup
from pipeline.workflow.board_status import board_status
from pipeline.workflow.due import only_in_folder, waiting_for_a_person
from pipeline.workflow.mail_settings import mail_cautions
from pipeline.workflow.project import Project
from pipeline.workflow.runs import PastRun, past_runs
from pipeline.workflow.stops import look_around
from pipeline.workflow.verify import without_mail

SOON = (30, 90, 365)  # days


@dataclass(frozen=True)
class Status:
    """The state of things, in figures; of what failed, the messages themselves."""

    totals: dict[str, int]
    messages: dict[str, int]  # by state
    waiting: tuple[tuple[str, str, int], ...]  # activity, occasion, messages
    for_staff: Mapping[str, int]  # why messages wait for a person, and how many
    next_due: dt.datetime | None  # when the first message that was put off is tried again
    failed: tuple[Message, ...]  # those whose certificates no later message tells of
    unknown: tuple[Message, ...]
    problems: tuple[tuple[str, str, str], ...]  # name, activity, why a certificate could not be made
    expiring: dict[int, int]  # within so many days -> certificates
    to_be_erased: int  # people who asked to be erased and are not yet
    due: int  # certificates past retention that the next run deletes
    cautions: tuple[str, ...]  # of settings; that there is no backup to speak of
    boards: str  # what is to be reported to boards, in one sentence; empty where that is nothing
    unmailed: tuple[str, ...]  # people who have a page whose link nobody was ever mailed
    written: int  # of the messages that count as sent, those that were written into a folder
    in_folder: int  # of these, those that may be sent now, as a mail server is set
    last_run: PastRun | None  # None: none is on record
    withheld: tuple[tuple[str, tuple[str, ...], int], ...]  # activity, what is missing, certificates
    bounced: tuple[Participant, ...]  # whose address is marked, as mail came back
    last_backup: dt.datetime | None  # None: none is known
    stops: tuple[Stop, ...]  # why the next run would stop


def status(project: Project) -> Status:
    """Counts, what waits, what failed and why, what expires next."""
    ledger = project.ledger
    due = ledger.messages.next_due()
    return Status(
        totals=ledger.counts.totals(),
        messages=ledger.messages.counts(),
        waiting=tuple(ledger.messages.waiting_by_activity()),
        for_staff=waiting_for_a_person(project),
        next_due=due.astimezone(project.now.tzinfo) if due else None,
        failed=tuple(ledger.undelivered.failed()),
        unknown=tuple(ledger.messages.in_state(Fate.UNKNOWN)),
        problems=tuple(ledger.certificates.problems()),
        expiring=_expiring(project),
        to_be_erased=ledger.retention.to_be_erased(),
        due=sum(one.certificates for one in ledger.retention.due(project.today)),
        cautions=tuple(filter(None, [caution_of(project), *mail_cautions(project)])),
        boards=board_status(project).line(),
        unmailed=without_mail(project),
        written=ledger.counts.in_folder(),
        in_folder=len(only_in_folder(project)),
        last_run=next(iter(past_runs(project, 1)), None),
        withheld=tuple(ledger.counts.withheld_by()),
        bounced=tuple(ledger.people.marked()),
        last_backup=newest_backup(project),
        stops=tuple(look_around(project, reaches_out=False)),
    )


def _expiring(project: Project) -> dict[int, int]:
    """Within so many days -> certificates that pass retention; each is counted once, and added up."""
    days = [project.today + dt.timedelta(each) for each in (0, *SOON)]
    counts = (project.ledger.retention.expiring(since, until) for since, until in pairwise(days))
    return dict(zip(SOON, accumulate(counts), strict=True))
