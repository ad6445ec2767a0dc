"""All that is on record of one person, as the desk's card shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.errors import CertsError
from pipeline.ledger import Participant, Transition
from pipeline.ledger.audit import Deed
from pipeline.rules.certificates.numbers import read_number
from pipeline.rules.places import PERSONS, page_of
from pipeline.rules.web.wording import PersonRecord, by_year
from pipeline.workflow.desk import handle
from pipeline.workflow.find import FOUND, Person, person_on_record
from pipeline.workflow.project import Project


@dataclass(frozen=True)
class Card:
    """One person, as staff see them."""

    person: Person
    record: PersonRecord  # certificates and what is withheld, year by year, with sums
    histories: Mapping[int, Sequence[Transition]]  # by a message's id: all that became of it
    deeds: Sequence[Deed]  # the audit trail's entries, newest first
    who: str  # what names them alone in a command
    page: str  # how their private page is, a sentence
    is_in_doubt: bool  # a newer file shows the address with somebody else
    was_merged_today: bool  # another record became part of theirs: that can be undone until tomorrow


@dataclass(frozen=True)
class LookedUp:
    """Who a text may mean, likeliest first."""

    people: Sequence[Participant]
    certificates: Mapping[int, int]  # by a participant's id: how many they have
    may_be_more: bool


def look_up(project: Project, text: str) -> LookedUp:
    """Who is meant by an address, part or misspelling of a name, learner id or certificate number: as `find`
    does, with no more than a line of each, while somebody types."""
    ledger = project.ledger
    people = ledger.search.people(text, read_number(text), FOUND) if text.strip() else []
    counts = {one.id: len(ledger.certificates.of_person(one.id, None)) for one in people}
    return LookedUp(people, counts, len(people) == FOUND)


def card(project: Project, participant: int) -> Card | None:
    """The card of the participant with this id; None where nobody has it any more."""
    ledger = project.ledger
    one = ledger.people.get_many([participant]).get(participant)
    if one is None:
        return None
    person = person_on_record(project, one)
    return Card(
        person=person,
        record=by_year(person.page),
        histories={message.id: ledger.messages.history(message.id) for message in person.messages},
        deeds=ledger.audit.of(participant)[::-1],
        who=handle(project, one),
        page=_page_words(project, one),
        is_in_doubt=bool(ledger.people.in_doubt([participant])),
        was_merged_today=any(
            one.merged_on == project.today for one in ledger.parting.formers(participant)[:1]
        ),
    )


def issued_file(project: Project, number: str) -> tuple[str, str]:
    """The SHA-256 of a certificate's newest version, and its number as printed. Raises CertsError."""
    read = read_number(number)
    found = project.ledger.certificates.by_number(read) if read else None
    digest = project.ledger.certificates.former(found[0]) if found else ""
    if not read or not digest:
        raise CertsError(f'There is no certificate "{number}".', "Find its number: certs find TEXT.")
    return digest, read


def certificate_picture(project: Project, digest: str, width: int) -> bytes:
    """The first page of a PDF in the vault as PNG, so many pixels across. Raises VaultError."""
    from pipeline.documents import page_picture  # only who looks at one waits for it

    return page_picture(project.vault.read(digest), width)[0]


def _page_words(project: Project, one: Participant) -> str:
    """How the private page is: as it must be, live, proved; or what mends it."""
    ledger, target = project.ledger, project.settings.publish_to
    frame, page = project.frame(), page_of(one.token)
    required = {page_of(each.name): each for each in ledger.builds.required(frame, PERSONS, people=[one.id])}
    if page not in required:
        return "There is no page: nothing was issued, and nothing waits."
    if not required[page].is_stamped:
        return "The page is not built as it must be now; to build it: certs build"
    if not target:
        return "The page is built. No web host is set (PUBLISH_TO), so whether it is live is not known."
    if page in ledger.builds.not_live(target, frame, [one.id]):
        return "The page is built, but was not proved to be live; to bring it there: certs publish"
    return "The page is live as it must be; that was proved."
