"""Look-ups for the help desk: a few words in; people with their certificates and messages out."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.ledger import MergedRecord, Message, Participant
from pipeline.rules.certificates.numbers import read_number
from pipeline.rules.certificates.sums import Sums, sums
from pipeline.rules.page_state import PageState
from pipeline.rules.places import page_address
from pipeline.rules.web.pages import PersonPage
from pipeline.workflow.project import Project

FOUND = 20  # people shown at most


@dataclass(frozen=True)
class Person:
    """What `certs find` shows of somebody."""

    participant: Participant
    former: tuple[str, ...]  # addresses they were seen with besides the one on record
    page: PersonPage
    messages: tuple[Message, ...]
    page_state: PageState
    is_in_doubt: bool  # a newer file shows the address on record with somebody else
    merged: tuple[MergedRecord, ...]  # records that became part of theirs, the last first

    @property
    def sums(self) -> Sums:
        """What their certificates come to that count."""
        return sums(entry.facts for entry in self.page.entries if entry.standing.is_live)


def find(project: Project, text: str, limit: int = FOUND) -> list[Person]:
    """People by address, part or misspelling of a name, learner id or certificate number; likeliest first."""
    people = project.ledger.search.people(text, read_number(text), limit)
    return [person_on_record(project, one) for one in people]


def person_on_record(project: Project, one: Participant) -> Person:
    """All that is shown of a participant."""
    ledger = project.ledger
    (page,) = ledger.pages.persons([one.token], project.catalog, project.today)
    former = tuple(each for each in ledger.people.addresses(one.id) if each != one.email)
    return Person(
        participant=one,
        former=former,
        page=page,
        messages=tuple(ledger.messages.of(one.id)),
        page_state=ledger.builds.state_of(project.settings.publish_to, one.token),
        is_in_doubt=bool(ledger.people.in_doubt([one.id])),
        merged=tuple(ledger.parting.formers(one.id)),
    )


def reveal_link(project: Project, person: Participant) -> str:
    """A person's private link, for staff who asked to see it; that they did is on record."""
    with project.ledger.transaction():
        project.on_record("show-link", participant=person.id)
    return page_address(project.settings.site_url, person.token)
