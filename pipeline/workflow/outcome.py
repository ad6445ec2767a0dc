"""Judging claims, and what it means for the files of a run: loads in; counts and problems out."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.rules.claims.claim import Problem
from pipeline.workflow.award import award
from pipeline.workflow.project import Project

FIRST = 20  # people named one by one


@dataclass(frozen=True)
class Waiting:
    """Whose certificates of one activity wait for the same requirements."""

    activity: str
    missing: tuple[str, ...]  # requirement column names
    people: int
    first: tuple[str, ...]  # the first of them, as "Name <address>"


@dataclass(frozen=True)
class Outcome:
    """In certificates of the claims that the files speak of."""

    unchanged: int
    withheld: int
    waiting: tuple[Waiting, ...]  # what is withheld, by activity and requirement
    by_kind: Mapping[
        tuple[str, str, tuple[str, ...]], int
    ]  # the same: activity, kind, missing -> certificates
    problems: tuple[Problem, ...]  # withdrawn now, or withdrawn and claimed again


def judge(project: Project, loads: Sequence[int]) -> Outcome:
    """Plan what claims are due; nothing is rendered yet. Withdrawals are never silent."""
    counts = project.ledger.counts
    before = counts.removed()
    award(project)
    problems = [
        Problem(activity, 0, "certificate", f"{why}: certificate {number} withdrawn")
        for number, (activity, why) in counts.removed().items()
        if number not in before
    ]
    for activity, number in counts.claimed_again(loads):
        reason = f"certificate {number} is withdrawn, but claimed again; use: certs reinstate {number}"
        problems.append(Problem(activity, 0, "certificate", reason))
    by_kind: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
    people: dict[tuple[str, tuple[str, ...]], dict[str, None]] = {}
    for activity, who, waits in counts.waiting(loads):
        by_kind[activity, waits.kind.value, waits.missing] += 1
        people.setdefault((activity, waits.missing), {})[who] = None
    waiting = (
        Waiting(*key, len(names), tuple(itertools.islice(names, FIRST)))
        for key, names in sorted(people.items())
    )
    withheld = counts.withheld(loads)
    return Outcome(counts.unchanged(loads), withheld, tuple(waiting), by_kind, tuple(problems))
