"""What a file for a board will hold, and who cannot be in it: the ledger's certificates and an export in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.rules.boards.checks import completed_within
from pipeline.rules.boards.format import BoardFormat, Lack, Reporter, ReportLine
from pipeline.rules.boards.learners import Learner
from pipeline.rules.boards.matching import Learners, without_doubles
from pipeline.rules.boards.records import (
    BoardCredit,
    CreditOnRecord,
    DueStep,
    RecordAction,
    RecordState,
    ReportedRecord,
    due_steps,
)
from pipeline.rules.certificates.activities import Activity


@dataclass(frozen=True, slots=True)
class BoardFinding:
    """Why something about a person cannot be reported. Nothing of what the export says of them is in it."""

    who: str  # Name <address>, as on record
    number: str  # of the certificate
    board: str
    field: str
    reason: str
    row: int = 0  # of the export; 0: nobody there is this person

    def __str__(self) -> str:
        at = f" (row {self.row})" if self.row else ""
        return f"{self.who}: {self.board}: {self.field}: {self.reason}{at}"


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """Something due, with the lines of the file that do it."""

    step: DueStep
    lines: tuple[ReportLine, ...]

    @property
    def is_again(self) -> bool:
        """Whether the board rejected it before."""
        return self.step.add is not None and any(
            one.state is RecordState.REJECTED for one in self.step.former
        )


@dataclass(frozen=True)
class ReportPlan:
    """What would be written, and what not."""

    steps: tuple[PlannedStep, ...]
    faults: tuple[BoardFinding, ...]  # what staff can mend; these people are left out
    unreported: tuple[BoardFinding, ...]  # who did not agree to be reported
    by_hand: tuple[DueStep, ...]  # what no file can change: somebody does it at the board's own site
    unchanged: int  # records that stand as they should, as far as we can do something
    rejected: int  # of these, rejected for something that can be mended
    nothing: int  # certificates of which there is nothing to report: credit alone, without licence or NPI
    strangers: tuple[int, ...]  # rows of the export that are about nobody with credit here

    @property
    def lines(self) -> list[ReportLine]:
        """The file's, deletes first: what was corrected is deleted before it is added anew."""
        lines = [line for planned in self.steps for line in planned.lines]
        return sorted(lines, key=lambda line: line.action is not RecordAction.DELETE)


def plan_report(
    form: BoardFormat,
    activity: Activity,
    sender: Reporter,
    certificates: Sequence[CreditOnRecord],
    reported: Sequence[ReportedRecord],
    learners: Iterable[Learner],
    addresses: Mapping[int, Sequence[str]],
    today: dt.date,
    last_day: bool = False,
    again: bool = False,
    trusts_ids: bool = False,
) -> ReportPlan:
    """What is due of one activity.

    `addresses`: keys of those that each claim's person was seen with; `last_day`: what was completed outside
    a meeting's days counts as completed on its last; `again`: what a board rejected is reported once more;
    `trusts_ids`: as Learners has it.
    """
    rows = Learners(list(learners), trusts_ids)
    known: dict[int, set[str]] = {}
    for one in reported:
        known.setdefault(one.certificate.claim, set()).add(one.credit.board)
    matched = without_doubles(
        {
            one.claim: rows.of(one, addresses.get(one.claim, ()))
            for one in (*certificates, *(each.certificate for each in reported))
        }
    )
    wanted: list[tuple[CreditOnRecord, BoardCredit]] = []
    planned, faults, unreported, by_hand = list[PlannedStep](), list[BoardFinding](), list[BoardFinding](), []
    nothing = 0
    for certificate in certificates:
        if certificate.is_live:
            at = _dated(certificate, activity) if last_day else certificate
            has = frozenset(known.get(at.claim, ()))
            due = list(form.credits(at, activity, matched[at.claim].learner, has))
            wanted += [(at, credit) for credit in due]
            doubt = "" if due else matched[at.claim].doubt
            if doubt:
                faults.append(BoardFinding(at.who, at.number, form.label, "export", doubt))
            nothing += not due and not doubt
    steps = list(due_steps(wanted, reported, again))
    for step in steps:
        found = matched[step.certificate.claim]
        if step.deletes and not form.corrects:
            by_hand.append(step)
            continue
        if found.learner is None:
            reason = found.doubt or "is not in the export"
            faults.append(_finding(step, ("export", reason), found.learner))
            continue
        if found.learner.consent is not True:
            why = found.learner.wrong.get("consent") or (
                "did not agree to be reported" if found.learner.consent is False else "is not said"
            )
            unreported.append(_finding(step, ("consent", why), found.learner))
            if step.deletes:  # nothing about them leaves the house again, so somebody takes it back there
                by_hand.append(replace(step, add=None))
            continue
        lines = tuple(_lines(step, found.learner, activity, sender))
        wrong = dict.fromkeys(fault for line in lines for fault in _wrong(form, line, today))
        faults += [_finding(step, one, found.learner) for one in wrong]
        if not wrong:
            planned.append(PlannedStep(step, lines))
    added = {(step.certificate.claim, step.board) for step in steps if step.add}
    return ReportPlan(
        steps=tuple(planned),
        faults=tuple(faults),
        unreported=tuple(unreported),
        by_hand=tuple(by_hand),
        unchanged=sum((certificate.claim, credit.board) not in added for certificate, credit in wanted),
        rejected=sum(
            one.can_be_mended and (one.certificate.claim, one.credit.board) not in added
            for one in reported
            if one.certificate.is_live
        ),
        nothing=nothing,
        strangers=tuple(one.row for one in rows.rows if one.row not in rows.taken),
    )


def _dated(certificate: CreditOnRecord, activity: Activity) -> CreditOnRecord:
    day = certificate.completed_on
    if day is None or activity.start is None or activity.end is None or activity.start <= day <= activity.end:
        return certificate
    return replace(certificate, completed_on=activity.end)


def _lines(step: DueStep, learner: Learner, activity: Activity, sender: Reporter) -> Iterable[ReportLine]:
    for one in step.deletes:
        yield ReportLine(RecordAction.DELETE, one.certificate, one.credit, learner, activity, sender)
    if step.add is not None:
        yield ReportLine(RecordAction.ADD, step.certificate, step.add, learner, activity, sender)


def _wrong(form: BoardFormat, line: ReportLine, today: dt.date) -> Iterable[Lack]:
    if line.action is RecordAction.ADD:
        yield from completed_within(line, today)
    yield from form.faults(line)


def _finding(step: DueStep, fault: Lack, learner: Learner | None) -> BoardFinding:
    certificate = step.certificate
    return BoardFinding(
        certificate.who, certificate.number, step.board, *fault, row=learner.row if learner else 0
    )
