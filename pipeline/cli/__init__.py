"""The command line, `certs`: the only place where errors become words, and where the time is read."""

from __future__ import annotations

import datetime as dt
import getpass
import json
import os
import sqlite3
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console

from pipeline.cli.terminal import Terminal
from pipeline.errors import CertsError
from pipeline.settings import Settings, load_settings
from pipeline.workflow.project import Project, open_project

EXIT_PROBLEMS = 3  # done, but rows were set aside or messages failed


class Boundary(click.Group):
    """Commands that end in a sentence and an exit status; a traceback shows a bug, never an error of ours."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. CertsError: message and hint; anything else is a bug."""
        try:
            return super().invoke(ctx)
        except CertsError as error:
            click.echo(f"certs: {error.message}", err=True)
            if error.hint:
                click.echo(f"  {error.hint}", err=True)
            ctx.exit(error.exit_status)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            click.echo("certs: stopped. Run the same command again: it goes on where it was.", err=True)
            ctx.exit(130)
        except (OSError, sqlite3.OperationalError) as error:
            click.echo(f"certs: {_disk_words(error)}", err=True)
            click.echo(
                "  Make room or mend the permissions, then run again: it goes on where it was.", err=True
            )
            ctx.exit(1)
        except Exception:
            click.echo("certs: something is wrong in the program itself, sorry. Nothing was lost:", err=True)
            click.echo("  what was done is on record, and the same command goes on from there.", err=True)
            traceback.print_exc()
            ctx.exit(1)


def _disk_words(error: OSError | sqlite3.OperationalError) -> str:
    """What the system refused, in a sentence. Of a path only its end, and that not of a private page."""
    if isinstance(error, sqlite3.OperationalError):
        return f"The ledger cannot be read or written: {error}."
    name = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else None
    if name is not None and name.parent.name in ("c", "verify"):
        name = name.parent
    words = error.strerror or str(error) or type(error).__name__
    return f"{words}: {name.name}." if name is not None else f"{words}."


@click.group(cls=Boundary, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--actor", help="Who does it, for the audit trail; else CERTS_ACTOR, else the system's user.")
@click.version_option(package_name="acr-certificates", prog_name="certs")
@click.pass_context
def main(ctx: click.Context, actor: str | None) -> None:
    """Certificates for educational activities: made, published, mailed, and kept for six years.

    certs works on the folder it is started in: the one with content/, theme/ and pelicanconf.py.
    """
    ctx.obj = actor or os.environ.get("CERTS_ACTOR") or _user()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


@contextmanager
def opened(*, locked: bool) -> Iterator[tuple[Project, Console, Terminal]]:
    """The project in the current folder, with the console of stdout and the talk of stderr."""
    settings = current_settings()
    now = dt.datetime.now(ZoneInfo(settings.timezone))
    with (
        Terminal() as terminal,
        open_project(settings, now, now.date(), actor(), terminal, locked) as project,
    ):
        yield project, output_console(), terminal


def actor() -> str:
    """Who is at work, for the audit trail."""
    return str(click.get_current_context().find_root().obj)


def current_settings() -> Settings:
    """The settings of the project in the current folder."""
    return load_settings(Path.cwd(), os.environ)


def output_console() -> Console:
    """stdout; plain and wide where it is no terminal."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)


def print_json(value: object) -> None:
    """The one object on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def finish(problems: bool) -> None:
    """Exit status 3 where something was set aside or failed."""
    sys.stdout.flush()
    if problems:
        click.get_current_context().exit(EXIT_PROBLEMS)


from pipeline.cli import commands, desk, mailbox, upkeep  # noqa: E402, F401 - they add their commands to `main`
