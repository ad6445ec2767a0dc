"""How far the ledger had come, kept at the web host: an older one that comes back with all beside it,
or on another machine, is noticed there.

The mark is left before anything else is done to the host, and once more before mail goes out. It is of what
is on the disk by then, so that a command may be killed at any moment: the ledger is never behind its mark.
"""

from __future__ import annotations

from contextlib import suppress

from pipeline import publish
from pipeline.errors import PublishError
from pipeline.rules.stops import Stop
from pipeline.workflow.project import Project
from pipeline.workflow.stops import as_mark, mark_bytes, older_than


def look_at_host(project: Project) -> Stop | None:
    """Was a newer ledger than this one published, or another? None after a restore, of which staff know.

    Raises PublishError where the host fails.
    """
    target = project.settings.publish_to
    if not target or project.ledger.origin.was_restored():
        return None
    return older_than(project, as_mark(publish.read_mark(target)), f"the web host {target}")


def leave_mark(project: Project) -> None:
    """Note at the web host how far the ledger has come, before mail goes out, which cannot be undone.

    A host that does not answer now is no reason to wait: the links that are mailed were proved to be live.
    """
    origin, target = project.ledger.origin, project.settings.publish_to
    if target and origin.is_shown():
        mark = origin.mark()
        with suppress(PublishError):
            publish.write_mark(target, mark_bytes(mark))
            with project.ledger.transaction():
                origin.note_shown(mark)
