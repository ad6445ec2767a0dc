"""certs run: the whole job, and its reconciliation as a table or JSON."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from pipeline.cli.check import run_forecast
from pipeline.cli.context import opened
from pipeline.cli.options import JSON, NAMES_WRITTEN, REMOVALS, SHEET, YES, executor_options
from pipeline.cli.output import (
    exit_if_problems,
    figure,
    print_json,
    problem_objects,
    say,
    show_problems,
    show_withheld,
)
from pipeline.cli.send import asker, fates, is_trouble, unsent
from pipeline.errors import CertsError
from pipeline.rules.certificates.activities import Kind
from pipeline.workflow.render import Renderers
from pipeline.workflow.run import Options, RunResult, run


@click.command()
@click.argument("claims", nargs=-1, type=click.Path(path_type=Path))
@YES
@click.option("--no-send", is_flag=True, help="Stop before mailing; the messages wait.")
@click.option("--dry-run", is_flag=True, help="Change nothing, show what would happen.")
@click.option("--limit", type=click.IntRange(1), help="Send at most so many messages.")
@click.option("--mail-corrections", is_flag=True, help="Also mail those whose certificates were corrected.")
@REMOVALS
@SHEET
@NAMES_WRITTEN
@executor_options
@JSON
def run_command(
    claims: tuple[Path, ...],
    yes: bool,
    no_send: bool,
    dry_run: bool,
    limit: int | None,
    mail_corrections: bool,
    allow_removals: bool,
    worker_count: int | None,
    cluster: str | None,
    as_json: bool,
) -> None:
    """Purge, load CLAIMS, issue, build, publish, ask, send, reconcile.

    Can be killed at any point and run again; with nothing new it does nothing. Without CLAIMS it goes on
    with what is on record.
    """
    if dry_run:
        run_forecast(claims, allow_removals, as_json)
        return
    options = Options(allow_removals, mail_corrections, limit, Renderers(worker_count, cluster))
    with opened(locked=True) as (project, console, terminal):
        done = run(project, claims, options, asker(yes, no_send, terminal))
        if as_json:
            print_json(run_object(done))
            for line in unsent(done.mailing):
                say(line)
        else:
            show_run(console, done)
    if done.mismatches:
        raise CertsError("The run does not add up; see above.", "Look closer with: certs verify")
    exit_if_problems(bool(done.problems) or is_trouble(done.mailing))


def certificate_counts(done: RunResult) -> dict[str, int]:
    """What became of rows and certificates, by the names that JSON has for it."""
    return {
        "rows": done.loaded.rows,
        "issued": done.issued.issued,
        "corrected": done.issued.corrected,
        "replaced": done.issued.replaced,
        "withheld": done.withheld,
        "unchanged": done.awarded.unchanged,
        "set_aside": done.loaded.set_aside,
        "expired": done.loaded.expired,
        "purged": done.purged,
    }


def show_run(console: Console, done: RunResult) -> None:
    """The reconciliation as a short table, each exception named under it."""
    show_problems(console, done.problems)
    show_withheld(console, done.awarded.waiting)
    for path in done.loaded.rejects:
        console.print(f"Rows set aside are in {path}: mend them there, then give that file to certs run.")
    made = Table(title="Certificates", title_justify="left", show_header=False, box=None, padding=(0, 2))
    for name, count in certificate_counts(done).items():
        made.add_row(name.replace("_", " "), figure(name, count))
        if name == "issued":
            for kind, number in done.issued.by_kind.items():
                if number:
                    made.add_row(f"[dim]  {Kind(kind).label}[/]", f"[dim]{number:,}[/]")
    console.print(made)
    mail = Table(title="Mail", title_justify="left", show_header=False, box=None, padding=(0, 2))
    dropped = done.mailing.sending.dropped
    for name, count in fates(done.mailing).items():
        mail.add_row("waiting" if name == "queued" else name, figure(name, count))
        if name == "failed" and dropped:
            mail.add_row("[dim]  not sent: no longer due[/]", f"[dim]{len(dropped):,}[/]")
    console.print(mail)
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
        "by_kind": dict(done.issued.by_kind),
        "problems": problem_objects(done.problems),
        "cautions": done.cautions.all(),
        "mismatches": done.mismatches,
    }
