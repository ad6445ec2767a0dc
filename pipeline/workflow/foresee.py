"""What a deed for one person would change, and the mail it would send: tried on a ledger in memory, and shown
before it is done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace

from pipeline.errors import StoppedError
from pipeline.ledger import Participant
from pipeline.rules.certificates.changes import stated_words
from pipeline.rules.certificates.statements import date_words
from pipeline.rules.messages.occasions import Occasion
from pipeline.rules.stops import Stop
from pipeline.rules.web.pages import Entry, PersonPage
from pipeline.rules.web.wording import missing
from pipeline.workflow.due import FOR_EVER, Choice, due_messages
from pipeline.workflow.mail_settings import folder_of_mail
from pipeline.workflow.outgoing import notice
from pipeline.workflow.project import Project
from pipeline.workflow.transport import composer


@dataclass(frozen=True)
class DeedResult:
    """What a deed for one person came to."""

    said: str  # one sentence for staff
    messages: Sequence[int] = ()  # ids of those that wait to be sent
    problems: Sequence[str] = ()  # what could not be done of it
    notes: Sequence[str] = ()  # what it means besides, for who is to say yes


PersonalDeed = Callable[[Project], DeedResult]


@dataclass(frozen=True)
class ForeseenChange:
    """One thing that would be otherwise: of the person, or of one of their certificates."""

    about: (
        str  # a certificate's kind, activity and number, or another record; empty where it is of the person
    )
    what: str
    old: str  # empty: there was none
    new: str  # empty: there will be none


@dataclass(frozen=True)
class ForeseenMail:
    """One message as it would go; no link in it is whole."""

    to: str
    occasion: Occasion
    text: str  # recipient, subject and text
    waits_for: str  # what a person must do before it can be sent; empty where it can


@dataclass(frozen=True)
class Foreseen:
    """What a deed would come to."""

    changes: tuple[ForeseenChange, ...]
    mails: tuple[ForeseenMail, ...]
    notes: tuple[str, ...]  # what staff should know of it
    folder: str  # where the mail would be written, as no mail server is set; empty where one is
    basis: str  # a digest of what is on record: another one where anything happened to the person meanwhile
    stops: tuple[Stop, ...] = ()  # what staff must accept by name before it is done


class _Notes:
    """Keeps what a workflow tells on its way."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def step(self, text: str) -> None:
        self.heard.append(text)

    def progress(self, done: int, total: int, unit: str) -> None:
        """Nobody waits for a trial."""


def foresee(project: Project, people: Sequence[int], deed: PersonalDeed) -> Foreseen:
    """What `deed` would change for these participants, by id, and whom it would write to; nothing is done. It
    is for the first of them; the others are those whose records it touches as well.

    Raises CertsError where the deed would be refused, but for stops: what it comes to is shown with them.
    """
    try:
        return _foresee(project, people, deed)
    except StoppedError as error:
        found = tuple(Stop(str(one["name"]), str(one["text"])) for one in error.stops)
    accepted = project.accepted.union(one.name for one in found)
    foreseen = foresee(replace(project, accepted=accepted), people, deed)
    return replace(foreseen, stops=(*found, *foreseen.stops))


def _foresee(project: Project, people: Sequence[int], deed: PersonalDeed) -> Foreseen:
    basis, notes = basis_of(project, people), _Notes()
    with project.ledger.excerpt_of(people) as ledger:
        offline = replace(project.settings, publish_to="")
        trial = replace(project, ledger=ledger, settings=offline, listener=notes)
        before = [_state(trial, one) for one in people]
        outcome = deed(trial)
        after = [_state(trial, one) for one in people]
        changes = tuple(_changes(before, after))
        mails = tuple(_mails(trial, outcome.messages))
    told = (*outcome.notes, *notes.heard, *outcome.problems)
    return Foreseen(changes, mails, told, folder_of_mail(project), basis)


def basis_of(project: Project, people: Sequence[int]) -> str:
    """A digest of all that is on record of these participants."""
    ledger, said = project.ledger, list[object]([project.today])
    for person in people:
        for one in ledger.people.get_many([person]).values():
            said += ledger.pages.persons([one.token], project.catalog, project.today)
            said += [astuple(one), sorted(ledger.people.addresses(person))]
            said += [ledger.messages.of(person), ledger.audit.of(person)]
    return hashlib.sha256(repr(said).encode()).hexdigest()


@dataclass(frozen=True)
class _State:
    participant: Participant
    page: PersonPage


def _state(trial: Project, person: int) -> _State | None:
    """What is on record; None where nobody is any more."""
    participant = trial.ledger.people.get_many([person]).get(person)
    if participant is None:
        return None
    (page,) = trial.ledger.pages.persons([participant.token], trial.catalog, trial.today)
    return _State(participant, page)


def _changes(before: Sequence[_State | None], after: Sequence[_State | None]) -> Iterator[ForeseenChange]:
    old, new = dict[tuple[str, str], str](), dict[tuple[str, str], str]()
    for place, (was, becomes) in enumerate(zip(before, after, strict=True)):
        whose = f"Record of {was.participant.name} <{was.participant.email}>" if place and was else ""
        old |= _words(was, whose)
        new |= _words(becomes, whose)
        if was and becomes and was.participant.token != becomes.participant.token:
            old[whose, "Private link"], new[whose, "Private link"] = "the present one", "a new one"
    for key in dict.fromkeys([*old, *new]):
        if old.get(key, "") != new.get(key, ""):
            yield ForeseenChange(*key, old.get(key, ""), new.get(key, ""))


def _words(state: _State | None, whose: str) -> Mapping[tuple[str, str], str]:
    """What there is to say of a record: (about, what) -> in words."""
    if state is None:
        return {}
    one = state.participant
    mark = one.mark
    words = {
        (whose, "Name"): one.name,
        (whose, "Credentials"): one.credentials,
        (whose, "Address"): one.email,
        (whose, "Learner id"): one.learner_id,
        (whose, "Mail comes back"): mark.shown() if mark else "",
        (whose, "Held beyond six years"): one.held,
    }
    for entry in state.page.entries:
        about = f"{entry.facts.kind.label}, {entry.facts.title} ({entry.facts.number})"
        words |= {(about, what): said for what, said in _entry_words(entry).items()}
    for waiting in state.page.withheld:
        about = f"{waiting.kind.label}, {waiting.title}"
        words[about, "Withheld"] = "; ".join(map(missing, waiting.missing))
    return words


def _entry_words(entry: Entry) -> dict[str, str]:
    until = entry.download_until
    return {
        **stated_words(entry.facts),
        "Standing": entry.standing.value + (f" by {entry.replaced_by}" if entry.replaced_by else ""),
        "Reason shown": entry.reason,
        "Download open until": date_words(until) if until else "closed",
    }


def _mails(trial: Project, ids: Sequence[int]) -> Iterator[ForeseenMail]:
    if not ids:
        return
    compose = composer(trial)
    for one in due_messages(trial, FOR_EVER, Choice(ids=ids)):
        text = compose.preview(notice(trial, one))
        yield ForeseenMail(one.recipient, one.message.occasion, text, one.waits_for)
