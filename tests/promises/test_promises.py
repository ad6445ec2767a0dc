"""What participants and staff were promised, through the whole pipeline: nobody is mailed twice, names and
credits stand as given, secrets stay secret, and nothing is left of those past retention."""

from __future__ import annotations

import base64
import datetime as dt
import html
import quopri
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from pipeline.rules.certificates.numbers import NUMBER_BYTES, TOKEN_BYTES
from pipeline.workflow import desk, send
from tests.support.college import ACTIVITIES, TODAY, College, body

HEADER = "activity,learner_id,email,name,credentials,cme_credits,abim_moc_points,evaluation\n"
ROWS = (
    "meeting-2025,K1,kira@example.org,Kira Kowalska,MD,3.75,,yes",
    "meeting-2025,K2,lou@example.org,Lou Lindqvist,,11.5,2.25,yes",
    "meeting-2025,K3,mo@example.org,Mo Mbeki,RN,,,yes",
)


@pytest.fixture
def told(quick_college: College) -> College:
    """Three people, each told once of what they have."""
    report = quick_college.take(*ROWS, header=HEADER)
    assert (report.issued, report.sent) == (5, 3)
    return quick_college


# Nobody is mailed again, nothing issued changes


def _nothing(college: College) -> None: ...


def _other_activity_text(college: College) -> None:
    college.write_activity(
        "meeting-2025",
        ACTIVITIES["meeting-2025"].replace("Chicago", "Evanston").replace("Autumn", "Fall")
        + "Accreditation: Quite other words.\n",
    )


def _shorter_window(college: College) -> None:
    college.write_activity("meeting-2025", ACTIVITIES["meeting-2025"] + "Download_until: 2025-12-31\n")


def _activity_is_gone(college: College) -> None:
    (college.root / "content/activities/meeting-2025.md").unlink()


def _other_settings(college: College) -> None:
    college.environment |= {
        "SITE_URL": "https://moved.example.org/certs",
        "MAIL_FROM": "Somebody <else@example.org>",
        "PAPER": "a4",
        "SIGNATORY_NAME": "Dr. Successor",
    }


def _output_is_gone(college: College) -> None:
    college.output.rename(college.root / "was-output")


def _outbox_is_gone(college: College) -> None:
    (college.data / "outbox").rename(college.root / "was-outbox")


@pytest.mark.parametrize(
    "change",
    [_nothing, _other_activity_text, _shorter_window, _activity_is_gone, _other_settings, _output_is_gone,
     _outbox_is_gone],
)  # fmt: skip
def test_whatever_is_edited_nobody_is_mailed_and_no_file_changes(told: College, change: object) -> None:
    """Texts, settings and folders change, the same people come back in other files, in other
    order, with addresses in capitals; a year passes."""
    with told.project(locked=False) as project:
        before = project.ledger.certificates.digests()
    assert callable(change)
    change(told)
    a, b, c = ROWS
    later = TODAY + dt.timedelta(days=366)
    files = [] if change is _activity_is_gone else [
        told.root / "claims-1.csv",
        told.claims(c, b.replace("lou@", "LOU@"), a, header=HEADER),
        told.claims(*ROWS, header=HEADER.replace("cme_credits", "CME Credits").replace("email", "E-Mail")),
    ]  # fmt: skip
    for path in files:
        report = told.run(path, today=later)
        assert (report.issued, report.corrected, report.replaced, report.sent, report.queued) == (0,) * 5
    assert told.run(today=later, mail_corrections=True).sent == 0
    with told.project(later, locked=False) as project:
        assert project.ledger.certificates.digests() == before
        assert project.ledger.messages.counts() == {"sent": 3}
    if change is not _activity_is_gone:
        assert {entry[3] for entry in told.certificates(later)} == {"valid"}


# Never too early, never to the wrong set


def test_an_activity_that_goes_inactive_or_unmet_requirements_issue_nothing(quick_college: College) -> None:
    """Every requirement counts, an empty or odd answer is none, a draft issues to nobody."""
    college = quick_college
    text = ACTIVITIES["meeting-2025"].replace(
        "Requirements: evaluation", "Requirements: evaluation, post test"
    )
    college.write_activity("meeting-2025", text)
    header = "activity,email,name,cme_credits,evaluation,post_test\n"
    rows = [
        f"meeting-2025,p{at}@example.org,Person {letter},4,{answers}"
        for at, (letter, answers) in enumerate(
            zip("ABCDEF", ("y,n", "n,y", ",", "y,", "1,true", "y,perhaps"), strict=True)
        )
    ]
    report = college.take(*rows, header=header)
    assert (report.issued, report.sent, report.set_aside) == (2, 5, 1)
    assert {row[0] for row in college.certificates()} == {"Person E"}
    draft = ACTIVITIES["course"].replace("Slug: course", "Slug: course\nStatus: draft")
    college.write_activity("course", draft)
    row = "course,,z@example.org,Zed Zulu,,2,,"
    assert college.take(row, header=HEADER).issued == 0
    assert {row[0] for row in college.certificates()} == {"Person E"}


# Names as given, everywhere, and one correction touches one person

GIVEN = [
    "d’Arcy McGee",
    "VAN DER MERWE",
    "ffrench-Constant",
    "Nic Giolla Phádraig",
    "Lee & Łoś <i>Ltd</i>",
    'Ann "Nan" &#39;Shea',
    "{ 7*7 } Braces",
    "%(name)s $PATH Percent",
]


def test_names_come_out_as_they_went_in(quick_college: College) -> None:
    """Letter by letter on page, verification page and mail, whatever they mean to a machine."""
    college = quick_college
    title = "R&D <Joints>: What's #1?"
    college.write_activity("course", ACTIVITIES["course"].replace("Online Course", title))
    header = "activity;learner_id;email;name;completed_on\n"
    rows = [
        'course;N{};n{}@example.org;"{}";2025-11-01'.format(at, at, name.replace('"', '""'))
        for at, name in enumerate(GIVEN)
    ]
    report = college.take(*rows, header=header)
    assert (report.issued, report.sent, report.problems) == (len(GIVEN), len(GIVEN), [])
    pages = [html.unescape(path.read_text()) for path in college.output.glob("c/*/index.html")]
    checks = [html.unescape(path.read_text()) for path in college.output.glob("verify/*/index.html")]
    raw = b"".join(path.read_bytes() for path in college.output.rglob("index.html"))
    assert b"<i>Ltd" not in raw
    assert b"<Joints>" not in raw
    mails = {mail["To"].addresses[0].addr_spec: mail for mail in college.mails()}
    for at, name in enumerate(GIVEN):
        assert sum(name in page for page in pages) == 1
        assert sum(name in page for page in checks) == 1
        mail = mails[f"n{at}@example.org"]
        assert f"Dear {name}," in body(mail)
        assert f"Dear {name}," in html.unescape(body(mail, "html"))
        assert title in mail["Subject"]
        assert [mail.keys().count(field) for field in ("Subject", "To")] == [1, 1]
        assert mail["Bcc"] is None


def test_a_line_break_in_a_cell_adds_no_header(quick_college: College) -> None:
    """Neither in a name nor in credentials, address or credit."""
    college = quick_college
    rows = [
        'meeting-2025,H1,h1@example.org,"Hal\r\nBcc: evil","MD\nX-Evil: 1",,,yes',
        'meeting-2025,H2,"h2@example.org\nBcc: evil@example.net",Hana Ito,,,,yes',
    ]
    report = college.take(*rows, header=HEADER)
    assert [problem.row for problem in report.problems] == [3]
    assert len(college.mails()) == report.sent
    for mail in college.mails():
        assert mail["Bcc"] is None
        assert mail["X-Evil"] is None
        assert [address.addr_spec for address in mail["To"].addresses] == ["h1@example.org"]


def test_a_correction_touches_that_person_alone(told: College) -> None:
    """Every other file of output/ and the vault stays as it is, inode and time; nobody is mailed."""
    page = told.page("Lou Lindqvist")
    before, mails = told.snapshot(), len(told.mails())
    with told.project() as project:
        desk.correct(project, "K2", desk.Change(name="Lou Lindqvist-Ek"), "married", False)
        numbers = {
            one.facts.number for one in project.ledger.pages.entries(desk.one_person(project, "K2").id, TODAY)
        }
    after = told.snapshot()
    touched = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    theirs = {page, *(told.output / "verify" / number for number in numbers)}
    strange = {path for path in map(Path, touched) if path.parent not in theirs}
    assert all(path.is_relative_to(told.data / "vault") and str(path) not in before for path in strange)
    assert told.page("Lou Lindqvist-Ek") == page
    assert "Corrected on" in (page / "index.html").read_text()
    assert "married" in (page / "index.html").read_text()
    assert len(told.mails()) == mails


# Credits to the quarter


@pytest.mark.parametrize(
    ("claimed", "said"),
    [("0.25", "0.25 AMA"), ("0.75", "0.75 AMA"), ("19.00", "19 AMA"), ("33.50", "33.5"), ("1.0", "1 AMA")],
)
def test_credits_are_the_same_from_file_to_mail(quick_college: College, claimed: str, said: str) -> None:
    """Neither rounded, nor the activity's maximum; 0 claims nothing and says nothing."""
    college = quick_college
    college.take(
        f"meeting-2025,C1,c1@example.org,Cleo Cruz,,{claimed},,yes",
        "meeting-2025,C2,c2@example.org,Otto Oak,,0,0,yes",
        header=HEADER,
    )
    plain = {mail["To"].addresses[0].addr_spec: body(mail) for mail in college.mails()}
    for text in ((college.page("Cleo Cruz") / "index.html").read_text(), plain["c1@example.org"]):
        words = " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split())
        assert re.search(rf"(?<![\d.]){re.escape(said)}", words), words
    for text in ((college.page("Otto Oak") / "index.html").read_text(), plain["c2@example.org"]):
        assert not re.search(r"\b0(\.0+)? (AMA|Credit|credit|MOC)", text)
        assert "CME Certificate" not in text
    assert [row[2] for row in college.certificates()] == ["cme", "participation", "participation"]


# Secrets


def test_secrets_are_random_and_none_follows_from_another(quick_college: College, tmp_path: Path) -> None:
    """192 and 80 bits; the same claims elsewhere give other ones; no number stands in a token."""
    assert TOKEN_BYTES * 5 >= 192
    assert NUMBER_BYTES * 5 >= 80
    found = []
    for college in (quick_college, College(tmp_path / "college")):
        college.take(*ROWS, header=HEADER, send=False)
        found.append(
            {path.name for folder in ("c", "verify") for path in (college.output / folder).glob("*/")}
        )
        tokens = {path.name for path in (college.output / "c").iterdir()}
        numbers = {path.name for path in (college.output / "verify").glob("*/")}
        assert (len(tokens), len(numbers)) == (3, 5)
        for token in tokens:
            assert re.fullmatch(r"[a-z0-9]{39}", token)
            assert not any(number.replace("-", "").lower() in token for number in numbers)
        names = [path.name for path in college.output.rglob("*") if path.suffix in (".xml", ".rss", ".atom")]
        assert names == []
        logs = b"".join(data for path, data in college.bytes_under() if path.suffix in (".log", ".csv"))
        assert not any(token.encode() in logs for token in tokens)
    assert not found[0] & found[1]


# Nothing is left


def writings(text: str) -> Iterator[bytes]:
    """A text in every encoding that the pipeline, mail programs and web pages write it in."""
    for coding in ("utf-8", "utf-16-le", "utf-16-be"):
        yield text.encode(coding)
    yield unicodedata.normalize("NFD", text).encode()
    data = text.encode()
    yield quopri.encodestring(data)
    yield quopri.encodestring(data, header=True)
    yield quote(text).encode()
    yield text.encode("ascii", "xmlcharrefreplace")
    yield text.encode("ascii", "backslashreplace")
    for at in range(3):
        whole = base64.b64encode(data[at:])[:-4]
        if len(whole) >= 8:  # less may stand in a PDF by chance
            yield whole


def test_after_a_full_life_no_byte_of_a_person_is_left(quick_college: College) -> None:
    """Issued, set aside, corrected, moved, resent, withheld and waiting; then six years and a day."""
    college = quick_college
    name, married = "Zoltán Szűcs-Ördög", "Zoltán Szűcs-Kövér"
    row = f"meeting-2025,LRN-77120,zoltan@klinika.example.org,{name},MD,12.25,,yes"
    stays = "course,L-stays,stays@example.org,Stay Sanders,,2,,,2031-01-01"
    college.take(row, header=HEADER)
    college.take(row.replace("12.25", "12.3"), header=HEADER)  # set aside: in the rejects file
    with college.project() as project:
        change = desk.Change(name=married, email="szucs@uj-klinika.example.org")
        _, messages = desk.correct(project, "LRN-77120", change, f"{name} is {married} now", True)
        send.send_these(project, messages)
        _, message = desk.resend(project, "LRN-77120", None)
        send.send_these(project, [message])
    college.take(row.replace("12.25", "12.25,10").replace("10,,", "10,"), header=HEADER, send=None)
    secrets = (name, married, "zoltan@klinika", "szucs@uj-klinika", "LRN-77120", "Szűcs", "Kövér")
    everything = b"".join(data for _, data in college.bytes_under())
    assert all(any(one in everything for one in writings(secret)) for secret in secrets)

    last_day = college.take(
        stays, header=HEADER.replace("\n", ",completed_on\n"), today=dt.date(2031, 10, 29)
    )
    assert last_day.purged == 0
    report = college.run(today=dt.date(2031, 10, 30))
    assert report.purged >= 2
    for path, data in college.bytes_under():
        for secret in secrets:
            for written in writings(secret):
                assert written not in data, (path, secret, written)
    assert {row[0] for row in college.certificates(dt.date(2031, 10, 30))} == {"Stay Sanders"}
