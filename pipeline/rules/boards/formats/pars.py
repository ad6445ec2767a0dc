"""ACCME's PARS: learner records for the boards and for state medical boards, as Excel template and as JSON.

The columns are those of ACCME's template 917_20240125_Learner_Excel_CME_MOC_Template.xlsx (row 1 guidance,
row 2 header), as others that read it quote them; the JSON is that of
accme-pars-learner-reports.schema_v0_5.json in the public repository elliottACCME/tempSchema. That file is a
draft, and no valid JSON as published: a comma is missing behind ProviderID.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal

from pipeline.rules.boards.checks import amounts_right, given, names_given
from pipeline.rules.boards.format import (
    BoardDeadline,
    BoardFormat,
    FileCell,
    FileColumn,
    Lack,
    Reporter,
    ReportLine,
)
from pipeline.rules.boards.learners import Learner
from pipeline.rules.boards.records import BoardCredit, CreditOnRecord, RecordAction
from pipeline.rules.boards.states import state_code
from pipeline.rules.certificates.activities import Activity

CME = "CME"  # a record of credit alone, for state medical boards
TEMPLATE = "ACCME's template 917_20240125, as quoted with its test row in public code"
GUIDE = "ACCME's CME for MOC Program Guide 3.3 (April 2025)"
FAQ = "accme.org/faq/what-due-date-for-submitting-participant-data-for-moc-activities"
SCHEMA = "accme-pars-learner-reports.schema_v0_5.json, elliottACCME/tempSchema"
# The type of points by board, where the activity's file does not say it (ACCME, CME for MOC Program Guide
# 3.3).
TYPES = {
    "ABP": "Lifelong Learning & Self-Assessment",
    "ABA": "Lifelong Learning",
    "ABOHNS": "Self-Assessment",
    "ABPATH": "Lifelong Learning",
    "ABS": "Accredited CME",
    "ABOS": "Accredited CME",
    "ABTS": "Accredited CME",
}
# The form of an ID, by board. ABIM's: the test row of the template; the others' forms are not known.
ID_FORMS = {"ABIM": (r"[0-9]{6}", "six digits"), "ABP": (r"[0-9]{3,10}", "digits alone")}
ANY_ID = (r"[0-9A-Za-z-]{2,20}", "letters and digits alone")


def _credits(
    certificate: CreditOnRecord, activity: Activity, learner: Learner | None, known: frozenset[str]
) -> Iterator[BoardCredit]:
    """One record a board. The first has the credit, too, so that it is counted once; whoever is on no board's
    record has one for state medical boards, where the export has a licence or NPI."""
    day = certificate.completed_on or activity.end
    if day is None:
        return
    points: dict[str, tuple[Decimal, tuple[str, ...]]] = {}
    if certificate.abim:
        points["ABIM"] = (certificate.abim, tuple(re.split(", | and ", activity.abim_type)))
    if certificate.abp:
        points["ABP"] = (certificate.abp, (TYPES["ABP"],))
    for board in activity.boards:
        if board in known or (
            learner is not None and (learner.ids.get(board) or f"id {board}" in learner.wrong)
        ):
            points[board] = (certificate.cme, (TYPES[board],))
    cme = certificate.cme
    for board, (amount, types) in points.items():
        yield BoardCredit(board, day, cme, amount, types)
        cme = Decimal(0)
    if not points and (CME in known or (learner is not None and (learner.npi or learner.licence))):
        yield BoardCredit(CME, day, cme)


def _lacking(activity: Activity, _sender: Reporter) -> Iterator[Lack]:
    if not activity.pars_id:
        yield "PARS_id", "is missing: register the activity in PARS, and write the ID that it gives"
    elif not re.fullmatch(r"[0-9]{9}", activity.pars_id):
        yield "PARS_id", f'"{activity.pars_id}" is no activity ID of ACCME: nine digits'


def _document_lacking(activity: Activity, sender: Reporter) -> Iterator[Lack]:
    yield from _lacking(activity, sender)
    if not re.fullmatch(r"[0-9]{7}", sender.accme_provider):
        yield (
            "ACCME_PROVIDER_ID",
            "must be set in .env for JSON: the seven digits that ACCME gives a provider",
        )


def _faults(line: ReportLine) -> Iterator[Lack]:
    learner, board = line.learner, line.credit.board
    yield from names_given(line)
    yield from given(line, "birth", learner.birth)
    if line.action is RecordAction.ADD:
        yield from amounts_right(line)
        if line.credit.points and not all(line.credit.types):
            yield "ABIM_type", "is missing in the activity's file"
    if board == CME and not (learner.npi or learner.licence):
        yield "licence or NPI", "is missing from the export"
    elif board != CME:
        pattern, words = ID_FORMS.get(board, ANY_ID)
        has = learner.ids.get(board, "")
        shape = "" if re.fullmatch(pattern, has) else f"is not as {board} writes one: {words}"
        yield from given(line, f"id {board}", has, shape)
    for name in ("npi", "state", "licence", "licence_or_npi"):
        if name in learner.wrong:
            yield from given(line, name, "")
    if learner.licence and not learner.npi and not learner.state and "state" not in learner.wrong:
        yield "licensing state", "is missing from the export beside the licence number"


def _type(place: int, amount: bool = False) -> FileColumn:
    """The columns of the first and second type of points: which, and how many."""

    def value(line: ReportLine) -> FileCell:
        types = line.credit.types
        if place >= len(types):
            return None
        return line.credit.points if amount else types[place]

    more = "Additional " if place else ""
    header = f"Credits Awarded for {more}Credit Type" if amount else f"{more}Credit Type "
    if not place:
        source = TEMPLATE
        if not amount:
            source += "; the header ends with a blank there"
        return FileColumn(header, value, source)
    if not amount:
        return FileColumn("Additional Credit Type", value, TEMPLATE)
    why = "unconfirmed: the template as quoted ends before it; each type is given all of the points"
    return FileColumn(header, value, why)


COLUMNS = (
    FileColumn("Record Action", lambda line: line.action.value, f"{TEMPLATE}: Add; Delete as in the schema"),
    FileColumn("ACCME Activity ID", lambda line: line.activity.pars_id, f"{TEMPLATE}: nine digits, as text"),
    FileColumn("Completion Date", lambda line: line.credit.completed_on, f"{TEMPLATE}: a date of Excel's"),
    FileColumn("First Name", lambda line: line.learner.first, TEMPLATE),
    FileColumn("Last Name", lambda line: line.learner.last, TEMPLATE),
    FileColumn("Date of Birth", lambda line: line.learner.birth, f"{TEMPLATE}: month and day alone, 09/10"),
    FileColumn("Licensing State", lambda line: _licence(line)[0], f"{TEMPLATE}: its full name"),
    FileColumn(
        "Licensing ID or NPI",
        lambda line: _licence(line)[1],
        "unconfirmed: of somebody with both the NPI is given, and the state left empty",
    ),
    FileColumn("Number of CME Credits", lambda line: line.credit.cme or None, TEMPLATE),
    FileColumn("Certifying Board", lambda line: _board(line), TEMPLATE),
    FileColumn("Certifying Board ID", lambda line: line.learner.ids.get(line.credit.board), TEMPLATE),
    FileColumn("Total Board Credits", lambda line: line.credit.points or None, TEMPLATE),
    _type(0),
    _type(0, amount=True),
    _type(1),
    _type(1, amount=True),
    _type(2),
    _type(2, amount=True),
)


def _board(line: ReportLine) -> str | None:
    return None if line.credit.board == CME else line.credit.board


def _licence(line: ReportLine) -> tuple[str | None, str | None]:
    """State and number of the licence, or the NPI, of a record that has credit for a state board."""
    learner = line.learner
    if not line.credit.cme or not (learner.npi or learner.licence):
        return None, None
    return (None, learner.npi) if learner.npi else (learner.state, learner.licence)


def _document(lines: list[ReportLine], created: dt.datetime) -> object:
    """All records as ACCME's draft of a schema has them."""
    reports = [_report(line) for line in lines]
    made = created.isoformat(timespec="seconds")
    return {"ACCMELearnerReports": {"ActivityReports": {"DateTimeCreated": made, "ActivityReport": reports}}}


def _report(line: ReportLine) -> dict[str, object]:
    learner, activity, sender = line.learner, line.activity, line.sender
    member: dict[str, object] = {"Name": {"GivenName": learner.first, "FamilyName": learner.last}}
    if learner.birth_year:  # the schema has a birth date with its year, or none
        member["PersonalInfo"] = {"BirthDate": f"{learner.birth_year}-{learner.birth.replace('/', '-')}"}
    return {
        "ReportingOrganization": sender.provider,
        "Member": member,
        "Activity": {
            "ProviderOrganization": sender.accme_provider,
            "Module": {
                "ModuleName": {"value": activity.title, "moduleID": activity.pars_id},
                "Status": "Completed",
                # The schema has an instant; this one is of the same day from Hawaii to Maine.
                "CompletedDateTime": f"{line.credit.completed_on}T15:00:00Z",
                "CreditCertificate": list(_certificates(line)),
            },
        },
        "XtensibleInfo": {"LearnerRecordAction": line.action.value.lower()},
    }


def _certificates(line: ReportLine) -> Iterator[dict[str, object]]:
    """The points of each type, and the credit; CreditID is ours to assign, and names the certificate."""
    learner, credit = line.learner, line.credit
    state, licence = _licence(line)
    if licence:
        domain = state_code(state) if state else "NPI"
        yield _certificate(line, licence, domain, "AMA PRA Category 1", credit.cme)
    elif credit.cme:
        yield _certificate(line, learner.ids[credit.board], credit.board, "AMA PRA Category 1", credit.cme)
    for one in credit.types:
        yield _certificate(line, learner.ids[credit.board], credit.board, one, credit.points)


def _certificate(line: ReportLine, value: str, domain: str, what: str, amount: Decimal) -> dict[str, object]:
    return {
        "UniqueID": {"value": value, "domain": domain},
        "CreditReceived": {
            "activityCertification": what,
            "creditUnit": "Point",
            "numberOfCredits": float(amount),  # quarter steps, which binary fractions hold exactly
        },
        "CreditID": f"ccid:{line.sender.domain}:{line.certificate.number}",
    }


FORMAT = BoardFormat(
    key="pars",
    label="PARS",
    columns=COLUMNS,
    credits=_credits,
    lacking=_lacking,
    faults=_faults,
    demanded={"ABIM": "abim", "ABP": "abp"},
    above=("Learner records: row 2 has the headers of ACCME's learner template, each row below a record.",),
    document=_document,
    document_lacking=_document_lacking,
    rules={
        "Record Action": "unconfirmed: what was corrected is a Delete with the former amounts and an Add of "
        "the new ones, deletes first; the schema knows add and delete, no update",
        "A record that was rejected": "unconfirmed: it is added again without a Delete",
        "Certifying Board": "unconfirmed: points of two boards are two rows, and the credit is in the first",
        "Row 1 and the sheet's name": "unconfirmed: the template has guidance in row 1; ours is a sentence",
        "ABP, points once": "unconfirmed: ACCME wrote that ABP takes a completion once, no partial or "
        "repeated points (accme.org/highlights/tips-and-data-submission-reminders-for-cme-counts-for-moc)",
        "IDs": "unconfirmed: ABIM's six digits are the test row's; those of other boards are not known",
        "Credit types by board": f"{GUIDE}, as cited in public",
        "BirthDate": "unconfirmed: left out where the export has no year; the schema has no day without one",
        "A file that PARS had": "unconfirmed: whether it takes one of the same bytes once more",
        "What PARS gives back": "unconfirmed: headers, and words for what is accepted, rejected or waits",
        "CreditID": "unconfirmed: ccid:<domain>:<certificate number>, one for all credit of a certificate",
        "UniqueID": "unconfirmed: one object, as the schema's type says; an example of ACCME's has a list",
        "activityCertification of credit": "unconfirmed: AMA PRA Category 1, as in the schema of activities",
        "PARS or JSON": f"unconfirmed: the JSON is a draft ({SCHEMA}); ask ACCME before the first use",
    },
    deadlines=(
        BoardDeadline(
            "ABP counts it this year", 12, 1, f"unconfirmed: cited in public from {GUIDE}", board="ABP",
        ),
        BoardDeadline("boards count it this year", 12, 31, FAQ),
        BoardDeadline("PARS takes records of the year", 3, 31, FAQ, years=1),
    ),
)  # fmt: skip
