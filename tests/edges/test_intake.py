"""Files in the wild: each is read exactly, or refused in one sentence, or its bad rows are told by number."""

from __future__ import annotations

import codecs
import datetime as dt
import io
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.errors import IntakeError
from pipeline.intake import ToForget, forget_in_rejects, write_rejects
from pipeline.rules.claims.activity_names import ActivityNames
from pipeline.rules.claims.claim import Claim, Instructions, Problem, Row
from pipeline.rules.claims.columns import read_column_map
from pipeline.rules.claims.forgotten import ForgottenPerson
from pipeline.rules.claims.formulas import as_given, harmless
from tests.support.claim_values import (
    CATALOG,
    HEADER,
    LONG,
    TODAY,
    open_file,
    opened,
    outcomes,
    reasons,
    workbook,
)

NAME = "José Muñoz"
ROW = f"meeting-2025,7,ann@example.org,{NAME},MD,yes,2025-10-25,12.25,,,yes"
WIDE = f"{HEADER}\r\n{ROW}\r\n"


@pytest.mark.parametrize(
    ("content", "spoken"),
    [
        (WIDE.encode(), "UTF-8, commas, wide"),
        (codecs.BOM_UTF8 + WIDE.encode(), "UTF-8, commas, wide"),
        (WIDE.encode("cp1252"), "Windows-1252, commas, wide"),
        (WIDE.replace(",", ";").replace("12.25", "12,25").encode("cp1252"), "Windows-1252, semicolons, wide"),
        (WIDE.replace(",", "\t").encode("utf-16"), "UTF-16, tabs, wide"),
        (WIDE.replace(",", "\t").encode("utf-16-le"), "UTF-16, tabs, wide"),
        (WIDE.replace(",", "|").encode(), "UTF-8, pipes, wide"),
        (b"sep=;\r\n" + WIDE.replace(",", ";").encode(), "UTF-8, semicolons, wide"),
        (WIDE.replace("\r\n", "\r").encode(), "UTF-8, commas, wide"),
        (("\n\nClaims of October,,\n" + WIDE + "\n,,,,\n").encode(), "UTF-8, commas, wide"),
        (WIDE.replace("activity,learner_id", "Activity , Learner ID").replace("email", "E-Mail").encode(),
         "UTF-8, commas, wide"),
        (WIDE.replace("2025-10-25", "25/10/2025").encode(), "UTF-8, commas, wide, dates day first"),
    ],
    ids=["utf-8", "bom", "1252", "german", "utf-16", "no-mark",
        "pipes", "sep", "old-mac", "title", "aliases", "order"],
)  # fmt: skip
def test_every_dialect_gives_the_same_claim(tmp_path: Path, content: bytes, spoken: str) -> None:
    """Names and decimals survive every way a spreadsheet saves them; staff read which."""
    claims = opened(tmp_path, content)
    assert claims.description == f"read as {spoken}"
    assert claims.row_count == 1
    (claim,) = outcomes(claims)
    assert isinstance(claim, Claim)
    assert (claim.name, claim.cme, claim.learner_id) == (NAME, Decimal("12.25"), "7")
    assert claim.completed_on == dt.date(2025, 10, 25)
    assert claim.met == (("evaluation", True),)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "is empty"),
        (f"{HEADER}\n".encode(), "has a header and no rows"),
        (b"activity,name\nx,y\n", "it has no column email"),
        (b"activity,email,first_name\nx,y,z\n", "no column name"),
        (b"activity,email,e-mail,name\nx,y,z,a\n", "email and e-mail both mean email"),
        (b"activity,email,name,foo,FOO\nx,y,z,a,b\n", "2 columns are named foo; delete one"),
        (b"activity,email,wer\nx,y,z\n", "Its columns are: activity, email, wer."),
        (b"activity,email,name,credits\nx,y,z,5\n", "nobody can tell which credits"),
        (b"activity,email,name,cme_credtis\nx,y,z,5\n", "looks like cme_credits, misspelt"),
        (b"PK\x03\x04 this is no workbook", "not a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old .xls"),
        (b"%PDF-1.7\n", "is a PDF"),
        (b"<html><table>", "is a web page"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html>\n<html>", "is a web page"),
        (
            b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook>',
            "an Excel 2003 XML sheet",
        ),
        (b'[{"email": "a@example.org"}]', "is JSON"),
        (b'{\n "rows": []}', "is JSON"),
        (b"\x1f\x8b\x08", "is an archive"),
        (bytes(range(256)) * 40, "names no column that is known"),
        (f'{HEADER}\nmeeting-2025,7,a@example.org,"Ann Lee,MD\n'.encode() + b"x\n" * 9, "never closed"),
        (f"{HEADER}\n".encode() + b"x" * 1_100_000, "no table"),
        ("activity,email,name\nx,y,z".encode("utf-32"), "UTF-32"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes, words: str
) -> None:
    """One sentence naming the file, and a hint."""
    with pytest.raises(IntakeError) as caught:
        opened(tmp_path, content)
    assert words in caught.value.message
    assert "claims.csv" in caught.value.message
    assert caught.value.hint


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="There is no file"):
        open_file(tmp_path / "nothing.csv")
    with pytest.raises(IntakeError, match="is a folder"):
        open_file(tmp_path)


def test_bad_rows_are_told_by_the_number_a_spreadsheet_shows(tmp_path: Path) -> None:
    """Quoted line breaks and blank lines count as a spreadsheet counts them; the good rows go on."""
    good = ROW.replace(NAME, '"José\nMuñoz"')
    lines = [
        good,  # 2
        "",  # 3
        ROW.replace("12.25", "12.3"),  # 4
        ROW + ",too,many",  # 5
        "meeting-2025,8,b@example.org,Bob",  # 6
        ROW.replace(NAME, '"Ann" Lee'),  # 7
        ROW.replace(NAME, "Ann\x00Lee"),  # 8
        ROW.removesuffix(",yes"),  # 9: only a requirement's cell is missing
        ROW + ",,",  # 10
        HEADER.replace(",", " ,"),  # 11
    ]
    found = outcomes(opened(tmp_path, "\n".join([HEADER, *lines])))
    told = {}
    for outcome in found:
        for problem in outcome if isinstance(outcome, list) else [outcome]:
            told[problem.row] = problem.reason if isinstance(problem, Problem) else "good"
    assert told[2] == told[9] == told[10] == "good"
    assert "multiple" in told[4]
    assert "13 cells for 11 columns" in told[5]
    assert "4 cells for 11 columns" in told[6]
    assert "quotation mark" in told[7]
    assert "U+0000" in told[8]
    assert told[11] == "repeats the header"
    assert set(told) == {2, 4, 5, 6, 7, 8, 9, 10, 11}


@pytest.mark.parametrize(
    "row",
    [
        ROW.replace(",", ", "),
        ", ".join(f'"{cell}"' for cell in ROW.split(",")),
        ROW.replace(NAME, f'   "{NAME}"'),
        " ,".join(f'"{cell}"' for cell in ROW.split(",")) + "  ",
        " , ".join(f'"{cell}"' for cell in ROW.split(",")),
        ROW.replace(NAME, f"\u200b{NAME}\u200b").replace("ann@example.org", "\u200eann@example.org\u200b"),
        ROW.replace(NAME, f"\u202b{NAME}\u202c").replace("yes", "yes\u200b").replace("12.25", "\ufeff12.25"),
        ROW.replace(NAME, f"“{NAME}”"),
        ROW.replace("meeting-2025", '"=""meeting-2025"""').replace(",7,", ',"=""7""",'),
        ROW + "\n\x1a",
        ROW + "\n\x00\x00\x00",
        ROW + "\n\x1a\x00\n",
    ],
    ids=[
        "blanks", "quoted", "mark", "after", "around", "zero", "direction", "typographic", "formula",
        "ctrl-z", "nul", "both",
    ],
)  # fmt: skip
def test_what_draws_nothing_changes_nothing(tmp_path: Path, row: str) -> None:
    """Blanks before quotation marks, signs at the ends of cells, and what old programs end a file with."""
    claims = opened(tmp_path, f"{HEADER}\n{row}\n")
    (claim,) = outcomes(claims)
    assert isinstance(claim, Claim), claim
    assert (claim.name, claim.email, claim.learner_id) == (NAME, "ann@example.org", "7")
    assert (claim.cme, claim.credentials, claim.met) == (Decimal("12.25"), "MD", (("evaluation", True),))
    assert ("blanks before quotation marks passed over" in claims.description) == (' "' in row)


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ('"Ann, ""Nan"" Lee" ', 'Ann, "Nan" Lee'), ('"Ann\nLee"  ', "Ann\nLee"),
        ('"Ann\u2028Lee" ', "Ann\u2028Lee"),
        ('"Ann" Lee', None), ('"Ann" "Lee" ', None), ('"Ann" ,"', None),
    ],
)  # fmt: skip
def test_a_blank_after_a_closing_mark_does_not_count(tmp_path: Path, cell: str, read: str | None) -> None:
    """Whatever else follows one sets the row aside; the next row is another."""
    claims = opened(tmp_path, f"{HEADER}\n{ROW.replace(NAME, cell)}\n{ROW.replace(NAME, 'Bo Ray')}\n")
    first, *others = claims.rows()
    if read is None:
        assert isinstance(first, Problem)
        assert "quotation mark" in first.reason
    else:
        assert isinstance(first, Row)
        assert first.cells["name"] == read
        assert [one.cells["name"] for one in others if isinstance(one, Row)] == ["Bo Ray"]


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#BEZUG!", "#NV", "Err:502"])
def test_an_error_that_an_export_to_csv_kept(tmp_path: Path, error: str) -> None:
    """In a column that counts the row is set aside; elsewhere it is nothing."""
    rows = [f"{ROW.replace('12.25', error)},x", f"{ROW},{error}", f"{ROW.replace(',7,', f',{error},')},x"]
    wrong, good, other = outcomes(opened(tmp_path, "\n".join([HEADER + ",lookup", *rows])))
    assert reasons(wrong) == [("cme_credits", f"H2 holds the Excel error {error}")]
    assert reasons(other) == [("learner_id", f"B4 holds the Excel error {error}")]
    assert isinstance(good, Claim)


def test_a_quotation_mark_that_swallows_rows_is_seen(tmp_path: Path) -> None:
    """Rows must never vanish into a cell."""
    broken = ROW.replace(NAME, '"Ann Lee')
    closing = ROW.replace("MD", '"') + '"'
    found = outcomes(opened(tmp_path, f"{HEADER}\n{broken}\n{ROW}\n{closing}\n{ROW}\n"))
    assert any(isinstance(one, Problem) and "quotation mark" in one.reason for one in found)


def test_utf8_with_a_broken_byte_sets_aside_that_row_alone(tmp_path: Path) -> None:
    """One bad byte does not garble everybody else's name."""
    broken = ROW.encode().replace(NAME.encode(), b"Jos\xe9 Lee")
    claims = opened(tmp_path, b"\n".join([HEADER.encode(), ROW.encode(), broken, ROW.encode()]))
    first, second, _ = outcomes(claims)
    assert isinstance(first, Claim)
    assert first.name == NAME
    assert isinstance(second, Problem)
    assert "byte 0xe9" in second.reason


@pytest.mark.parametrize(
    ("codec", "spoken"),
    [("mac_roman", "MacRoman"), ("cp850", "DOS code page 850"), ("cp1252", "Windows-1252")],
)
def test_a_code_page_is_recognised_by_the_names_of_the_file(tmp_path: Path, codec: str, spoken: str) -> None:
    """Excel for the Mac saves another one than Excel for Windows; what else is in the file has no say."""
    names = ["José Muñoz", "Renée Côté", "Björn Åkesson"]
    rows = [ROW.replace(NAME, name).replace(",7,ann@", f",{at},a{at}@") for at, name in enumerate(names, 1)]
    header = HEADER + ",remark"
    claims = opened(tmp_path, "\n".join([header, *(f"{row},§ ± é" for row in rows)]).encode(codec, "replace"))
    assert f"read as {spoken}, commas" in claims.description
    assert [one.name for one in outcomes(claims) if isinstance(one, Claim)] == names


def test_a_name_that_two_code_pages_read_is_set_aside(tmp_path: Path) -> None:
    """With nothing else to go by, nobody can tell whose name it is."""
    content = f"{HEADER}\n{ROW.replace(NAME, 'Luis García')}\n{ROW.replace(NAME, 'Ann Lee')}\n"
    garcia, ann = outcomes(opened(tmp_path, content.encode("mac_roman")))
    assert isinstance(ann, Claim)
    ((field, reason),) = reasons(garcia)
    assert field == "name"
    assert reason.startswith('"Luis Garc’a" could also be "Luis García"')


def test_garbled_before_it_came_to_us(tmp_path: Path) -> None:
    """JosÃ© is told, not printed."""
    garbled = WIDE.encode().decode("cp1252")
    (outcome,) = outcomes(opened(tmp_path, garbled))
    assert 'perhaps "José Muñoz"' in reasons(outcome)[0][1]


def test_dates_are_settled_by_the_file(tmp_path: Path) -> None:
    """03/11/2025 alone is a question; beside 25/10/2025 it is 3 November."""
    rows = [ROW.replace("2025-10-25", day) for day in ("03/11/2025", "25/10/2025")]
    (alone,) = outcomes(opened(tmp_path, f"{HEADER}\n{rows[0]}\n"))
    assert reasons(alone)[0][0] == "completed_on"
    both = outcomes(opened(tmp_path, "\n".join([HEADER, *rows])))
    assert isinstance(both[0], Claim)
    assert both[0].completed_on == dt.date(2025, 11, 3)


def test_a_column_map_names_unknown_headers(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("Kurs,Post,Wer,Punkte\nmeeting-2025,ann@example.org,Ann Lee,5\n")
    mapping, wrong = read_column_map("Kurs=activity, Post = email, wer=name, Punkte=cme", [])
    assert wrong == []
    (claim,) = outcomes(open_file(path, mapping))
    assert isinstance(claim, Claim)
    assert claim.cme == 5


# --- workbooks


def test_a_workbook_is_read_as_it_is_shown(tmp_path: Path) -> None:
    """Dates, decimals, truth values and ids come as Excel shows them, from the sheet that has the columns."""
    path = workbook(
        tmp_path / "claims.xlsx",
        {
            "Read me": [["This is an export"]],
            "Claims": [
                [],
                HEADER.split(","),
                ["meeting-2025", 1234567, "ann@example.org", NAME, "MD", True, dt.date(2025, 10, 25), 12.25, 12, "", "yes"],  # noqa: E501
                [],
                ["meeting-2025", 8, "bob@example.org", "Bob", "", 1, dt.datetime(2025, 10, 25, 23, 59), 12.3],  # noqa: DTZ001
            ],
        },
    )  # fmt: skip
    claims = open_file(path)
    assert claims.description == 'read as Excel workbook, sheet "Claims", wide'
    first, second = outcomes(claims)
    assert isinstance(first, Claim)
    assert (first.row, first.learner_id, first.name) == (3, "1234567", NAME)
    assert (first.cme, first.abim, first.attended) == (Decimal("12.25"), Decimal(12), True)
    assert first.completed_on == dt.date(2025, 10, 25)
    assert isinstance(second, list)
    assert [str(problem) for problem in second] == [
        'claims.xlsx:5: cme_credits: "12.3" is not a multiple of 0.25'
    ]


def test_a_sparse_sheet_does_not_fill_the_memory(tmp_path: Path) -> None:
    """One cell in the last corner would make the reader lay out sixteen thousand million."""
    path = workbook(tmp_path / "claims.xlsx", {"S": [HEADER.split(",")]})
    import zipfile

    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    parts[sheet] = parts[sheet].replace(b"</sheetData>", corner)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    with pytest.raises(IntakeError, match="too many cells"):
        open_file(path)


# --- long files


def _long(*rows: str) -> str:
    return "\n".join([LONG, *rows])


def test_long_rows_pivot_wherever_they_stand(tmp_path: Path) -> None:
    """One claim a person and activity; a credit type without a row is absent, not zero."""
    found = outcomes(
        opened(
            tmp_path,
            _long(
                "meeting-2025,7,ann@example.org,Ann,Lee,AMA PRA Category 1 Credits™,12.25,1,2025-10-29T10:00:00Z,1",  # noqa: E501
                "meeting-2025,8,bob@example.org,Bob,Ray,Attendance,0,1,2025-10-29,1",
                "meeting-2025,7,ann@example.org,Ann,Lee,ABIM MOC,12,1,2025-11-03T10:00:00Z,1",
                "meeting-2025,7,ann@example.org,Ann,Lee,AMA PRA Category 1 Credits™,12.250,1,2025-10-29,1",
            ),
        )
    )
    bob, ann = found
    assert isinstance(ann, Claim)
    assert isinstance(bob, Claim)
    assert (ann.row, ann.cme, ann.abim, ann.abp) == (2, Decimal("12.25"), Decimal(12), None)
    assert ann.completed_on == dt.date(2025, 10, 29)  # the CME's day, not the board's
    assert (bob.cme, bob.attended) == (None, True)


def test_long_rows_that_differ_are_all_set_aside(tmp_path: Path) -> None:
    row = "meeting-2025,7,ann@example.org,Ann,Lee,CME,{},1,2025-10-29,1"
    found = outcomes(opened(tmp_path, _long(row.format(5), row.format(6))))
    assert [(one.row, one.field) for one in found if isinstance(one, Problem)] == [
        (2, "cme_credits"),
        (3, "cme_credits"),
    ]


@pytest.mark.parametrize("cme", ["meeting-2025", "Meeting 2025", "MEETING_2025", "the meeting 2025"])
@pytest.mark.parametrize("abim", ["The Meeting 2025", "meeting-2025 "])
def test_long_rows_pivot_by_the_activity_that_is_meant(tmp_path: Path, cme: str, abim: str) -> None:
    """Slug, title and other spellings in one file: the credits of one person and activity come together."""
    (claim,) = outcomes(
        opened(
            tmp_path,
            _long(
                f"{cme},7,ann@example.org,Ann,Lee,CME,12.25,1,2025-10-29,1",
                f"{abim},7,ann@example.org,Ann,Lee,ABIM MOC,12,1,2025-10-29,1",
            ),
        )
    )
    assert isinstance(claim, Claim)
    assert (claim.activity, claim.cme, claim.abim) == ("meeting-2025", Decimal("12.25"), Decimal(12))


def test_long_rows_of_no_activity_pivot_by_their_text(tmp_path: Path) -> None:
    """Two misspelt activities are two, and are quoted as they were written."""
    row = "{},7,ann@example.org,Ann,Lee,CME,12.25,1,2025-10-29,1"
    one, other = outcomes(opened(tmp_path, _long(row.format("Meating A"), row.format("Meating B"))))
    assert '"Meating A" is not an activity' in reasons(one)[0][1]
    assert '"Meating B" is not an activity' in reasons(other)[0][1]


def test_long_rows_that_say_the_same_in_other_words_agree(tmp_path: Path) -> None:
    """Yes and 1, an address in another case, a day in another order; what does not count may differ."""
    header, row = LONG + ",evaluation,record", "meeting-2025,7,{},Ann,Lee,{},{},1,{},{},{},{}"
    rows = (
        row.format("ann@example.org", "CME", "12.5", "2025-10-29", "1", "yes", "a-1"),
        row.format("Ann@Example.org", "CME", "12.50", "10/29/2025", "yes", "Y", "a-2"),
        row.format("ANN@example.org", "ABIM MOC", "12", "2025-11-03", "true", "TRUE", "a-3"),
    )
    (claim,) = outcomes(opened(tmp_path, "\n".join([header, *rows])))
    assert isinstance(claim, Claim)
    assert (claim.email, claim.cme, claim.abim) == ("ann@example.org", Decimal("12.5"), Decimal(12))
    assert (claim.met, claim.completed_on) == ((("evaluation", True),), dt.date(2025, 10, 29))
    found = outcomes(opened(tmp_path, "\n".join([header, rows[0], rows[1].replace(",Y,", ",no,")])))
    assert [(one.row, one.field) for one in found if isinstance(one, Problem)] == [
        (2, "evaluation"),
        (3, "evaluation"),
    ]
    assert 'differ: "yes" in row 2, "no" in row 3' in str(found[0])


def test_incomplete_long_rows_earn_nothing(tmp_path: Path) -> None:
    row = "course,7,ann@example.org,Ann,Lee,{},5,{},2026-01-05,"
    both = outcomes(opened(tmp_path, _long(row.format("Attendance", 1), row.format("CME", 0))))
    assert isinstance(both[0], Claim)
    assert (both[0].cme, both[0].attended) == (None, True)


def test_an_unknown_credit_type_is_never_dropped(tmp_path: Path) -> None:
    row = "meeting-2025,7,ann@example.org,Ann,Lee,{},5,1,2025-10-29,1"
    found = outcomes(opened(tmp_path, _long(row.format("CME"), row.format("ANCC"))))
    assert [(one.row, one.field) for one in found if isinstance(one, Problem)] == [
        (2, "row"),
        (3, "credit_type"),
    ]


# --- rejects


def test_rejects_are_mended_and_given_again(tmp_path: Path) -> None:
    """The row as given, its number and reason; what settled its date is not lost with the file."""
    bad = (
        ROW.replace("12.25", "12.3")
        .replace("2025-10-25", "03/11/2025")
        .replace("MD", "=cmd()")
        .replace(",", ";")
    )
    good = ROW.replace("2025-10-25", "25/10/2025").replace(",", ";")
    claims = opened(tmp_path, f"{HEADER.replace(',', ';')}\n{good}\n{bad}\n")
    folder = tmp_path / "rejects"
    written = write_rejects(folder, TODAY, claims, {3: ["cme_credits: wrong"]})
    assert written == folder / "claims-2026-07-01.csv"
    text = written.read_bytes().decode("utf-8-sig")
    assert text.splitlines()[0].endswith(";row;reason")
    assert "'=cmd()" in text
    assert text.splitlines()[1].endswith(";3;cme_credits: wrong [dates day first]")
    assert written.stat().st_mode & 0o077 == 0
    assert write_rejects(folder, TODAY, claims, {3: ["cme_credits: wrong"]}) == written  # the same again
    other = write_rejects(folder, TODAY, claims, {2: ["other"]})
    assert other == folder / "claims-2026-07-01-2.csv"
    written.write_bytes(text.replace("12.3;", "12.5;").encode("cp1252"))  # as Excel might save it
    (claim,) = outcomes(open_file(written))
    assert isinstance(claim, Claim)
    assert (claim.cme, claim.credentials, claim.completed_on) == (
        Decimal("12.5"),
        "=cmd()",
        dt.date(2025, 11, 3),
    )


def test_a_short_row_stays_wrong_until_it_is_mended(tmp_path: Path) -> None:
    """Its missing credits must not come back as no credits."""
    claims = opened(tmp_path, f"{HEADER}\nmeeting-2025,7,ann@example.org,Ann Lee\n")
    written = write_rejects(tmp_path, TODAY, claims, {2: ["short"]})
    assert written
    (outcome,) = outcomes(open_file(written))
    assert ("cme_credits", '"(missing)" is not a number; write it as 12.25, or leave it empty') in reasons(
        outcome
    )


def test_columns_that_are_not_used_are_not_kept(tmp_path: Path) -> None:
    """Rejects files are kept for years: no birth date may be in them. The rows can be mended all the same."""
    claims = open_file(Path(__file__).parent / "claims_files" / "birth_date.csv")
    written = write_rejects(tmp_path, TODAY, claims, {2: ["x"], 3: ["x"]})
    assert written
    text = written.read_text("utf-8-sig")
    assert not re.search("Birth|NPI|1970|1971|12345", text)
    written.write_text(text.replace("notanaddress", "b1@example.org"))
    assert [(one.name, one.cme) for one in outcomes(open_file(written)) if isinstance(one, Claim)] == [
        ("Nora Nine", Decimal(10)),
        ("Olaf Ten", Decimal(10)),
    ]


@pytest.mark.parametrize(
    "row",
    [
        "meeting-2025,a@example.org,Lee, Ann,1970-02-03,10,yes",  # too many cells: the date stands under cme
        "meeting-2025,Ann Lee,1970-02-03,10",  # cells are missing: the date stands under name
        'meeting-2025,a@example.org,"Ann" Lee,1970-02-03,10,yes',
    ],
)
def test_of_a_row_that_does_not_fit_no_cell_is_kept_that_may_be_out_of_place(
    tmp_path: Path, row: str
) -> None:
    claims = opened(tmp_path, f"activity,email,name,born,cme_credits,evaluation\n{row}\n")
    written = write_rejects(tmp_path / "r", TODAY, claims, {2: ["does not fit"]})
    assert written
    assert "1970" not in written.read_text("utf-8-sig")
    assert reasons(outcomes(open_file(written))[0])  # still wrong


def test_no_rejects_no_file(tmp_path: Path) -> None:
    assert write_rejects(tmp_path / "rejects", TODAY, opened(tmp_path, WIDE), {}) is None
    assert not (tmp_path / "rejects").exists()


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-cmd", "@SUM(A1)", "\tx", "\rx", "＝1", "'=1", "-2+3"])
def test_a_formula_is_made_harmless(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-1.5", "+12", "12.25", "Ann", "'Ann", "'-1.5"])
def test_what_is_no_formula_stays(cell: str) -> None:
    assert harmless(cell) == cell


@given(st.text(alphabet="'=+-@\t\ra1.", max_size=8))
def test_harmless_is_undone_exactly(cell: str) -> None:
    assert as_given(harmless(cell)) == cell


ANN = ForgottenPerson(
    frozenset(["L1"]), frozenset(["ann lee"]), frozenset(["ann@example.org"]), frozenset(["fam@example.org"])
)


def test_rejects_forget_people_too(tmp_path: Path) -> None:
    """No file keeps a forgotten person; other people's rows stay."""
    other = ROW.replace("ann@", "joann@")
    claims = opened(tmp_path, f"{HEADER}\n{ROW}\n{other}\n")
    folder = tmp_path / "rejects"
    written = write_rejects(folder, TODAY, claims, {2: ["x"], 3: ["y"]})
    assert written
    activities = ActivityNames(CATALOG)
    forget_in_rejects(folder, ToForget(TODAY, activities, [ANN]))
    text = written.read_text("utf-8-sig")
    assert ",ann@" not in text
    assert "joann@example.org" in text
    forget_in_rejects(folder, ToForget(dt.date(2031, 10, 29), activities))
    assert written.exists()  # its last day
    forget_in_rejects(folder, ToForget(dt.date(2031, 10, 30), activities))
    assert not written.exists()


# --- anything

_WILD = st.one_of(
    st.binary(max_size=400),
    st.binary(max_size=200).map(lambda data: WIDE.encode() + data),
    st.binary(max_size=200).map(lambda data: f"{LONG}\n".encode() + data),
    st.binary(max_size=200).map(lambda data: b"PK\x03\x04" + data),
    st.lists(st.text(max_size=20), max_size=30).map(lambda cells: (HEADER + "\n" + ",".join(cells)).encode("utf-8", "replace")),  # noqa: E501
    st.lists(st.sampled_from([ROW, ROW[:40], '"', ",", "\n", "\r", "\x00", ";", "=", "é"]), max_size=12).map(
        lambda parts: (HEADER + "\n" + "".join(parts)).encode()
    ),
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=_WILD)
def test_any_bytes_have_a_clear_outcome(tmp_path: Path, content: bytes) -> None:
    """Never a traceback: a file is refused with a sentence, or every row is a claim or problems."""
    try:
        claims = opened(tmp_path, content)
        found = outcomes(claims)
        told = {one.row: ["x"] for one in found if isinstance(one, Problem)}
        written = write_rejects(tmp_path / "r", TODAY, claims, told)
    except IntakeError as error:
        refused = error.message
    else:
        refused = ""
    assert refused.isprintable()
    if refused:
        assert refused.endswith(".")
        return
    for one in found:
        for problem in one if isinstance(one, list) else [one]:
            assert not isinstance(problem, Problem) or str(problem).isprintable()
    if written:
        written.unlink()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(place=st.integers(0, 3000), data=st.binary(min_size=1, max_size=8))
@example(place=1768, data=b"\x00")  # within the sheet
def test_a_damaged_workbook_has_a_clear_outcome(tmp_path: Path, place: int, data: bytes) -> None:
    """It is read as it was written, or refused in a sentence that says what: never read as something else."""
    sound = workbook(tmp_path / "w.xlsx", {"S": [HEADER.split(","), ROW.split(",")]}).read_bytes()
    damaged = io.BytesIO(sound)
    damaged.seek(place % len(sound))
    damaged.write(data)
    said = None
    try:
        found = outcomes(opened(tmp_path, damaged.getvalue(), "claims.xlsx"))
    except IntakeError as error:
        said = error
    if said is None:
        assert found == outcomes(opened(tmp_path, sound, "claims.xlsx"))
    else:
        assert "claims.xlsx" in said.message
        assert said.message.isprintable()
        assert said.hint


def test_the_demo_shows_what_it_promises() -> None:
    """The demo's file has some forty people and the three activities of content/."""
    claims = open_file(Path(__file__).parents[1] / "demo" / "claims.csv")
    assert claims.row_count >= 40
    assert {"convergence-2025", "rheum-essentials-2026", "winter-symposium-2019"} < set(claims.activities)


def test_names_last_first_are_read_when_staff_say_so() -> None:
    """Else the file stops: each would be printed with the last name first."""
    path = Path(__file__).parent / "claims_files" / "last_first.csv"
    (stop,) = open_file(path).stops
    assert (stop.name, stop.rows) == ("names-inverted", (2, 3, 4, 5, 6))
    assert '"O’Neill, Bob J., DO"' in stop.text
    claims = open_file(path, instructions=Instructions(last_first=True))
    assert claims.stops == ()
    found = [one for one in outcomes(claims) if isinstance(one, Claim)]
    assert [(one.name, one.credentials) for one in found[:3]] == [
        ("Ana Peña", "MD"), ("Bob J. O’Neill", "DO"), ("Jan van der Berg", "MD, PhD"),
    ]  # fmt: skip
    assert [one.notes for one in found if one.notes] == [
        (("credentials", '"DO" stands in the name, "MD" in the column; what the name has is printed'),)
    ]


def test_a_name_that_cannot_be_turned_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    rows = [ROW.replace(NAME, f'"{name}"') for name in ("NGUYEN, DO", "MCDONALD, ANN")]
    path.write_text("\n".join([HEADER, *rows]))
    unclear, capitals = outcomes(open_file(path, instructions=Instructions(last_first=True)))
    assert "nobody can tell" in reasons(unclear)[0][1]
    assert isinstance(capitals, Claim)
    assert capitals.notes == (("name", '"ANN MCDONALD" is all capitals, and printed so'),)


def test_letters_in_a_long_file_are_read_from_the_name(tmp_path: Path) -> None:
    header = LONG.replace("first_name,last_name", "name")
    row = 'meeting-2025,7,ann@example.org,"LEE, ANN, MD",{},5,1,2025-10-29,1'
    path = tmp_path / "c.csv"
    path.write_text("\n".join([header, row.format("CME"), row.format("ABIM MOC")]))
    (claim,) = outcomes(open_file(path, instructions=Instructions(last_first=True)))
    assert isinstance(claim, Claim)
    assert (claim.name, claim.credentials) == ("Ann Lee", "MD")
    assert claim.cme == claim.abim == 5
