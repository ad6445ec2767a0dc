"""The board, claims and mailbox in a real browser, with scripts and without, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.desk.test_desk_browser import WIDTHS, chromium, entered, look
from tests.support.college import HEADER, College
from tests.support.desk_kit import OpenDesk, served

__all__ = ["chromium"]  # a fixture
pytestmark = pytest.mark.starts

ANA = "course,L1,ana@example.org,Ana Alva,MD,yes,2025-10-01,5,,,"
LOWER = ANA.replace(",5,", ",4,")  # than what is on record: that stops
WRONG = "course,L3,no-address,Cy Cole,MD,yes,2025-10-01,5,,,"
NEW = "meeting-2025,L2,bo@example.org,Bo Berg,MD,yes,,12,,,no"


@pytest.fixture
def desk(college: College) -> Iterator[tuple[College, str, Path]]:
    """A college with one certificate, a mailbox, and a claims file beside it."""
    college.take(ANA, send=False)
    box = college.data.parent / "Mail"
    for folder in ("new", "cur", "tmp"):
        (box / folder).mkdir(parents=True)
    for number, (sender, text) in enumerate(
        (
            ("ana@example.org", "Please send me the link again."),
            ("Ana Alva <ana@new.example>", "I moved."),
            ("eva@example.net", "Thanks for everything, this was a great meeting in every respect!"),
        )
    ):
        (box / "new" / str(number)).write_text(
            f"From: {sender}\nSubject: My certificate link\nMessage-ID: <{number}@example.net>\n\n{text}\n"
        )
    with (college.data.parent / ".env").open("a") as env:
        env.write(f"\nREQUESTS_MAILBOX={box}\n")
    claims = college.data.parent / "may.csv"
    claims.write_text("\n".join([HEADER.strip(), LOWER, WRONG, NEW, ""]))
    with served(OpenDesk(college)) as address:
        yield college, address, claims


def hand_over(page: Page, claims: Path) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Claims file").click()
    page.get_by_label("Drop the file here").set_input_files(claims)
    page.get_by_role("button", name="See what it comes to").click()
    expect(page.get_by_role("heading", name="Go on?")).to_be_visible(timeout=60_000)


def carry_out(page: Page) -> None:
    """The stop has to be accepted first."""
    page.get_by_role("button", name="Do it, and send").click()
    expect(page.get_by_role("alert")).to_contain_text("each stop below has to be accepted first")
    page.get_by_label("I have looked at it").check()
    page.get_by_role("button", name="Do it, and send").click()
    expect(page.get_by_text("Everything adds up")).to_be_visible(timeout=120_000)


def test_a_file_from_drop_to_result(chromium: Browser, desk: tuple[College, str, Path]) -> None:
    """Dropped, looked at, a stop accepted, carried out; the rows set aside come as a file."""
    college, address, claims = desk
    page = entered(chromium, address)
    expect(page.get_by_role("heading", name="1 to be mailed")).to_be_visible()
    page.get_by_role("link", name="Claims file").first.click()
    expect(page.get_by_role("heading", name="A claims file")).to_be_visible()
    page.wait_for_load_state()
    content = claims.read_text()
    page.evaluate(
        "content => { const data = new DataTransfer(); data.items.add(new File([content], 'may.csv'));"
        " dispatchEvent(new DragEvent('drop', { dataTransfer: data, cancelable: true })); }",
        content,
    )
    expect(page.get_by_role("heading", name="Go on?")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name="may.csv")).to_be_visible()
    assert college.mails() == []
    carry_out(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="may-2025-11-14.csv").click()
    assert "Cy Cole" in Path(download.value.path()).read_text()
    assert {mail["To"] for mail in college.mails()} >= {"Bo Berg <bo@example.org>"}
    page.get_by_role("link", name="All runs").click()
    expect(page.get_by_role("img", name="What the last 2 runs came to")).to_be_visible()


def test_the_same_without_scripts(chromium: Browser, desk: tuple[College, str, Path]) -> None:
    """Pages that refresh show how far it is."""
    _, address, claims = desk
    page = entered(chromium, address, java_script_enabled=False)
    hand_over(page, claims)
    carry_out(page)


def test_the_mailbox_is_worked_off(chromium: Browser, desk: tuple[College, str, Path]) -> None:
    college, address, _ = desk
    page = entered(chromium, address)
    page.get_by_role("link", name="Requests").click()
    page.get_by_role("button", name="Answer 1 request").click()
    expect(page.get_by_text("1 answered, 2 stays.")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Requests").click()
    page.get_by_role("button", name="Send their link to ana@example.org").first.click()
    expect(page.get_by_role("status").first).to_contain_text("The link of Ana Alva goes to ana@example.org")
    page.get_by_role("button", name="file as seen").click()
    expect(page.get_by_role("heading", name="No mail takes a person")).to_be_visible()
    assert {mail["To"] for mail in college.mails()} == {"Ana Alva <ana@example.org>"}


@pytest.mark.parametrize(("width", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_every_page_of_the_board_is_accessible_and_fits(
    chromium: Browser, desk: tuple[College, str, Path], width: str, scheme: str
) -> None:
    _, address, claims = desk
    size = {"width": WIDTHS[width], "height": 800}
    page = entered(chromium, address, viewport=size, color_scheme=scheme)
    look(page, f"desk-board-{width}-{scheme}")
    home = page.url
    for path in (
        "send",
        "requests",
        "runs",
        "runs/1",
        "runs/1/undo",
        "activities",
        "activities/course",
        "activities/course/withdraw",
        "claims",
    ):
        page.goto(f"{home}{path}")
        look(page, f"desk-{path.replace('/', '-')}-{width}-{scheme}")
    page.goto(f"{home}activities/course/withdraw")
    page.get_by_label("Why").fill("issued by mistake")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What it comes to")).to_be_visible()
    look(page, f"desk-withdraw-{width}-{scheme}")
    hand_over(page, claims)
    look(page, f"desk-plan-{width}-{scheme}")
    carry_out(page)
    look(page, f"desk-run-{width}-{scheme}")
