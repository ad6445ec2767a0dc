"""certs verify-pdf: whether a PDF is a certificate of ours, unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from pipeline.cli.context import opened
from pipeline.cli.options import JSON
from pipeline.cli.output import exit_if_problems, output_console, print_json
from pipeline.rules.places import without_tokens
from pipeline.rules.seals.verdict import SealVerdict
from pipeline.workflow.verify_pdf import Examined, examine, known_from, known_to


@click.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
@click.option(
    "--keys",
    "place",
    metavar="PLACE",
    type=click.Path(path_type=Path, exists=True),
    help="A JWK set, or a folder with the site; then no project is needed, and no ledger is asked.",
)
@JSON
def verify_pdf_command(files: tuple[Path, ...], place: Path | None, as_json: bool) -> None:
    """Say whether each FILE is a certificate of ours, unchanged: a line a file.

    \b
    genuine   byte for byte as it was sealed
    filled    the same, and then its holder filled in hours, and nothing else
    changed   it was sealed by us, and is not what it was
    added     what was sealed is in it, and then something else was appended
    not-ours  it has no seal of ours

    The file, its number and its standing follow, where they are known. Exit status: 0 where all are genuine
    or filled, else 3. A withdrawn certificate may be a genuine file: read its standing.
    """
    if place is None:
        with opened(locked=False) as (project, _, _):
            known = known_to(project)
            found = [examine(path, known) for path in files]
    else:
        known = known_from(place)
        found = [examine(path, known) for path in files]
    if as_json:
        print_json([_object(one) for one in found])
    else:
        _show(found)
    exit_if_problems(any(one.verdict not in (SealVerdict.GENUINE, SealVerdict.FILLED) for one in found))


def _show(found: Sequence[Examined]) -> None:
    console = output_console()
    for one in found:
        said = [f"{one.verdict}  {_place(one.path)}"]
        said += [f"{one.number} version {one.version}"] if one.number else []
        said += [text for text in (one.standing, one.why) if text]
        console.print("  ".join(said), markup=False, soft_wrap=True)


def _place(path: Path) -> str:
    """As it was given, but for the token in the path of a private page."""
    return without_tokens(f"/{path}")[1:]


def _object(one: Examined) -> dict[str, object]:
    return {
        "file": _place(one.path),
        "verdict": one.verdict.value,
        "why": one.why,
        "number": one.number or None,
        "version": one.version or None,
        "standing": one.standing or None,
    }
