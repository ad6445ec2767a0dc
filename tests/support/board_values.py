"""Values for tests of reports to boards: certificates, people of an export, what was reported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pipeline.rules.boards.format import BoardFormat, Reporter
from pipeline.rules.boards.learners import Learner, read_learner, read_learner_header
from pipeline.rules.boards.records import BoardCredit, CreditOnRecord, RecordState, ReportedRecord
from pipeline.rules.boards.reporting import ReportPlan, plan_report
from pipeline.rules.certificates.activities import Activity

DAY = dt.date(2025, 10, 29)
TODAY = dt.date(2025, 11, 14)
SENDER = Reporter("American College of Rheumatology", "rheumatology.org", "0001234", "1234")
MEETING = Activity(
    slug="meeting-2025",
    title="Autumn Meeting 2025",
    format="live activity",
    start=dt.date(2025, 10, 24),
    end=DAY,
    cme_max=Decimal("45.25"),
    abim_max=Decimal("45.25"),
    abim_type="Medical Knowledge",
    abp_max=Decimal(20),
    pars_id="202512345",
    ce_broker_course="998877",
    ce_broker_subject="GEN",
)
HEADER = [
    *(
        "Learner ID",
        "Email",
        "First Name",
        "Last Name",
        "Date of Birth",
        "ABIM ID",
        "ABP ID",
        "Licensing State",
    ),
    *("License Number", "NPI", "Profession", "Consent to share"),
]


def learner(**cells: str) -> Learner:
    """Ana Alva of the export, who agreed; `cells` by header, in small letters with underscores."""
    return learners(cells)[0]


def learners(*rows: dict[str, str], header: Sequence[str] = HEADER) -> list[Learner]:
    columns, wrong = read_learner_header(header)
    assert columns is not None, wrong
    usual = {
        "learner_id": "L1",
        "email": "ana@example.org",
        "first_name": "Ana",
        "last_name": "Alva",
        "date_of_birth": "09/10",
        "abim_id": "123456",
        "abp_id": "654321",
        "consent_to_share": "yes",
    }
    keys = [one.lower().replace(" ", "_") for one in header]
    return [
        read_learner(columns, [{**usual, **row}.get(key, "") for key in keys], number)
        for number, row in enumerate(rows, 2)
    ]


def certificate(
    number: int = 1, cme: object = 0, abim: object = 0, abp: object = 0, **more: Any
) -> CreditOnRecord:
    """Ana Alva's, of the meeting."""
    usual: dict[str, Any] = {
        "id": number,
        "claim": number,
        "number": f"{number:04}-0000-0000-0000",
        "version": 1,
        "activity": MEETING.slug,
        "name": "Ana Alva",
        "email": "ana@example.org",
        "learner_id": "L1",
        "completed_on": None,
        "is_live": True,
    }
    amounts = {"cme": Decimal(str(cme)), "abim": Decimal(str(abim)), "abp": Decimal(str(abp))}
    return CreditOnRecord(**{**usual, **amounts, **more})


def reported(
    of: CreditOnRecord,
    board: str,
    cme: object = 0,
    points: object = 0,
    types: tuple[str, ...] = (),
    **more: Any,
) -> ReportedRecord:
    credit = BoardCredit(board, DAY, Decimal(str(cme)), Decimal(str(points)), types)
    return ReportedRecord(
        more.get("id", of.id),
        of,
        credit,
        more.get("reported_on", TODAY),
        more.get("state", RecordState.REPORTED),
        more.get("refusal"),
    )


def planned(
    form: BoardFormat,
    certificates: Sequence[CreditOnRecord],
    people: Sequence[Learner],
    before: Sequence[ReportedRecord] = (),
    activity: Activity = MEETING,
    **more: Any,
) -> ReportPlan:
    return plan_report(form, activity, SENDER, certificates, before, people, {}, TODAY, **more)


def rows_of(form: BoardFormat, plan: ReportPlan) -> list[dict[str, object]]:
    """The file's cells by header, without empty ones."""
    return [
        {one.header: cell for one in form.columns if (cell := one.value(line)) is not None}
        for line in plan.lines
    ]
