"""The main job as the business does it: what was planned and approved is done, in the order of its steps."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace

from pipeline import processes
from pipeline.rules.claims.cautions import Cautions
from pipeline.rules.claims.claim import Problem
from pipeline.rules.messages.occasions import Fate
from pipeline.site import Survey
from pipeline.workflow.award import Awarded, award_files
from pipeline.workflow.backups import back_up_first
from pipeline.workflow.executor import rendering_executor
from pipeline.workflow.load import Loaded, load
from pipeline.workflow.opening import GivenFile
from pipeline.workflow.project import Project
from pipeline.workflow.release import release
from pipeline.workflow.render import FEW, Issued, Renderers, cautions, render, warn_of_missing_fonts
from pipeline.workflow.retention import purge
from pipeline.workflow.runs import note_figures, recorded_run
from pipeline.workflow.sealing import check_sealing
from pipeline.workflow.send import Mailing, ask_and_send, mark_interrupted, question
from pipeline.workflow.tell import queue_advice, queue_corrections, queue_new
from pipeline.workflow.verify import reconcile, reconcile_mail, without_mail


@dataclass(frozen=True)
class Options:
    """What the caller of `certs run` may choose."""

    allow_removals: bool = False
    mail_corrections: bool = False
    mail_advice: bool = True  # also about what is missing, and about records that will be deleted
    limit: int | None = None  # messages to send at most
    renderers: Renderers = field(default_factory=Renderers)


@dataclass(frozen=True)
class RunResult:
    """What a run did, by step."""

    purged: int  # certificates past retention, deleted
    loaded: Loaded
    awarded: Awarded
    cautions: Cautions  # what to know of and to decide; nothing is wrong
    issued: Issued
    not_told: list[Problem]  # people with new certificates who are not written to, and why
    mailing: Mailing
    unmailed: tuple[str, ...]  # people who have a page whose link nobody was ever mailed
    mismatches: list[str]  # what does not add up; empty when all is well

    @property
    def problems(self) -> list[Problem]:
        """Why rows were set aside, certificates not made, and people not told."""
        return [*self.loaded.problems, *self.awarded.problems, *self.issued.problems, *self.not_told]

    @property
    def withheld(self) -> int:
        """Certificates that wait for a requirement, and those that could not be made."""
        return self.awarded.withheld + self.issued.unmade.certificates


def run(
    project: Project,
    files: Sequence[GivenFile],
    options: Options,
    send: bool | None = None,
    survey: Survey | None = None,
) -> RunResult:
    """Everything after staff have seen the plan: purge, load, award, render, release, send, reconcile.

    `send`: whether to mail; None where nobody could be asked, so that the messages wait. `survey`: of the
    plan. Every step asks the ledger what is missing and does that: a run that was killed is simply run again.
    """
    if files or project.ledger.certificates.pending_count():  # retention and mail need no key
        check_sealing(project)  # one that cannot be used is said before anything is done
    back_up_first(project)
    warn_of_missing_fonts(project)
    with recorded_run(project, [file.name for file in files]) as recorded:
        return _run(recorded, files, options, send, survey)


def _run(
    project: Project,
    files: Sequence[GivenFile],
    options: Options,
    send: bool | None,
    survey: Survey | None,
) -> RunResult:
    with rendering_executor(project, options.renderers) as executor:
        purged = purge(project)
        mark_interrupted(project)
        newest = project.ledger.claims.newest()
        loaded = load(project, files, options.allow_removals)
        if isinstance(executor, ProcessPoolExecutor) and project.ledger.claims.count_since(newest) > FEW:
            processes.make_ready()
        awarded = award_files(project, loaded.loads)
        taken = {"rows": loaded.rows, "set_aside": loaded.set_aside, "expired": loaded.expired}
        note_figures(project, {"purged": purged, **taken})
        noted = replace(loaded.cautions, credit=awarded.cautions())
        if project.ledger.certificates.pending_count():
            noted = replace(noted, settings=cautions(project.settings))
        issued = render(project, executor)
    note_figures(project, _made(awarded, issued))
    # The workers have ended: their memory is wanted for the pages, and for those that help there.
    not_told = queue_new(project)
    if options.mail_corrections:
        queue_corrections(project)
    if options.mail_advice:
        not_told = list(dict.fromkeys([*not_told, *queue_advice(project)]))
    project.listener.step("building pages")
    built = release(project, is_rescued=True, survey=survey, workers=options.renderers.workers)
    before = project.ledger.messages.counts()
    mailing = ask_and_send(project, question(project), lambda _: send, limit=options.limit)
    sending = mailing.sending
    fates = {Fate.SENT: sending.sent, Fate.FAILED: sending.failed, Fate.UNKNOWN: sending.unknown}
    note_figures(project, _mailed(mailing))
    mismatches = reconcile_mail(before, project.ledger.messages.counts(), fates)
    mismatches += reconcile(project, built)
    unmailed = without_mail(project)
    return RunResult(purged, loaded, awarded, noted, issued, not_told, mailing, unmailed, mismatches)


def _made(awarded: Awarded, issued: Issued) -> dict[str, int]:
    """What became of certificates."""
    return {
        "issued": issued.issued,
        "corrected": issued.corrected,
        "replaced": issued.replaced,
        "withdrawn": sum(awarded.withdrawn.values()),
        "withheld": awarded.withheld + issued.unmade.certificates,
        "unchanged": awarded.unchanged,
    }


def _mailed(mailing: Mailing) -> dict[str, int]:
    """What became of messages; those written into a folder were sent to nobody."""
    sending = mailing.sending
    return {
        "written" if sending.folder else "sent": sending.sent,
        "deferred": sending.deferred,
        "failed": sending.failed,
        "unknown": sending.unknown,
        "queued": mailing.left.queued,
    }
