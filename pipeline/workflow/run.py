"""The main job as the business does it: purge, load, issue, build, publish, ask, send, reconcile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.intake import keep_earliest
from pipeline.mail import Refused, Summary
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.claims.claim import Problem
from pipeline.rules.messages.occasions import Fate
from pipeline.workflow.load import Loaded, load, open_files
from pipeline.workflow.outcome import Outcome, Waiting, judge
from pipeline.workflow.project import Project
from pipeline.workflow.reconcile import reconcile, reconcile_mail
from pipeline.workflow.release import build, publish_site
from pipeline.workflow.render import Issued, cautions, render
from pipeline.workflow.retention import purge
from pipeline.workflow.send import Question, question, send, send_nothing, settle_interrupted
from pipeline.workflow.tell import queue_corrections, queue_new


@dataclass(frozen=True)
class Options:
    """What the caller of `certs run` may choose."""

    allow_removals: bool = False
    mail_corrections: bool = False
    limit: int | None = None  # messages to send at most


@dataclass
class Report:
    """What a run did: the reconciliation. Field names are those of CONTRACT's JSON."""

    rows: int = 0
    issued: int = 0
    corrected: int = 0
    replaced: int = 0
    withheld: int = 0
    unchanged: int = 0
    set_aside: int = 0
    expired: int = 0
    purged: int = 0
    queued: int = 0
    sent: int = 0
    deferred: int = 0
    failed: int = 0
    unknown: int = 0
    by_kind: dict[str, int] = field(default_factory=lambda: {kind.value: 0 for kind in Kind})
    problems: list[Problem] = field(default_factory=list)
    cautions: list[str] = field(default_factory=list)  # what to know of and to decide; nothing is wrong
    rejects: list[Path] = field(default_factory=list)
    waiting_unasked: bool = False  # nobody could be asked: the messages wait
    waiting: tuple[Waiting, ...] = ()  # whose certificates are withheld, and why
    halted: str = ""  # why sending stopped before its end
    dropped: tuple[str, ...] = ()  # to whom, and why, a message was not sent as it is no longer due
    refused: tuple[Refused, ...] = ()  # messages that failed now
    unknown_before: int = 0  # messages of earlier runs whose outcome nobody knows
    failed_before: int = 0  # messages that failed in earlier runs, and nothing tells their certificates since
    held: Mapping[str, int] = field(default_factory=dict)  # why messages that are due wait, and how many
    held_anew: int = 0  # of these, how many were never tried
    put_off: int = 0  # messages to be tried again, deferred in this run or before
    next_due: dt.datetime | None = None  # when the first of them is due, in the college's time
    only: str = ""  # what was asked for with `certs send --only`
    mismatches: list[str] = field(default_factory=list)  # what does not add up; empty when all is well

    @property
    def fates(self) -> dict[Fate, int]:
        """Messages that are settled since this run, by their state in the ledger."""
        return {Fate.SENT: self.sent, Fate.FAILED: self.failed, Fate.UNKNOWN: self.unknown}


def run(
    project: Project,
    paths: Sequence[Path],
    options: Options,
    ask: Callable[[Question], bool | None],
    executor: Executor | None = None,
) -> Report:
    """The whole job. `ask` answers whether to send: yes, no, or None where nobody can be asked. The executor
    renders, and is shut down after that.

    Every step asks the ledger what is missing and does that: a run that was killed is simply run again.
    Raises IntakeError before any effect where a file cannot be understood at all.
    """
    files = open_files(project, paths)
    report = Report(purged=purge(project))
    settle_interrupted(project)
    loaded = load(project, files, options.allow_removals)
    loaded.rejects = keep_earliest(loaded.rejects)
    outcome = judge(project, loaded.loads)
    if project.ledger.certificates.pending_count():
        loaded.cautions.settings = cautions(project.settings)
    for caution in loaded.cautions.few():
        project.talk.step(caution)
    issued = render(project, executor)
    if executor is not None:
        executor.shutdown()  # its workers' memory is wanted for the pages
    report.problems = [*loaded.problems, *outcome.problems, *issued.problems, *queue_new(project)]
    if options.mail_corrections:
        queue_corrections(project)
    project.talk.step("building pages")
    built = build(project)
    publish_site(project)
    _count(report, loaded, outcome, issued)
    _ask_and_send(project, report, options, ask)
    report.mismatches += reconcile(project, built)
    return report


def _count(report: Report, loaded: Loaded, outcome: Outcome, issued: Issued) -> None:
    report.rows, report.set_aside, report.expired = loaded.rows, loaded.set_aside, loaded.expired
    report.rejects, report.cautions = loaded.rejects, loaded.cautions.all()
    report.issued, report.corrected, report.replaced = issued.issued, issued.corrected, issued.replaced
    report.by_kind = issued.by_kind
    report.withheld = outcome.withheld + issued.unmade.certificates
    report.unchanged, report.waiting = outcome.unchanged, outcome.waiting


def _ask_and_send(
    project: Project, report: Report, options: Options, ask: Callable[[Question], bool | None]
) -> None:
    asked = question(project)
    if asked is None:
        add_fates(report, send_nothing(project))
    else:
        answer = ask(asked)
        report.waiting_unasked = answer is None
        if answer:
            before = project.ledger.messages.counts()
            add_fates(report, send(project, options.limit))
            report.mismatches += reconcile_mail(before, project.ledger.messages.counts(), report.fates)
    left_waiting(project, report)


def left_waiting(project: Project, report: Report) -> None:
    """What is left to be sent, and what a person must look at."""
    counts = project.ledger.messages.counts()
    report.queued, report.put_off = counts.get("queued", 0), counts.get("deferred", 0)
    due = project.ledger.messages.next_due()
    report.next_due = due.astimezone(project.now.tzinfo) if due and due > project.now else None
    report.unknown_before = counts.get("unknown", 0) - report.unknown
    now = {one.id for one in report.refused}
    report.failed_before = sum(one.id not in now for one in project.ledger.messages.failed())


def add_fates(report: Report, sent: Summary) -> None:
    """What became of the messages of this run."""
    report.sent, report.deferred = sent.sent, sent.deferred
    report.failed, report.unknown = sent.failed, sent.unknown
    report.halted, report.dropped = sent.halted, sent.dropped
    report.refused = sent.refused
    report.held, report.held_anew = sent.held, sent.held_anew
