"""certs withdraw, reinstate: the standing of one certificate."""

from __future__ import annotations

import click

from pipeline.cli.context import opened
from pipeline.cli.options import REASON, SHOWN_REASON
from pipeline.workflow import desk


@click.command()
@click.argument("number")
@SHOWN_REASON
def withdraw_command(number: str, reason: str) -> None:
    """Withdraw a certificate: the file goes; the holder's page and the verification page say so, and why."""
    with opened(locked=True) as (project, console, _):
        console.print(f"{desk.withdraw(project, number, reason)} is withdrawn.")


@click.command()
@click.argument("number")
@REASON
def reinstate_command(number: str, reason: str) -> None:
    """Make a withdrawn certificate valid again."""
    with opened(locked=True) as (project, console, _):
        console.print(f"{desk.reinstate(project, number, reason)} is valid again.")
