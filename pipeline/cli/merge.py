"""certs merge: two records that are one person become one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import click

from pipeline.cli.context import opened
from pipeline.cli.options import JSON, REASON, YES
from pipeline.cli.output import exit_if_problems, print_json, problem_objects, say, show_lines, show_problems
from pipeline.cli.sent import in_trouble, send_now
from pipeline.cli.terminal import confirmed
from pipeline.rules.text import counted
from pipeline.workflow.merge import PartingPlan, foresee_parting, merge_records, part_records
from pipeline.workflow.merge_plan import MergePlan, foresee_merge
from pipeline.workflow.stops import refuse


@click.command()
@click.argument("who")
@click.argument("into", required=False)
@REASON
@click.option("--mail", "tell", is_flag=True, help="Mail the person, at the address that stays.")
@click.option("--undo", is_flag=True, help="Part the record again that became part of WHO's today.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@YES
@JSON
def merge_command(
    who: str,
    into: str | None,
    reason: str,
    tell: bool,
    undo: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Make one record of two that are one person: WHO becomes part of INTO.

    WHO and INTO are an address, a learner id or a certificate number each. Name, credentials and address of
    INTO stay; certificates, messages and the learner id of WHO are INTO's from then on, and the link of WHO
    leads there.

    \b
    certs merge ana@old.example ana@new.example --reason "asked by phone"
    certs merge --undo ana@new.example --reason "two people"
    """
    if undo == (into is not None):
        raise click.UsageError("Name two records, WHO and INTO; with --undo the one that both are now.")
    if into is None:
        _part(who, reason, dry_run, yes, as_json)
    else:
        _merge(who, into, reason, tell, dry_run, yes, as_json)


def _merge(who: str, into: str, reason: str, tell: bool, dry_run: bool, yes: bool, as_json: bool) -> None:
    with opened(locked=not dry_run) as (project, console, _):
        plan = foresee_merge(project, who, into)
        if dry_run:
            if as_json:
                print_json(merge_object(plan))
            else:
                show_lines(console, _plan_lines(plan))
            return
        refuse(project, plan.stops)
        if not plan.is_done and not yes:
            for line in _plan_lines(plan):
                say(line)
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


def _part(who: str, reason: str, dry_run: bool, yes: bool, as_json: bool) -> None:
    with opened(locked=not dry_run) as (project, console, _):
        plan = foresee_parting(project, who)
        if dry_run:
            if as_json:
                print_json(parting_object(plan))
            else:
                show_lines(console, plan.lines())
            return
        if not yes:
            for line in plan.lines():
                say(line)
        if not yes and not confirmed("Make two records of this one again?"):
            return
        issued, messages = part_records(project, plan, reason)
        sent = send_now(project, console, messages, quiet=as_json)
        if as_json:
            print_json({**parting_object(plan), "problems": problem_objects(issued.problems)})
        else:
            show_problems(console, issued.problems)
            console.print(f"{plan.record.name} and {plan.into.name} have two records again.", markup=False)
            if plan.told:
                console.print(f"Told of the other one's certificates: {', '.join(plan.told)}", markup=False)
    exit_if_problems(bool(issued.problems) or in_trouble(sent))


def parting_object(plan: PartingPlan) -> dict[str, object]:
    """What was planned, or done, as `certs merge --undo --json` prints it."""
    record, into = plan.record, plan.into
    return {
        "who": {"email": record.email, "name": record.name, "learner_id": record.learner_id},
        "into": {"email": into.email, "name": into.name, "learner_id": into.learner_id},
        "told": list(plan.told),
    }


def _plan_lines(plan: MergePlan) -> Iterator[str]:
    """What would be done, for whoever is to say yes."""
    if plan.is_done:
        yield "They are one record already."
    else:
        yield from plan.lines()
    for stop in plan.stops:
        yield f"stop {stop.name}: {stop.text}"


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
