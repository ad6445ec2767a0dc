"""certs merge: two records that are one person become one."""

from __future__ import annotations

from dataclasses import asdict

import click

from pipeline.cli.context import opened
from pipeline.cli.options import JSON, REASON, YES
from pipeline.cli.output import exit_if_problems, print_json, problem_objects, say, show_problems
from pipeline.cli.sent import in_trouble, send_now
from pipeline.cli.terminal import confirmed
from pipeline.rules.text import counted
from pipeline.workflow.merge import merge_records
from pipeline.workflow.merge_plan import MergePlan, foresee_merge
from pipeline.workflow.stops import refuse


@click.command()
@click.argument("who")
@click.argument("into")
@REASON
@click.option("--mail", "tell", is_flag=True, help="Mail the person, at the address that stays.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@YES
@JSON
def merge_command(
    who: str, into: str, reason: str, tell: bool, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Make one record of two that are one person: WHO becomes part of INTO.

    WHO and INTO are an address, a learner id or a certificate number each. Name, credentials and address of
    INTO stay; certificates, messages and the learner id of WHO are INTO's from then on, and the link of WHO
    leads there.

    \b
    certs merge ana@old.example ana@new.example --reason "asked by phone"
    """
    with opened(locked=not dry_run) as (project, console, _):
        plan = foresee_merge(project, who, into)
        if dry_run:
            if as_json:
                print_json(merge_object(plan))
            else:
                _show(plan)
            return
        refuse(project, plan.stops)
        if not plan.is_done and not yes:
            _show(plan)
            if not confirmed("Make one record of these two?"):
                return
        issued, messages = merge_records(project, plan, reason, tell)
        sent = send_now(project, console, messages, quiet=as_json)
        if as_json:
            print_json({**merge_object(plan), "problems": problem_objects(issued.problems)})
        else:
            show_problems(console, issued.problems)
            console.print(_done(plan, issued.corrected), markup=False)
    exit_if_problems(bool(issued.problems) or in_trouble(sent))


def _show(plan: MergePlan) -> None:
    """What would be done, for whoever is to say yes."""
    for line in plan.lines() if not plan.is_done else ("They are one record already.",):
        say(line)
    for stop in plan.stops:
        say(f"stop {stop.name}: {stop.text}")


def _done(plan: MergePlan, corrected: int) -> str:
    if plan.is_done:
        return "They are one record already; its pages and certificates are up to date."
    made = f" {counted(corrected, 'certificate')} made anew." if corrected else ""
    return f"{plan.who.name} <{plan.who.email}> is part of {plan.into.name} <{plan.into.email}> now.{made}"


def merge_object(plan: MergePlan) -> dict[str, object]:
    """What was planned, or done, as `certs merge --json` prints it."""
    return {
        **{
            name: {"email": one.email, "name": one.name, "learner_id": one.learner_id}
            for name, one in (("who", plan.who), ("into", plan.into))
        },
        "already": plan.is_done,
        "certificates": [asdict(one) for one in plan.certificates],
        "fields": [asdict(one) for one in plan.fields],
        "withheld": list(plan.withheld),
        "addresses": list(plan.addresses),
        "messages": plan.messages,
        "waiting": plan.waiting,
        "stops": [asdict(one) for one in plan.stops],
    }
