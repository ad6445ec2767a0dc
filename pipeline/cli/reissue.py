"""certs reissue: certificates made anew after a change of design."""

from __future__ import annotations

from collections import Counter

import click

from pipeline.cli.context import opened
from pipeline.cli.options import executor_options
from pipeline.cli.output import exit_if_problems, say, show_problems
from pipeline.rules.text import counted
from pipeline.workflow.reissue import reissue
from pipeline.workflow.render import Renderers


@click.command()
@click.option("--activity", help="Slug: only this activity's certificates.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@executor_options
def reissue_command(activity: str | None, yes: bool, worker_count: int | None, cluster: str | None) -> None:
    """Render issued certificates anew after a change of design; numbers, dates and links stay."""

    def ask(found: Counter[str]) -> bool:
        for slug, count in sorted(found.items()):
            say(f"{slug}: {counted(count, 'certificate')}")
        return click.confirm(f"Make {counted(found.total(), 'certificate')} anew?", err=True)

    with opened(locked=True) as (project, console, _):
        done = reissue(project, activity, Renderers(worker_count, cluster), None if yes else ask)
        if done is None:
            raise click.Abort
        show_problems(console, done.problems)
        made = counted(done.planned, "certificate was", "certificates were")
        console.print(f"{made} made anew. Nobody was mailed.")
    exit_if_problems(bool(done.problems))
