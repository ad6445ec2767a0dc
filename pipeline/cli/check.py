"""certs check: what a run on claims files would do, as a table or JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from pipeline.cli.context import opened
from pipeline.cli.options import JSON, NAMES_WRITTEN, REMOVALS, SHEET
from pipeline.cli.output import (
    SHOWN,
    exit_if_problems,
    print_json,
    problem_objects,
    requirements,
    show_lines,
    show_problems,
    show_withheld,
)
from pipeline.errors import StoppedError
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.text import counted, first_few
from pipeline.workflow.check import Forecast, forecast


@click.command()
@click.argument("claims", nargs=-1, required=True, type=click.Path(path_type=Path))
@REMOVALS
@SHEET
@NAMES_WRITTEN
@JSON
def check_command(claims: tuple[Path, ...], allow_removals: bool, as_json: bool) -> None:
    """Read CLAIMS only: what a run would issue, correct and withhold, and every problem. Changes nothing."""
    run_forecast(claims, allow_removals, as_json)


def run_forecast(claims: tuple[Path, ...], allow_removals: bool, as_json: bool) -> None:
    """The whole of `certs check`, which `certs run --dry-run` does as well."""
    with opened(locked=False) as (project, console, _):
        found = forecast(project, claims, allow_removals)
        if as_json:
            print_json(forecast_object(found))
        else:
            show_forecast(console, found)
    if found.stops:
        stopped = StoppedError([asdict(stop) for stop in found.stops])
        if as_json:
            click.get_current_context().exit(stopped.exit_status)
        raise stopped
    exit_if_problems(bool(found.problems))


def show_forecast(console: Console, found: Forecast) -> None:
    """By activity and kind what would be done, and every reason why something would not."""
    show_problems(console, found.problems, limit=None)
    table = Table(title="What a run would do", title_justify="left", box=None, padding=(0, 2))
    for name in ("activity", "kind", "what", "certificates"):
        table.add_column(name, justify="right" if name == "certificates" else "left")
    for activity, kind, action, count in found.planned:
        table.add_row(activity, Kind(kind).label, action, str(count))
    for (activity, kind, names), count in sorted(found.awarded.by_kind.items()):
        table.add_row(activity, Kind(kind).label, f"withheld: {requirements(names)}", f"{count:,}")
    for (activity, past), count in sorted(found.loaded.past.items()):
        table.add_row(activity, past.label, "nothing: past retention", f"{count:,}")
    if table.row_count:
        console.print(table)
    else:
        console.print("Nothing to do.")
    show_withheld(console, found.awarded.waiting)
    loaded = found.loaded
    console.print(
        f"{counted(loaded.rows, 'row')}: {loaded.set_aside:,} set aside, "
        f"{counted(loaded.expired, 'certificate')} past retention; "
        f"{counted(found.awarded.unchanged, 'certificate')} unchanged."
    )
    _show_reasons(console, loaded.reasons)
    if found.told:
        console.print(f"{counted(found.told, 'person', 'people')} would be mailed:")
        told = [f"  {line}" for line in found.first_told]
        show_lines(console, first_few(told, SHOWN, "  ... and {} more", total=found.told))
    if found.waiting_mails:
        what = counted(found.waiting_mails, "message waits", "messages wait")
        console.print(f"{what} from before: certs send --dry-run lists them")
    for due in found.due:
        what = counted(due.certificates, "certificate")
        console.print(f"past retention, deleted by a run: {what} of {due.activity}")
    show_lines(console, found.cautions.few())


def _show_reasons(console: Console, reasons: Counter[tuple[str, str]]) -> None:
    """How many rows are set aside for what, the most frequent first; a row may have several reasons."""
    ordered = [(counted(rows, "row"), *why) for why, rows in reasons.most_common()]
    lines = [f"set aside: {rows}: {field}: {reason}" for rows, field, reason in ordered]
    show_lines(console, first_few(lines, SHOWN, "... and {}: all of them with --json", "more reason"))


def forecast_object(found: Forecast) -> dict[str, object]:
    """What `certs check --json` prints."""
    by_kind = {kind.value: 0 for kind in Kind}
    what: Counter[str] = Counter()
    for _, kind, action, count in found.planned:
        what[action] += count
        if action in ("issue", "replace"):
            by_kind[kind] += count
    return {
        "rows": found.loaded.rows,
        "issued": what["issue"] + what["replace"],
        "corrected": what["correct"],
        "replaced": what["replace"],
        "withheld": found.withheld,
        "unchanged": found.awarded.unchanged,
        "set_aside": found.loaded.set_aside,
        "expired": found.loaded.expired,
        "purged": sum(one.certificates for one in found.due),
        "by_kind": by_kind,
        "problems": problem_objects(found.problems),
        "stops": [asdict(stop) for stop in found.stops],
        "cautions": found.cautions.all(),
        "to_mail": found.told,
        "planned": [
            {"activity": activity, "kind": kind, "action": action, "certificates": count}
            for activity, kind, action, count in found.planned
        ],
        "withheld_by": [
            {"activity": activity, "kind": kind, "missing": list(names), "certificates": count}
            for (activity, kind, names), count in sorted(found.awarded.by_kind.items())
        ],
        "set_aside_by_reason": [
            {"field": field, "reason": reason, "rows": count}
            for (field, reason), count in found.loaded.reasons.most_common()
        ],
        "past_retention": [
            {"activity": activity, "kind": kind.value, "certificates": count}
            for (activity, kind), count in sorted(found.loaded.past.items())
        ],
        "purged_by": [
            {"activity": due.activity, "activity_date": due.activity_date, "certificates": due.certificates}
            for due in found.due
        ],
    }
