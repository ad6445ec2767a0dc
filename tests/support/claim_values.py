"""Activities, files and a judge for the tests of intake and claims; workbooks are written by hand."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

from pipeline.intake import ClaimsFile, open_claims
from pipeline.intake.addresses import address_problem
from pipeline.rules.certificates.activities import Activity
from pipeline.rules.claims.claim import AS_GIVEN, Conventions, Instructions, Judged, Problem, Row
from pipeline.rules.claims.export_source import Meanings
from pipeline.rules.claims.judge import Judge

TODAY = dt.date(2026, 7, 1)
MEETING = Activity(
    slug="meeting-2025",
    title="The Meeting 2025",
    format="live activity",
    start=dt.date(2025, 10, 24),
    end=dt.date(2025, 10, 29),
    cme_max=Decimal("45.25"),
    abim_max=Decimal("45.25"),
    abim_type="Medical Knowledge",
    abp_max=Decimal(20),
    abp_step=Decimal(1),
    pars_id="2025",
    requirements=("evaluation",),
)
COURSE = Activity(
    slug="course",
    title="A Course",
    format="enduring material",
    cme_max=Decimal(10),
    requirements=("evaluation", "post_test"),
)
OLD = Activity(
    slug="old-2019",
    title="Old",
    format="live activity",
    start=dt.date(2019, 1, 24),
    end=dt.date(2019, 1, 26),
    cme_max=Decimal(6),
)
NEXT = Activity(
    slug="next-2026",
    title="Next",
    format="live activity",
    start=dt.date(2026, 10, 1),
    end=dt.date(2026, 10, 2),
)
CONVERGENCE = replace(
    MEETING, slug="convergence-2025", title="ACR Convergence 2025", external_ids=("convergence",)
)
DRAFT = Activity(slug="draft", title="Draft", format="enduring material", active=False)
CATALOG = {one.slug: one for one in (MEETING, COURSE, OLD, NEXT, DRAFT, CONVERGENCE)}

HEADER = (
    "activity,learner_id,email,name,credentials,attended,completed_on,cme_credits,abim_moc_points,"
    "abp_moc_points,evaluation"
)
LONG = (
    "external_course_id,external_user_id,external_mail,first_name,last_name,credit_type,credits,complete,"
    "date_completed,attended"
)
AMERICAN = Conventions()
GOOD = {"activity": "meeting-2025", "email": "ann@example.org", "name": "Ann Lee"}


def judge(conventions: Conventions = AMERICAN) -> Judge:
    return Judge(CATALOG, TODAY, conventions, address_problem)


def judged(conventions: Conventions = AMERICAN, **cells: str) -> Judged:
    """A good row with these cells changed, judged."""
    return judge(conventions)(Row("claims.csv", 2, {**GOOD, **cells}))


def reasons(outcome: object) -> list[tuple[str, str]]:
    assert isinstance(outcome, list), outcome
    return [(problem.field, problem.reason) for problem in outcome]


def opened(tmp_path: Path, content: str | bytes, name: str = "claims.csv") -> ClaimsFile:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_file(path)


def open_file(
    path: Path, column_map: Mapping[str, str] | None = None, instructions: Instructions = AS_GIVEN
) -> ClaimsFile:
    return open_claims(path, Meanings(column_map or {}), CATALOG, TODAY, instructions)


def outcomes(claims: ClaimsFile) -> list[Judged | Problem]:
    """What each row of a file comes to."""
    return [row if isinstance(row, Problem) else claims.judge(row) for row in claims.rows()]


def workbook(path: Path, sheets: dict[str, Sequence[Sequence[object]]], date1904: bool = False) -> Path:
    """The smallest .xlsx that holds these cells: text, numbers, truth values, dates (style 1)."""
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="r1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        names = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="s{i}"/>' for i, n in enumerate(sheets, 1))
        calendar = '<workbookPr date1904="1"/>' if date1904 else ""
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook {main} xmlns:r="{rel}">{calendar}<sheets>{names}</sheets></workbook>',
        )
        links = "".join(
            f'<Relationship Id="s{i}" Type="{rel}/worksheet" Target="worksheets/sheet{i}.xml"/>'
            for i in range(1, len(sheets) + 1)
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships">{links}'
            f'<Relationship Id="st" Type="{rel}/styles" Target="styles.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/styles.xml",
            f'<styleSheet {main}><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/>'
            "</cellXfs></styleSheet>",
        )
        for i, rows in enumerate(sheets.values(), 1):
            body = "".join(
                f'<row r="{r}">{"".join(_cell(cell, chr(64 + c), r) for c, cell in enumerate(row, 1))}</row>'
                for r, row in enumerate(rows, 1)
                if row
            )
            archive.writestr(
                f"xl/worksheets/sheet{i}.xml", f"<worksheet {main}><sheetData>{body}</sheetData></worksheet>"
            )
    return path


def _cell(value: object, column: str, row: int) -> str:
    place = f'<c r="{column}{row}"'
    if isinstance(value, bool):
        return f'{place} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f"{place}><v>{value!r}</v></c>"
    if isinstance(value, dt.datetime):
        whole = value - dt.datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's days have no zone
        return f'{place} s="2"><v>{whole.days + whole.seconds / 86400}</v></c>'
    if isinstance(value, dt.date):
        return f'{place} s="1"><v>{(value - dt.date(1899, 12, 30)).days}</v></c>'
    return f'{place} t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'
