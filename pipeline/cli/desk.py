"""certs desk: what staff and help desk do, in a browser on this machine."""

from __future__ import annotations

import os
import sys
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from pipeline.cli.context import current_settings, current_time
from pipeline.cli.output import say

ONWARD = (
    '<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={}"><title>Desk</title>'
)


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8100, help="Default: 8100; 0 takes a free one."
)
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
def desk_command(port: int, no_open: bool) -> None:
    """Open the desk: find people, see what is on record, send, correct, withdraw; each deed is shown before.

    The first line printed is its address with the key of today; whoever has that is at the desk. It ends
    with Ctrl-C, or after an hour of nothing.
    """
    from pipeline.desk import Office, serve_desk

    settings = current_settings()
    with ExitStack() as stack:

        def ready(address: str) -> None:
            click.echo(address)
            say("The desk is open until you press Ctrl-C, or for an hour after the last who used it.")
            if not no_open and _has_screen():
                # In a file of ours: the words of a command can be read by everybody on the machine.
                page = Path(stack.enter_context(TemporaryDirectory(prefix="certs-"))) / "desk.html"
                page.write_text(ONWARD.format(address), encoding="utf-8")
                webbrowser.open(page.as_uri())

        def waits() -> None:
            say(
                "A run is at work: the desk ends with it. Ctrl-C ends both now; certs run goes on from there."
            )

        serve_desk(Office(settings, lambda: current_time(settings)), port, ready, waits)
    say("The desk is closed.")


def _has_screen() -> bool:
    """Whether a browser would have a window: one that runs in the terminal would take it over."""
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
