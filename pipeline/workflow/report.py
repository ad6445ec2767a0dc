"""Credit is reported to boards: what is due, by an export of people that staff name, into a file that they
name.

What the export says of a person passes through memory into that file. On record goes what was reported,
never of whom it was told what.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import CertsError, IntakeError
from pipeline.intake import open_rows
from pipeline.reports import document_bytes, workbook_bytes, write_report
from pipeline.rules.boards.format import BoardFormat, Lack, Reporter, ReportLine, board_formats
from pipeline.rules.boards.learners import (
    Learner,
    day_first_row,
    header_meaning,
    known_headers,
    read_learner,
    read_learner_header,
)
from pipeline.rules.boards.records import DueStep, RecordAction
from pipeline.rules.boards.reporting import ReportPlan, plan_report
from pipeline.rules.certificates.activities import Activity
from pipeline.rules.certificates.numbers import read_number
from pipeline.rules.certificates.statements import PROVIDER
from pipeline.rules.stops import Stop
from pipeline.rules.text import conjoined, counted, shown
from pipeline.workflow.apart import check_own_place
from pipeline.workflow.project import Project

OTHER_NAME = "other-name"  # what staff accept who say that a learner id beside another name is right
WORKBOOK, DOCUMENT = "xlsx", "json"
NAMES = ("name", "first_name", "last_name")
_Lacking = Callable[[Activity, Reporter], Iterator[Lack]]


@dataclass(frozen=True)
class Preflight:
    """What a file would hold, and who could not be in it."""

    form: BoardFormat
    activity: Activity
    plan: ReportPlan
    people: str  # name of the export
    has_consent: bool
    unread: tuple[str, ...]  # rows of it that could not be read, and why

    def stop(self) -> Stop | None:
        """What must be accepted before the file is written: it would be without some who should be in it."""
        left_out = len({one.who for one in self.plan.faults})
        if not left_out and not self.unread:
            return None
        said = [counted(left_out, "person", "people") if left_out else ""]
        said.append(counted(len(self.unread), "row that cannot be read", "rows that cannot be read"))
        what = conjoined([one for one in said if one and not one.startswith("0 ")])
        rows = tuple(sorted({one.row for one in self.plan.faults if one.row}))
        return Stop(
            "incomplete-learners",
            f"{shown(self.people)}: {self.form.label} would not be told of {what}: see the list.",
            self.people,
            rows,
        )


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """A file that was written, or lay there already from a run that was killed."""

    sha256: str
    added: int
    deleted: int
    was_there: bool


def preflight(
    project: Project,
    key: str,
    slug: str,
    people: Path,
    kind: str = WORKBOOK,
    last_day: bool = False,
    again: bool = False,
) -> Preflight:
    """What is due of an activity. Nothing is changed. Raises CertsError for an activity that cannot be
    reported and an export that cannot be read; no error holds a cell of it."""
    form = board_formats()[key]
    project.check_activity(slug)
    activity, sender = project.catalog[slug], _reporter(project)
    if lacks := list(_lacking(form, kind)(activity, sender)):
        raise CertsError(
            f"{slug} cannot be reported to {form.label}: {'; '.join(map(' '.join, lacks))}.",
            "Mend it, then run again.",
        )
    learners, has_consent, unread = _learners(people)
    ledger = project.ledger.boards
    plan = plan_report(
        form,
        activity,
        sender,
        ledger.certificates(slug, project.today),
        ledger.reported(project.today, form.key, slug),
        learners,
        ledger.addresses(slug),
        project.today,
        last_day,
        again,
        OTHER_NAME in project.accepted,
    )
    return Preflight(form, activity, plan, people.name, has_consent, tuple(unread))


def write_board_file(
    project: Project, found: Preflight, to: Path, kind: str = WORKBOOK
) -> WrittenReport | None:
    """Write the file, then put on record what it reports; None where nothing is due.

    A run that is killed between the two is run again: it makes the same bytes, finds them there, and goes on.
    Raises CertsError where a place is unsafe or holds another file.
    """
    check_report_place(project, to, kind)
    lines = found.plan.lines
    if not lines:
        return None
    data = _bytes(project, found.form, lines, kind)
    digest = hashlib.sha256(data).hexdigest()
    was_there = to.exists() or to.is_symlink()
    if was_there and not (to.is_file() and to.read_bytes() == data):
        raise CertsError(
            f"{to} is there already, and is not what is due now; nothing was written.",
            "Name another file. If this one was reported and certs does not know: docs/boards.md, "
            "“When something goes wrong”.",
        )
    if not was_there:
        write_report(to, data)
    adds = sum(line.action is RecordAction.ADD for line in lines)
    with project.ledger.transaction():
        steps = [planned.step for planned in found.plan.steps]
        project.ledger.boards.note(steps, found.form.key, digest, project.today)
        project.on_record(
            "report",
            f"{found.form.key} {found.activity.slug}: {adds} added, {len(lines) - adds} deleted; "
            f"file {digest[:16]}" + ("; other names accepted" if OTHER_NAME in project.accepted else ""),
        )
    return WrittenReport(digest, adds, len(lines) - adds, was_there)


def check_report_place(project: Project, to: Path, kind: str) -> None:
    """Raises CertsError where a file for a board may not be written."""
    check_own_place(project.settings, to, (f".{kind}",), "It holds birth days and IDs")


def by_hand(project: Project, found: Preflight, numbers: Sequence[str]) -> list[DueStep]:
    """What no file can change was done at the board's own site for these certificates: it goes on record."""
    wanted = {read_number(text) or text for text in numbers}
    done = [step for step in found.plan.by_hand if step.certificate.number in wanted]
    if unknown := sorted(wanted - {step.certificate.number for step in done}):
        raise CertsError(
            f"Nothing is to be done by hand for certificate {unknown[0]}.",
            "See the list that the command prints.",
        )
    with project.ledger.transaction():
        project.ledger.boards.note(done, found.form.key, "", project.today)
        for step in done:
            project.on_record("report", f"{found.form.key}: by hand for {step.certificate.number}")
    return done


def unsend(project: Project, file: Path) -> int:
    """A file was never uploaded, or the board took nothing of it: how many records it was about, due
    again. Raises CertsError where it is not known, or something was answered or reported since."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    ledger = project.ledger
    if not ledger.boards.is_known(digest):
        raise CertsError(
            f"{file.name} reported nothing that is on record.", "See what is: certs report status"
        )
    with ledger.transaction():
        records = ledger.boards.unsend(digest)
        if not records:
            raise CertsError(
                f"Of what {file.name} reported some was answered, or reported anew, since.",
                "Nothing was changed: correct the rest at the board's own site.",
            )
        project.on_record("report", f"never sent: {counted(records, 'record')}; file {digest[:16]}")
    return records


def _reporter(project: Project) -> Reporter:
    settings = project.settings
    return Reporter(
        provider=PROVIDER,
        domain=settings.mail_from.rpartition("@")[2].strip("> "),
        accme_provider=settings.accme_provider_id,
        ce_broker_provider=settings.ce_broker_provider,
    )


def _lacking(form: BoardFormat, kind: str) -> _Lacking:
    return form.document_lacking if kind == DOCUMENT and form.document_lacking else form.lacking


def _bytes(project: Project, form: BoardFormat, lines: list[ReportLine], kind: str) -> bytes:
    """The same lines on the same day give the same bytes."""
    if kind == DOCUMENT and form.document:
        return document_bytes(form.document(lines, project.midnight))
    header = [column.header for column in form.columns] if form.has_header else []
    rows = ([column.value(line) for column in form.columns] for line in lines)
    return workbook_bytes(form.sheet, form.above, header, rows)


def _learners(people: Path) -> tuple[list[Learner], bool, list[str]]:
    """The people of an export, whether it says who agreed, and rows that cannot be read."""
    table = open_rows(people, known_headers, _names)
    columns, wrong = read_learner_header(table.header)
    if columns is None:
        raise IntakeError(f"{shown(table.name)}: {'; '.join(wrong)}.", "docs/boards.md lists the headers.")
    rows, unread = list[tuple[int, list[str]]](), list[str]()
    for number, cells in table.rows():
        if isinstance(cells, str):
            unread.append(f"row {number}: {cells}")
        else:
            rows.append((number, cells))
    if row := day_first_row(columns, rows):
        raise IntakeError(
            f"{shown(table.name)}: row {row} has a birth day with its day first: others are in doubt.",
            "Write birth days month first, 09/10 for September 10, or as 1970-09-10.",
        )
    return [read_learner(columns, cells, number) for number, cells in rows], columns.has_consent, unread


def _names(header: Sequence[str]) -> list[int]:
    return [at for at, cell in enumerate(header) if header_meaning(cell) in NAMES]
