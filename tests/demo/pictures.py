"""`make pictures`: the pictures of README and docs made anew, of what is made today from made-up claims."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PICTURES = ROOT / ".pictures"
HOLDER = "Ingrid Ødegård"
PHONE, CERTIFICATE, SHEET, DESK = 360, 900, 984, 960  # pixels across
COLOURS = 200  # chosen so that each kind keeps its own


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        project = Path(name)
        for folder in ("content", "theme"):
            shutil.copytree(ROOT / folder, project / folder)
        shutil.copy(ROOT / "pelicanconf.py", project)
        certs(project, "run", "--no-send", str(HERE / "claims.csv"))
        certs(project, "proof", "--activity", "convergence-2025")
        shrink(project / "proof" / "cme-abim-usual.png", "certificate", CERTIFICATE)
        shrink(project / "proof" / "contact-sheet.png", "five-kinds", SHEET)
        pages = project.glob("output/c/*/index.html")
        page = next(path for path in pages if f"<bdi>{HOLDER}</bdi>" in path.read_text(encoding="utf-8"))
        photograph(page, project / "page.png")
        shrink(project / "page.png", "page", PHONE)
        certs(project, "send", "--yes")
        for picture in photograph_desk(project):
            shrink(picture, picture.stem, DESK)
    return 0


def certs(project: Path, *words: str) -> None:
    """Raises CalledProcessError; status 3 is what the made-up claims are to show: rows were set aside."""
    done = subprocess.run([ROOT / ".venv" / "bin" / "certs", *words], cwd=project, check=False)
    if done.returncode not in (0, 3):
        done.check_returncode()


def photograph(page: Path, picture: Path) -> None:
    """All of a page, as a phone shows it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        shown = browser.new_page(viewport={"width": PHONE, "height": 740}, color_scheme="light")
        shown.goto(page.as_uri())
        shown.screenshot(path=picture, full_page=True)
        browser.close()


def photograph_desk(project: Path) -> list[Path]:
    """Somebody found while their name is typed, their card, and a deed before it is done."""
    words = [str(ROOT / ".venv" / "bin" / "certs"), "desk", "--port", "0", "--no-open"]
    desk = subprocess.Popen(words, cwd=project, stdout=subprocess.PIPE, text=True)
    found, card, preview = (project / f"desk-{name}.png" for name in ("find", "card", "preview"))
    board, plan = (project / f"desk-{name}.png" for name in ("board", "plan"))
    assert desk.stdout
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            shown = browser.new_page(viewport={"width": DESK, "height": 620}, color_scheme="light")
            shown.goto(desk.stdout.readline().strip())
            shown.get_by_label("Your name").fill("Ida Lund")
            shown.keyboard.press("Enter")
            shown.get_by_role("searchbox").press_sequentially("ingrid odegaard")
            shown.get_by_role("link", name=HOLDER).wait_for()
            shown.screenshot(path=found, clip={"x": 0, "y": 0, "width": DESK, "height": 460})
            shown.get_by_role("link", name=HOLDER).click()
            shown.wait_for_load_state("networkidle")
            shown.screenshot(path=card, full_page=True)
            shown.get_by_role("link", name="Correct").click()
            shown.get_by_label("Name", exact=True).fill("Ingrid Ødegaard")
            shown.get_by_label("Mail the person").check()
            shown.get_by_label("Why").fill("told us by mail")
            shown.keyboard.press("Enter")
            shown.get_by_role("heading", name="What changes").wait_for()
            shown.screenshot(path=preview, full_page=True)
            shown.get_by_role("navigation").get_by_role("link", name="Find").click()
            shown.wait_for_load_state("networkidle")
            shown.screenshot(path=board, full_page=True)
            shown.get_by_role("navigation").get_by_role("link", name="Claims file").click()
            shown.get_by_label("Drop the file here").set_input_files(HERE / "later-long.csv")
            shown.get_by_role("button", name="See what it comes to").click()
            shown.get_by_role("heading", name="Go on?").wait_for(timeout=60_000)
            shown.wait_for_load_state("networkidle")
            shown.screenshot(path=plan, full_page=True, clip={"x": 0, "y": 0, "width": DESK, "height": 900})
            browser.close()
    finally:
        desk.terminate()
        desk.wait()
    return [found, card, preview, board, plan]


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("google-chrome")


def shrink(picture: Path, name: str, width: int) -> None:
    """Into .pictures, so many pixels across, in few colours."""
    with Image.open(picture) as image:
        height = round(image.height * width / image.width)
        small = image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
        small = small.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        small.save(PICTURES / f"{name}.png", optimize=True)
    print(PICTURES / f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
