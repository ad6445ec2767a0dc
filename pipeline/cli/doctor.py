"""certs doctor: is everything around in order before a meeting, and what to do where it is not?"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from rich.console import Console

from pipeline.cli.context import actor, current_settings, current_time
from pipeline.cli.output import exit_if_problems, output_console, print_json
from pipeline.cli.terminal import Terminal
from pipeline.rules.checks.check import Check, CheckResult, fault
from pipeline.settings import wrong_settings
from pipeline.workflow.doctor import GROUPS, doctor, summary
from pipeline.workflow.project import open_project

SIGNS = {
    CheckResult.GOOD: "[green]✓[/]",
    CheckResult.FAULT: "[red]✗[/]",
    CheckResult.UNCHECKED: "[dim]–[/]",
}
MOST_WAIT = 3600  # seconds


@click.command()
@click.option("--mail", "address", metavar="ADDRESS", help="Send one test mail there.")
@click.option(
    "--mailbox", help="Where that mail arrives: imaps://user@host/folder, or a Maildir. It is read back."
)
@click.option(
    "--wait",
    type=click.IntRange(1, MOST_WAIT),
    default=120,
    show_default=True,
    help="Seconds in which it must arrive.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list on stdout.")
def doctor_command(address: str | None, mailbox: str | None, wait: int, as_json: bool) -> None:
    """Before a meeting: is everything around in order, and what to do where it is not?

    Looks at the settings, DNS (SPF, DMARC, MX), the mail server, the web host, clock, disk, fonts and
    backup. It takes less than ten seconds and changes nothing. Exit status 3 where there is a fault.

    \b
    certs doctor --mail me@example.org --mailbox imaps://me@mail.example.org/INBOX
        sends one test mail, and says what the receiving server found of SPF, DKIM and DMARC
        (REQUESTS_PASSWORD is the mailbox's password)
    """
    if mailbox and not address:
        raise click.UsageError("--mailbox needs --mail ADDRESS: what is sent is read back.")
    checks = [
        fault("settings", error.message, error.hint) for error in wrong_settings(Path.cwd(), os.environ)
    ] or _look(address, mailbox or "", wait)
    if as_json:
        print_json([_as_object(check) for check in checks])
    else:
        show_checks(output_console(), checks)
    exit_if_problems(any(check.result is CheckResult.FAULT for check in checks))


def _look(address: str | None, mailbox: str, wait: int) -> list[Check]:
    settings = current_settings()
    with (
        Terminal() as terminal,
        open_project(settings, current_time(settings), actor(), terminal, locked=False) as project,
    ):
        return doctor(project, os.environ, address, mailbox, wait)


def _as_object(check: Check) -> dict[str, object]:
    """What could not be checked is no fault, and says so."""
    return {
        "name": check.name,
        "ok": check.result is not CheckResult.FAULT,
        "text": check.text,
        "hint": check.hint,
    }


def show_checks(console: Console, checks: Sequence[Check]) -> None:
    """A line a check, what to do below it, and how it came out at the end."""
    for group, names in GROUPS.items():
        of_group = [check for check in checks if check.name in names]
        if of_group:
            console.print(f"[bold]{group}[/]")
        _show(console, of_group)
    console.print(summary(checks), markup=False)


def _show(console: Console, checks: Iterable[Check]) -> None:
    for check in checks:
        console.print(f"  {SIGNS[check.result]} ", end="")
        subject = f"{check.name}: " if check.result is CheckResult.UNCHECKED else ""
        console.print(f"{subject}{check.text}", markup=False)
        if check.hint:
            console.print(f"      {check.hint}", markup=False)
