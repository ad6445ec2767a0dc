"""A day at the desk in a real browser, with scripts and without, by keyboard, on a phone, in the dark."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.college import HERE, TODAY, College
from tests.support.desk_kit import OpenDesk, served
from tests.support.programs import program

pytestmark = pytest.mark.starts

HEADER = "activity,learner_id,email,name,credentials,cme_credits,evaluation\n"
SCREENS = HERE / "report" / "screens"  # CI keeps them
WIDTHS = {"desktop": 1200, "phone": 360}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=program("chromium", "google-chrome"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield running
        running.close()


@pytest.fixture
def settled_college(college: College) -> College:
    """Ana Alva, whose mail is lost; Bo Berg, misspelt; Cy Cole, who moved; Di Dorn without evaluation; and a
    long name."""
    college.write_meeting("window", more="Download_until: 2025-11-10\n")
    college.take(
        "window,L1,ana@example.org,Ana Alva,MD,5,",
        "meeting-2025,L2,bo@example.org,Bo Bergg,DO,12.5,yes",
        "window,L3,cy@old-hospital.example,Cy Cole,MD,3,",
        "meeting-2025,L4,di@example.org,Di Dorn,MD,6,no",
        "window,,dorn@home.example,Di Dorn,MD,4,",
        f"meeting-2025,L6,long@example.org,{'Wolfeschlegelsteinhausen' * 4},MD,1,yes",
        header=HEADER,
    )
    return college


@pytest.fixture
def desk(settled_college: College) -> Iterator[tuple[College, str]]:
    """The college and the address that `certs desk` prints."""
    with served(OpenDesk(settled_college)) as address:
        yield settled_college, address


def entered(browser: Browser, address: str, **more: object) -> Page:
    """At the desk, as Ida Lund; what the page complains of fails the test."""
    page = browser.new_context(**more).new_page()  # type: ignore[arg-type]
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(address)
    page.get_by_label("Your name").fill("Ida Lund")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Find somebody")).to_be_visible()
    return page


def test_a_day_at_the_desk(chromium: Browser, desk: tuple[College, str]) -> None:
    """A lost link, a wrong name, a moved hospital, a withdrawal by mistake, a double; all shown first."""
    college, address = desk
    page = entered(chromium, address)
    assert "key" not in page.url
    field = page.get_by_role("searchbox")

    # The link was lost: typed, pressed, said yes to. What is typed need not be right.
    field.press_sequentially("anna alvva")
    page.get_by_role("link", name="Send the link again").click()
    expect(page.get_by_text("December 14, 2025", exact=True).first).to_be_visible()
    expect(page.locator(".letter")).to_contain_text("To: ana@example.org")
    page.get_by_role("button", name="Send the link again").click()
    expect(page.get_by_role("status").first).to_contain_text("The link of Ana Alva goes to ana@example.org.")
    assert college.mails()[-1]["To"] == "Ana Alva <ana@example.org>"
    page.go_back()  # the page as it would be now, not as it was
    expect(page.get_by_text("Today already: resend")).to_contain_text("by Ida Lund")

    # The name is wrong.
    page.get_by_role("link", name="Find", exact=True).click()
    field.press_sequentially("L2")
    page.get_by_role("link", name="Bo Bergg").click()
    page.get_by_role("link", name="Correct").click()
    page.get_by_label("Name", exact=True).fill("Bo Berg")
    page.get_by_role("button", name="See what it comes to").click()
    expect(page.get_by_role("alert")).to_contain_text("This is needed.")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Bo Berg")
    page.get_by_label("Why").fill("told us by phone")
    page.get_by_label("Mail the person what was corrected").check()
    page.get_by_role("button", name="See what it comes to").click()
    expect(page.locator("del").first).to_have_text("Bo Bergg")
    expect(page.locator("ins").first).to_have_text("Bo Berg")
    page.get_by_role("button", name="Correct").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bo BergDO")
    expect(page.get_by_role("status").first).to_contain_text("2 certificates were made anew")

    # It was withdrawn by mistake, and comes back.
    page.get_by_role("link", name=re.compile("^Withdraw ")).last.click()
    page.get_by_label("Why").fill("issued in error")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("Withdrawn on November 14, 2025: issued in error")).to_be_visible()
    page.get_by_role("link", name=re.compile("valid again")).click()
    page.get_by_label("Why").fill("it was right")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Make valid again").click()
    expect(page.get_by_role("status").first).to_contain_text("is valid again.")

    # The hospital changed: the new address gets the link, and the former one is told.
    page.keyboard.press("/")
    page.get_by_role("link", name="Find", exact=True).click()
    field.press_sequentially("cy@old-hospital.example")
    page.get_by_role("link", name="Cy Cole").click()
    page.get_by_role("link", name="Correct").click()
    page.get_by_label("Address", exact=True).fill("cy@new-hospital.example")
    page.get_by_label("Mail the person what was corrected").check()
    page.get_by_label("Why").fill("moved")
    page.keyboard.press("Enter")
    expect(page.locator(".letter")).to_have_count(2)
    page.get_by_role("button", name="Correct").click()
    expect(page.get_by_text("cy@new-hospital.example").first).to_be_visible()
    assert {mail["To"] for mail in college.mails()[-2:]} == {
        "Cy Cole <cy@old-hospital.example>",
        "Cy Cole <cy@new-hospital.example>",
    }
    expect(page.get_by_text("by Ida Lund").first).to_be_visible()
    # Two records are one person: by one merge, which can be undone today.
    page.get_by_role("link", name="Find", exact=True).click()
    field.press_sequentially("L4")
    page.get_by_role("link", name="Di Dorn").click()
    page.get_by_role("link", name="Merge").click()
    page.get_by_label("The other record").fill("dorn@home.example")
    page.get_by_label("Why").fill("told us by phone")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Di Dorn <dorn@home.example> becomes part of")).to_be_visible()
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_role("status").first).to_contain_text("is part of Di Dorn <di@example.org> now.")
    expect(page.get_by_role("link", name="Undo today’s merge")).to_be_visible()

    with college.project(TODAY, locked=False) as project:
        (cy,) = project.ledger.people.who("L3", None)
        assert [deed.actor for deed in project.ledger.audit.of(cy.id)] == ["Ida Lund"]


def test_it_answers_while_one_types_and_by_enter_without_scripts(
    chromium: Browser, desk: tuple[College, str]
) -> None:
    _, address = desk
    page = entered(chromium, address)
    page.get_by_role("searchbox").press_sequentially("bergg")
    expect(page.get_by_role("link", name="Bo Bergg")).to_be_visible()
    expect(page.locator("#count")).to_have_text("1 person found")
    assert "berg" not in page.url  # what is typed gets into no history
    plain = entered(chromium, address, java_script_enabled=False)
    plain.get_by_role("searchbox").fill("di@example.org")
    plain.keyboard.press("Enter")
    plain.get_by_role("link", name="Di Dorn").click()
    expect(plain.get_by_text("Withheld: evaluation not completed").first).to_be_visible()
    plain.get_by_role("link", name="Hold").click()
    plain.get_by_label("Why").fill("a lawsuit")
    plain.keyboard.press("Enter")
    plain.get_by_role("button", name="Hold").click()
    expect(plain.get_by_role("status").first).to_contain_text("Di Dorn is held.")


def test_the_keyboard_is_enough(chromium: Browser, desk: tuple[College, str]) -> None:
    """From the field to the deed without a mouse; the focus is seen."""
    _, address = desk
    page = entered(chromium, address)
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("ana@example.org")
    expect(page.locator("#q")).to_have_value("ana@example.org")
    # While one types, others may fit as well.
    expect(page.locator("#found [data-count='1 person found']")).to_be_attached()
    expect(page.get_by_role("link", name="Ana Alva")).to_be_visible()
    while page.evaluate("document.activeElement.textContent") != "Send the link again":
        page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The mail that goes")).to_be_visible()
    while (
        page.evaluate("document.activeElement.tagName") != "BUTTON"
        or page.evaluate("document.activeElement.textContent") != "Send the link again"
    ):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("goes to ana@example.org")


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        ("desktop", "light"),
        ("phone", "dark"),
        pytest.param("desktop", "dark", marks=pytest.mark.soak),
        pytest.param("phone", "light", marks=pytest.mark.soak),
    ],
)
def test_every_page_is_accessible_and_fits(
    chromium: Browser, desk: tuple[College, str], width: str, scheme: str
) -> None:
    """axe finds nothing, nothing is wider than the window; pictures of each for whoever looks."""
    _, address = desk
    size = {"width": WIDTHS[width], "height": 800}
    page = entered(chromium, address, viewport=size, color_scheme=scheme)
    look(page, f"desk-find-{width}-{scheme}")
    page.get_by_role("searchbox").fill("o")
    page.get_by_role("searchbox").fill("example")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("#found li").first).to_be_visible()
    look(page, f"desk-found-{width}-{scheme}")
    page.get_by_role("searchbox").fill("Bo Bergg")
    page.get_by_role("link", name="Bo Bergg").click()
    look(page, f"desk-card-{width}-{scheme}")
    page.get_by_role("link", name="Correct").click()
    page.get_by_role("button", name="See what it comes to").click()
    look(page, f"desk-form-{width}-{scheme}")
    page.get_by_label("Name", exact=True).fill("Bo Berg")
    page.get_by_label("Why").fill("told us by phone")
    page.get_by_label("Mail the person").check()
    page.get_by_role("button", name="See what it comes to").click()
    look(page, f"desk-preview-{width}-{scheme}")
    page.get_by_role("button", name="Correct").click()
    look(page, f"desk-done-{width}-{scheme}")
    page.get_by_role("link", name="Merge").click()
    page.get_by_label("The other record").fill("L1")
    page.get_by_label("Why").fill("one person")
    page.get_by_role("button", name="See what it comes to").click()
    look(page, f"desk-stops-{width}-{scheme}")
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_role("heading", name="This stops it")).to_be_visible()
    look(page, f"desk-stopped-{width}-{scheme}")
    page.get_by_role("button", name="Leave").click()
    look(page, f"desk-left-{width}-{scheme}")


def look(page: Page, name: str) -> None:
    """Judged by axe, and kept as a picture."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}.png", full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} pixels too wide"
