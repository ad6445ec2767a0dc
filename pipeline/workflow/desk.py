"""The help desk: send the link again, correct, rotate, withdraw, hold, forget; all of it on record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pipeline.errors import CertsError
from pipeline.intake import address_problem
from pipeline.ledger import Participant
from pipeline.rules.addresses import address_key
from pipeline.rules.certificates.numbers import read_number
from pipeline.rules.claims.judge import clean_learner_id
from pipeline.rules.claims.names import clean_credentials, clean_name
from pipeline.rules.messages.occasions import Occasion
from pipeline.rules.messages.refusal_table import Cause
from pipeline.rules.places import page_of
from pipeline.rules.text import counted
from pipeline.workflow.award import award
from pipeline.workflow.project import Project
from pipeline.workflow.release import release
from pipeline.workflow.render import Issued, render_at_once
from pipeline.workflow.retention import purge
from pipeline.workflow.sealing import check_sealing
from pipeline.workflow.tell import queue, queue_corrections, queue_or_join, queue_unreached


class AmbiguousError(CertsError):
    """WHO fits several people: they are listed, nothing is done."""

    def __init__(self, people: Mapping[Participant, str]) -> None:
        """`people`: each with what names them alone."""
        lines = "".join(f"\n  {person.name} <{person.email}>: {handle}" for person, handle in people.items())
        super().__init__(
            f"That fits {len(people)} people; nothing was done:{lines}",
            "Name one by what stands after the address.",
        )


@dataclass(frozen=True)
class Change:
    """What `correct` is asked to change; None leaves a field as it is."""

    name: str | None = None
    credentials: str | None = None
    email: str | None = None
    works: bool = False  # mail may go to the address on record again
    learner_id: str | None = None


def read_change(
    name: str | None, credentials: str | None, email: str | None, learner_id: str | None = None
) -> tuple[Change, dict[str, str]]:
    """What staff typed, cleaned as the cells of a claims file are; and what is wrong with it, by field."""
    wrong = {}
    if name is not None:
        name, faults = clean_name(name)
        wrong["name"] = "; ".join(faults)
    if credentials is not None:
        credentials, faults = clean_credentials(credentials)
        wrong["credentials"] = "; ".join(faults)
    if email is not None:
        wrong["email"] = address_problem(email)
    if learner_id is not None:
        learner_id, faults = clean_learner_id(learner_id)
        wrong["learner_id"] = "; ".join(faults if learner_id or faults else ["is empty"])
    return Change(name, credentials, email, learner_id=learner_id), {
        field: fault for field, fault in wrong.items() if fault
    }


def one_person(project: Project, who: str) -> Participant:
    """The one participant meant by an address, a learner id or a certificate number.

    Raises AmbiguousError for several, CertsError for none.
    """
    people = project.ledger.people.who(who, read_number(who))
    if not people:
        raise CertsError(
            f'Nobody on record has the address, learner id or certificate number "{who}".',
            "Look for a part of the name: certs find TEXT.",
        )
    if len(people) > 1:
        raise AmbiguousError({person: handle(project, person) for person in people})
    return people[0]


def handle(project: Project, person: Participant) -> str:
    """What names one person alone: the address, the learner id or a certificate number."""
    if len(project.ledger.people.who(person.email, None)) == 1:
        return person.email
    numbers = (entry.facts.number for entry in project.ledger.pages.entries(person.id, project.today))
    return person.learner_id or next(numbers, "no learner id and no certificate; read a claims file with one")


def resend(project: Project, who: str, activity: str | None) -> tuple[Participant, int]:
    """Queue the link again, to the address on record only; reopens closed downloads. The message's id."""
    person = one_person(project, who)
    ledger, settings = project.ledger, project.settings
    if ledger.messages.resent_since(person.id, project.midnight) >= settings.resend_limit:
        raise CertsError(
            f"The link was sent to {person.email} {counted(settings.resend_limit, 'time')} today already.",
            "Look at what became of those messages: certs find ADDRESS. RESEND_LIMIT is the cap.",
        )
    if ledger.people.in_doubt([person.id]):
        raise CertsError(
            f"A newer claims file shows {person.email} with somebody else; the link was not sent.",
            "Ask the participant, then put the right address on record: certs correct --email.",
        )
    with ledger.transaction():
        message = queue_link(project, person, activity)
        project.on_record("resend", f"to {person.email}" + (f", {activity}" if activity else ""), person.id)
    release(project, [person.id])
    return person, message


def queue_link(project: Project, person: Participant, activity: str | None, request: str = "") -> int:
    """Queue the link again and open downloads for REOPEN_DAYS; the message's id. Belongs in a transaction.

    `request`: digest of the mail that it answers, none is answered twice. Raises CertsError where neither a
    certificate was issued nor one waits.
    """
    ledger = project.ledger
    until = project.today + dt.timedelta(days=project.settings.reopen_days)
    ledger.claims.reopen(person.id, activity, until)
    certificates = ledger.certificates.of_person(person.id, activity)
    waiting = ledger.advice.claims_of(person.id, activity)
    if not certificates and not waiting:
        raise CertsError(
            f"{person.name} has no certificate" + (f" of {activity}" if activity else "") + " to send.",
            "See what is on record: certs find ADDRESS.",
        )
    return tell_of_page(project, person, Occasion.RESENT, certificates, waiting, request)


def tell_of_page(
    project: Project,
    person: Participant,
    occasion: Occasion,
    certificates: list[int],
    waiting: list[int],
    request: str = "",
) -> int:
    """A message about certificates that were issued, and about claims of which others wait; its id."""
    message = queue_or_join(project, person, occasion, certificates, request)
    for claim in waiting:
        project.ledger.advice.add(message, claim, occasion, request=request)
    return message


def correct(project: Project, who: str, change: Change, reason: str, tell: bool) -> tuple[Issued, list[int]]:
    """Change a person's name, credentials, address or learner id; certificates re-issue under their numbers.

    A changed address is told to the former one, whatever `tell` says of the certificates, and gets what the
    former one never got. Returns what was made, and the ids of messages that wait to be sent. Raises
    SealError before anything is changed where what is made anew could not be sealed.
    """
    person = one_person(project, who)
    if change.name is not None or change.credentials is not None:
        check_sealing(project)
    ledger = project.ledger
    messages: list[int] = []
    with ledger.transaction():
        spelling, load = ledger.people.spelling(person.id)
        after = replace(
            spelling,
            name=spelling.name if change.name is None else change.name,
            credentials=spelling.credentials if change.credentials is None else change.credentials,
        )
        if after != spelling:
            ledger.people.respell(person.id, after, load)
        if change.learner_id is not None and change.learner_id != person.learner_id:
            _refuse_learner_id(project, person, change.learner_id)
            ledger.people.set_learner_id(person.id, change.learner_id)
        if _says_it_works(change, person):
            ledger.people.clear_mark(person.email)
        if change.email is not None and change.email != person.email:
            # Who has the former address now, if it went to somebody else, is not told of this person; nor is
            # anybody where none is on record.
            same = address_key(change.email) == address_key(person.email)
            in_doubt = bool(ledger.people.in_doubt([person.id]))
            is_dead = person.mark is not None and person.mark.kind is Cause.DEAD
            if person.email and not same and not in_doubt and not is_dead:
                messages.append(queue(project, person, Occasion.MOVED))
                told = ledger.certificates.of_person(person.id, None)
                ledger.mentions.add(messages[0], told, Occasion.MOVED)
            _caution_of_sharing(project, person, change.email)
            ledger.people.set_email(person.id, change.email, ledger.loads.newest())
            ledger.messages.readdress(person.id, change.email)
            messages += queue_unreached(project, person.id, person.email)
        project.on_record("correct", f"{_words(change, person)}; {reason}", person.id)
    award(project, [person.id])
    with ledger.transaction():
        ledger.certificates.explain_pending(person.id, reason)
    issued = render_at_once(project)
    if tell:
        messages += queue_corrections(project, person.id)
        messages += _link_for(project, person, change.email, messages)
    release(project, [person.id])
    return issued, messages


def _refuse_learner_id(project: Project, person: Participant, learner_id: str) -> None:
    """Raises CertsError for an id that somebody else has, or had who asked to be erased."""
    holder = project.ledger.people.by_learner(learner_id)
    if holder is not None and holder.id != person.id:
        raise CertsError(
            f"{learner_id} is the learner id of {holder.name} <{holder.email}>; nothing was done.",
            f"If they are one person: certs merge {learner_id} {handle(project, person)} --reason ...",
        )
    if project.ledger.retention.is_erased(learner_id, "", ""):
        raise CertsError(
            f"{learner_id} was the learner id of somebody who asked to be erased; nothing was done.",
            "Rows with it are not taken in: see that it is this person's.",
        )


def _link_for(project: Project, person: Participant, email: str | None, messages: list[int]) -> list[int]:
    """The message with the link to a new address, where none of these goes there; its id."""
    ledger = project.ledger
    if email is None or any(ledger.messages.get(one).email == email for one in messages):
        return []
    certificates = ledger.certificates.of_person(person.id, None)
    waiting = ledger.advice.claims_of(person.id, None)
    if not certificates and not waiting:
        return []
    with ledger.transaction():
        me = ledger.people.get(person.id)
        return [tell_of_page(project, me, Occasion.RESENT, certificates, waiting)]


def _caution_of_sharing(project: Project, person: Participant, email: str) -> None:
    """Two people may share an address; more often staff have mistaken one for the other."""
    for other in project.ledger.people.by_address(email):
        if other.id != person.id and address_key(other.email) == address_key(email):
            known = f", learner id {other.learner_id}" if other.learner_id else ""
            project.listener.step(
                f"{email} is the address of {other.name}{known}, too: both links go there now; if they are "
                "one person, use: certs merge WHO INTO --reason ..."
            )


def rotate(project: Project, who: str, reason: str) -> tuple[Participant, int | None]:
    """Give a person a new link; the old one is gone from the web host before the new one is mailed."""
    person = one_person(project, who)
    ledger = project.ledger
    message = None
    with ledger.transaction():
        for token in ledger.people.links(person.id):  # what led to the old one does not lead to the new one
            ledger.builds.note_gone(page_of(token))
        ledger.people.set_token(person.id, project.new_token())
        certificates = ledger.certificates.of_person(person.id, None)
        waiting = ledger.advice.claims_of(person.id, None)
        if certificates or waiting:
            message = tell_of_page(project, person, Occasion.ROTATED, certificates, waiting)
        project.on_record("rotate", reason, person.id)
    release(project, [person.id])
    return person, message


def hold(project: Project, who: str, reason: str) -> Participant:
    """Keep a record beyond six years until it is released; the pages say so."""
    person = one_person(project, who)
    with project.ledger.transaction():
        project.ledger.people.set_hold(person.id, reason)
        project.on_record("hold", reason, person.id)
    release(project, [person.id])
    return person


def end_hold(project: Project, who: str, reason: str) -> Participant:
    """End a hold; retention applies again from the next run on."""
    person = one_person(project, who)
    if not person.held:
        raise CertsError(f"{person.name} is not held.", "See who is: certs status.")
    with project.ledger.transaction():
        project.ledger.people.set_hold(person.id, "")
        project.on_record("release", reason, person.id)
    return person


def forget(project: Project, who: str, reason: str, ask: Callable[[str], bool]) -> int | None:
    """Erase a person before the time, on request, and refuse their return; how many certificates went.

    `ask`: whether to go on with this person, as "Name <address>". None where the answer is no.
    """
    person = one_person(project, who)
    if not ask(f"{person.name} <{person.email}>"):
        return None
    if person.held:
        raise CertsError(
            f"{person.name} is held: {person.held}.", "Release the hold first: certs hold --release WHO."
        )
    with project.ledger.transaction():
        project.on_record("forget", reason, person.id)
        project.ledger.retention.erase(person.id)
    try:
        return purge(project)
    except CertsError as error:
        raise CertsError(
            f"{person.name} is not erased yet: {error}", "Mend that; the next certs run finishes it."
        ) from error


def _says_it_works(change: Change, person: Participant) -> bool:
    """An address that is corrected to itself is one that works, too."""
    return change.works or (
        change.email is not None and address_key(change.email) == address_key(person.email)
    )


def _words(change: Change, person: Participant) -> str:
    pairs = [(field, getattr(person, field)) for field in ("name", "credentials", "email", "learner_id")]
    said = [
        f'{field} from "{old}" to "{new}"'
        for field, old in pairs
        if (new := getattr(change, field)) is not None and new != old
    ]
    if person.mark and _says_it_works(change, person):
        said.append(f"{person.email} works again, which was marked: {person.mark.shown()}")
    return ", ".join(said)
