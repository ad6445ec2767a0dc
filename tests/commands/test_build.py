"""What `certs build`, and each run, put right in output/ and in the vault; and what they leave for staff."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.vault import Stored
from pipeline.workflow.project import Project
from tests.support.college import College
from tests.support.shell import Shell

HEADER = "activity,learner_id,email,name,completed_on,cme_credits,evaluation\n"
ANA = "course,L1,ana@example.org,Ana Alva,2025-03-01,10,"
BO = "course,L2,bo@example.org,Bo Berg,2025-03-01,9,"


@pytest.fixture
def issued(quick_college: College) -> College:
    """Ana Alva and Bo Berg have their certificates."""
    quick_college.take(ANA, BO, header=HEADER)
    return quick_college


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("command", [("build",), ("run", "--yes"), ("publish",)])
@pytest.mark.parametrize("page", ["person", "verification", "article"])
@pytest.mark.usefixtures("proved")
def test_an_altered_page_is_put_right_before_anybody_sees_it(
    issued: College, shell: Shell, tmp_path: Path, page: str, command: tuple[str, ...]
) -> None:
    """Whatever was written into it, also where its length is the same: it is not published."""
    issued.environment["PUBLISH_TO"] = str(tmp_path / "host")
    before = contents(issued.output)
    path = {
        "person": issued.page("Ana Alva") / "index.html",
        "verification": next((issued.output / "verify").glob("*/index.html")),
        "article": issued.output / "index.html",
    }[page]
    path.write_bytes(path.read_bytes().replace(b"</main>", b"</evil>"))
    said = shell(*command)
    assert contents(issued.output) == before
    assert contents(tmp_path / "host" / "current") == before if command != ("build",) else True
    assert ("put right: 1 private page" in said.stderr) == (page != "article")


def test_a_page_put_back_with_its_time_is_seen_by_build(issued: College, shell: Shell) -> None:
    """A run goes by size and time; build and verify read."""
    path = issued.page("Ana Alva") / "index.html"
    before, times = path.read_bytes(), path.stat()
    path.write_bytes(before.replace(b"</main>", b"</evil>"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    shell("run", "--yes")
    assert path.read_bytes() != before
    shell("build")
    assert path.read_bytes() == before


class Watch:
    """Which folders this process lists, and which files it opens to write, while it is on."""

    def __init__(self) -> None:
        self.is_on = False
        self.listed: list[str] = []
        self.written: list[str] = []
        sys.addaudithook(self._heed)  # for good: Python knows no way to take it off

    def _heed(self, event: str, args: tuple[Any, ...]) -> None:
        if self.is_on and event in ("os.scandir", "os.listdir"):
            self.listed.append(str(args[0]))
        elif self.is_on and event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            self.written.append(str(args[0]))


def test_a_run_with_nothing_new_lists_no_page_and_writes_nothing(issued: College) -> None:
    """No folder whose own time says that nothing in it changed is listed, and no file of output/ or of the
    vault is opened to be written."""
    issued.run()  # notes that c/ and verify/ are as they must be
    watch = Watch()
    watch.is_on = True
    issued.run()
    watch.is_on = False
    assert watch.listed
    private = (f"{issued.output}/c/", f"{issued.output}/verify/")
    assert not [folder for folder in watch.listed if f"{folder}/".startswith(private)]
    places = (str(issued.output), str(issued.data / "vault"))
    assert not [file for file in watch.written if file.startswith(places)]


def test_what_an_activitys_file_says_besides_reaches_its_own_pages_alone(
    issued: College, shell: Shell
) -> None:
    """Pages that show its hours, or words beside its title, are made anew; no other page is."""
    issued.take("meeting-2025,L2,bo@example.org,Bo Berg,,,yes", header=HEADER)
    folder = issued.root / "content" / "activities"
    ana, bo = (
        str(issued.page(name).relative_to(issued.output) / "index.html") for name in ("Ana Alva", "Bo Berg")
    )

    def built(slug: str, like: str, *changes: tuple[str, str]) -> dict[str, bytes]:
        text = (folder / f"{like}.md").read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (folder / f"{slug}.md").write_text(text)
        shell("run", "--yes")  # which writes what is due alone
        return contents(issued.output)

    before = contents(issued.output)
    after = built("new", "course", ("Slug: course", "Slug: new\nHours: 3"), ("Online", "New"))
    assert {name for name in before if before[name] != after[name]} == {"activities/index.html"}
    after = built("meeting-2025", "meeting-2025", ("Slug: ", "Hours: 12.5\nSlug: "))
    assert b"(the activity had 12.5)" in after[bo]
    assert after[ana] == before[ana]
    after = built("new", "new", ("New Course", "Online Course"))
    assert b"Online Course (course)" in after[ana]
    shell("verify")


STRAYS = [
    "activities/evil.html",
    "c/stray.txt",
    "verify/evil.html",
    "page/evil.html",
    "page/deep/x",
    "page/x",
]


@pytest.mark.parametrize("command", [("build",), ("run", "--yes"), ("publish",), ("purge",)])
@pytest.mark.parametrize("stray", [*STRAYS, "link", "page/link", "picture"])
@pytest.mark.usefixtures("proved")
def test_what_no_build_made_is_neither_shown_nor_deleted(
    issued: College, shell: Shell, tmp_path: Path, stray: str, command: tuple[str, ...]
) -> None:
    """Below the top of output/ as at the top: it is named, without anybody's secret, and nothing is done."""
    issued.environment["PUBLISH_TO"] = str(tmp_path / "host")
    page = issued.page("Ana Alva")
    path = page / stray.removeprefix("page/") if stray.startswith("page/") else issued.output / stray
    if stray == "picture":
        path = issued.output / "images" / "mine.png"
    path.parent.mkdir(exist_ok=True)
    if stray.endswith("link"):
        path.symlink_to(tmp_path)
    else:
        path.write_bytes(b"\x89PNG\r\n\x1a\n")
    said = shell(*command, status=5)
    assert "output/ holds what the build did not make" in said.stderr
    assert page.name not in said.output
    assert os.path.lexists(path)
    assert not (tmp_path / "host").exists()
    shell(*command, "--accept", "stray-output")
    if command != ("purge",):
        assert not os.path.lexists(path)


def test_what_an_earlier_build_made_is_swept(issued: College, shell: Shell) -> None:
    """What is taken out of content/ and the theme leaves output/ without a question."""
    theme = issued.root / "theme"
    where = theme.resolve()
    theme.unlink()
    shutil.copytree(where, theme)
    made = {
        "content/pages/more.md": b"Title: More\nSlug: more\n\nMore.",
        "content/images/a.png": b"\x89PNG\r\n\x1a\n",
        "theme/static/more.css": b"a {}",
    }
    for name, data in made.items():
        (issued.root / name).parent.mkdir(exist_ok=True)
        (issued.root / name).write_bytes(data)
    before = contents(issued.output)
    shell("run", "--yes")
    assert len(contents(issued.output)) == len(before) + 3
    for name in made:
        (issued.root / name).unlink()
    (issued.output / ".DS_Store").write_bytes(b"x")
    (issued.page("Ana Alva") / "index.html.part").write_bytes(b"half")
    shell("run", "--yes")
    assert contents(issued.output) == before


def test_a_certificate_that_nobody_knows_goes_aside(issued: College, shell: Shell) -> None:
    """It may be the last copy of one that a lost ledger knew: beside a page, or in a folder of nobody's."""
    page = issued.page("Ana Alva")
    pdf = next(page.glob("*-certificate-*.pdf")).read_bytes()
    nobody = issued.output / "c" / ("a" * 39)
    nobody.mkdir()
    (nobody / "index.html").write_text("x")
    (nobody / "acr-old-cme-certificate-0000.pdf").write_bytes(b"%PDF- one")
    (page / "acr-old-cme-certificate-1111.pdf").write_bytes(b"%PDF- two")
    (page / "acr-old-cme-certificate-2222.pdf").write_bytes(pdf)  # one that is known
    shell("run", "--yes")
    aside = sorted(path.read_bytes() for path in (issued.data / "aside").iterdir())
    assert aside == [b"%PDF- one", b"%PDF- two"]
    assert {path.stat().st_mode & 0o777 for path in (issued.data / "aside").iterdir()} == {0o600}
    assert not nobody.exists()
    assert len(list(page.glob("*-certificate-*.pdf"))) == 2


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_permissions_are_the_same_under_any_umask(
    quick_college: College, shell: Shell, umask: Callable[[int], int], mask: int
) -> None:
    """Who knows a page's name gets it, nobody lists the names, nobody else writes; DATA_DIR is private."""
    college = quick_college
    umask(mask)
    college.take(ANA, BO, "course,L3,none,No Mail,2025-03-01,9,", header=HEADER)
    college.output.chmod(0o700)
    (college.output / "c").chmod(0o755)
    shell("build")
    modes: dict[int, set[str]] = {}
    for path in [college.output, *college.output.rglob("*")]:
        modes.setdefault(path.stat().st_mode & 0o7777, set()).add(
            path.suffix if path.is_file() else path.name if path.name in ("c", "verify") else "folder"
        )
    assert modes.pop(0o711) == {"c", "verify"}
    assert modes.pop(0o755) == {"folder"}
    assert modes.pop(0o444) == {".pdf"}
    assert ".pdf" not in modes.pop(0o644)
    assert modes == {}
    vault = college.data / "vault"
    for path in [college.data, *college.data.rglob("*")]:
        right = 0o700 if path.is_dir() else 0o444 if vault in path.parents else 0o600
        assert path.stat().st_mode & 0o7777 == right, path
    assert "agree" in shell("verify").stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="root is let into every folder")
@pytest.mark.parametrize("command", [("run", "--yes"), ("build",)])
def test_a_folder_that_nobody_is_let_into_is_opened_again(
    quick_college: College, shell: Shell, command: tuple[str, ...]
) -> None:
    college = quick_college
    college.take(ANA, BO, header=HEADER)
    (college.output / "c").chmod(0o600)
    shell(*command)
    assert (college.output / "c").stat().st_mode & 0o777 == 0o711
    assert "agree" in shell("verify").stdout


def spoil(path: Path) -> bytes:
    """Write into a file in place, as a program does that makes PDFs smaller; what it held."""
    pdf = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(pdf[:-2] + b"??")
    path.chmod(0o444)
    return pdf


def spoilt(issued: College) -> tuple[Path, Path, bytes]:
    """One of Ana Alva's certificates is spoilt in the vault and, as it is the same file, beside her page."""
    copy = next(issued.page("Ana Alva").glob("*-certificate-*.pdf"))
    (path,) = [one for one in (issued.data / "vault").glob("*/*") if one.samefile(copy)]
    return path, copy, spoil(path)


@pytest.mark.parametrize("command", [("run", "--yes"), ("build",), ("purge",)])
def test_a_spoilt_certificate_is_made_again(issued: College, shell: Shell, command: tuple[str, ...]) -> None:
    """Its facts are frozen: what comes out as it was issued takes its place, and the other goes aside."""
    path, copy, pdf = spoilt(issued)
    said = shell(*command)
    assert f"the vault's file {path.name[:12]}... was changed since it was issued" in said.stderr
    assert "put back from its facts, made again" in said.stderr
    assert (path.read_bytes(), copy.read_bytes()) == (pdf, pdf)
    (aside,) = (issued.data / "aside").iterdir()
    assert aside.read_bytes() == pdf[:-2] + b"??"
    assert "agree" in shell("verify").stdout


@pytest.mark.usefixtures("proved")
def test_a_spoilt_certificate_comes_back_from_the_host(
    issued: College, shell: Shell, tmp_path: Path, redesign: Callable[[], None]
) -> None:
    """Where it cannot be made again: the host's copy is another file."""
    issued.environment["PUBLISH_TO"] = str(tmp_path / "host")
    issued.run()
    for copy in (tmp_path / "host").glob("versions/*/c/*/*.pdf"):
        data = copy.read_bytes()
        copy.unlink()
        copy.write_bytes(data)
    path, copy, pdf = spoilt(issued)
    redesign()
    said = shell("run", "--yes")
    assert "put back from the web host" in said.stderr
    assert (path.read_bytes(), copy.read_bytes()) == (pdf, pdf)


@pytest.mark.usefixtures("proved")
def test_a_certificate_spoilt_everywhere_is_said_and_not_shown(
    issued: College, shell: Shell, tmp_path: Path, redesign: Callable[[], None]
) -> None:
    """Nobody downloads the spoilt one; the run says what to do; the backup's brings it back."""
    issued.environment["PUBLISH_TO"] = str(tmp_path / "host")
    path, copy, pdf = spoilt(issued)
    redesign()
    said = shell("run", "--yes", status=1)
    assert f"lost: the vault's file {path.name[:12]}... is nowhere else" in said.stderr
    shown = [*issued.output.rglob("*.pdf"), *(tmp_path / "host").rglob("*.pdf")]
    assert shown
    assert not [one for one in shown if one.read_bytes().endswith(b"??")]
    path.write_bytes(pdf)
    shell("run", "--yes")
    assert copy.read_bytes() == pdf


def test_a_copy_of_the_vault_without_its_times_is_read_once(issued: College) -> None:
    """Restored from somewhere: each file is proved by its bytes, and has its time again."""
    for path in (issued.data / "vault").glob("*/*"):
        os.utime(path)

    def look(project: Project) -> None:
        assert project.vault.look(project.ledger.certificates.digests) == Stored()

    issued.do(look)
    times = {path.name: path.stat().st_mtime_ns for path in (issued.data / "vault").glob("*/*")}
    assert all(time < 1_100_000_000 * 10**9 for time in times.values())
    assert len(set(times.values())) == len(times)
