"""Workbooks as programs write them: what a person sees in a sheet is what is read, or it is told."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.errors import IntakeError
from pipeline.intake import write_rejects
from pipeline.intake.sheet_xml import cell_name
from pipeline.rules.claims.claim import Claim, Instructions
from tests.support.claim_values import HEADER, LONG, TODAY, open_file, outcomes, reasons, workbook

FILES = Path(__file__).parent / "claims_files"
Cells = list[object]
PLAIN: Cells = [*HEADER.split(",")]
ANN: Cells = ["meeting-2025", "7", "ann@example.org", "Ann Lee", "MD", "yes", "", 10, "", "", "yes"]
BOB: Cells = ["meeting-2025", "8", "bob@example.org", "Bob Ray", "DO", "yes", "", 5, "", "", "yes"]


def altered(path: Path, part: str, change: Callable[[str], str]) -> Path:
    """The workbook with one of its parts rewritten."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    before = parts[part].decode()
    parts[part] = change(before).encode()
    assert parts[part].decode() != before
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def told(path: Path) -> dict[int, str]:
    """What is wrong with each row, `good` where nothing is."""
    found: dict[int, str] = {}
    for outcome in outcomes(open_file(path)):
        if isinstance(outcome, list):
            found[outcome[0].row] = "; ".join(f"{one.field}: {one.reason}" for one in outcome)
        else:
            found[outcome.row] = "good" if isinstance(outcome, Claim) else str(outcome)
    return found


def test_an_error_or_a_formula_without_a_value_is_never_an_empty_cell() -> None:
    """Read as empty, a credit that was claimed is lost, and the person gets attendance alone."""
    assert told(FILES / "excel_errors.xlsx") == {
        2: "cme_credits: G2 holds the Excel error #N/A",
        3: "cme_credits: G3 holds the formula =10+8.75 without a value: open the file in Excel and save it",
        4: "good",
        5: "learner_id: B5 holds the Excel error #REF!",
    }


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('<c r="H2"><f>5+5</f></c>', "H2 holds the formula =5+5 without a value"),
        ('<c r="H2"><f>5+5</f><v></v></c>', "H2 holds the formula =5+5 without a value"),
        ('<c r="H2"><f t="shared" si="0"/></c>', "H2 holds a formula without a value"),
        ('<c r="H2" t="str"><f>5+5</f></c>', "H2 holds the formula =5+5 without a value"),
        ('<c r="H2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "H2 holds the Excel error #DIV/0!"),
        ('<c r="H2" t="e"><v>#VALUE!</v></c>', "H2 holds the Excel error #VALUE!"),
        ('<c t="inlineStr" r="H2"><is><t>#NAME?</t></is></c>', "H2 holds the Excel error #NAME?"),
        ('<c r="H2"><f>5+5</f><v>10</v></c>', "good"),
        ('<c r="H2" t="str"><f>IF(A2="x",5,"")</f><v></v></c>', "good"),  # Excel's way to write an empty text
    ],
)  # fmt: skip
def test_every_way_to_write_a_cell_without_a_value(tmp_path: Path, cell: str, expected: str) -> None:
    path = altered(
        workbook(tmp_path / "w.xlsx", {"S": [PLAIN, ANN]}),
        "xl/worksheets/sheet1.xml",
        lambda text: re.sub(r'<c r="H2">.*?</c>', cell, text),
    )
    assert told(path)[2].removeprefix("cme_credits: ").startswith(expected)


def test_an_array_formula_without_values_leaves_none_of_its_cells_empty(tmp_path: Path) -> None:
    """Only the first of its cells has the formula; the others look like empty ones."""
    array = '<c r="H2"><f t="array" ref="H2:H3">A1:A2*5</f></c>'
    path = altered(
        workbook(tmp_path / "w.xlsx", {"S": [PLAIN, ANN, BOB, [*BOB[:2], "b@example.org", *BOB[3:]]]}),
        "xl/worksheets/sheet1.xml",
        lambda text: re.sub(r'<c r="H3">.*?</c>', '<c r="H3"/>', re.sub(r'<c r="H2">.*?</c>', array, text)),
    )
    said = told(path)
    assert [row for row, text in said.items() if "the formula =A1:A2*5 without a value" in text] == [2, 3]
    assert "H3 holds" in said[3]
    altered(path, "xl/worksheets/sheet1.xml", lambda text: text.replace("H2:H3", "A1:XFD1048576"))
    with pytest.raises(IntakeError, match="too many cells"):
        open_file(path)


def test_a_zero_that_no_program_has_calculated_is_no_value(tmp_path: Path) -> None:
    """Libraries write 0 for a formula, and leave it to Excel to calculate when the file is opened."""
    path = altered(
        workbook(tmp_path / "w.xlsx", {"S": [PLAIN, ANN]}),
        "xl/worksheets/sheet1.xml",
        lambda text: re.sub(r'<c r="H2">.*?</c>', '<c r="H2"><f>5+5</f><v>0</v></c>', text),
    )
    assert told(path) == {2: "good"}
    altered(
        path,
        "xl/workbook.xml",
        lambda text: text.replace("</workbook>", '<calcPr fullCalcOnLoad="1"/></workbook>'),
    )
    assert "H2 holds the formula =5+5 without a value" in told(path)[2]


def test_an_error_in_a_column_that_is_not_used_is_nothing(tmp_path: Path) -> None:
    rows = [[*PLAIN, "Lookup"], [*ANN, "#N/A"], [*BOB, "#BEZUG!"]]
    assert told(workbook(tmp_path / "w.xlsx", {"S": rows})) == {2: "good", 3: "good"}


def test_an_error_sets_aside_all_rows_of_its_group(tmp_path: Path) -> None:
    """A long file's attendance row must not be issued while its credit cannot be read."""
    row = ["meeting-2025", "7", "ann@example.org", "Ann", "Lee"]
    end = [1, "2025-10-29", 1]
    rows: list[Cells] = [[*LONG.split(",")], [*row, "Attendance", 0, *end], [*row, "CME", "#N/A", *end]]
    found = outcomes(open_file(workbook(tmp_path / "w.xlsx", {"S": rows})))
    assert [str(one) for one in found] == [
        "w.xlsx:2: row: belongs with row 3, which has a problem",
        "w.xlsx:3: credits: G3 holds the Excel error #N/A",
    ]


def test_a_row_with_an_unread_cell_stays_wrong_until_it_is_mended(tmp_path: Path) -> None:
    claims = open_file(FILES / "excel_errors.xlsx")
    written = write_rejects(tmp_path, TODAY, claims, {2: ["x"], 3: ["x"], 5: ["x"]})
    assert written
    again = outcomes(open_file(written))
    assert [reasons(one)[0][0] for one in again] == ["cme_credits", "cme_credits", "learner_id"]
    text = (
        written.read_text("utf-8-sig")
        .replace("#N/A", "9")
        .replace("(missing)", "18.75")
        .replace("#REF!", "X004")
    )
    written.write_text(text)
    assert [one.cme for one in outcomes(open_file(written)) if isinstance(one, Claim)] == [
        Decimal(9),
        Decimal("18.75"),
        Decimal(10),
    ]


def test_cells_are_named_as_a_spreadsheet_names_them() -> None:
    assert [cell_name(7, column) for column in (1, 4, 26, 27, 52, 703)] == [
        "A7",
        "D7",
        "Z7",
        "AA7",
        "AZ7",
        "AAA7",
    ]


# --- sheets


def test_another_sheet_with_claims_is_never_passed_over() -> None:
    """Read is the first; staff hear of the other before anything is done."""
    claims = open_file(FILES / "two_sheets.xlsx")
    (stop,) = claims.stops
    assert (stop.name, stop.file) == ("more-sheets", "two_sheets.xlsx")
    assert 'the sheet "Day 2" holds claims, too; only "Day 1" is read' in stop.text
    assert [one.name for one in outcomes(claims) if isinstance(one, Claim)] == ["Ana First"]


@pytest.mark.parametrize(
    ("sheets", "names"),
    [
        (("all",), ["Ana First", "Bob Second"]),
        (("Day 2",), ["Bob Second"]),
        (("day 2 ", "Day 1"), ["Bob Second", "Ana First"]),
    ],
)
def test_the_sheets_that_are_asked_for(sheets: tuple[str, ...], names: list[str]) -> None:
    claims = open_file(FILES / "two_sheets.xlsx", instructions=Instructions(sheets))
    assert claims.stops == ()
    assert [one.name for one in outcomes(claims) if isinstance(one, Claim)] == names


def test_a_sheet_that_is_not_there() -> None:
    with pytest.raises(IntakeError, match='has no sheet "Day 3"') as caught:
        open_file(FILES / "two_sheets.xlsx", instructions=Instructions(("Day 3",)))
    assert '"Day 1" and "Day 2"' in caught.value.hint


def test_rows_of_several_sheets_are_one_file_and_named_with_their_sheet(tmp_path: Path) -> None:
    """In any order of columns; what contradicts itself between two sheets is told, never summed."""
    turned = [list(reversed(row)) for row in (PLAIN, [*BOB[:7], "x", *BOB[8:]], [*ANN[:7], 11, *ANN[8:]])]
    path = workbook(
        tmp_path / "w.xlsx", {"One": [PLAIN, ANN], "Read me": [["About"]], "Two": [["October"], *turned]}
    )
    claims = open_file(path, instructions=Instructions(("all",)))
    assert claims.row_count == 3
    from pipeline.rules.claims.repeats import judge_rows

    found = [verdict for _, verdict in judge_rows(claims.rows, claims.judge)]
    assert [str(one) for verdict in found if isinstance(verdict, list) for one in verdict] == [
        "w.xlsx [One]:2: row: says something else of the same person and activity than row 4 of sheet 3:"
        " cme_credits differs",
        'w.xlsx [Two]:3: cme_credits: "x" is not a number; write it as 12.25, or leave it empty',
        "w.xlsx [Two]:4: row: says something else of the same person and activity than row 2:"
        " cme_credits differs",
    ]
    wrong = {one.row: ["x"] for verdict in found if isinstance(verdict, list) for one in verdict}
    written = write_rejects(tmp_path, TODAY, claims, wrong)
    assert written
    lines = written.read_text("utf-8-sig").splitlines()
    assert [line.split(",")[-2] for line in lines] == ["row", "One: 2", "Two: 3", "Two: 4"]
    assert [line.split(",")[3] for line in lines[1:]] == ["Ann Lee", "Bob Ray", "Ann Lee"]


def test_a_sheet_of_people_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Its header names no activity: whoever claims there would get nothing, and nobody would know."""
    people: list[Cells] = [["First Name", "Last Name", "E-Mail", "Hours"], ["Cy", "Roe", "cy@example.org", 4]]
    path = workbook(tmp_path / "w.xlsx", {"One": [PLAIN, ANN], "Two": people, "Key": [["Name", "Email"]]})
    (stop,) = open_file(path).stops
    assert (stop.name, 'the sheet "Two" lists people' in stop.text) == ("more-sheets", True)
    assert 'certs check --sheet "Two"' in stop.text
    claims = open_file(path, instructions=Instructions(("all",)))
    assert ([stop.name for stop in claims.stops], claims.row_count) == (["more-sheets"], 1)
    assert open_file(path, instructions=Instructions(("One",))).stops == ()
    with pytest.raises(IntakeError, match="no column activity"):
        open_file(path, instructions=Instructions(("Two",)))


def test_sheets_with_other_columns_are_given_one_by_one(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx", {"One": [PLAIN, ANN], "Two": [PLAIN[:-1], BOB[:-1]]})
    assert [stop.name for stop in open_file(path).stops] == ["more-sheets"]
    with pytest.raises(IntakeError, match="has other columns than the first"):
        open_file(path, instructions=Instructions(("all",)))


def test_a_sheet_that_goes_on_without_a_header_holds_claims(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "w.xlsx", {"One": [PLAIN, ANN], "Rest": [BOB], "Notes": [["mail", "to a@example.org"]]}
    )
    (stop,) = open_file(path).stops
    assert '"Rest"' in stop.text
    assert '"Notes"' not in stop.text


def test_a_visible_sheet_comes_before_a_hidden_one() -> None:
    """The hidden sheet often holds last year's names."""
    claims = open_file(FILES / "hidden_sheet.xlsx")
    (stop,) = claims.stops
    assert stop.name == "hidden-rows"
    assert 'the hidden sheet "Old" holds claims, too; only "New" is read' in stop.text
    assert '"New"' in claims.description
    asked = open_file(FILES / "hidden_sheet.xlsx", instructions=Instructions(("Old",)))
    assert asked.stops == ()
    assert '"Old"' in asked.description


def test_a_hidden_sheet_is_read_where_no_other_has_claims(tmp_path: Path) -> None:
    path = altered(
        workbook(tmp_path / "w.xlsx", {"S": [PLAIN, ANN], "Cover": [["Hello"]]}),
        "xl/workbook.xml",
        lambda text: text.replace('name="S"', 'name="S" state="veryHidden"'),
    )
    claims = open_file(path)
    assert [stop.name for stop in claims.stops] == ["hidden-rows"]
    assert [one.name for one in outcomes(claims) if isinstance(one, Claim)] == ["Ann Lee"]


@pytest.mark.parametrize("how", ['hidden="1"', 'hidden="true"', 'ht="0" customHeight="1"'])
def test_hidden_rows_stop(tmp_path: Path, how: str) -> None:
    """Hidden by hand or filtered out: somebody did not mean them to be seen. Blank ones are no rows."""
    path = altered(
        workbook(tmp_path / "w.xlsx", {"S": [PLAIN, ANN, BOB, [""]]}),
        "xl/worksheets/sheet1.xml",
        lambda text: text.replace('<row r="3"', f'<row r="3" {how}').replace(
            '<row r="4"', f'<row r="4" {how}'
        ),
    )
    claims = open_file(path)
    (stop,) = claims.stops
    assert (stop.name, stop.file, stop.rows) == ("hidden-rows", "w.xlsx", (3,))
    assert len([one for one in outcomes(claims) if isinstance(one, Claim)]) == 2
    assert open_file(FILES / "hidden_rows.xlsx").stops[0].rows == (3,)


# --- what stays right


@pytest.mark.parametrize(
    ("name", "amounts"),
    [
        ("number_formats", ["10.5", None, None, None, "10.25", "10.5", None, "10.5"]),
        ("backslash_paths", ["5"]),
    ],
)
def test_numbers_are_read_for_what_they_are(name: str, amounts: list[str | None]) -> None:
    """Whatever their format shows; times, dates and percents are no credits."""
    found = outcomes(open_file(FILES / f"{name}.xlsx"))
    assert [str(one.cme) if isinstance(one, Claim) else None for one in found] == amounts


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("xl/workbook.bin", "is an .xlsb workbook"),
        ("Index/Document.iwa", "is a Numbers document"),
        ("word/document.xml", "is a document, not a workbook"),
        ("claims.csv", "is a zip archive"),
        ("mimetype", "is an OpenDocument file"),
    ],
)
def test_other_archives_are_named(tmp_path: Path, member: str, words: str) -> None:
    path = tmp_path / "claims.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(IntakeError, match=re.escape(words)) as caught:
        open_file(path)
    assert caught.value.hint


def test_a_workbook_may_not_bring_a_document_type(tmp_path: Path) -> None:
    """Entities that expand to gigabytes need one."""
    path = altered(
        workbook(tmp_path / "w.xlsx", {"S": [PLAIN, ANN]}),
        "xl/worksheets/sheet1.xml",
        lambda text: f'<!DOCTYPE x [<!ENTITY a "aaaa">]>{text}',
    )
    with pytest.raises(IntakeError, match="not a workbook that can be read"):
        open_file(path)
