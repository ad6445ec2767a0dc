"""What a command says while it works: to stderr, with progress on a terminal, in plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

import click
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from pipeline.cli.output import TameConsole
from pipeline.errors import CertsError

BAR_AFTER = 2.0  # seconds a step may take before it shows a bar


def confirmed(question: str) -> bool:
    """Ask on the terminal; anything but yes is no. Raises CertsError where nobody is there."""
    if not sys.stdin.isatty():
        raise CertsError(f"{question} Nobody can be asked here, so nothing was done.", "To do it: add --yes")
    click.echo(f"{question} [y/N]: ", err=True, nl=False)
    if sys.stdin.readline().strip().casefold() in ("y", "yes"):
        return True
    click.echo("Nothing was done.", err=True)
    return False


class Terminal:
    """Steps and progress for a person; nothing but plain lines where stderr is no terminal."""

    def __init__(self) -> None:
        self.console = TameConsole(stderr=True, highlight=False, soft_wrap=True)
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._unit, self._started = "", 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def step(self, text: str) -> None:
        """A step begins, or something worth a line was found."""
        self._end()
        self.console.print(text, markup=False)

    def progress(self, done: int, total: int, unit: str) -> None:
        """So many of so many; shown once it has taken two seconds, with a rate and the time left."""
        if not self.console.is_terminal:
            return
        now = time.monotonic()
        if unit != self._unit:
            self._end()
            self._unit, self._started = unit, now
        taken = now - self._started
        if self._bar is None:
            if taken < BAR_AFTER or done >= total:
                return
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=self.console,
                transient=True,
            )
            self._task = self._bar.add_task(unit, total=total, rate="")
            self._bar.start()
        if self._task is not None:
            self._bar.update(self._task, completed=done, total=total, rate=f"{done / taken:,.0f} a second")

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.stop()
        self._bar, self._task, self._unit = None, None, ""
