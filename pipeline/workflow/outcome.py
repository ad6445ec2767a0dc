"""Judging claims, and what it means for the files of a run: loads in; counts and problems out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.rules.claims import Problem
from pipeline.workflow.issue import award
from pipeline.workflow.project import Project


@dataclass(frozen=True)
class Outcome:
    """In certificates of the claims that the files speak of."""

    unchanged: int
    withheld: int
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
    return Outcome(counts.unchanged(loads), counts.withheld(loads), tuple(problems))
