"""The rules of claims, by literals: what a row must say, and the reason it is told otherwise."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.rules.claims.activity_names import ActivityNames
from pipeline.rules.claims.claim import Claim, Conventions, Expired, Problem, Row
from pipeline.rules.claims.dates import DateEvidence, DateOrder, is_moved, read_date
from pipeline.rules.claims.names import clean_credentials, clean_name
from pipeline.rules.claims.pivot import credit_type
from pipeline.rules.claims.repeats import RowComparison
from pipeline.rules.claims.sign_up_names import doubt_about
from tests.support.claim_values import CATALOG, judge, judged, reasons


@pytest.mark.parametrize("amount", ["0.25", "12.25", "12.50", "45.25", "7"])
def test_credits_are_exact(amount: str) -> None:
    """The decimal of the file is the decimal of the claim."""
    claim = judged(cme_credits=amount)
    assert isinstance(claim, Claim)
    assert claim.cme == Decimal(amount)
    assert str(claim.cme) == amount


@pytest.mark.parametrize(
    ("cells", "field", "words"),
    [
        ({"cme_credits": "12.3"}, "cme_credits", "not a multiple of 0.25"),
        ({"cme_credits": "45.5"}, "cme_credits", "more than the activity's 45.25"),
        ({"cme_credits": "-1"}, "cme_credits", "less than zero"),
        ({"cme_credits": "12,25"}, "cme_credits", "write it as 12.25"),
        ({"cme_credits": "1e1"}, "cme_credits", "not a number"),
        ({"cme_credits": "NaN"}, "cme_credits", "not a number"),
        ({"cme_credits": "١٢"}, "cme_credits", "not a number"),
        ({"cme_credits": "", "abim_moc_points": "5"}, "abim_moc_points", "without CME credit"),
        ({"cme_credits": "4", "abim_moc_points": "5"}, "abim_moc_points", "more than the CME credit, 4"),
        ({"cme_credits": "20", "abp_moc_points": "1.25"}, "abp_moc_points", "not a multiple of 1"),
        ({"cme_credits": "5", "attended": "no"}, "cme_credits", "did not attend"),
        (
            {"activity": "course", "completed_on": "2026-01-05", "abim_moc_points": "5", "cme_credits": "5"},
            "abim_moc_points",
            "offers no ABIM MOC points",
        ),
        ({"activity": "course"}, "completed_on", "is missing"),
        ({"activity": "course", "completed_on": "2026-07-02"}, "completed_on", "in the future"),
        ({"completed_on": "2025-10-23"}, "completed_on", "before the activity's first day"),
        ({"activity": "next-2026"}, "activity", "starts only on 2026-10-01"),
        ({"activity": "draft", "completed_on": "2026-01-05"}, "activity", "draft"),
        ({"activity": "meating-2025"}, "activity", "did you mean meeting-2025?"),
        ({"activity": ""}, "activity", "is missing"),
        ({"email": "ann"}, "email", "not an e-mail address"),
        ({"email": "Ann <ann@example.org>"}, "email", "not an e-mail address"),
        ({"email": f"{'a' * 65}@example.org"}, "email", "65 octets before the @-sign"),
        ({"email": "ann@test"}, "email", "needs a dot"),
        ({"email": "ann@localhost"}, "email", "not an e-mail address"),
        ({"email": "ana@example.c"}, "email", "ends in .c"),
        ({"email": "ana@example.123"}, "email", "not an e-mail address"),
        ({"email": "p1@gmаil.com"}, "email", "two alphabets in its domain (Cyrillic and Latin)"),
        ({"email": "p1@xn--gmil-63d.com"}, "email", "two alphabets in its domain"),
        ({"email": "≮me@example.org"}, "email", "no letter"),
        ({"email": "a@example.org; b@example.org"}, "email", "not an e-mail address"),
        ({"email": "a@example.org\nBcc: b@example.org"}, "email", "not an e-mail address"),
        ({"attended": "maybe"}, "attended", "neither yes nor no"),
        ({"evaluation": "passed"}, "evaluation", "neither yes nor no"),
        ({"learner_id": "N/A"}, "learner_id", "placeholder"),
        ({"learner_id": "0000"}, "learner_id", "placeholder"),
        ({"learner_id": "1.23457E+11"}, "learner_id", "rounded by a spreadsheet"),
        ({"credentials": "#N/A"}, "credentials", "placeholder"),
    ],
)
def test_a_bad_row_says_field_and_reason(cells: dict[str, str], field: str, words: str) -> None:
    """What is malformed makes no claim, and staff read why."""
    found = reasons(judged(Conventions(), **cells))
    assert len(found) == 1
    assert found[0][0] == field
    assert words in found[0][1]


def test_all_problems_of_a_row_at_once() -> None:
    """Nobody mends a file five times over."""
    found = reasons(
        judged(activity="x", email="y", name="?", cme_credits="z", attended="w", completed_on="v")
    )
    assert {field for field, _ in found} == {
        "activity", "email", "name", "cme_credits", "attended", "completed_on",
    }  # fmt: skip


def test_a_problem_reads_as_file_row_field_reason() -> None:
    """`file:row: field: reason`."""
    outcome = judged(cme_credits="1.3")
    assert isinstance(outcome, list)
    assert str(outcome[0]) == 'claims.csv:2: cme_credits: "1.3" is not a multiple of 0.25'


def test_past_retention_is_counted_and_nothing_else() -> None:
    """Not even the problems of a row past retention are told: they would quote the person."""
    assert judged(activity="old-2019", email="broken", name="") == Expired("claims.csv", 2, "old-2019")
    assert judged(activity="course", completed_on="2020-06-30") == Expired("claims.csv", 2, "course")
    assert isinstance(judged(activity="course", completed_on="2020-07-01"), Claim)  # its last day


def test_absent_column_is_none_and_empty_credit_is_zero() -> None:
    """What a file does not have erases nothing."""
    claim = judged(cme_credits="", credentials="", evaluation="")
    assert isinstance(claim, Claim)
    assert (claim.cme, claim.abim, claim.abp) == (Decimal(0), None, None)
    assert (claim.credentials, claim.attended, claim.completed_on) == ("", None, None)
    assert claim.met == (("evaluation", False),)
    bare = judged()
    assert isinstance(bare, Claim)
    assert bare.credentials is None
    assert bare.met == ()


@pytest.mark.parametrize("text", ["Meeting-2025", " meeting 2025 ", "the meeting  2025", "MEETING_2025"])
def test_an_activity_by_slug_or_title_in_any_case(text: str) -> None:
    claim = judged(activity=text)
    assert isinstance(claim, Claim)
    assert claim.activity == "meeting-2025"


def test_a_file_of_unknown_activities_only_is_refused_as_a_whole() -> None:
    """An unknown activity stops the command with one sentence naming it."""
    names = ActivityNames(CATALOG)
    assert names.explain_none(["meeting-2025", "other"]) == ""
    assert "did you mean meeting-2025?" in names.explain_none(["meeting-2024"])
    assert "none of its 2 activities" in names.explain_none(["a", "b"])


def test_decimal_comma_only_where_it_can_be_nothing_else() -> None:
    claim = judged(Conventions(decimal_comma=True), cme_credits="12,25")
    assert isinstance(claim, Claim)
    assert claim.cme == Decimal("12.25")
    assert reasons(judged(Conventions(decimal_comma=True), cme_credits="1,250"))


def test_a_meeting_goes_by_attended_a_course_by_complete() -> None:
    """Learning systems leave `attended` at 0 for a course that nobody can attend."""
    course = judged(activity="course", completed_on="2026-01-05", attended="0", complete="1", cme_credits="5")
    assert isinstance(course, Claim)
    assert course.attended is True
    meeting = judged(attended="1", complete="0", cme_credits="5")
    assert isinstance(meeting, Claim)
    assert meeting.attended is True


# --- dates --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "2025-10-24", "2025-10-24T23:59:59-11:00", "2025-10-24T00:00:00Z", "2025-10-24 00:30", "2025/10/24",
        "20251024", "24/10/2025", "10/24/2025", "24.10.2025", "10/24/2025 11:30 PM", "45954", "45954.99",
        "24-Oct-2025", "October 24, 2025", "24 Sept 2025".replace("Sept", "Oct"), " 2025-10-24 ",
        "Friday, 24 October 2025, 7:12 PM", "Fri, 24 Oct 2025 19:12:00 +0000", "Friday, October 24, 2025",
    ],
)  # fmt: skip
def test_a_date_is_the_day_that_was_written(text: str) -> None:
    """Neither a time of day nor a zone moves it."""
    assert read_date(text) == dt.date(2025, 10, 24)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("03/04/2025", "2025-03-04 or 2025-04-03"),
        ("24/10/25", "two digits"),
        ("24-Oct-25", "two digits"),
        ("2025-02-30", "not in the calendar"),
        ("32/01/2025", "not in the calendar"),
        ("00/00/2025", "not in the calendar"),
        ("1925-10-24", "cannot be right"),
        ("yesterday", "not a date"),
        ("Monday, 24 October 2025", "2025-10-24 was a Friday"),
        ("Sundry, 24 October 2025", "2025-10-24 was a Friday"),
        ("Friday, soon", "not a date"),
        ("24 Octember 2025", "not in the calendar"),
        ("٢٠٢٥-١٠-٢٤", "not a date"),
    ],
)
def test_a_date_that_is_none_says_why(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        read_date(text)


@pytest.mark.parametrize(
    ("text", "new_york", "auckland"),
    [
        ("2026-01-01T03:30:00Z", "2025-12-31", "2026-01-01"),
        ("2026-03-01T04:30:00.000Z", "2026-02-28", "2026-03-01"),
        ("2026-01-01 03:30 UTC", "2025-12-31", "2026-01-01"),
        ("2025-12-31T20:00:00-05:00", "2025-12-31", "2026-01-01"),
        ("2026-01-01T03:30:00+0000", "2025-12-31", "2026-01-01"),
        ("Thu, 01 Jan 2026 03:30:00 +0000", "2025-12-31", "2026-01-01"),
        ("Thu, 01 Jan 2026 03:30:00 GMT", "2025-12-31", "2026-01-01"),
        ("January 1, 2026 at 3:30 AM UTC", "2025-12-31", "2026-01-01"),
        ("2026-01-01T03:30:00", "2026-01-01", "2026-01-01"),
        ("2026-01-01", "2026-01-01", "2026-01-01"),
        ("2026-01-01T27:30:00Z", "2026-01-01", "2026-01-01"),
    ],
)
def test_an_instant_is_of_a_day_in_a_zone(text: str, new_york: str, auckland: str) -> None:
    """A credit belongs to the year in which its holder completed the activity."""
    for name, day in (("America/New_York", new_york), ("Pacific/Auckland", auckland)):
        assert read_date(text, zone=ZoneInfo(name)).isoformat() == day
        assert is_moved(text, DateOrder.UNSETTLED, ZoneInfo(name)) == (read_date(text).isoformat() != day)


def test_an_instant_of_the_evening_before_a_meeting_is_no_fault() -> None:
    """Its day by the meeting's own clock may be the first."""
    zone = Conventions(zone=ZoneInfo("America/New_York"))
    assert isinstance(judged(zone, completed_on="2025-10-24T01:00:00Z"), Claim)
    assert reasons(judged(zone, completed_on="2025-10-23T01:00:00Z"))[0][0] == "completed_on"


def test_other_dates_settle_the_order() -> None:
    """13/11 shows that 03/04 is 3 April; 11/13 beside it shows nothing any more."""
    evidence = DateEvidence()
    evidence.add("03/04/2025")
    before = evidence.order
    evidence.add("13/11/2025")
    assert (before, evidence.order) == (DateOrder.UNSETTLED, DateOrder.DAY_FIRST)
    assert read_date("03/04/2025", evidence.order) == dt.date(2025, 4, 3)
    assert read_date("03/04/2025", DateOrder.MONTH_FIRST) == dt.date(2025, 3, 4)
    evidence.add("11/13/2025")
    assert evidence.order is DateOrder.MIXED
    with pytest.raises(ValueError, match="some dates day first"):
        read_date("03/04/2025", evidence.order)
    assert read_date("05/05/2025") == dt.date(2025, 5, 5)


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_a_reason(text: str) -> None:
    told = ""
    try:
        read_date(text)
    except ValueError as error:
        told = str(error)
    assert not told or told.startswith('"')  # a sentence of ours, not the library's


# --- names --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "O'Brien", "R&D Department Lee", "<b>Bold</b>", "van Helsing", "McDONALD", "de la Cruz", "ALL CAPS",
        "علی\u200cرضا", "ক\u09cd\u200dয".replace("ক", "র"), "ශ්\u200dරී", "ന\u0d4d\u200d",
        "李小龙", "葛\U000e0100城", "ᠠ\u180bᠨ", "Ngũgĩ wa Thiong’o", "Ọlá",
        "Kāneʻohe", "Şeyma", "Jennifer Null", "L. 2nd", "Nguyễn", "Ida True", "O´Neill", "Gal·la",
        "Ann Smith–Jones", "Robert “Bob” Smith", "Mª José", "M.ª Luisa", "McÉlroy", "DeÁngelis", "Ó hÓgáin",
        "ŽIŽEK", "D’Éon", "l’Été", "Jean–Luc", "Ana – Lopez", "Ünal İnönü", "Isma’il", "Ra’anan",
    ],
)  # fmt: skip
def test_a_name_stays_as_given(name: str) -> None:
    """No case, mark, apostrophe or joiner of a name is touched."""
    assert clean_name(name) == (name, [])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Ann \u202eeeL", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("Ann\u2066Lee", "U+2066 LEFT-TO-RIGHT ISOLATE"),
        ("Ann\u200bLee", "U+200B ZERO WIDTH SPACE"),
        ("A\u200dnn", "U+200D ZERO WIDTH JOINER"),
        ("علی\u200cb", "U+200C ZERO WIDTH NON-JOINER"),
        ("Ann\ufeff Lee", "U+FEFF"),
        ("Ann\u2060Lee", "U+2060 WORD JOINER"),
        ("Ann\u3164", "U+3164 HANGUL FILLER"),
        ("Ann\x00", "U+0000 control character"),
        ("Ann\x1b[2J", "U+001B control character"),
        ("Ann\x85", "U+0085 control character"),
        ("Ann\ue000", "U+E000 private use"),
        ("Ann\ud800", "U+D800 half a surrogate pair"),
        ("Ann\udc81", "byte 0x81"),
        ("Ann\U000e0041", "U+E0041 TAG LATIN CAPITAL LETTER A"),
        ("Jos\ufffd", "a letter was lost"),
        ("Jos?", "question mark"),
        ("JosÃ©", "José"),
        ("A" + "\u0301" * 9, "accents stacked"),
        ("\u0301Ann", "accents stacked"),
        ("", "is missing"),
        (" \u00a0\n", "is missing"),
        ("12345", "no letter"),
        ("-", "no letter"),
        ("N/A", "placeholder"),
        ("null null", "placeholder"),
        ("(null)", "placeholder"),
        ("undef", "placeholder"),
        ("TRUE", "placeholder"),
        ("-Infinity", "placeholder"),
        ("1#QNAN", "placeholder"),
        ("#QNAN", "placeholder"),
        ("<none>", "placeholder"),
        ("--none--", "placeholder"),
        ("- None -", "placeholder"),
        ("[object Object]", "placeholder"),
        ("\\N", "placeholder"),
        ("(No name)", "placeholder"),
        ("Not Provided", "placeholder"),
        ("First Last", "placeholder"),
        ("firstname lastname", "placeholder"),
        ("%FIRSTNAME% %LASTNAME%", "template"),
        ("*|FNAME|* *|LNAME|*", "template"),
        ("1E2", "is a number"),
        ("0x1F", "is a number"),
        ("Ana Pe–a", "holds –, which stands in no name"),
        ("Bob OÕNeill", "holds Õ"),
        ("Z‡k", "holds ‡"),
        ("¯aneta Wójcik", "holds ¯"),
        ("£±ka", "holds ±"),
        ("Jos‚ Lee", "holds ‚"),
        ("Mu¤oz", "holds ¤"),
        ("ŽR“c ‘¾˜Y", "holds ˜"),
        ("MoliŠre", "holds Š"),
        ("Bj”rn", "holds ”"),
        ("Mart’nez", "holds ’"),
        ("Garc¡a", "holds ¡"),
        ("wi¹tek", "holds ¹"),
        ("Ana™", "holds ™"),
        ("Jos·e", "holds ·"),
        ("Ann\u2028Lee", "U+2028 LINE SEPARATOR"),
        ("Ann\u2029", "U+2029 PARAGRAPH SEPARATOR"),
        ("Ann\x0bLee", "U+000B control character"),
        ("ann@example.org", "not a name"),
        ("@SUM(1)", "not a name"),
        ("Ann Lee http://evil.example/login", "not a name"),
        ("WWW.evil.example", "not a name"),
        ("{{ first_name }}", "a template's field"),
        ("<<First Name>>", "a template's field"),
        ("A" * 201, "at most 200"),
    ],
)
def test_a_name_that_could_deceive_is_told_by_its_character(name: str, words: str) -> None:
    """Nothing that nobody can see reaches a certificate, and staff read what it was."""
    _, wrong = clean_name(name)
    assert words in "; ".join(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "http://evil.example",
        "www.evil.example",
        "@SUM(1)",
        "{{ 7*7 }}",
        "MD\u2028PhD",
        "-",
        "--",
        "0",
        "1E2",
        "####",
        "MD, #N/A",
        "N/A; n/a",
        "--Select--",
        "Not applicable",
        "MD?",
        "Dipl?m",
    ],
)
def test_credentials_hold_no_link_formula_or_template(text: str) -> None:
    """Nor what programs and forms write where they have none."""
    assert clean_credentials(text)[1]
    assert clean_credentials("") == ("", [])
    assert clean_credentials("M.D., Ph.D., Dr.med., AΩA")[1] == []


def test_a_name_is_composed_and_its_white_space_folded() -> None:
    """A line break in a cell is a space on paper."""
    assert clean_name("'Ann Lee'") == ("Ann Lee", [])
    assert clean_name("'t Hooft") == ("'t Hooft", [])
    assert clean_name(" Jose\u0301\r\n  Nun\u0303ez\u00a0\u3000Lee ") == ("José Nuñez Lee", [])


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("Ann\u00adLee", "AnnLee"),
        ("Ann\ufe0f Lee", "Ann Lee"),
        ("Ann\U000e0100 Lee", "Ann Lee"),
        ("\u200bAnn Lee\u200b", "Ann Lee"),
        ("\u202bדוד כהן\u202c", "דוד כהן"),
        ("\u200fمريم\u200e", "مريم"),
        ("Ann Lee\ufeff", "Ann Lee"),
        ("علی\u200c", "علی"),
        ("“Ann Lee”", "Ann Lee"),
        ('"Ann Lee"', "Ann Lee"),
        ("„Ann Lee“", "Ann Lee"),
    ],
)
def test_what_draws_nothing_falls_away(cell: str, name: str) -> None:
    """Signs at the ends, hyphens for line breaks, selectors, and marks around the whole name."""
    assert clean_name(cell) == (name, [])


def test_what_was_left_out_of_a_name_is_said() -> None:
    claim = judged(name="Ann\u00adLee\ufe0f\u200b", credentials="MD")
    assert isinstance(claim, Claim)
    left_out = "U+00AD SOFT HYPHEN and U+FE0F VARIATION SELECTOR-16 is left out: it draws nothing of its own"
    assert (claim.name, claim.notes) == ("AnnLee", (("name", left_out),))


@pytest.mark.parametrize(
    ("name", "doubt"),
    [
        ("jsmith42", "has a digit"), ("Kim Minor 2", "has a digit"), ("L. 2nd", ""), ("Guest User", "guest"),
        ("iPhone", "device"), ("Kim's iPad", "device"), ("A", "one letter"),
        ("Ana Lopez (Ana L)", "brackets"),
        ("ana lopez", "no capital"), ("Dr. Ana Lopez", "title"), ("Prof Ana Lopez", "title"),
        ("Ana Lopez [deceased]", "brackets"), ("DO NOT USE Ana Lopez", "remark"),
        ("Kim she/her Minor", "remark"),
        ("Kim N/A", "nothing"), ("null Lopez", "nothing"), ("Kim .", "without a letter"),
        ("Kim -", "ends in -"),
        ("Kim Minor*", "ends in *"), ("Minor", "one word"), ("Kim Minor Minor", "twice"),
        ("Ana Lopez Ana Lopez", "twice"), ("Ida True", ""), ("李小龙", ""), ("ANA LOPEZ", ""), ("Jo Li", ""),
        ("Martin Luther King, Jr.", ""), ("van Helsing", ""), ("Ngũgĩ wa Thiong’o", ""), ("Ana & Bo", ""),
    ],
)  # fmt: skip
def test_names_from_sign_up_forms(name: str, doubt: str) -> None:
    """Each may be a name: it is printed, and a person looks at it."""
    found = doubt_about(name)
    assert bool(found) == bool(doubt)
    assert doubt in found


@given(st.text())
def test_a_good_name_is_safe_to_print(text: str) -> None:
    name, wrong = clean_name(text)
    if not wrong:
        assert name == clean_name(name)[0]
        assert not set(name) & set("\n\r\t\u202e\u200b\ufeff\u2066")
        name.encode()
        doubt_about(name)


# --- long ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("CME", "cme"), ("AMA PRA Category 1 Credits™", "cme"), ("AMA PRA Category 1 Credit(s)(TM)", "cme"),
        ("Cat 1", "cme"), ("ABIM MOC", "abim"), ("ABIM Medical Knowledge", "abim"), ("abim_moc", "abim"),
        ("American Board of Pediatrics MOC Part 2", "abp"), ("ABP MOC", "abp"), ("Attendance", "attended"),
        ("Non-Physician Participation", "attended"),
        ("ABPath", None), ("ANCC", None), ("MOC", None), ("CME/ABIM MOC", None), ("AMA PRA Category 2", None),
        ("", None), ("CME MOC", None),
    ],
)  # fmt: skip
def test_credit_types_in_their_spellings(text: str, kind: str | None) -> None:
    """A type that is not surely ours is no type at all."""
    assert credit_type(text) == kind


# --- rows of one file against one another -------------------------------------------------------------------


def _noted(*rows: dict[str, str]) -> list[list[Problem]]:
    noted = RowComparison(judge())
    made = [
        Row("f.csv", number, {"learner_id": "", "activity": "meeting-2025", "cme_credits": "1", **cells})
        for number, cells in enumerate(rows, 2)
    ]
    for row in made:
        noted.note(row)
    return [noted.problems(row) for row in made]


ANN = {"learner_id": "7", "email": "ann@example.org", "name": "Ann Lee"}


def test_a_row_given_twice_contradicts_nothing() -> None:
    """Whatever it calls the activity."""
    assert _noted(ANN, {**ANN, "activity": "Meeting 2025"}) == [[], []]


@pytest.mark.parametrize(
    ("cells", "again"),
    [
        ({"cme_credits": "5"}, {"cme_credits": "5.00"}),
        ({"cme_credits": ""}, {"cme_credits": " 0 "}),
        ({"evaluation": "yes"}, {"evaluation": "Y"}),
        ({"evaluation": ""}, {"evaluation": "0"}),
        ({"attended": "TRUE"}, {"attended": "1"}),
        ({"email": "ann@example.org"}, {"email": "Ann@EXAMPLE.org "}),
        ({"email": "ann@b\u00fccher.example"}, {"email": "ann@xn--bcher-kva.example"}),
        ({"completed_on": "2025-10-25"}, {"completed_on": "25 October 2025"}),
        ({"name": "Jos\u00e9 Lee"}, {"name": " Jose\u0301  Lee"}),
        ({"credentials": "MD, PhD"}, {"credentials": " MD,  PhD"}),
        ({"record": "1"}, {"record": "2"}),
    ],
)
def test_a_row_given_twice_in_other_words_contradicts_nothing(
    cells: dict[str, str], again: dict[str, str]
) -> None:
    """What cells mean counts, not how they are written."""
    assert _noted({**ANN, **cells}, {**ANN, **again}) == [[], []]


@pytest.mark.parametrize(
    ("cells", "again", "columns"),
    [
        ({"evaluation": "yes"}, {"evaluation": "no"}, "evaluation differs"),
        ({"attended": ""}, {"attended": "yes"}, "attended differs"),
        ({"cme_credits": "5 hours"}, {"cme_credits": "five"}, "cme_credits differs"),
        ({"completed_on": "2025-10-25"}, {"completed_on": "2025-10-26"}, "completed_on differs"),
        ({"name": "Ann Lee"}, {"name": "ANN LEE"}, "name differs"),
        ({"name": "", "first_name": "Ann"}, {"name": "", "first_name": "Bea"}, "name differs"),
        ({"credentials": "MD"}, {"credentials": "PhD"}, "credentials differs"),
        ({"email": "a@example.org"}, {"email": "b@example.org"}, "email differs"),
        (
            {"email": "a@example.org", "cme_credits": "5"},
            {"email": "b@example.org", "cme_credits": "6"},
            "email and cme_credits differ",
        ),
    ],
)
def test_what_differs_is_named(cells: dict[str, str], again: dict[str, str], columns: str) -> None:
    """Staff need not compare the rows cell by cell."""
    for other, (problem,) in zip((3, 2), _noted({**ANN, **cells}, {**ANN, **again}), strict=True):
        assert problem.reason.endswith(f"than row {other}: {columns}")


def test_no_two_amounts_are_taken_for_one() -> None:
    """Every quarter up to a hundred is told from every other."""
    amounts = [str(Decimal(at) / 4) for at in range(401)]
    for problems in _noted(*({**ANN, "cme_credits": amount} for amount in amounts)):
        assert "and 397 more: cme_credits differs" in problems[0].reason


def test_rows_that_differ_are_problems_that_name_each_other() -> None:
    found = _noted(ANN, {**ANN, "cme_credits": "2"}, ANN)
    assert [[problem.reason for problem in problems] for problems in found] == [
        ["says something else of the same person and activity than row 3: cme_credits differs"],
        ["says something else of the same person and activity than row 2 and row 4: cme_credits differs"],
        ["says something else of the same person and activity than row 3: cme_credits differs"],
    ]


def test_one_address_with_two_names_needs_learner_ids() -> None:
    """Without ids it may be one person or two, and that is never guessed."""
    mail = "desk@example.org"
    found = _noted(
        {"email": mail, "name": "Ann Lee"},
        {"email": "Desk@Example.org", "name": "Bob Lee", "activity": "course"},
    )
    assert [problem.field for problems in found for problem in problems] == ["email", "email"]
    assert "row 3" in found[0][0].reason
    with_ids = _noted(
        {"learner_id": "1", "email": mail, "name": "Ann Lee"},
        {"learner_id": "2", "email": mail, "name": "Bob Lee"},
    )
    assert with_ids == [[], []]


def test_one_learner_id_for_two_people_is_a_problem() -> None:
    other = {"learner_id": "7", "email": "bob@example.org", "name": "Bob Ray", "activity": "course"}
    assert [problem.field for problems in _noted(ANN, other) for problem in problems] == ["learner_id"] * 2
    moved = {**ANN, "email": "ann@example.net", "activity": "course"}
    assert _noted(ANN, moved) == [[], []]
