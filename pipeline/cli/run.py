"""certs run: the whole job, and its reconciliation as a table or JSON."""

from __future__ import annotations

import sys
from dataclasses import asdict
from enum import Enum
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from pipeline.cli.check import check
from pipeline.cli.context import alone
from pipeline.cli.options import ABOUT, JSON, NAMES_WRITTEN, REMOVALS, REVIEW, SHEET, YES, executor_options
from pipeline.cli.output import (
    exit_if_problems,
    figure,
    from_here,
    not_awarded_objects,
    output_console,
    print_json,
    problem_objects,
    say,
    show_lines,
    show_problems,
)
from pipeline.cli.plan import say_where, show_plan, wanted_review
from pipeline.cli.send import folder_object
from pipeline.errors import CertsError, StoppedError
from pipeline.rules.certificates.activities import Kind
from pipeline.workflow.opening import open_files
from pipeline.workflow.plan import RunPlan, check_unchanged, plan_run
from pipeline.workflow.release import check_host
from pipeline.workflow.render import Renderers
from pipeline.workflow.review import review
from pipeline.workflow.run import Options, RunResult, run
from pipeline.workflow.sentences import certificate_counts, fates, is_trouble, unmailed_lines, unsent

INTERRUPTED = 130  # exit status of who stops a program with Ctrl-C


@click.command()
@click.argument("claims", nargs=-1, type=click.Path(path_type=Path))
@YES
@click.option("--no-send", is_flag=True, help="Stop before mailing; the messages wait.")
@click.option("--dry-run", is_flag=True, help="Change nothing, show what would happen.")
@click.option("--limit", type=click.IntRange(1), help="Send at most so many messages.")
@click.option("--mail-corrections", is_flag=True, help="Also mail those whose certificates were corrected.")
@click.option(
    "--no-advice", is_flag=True, help="Mail nobody about what is missing, or a record that will be deleted."
)
@REMOVALS
@ABOUT
@SHEET
@NAMES_WRITTEN
@REVIEW
@executor_options
@JSON
def run_command(
    claims: tuple[Path, ...],
    yes: bool,
    no_send: bool,
    dry_run: bool,
    limit: int | None,
    mail_corrections: bool,
    no_advice: bool,
    allow_removals: bool,
    worker_count: int | None,
    cluster: str | None,
    as_json: bool,
) -> None:
    """Show what CLAIMS come to, ask once, then purge, load, issue, build, publish, send, reconcile.

    Can be killed at any point and run again; with nothing new it does nothing. Without CLAIMS it goes on
    with what is on record.

    \b
    certs run claims.csv              shows the plan and asks
    certs run claims.csv --dry-run    shows the plan alone
    certs run claims.csv --no-send    issues and publishes; the mail waits for: certs send
    certs run claims.csv --yes        asks nobody
    """
    if dry_run:
        check(claims, as_json, allow_removals, mail_corrections, not no_advice)
        return
    options = Options(
        allow_removals, mail_corrections, not no_advice, limit, Renderers(worker_count, cluster)
    )
    console = output_console()
    with alone() as held:
        with held.looking() as project:
            files = open_files(project, claims)
            check_host(project)
            place = wanted_review(project)
            plan = plan_run(project, files, allow_removals, mail_corrections, not no_advice, pictures=True)
            reviewed = review(project, plan, place)
        show_plan(held.terminal.console if as_json else console, plan, whole=False)
        say_where(reviewed.path)
        if plan.stops:
            raise StoppedError([asdict(stop) for stop in plan.stops])
        answer = _answer(plan, yes, no_send)
        if answer in (Answer.NO, Answer.INTERRUPTED):
            reviewed.undo()
            say("Nothing was done.")
            click.get_current_context().exit(INTERRUPTED if answer is Answer.INTERRUPTED else 0)
        check_unchanged(files)
        with held.acting(plan.accepted, keeps_review=reviewed.is_usual) as project:
            done = run(project, files, options, SEND[answer], plan.survey)
    if as_json:
        print_json(run_object(done))
        for line in unsent(done.mailing):
            say(line)
    else:
        show_run(console, done, plan)
    if done.mismatches:
        raise CertsError("The run does not add up; see above.", "Look closer with: certs verify")
    exit_if_problems(bool(done.problems) or is_trouble(done.mailing))


class Answer(Enum):
    """What staff say to a plan."""

    YES = "y"
    NO = "n"
    MAIL_LATER = "i"
    INTERRUPTED = "^C"
    NOBODY = ""  # nobody is there to be asked: what is sure is done, and the mail waits


SEND = {Answer.YES: True, Answer.MAIL_LATER: False, Answer.NOBODY: None}


def _answer(plan: RunPlan, yes: bool, no_send: bool) -> Answer:
    """What staff say to the plan, on a terminal, unless they have said it on the command line."""
    wanted = Answer.MAIL_LATER if no_send else Answer.YES
    if yes or plan.does_nothing:
        return wanted
    if not sys.stdin.isatty():
        return Answer.MAIL_LATER if no_send else Answer.NOBODY
    mails = plan.post.ready and not no_send
    what = "[y]es, [n]o, [i]ssue and publish, mail later" if mails else "[y]es, [n]o"
    while True:
        try:
            click.echo(f"Go on? {what}: ", err=True, nl=False)
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            click.echo(err=True)
            return Answer.INTERRUPTED
        said = line.strip().casefold()
        if not line or said in ("n", "no"):
            return Answer.NO
        if said in ("y", "yes"):
            return wanted
        if said == "i" and mails:
            return Answer.MAIL_LATER


def show_run(console: Console, done: RunResult, plan: RunPlan) -> None:
    """The reconciliation as a short table, each exception that the plan did not name under it."""
    known = {*plan.problems}
    show_problems(console, [one for one in done.problems if one not in known])
    for path in done.loaded.rejects:
        console.print(
            f"Rows set aside are in {from_here(path)}: mend them there, then give that file to certs run."
        )
    made = Table(title="Certificates", title_justify="left", show_header=False, box=None, padding=(0, 2))
    for name, count in {**certificate_counts(done), "not_taken": len(done.loaded.not_taken)}.items():
        if count:
            made.add_row(name.replace("_", " "), figure(name, count))
        if name == "issued":
            for kind, number in done.issued.by_kind.items():
                if number:
                    made.add_row(f"[dim]  {Kind(kind).label}[/]", f"[dim]{number:,}[/]")
    if made.row_count:
        console.print(made)
    mail = Table(title="Mail", title_justify="left", show_header=False, box=None, padding=(0, 2))
    dropped = done.mailing.sending.dropped
    folder = done.mailing.sending.folder
    labels = {"queued": "waiting", **({"sent": f"written to {folder}"} if folder else {})}
    for name, count in fates(done.mailing).items():
        if count:
            mail.add_row(labels.get(name, name), figure(name, count))
        if name == "failed" and dropped:
            mail.add_row("[dim]  not sent: no longer due[/]", f"[dim]{len(dropped):,}[/]")
    if done.unmailed:
        mail.add_row("pages whose link nobody was mailed", figure("unmailed", len(done.unmailed)))
    if mail.row_count:
        console.print(mail)
    show_lines(console, unmailed_lines(done.unmailed))
    for line in unsent(done.mailing):
        console.print(line, markup=False)
    for mismatch in done.mismatches:
        console.print(f"[red]does not add up:[/] {mismatch}")
    if not done.mismatches:
        console.print("Everything adds up: certificates, files, links and messages agree.")


def run_object(done: RunResult) -> dict[str, object]:
    """What `certs run --json` prints."""
    return {
        **certificate_counts(done),
        **fates(done.mailing),
        **folder_object(done.mailing),
        "unmailed": list(done.unmailed),
        "by_kind": dict(done.issued.by_kind),
        "problems": problem_objects(done.problems),
        "not_taken": problem_objects(done.loaded.not_taken),
        "cautions": done.cautions.all(),
        "not_awarded": not_awarded_objects(done.awarded.not_awarded),
        "mismatches": done.mismatches,
        "stops": [],
    }
