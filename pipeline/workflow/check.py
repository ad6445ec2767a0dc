"""What a run on claims files would do: all of it is tried on a copy of the ledger that is thrown away."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.ledger import Due, Ledger
from pipeline.rules.claims.cautions import Cautions
from pipeline.rules.claims.claim import Problem
from pipeline.rules.stops import Stop
from pipeline.workflow.award import Awarded, award_files
from pipeline.workflow.find import FOUND
from pipeline.workflow.load import Loaded, load, open_files
from pipeline.workflow.project import REHEARSAL, Project
from pipeline.workflow.render import Unmade, cautions, design_of
from pipeline.workflow.stops import look_around


@dataclass(frozen=True)
class Forecast:
    """What a run on these files would do."""

    loaded: Loaded
    awarded: Awarded
    cautions: Cautions  # what to know of and to decide
    planned: list[tuple[str, str, str, int]]  # activity, kind, issue | correct | replace, certificates
    unmade: Unmade  # certificates that could not be made
    due: list[Due]  # past retention in the ledger
    told: int  # people who would be mailed that they have new certificates
    first_told: tuple[str, ...]  # the first of them, each with what it is about
    waiting_mails: int  # messages on record that would be sent, too
    stops: list[Stop]  # what a run would stop for before it did any of this

    @property
    def problems(self) -> list[Problem]:
        """Why rows would be set aside, and certificates not made."""
        return [*self.loaded.problems, *self.awarded.problems, *self.unmade.problems]

    @property
    def withheld(self) -> int:
        """Certificates that would wait for a requirement, and those that could not be made."""
        return self.awarded.withheld + self.unmade.certificates


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
        awarded = award_files(trial, loaded.loads)
        planned, unmade, new = _planned(trial)
        first_told = tuple(_told(trial, new))
    return Forecast(
        loaded=loaded,
        awarded=awarded,
        cautions=replace(loaded.cautions, settings=cautions(project.settings) if planned else []),
        planned=planned,
        unmade=unmade,
        due=project.ledger.retention.due(project.today),
        told=len(new),
        first_told=first_told,
        waiting_mails=project.ledger.messages.due_count(project.now),
        stops=[stop for stop in look_around(project) if stop.name not in project.accepted],
    )


def _told(trial: Project, new: Mapping[int, Sequence[str]]) -> Iterator[str]:
    """Who would be mailed about what, of the first so many."""
    for participant, about in itertools.islice(new.items(), FOUND):
        person, waits = trial.ledger.people.get(participant), ""
        if trial.ledger.people.in_doubt(participant):
            waits = "; waits, as a newer file shows the address with somebody else"
        elif person.bounced:
            waits = "; waits, as the address bounces"
        yield f"{person.name} <{person.email}>: {', '.join(about)}{waits}"


def _planned(project: Project) -> tuple[list[tuple[str, str, str, int]], Unmade, dict[int, list[str]]]:
    """(activity, kind, issue | correct | replace, certificates) of what waits to be rendered; what of it
    cannot be: texts that no certificate takes, letters that no font here has; what is new, by participant.
    """
    from pipeline.documents.check import foreseen  # with WeasyPrint, which takes a second to import

    theme, counts = design_of(project.settings).theme, Counter[tuple[str, str, str]]()
    unmade, new = Unmade(), dict[int, list[str]]()
    for one in project.ledger.certificates.pending():
        facts = one.facts
        if problem := foreseen(facts, theme):
            unmade.add(one, problem)
            continue
        what = "correct" if one.version > 1 else "issue" if one.replaces is None else "replace"
        counts[facts.activity, facts.kind.value, what] += 1
        if one.version == 1:
            new.setdefault(one.participant_id, []).append(f"{facts.kind.label} ({facts.activity})")
    return [(*key, count) for key, count in sorted(counts.items())], unmade, new
