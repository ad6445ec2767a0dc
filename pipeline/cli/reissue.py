"""certs reissue: certificates made anew after a change of design."""

from __future__ import annotations

from contextlib import ExitStack

import click

from pipeline.cli.context import opened
from pipeline.cli.options import executor_options
from pipeline.cli.output import finish, show_problems
from pipeline.errors import CertsError
from pipeline.rules.text import counted
from pipeline.workflow import release
from pipeline.workflow.executor import rendering_executor
from pipeline.workflow.reissue import plan_reissue, to_reissue
from pipeline.workflow.release import publish_site
from pipeline.workflow.render import render


@click.command()
@click.option("--activity", help="Slug: only this activity's certificates.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@executor_options
def reissue_command(activity: str | None, yes: bool, worker_count: int | None, cluster: str | None) -> None:
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
        show_problems(console, issued.problems)
        console.print(
            f"{counted(planned, 'certificate was', 'certificates were')} made anew. Nobody was mailed."
        )
    finish(bool(issued.problems))
