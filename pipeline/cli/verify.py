"""certs verify: whether everything on record, and everything made from it, agrees."""

from __future__ import annotations

import click

from pipeline.cli.context import opened
from pipeline.errors import CertsError
from pipeline.rules.text import counted
from pipeline.workflow.verify import verify


@click.command()
def verify_command() -> None:
    """Recompute everything: ledger, vault, output and audit trail agree, byte for byte."""
    with opened(locked=True, looks=True) as (project, console, _):
        faults = verify(project)
        for fault in faults:
            console.print(fault, markup=False)
    if faults:
        raise CertsError(
            f"{counted(len(faults), 'fault')} found.",
            "certs build mends output/, certs run takes back what the host has; a backup has the rest. "
            "Move away what belongs to nobody.",
        )
    console.print("Ledger, vault, output and audit trail agree.")
