"""What a run would do, in words for staff and as JSON; shown by check, and by run before it asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from pipeline.cli.output import (
    SHOWN,
    due_objects,
    from_here,
    not_awarded_objects,
    problem_objects,
    requirements,
    say,
    show_lines,
    show_not_awarded,
    show_problems,
    show_withheld,
)
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.changes import ChangedField
from pipeline.rules.text import conjoined, counted, first_few
from pipeline.workflow.load import Loaded
from pipeline.workflow.plan import Post, RunPlan
from pipeline.workflow.project import Project
from pipeline.workflow.review import check_place


def wanted_review(project: Project) -> Path | None:
    """Where --review wants the review; None: in its usual place. Raises SettingsError."""
    place: Path | None = click.get_current_context().meta.get("review")
    check_place(project.settings, place)
    return place


def say_where(place: Path | None) -> None:
    """Where the review lies, as a path from here."""
    if place is not None:
        say(f"Pictures and whole lists: {from_here(place)}")


def show_plan(console: Console, plan: RunPlan, whole: bool) -> None:
    """By activity and kind what would be done, and every reason why something would not.

    `whole`: every row that is set aside; else the first.
    """
    show_problems(console, plan.problems, limit=None if whole else SHOWN)
    table = Table(title="What a run would do", title_justify="left", box=None, padding=(0, 2))
    for name in ("activity", "kind", "what", "certificates"):
        table.add_column(name, justify="right" if name == "certificates" else "left")
    for activity, kind, action, count in plan.planned:
        table.add_row(activity, Kind(kind).label, action, f"{count:,}")
    for (activity, kind, names), count in sorted(plan.awarded.by_kind.items()):
        table.add_row(activity, Kind(kind).label, f"withheld: {requirements(names)}", f"{count:,}")
    for (activity, past), count in sorted(plan.loaded.past.items()):
        table.add_row(activity, past.label, "nothing: past retention", f"{count:,}")
    if table.row_count:
        console.print(table)
    elif not (plan.due or plan.loaded.differences or plan.post.letters):
        console.print("Nothing to do.")
    if plan.signed:
        console.print(plan.signed, markup=False)
    if plan.sealed:
        console.print(plan.sealed, markup=False)
    show_withheld(console, plan.awarded.waiting)
    show_not_awarded(console, plan.awarded.not_awarded)
    show_lines(console, _rows(plan))
    show_lines(console, _reasons(plan.loaded))
    _show_differences(console, plan.loaded.differences)
    show_lines(console, not_taken(plan.loaded))
    _show_post(console, plan.post)
    for due in plan.due:
        what = counted(due.certificates, "certificate")
        why = "erased on request" if due.is_erasure else "past retention"
        console.print(f"{why}, deleted by a run: {what} of {due.activity}")
    show_lines(console, plan.cautions.few())


def _rows(plan: RunPlan) -> Iterator[str]:
    """What the rows came to, in one sentence; nothing is said of what there is none of."""
    loaded, unchanged = plan.loaded, plan.awarded.unchanged
    if not loaded.rows:
        return
    parts = [
        words
        for count, words in (
            (loaded.set_aside, f"{loaded.set_aside:,} set aside"),
            (len(loaded.not_taken), f"{len(loaded.not_taken):,} not taken"),
            (loaded.expired, f"{counted(loaded.expired, 'certificate')} past retention"),
            (unchanged, f"{counted(unchanged, 'certificate')} unchanged"),
        )
        if count
    ]
    yield f"{counted(loaded.rows, 'row')}{': ' if parts else ''}{conjoined(parts) if parts else ''}."


def _reasons(loaded: Loaded) -> list[str]:
    """How many rows are set aside for what, the most frequent first; a row may have several reasons.

    Nothing where each row has a reason of its own: they are listed already.
    """
    if all(rows == 1 for rows in loaded.reasons.values()):
        return []
    ordered = [(counted(rows, "row"), *why) for why, rows in loaded.reasons.most_common()]
    lines = [f"set aside: {rows}: {field}: {reason}" for rows, field, reason in ordered]
    return first_few(lines, SHOWN, "... and {}: all of them with --json", "more reason")


def _show_differences(console: Console, differences: Sequence[ChangedField]) -> None:
    """What changes for whom, old and new."""
    if differences:
        console.print(f"{counted(len(differences), 'change')} to what is on record:")
        lines = [f"  {one}" for one in differences[:SHOWN]]
        rest = "  ... and {}: all of them with certs check --json"
        show_lines(console, first_few(lines, SHOWN, rest, "more change", len(differences)))


def not_taken(loaded: Loaded) -> Iterator[str]:
    """Rows that do not count, and why, the most frequent first; each with the first of its rows."""
    places: dict[tuple[str, str], list[str]] = {}
    for one in loaded.not_taken:
        places.setdefault((one.field, one.reason), []).append(f"{one.file}:{one.shown_row}")
    for (field, reason), rows in sorted(places.items(), key=lambda item: -len(item[1])):
        few = ", ".join(first_few(rows, SHOWN))
        yield f"not taken: {counted(len(rows), 'row')}: {field}: {reason} ({few})"


def _show_post(console: Console, post: Post) -> None:
    """Who would be mailed about what, one message as it would be sent, and what waits from before."""
    if told := [one for one in post.letters if one.is_new]:
        by_occasion = Counter(one.occasion for one in told)
        sums = ", ".join(f"{count:,} {occasion}" for occasion, count in by_occasion.items())
        done = (
            f"get a mail, which is written to {post.folder} as SMTP_HOST is not set"
            if post.folder
            else "be mailed"
        )
        console.print(f"{counted(len(told), 'person', 'people')} would {done}: {sums}:", markup=False)
        lines = [
            f"  {one.to}: {', '.join(one.about)}{f'; waits: {one.waits_for}' if one.waits_for else ''}"
            for one in told[:SHOWN]
        ]
        show_lines(console, first_few(lines, SHOWN, "  ... and {} more", total=len(told)))
    if post.before:
        what = counted(post.before, "message waits", "messages wait")
        console.print(f"{what} from before: certs send --dry-run lists them")
    if post.days:
        what = counted(len(post.letters), "message takes", "messages take")
        console.print(f"{what} {counted(post.days, 'day')}: see MAIL_DAY")
    if post.sample:
        console.rule("one of them", style="dim")
        console.print(post.sample, markup=False)
        console.rule(style="dim")


def plan_object(plan: RunPlan) -> dict[str, object]:
    """What `certs check --json` prints."""
    by_kind = {kind.value: 0 for kind in Kind}
    what: Counter[str] = Counter()
    for _, kind, action, count in plan.planned:
        what[action] += count
        if action in ("issue", "replace"):
            by_kind[kind] += count
    return {
        "rows": plan.loaded.rows,
        "issued": what["issue"] + what["replace"],
        "corrected": what["correct"],
        "replaced": what["replace"],
        "withheld": plan.withheld,
        "unchanged": plan.awarded.unchanged,
        "set_aside": plan.loaded.set_aside,
        "expired": plan.loaded.expired,
        "purged": sum(one.certificates for one in plan.due),
        "by_kind": by_kind,
        "problems": problem_objects(plan.problems),
        "stops": [asdict(stop) for stop in plan.stops],
        "not_taken": problem_objects(plan.loaded.not_taken),
        "cautions": plan.cautions.all(),
        "not_awarded": not_awarded_objects(plan.awarded.not_awarded),
        "changes": [asdict(one) for one in plan.loaded.differences],
        "withheld_people": [
            {"who": who, "activity": one.activity, "missing": list(one.missing)}
            for one in plan.awarded.waiting
            for who in one.people
        ],
        "to_mail": len(plan.post.told),
        "would_mail": [
            {
                "to": one.to,
                "occasion": one.occasion,
                "about": list(one.about),
                "waits_for": one.waits_for,
                "from_before": not one.is_new,
            }
            for one in plan.post.letters
        ],
        "sample_mail": plan.post.sample,
        "mail_days": plan.post.days,
        **({"written_to": plan.post.folder} if plan.post.folder else {}),
        "files": [
            {
                "name": one.name,
                "read_as": str(one),
                "rows": one.rows,
                "columns": dict(one.columns),
                "unused": list(one.unused),
            }
            for one in plan.files
        ],
        "signed": plan.signed,
        "sealed": plan.sealed,
        "planned": [
            {"activity": activity, "kind": kind, "action": action, "certificates": count}
            for activity, kind, action, count in plan.planned
        ],
        "withheld_by": [
            {"activity": activity, "kind": kind, "missing": list(names), "certificates": count}
            for (activity, kind, names), count in sorted(plan.awarded.by_kind.items())
        ],
        "set_aside_by_reason": [
            {"field": field, "reason": reason, "rows": count}
            for (field, reason), count in plan.loaded.reasons.most_common()
        ],
        "past_retention": [
            {"activity": activity, "kind": kind.value, "certificates": count}
            for (activity, kind), count in sorted(plan.loaded.past.items())
        ],
        "purged_by": due_objects(plan.due),
    }
