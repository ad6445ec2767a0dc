"""What lies at the web host, held against what must lie there: for `certs verify`, every byte of it."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline import publish
from pipeline.errors import PublishError
from pipeline.rules.text import counted
from pipeline.workflow.marks import access_of, look_at_host
from pipeline.workflow.project import Project
from pipeline.workflow.release import site_record


def faults_at_host(project: Project) -> Iterator[str]:
    """What the web host lacks, holds otherwise than output/ or holds besides, and a newer ledger's mark.

    Nothing where nothing was published yet; a host that does not answer is a fault. A folder is read, a host
    behind rsync compares digests, a bucket shows those that it keeps.
    """
    target = project.settings.publish_to
    if not target or not project.ledger.builds.has_published(target):
        return
    record = site_record(project, set())
    try:
        if stop := look_at_host(project):
            yield stop.text
        access = access_of(project.settings)
        found = publish.compare_host(project.settings.output_dir, target, record, access)
    except PublishError as error:
        yield f"the web host was not looked at: {error.message}"
        return
    if found.added:
        yield f"{target} lacks {counted(found.added, 'file')} of the site"
    if found.changed:
        yield f"{target} holds {counted(found.changed, 'file')} otherwise than output/"
    if found.removed:
        yield f"{target} holds {counted(len(found.removed), 'file')} that the site does not have"


def waiting_erasures(project: Project) -> list[str]:
    """Who asked to be erased and is not yet, as a sentence: something could not be removed everywhere."""
    people = project.ledger.retention.to_be_erased()
    if not people:
        return []
    whom = counted(people, "person who asked to be erased is", "people who asked to be erased are")
    return [f"{whom} not erased everywhere yet: certs run goes on with it"]
