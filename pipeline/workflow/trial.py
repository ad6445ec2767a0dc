"""One message of each occasion to staff, about a made-up person: what people will get, seen before a meeting.

Nothing of it is in the ledger but an entry in the audit trail, and the links lead nowhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from pipeline.errors import CertsError
from pipeline.intake import address_problem
from pipeline.mail import OutgoingMessage, Step
from pipeline.rules.boards.records import BoardRefusal, RecordState
from pipeline.rules.certificates.activities import Activity, Kind
from pipeline.rules.certificates.awards import ClaimContent, HolderName, Standing, certificate_facts
from pipeline.rules.messages.occasions import Event, Fate, Notice, Occasion
from pipeline.rules.places import page_address
from pipeline.rules.web.pages import BoardReport, Entry, WithheldEntry
from pipeline.workflow.mail_settings import folder_of_mail
from pipeline.workflow.project import Project
from pipeline.workflow.transport import hand_over

HOLDER = HolderName("Sam Sample", "MD")
NOWHERE = "this-link-is-a-test"  # in the place of a token; there is no such page
NUMBERS = ("0000-0000-0000-0000", "0000-0000-0000-0001")


@dataclass(frozen=True)
class Trial:
    """What became of the messages to staff."""

    sent: int
    refused: tuple[str, ...]  # what was not sent, and why
    folder: str  # where they were written, as no mail server is set; empty where one is


class _Tests:
    """Messages that the ledger knows nothing of, each tried once."""

    def __init__(self, notices: Sequence[Notice]) -> None:
        self._notices = notices
        self.refused: list[str] = []

    def due(self, at: dt.datetime, after: int, limit: int) -> Sequence[OutgoingMessage]:
        some = list(enumerate(self._notices, 1))[after : after + limit]
        return [OutgoingMessage(number, one, 0, at) for number, one in some]

    def record(self, steps: Sequence[Step]) -> Collection[int]:
        for step in steps:
            if step.fate not in (Fate.SENDING, Fate.SENT):
                occasion = self._notices[step.id - 1].occasion
                self.refused.append(f"{occasion}: {step.fate}: {step.text}")
        return ()


def send_tests(project: Project, address: str) -> Trial:
    """Mail one message of each occasion to this address. Raises CertsError where it is none,
    MailError where no mail can be sent at all."""
    if problem := address_problem(address):
        raise CertsError(f'"{address}": {problem}.', "Name your own address: certs send --test ADDRESS.")
    with project.ledger.transaction():
        project.on_record("test", f"a message of each occasion to {address}")
    queue = _Tests(list(_notices(project, address)))
    summary = hand_over(project, queue, None, lambda _: None)
    refused = [*queue.refused, *([f"Sending stopped: {summary.halted}"] if summary.halted else [])]
    return Trial(summary.sent, tuple(refused), folder_of_mail(project))


def _notices(project: Project, address: str) -> Sequence[Notice]:
    site, day = project.settings.site_url, project.today
    real = next((one for one in project.catalog.values() if one.active and one.cme_max and one.end), None)
    activity = real or Activity("sample", "Sample Meeting", "live activity", "Chicago", day, day, Decimal(10))
    most = min(activity.cme_max or Decimal(1), Decimal(10))

    def entry(kind: Kind, number: str) -> Entry:
        content = ClaimContent(cme=most, abim=most if kind is Kind.CME_ABIM else Decimal(0))
        facts = certificate_facts(kind, HOLDER, content, activity, number, day, site)
        return Entry(facts, Standing.VALID, None, facts.kept_until)

    paper, credit = entry(Kind.PARTICIPATION, NUMBERS[0]), entry(Kind.CME, NUMBERS[1])
    more = entry(Kind.CME_ABIM, NUMBERS[0])
    gone = replace(credit, standing=Standing.REPLACED, replaced_by=NUMBERS[0], changed_on=day)
    told = BoardReport("ABIM", day, RecordState.REJECTED, BoardRefusal.MISMATCH)
    waits = WithheldEntry(
        kind=Kind.CME,
        activity=activity.slug,
        title=activity.title,
        date=activity.end or day,
        missing=activity.requirements or ("evaluation",),
        start=activity.start,
        end=activity.end,
        location=activity.location,
        format=activity.format,
        url=activity.url,
    )
    about: dict[Occasion, tuple[Entry | WithheldEntry, ...]] = {
        Occasion.WITHDRAWN: (
            replace(credit, standing=Standing.WITHDRAWN, changed_on=day, reason="A sample"),
        ),
        Occasion.CORRECTED: (
            replace(credit, standing=Standing.CORRECTED, changed_on=day, reason="A sample"),
        ),
        Occasion.REPLACED: (gone,),
        Occasion.BOARD: (replace(more, reports=(told,)),),
        Occasion.WITHHELD: (waits,),
        Occasion.REMINDER: (waits,),
    }
    notices = []
    for occasion in Occasion:
        events = [Event(occasion, one) for one in about.get(occasion, (credit, paper))]
        if occasion is Occasion.REPLACED:
            events.append(Event(Occasion.NEW, more))
        notices.append(
            Notice(
                message_id=project.new_message_id(),
                occasion=occasion,
                to=address,
                name=HOLDER.name,
                page_url="" if occasion is Occasion.MOVED else page_address(site, NOWHERE),
                events=tuple(events),
                date=project.now,
                is_test=True,
            )
        )
    return notices
