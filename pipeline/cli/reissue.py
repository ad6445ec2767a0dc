"""certs reissue: certificates made anew after a change of design."""

from __future__ import annotations

import click

from pipeline.cli.context import alone
from pipeline.cli.options import JSON, executor_options
from pipeline.cli.output import (
    exit_if_problems,
    output_console,
    print_json,
    problem_objects,
    say,
    show_problems,
)
from pipeline.cli.terminal import confirmed
from pipeline.rules.text import counted
from pipeline.workflow.reissue import ReissuePlan, foresee_reissue, reissue
from pipeline.workflow.render import Renderers
from pipeline.workflow.stops import look_around, refuse


@click.command()
@click.option("--activity", help="Slug: only this activity's certificates.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@executor_options
@JSON
def reissue_command(
    activity: str | None, yes: bool, worker_count: int | None, cluster: str | None, as_json: bool
) -> None:
    """Render issued certificates anew after a change of design; numbers, dates and links stay.

    \b
    certs reissue --activity convergence-2025
    """
    with alone() as held:
        with held.looking() as project:
            plan = foresee_reissue(project, activity)
            found = [*look_around(project), *plan.stops]
            refuse(project, found)
        if not yes and not _is_wanted(plan):
            return
        with held.acting(found) as project:
            done = reissue(project, activity, Renderers(worker_count, cluster))
    if as_json:
        print_json({"reissued": done.planned, "problems": problem_objects(done.problems), "stops": []})
    else:
        show_problems(output_console(), done.problems)
        made = counted(done.planned, "certificate was", "certificates were")
        output_console().print(f"{made} made anew. Nobody was mailed.")
    exit_if_problems(bool(done.problems))


def _is_wanted(plan: ReissuePlan) -> bool:
    for slug, count in sorted(plan.certificates.items()):
        say(f"{slug}: {counted(count, 'certificate')}")
    return confirmed(f"Make {counted(plan.certificates.total(), 'certificate')} anew?")
