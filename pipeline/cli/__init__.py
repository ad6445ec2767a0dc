"""The command line, `certs`: a table of commands, and the only place where errors become words.

A command lies in a module of its own or with its close family, as `NAME_command`, and is imported when it is
asked for: nobody waits for the libraries of another command.
"""

from __future__ import annotations

import errno
import getpass
import json
import os
import sqlite3
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from pipeline.cli.options import ACCEPT
from pipeline.errors import CertsError, StoppedError
from pipeline.login import one_login
from pipeline.rules.places import FOLDERS
from pipeline.rules.text import printable

COMMANDS = {  # name: its module, and what `certs --help` says of it
    "run": ("run", "The whole job: show the plan, ask, issue, publish, send."),
    "check": ("check", "What a run on CLAIMS would do, and every problem; reads only."),
    "send": ("send", "Mail what waits, and try again what is due."),
    "build": ("publish", "Make pages and links again from ledger and vault."),
    "publish": ("publish", "Bring output/ to the web host, then prove that it is there."),
    "activities": ("activities", "List activities and what each lacks; write a new one."),
    "hosting": ("hosting", "Print the configuration for the web server."),
    "preview": ("preview", "Serve the site on this machine alone."),
    "desk": ("desk", "All of the help desk in a browser, on this machine alone."),
    "find": ("find", "Find people by address, name, learner id or number."),
    "export": ("export", "Issued certificates as a table, in an archive, or in one PDF."),
    "missing": ("missing", "Who is on record for a file's activities, and not in the file."),
    "transcript": ("transcript", "A person's Record of credits: sums by year, as PDF too."),
    "resend": ("people", "Mail the link again, only to the address on record."),
    "correct": ("people", "Correct a name, credentials or address; numbers and link stay."),
    "merge": ("merge", "Make one record of two that are one person."),
    "rotate": ("people", "Give a person a new link; the old one dies."),
    "hold": ("people", "Keep a person's record beyond the six years."),
    "forget": ("people", "Erase a person on their request, before the six years."),
    "withdraw": ("standing", "Withdraw a certificate, or an activity: its pages say so, and why."),
    "reinstate": ("standing", "Make a withdrawn certificate, or an activity, valid again."),
    "requests": ("requests", "Answer requests for the link that came by mail."),
    "bounces": ("bounces", "Put on record which mails came back."),
    "runs": ("runs", "What each run did, when, by whom and from which files."),
    "undo": ("undo", "Undo a run: withdraw, or take back, what it issued."),
    "reissue": ("reissue", "Render certificates anew after a change of design."),
    "purge": ("purge", "Delete what is more than six years past its activity."),
    "status": ("status", "Counts, what waits, what failed and why, what expires next."),
    "verify": ("verify", "Recompute everything: does it all agree, byte for byte?"),
    "keys": ("keys", "The keys by which certificates are sealed: make, list, replace."),
    "verify-pdf": ("verify_pdf", "Is this PDF a certificate of ours, unchanged?"),
    "doctor": ("doctor", "Before a meeting: is everything around in order, and what to do?"),
    "report": ("report", "Report credit to boards; read what they answer."),
    "proof": ("proof", "Make the five kinds with made-up names, for sign-off."),
    "backup": ("backup", "Write ledger and vault into a FOLDER of backups, or one FILE."),
    "restore": ("backup", "Put a backup in place, then apply retention."),
}


LOOKING = {
    "activities",
    "hosting",
    "preview",
    "desk",
    "find",
    "transcript",
    "status",
    "runs",
    "doctor",
    "proof",
    "backup",
    "verify-pdf",
}  # change nothing, so nothing stops them


class CommandLine(click.Group):
    """Imports a command when it is asked for, and ends it in a sentence and an exit status.

    A traceback shows a bug, never an error of ours.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Names and short help alone, for the list and for "Did you mean"; get_command has the real ones.
        self.commands = {name: click.Command(name, short_help=text) for name, (_, text) in COMMANDS.items()}

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, with what it needs imported; None where there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"{__name__}.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        parts = command.commands.values() if isinstance(command, click.Group) else (command,)
        for part in parts:
            if cmd_name not in LOOKING and ACCEPT not in part.params:
                part.params.append(ACCEPT)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `certs --help`, for which no command is imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. CertsError: message and hint; anything else is a bug."""
        try:
            with one_login():
                return super().invoke(ctx)
        except CertsError as error:
            if isinstance(error, StoppedError) and ctx.meta.get("json"):
                click.echo(printable(json.dumps({"stops": error.stops}, ensure_ascii=False, indent=2)))
            for line in error.message.splitlines():
                click.echo(printable(f"certs: {line}"), err=True)
            if error.hint:
                click.echo(printable(f"  {error.hint}"), err=True)
            ctx.exit(error.exit_status)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            click.echo("certs: stopped. Run the same command again: it goes on where it was.", err=True)
            ctx.exit(130)
        except (OSError, sqlite3.OperationalError) as error:
            click.echo(printable(f"certs: {_disk_words(error)}"), err=True)
            click.echo(f"  {_remedy(error)}, then run again: it goes on where it was.", err=True)
            ctx.exit(1)
        except Exception:  # noqa: BLE001 - a bug's apology; its traceback follows
            click.echo("certs: something is wrong in the program itself, sorry. Nothing was lost:", err=True)
            click.echo("  what was done is on record, and the same command goes on from there.", err=True)
            traceback.print_exc()
            ctx.exit(1)


def _disk_words(error: OSError | sqlite3.OperationalError) -> str:
    """What the system refused, in a sentence. Of a path only its end, and that not of a private page."""
    if isinstance(error, sqlite3.OperationalError):
        return f"The ledger cannot be read or written: {error}."
    name = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else None
    if name is not None and name.parent.name in FOLDERS:
        name = name.parent
    words = error.strerror or str(error) or type(error).__name__
    return f"{words}: {name.name}." if name is not None else f"{words}."


def _remedy(error: OSError | sqlite3.OperationalError) -> str:
    number = getattr(error, "errno", None)
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "It is not writable, or readable, for the user who runs certs: mend the permissions"
    if number in (errno.ENOSPC, errno.EDQUOT):
        return "Make room on the disk"
    return "Make room or mend the permissions"


@click.group(
    cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
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
