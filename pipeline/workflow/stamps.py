"""A stamp for each private page that must exist: it changes when what the page shows changes."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline import site
from pipeline.workflow.project import Project


def page_stamps(project: Project, people: Sequence[int] | None = None) -> dict[str, str]:
    """Every private page that must exist today, or these participants', with its stamp."""
    settings = project.settings
    look = site.theme_digest(settings.root, settings.site_url)
    return project.ledger.pages.stamps(project.today, look, project.catalog_digest(), people)
