"""What a deed for one person would change, and the mail it would send: tried on a ledger in memory, and shown
before it is done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace

from pipeline.ledger import Participant
from pipeline.rules.certificates.changes import stated_words
from pipeline.rules.certificates.statements import date_words
from pipeline.rules.messages.occasions import Occasion
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


PersonalDeed = Callable[[Project], DeedResult]


@dataclass(frozen=True)
class ForeseenChange:
    """One thing that would be otherwise: of the person, or of one of their certificates."""

    about: str  # a certificate's kind, activity and number; empty where it is of the person
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


class _Notes:
    """Keeps what a workflow tells on its way."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def step(self, text: str) -> None:
        self.heard.append(text)

    def progress(self, done: int, total: int, unit: str) -> None:
        """Nobody waits for a trial."""


def foresee(project: Project, person: int, deed: PersonalDeed) -> Foreseen:
    """What `deed` would change for the participant with this id, and whom it would write to; nothing is done.

    Raises CertsError where the deed would be refused.
    """
    basis, notes = basis_of(project, person), _Notes()
    with project.ledger.excerpt_of([person]) as ledger:
        offline = replace(project.settings, publish_to="")
        trial = replace(project, ledger=ledger, settings=offline, listener=notes)
        before = _state(trial, person)
        outcome = deed(trial)
        changes = _changes(before, _state(trial, person))
        mails = tuple(_mails(trial, outcome.messages))
    return Foreseen(tuple(changes), mails, (*notes.heard, *outcome.problems), folder_of_mail(project), basis)


def basis_of(project: Project, person: int) -> str:
    """A digest of all that is on record of a participant. Raises KeyError for one who is not."""
    ledger = project.ledger
    participant = ledger.people.get_many([person])[person]
    (page,) = ledger.pages.persons([participant.token], project.catalog, project.today)
    said = (
        astuple(participant),
        page,
        ledger.messages.of(person),
        ledger.audit.of(person),
        sorted(ledger.people.addresses(person)),
        project.today,
    )
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


def _changes(before: _State | None, after: _State | None) -> Iterator[ForeseenChange]:
    old, new = _words(before), _words(after)
    for about, what in dict.fromkeys([*old, *new]):
        was, becomes = old.get((about, what), ""), new.get((about, what), "")
        if was != becomes:
            yield ForeseenChange(about, what, was, becomes)
    if before and after and before.participant.token != after.participant.token:
        yield ForeseenChange("", "Private link", "the present one", "a new one")


def _words(state: _State | None) -> Mapping[tuple[str, str], str]:
    """What there is to say of a person: (about, what) -> in words."""
    if state is None:
        return {}
    one = state.participant
    mark = one.mark
    words = {
        ("", "Name"): one.name,
        ("", "Credentials"): one.credentials,
        ("", "Address"): one.email,
        ("", "Learner id"): one.learner_id,
        ("", "Mail comes back"): mark.shown() if mark else "",
        ("", "Held beyond six years"): one.held,
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
