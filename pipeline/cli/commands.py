"""The commands of the pipeline: run, check, send, build, purge, status, proof, preview, verify."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import click

from pipeline import preview
from pipeline.cli import current_settings, finish, main, opened, output_console, print_json, show
from pipeline.cli.rendering import executor_options
from pipeline.errors import CertsError
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.text import counted
from pipeline.rules.web import headers
from pipeline.workflow import check, proof, release, retention, send, status, verify
from pipeline.workflow.executor import rendering_executor
from pipeline.workflow.run import Options, Report, add_fates, left_waiting, run
from pipeline.workflow.send import Question

CLAIMS = click.argument("claims", nargs=-1, type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
YES = click.option("--yes", is_flag=True, help="Send without asking.")
REMOVALS = click.option(
    "--allow-removals", is_flag=True, help="Let empty cells remove credit that is on record."
)


def asker(
    yes: bool, no_send: bool, show_question: Callable[[Question], None]
) -> Callable[[Question], bool | None]:
    """How a run asks: not at all, or once on the terminal; None where nobody is there."""

    def ask(question: Question) -> bool | None:
        if yes or no_send:
            return yes and not no_send
        if not sys.stdin.isatty():
            return None
        show_question(question)
        return click.confirm(f"Send {counted(question.total, 'message')} now?", default=False, err=True)

    return ask


@main.command("run", short_help="The whole job: load, issue, build, publish, ask, send.")
@CLAIMS
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
        _forecast(claims, allow_removals, as_json)
        return
    from pipeline import documents  # with WeasyPrint, which takes a second to import

    with ExitStack() as stack:
        project, console, terminal = stack.enter_context(opened(locked=True))
        for family in documents.missing_fonts():
            terminal.step(f"missing font: {family}; names that need it cannot be drawn")
        executor = stack.enter_context(rendering_executor(project, worker_count, cluster))
        ask = asker(yes, no_send, lambda question: show.show_question(terminal.console, question))
        options = Options(allow_removals, mail_corrections, limit)
        report = run(project, claims, options, ask, executor)
        if as_json:
            print_json(show.report_object(report))
            for line in show.unsent(report):
                show.say(line)
        else:
            show.show_report(console, report)
    _finish_run(report)


def _finish_run(report: Report) -> None:
    if report.mismatches:
        raise CertsError("The run does not add up; see above.", "Look closer with: certs verify")
    finish(bool(report.problems or report.failed or report.unknown or report.halted))


@main.command("check", short_help="What a run on CLAIMS would do, and every problem; reads only.")
@click.argument("claims", nargs=-1, required=True, type=click.Path(path_type=Path))
@REMOVALS
@JSON
def check_command(claims: tuple[Path, ...], allow_removals: bool, as_json: bool) -> None:
    """Read CLAIMS only: what a run would issue, correct and withhold, and every problem. Changes nothing."""
    _forecast(claims, allow_removals, as_json)


def _forecast(claims: tuple[Path, ...], allow_removals: bool, as_json: bool) -> None:
    with opened(locked=False) as (project, console, _):
        found = check.forecast(project, claims, allow_removals)
        if as_json:
            print_json(show.forecast_object(found))
        else:
            show.show_forecast(console, found)
    finish(bool(found.loaded.problems))


@main.command("send")
@YES
@click.option("--limit", type=click.IntRange(1), help="Send at most so many messages.")
@click.option(
    "--only",
    type=click.Choice(["unknown", "failed"]),
    help="Send those again whose outcome is not known, or that failed.",
)
@click.option("--dry-run", is_flag=True, help="Print who would get what; send nothing.")
@JSON
def send_command(yes: bool, limit: int | None, only: str | None, dry_run: bool, as_json: bool) -> None:
    """Mail what waits, and try again what is due."""
    fate = Fate(only) if only else None
    with opened(locked=not dry_run) as (project, console, terminal):
        if dry_run:
            lines = list(send.waiting_lines(project, limit, fate))
            for line in lines or ["Nothing can be sent now."]:
                console.print(line, markup=False)
            for line in send.held_lines(send.held(project)):
                console.print(line, markup=False)
            return
        send.settle_interrupted(project)
        question = send.question(project, fate)
        report = Report(only=only or "")
        if question is None:
            add_fates(report, send.send_nothing(project, fate))
        else:
            release.build(project)  # a killed command may have left the page of a new link to be built
            answer = asker(yes, False, lambda asked: show.show_question(terminal.console, asked))(question)
            report.waiting_unasked = answer is None
            if answer:
                add_fates(report, send.send(project, limit, fate))
        left_waiting(project, report)
    fates = {name: getattr(report, name) for name in show.FATES}
    if as_json:
        print_json(fates)
    else:
        output_console().print(", ".join(f"{count} {name}" for name, count in fates.items()))
    for line in show.unsent(report):
        show.say(line)
    finish(bool(report.failed or report.unknown or report.halted))


@main.command(short_help="Make pages and links again from ledger and vault.")
def build() -> None:
    """Make pages and links again from ledger and vault; renders no certificate, mails nobody."""
    with opened(locked=True) as (project, console, _):
        built = release.build(project, thorough=True)
        console.print(
            f"{counted(len(built.written), 'private page')} and "
            f"{counted(built.public_written, 'public file')} written, "
            f"{counted(built.linked, 'PDF')} linked, "
            f"{counted(built.unchanged, 'page')} unchanged, "
            f"{counted(built.removed, 'file')} removed."
        )


@main.command(short_help="Delete what is more than six years past its activity.")
@click.option("--dry-run", is_flag=True, help="List what is past retention; delete nothing.")
def purge(dry_run: bool) -> None:
    """Delete what is more than six years past the date of its activity."""
    with opened(locked=not dry_run) as (project, console, _):
        due = project.ledger.retention.due(project.today)
        for one in due:
            console.print(
                f"{counted(one.certificates, 'certificate')} of {one.activity} "
                f"({one.activity_date}): {one.rule}"
            )
        if not dry_run:
            retention.purge(project)
        total = sum(one.certificates for one in due)
        console.print(f"{counted(total, 'certificate')} {'would be deleted' if dry_run else 'deleted'}.")


@main.command("status")
@JSON
def status_command(as_json: bool) -> None:
    """Counts, what waits, what failed and why, what expires next."""
    with opened(locked=False) as (project, console, _):
        found = status.status(project)
        if as_json:
            print_json(show.status_object(found))
        else:
            show.show_status(console, found)


@main.command("verify", short_help="Recompute everything: does it all agree, byte for byte?")
def verify_command() -> None:
    """Recompute everything: ledger, vault, output and audit trail agree, byte for byte."""
    with opened(locked=True) as (project, console, _):
        faults = verify.verify(project)
        for fault in faults:
            console.print(fault, markup=False)
    if faults:
        raise CertsError(
            f"{counted(len(faults), 'fault')} found.",
            "certs build mends output/, certs run takes back what the host has; the rest needs a backup.",
        )
    console.print("Ledger, vault, output and audit trail agree.")


@main.command("proof", short_help="Make the five kinds with made-up names, for sign-off.")
@click.option("--activity", help="Slug of the activity to show; else a made-up one.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("proof"), help="Folder; default: proof.")
def proof_command(activity: str | None, out: Path) -> None:
    """Make the five kinds with made-up names as PDF and PNG, and one contact sheet, for sign-off."""
    with opened(locked=False) as (project, console, _):
        for path in proof.proof(project, activity, out):
            console.print(path)


@main.command("preview", short_help="Serve the site on this machine alone.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, help="Default: 8000.")
def preview_command(port: int) -> None:
    """Serve the site on loopback, with the headers the web host must send, without listings."""
    settings = current_settings()
    try:
        server = preview.serve(settings.output_dir, port, settings.site_url)
    except OSError as error:
        raise CertsError(
            f"Port {port} cannot be used: {os.strerror(error.errno or 0)}.",
            "Choose another: certs preview --port 8001",
        ) from error
    click.echo(
        f"The site is at http://localhost:{server.server_address[1]}/ until you press Ctrl-C.", err=True
    )
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        click.echo("", err=True)
    finally:
        server.server_close()


@main.command("publish", short_help="Bring output/ to the web host, then prove that it is there.")
@click.option("--full", is_flag=True, help="Look at every file, byte for byte, not only at what changed.")
@click.option(
    "--allow-removals",
    "allow",
    type=click.IntRange(0),
    default=0,
    help="Agree to so many unexplained removals.",
)
@click.option(
    "--leave-old-host",
    is_flag=True,
    help="PUBLISH_TO was changed, and you have taken the site away from the former host yourself.",
)
def publish_command(full: bool, allow: int, leave_old_host: bool) -> None:
    """Bring output/ to the web host (PUBLISH_TO), then prove that links are live and removed ones gone."""
    with opened(locked=True) as (project, console, _):
        left = release.leave_old_host(project) if leave_old_host else {}
        for target, count in left.items():
            console.print(
                f"{counted(count, 'private page was', 'private pages were')} published to {target}: "
                "certs never removes them now, nor checks that they are gone.",
                markup=False,
            )
        changes = release.publish_site(project, full, allow)
        if changes is None and left:
            return
        if changes is None:
            raise CertsError("PUBLISH_TO is empty: there is no web host to publish to.", "Name it in .env.")
        console.print(
            f"{counted(changes.added, 'file')} added, {changes.changed:,} changed, "
            f"{len(changes.removed):,} removed; proved."
        )


@main.command("hosting", short_help="Print the configuration for the web server.")
@click.argument("server", type=click.Choice(["nginx", "apache", "caddy"]))
def hosting_command(server: str) -> None:
    """Print the configuration for the web server, with the headers that keep private pages private."""
    settings = current_settings()
    files = headers.hosting_files(settings.site_url)
    click.echo(next(text for name, text in files.items() if server in name.lower()))
