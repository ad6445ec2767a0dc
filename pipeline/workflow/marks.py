"""How far the ledger had come, kept at the web host: an older one that comes back with all beside it,
or on another machine, is noticed there.

The mark is left before anything else is done to the host, and once more before mail goes out. It is of what
is on the disk by then, so that a command may be killed at any moment: the ledger is never behind its mark.
"""

from __future__ import annotations

from contextlib import suppress

from pipeline import publish
from pipeline.errors import PublishError
from pipeline.publish import Access
from pipeline.rules.stops import Stop
from pipeline.settings import Settings
from pipeline.workflow.project import Project
from pipeline.workflow.stops import as_mark, mark_bytes, older_than


def access_of(settings: Settings) -> Access:
    """How PUBLISH_TO is reached where it is a bucket."""
    return Access(
        settings.publish_endpoint,
        settings.publish_region,
        settings.publish_style,
        settings.publish_account,
        settings.publish_secret,
        settings.publish_key_file,
    )


def look_at_host(project: Project) -> Stop | None:
    """Was a newer ledger than this one published, or another? None after a restore, of which staff know.

    Raises PublishError where the host fails.
    """
    if not project.settings.publish_to or project.ledger.origin.was_restored():
        return None
    return judge_mark(project, mark_at_host(project))


def mark_at_host(project: Project) -> bytes | None:
    """What was last left at the web host; behind rsync it is asked once. Raises PublishError."""
    target = project.settings.publish_to
    if target not in project.marks:
        seen = publish.read_mark(target, access_of(project.settings))
        if not publish.is_remote(target):
            return seen
        project.marks[target] = seen
    return project.marks[target]


def judge_mark(project: Project, seen: bytes | None) -> Stop | None:
    """Is what was found at the web host of a newer ledger, or of another? None after a restore."""
    if project.ledger.origin.was_restored():
        return None
    return older_than(project, as_mark(seen), f"the web host {project.settings.publish_to}")


def left_there(project: Project, seen: bytes | None) -> bool:
    """Whether this ledger left what was found at the web host, and what it noted of the host holds."""
    mark, origin = as_mark(seen), project.ledger.origin
    return mark is not None and origin.left(mark) and not origin.was_restored()


def leave_mark(project: Project) -> None:
    """Note at the web host how far the ledger has come, before mail goes out, which cannot be undone.

    A host that does not answer now is no reason to wait: the links that are mailed were proved to be live.
    """
    origin, target = project.ledger.origin, project.settings.publish_to
    mark = origin.mark()
    if target and origin.is_shown() and project.marks.get(target) != mark_bytes(mark):
        with suppress(PublishError):
            publish.write_mark(target, mark_bytes(mark), access_of(project.settings))
            with project.ledger.transaction():
                origin.note_shown(mark)
