"""A claims file at the desk: handed over, shown, agreed to, carried out; and what must not get through."""

from __future__ import annotations

import io
import re
import sqlite3
import stat
import zipfile
from collections.abc import Mapping
from contextlib import closing, nullcontext
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from pipeline.rules.claims.claim import AS_GIVEN
from pipeline.workflow.dropped import safe_name
from pipeline.workflow.project import REHEARSAL
from tests.support.college import HEADER, College
from tests.support.desk_kit import ORIGIN, Browser, OpenDesk

ANA = "course,L1,ana@example.org,Ana Alva,MD,yes,2025-10-01,5,,,"
BEN = "course,L2,ben@example.org,Ben Bohr,MD,yes,2025-10-01,12,,,"  # above the maximum
CLAIMS = f"{HEADER}{ANA}\n".encode()


@pytest.fixture
def college(quick_college: College, monkeypatch: pytest.MonkeyPatch) -> College:
    monkeypatch.setattr("pipeline.workflow.executor.os.cpu_count", lambda: 1)
    return quick_college


@pytest.fixture
def desk(college: College) -> OpenDesk:
    return OpenDesk(college)


@pytest.fixture
def visitor(desk: OpenDesk) -> Browser:
    return desk.visitor()


def hand_over(
    browser: Browser, content: bytes = CLAIMS, name: str = "claims.csv", **fields: str
) -> httpx.Response:
    """Drop a file, and look at what it comes to."""
    browser.get("claims")
    answer = browser.send(
        "POST",
        "claims",
        data={"token": browser.token, **fields},
        files={"files": (name, content)},
        headers={"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"},
    )
    return look_again(browser, answer)


def look_again(browser: Browser, answer: httpx.Response) -> httpx.Response:
    """The page once the work that it shows has ended."""
    browser.desk.desk.work.wait()
    return browser.get(answer.url.path) if answer.is_success else answer


def agree(browser: Browser, page: httpx.Response, **fields: str) -> httpx.Response:
    """Say yes to the plan that was shown."""
    answer = browser.post(f"{page.url.path}/yes", once=browser.hidden("once"), **fields)
    return look_again(browser, answer)


def kept(college: College) -> list[Path]:
    """What the desk keeps of files."""
    return [path for path in college.data.glob(f"{REHEARSAL}*/*") if path.is_file()]


def rows(content: str) -> list[str]:
    return content.strip().splitlines()


def test_a_file_is_shown_agreed_to_and_carried_out(college: College, visitor: Browser) -> None:
    """The plan first, with nothing done; the run is the actor's; the desk's copy goes when it is done."""
    page = hand_over(visitor)
    assert "2 new certificates" in visitor.words
    assert "The command that does the same: certs run claims.csv" in visitor.words
    assert college.certificates() == []
    (copy,) = kept(college)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    agree(visitor, page, answer="send")
    assert "Everything adds up" in visitor.words
    assert [one[1:3] for one in college.certificates()] != []
    assert len(college.mails()) == 1
    assert kept(college) == []
    with college.project(locked=False) as project:
        (run,) = project.ledger.runs.newest_first()
    assert (run.actor, run.files, run.figures["issued"]) == ("Ida Lund", ("claims.csv",), 2)


def test_mail_waits_where_that_was_asked_for(college: College, visitor: Browser) -> None:
    agree(visitor, hand_over(visitor), answer="later")
    assert college.mails() == []
    assert "1 message waits. To send: certs send" in visitor.words
    visitor.get()
    assert "1 to be mailed" in visitor.words


def test_rows_that_were_set_aside_come_as_a_file(visitor: Browser) -> None:
    wrong = "course,L3,not-an-address,Cleo,MD,yes,2025-10-01,5,,,"
    page = hand_over(visitor, f"{HEADER}{ANA}\n{wrong}\n".encode())
    assert "1 row set aside" in visitor.words
    done = agree(visitor, page, answer="send")
    answer = visitor.get(f"{done.url.path}/rejects/0")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "Cleo" in answer.text
    assert "Ana" not in answer.text
    for number in ("1", "-1", "x", "0%2F..%2F..%2Fledger.sqlite3"):
        assert visitor.get(f"{done.url.path}/rejects/{number}").status_code == HTTPStatus.NOT_FOUND


def test_a_stop_has_a_box_and_holds_until_it_is_ticked(college: College, visitor: Browser) -> None:
    """Each by its name, as --accept takes it; whoever accepts it is on record with it."""
    college.take(ANA)
    page = hand_over(visitor, (HEADER + ANA.replace(",5,", ",4,") + "\n").encode())
    assert "This stops the run" in visitor.words
    (name,) = re.findall(r'name="([a-z-]+)" value="accepted"', visitor.page)
    assert f"--accept={name}" in visitor.words
    refused = visitor.post(f"{page.url.path}/yes", once=visitor.hidden("once"), answer="send")
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "each stop below has to be accepted first" in visitor.words
    other = visitor.post(f"{page.url.path}/yes", once=visitor.hidden("once"), clock="accepted")
    assert other.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    agree(visitor, page, answer="send", **{name: "accepted"})
    assert "Everything adds up" in visitor.words
    with closing(sqlite3.connect(college.data / "ledger.sqlite3")) as ledger:
        accepted = ledger.execute("SELECT actor, detail FROM audit WHERE action = 'accept'").fetchall()
    assert [(actor, detail.partition(":")[0]) for actor, detail in accepted] == [("Ida Lund", name)]


def test_the_plan_shown_is_the_plan_carried_out(college: College, visitor: Browser) -> None:
    """Where anything happened since, it is shown again, and nothing was done."""
    page = hand_over(visitor)
    assert "2 new certificates" in visitor.words
    college.take(ANA)
    mails = len(college.mails())
    agree(visitor, page, answer="send")
    assert "Something happened since this was shown" in visitor.words
    assert "2 new certificates" not in visitor.words
    assert len(college.mails()) == mails
    assert kept(college) != []
    agree(visitor, page, answer="send")
    assert "Everything adds up" in visitor.words


def test_a_copy_that_was_changed_is_planned_anew(college: College, visitor: Browser) -> None:
    page = hand_over(visitor)
    (copy,) = kept(college)
    copy.write_bytes(CLAIMS.replace(b",5,", b",7,"))
    agree(visitor, page, answer="send")
    assert "Something happened since this was shown" in visitor.words
    assert college.certificates() == []


def test_a_form_sent_twice_runs_once(college: College, visitor: Browser) -> None:
    """In two tabs, or by who presses twice: the second is shown what the first came to."""
    page = hand_over(visitor)
    once, token = visitor.hidden("once"), visitor.token
    for _ in range(3):
        answer = visitor.post(f"{page.url.path}/yes", token=token, once=once, answer="send")
        look_again(visitor, answer)
        assert "Everything adds up" in visitor.words
    assert len(college.mails()) == 1
    with college.project(locked=False) as project:
        assert len(project.ledger.runs.newest_first()) == 1


def test_an_older_look_is_no_yes_to_a_newer_one(college: College, visitor: Browser) -> None:
    """Another tab read the file in another way: what this tab saw is not what would be done."""
    page = hand_over(visitor)
    once = visitor.hidden("once")
    visitor.post(f"{page.url.path}/again", no_advice="yes")
    visitor.desk.desk.work.wait()
    visitor.get(page.url.path)
    assert "certs run claims.csv --no-advice" in visitor.words
    visitor.post(f"{page.url.path}/yes", once=once, answer="send")
    visitor.desk.desk.work.wait()
    assert "That was an older look at it" in visitor.words
    assert college.certificates() == []


def test_while_a_run_is_at_work_the_answer_waits(college: College, visitor: Browser) -> None:
    """Who holds the lock is said; the file and the plan stay."""
    page = hand_over(visitor)
    with college.project():
        agree(visitor, page, answer="send")
    assert "Another run holds the lock" in visitor.words
    assert kept(college) != []
    agree(visitor, page, answer="send")
    assert "Everything adds up" in visitor.words


def test_a_run_that_breaks_is_gone_on_with(
    college: College, visitor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a kill: what was done stands, and the next run does the rest. No file is needed for it."""

    def breaks(*_: object) -> None:
        raise RuntimeError

    page = hand_over(visitor)
    with monkeypatch.context() as broken:
        broken.setattr("pipeline.workflow.run.queue_new", breaks)
        agree(visitor, page, answer="send")
    assert "Something is wrong in the program itself" in visitor.words
    assert college.mails() == []
    visitor.get("claims")
    answer = visitor.send(
        "POST",
        "claims",
        data={"token": visitor.token, "record": "yes"},
        headers={"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"},
    )
    agree(visitor, look_again(visitor, answer), answer="send")
    assert "Everything adds up" in visitor.words
    assert len(college.mails()) == 1


def test_options_are_those_of_the_command(visitor: Browser) -> None:
    header = HEADER.replace("activity,", "")
    hand_over(visitor, f"{header}{ANA.removeprefix('course,')}\n".encode(), activity="course")
    assert "2 new certificates" in visitor.words
    assert "certs run claims.csv --activity=course" in visitor.words


def test_what_is_left_is_deleted(college: College, visitor: Browser) -> None:
    page = hand_over(visitor)
    visitor.post(f"{page.url.path}/leave")
    assert kept(college) == []
    assert visitor.get(page.url.path).status_code == HTTPStatus.NOT_FOUND


def test_markup_in_a_file_stays_text(visitor: Browser) -> None:
    """In cells and in the file's own name; and what is downloaded is never a page."""
    script = "<script>alert(1)</script>"
    row = f'course,L1,ana@example.org,"{script}",MD,yes,2025-10-01,5,,,'
    bad = f'"{script}",L4,dora@example.org,Dora,MD,yes,2025-10-01,5,,,'
    page = hand_over(visitor, f"{HEADER}{row}\n{bad}\n{ANA}\n".encode(), name=f"{script}.csv")
    assert "<script>alert" not in visitor.page
    review = visitor.get(f"{page.url.path}/review")
    assert review.headers["content-disposition"].startswith("attachment")
    done = agree(visitor, visitor.get(page.url.path), answer="send")
    assert "<script>alert" not in visitor.page
    assert "<script>alert" not in visitor.get("runs").text
    assert "<script>alert" not in visitor.get().text
    assert done.is_success


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "claims.csv", "is empty"),
        (b"%PDF-1.7\n", "claims.csv", "not"),
        (b"a,b\n1,2\n", "claims.csv", "is not a claims file"),
        (b"PK\x03\x04" + b"\0" * 60, "claims.xlsx", "is not a workbook"),
        (b"\0" * 400, "claims.csv", "is empty"),
    ],
)
def test_what_is_no_claims_file_is_refused_as_the_command_does(
    college: College, visitor: Browser, content: bytes, name: str, said: str
) -> None:
    hand_over(visitor, content, name)
    assert said in visitor.words
    assert "Nothing of the plan was done" in visitor.words
    assert college.certificates() == []


def test_a_bomb_is_refused(visitor: Browser) -> None:
    """A workbook that unpacks to far more than it is."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", b"<workbook>" + b" " * 300_000_000)
    hand_over(visitor, packed.getvalue(), "claims.xlsx")
    assert "Nothing of the plan was done" in visitor.words


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../.env", "env"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\ana\\Export May.csv", "Export May.csv"),
        (".htaccess", "htaccess"),
        ("..", "claims"),
        ("", "claims"),
        ("a\0b\x1b[31m.csv", "a b _31m.csv"),
        ("$(rm -rf ~);`id`.csv", "(rm -rf _)__id_.csv"),
        ("--yes.csv", "yes.csv"),
        ("Teilnahme Zürich.csv", "Teilnahme Zürich.csv"),
        ("會議.xlsx", "會議.xlsx"),
        ("x" * 400 + ".csv", "x" * 176 + ".csv"),
        ("會" * 400 + ".csv", "會" * 58 + ".csv"),
    ],
)
def test_a_name_leads_nowhere(given: str, name: str) -> None:
    made = safe_name(given)
    assert "/" not in made
    assert len(made.encode()) <= 184
    assert made == name


def test_two_files_of_one_name_are_two(college: College, visitor: Browser) -> None:
    visitor.get("claims")
    other = CLAIMS.replace(b"ana@", b"eva@").replace(b"L1", b"L9").replace(b"Ana Alva", b"Eva Ek")
    answer = visitor.send(
        "POST",
        "claims",
        data={"token": visitor.token},
        files=[("files", ("may.csv", CLAIMS)), ("files", ("may.csv", other))],
        headers={"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"},
    )
    look_again(visitor, answer)
    assert {path.name for path in kept(college)} == {"may.csv", "may-2.csv"}
    assert "4 new certificates" in visitor.words


def test_nobody_else_hands_over_a_file(college: College, desk: OpenDesk, visitor: Browser) -> None:
    """Another page with the cookie and the token; who has no cookie; a form without its token; too much."""
    visitor.get("claims")
    token = visitor.token

    def post(browser: Browser, headers: Mapping[str, str], token: str = token, size: int = 10) -> int:
        files = {"files": ("claims.csv", CLAIMS + b"\n" * size)}
        return browser.send("POST", "claims", data={"token": token}, files=files, headers=headers).status_code

    own = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
    evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert post(visitor, evil) == HTTPStatus.FORBIDDEN
    assert post(desk.stranger(), own) == HTTPStatus.FORBIDDEN
    assert post(visitor, own, token="wrong") == HTTPStatus.FORBIDDEN
    assert post(visitor, own, size=64_000_000) == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert kept(college) == []


def test_what_a_killed_desk_kept_goes_with_the_next_start(
    college: College, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.desk import serve

    left = college.data / f"{REHEARSAL}{2**22 + 1}-x"  # no process has this number
    left.mkdir(parents=True)
    (left / "claims.csv").write_bytes(CLAIMS)
    monkeypatch.setattr("pipeline.desk.serve.asyncio.run", lambda work: work.close())
    monkeypatch.setattr(
        "pipeline.desk.serve._bound", lambda _: nullcontext(SimpleNamespace(getsockname=lambda: ("", 0)))
    )
    serve.serve_desk(OpenDesk(college).desk.office, 0, lambda _: None)
    assert not left.exists()


def test_instructions_are_the_commands_own() -> None:
    """A plan without wishes is that of `certs run FILE`: a file is known again whichever way it came."""
    from pipeline.desk.claims import read_wish

    assert read_wish({}).instructions == AS_GIVEN
