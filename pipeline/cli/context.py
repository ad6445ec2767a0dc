"""What every command starts from: the folder's settings, the time, who is at work, and the open project."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console

from pipeline.cli.output import output_console
from pipeline.cli.terminal import Terminal
from pipeline.rules.claims.claim import Instructions
from pipeline.settings import Settings, exposed_passwords, load_settings, near_names
from pipeline.workflow.alone import HeldProject
from pipeline.workflow.project import Project, held_alone, open_project
from pipeline.workflow.stops import guarded


@contextmanager
def opened(
    *, locked: bool, reaches_out: bool = True, looks: bool = False
) -> Iterator[tuple[Project, Console, Terminal]]:
    """The project in the current folder, with the console of stdout and what is told on stderr.

    `locked`: the command may change something; `reaches_out`: it may publish or mail; `looks`: it changes
    nothing after all, and tells itself what others would stop for.
    """
    settings = current_settings()
    now = current_time(settings)
    with (
        Terminal() as terminal,
        open_project(settings, now, actor(), terminal, locked, accepted(), instructions()) as project,
        guarded(project, reaches_out=reaches_out) if locked and not looks else nullcontext(),
    ):
        _tell_cautions(settings, terminal)
        yield project, output_console(), terminal


@dataclass(frozen=True)
class Alone(HeldProject):
    """The project of a command that first looks and then, if it may, acts."""

    terminal: Terminal


@contextmanager
def alone() -> Iterator[Alone]:
    """The project in the current folder, held while the command looks and then acts. Raises LockedError."""
    settings = current_settings()
    now = current_time(settings)
    with Terminal() as terminal, held_alone(settings, now, actor()) as catalog:
        _tell_cautions(settings, terminal)
        yield Alone(settings, catalog, now, actor(), terminal, accepted(), instructions(), terminal)


def _tell_cautions(settings: Settings, terminal: Terminal) -> None:
    for caution in (*near_names(os.environ), *exposed_passwords(settings)):
        terminal.step(f"caution: {caution}")


def actor() -> str:
    """Who is at work, for the audit trail."""
    return str(click.get_current_context().find_root().obj)


def accepted() -> frozenset[str]:
    """The names of stops that were accepted with --accept."""
    return frozenset(click.get_current_context().meta.get("accepted", ()))


def instructions() -> Instructions:
    """How claims files are to be read, as options say."""
    meta = click.get_current_context().meta
    return Instructions(
        tuple(meta.get("sheets", ())), meta.get("names") == "last-first", meta.get("about") or ""
    )


def current_settings() -> Settings:
    """The settings of the project in the current folder."""
    return load_settings(Path.cwd(), os.environ)


def current_time(settings: Settings) -> dt.datetime:
    """Now, in the college's time zone: read here alone, once a command."""
    return dt.datetime.now(ZoneInfo(settings.timezone))
