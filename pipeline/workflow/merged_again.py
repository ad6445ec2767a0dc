"""What a backup does not know of records that became one, pages tell: one link leads to the other's page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from pipeline.ledger import Participant
from pipeline.rules.places import PERSONS
from pipeline.rules.web.shown import read_forward_page
from pipeline.workflow.findings import PAGE, SECOND
from pipeline.workflow.merge import put_on_record
from pipeline.workflow.merge_plan import plan_merge
from pipeline.workflow.project import Project

REASON = "the page said so when the ledger was lost"


def merge_again(project: Project, newest: dt.datetime | None) -> None:
    """Make one record again of two that are two in a backup, where a page that was written since leads from
    the one to the other. Belongs before what pages tell is looked at: what is on a page is one person's.

    `newest`: when the ledger was last used.
    """
    for token, to in _forwards(project, newest):
        people = [_at(project, one) for one in (token, to)]
        match people:
            case [Participant() as other, Participant() as mine] if other.id != mine.id:
                with project.ledger.transaction():
                    put_on_record(project, plan_merge(project, other, mine), None, REASON)
                project.listener.step("one record again: two that had become one since")
            case _:
                continue


def keep_links(project: Project, forwards: Mapping[str, str]) -> None:
    """Links that led to people's pages lead there again, where nothing else is known of the records that they
    were of. Belongs in a transaction. `forwards`: token -> token of the page that it leads to."""
    for token, to in forwards.items():
        mine = _at(project, to)
        if mine is not None and _at(project, token) is None:
            project.ledger.merging.keep_link(token, mine.id, project.today)


def _forwards(project: Project, newest: dt.datetime | None) -> Iterator[tuple[str, str]]:
    for page in sorted((project.settings.output_dir / PERSONS).glob(f"*/{PAGE}")):
        if page.is_symlink() or page.parent.is_symlink():
            continue
        if newest is not None and page.stat().st_mtime <= newest.timestamp() + SECOND:
            continue
        if to := read_forward_page(page.read_text(encoding="utf-8", errors="replace")):
            yield page.parent.name, to


def _at(project: Project, token: str) -> Participant | None:
    """Whose page, or whose former link, it is."""
    ids = project.ledger.rebuilding.people_at(token)
    return project.ledger.people.get(ids.pop()) if ids else None
