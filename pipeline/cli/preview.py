"""certs preview: the site on this machine alone."""

from __future__ import annotations

import click

from pipeline.cli.context import current_settings
from pipeline.cli.output import say
from pipeline.workflow.preview import preview


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8000, help="Default: 8000.")
def preview_command(port: int) -> None:
    """Serve the site on loopback, with the headers the web host must send, without listings."""
    preview(
        current_settings(),
        port,
        lambda at: say(f"The site is at http://localhost:{at}/ until you press Ctrl-C."),
    )
    say("")
