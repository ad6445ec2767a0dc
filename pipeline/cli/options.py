"""Arguments and options that several commands take."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from pipeline.rules.stops import NAMES


def _not_blank(_context: click.Context, _option: click.Parameter, text: str) -> str:
    if not text.strip():
        raise click.BadParameter("say why: it must not be empty.")
    return " ".join(text.split())


def _unless_works(context: click.Context, option: click.Parameter, text: str | None) -> str:
    if text is None and not context.params.get("works"):
        raise click.MissingParameter(ctx=context, param=option)
    return _not_blank(context, option, "the address works again" if text is None else text)


def _note_json(context: click.Context, _option: click.Parameter, as_json: bool) -> bool:
    context.meta["json"] = as_json  # what stops the command is then one object, too
    return as_json


def _note(context: click.Context, option: click.Parameter, value: object) -> None:
    context.meta[str(option.name)] = value


def _accept(context: click.Context, _option: click.Parameter, texts: tuple[str, ...]) -> None:
    names = {name.strip() for text in texts for name in text.split(",")}
    if unknown := sorted(names - {*NAMES}):
        raise click.BadParameter(f"there is no stop {unknown[0]}. There are {', '.join(NAMES)}.")
    context.meta["accepted"] = names


WHO = click.argument("who")
JSON = click.option(
    "--json", "as_json", is_flag=True, callback=_note_json, help="Print one JSON object on stdout."
)
ACCEPT = click.Option(
    ["--accept"],
    multiple=True,
    metavar="NAME",
    expose_value=False,
    callback=_accept,
    help="Go on although the command stopped for this; it names it.",
)
YES = click.option("--yes", is_flag=True, help="Do it without asking.")
REMOVALS = click.option(
    "--allow-removals", is_flag=True, help="Let empty cells remove credit that is on record."
)
REASON = click.option(
    "--reason", required=True, callback=_not_blank, help="Why; kept in the audit trail, shown to nobody else."
)
_SHOWN = "Why, in words for the holder: it stands on their page and on the public verification page."
SHOWN_REASON = click.option("--reason", required=True, callback=_not_blank, help=_SHOWN)
WORKS = click.option(
    "--works", is_flag=True, is_eager=True, help="Mail goes to the address again, whatever came back from it."
)
WORKS_OR_REASON = click.option(
    "--reason", callback=_unless_works, help=f"{_SHOWN} Not needed with --works alone."
)
SHEET = click.option(
    "--sheet",
    "sheets",
    multiple=True,
    metavar="NAME",
    expose_value=False,
    callback=_note,
    help="Read this sheet of a workbook; can be repeated. all: every visible sheet that holds claims.",
)
ABOUT = click.option(
    "--activity",
    "about",
    metavar="SLUG",
    expose_value=False,
    callback=_note,
    help="What the files are about, where no column says it.",
)
REVIEW = click.option(
    "--review",
    metavar="FILE",
    type=click.Path(path_type=Path),
    expose_value=False,
    callback=_note,
    help="Write the review, an HTML file with pictures and whole lists, there; default: DATA_DIR/review.",
)
NAMES_WRITTEN = click.option(
    "--names",
    type=click.Choice(["as-given", "last-first"]),
    expose_value=False,
    callback=_note,
    help="last-first: names are written Last, First, Credentials.",
)
ADDRESS = re.compile(r"dask:((?:tcp|tls)://(?:\[[0-9A-Fa-f:.]+\]|[^\s:/@?#\[\]]+):([0-9]{1,5}))")


class ExecutorType(click.ParamType[str | None]):
    """`local` becomes None, `dask:tcp://host:port` the scheduler's address."""

    name = "where"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | None:
        """The address, or None. A usage error says what to write."""
        if value == "local":
            return None
        match = ADDRESS.fullmatch(value)
        if match is None or not 0 < int(match[2]) < 65536:
            self.fail(
                f'"{value}" is no place to render. Write local, dask:tcp://HOST:PORT or dask:tls://HOST:PORT.',
                param,
                ctx,
            )
        return match[1]


def executor_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds `--workers` and `--executor` to a command, which gets `worker_count` and `cluster`."""

    @wraps(command)
    def checked(*args: Any, worker_count: int | None, cluster: str | None, **kwargs: Any) -> None:
        if worker_count is not None and cluster is not None:
            raise click.UsageError(
                "--workers counts processes of this machine; a cluster has its own workers."
            )
        command(*args, worker_count=worker_count, cluster=cluster, **kwargs)

    for option in (
        click.option(
            "--executor",
            "cluster",
            type=ExecutorType(),
            metavar="WHERE",
            help="Who renders: local (the default), or a Dask cluster by its scheduler: dask:tcp://HOST:PORT.",
        ),
        click.option(
            "--workers",
            "worker_count",
            type=click.IntRange(1),
            help="Local processes that render, beyond some hundred certificates; default: one a core.",
        ),
    ):
        checked = option(checked)
    return checked
