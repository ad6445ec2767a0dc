"""certs proof: the five kinds with made-up names, for sign-off."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.context import opened
from pipeline.cli.output import say
from pipeline.workflow.proof import proof
from pipeline.workflow.render import signed_words


@click.command()
@click.option("--activity", help="Slug of the activity to show; else a made-up one.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("proof"), help="Folder; default: proof.")
def proof_command(activity: str | None, out: Path) -> None:
    """Make the five kinds with made-up names as PDF and PNG, and one contact sheet, for sign-off."""
    with opened(locked=False) as (project, console, _):
        for path in proof(project, activity, out):
            console.print(path)
        say(signed_words(project.settings))
