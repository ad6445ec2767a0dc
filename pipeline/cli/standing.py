"""certs withdraw, reinstate: whether a certificate counts, of one or of all of an activity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import click

from pipeline.cli.context import alone, opened
from pipeline.cli.options import JSON, REASON, SHOWN_REASON, YES
from pipeline.cli.output import exit_if_problems, output_console, print_json, say, show_lines
from pipeline.cli.sent import in_trouble, send_now, show_sent_together
from pipeline.cli.terminal import confirmed
from pipeline.rules.text import counted
from pipeline.workflow import standing
from pipeline.workflow.project import Project
from pipeline.workflow.send import SentNow
from pipeline.workflow.sentences import left_lines, plan_lines
from pipeline.workflow.stops import look_around, refuse
from pipeline.workflow.together import (
    StandingPlan,
    preview_activity_reinstatement,
    preview_activity_withdrawal,
    reinstate_activity,
    withdraw_activity,
)


@dataclass(frozen=True)
class ActivityVerb:
    """What is done to all certificates of an activity, and its words."""

    preview: Callable[[Project, str], StandingPlan]
    deed: Callable[[Project, StandingPlan, str, bool], list[int]]
    question: str  # goes before "12 certificates of SLUG?"
    outcome: str  # comes after "12 certificates are"


WITHDRAW = ActivityVerb(preview_activity_withdrawal, withdraw_activity, "Withdraw", "withdrawn")
REINSTATE = ActivityVerb(
    preview_activity_reinstatement, reinstate_activity, "Make valid again", "valid again"
)

TELL_HOLDER = click.option("--mail", "tell", is_flag=True, help="Mail the holder that it is so.")
ACTIVITY = click.option("--activity", metavar="SLUG", help="Instead of NUMBER: all certificates of it.")
DRY_RUN = click.option(
    "--dry-run", is_flag=True, help="With --activity: say what it comes to; change nothing."
)


@click.command()
@click.argument("number", required=False)
@ACTIVITY
@TELL_HOLDER
@SHOWN_REASON
@DRY_RUN
@YES
@JSON
def withdraw_command(
    number: str | None, activity: str | None, tell: bool, reason: str, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Withdraw a certificate: the file goes; the holder's page and the verification page say so, and why.

    With --activity all certificates of an activity that was issued by mistake: what that comes to is shown,
    and asked about once. --mail then tells those whom mail had told of them, once each.

    \b
    certs withdraw 7XKQ-2M9F-04TZ-8PWA --reason "claimed by mistake"
    certs withdraw --activity spring-forum-2026 --reason "issued by mistake" --mail
    """
    if activity is None:
        _one(number, standing.withdraw, "is withdrawn", reason, tell, dry_run, as_json)
        return
    _check_either(number)
    _all_of(WITHDRAW, activity, reason, tell, dry_run, yes, as_json)


@click.command()
@click.argument("number", required=False)
@ACTIVITY
@TELL_HOLDER
@REASON
@DRY_RUN
@YES
@JSON
def reinstate_command(
    number: str | None, activity: str | None, tell: bool, reason: str, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Make a withdrawn certificate valid again.

    With --activity all that the last withdrawal of that activity took: what had been withdrawn alone before
    stays withdrawn.

    \b
    certs reinstate 7XKQ-2M9F-04TZ-8PWA --reason "it was right"
    certs reinstate --activity spring-forum-2026 --reason "it was right" --mail
    """
    if activity is None:
        _one(number, standing.reinstate, "is valid again", reason, tell, dry_run, as_json)
        return
    _check_either(number)
    _all_of(REINSTATE, activity, reason, tell, dry_run, yes, as_json)


def _check_either(number: str | None) -> None:
    if number is not None:
        raise click.UsageError("Give either NUMBER or --activity.")


def _one(
    number: str | None,
    deed: Callable[[Project, str, str, bool], tuple[str, list[int]]],
    outcome: str,
    reason: str,
    tell: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    if number is None:
        raise click.UsageError("Give the NUMBER of a certificate, or --activity SLUG.")
    if dry_run:
        raise click.UsageError("--dry-run goes with --activity.")
    with opened(locked=True) as (project, console, _):
        shown, messages = deed(project, number, reason, tell)
        if not as_json:
            console.print(f"{shown} {outcome}.")
        sent = send_now(project, console, messages, quiet=as_json)
        if as_json:
            print_json({"number": shown, "messages": messages_object(sent), "stops": []})
    exit_if_problems(in_trouble(sent))


def _all_of(
    verb: ActivityVerb, activity: str, reason: str, tell: bool, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Show what is planned, ask once, do it, tell whom it concerns."""
    with alone() as held:
        with held.looking() as project:
            plan = verb.preview(project, activity)
            found = [*look_around(project), *plan.stops]
            if not dry_run:
                refuse(project, found)
        if dry_run:
            _show_planned(plan, tell, as_json)
            return
        if not yes:
            for line in plan_lines(plan, tell):
                say(line)
            what = counted(len(plan.certificates), "certificate")
            if not confirmed(f"{verb.question} {what} of {activity}?"):
                return
        with held.acting(found) as project:
            messages = verb.deed(project, plan, reason, tell)
            console = output_console()
            sent = send_now(project, console, messages, quiet=True)
            if as_json:
                print_json({**standing_object(plan), "messages": messages_object(sent), "stops": []})
            else:
                done = counted(len(plan.certificates), "certificate is", "certificates are")
                console.print(f"{done} {verb.outcome}.")
                show_lines(console, left_lines(plan))
                show_sent_together(console, sent)
    exit_if_problems(in_trouble(sent))


def _show_planned(plan: StandingPlan, tell: bool, as_json: bool) -> None:
    if as_json:
        stops = [{"name": stop.name, "file": "", "rows": [], "text": stop.text} for stop in plan.stops]
        print_json({**standing_object(plan), "stops": stops})
        return
    lines = [*plan_lines(plan, tell), *(f"stop: {stop.name}: {stop.text}" for stop in plan.stops)]
    show_lines(output_console(), lines)


def standing_object(plan: StandingPlan) -> dict[str, object]:
    """What it comes to, as JSON."""
    return {
        "activity": plan.activity,
        "certificates": len(plan.certificates),
        "by_kind": dict(plan.by_kind),
        "people": len(plan.people),
        "mailed": len(plan.told),
        "left": [{"number": number, "reason": why} for number, why in plan.left],
    }


def messages_object(sent: SentNow) -> dict[str, int]:
    """How many of these messages came to which state."""
    return dict(Counter(one.state.value for one in sent.messages))
