"""Pages built from the ledger; and retention: what is past its day leaves host, site, vault, mail, ledger."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline import site
from pipeline.ledger import Due, Forgotten
from pipeline.mail import maildir_remove
from pipeline.rules.text import counted
from pipeline.rules.web.pages import PageFile
from pipeline.site import Built, SiteJob
from pipeline.workflow.load import scrub
from pipeline.workflow.project import Project
from pipeline.workflow.publishing import page_stamps, publish_site
from pipeline.workflow.recovery import places_of_lost, rescue, rescue_all, take_back


def build(project: Project, thorough: bool = False, people: Sequence[int] | None = None) -> Built:
    """Bring output/ to what the ledger says: pages, links to PDFs, nothing else. Renders no certificate.

    A participant's row past retention is not shown even before it is deleted. `thorough`: look at every
    file, not only at what changed. `people`: look only at the pages of these participants, and at those whose
    links were closed, so that the help desk does not wait for six years of pages to be looked at. What the
    vault lost is put back before anything goes from output/, where the last copy may lie.
    """
    settings, ledger = project.settings, project.ledger
    stamps = page_stamps(project, people)
    gone = None if people is None else ledger.pages.gone()
    noted = ledger.pages.built(None if gone is None else [*stamps, *gone])
    job = SiteJob(
        root=settings.root,
        output=settings.output_dir,
        site_url=settings.site_url,
        today=project.today,
        stamps=stamps,
        built=noted,
        gone=gone,
        persons=lambda tokens: ledger.pages.persons(tokens, project.catalog, project.today),
        verifications=lambda numbers: ledger.pages.verifications(numbers, project.today),
        files=lambda tokens: ledger.pages.files(tokens, project.today),
        link=project.vault.link,
        holds=lambda file, copy: _is_vault_file(project, file, copy, thorough),
        wrote=lambda written: _record(project, written),
        thorough=thorough,
    )
    if gone is None:
        rescue_all(project)
    else:
        rescue(project, [*stamps, *gone])
    built = site.build(job)
    if people is None:
        with ledger.transaction():
            ledger.pages.keep_only(stamps)
    return built


def _record(project: Project, written: Mapping[str, str]) -> None:
    with project.ledger.transaction():
        project.ledger.pages.record(written)


def _is_vault_file(project: Project, file: PageFile, copy: os.DirEntry[str], thorough: bool) -> bool:
    """A hard link to the vault's own file is right for sure. A copy on another disk is taken for right by its
    size; who is `thorough` reads it."""
    try:
        kept = project.vault.path(file.sha256).stat()
    except OSError:
        return False  # so that linking it says that it is missing
    found = copy.stat(follow_symlinks=False)
    if (kept.st_ino, kept.st_dev) == (found.st_ino, found.st_dev):
        return True
    if found.st_size != file.size:
        return False
    if thorough:
        return hashlib.sha256(Path(copy.path).read_bytes()).hexdigest() == file.sha256
    return kept.st_nlink == 1


def purge(project: Project) -> int:
    """Retention, first thing in each run; how many certificates were deleted.

    The order keeps the promise (DESIGN 12): away from the host, proved gone, then forgotten. A run that is
    killed in between finds the same rows due and goes on. What lies in the vault and is nobody's goes as
    well: a run that was killed between storing a PDF and recording it left it where no rule would see it.
    """
    ledger = project.ledger
    known, there = ledger.certificates.stored(), set(project.vault.digests())
    project.vault.delete(there - known)
    if known - there:  # output/ or the host may hold the very bytes: the vault has them back
        take_back(project, places_of_lost(project, known - there), ledger.pages.gone())
        build(project, thorough=True)  # what else lies in its place is offered to nobody
    due = ledger.retention.due(project.today)
    if not due:
        scrub(project, ())  # rows that were set aside may be past retention all the same
        return 0
    project.talk.step(f"past retention: {_counts(due)}")
    build(project)
    publish_site(project)
    with ledger.transaction():
        forget_files(project, ledger.retention.forget_due(project.today, project.at))
        ledger.audit.write(project.at, project.actor, "purge", _counts(due))
    ledger.scrub()
    return sum(one.certificates for one in due)


def forget_files(project: Project, forgotten: Forgotten) -> None:
    """Remove from vault, outbox and rejects what the ledger is about to forget.

    Within the ledger's transaction: a run that is killed here still knows what it was about to remove.
    """
    settings = project.settings
    project.vault.delete(forgotten.digests)
    maildir_remove(settings.data_dir / "outbox", forgotten.message_ids)
    scrub(project, forgotten.people)


def _counts(due: list[Due]) -> str:
    certificates = sum(one.certificates for one in due)
    claims = sum(one.claims for one in due)
    activities = counted(len({one.activity for one in due}), "activity", "activities")
    return f"{counted(certificates, 'certificate')}, {counted(claims, 'claim')} of {activities}"
