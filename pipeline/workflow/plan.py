"""What a run would do, for staff to see first: it is tried on an excerpt of the ledger, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from pipeline.errors import IntakeError
from pipeline.ledger import Due
from pipeline.ledger.certificates import Pending
from pipeline.review import Pictured
from pipeline.rules.claims.cautions import Cautions
from pipeline.rules.claims.claim import Problem
from pipeline.rules.messages.occasions import Occasion
from pipeline.rules.messages.reminders import DELETION_NEAR
from pipeline.rules.stops import Stop
from pipeline.site import Survey
from pipeline.workflow.award import Awarded, award_files
from pipeline.workflow.daily import days_needed
from pipeline.workflow.due import due_messages, event_words, why_waits
from pipeline.workflow.gallery import Gallery
from pipeline.workflow.load import Loaded, load
from pipeline.workflow.mail_settings import folder_of_mail, mail_cautions
from pipeline.workflow.opening import GivenFile, digest_of
from pipeline.workflow.outgoing import notice
from pipeline.workflow.pages import survey_pages
from pipeline.workflow.project import Project
from pipeline.workflow.render import Unmade, cautions, design_of, signed_words
from pipeline.workflow.retention import stops_of_files
from pipeline.workflow.sealing import seal_words
from pipeline.workflow.send import mark_interrupted
from pipeline.workflow.stops import look_around
from pipeline.workflow.tell import Wanted, queue_advice, queue_corrections, queue_new
from pipeline.workflow.transport import composer

PORTION = 2000  # messages read at a time


@dataclass(frozen=True)
class Letter:
    """One message that a run would send, or leave waiting for a person."""

    to: str  # Name <address>
    occasion: Occasion
    about: tuple[str, ...]  # certificates, in words
    waits_for: str  # what a person must do before it can be sent; empty where it can
    is_new: bool  # queued by this run: not on record before
    message: int = 0  # ids within the rehearsal
    participant: int = 0


@dataclass(frozen=True)
class Post:
    """What a run would mail."""

    letters: tuple[Letter, ...] = ()
    by_activity: tuple[tuple[str, str, int], ...] = ()  # activity, occasion, messages
    sample: str = ""  # one message as it would be sent, without the private link
    days: int = 0  # on which they go; 0: MAIL_DAY sets no limit
    folder: str = ""  # where they are written, as no mail server is set: nobody is mailed

    @property
    def told(self) -> list[Letter]:
        """The messages of this run to people who have new certificates."""
        return [one for one in self.letters if one.is_new and one.occasion is Occasion.NEW]

    @property
    def before(self) -> int:
        """How many messages are on record already and would be sent, too."""
        return sum(not one.is_new for one in self.letters)

    @property
    def ready(self) -> int:
        """How many messages can be sent."""
        return sum(not one.waits_for for one in self.letters)


@dataclass(frozen=True)
class RunPlan:
    """What a run on these files would do. It is shown before anything is done, and what is shown is done."""

    files: tuple[GivenFile, ...]
    loaded: Loaded
    awarded: Awarded
    cautions: Cautions  # what to know of and to decide
    planned: tuple[tuple[str, str, str, int], ...]  # activity, kind, what is done, certificates
    signed: str  # whether they bear a signature; empty where none is made
    sealed: str  # whether they are sealed; empty where none is made
    unmade: Unmade  # certificates that could not be made
    not_told: tuple[Problem, ...]  # people with new certificates who would not be written to, and why
    due: tuple[Due, ...]  # past retention in the ledger
    new_claims: int  # not on record before: their people get a page, whatever is withheld
    post: Post
    stops: tuple[Stop, ...]  # why nothing of this may be done
    accepted: tuple[Stop, ...]  # why it might not, but staff accept
    pictures: tuple[Pictured, ...] = ()  # certificates as they would be
    survey: Survey | None = None  # of the pages there are, by which the run may go for a moment

    @property
    def problems(self) -> list[Problem]:
        """Why rows would be set aside, certificates not made, and people not told."""
        return [*self.loaded.problems, *self.awarded.problems, *self.unmade.problems, *self.not_told]

    @property
    def withheld(self) -> int:
        """Certificates that would wait for a requirement, and those that could not be made."""
        return self.awarded.withheld + self.unmade.certificates

    def accepting(self, names: Collection[str]) -> RunPlan:
        """The same plan, where staff accept those of its stops that are named."""
        accepted = tuple(stop for stop in self.stops if stop.name in names)
        left = tuple(stop for stop in self.stops if stop.name not in names)
        return replace(self, stops=left, accepted=(*self.accepted, *accepted))

    @property
    def does_nothing(self) -> bool:
        """Whether there is nothing to ask about."""
        return not (
            self.planned
            or self.due
            or self.new_claims
            or self.loaded.differences
            or self.post.ready
            or self.loaded.set_aside
            or self.awarded.problems
        )


@contextmanager
def rehearsal(project: Project, known: Iterable[int]) -> Iterator[Project]:
    """The same project over an excerpt of its ledger, with no web host: what is done there is forgotten.

    `known`: numbers of files that are not read again.
    """
    near = project.today + DELETION_NEAR
    with project.ledger.excerpt(project.today, near, known) as ledger:
        yield replace(project, ledger=ledger, settings=replace(project.settings, publish_to=""))


def plan_run(
    project: Project,
    files: Sequence[GivenFile],
    allow_removals: bool = False,
    mail_corrections: bool = False,
    mail_advice: bool = True,
    pictures: bool = False,
    looks_at_folders: bool = True,
) -> RunPlan:
    """What a run on these files would do, by activity and kind, and every problem; nothing is changed.

    `pictures`: those certificates that matter are made, for the review; `looks_at_folders`: all of vault and
    output/ is looked through for what does not belong there, which takes the longer the more there is.
    Raises SiteError, MailError and DocumentError where the theme cannot be used.
    """
    due = project.ledger.retention.due(project.today)
    with rehearsal(project, [file.known for file in files if file.known]) as trial:
        with trial.ledger.transaction():
            trial.ledger.retention.forget_due(project.today, project.at)
        mark_interrupted(trial)
        newest = trial.ledger.claims.newest()
        loaded = load(trial, files, allow_removals, keeps_rejects=False)
        new_claims = trial.ledger.claims.count_since(newest)
        for again in loaded.again:
            project.listener.step(again)
        awarded = award_files(trial, loaded.loads)
        gallery = Gallery(trial) if pictures else None
        made, unmade = _rendered(trial, gallery.see if gallery else _unseen)
        on_record = trial.ledger.messages.newest()
        not_told = queue_new(trial)
        if mail_corrections:
            queue_corrections(trial)
        advice = Wanted(trial).passed_over()
        if mail_advice:
            not_told = list(dict.fromkeys([*not_told, *queue_advice(trial)]))
        post = _post(project, trial, on_record)
        pictured = gallery.pictures(post.letters, composer(trial)) if gallery and gallery.seen else ()
    seen = survey_pages(project) if looks_at_folders else None
    found = [*look_around(project), *(stops_of_files(project, seen) if seen else ())]
    found += [*(stop for file in files for stop in file.stops), *loaded.stops]
    return RunPlan(
        files=tuple(files),
        loaded=loaded,
        awarded=awarded,
        cautions=replace(
            loaded.cautions,
            credit=awarded.cautions(),
            settings=[*(cautions(project.settings) if made else []), *advice, *mail_cautions(project)],
        ),
        signed=signed_words(project.settings) if made else "",
        sealed=seal_words(project, sum(count for *_, count in made)) if made else "",
        planned=(*made, *((*key, "withdraw", count) for key, count in sorted(awarded.withdrawn.items()))),
        unmade=unmade,
        not_told=tuple(not_told),
        due=tuple(due),
        new_claims=new_claims,
        post=post,
        stops=tuple(stop for stop in found if stop.name not in project.accepted),
        accepted=tuple(stop for stop in found if stop.name in project.accepted),
        pictures=pictured,
        survey=seen,
    )


def check_unchanged(files: Iterable[GivenFile]) -> None:
    """Raises IntakeError where a file is not the one that was planned any more."""
    for file in files:
        if digest_of(file.path, file.instructions) != file.sha256:
            raise IntakeError(
                f"{file.name} was changed after it was read, so nothing was done.",
                "Run again, and look at what it says now.",
            )


def _unseen(_pending: Pending) -> None:
    """Nobody looks at pictures."""


def _rendered(
    trial: Project, see: Callable[[Pending], None]
) -> tuple[tuple[tuple[str, str, str, int], ...], Unmade]:
    """(activity, kind, issue | correct | replace, certificates) of what waits to be rendered, and counts as
    rendered from here on; what of it cannot be: texts that no certificate takes, letters that no font has.
    """
    from pipeline.documents.check import foreseen

    theme, counts = design_of(trial.settings).theme, Counter[tuple[str, str, str]]()
    unmade, certificates = [], trial.ledger.certificates
    with trial.ledger.transaction():
        for one in certificates.pending():
            if problem := foreseen(one.facts, theme):
                unmade.append((one, problem))
                continue
            what = "correct" if one.version > 1 else "issue" if one.replaces is None else "replace"
            counts[one.facts.activity, one.facts.kind.value, what] += 1
            see(one)
            certificates.rendered(one, "", 0)
    return tuple((*key, count) for key, count in sorted(counts.items())), Unmade(tuple(unmade))


def _post(project: Project, trial: Project, on_record: int) -> Post:
    """What would be mailed; `on_record`: the newest message that was there before."""
    letters = tuple(_letters(trial, on_record))
    first = next((one for one in due_messages(trial, trial.now) if one.can_go), None)
    sample = composer(trial).preview(notice(trial, first)) if first else ""
    waiting = tuple(trial.ledger.messages.waiting_by_activity())
    days = days_needed(project, len(letters))
    return Post(letters, waiting, sample, days, folder_of_mail(project))


def _letters(trial: Project, on_record: int) -> Iterator[Letter]:
    ledger, after = trial.ledger, 0
    while some := ledger.messages.due(trial.now, PORTION, after):
        after = some[-1].id
        about = ledger.events.in_short([one.id for one in some])
        people = ledger.people.get_many([one.participant_id for one in some])
        in_doubt = ledger.people.in_doubt(people)
        for message in some:
            person, is_move = people[message.participant_id], message.occasion is Occasion.MOVED
            if not about[message.id] and not is_move:
                continue  # nothing is left that it could tell
            yield Letter(
                to=f"{person.name} <{message.email if is_move else person.email}>",
                occasion=message.occasion,
                about=tuple(event_words(message.occasion, *one) for one in about[message.id]),
                waits_for=why_waits(trial, message, person, in_doubt),
                is_new=message.id > on_record,
                message=message.id,
                participant=person.id,
            )
