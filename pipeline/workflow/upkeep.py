"""Looking without touching: find a person, the state of things, what would happen, does everything agree."""

from __future__ import annotations

import datetime as dt
import itertools
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.errors import VaultError
from pipeline.ledger import Due, Ledger, Message, Participant
from pipeline.rules.certificates.numbers import read_number
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.text import counted
from pipeline.rules.web.pages import PageFile, PersonPage
from pipeline.workflow.issue import PLANNED, Unmade, cautions
from pipeline.workflow.load import Loaded, load, open_files
from pipeline.workflow.mailing import held
from pipeline.workflow.outcome import Waiting, judge
from pipeline.workflow.project import REHEARSAL, Project

FOUND = 20  # people shown at most


@dataclass
class Forecast:
    """What a run on these files would do."""

    loaded: Loaded
    planned: list[tuple[str, str, str, int]]  # activity, kind, issue | correct | replace, certificates
    withheld: Mapping[tuple[str, str, tuple[str, ...]], int]  # activity, kind, missing -> certificates
    waiting: tuple[Waiting, ...]  # whose they are
    due: list[Due] = field(default_factory=list)  # past retention in the ledger
    unchanged: int = 0
    withheld_certificates: int = 0
    told: int = 0  # people who would be mailed that they have new certificates
    first_told: tuple[str, ...] = ()  # the first of them, each with what it is about
    waiting_mails: int = 0  # messages on record that would be sent, too


@contextmanager
def rehearsal(project: Project) -> Iterator[Project]:
    """The same project over a copy of its ledger: whatever is done there is forgotten."""
    with TemporaryDirectory(prefix=f"{REHEARSAL}{os.getpid()}-", dir=project.settings.data_dir) as folder:
        path = Path(folder) / "ledger.sqlite3"
        project.ledger.copy_to(path)
        settings = replace(project.settings, data_dir=Path(folder))
        with Ledger(path) as ledger:
            yield replace(project, ledger=ledger, settings=settings)


def forecast(project: Project, paths: Sequence[Path], allow_removals: bool = False) -> Forecast:
    """What a run on these files would do, by activity and kind, and every problem; nothing is changed.

    Raises IntakeError where a file cannot be understood at all.
    """
    with rehearsal(project) as trial:
        loaded = load(trial, open_files(trial, paths), allow_removals)
        loaded.rejects = []  # written in the trial's folder, gone with it
        outcome = judge(trial, loaded.loads)
        planned, unmade, new = _planned(trial)
        due = project.ledger.retention.due(project.today)
        found = Forecast(loaded, planned, outcome.by_kind, outcome.waiting, due=due)
        found.told, found.first_told = len(new), tuple(_told(trial, new))
    found.waiting_mails = project.ledger.messages.due_count(project.now)
    loaded.cautions.settings = cautions(project.settings) if planned else []
    loaded.problems += [*outcome.problems, *unmade.problems]
    found.unchanged, found.withheld_certificates = outcome.unchanged, outcome.withheld + unmade.certificates
    return found


def _told(trial: Project, new: Mapping[int, Sequence[str]]) -> Iterator[str]:
    """Who would be mailed about what, of the first so many."""
    for participant, about in itertools.islice(new.items(), FOUND):
        person, waits = trial.ledger.people.get(participant), ""
        if trial.ledger.messages.in_doubt(participant, person.email):
            waits = "; waits, as a newer file shows the address with somebody else"
        elif person.bounced:
            waits = "; waits, as the address bounces"
        yield f"{person.name} <{person.email}>: {', '.join(about)}{waits}"


def _planned(project: Project) -> tuple[list[tuple[str, str, str, int]], Unmade, dict[int, list[str]]]:
    """(activity, kind, issue | correct | replace, certificates) of what waits to be rendered; what of it
    cannot be: texts that no certificate takes, letters that no font here has; what is new, by participant.
    """
    from pipeline.documents.check import foreseen  # with WeasyPrint, which takes a second to import

    counts: Counter[tuple[str, str, str]] = Counter()
    unmade, after, new = Unmade(), (0, 0), dict[int, list[str]]()
    while some := project.ledger.certificates.pending(PLANNED, after):
        after = (some[-1].certificate_id, some[-1].version)
        for one in some:
            facts = one.facts
            if problem := foreseen(facts, project.design.theme):
                unmade.add(one, problem)
                continue
            what = "correct" if one.version > 1 else "issue" if one.replaces is None else "replace"
            counts[facts.activity, facts.kind.value, what] += 1
            if one.version == 1:
                new.setdefault(one.participant_id, []).append(f"{facts.kind.label} ({facts.activity})")
    return [(*key, count) for key, count in sorted(counts.items())], unmade, new


@dataclass(frozen=True)
class Person:
    """What `certs find` shows of somebody."""

    participant: Participant
    former: tuple[str, ...]  # addresses they were seen with besides the one on record
    page: PersonPage
    messages: tuple[Message, ...]


def find(project: Project, text: str, limit: int = FOUND) -> list[Person]:
    """People by address, part or misspelling of a name, learner id or certificate number; likeliest first."""
    people = project.ledger.search.people(text, read_number(text), limit)
    return [describe(project, person) for person in people]


def describe(project: Project, person: Participant) -> Person:
    """Everything the help desk sees of one participant."""
    ledger = project.ledger
    page = next(iter(ledger.pages.persons([person.token], project.catalog, project.today)))
    former = tuple(one for one in ledger.people.addresses(person.id) if one != person.email)
    return Person(person, former, page, tuple(ledger.messages.of(person.id)))


@dataclass(frozen=True)
class Status:
    """The state of things, in figures; of what failed, the messages themselves."""

    totals: dict[str, int]
    messages: dict[str, int]  # by state
    waiting: tuple[tuple[str, str, int], ...]  # activity, occasion, messages
    held: Mapping[str, int]  # why messages wait for a person, and how many
    next_due: dt.datetime | None  # when the first message that was put off is tried again
    failed: tuple[Message, ...]  # those whose certificates no later message tells of
    unknown: tuple[Message, ...]
    problems: tuple[tuple[str, str, str], ...]  # name, activity, why a certificate could not be made
    expiring: dict[int, int]  # within so many days -> certificates
    due: int  # certificates past retention that the next run deletes


def status(project: Project) -> Status:
    """Counts, what waits, what failed and why, what expires next."""
    ledger = project.ledger
    due = ledger.messages.next_due()
    return Status(
        totals=ledger.totals(),
        messages=ledger.messages.counts(),
        waiting=tuple(ledger.messages.waiting_by_activity()),
        held=held(project),
        next_due=due.astimezone(project.now.tzinfo) if due else None,
        failed=tuple(ledger.messages.failed()),
        unknown=tuple(ledger.messages.in_state(Fate.UNKNOWN)),
        problems=tuple(ledger.certificates.problems()),
        expiring={
            days: ledger.retention.expiring(project.today, project.today + dt.timedelta(days=days))
            for days in (30, 90, 365)
        },
        due=sum(one.certificates for one in ledger.retention.due(project.today)),
    )


def verify(project: Project) -> list[str]:
    """Every fault that recomputing everything finds: audit trail, ledger, vault and output, byte for byte."""
    ledger, vault = project.ledger, project.vault
    faults = list(ledger.audit.faults())
    if not ledger.is_sound():
        faults.append("the ledger's file is damaged: SQLite finds it inconsistent")
    faults += vault.faults(ledger.certificates.digests())
    faults += _faults_of_output(project)
    return faults


def _faults_of_output(project: Project) -> Iterator[str]:
    """Pages and PDFs that are missing, differ, or belong to nobody."""
    output, pages = project.settings.output_dir, project.ledger.pages
    stamps = pages.stamps(project.today, "", "")
    for kind in ("c", "verify"):
        names = sorted(path.partition("/")[2] for path in stamps if path.startswith(f"{kind}/"))
        there = {path.name for path in (output / kind).iterdir()} if (output / kind).is_dir() else set()
        if stray := there.difference(names):
            yield f"output/{kind}/ has {counted(len(stray), 'folder')} of nobody's"
        lacking = sum(not (output / kind / name / "index.html").is_file() for name in names)
        if lacking:
            yield f"output/{kind}/ lacks {counted(lacking, 'page')}"
        if kind == "c":
            for at in range(0, len(names), 500):
                for token, files in pages.files(names[at : at + 500], project.today).items():
                    yield from _faults_of_files(project, output / kind / token, files)


def _faults_of_files(project: Project, folder: Path, files: Sequence[PageFile]) -> Iterator[str]:
    for file in files:
        try:
            same = (folder / file.name).read_bytes() == project.vault.read(file.sha256)
        except (OSError, VaultError):
            same = False
        if not same:
            yield f"output/: the copy of {file.sha256[:12]}... differs or is missing"
    there = {path.name for path in folder.glob("*.pdf")} if folder.is_dir() else set()
    if stray := there.difference(file.name for file in files):
        what = counted(len(stray), "file that its page does", "files that their page does")
        yield f"output/ has {what} not offer"
