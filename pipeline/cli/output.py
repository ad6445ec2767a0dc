"""What several commands print: problems, tables' figures, JSON; the exit status at the end."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from pipeline.rules.claims.claim import Problem
from pipeline.rules.text import counted, first_few, printable
from pipeline.rules.web.wording import missing
from pipeline.workflow.award import CreditOfOthers, WithheldPeople

if TYPE_CHECKING:
    from pipeline.workflow.retention import Due

EXIT_PROBLEMS = 3  # done, but rows were set aside or messages failed
SHOWN = 20  # problems listed one by one on a terminal; scripts read --json, staff the rejects file
TINTS = dict.fromkeys(("set_aside", "deferred", "unmailed"), "yellow") | dict.fromkeys(
    ("failed", "unknown"), "red"
)


def show_problems(console: Console, problems: Sequence[Problem], limit: int | None = SHOWN) -> None:
    """Each as file:row: field: reason; beyond the limit only how many more."""
    rest = "... and {} more: all of them with --json, or certs check"
    show_lines(console, first_few(problems, len(problems) if limit is None else limit, rest))


def show_lines(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(line, markup=False)


def show_withheld(console: Console, waiting: Sequence[WithheldPeople]) -> None:
    """Whose certificates are withheld, by activity and requirement."""
    for one in waiting:
        who = counted(len(one.people), "person", "people")
        console.print(f"withheld: {one.activity}: {requirements(one.missing)}: {who}", markup=False)
        show_lines(console, first_few([f"  {name}" for name in one.people], SHOWN, "  ... and {} more"))


def show_not_awarded(console: Console, credit: Sequence[CreditOfOthers]) -> None:
    """Credit that is not awarded, as the activity awards it to physicians alone."""
    for one in credit:
        whose = one.credentials or "no credentials"
        who = counted(len(one.people), "person", "people")
        why = "credit for physicians alone, participation for others"
        console.print(f"not awarded: {one.activity}: {why}: {whose}: {who}", markup=False)
        show_lines(console, first_few([f"  {name}" for name in one.people], SHOWN, "  ... and {} more"))


def not_awarded_objects(credit: Iterable[CreditOfOthers]) -> list[dict[str, object]]:
    return [{**asdict(one), "people": list(one.people)} for one in credit]


def problem_objects(problems: Iterable[Problem]) -> list[dict[str, object]]:
    return [
        {"file": one.file, "row": one.shown_row, "field": one.field, "reason": one.reason} for one in problems
    ]


def due_objects(due: Iterable[Due]) -> list[dict[str, object]]:
    """What is past retention, by activity and date."""
    return [
        {"activity": one.activity, "activity_date": one.activity_date, "certificates": one.certificates}
        for one in due
    ]


def requirements(names: Iterable[str]) -> str:
    return " and ".join(missing(name) for name in names)


def figure(name: str, count: int) -> str:
    tint = TINTS.get(name)
    return f"[{tint}]{count:,}[/]" if tint and count else f"{count:,}"


class TameConsole(Console):
    """Prints no text that a terminal would obey: a file's name may hold an escape code."""

    def render_str(self, text: str, **options: Any) -> Text:
        """As Console has it, of a text without control characters."""
        return super().render_str(printable(text), **options)


def from_here(path: Path) -> Path:
    """The path as one would type it: without the folder that one is in."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def say(text: str) -> None:
    """Words for the person: to stderr, so that stdout is data alone."""
    click.echo(printable(text), err=True)


def output_console() -> Console:
    """stdout; plain and wide where it is no terminal."""
    return TameConsole(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)


def print_json(value: object) -> None:
    """The one object on stdout."""
    click.echo(printable(json.dumps(value, ensure_ascii=False, indent=2)))


def amount(credit: Decimal) -> float:
    """Credits or points as a number in JSON, whole ones without a point: quarter steps are exact there."""
    return int(credit) if credit == credit.to_integral_value() else float(credit)


def exit_if_problems(problems: bool) -> None:
    """Exit status 3 where something was set aside or failed."""
    sys.stdout.flush()
    if problems:
        click.get_current_context().exit(EXIT_PROBLEMS)
