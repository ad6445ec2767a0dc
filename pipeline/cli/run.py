"""certs run: the whole job, and its reconciliation as a table or JSON."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from pipeline.cli.check import run_forecast
from pipeline.cli.context import opened
from pipeline.cli.options import JSON, REMOVALS, YES, executor_options
from pipeline.cli.output import (
    COUNTS,
    FATES,
    figure,
    finish,
    print_json,
    problem_objects,
    say,
    show_problems,
    show_waiting,
)
from pipeline.cli.send import asker, show_question, unsent
from pipeline.errors import CertsError
from pipeline.rules.certificates.activities import LABELS, Kind
from pipeline.workflow.executor import rendering_executor
from pipeline.workflow.run import Options, Report, run


@click.command()
@click.argument("claims", nargs=-1, type=click.Path(path_type=Path))
@YES
@click.option("--no-send", is_flag=True, help="Stop before mailing; the messages wait.")
@click.option("--dry-run", is_flag=True, help="Change nothing, show what would happen.")
@click.option("--limit", type=click.IntRange(1), help="Send at most so many messages.")
@click.option("--mail-corrections", is_flag=True, help="Also mail those whose certificates were corrected.")
@REMOVALS
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
    from pipeline import documents  # with WeasyPrint, which takes a second to import

    with ExitStack() as stack:
        project, console, terminal = stack.enter_context(opened(locked=True))
        for family in documents.missing_fonts():
            terminal.step(f"missing font: {family}; names that need it cannot be drawn")
        executor = stack.enter_context(rendering_executor(project, worker_count, cluster))
        ask = asker(yes, no_send, lambda question: show_question(terminal.console, question))
        options = Options(allow_removals, mail_corrections, limit)
        report = run(project, claims, options, ask, executor)
        if as_json:
            print_json(report_object(report))
            for line in unsent(report):
                say(line)
        else:
            show_report(console, report)
    _finish_run(report)


def _finish_run(report: Report) -> None:
    if report.mismatches:
        raise CertsError("The run does not add up; see above.", "Look closer with: certs verify")
    finish(bool(report.problems or report.failed or report.unknown or report.halted))


def show_report(console: Console, report: Report) -> None:
    """The reconciliation as a short table, each exception named under it."""
    show_problems(console, report.problems)
    show_waiting(console, report.waiting)
    for path in report.rejects:
        console.print(f"Rows set aside are in {path}: mend them there, then give that file to certs run.")
    made = Table(title="Certificates", title_justify="left", show_header=False, box=None, padding=(0, 2))
    for name in COUNTS:
        made.add_row(name.replace("_", " "), figure(name, getattr(report, name)))
        if name == "issued":
            for kind, count in report.by_kind.items():
                if count:
                    made.add_row(f"[dim]  {LABELS[Kind(kind)]}[/]", f"[dim]{count:,}[/]")
    console.print(made)
    mail = Table(title="Mail", title_justify="left", show_header=False, box=None, padding=(0, 2))
    for name in FATES:
        mail.add_row("waiting" if name == "queued" else name, figure(name, getattr(report, name)))
        if name == "failed" and report.dropped:
            mail.add_row("[dim]  not sent: no longer due[/]", f"[dim]{len(report.dropped):,}[/]")
    console.print(mail)
    for line in unsent(report):
        console.print(line, markup=False)
    for mismatch in report.mismatches:
        console.print(f"[red]does not add up:[/] {mismatch}")
    if not report.mismatches:
        console.print("Everything adds up: certificates, files, links and messages agree.")


def report_object(report: Report) -> dict[str, object]:
    """CONTRACT's JSON of `certs run`."""
    counts = {name: getattr(report, name) for name in (*COUNTS, *FATES)}
    return {
        **counts,
        "by_kind": dict(report.by_kind),
        "problems": problem_objects(report.problems),
        "cautions": report.cautions,
        "mismatches": list(report.mismatches),
    }
