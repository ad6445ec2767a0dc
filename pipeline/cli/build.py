"""certs build: pages and links again, from what is on record."""

from __future__ import annotations

import click

from pipeline.cli.context import opened
from pipeline.rules.text import counted
from pipeline.workflow.release import build_pages


@click.command()
def build_command() -> None:
    """Make pages and links again from ledger and vault; renders no certificate, mails nobody."""
    with opened(locked=True) as (project, console, _):
        built = build_pages(project, thorough=True)
        console.print(
            f"{counted(len(built.written), 'private page')} and "
            f"{counted(built.public_written, 'public file')} written, "
            f"{counted(built.linked, 'PDF')} linked, "
            f"{counted(built.unchanged, 'page')} unchanged, "
            f"{counted(built.removed, 'file')} removed."
        )
