"""certs report: credit to boards and rosters, what they answer, and what is due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console

from pipeline.cli.context import opened
from pipeline.cli.options import JSON
from pipeline.cli.output import SHOWN, exit_if_problems, print_json, show_lines
from pipeline.cli.sent import in_trouble, send_now
from pipeline.errors import StoppedError
from pipeline.rules.boards.format import BoardFormat, board_formats
from pipeline.rules.boards.records import DueStep
from pipeline.rules.text import counted, first_few
from pipeline.workflow import report
from pipeline.workflow.answers import HeardAnswers, hear_answers
from pipeline.workflow.board_status import BoardStatus, board_status
from pipeline.workflow.report import DOCUMENT, WORKBOOK, Preflight, WrittenReport
from pipeline.workflow.stops import heed

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def report_command() -> None:
    """Report credit to boards, read what they answer, and see what is due.

    What boards need of a person (birth day, board ID, licence, consent) comes from an export that you name,
    goes into the file that you name, and is kept nowhere. docs/boards.md tells the steps.
    """


def _of(form: BoardFormat) -> click.Command:
    """certs report KEY, for one board or roster."""
    kinds = [WORKBOOK, *([DOCUMENT] if form.document else [])]

    @click.command(form.key, short_help=f"Write the file for {form.label}.")
    @click.option("--activity", required=True, metavar="SLUG", help="The activity that is reported.")
    @click.option("--people", required=True, type=FILE, help="The export with consent, birth days and IDs.")
    @click.option("--to", type=FILE, help="The file to write.")
    @click.option("--format", "kind", type=click.Choice(kinds), default=WORKBOOK, help="Its format.")
    @click.option(
        "--last-day", is_flag=True, help="Report whoever completed outside a meeting's days as of its last."
    )
    @click.option("--again", is_flag=True, help="Report once more what was rejected: it was mended.")
    @click.option(
        "--by-hand",
        "numbers",
        multiple=True,
        metavar="NUMBER",
        help="What no file can change of this certificate was done at the board's site; can be repeated.",
    )
    @JSON
    def command(
        activity: str,
        people: Path,
        to: Path | None,
        kind: str,
        last_day: bool,
        again: bool,
        numbers: tuple[str, ...],
        as_json: bool,
    ) -> None:
        """Write the file; without --to, say what it would hold and who could not be in it.

        Nothing is written while somebody lacks something: --accept incomplete-learners leaves them out. Who
        did not agree to be reported is listed and left out.
        """
        written, done = None, list[DueStep]()
        with opened(locked=bool(to or numbers), reaches_out=False) as (project, console, _):
            if to is not None:
                report.check_report_place(project, to, kind)
            found = report.preflight(project, form.key, activity, people, kind, last_day, again)
            stop = found.stop()
            refused = to is not None and stop is not None and stop.name not in project.accepted
            if numbers:
                done = report.by_hand(project, found, numbers)
            if to is not None and not refused:
                heed(project, stop)
                written = report.write_board_file(project, found, to, kind)
            if as_json:
                stops = [asdict(stop)] if refused and stop else []
                print_json({**_object(found, written, to), "stops": stops})
            else:
                _show(console, found, written, to, done)
        if refused and stop is not None:
            stopped = StoppedError([asdict(stop)])
            if as_json:
                click.get_current_context().exit(stopped.exit_status)
            raise stopped
        exit_if_problems(stop is not None or not found.has_consent)

    return command


for _form in board_formats().values():
    report_command.add_command(_of(_form))


def _object(found: Preflight, written: WrittenReport | None, to: Path | None) -> dict[str, object]:
    plan = found.plan
    return {
        "format": found.form.key,
        "activity": found.activity.slug,
        "file": str(to) if written else None,
        "sha256": written.sha256 if written else None,
        "added": sum(line.action == "Add" for line in plan.lines),
        "deleted": sum(line.action == "Delete" for line in plan.lines),
        "again": sum(one.is_again for one in plan.steps),
        "unchanged": plan.unchanged,
        "rejected": plan.rejected,
        "nothing_to_report": plan.nothing,
        "faults": [asdict(one) for one in plan.faults],
        "unreported": [asdict(one) for one in plan.unreported],
        "by_hand": [
            {"who": one.certificate.who, "number": one.certificate.number, "board": one.board}
            for one in plan.by_hand
        ],
        "strangers": list(plan.strangers),
        "unread": list(found.unread),
        "unconfirmed": [{"what": what, "doubt": doubt} for what, doubt in found.form.unconfirmed],
    }


def _show(
    console: Console, found: Preflight, written: WrittenReport | None, to: Path | None, done: list[DueStep]
) -> None:
    plan, label = found.plan, found.form.label
    adds = sum(line.action == "Add" for line in plan.lines)
    again = sum(one.is_again for one in plan.steps)
    figures = [
        (f"{counted(adds, 'record')} to add", adds),
        ("of these, rejected before", again),
        (f"{counted(len(plan.lines) - adds, 'record')} to delete", len(plan.lines) - adds),
    ]
    for words, count in figures:
        if count:
            console.print(words if words[0].isdigit() else f"{words}: {count:,}", markup=False)
    if plan.unchanged:
        console.print(
            f"{counted(plan.unchanged, 'record stands', 'records stand')} as reported", markup=False
        )
    if plan.rejected:
        what = counted(plan.rejected, "of these was rejected", "of these were rejected")
        console.print(f"{what}: once the cause is mended, --again reports them once more")
    if plan.nothing:
        who = counted(plan.nothing, "certificate", "certificates")
        console.print(
            f"{who}: nothing to report to {label}, as the export has no licence or NPI", markup=False
        )
    if not found.has_consent:
        console.print("The export has no column of consent: nobody is reported.")
    _few(console, "cannot be reported", plan.faults)
    _few(console, "not reported", plan.unreported)
    hand = [f"{one.certificate.number}, {one.certificate.who}: {one.board}" for one in plan.by_hand]
    _few(console, "to be corrected by hand, then --by-hand NUMBER", hand if not done else [])
    _few(console, "on record as corrected by hand", [one.certificate.number for one in done])
    _few(console, "cannot be read", found.unread)
    if plan.strangers:
        rows = counted(len(plan.strangers), "row of the export is", "rows of the export are")
        console.print(f"{rows} about nobody who has credit for this activity", markup=False)
    if written:
        there = " (it was there already, and is put on record)" if written.was_there else ""
        console.print(
            f"{to}{there}: upload it, then delete it and the export. Pages tell of it with the next run."
        )
    elif to is not None and not plan.lines:
        console.print("No file was written: nothing is due of those who can be reported.")


def _few(console: Console, what: str, lines: Iterable[object]) -> None:
    texts = [f"{what}: {line}" for line in lines]
    show_lines(console, first_few(texts, SHOWN, f"... and {{}} more {what}: --json lists all"))


@report_command.command("answers", short_help="Read what PARS gives back.")
@click.argument("file", type=FILE)
@click.option("--mail", "tell", is_flag=True, help="Write to those whom a board could not match.")
@JSON
def _answers(file: Path, tell: bool, as_json: bool) -> None:
    """Put on record which records were accepted and which rejected, and why, from PARS's list (CSV or .xlsx).

    Rows that tell nothing for certain are listed. Of IDs and birth days in the list nothing is read.
    """
    with opened(locked=True, reaches_out=tell) as (project, console, _):
        heard = hear_answers(project, file, tell)
        sent = send_now(project, console, heard.messages, quiet=as_json)
        if as_json:
            print_json(_answers_object(heard))
        else:
            _show_answers(console, heard)
    exit_if_problems(bool(heard.aside) or in_trouble(sent))


def _answers_object(heard: HeardAnswers) -> dict[str, object]:
    return {
        "answers": [
            {
                "number": one.record.certificate.number,
                "activity": one.record.certificate.activity,
                "board": one.record.credit.board,
                "status": one.status.value,
                "reason": one.refusal.value if one.refusal else "",
                "row": one.row,
            }
            for one in heard.answers
        ],
        "changed": heard.changed,
        "mailed": len(heard.messages),
        "set_aside": [asdict(one) for one in heard.aside],
    }


def _show_answers(console: Console, heard: HeardAnswers) -> None:
    for (activity, board, status, why), count in sorted(heard.counts.items()):
        reason = f": {why}" if why else ""
        console.print(f"{activity}: {board}: {count:,} {status}{reason}", markup=False)
    _few(console, "set aside", heard.aside)
    console.print(f"{counted(heard.changed, 'record')} changed. Pages tell of it with the next run.")


@report_command.command("unsent", short_help="Take back a file that no board took.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def _unsent(file: Path) -> None:
    """FILE was never uploaded, or the board took nothing of it: what it holds is due again."""
    with opened(locked=True, reaches_out=False) as (project, console, _):
        records = report.unsend(project, file)
        console.print(f"{counted(records, 'record')} of {file.name} taken back: due again.", markup=False)


@report_command.command("status", short_help="What was reported, answered and is due.")
@JSON
def _status(as_json: bool) -> None:
    """What was reported, answered and is due, by activity and board, with the deadlines that are known."""
    with opened(locked=False) as (project, console, _):
        found = board_status(project)
        if as_json:
            print_json(_status_object(found))
        else:
            _show_status(console, found)


def _status_object(found: BoardStatus) -> dict[str, object]:
    return {
        "records": [asdict(one) for one in found.counts],
        "rejected": [
            {"activity": activity, "board": board, "reason": refusal.value, "records": count}
            for activity, board, refusal, count in found.refused
        ],
        "due": [
            {
                "activity": one.activity,
                "board": one.board,
                "records": one.records,
                "deadlines": [{"what": what, "day": day.isoformat()} for what, day in one.deadlines],
            }
            for one in found.due
        ],
    }


def _show_status(console: Console, found: BoardStatus) -> None:
    for one in found.counts:
        figures = {"without an answer": one.reported, "accepted": one.accepted, "rejected": one.rejected}
        figures["taken back"] = one.taken_back
        said = ", ".join(f"{count:,} {what}" for what, count in figures.items() if count)
        console.print(f"{one.activity}: {one.board}: {said}", markup=False)
    for activity, board, refusal, count in found.refused:
        console.print(f"rejected: {activity}: {board}: {count:,}: {refusal.words}", markup=False)
    for due in found.due:
        until = "; ".join(f"{what}: until {day}" for what, day in due.deadlines)
        last = f" ({until})" if until else " (PARS takes no records of that year any more: ask ACCME)"
        console.print(
            f"due: {due.activity}: {due.board}: {counted(due.records, 'record')}{last}", markup=False
        )
    if not (found.counts or found.due):
        console.print("Nothing was reported, and nothing is due.")
