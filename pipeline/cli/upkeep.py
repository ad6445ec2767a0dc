"""The commands of upkeep: backup, restore, reissue."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from pathlib import Path

import click

from pipeline.cli import actor, current_settings, finish, main, opened, show
from pipeline.cli.rendering import executor_options
from pipeline.errors import CertsError
from pipeline.lock import lock
from pipeline.rules.text import counted
from pipeline.workflow import backup, release, restore, retention
from pipeline.workflow.executor import rendering_executor
from pipeline.workflow.reissue import plan_reissue, to_reissue
from pipeline.workflow.release import publish_site
from pipeline.workflow.render import render


@main.command("backup", short_help="Write ledger and vault into one consistent FILE.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
def backup_command(file: Path, force: bool) -> None:
    """Write ledger and vault into one consistent FILE, while a run may go on.

    The file holds personal data that retention does not reach: keep it safe, and not for long.
    """
    with opened(locked=False) as (project, console, _):
        made = backup.backup(project, file, force)
        held = f"{counted(made.pdfs, 'certificate')}, each version counted"
        console.print(f"{file}: the ledger and {held}. Delete it when a newer one is there.")


@main.command("restore", short_help="Put a backup in place, then apply retention.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--force", is_flag=True, help="Replace the ledger that is there.")
def restore_command(file: Path, force: bool) -> None:
    """Put the backup FILE in place of ledger and vault, then apply retention before anything else."""
    settings = current_settings()
    at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with lock(settings.data_dir / "lock", actor(), at):
        made = restore.restore(settings, file, force, at, actor())
    with opened(locked=True) as (project, console, _):
        purged = retention.purge(project)
        release.build(project)
        console.print(f"Restored: {counted(made.pdfs, 'certificate')}; past retention, and gone: {purged}.")
        if made.blind:
            console.print(
                "What was done since the backup is not known: erase, withdraw and rotate again where you did "
                "since then; else erased people and leaked links are back."
            )
        unknown = project.ledger.messages.counts().get("unknown", 0)
        if unknown:
            console.print(
                f"{counted(unknown, 'message')} may have been sent since the backup: see certs status."
            )


@main.command(short_help="Render certificates anew after a change of design.")
@click.option("--activity", help="Slug: only this activity's certificates.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@executor_options
def reissue(activity: str | None, yes: bool, worker_count: int | None, cluster: str | None) -> None:
    """Render issued certificates anew after a change of design; numbers, dates and links stay."""
    with ExitStack() as stack:
        project, console, _ = stack.enter_context(opened(locked=True))
        if activity is not None and activity not in project.catalog:
            raise CertsError(
                f'There is no activity "{activity}".', f"There are {', '.join(sorted(project.catalog))}."
            )
        if not yes:
            found = to_reissue(project, activity)
            for slug, count in sorted(found.items()):
                click.echo(f"{slug}: {counted(count, 'certificate')}", err=True)
            click.confirm(f"Make {counted(found.total(), 'certificate')} anew?", abort=True, err=True)
        executor = stack.enter_context(rendering_executor(project, worker_count, cluster))
        planned = plan_reissue(project, activity)
        issued = render(project, executor)
        release.build(project)
        publish_site(project)
        show.show_problems(console, issued.problems)
        console.print(
            f"{counted(planned, 'certificate was', 'certificates were')} made anew. Nobody was mailed."
        )
    finish(bool(issued.problems))
