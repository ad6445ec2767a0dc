"""Claims files are recognised before anything of any is used, by what headers mean here; so are rejects."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.errors import IntakeError, SettingsError
from pipeline.intake import ClaimsFile, ToForget, forget_in_rejects, open_claims
from pipeline.intake.exports import load_sources
from pipeline.rules.claims.activity_names import ActivityNames
from pipeline.rules.claims.columns import read_column_map
from pipeline.rules.claims.export_source import Meanings
from pipeline.rules.claims.forgotten import ForgottenPerson
from pipeline.workflow.project import Project


def open_files(project: Project, paths: Iterable[Path]) -> list[ClaimsFile]:
    """Recognise every file before anything of any is used. Raises IntakeError, SettingsError."""
    meanings = _meanings(project)
    name = project.settings.zone_of_claims
    zone = ZoneInfo(name) if name else None
    files = [
        open_claims(path, meanings, project.catalog, project.today, project.instructions, zone)
        for path in paths
    ]
    for file in files:
        project.listener.step(str(file))
        for name in file.missing:
            project.listener.step(
                f"the file has no column {name}: a certificate that needs it waits for a file that has"
            )
        if unused := unused_columns(file):
            project.listener.step(
                f"columns not used: {', '.join(unused)} "
                "(if one matters, say what it means: COLUMN_MAP in .env)"
            )
        if reason := file.judge.activities.explain_none(file.activities):
            raise IntakeError(
                f"{file.name} cannot be used: {reason}{'' if reason.endswith('?') else '.'}",
                f"The activities are {', '.join(sorted(project.catalog))}: mend the file, or add the "
                "activity to content/activities/."
                if project.catalog
                else "There is no activity yet. To write one: certs activities new",
            )
    return files


def _requirements(project: Project) -> set[str]:
    return {name for activity in project.catalog.values() for name in activity.requirements}


def unused_columns(file: ClaimsFile) -> list[str]:
    """Columns that nothing is made of: no activity asks for them."""
    return [name for name in file.columns.others if name not in file.used]


def _column_map(project: Project) -> dict[str, str]:
    column_map, wrong = read_column_map(project.settings.column_map, _requirements(project))
    if wrong:
        raise SettingsError(
            f"COLUMN_MAP: {'; '.join(wrong)}",
            "Write it as Learner Mail=email, Points=cme_credits, Suffix=unused.",
        )
    return column_map


def _meanings(project: Project) -> Meanings:
    """What headers mean here. Raises CatalogError, SettingsError, and CertsError for an unknown activity."""
    project.check_activity(project.instructions.activity or None)
    sources = load_sources(project.settings.content, project.catalog)
    return Meanings(
        _column_map(project), sources, project.instructions.activity, tuple(sorted(_requirements(project)))
    )


def clean_rejects(project: Project, people: Collection[ForgottenPerson]) -> None:
    """Take rows of people who are forgotten, and rows past retention, out of the rejects files."""
    activities, meanings = ActivityNames(project.catalog), _meanings(project)
    folder = project.settings.data_dir / "rejects"
    forget_in_rejects(folder, ToForget(project.today, activities, people, meanings))
