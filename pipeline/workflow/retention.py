"""What is past its day leaves the web host, the site, the vault, the outbox and the ledger, in this order."""

from __future__ import annotations

from pipeline.ledger import Due
from pipeline.mail import maildir_remove
from pipeline.rules.stops import Stop, stray_output, unknown_files
from pipeline.rules.text import conjoined, counted
from pipeline.site import Survey
from pipeline.workflow.aside import let_go_of_taken_back, set_aside, tidy_aside
from pipeline.workflow.opening import clean_rejects
from pipeline.workflow.pages import shown_paths
from pipeline.workflow.project import Project
from pipeline.workflow.recovery import take_all_back
from pipeline.workflow.release import build_pages, release
from pipeline.workflow.render import BATCH
from pipeline.workflow.stops import heed

__all__ = ["Due", "purge", "stops_of_files"]


def purge(project: Project) -> int:
    """Retention, first thing in each run; how many certificates were deleted.

    Away from the host, proved gone, then forgotten: a run that is killed in between goes on with these rows.
    PDFs in the vault that the ledger does not know go aside. Raises StoppedError where they are more than a
    killed run can have left.
    """
    ledger = project.ledger
    if ledger.is_trial:
        due = ledger.retention.due(project.today)
        ledger.retention.forget_due(project.today, project.at)
        return sum(one.certificates for one in due)
    with ledger.transaction():
        ledger.parting.forget_notes(project.today)
    let_go_of_taken_back(project)
    stored = project.vault.look(ledger.certificates.digests)
    heed(project, unknown_files(len(stored.unknown), BATCH))
    set_aside(project, stored.unknown)
    tidy_aside(project)
    if take_all_back(project, stored):
        build_pages(project)  # what else lies in its place is offered to nobody
    due = ledger.retention.due(project.today)
    if not due:
        clean_rejects(project, ())  # rows that were set aside may be past retention all the same
        return 0
    project.listener.step(f"deleting {_counts(due)}")
    if people := ledger.retention.to_be_erased():
        project.listener.step(f"to be erased on request: {counted(people, 'person', 'people')}")
    with ledger.transaction():
        for page in ledger.retention.due_pages(project.today):
            ledger.builds.note_gone(
                page
            )  # whether or not it is on record as published: a backup may have come back
    release(project, is_rescued=True)
    with ledger.transaction():
        # Files go before the commit: a run that is killed here still knows what it was about to remove.
        forgotten = ledger.retention.forget_due(project.today, project.at)
        project.vault.delete(forgotten.digests)
        maildir_remove(project.settings.data_dir / "outbox", forgotten.message_ids)
        clean_rejects(project, forgotten.people)
        project.on_record("purge", _counts(due))
    ledger.wipe_deleted()
    return sum(one.certificates for one in due)


def stops_of_files(project: Project, seen: Survey) -> list[Stop]:
    """PDFs in the vault that the ledger does not know, and what was seen among the pages and is none."""
    unknown = project.vault.look_at_names(project.ledger.certificates).unknown
    unknown -= {*project.ledger.undoing.taken_back()}  # what the next run deletes
    found = [unknown_files(len(unknown), BATCH), stray_output(shown_paths(project, seen.strays))]
    return [stop for stop in found if stop is not None]


def _counts(due: list[Due]) -> str:
    certificates, claims = sum(one.certificates for one in due), sum(one.claims for one in due)
    what = [counted(certificates, "certificate")] if certificates else []
    activities = counted(len({one.activity for one in due}), "activity", "activities")
    return f"{conjoined([*what, counted(claims, 'claim')])} of {activities}"
