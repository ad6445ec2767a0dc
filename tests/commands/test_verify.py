"""`certs verify`: every page made anew and compared, every file looked at, and no secret told."""

from __future__ import annotations

import builtins
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.college import College
from tests.support.shell import Shell, digest

HEADER = "activity,learner_id,email,name,completed_on,cme_credits,evaluation\n"
ANA = "course,L1,ana@example.org,Ana Alva,2025-03-01,10,"
BO = "course,L2,bo@example.org,Bo Berg,2025-03-01,9,"


@pytest.fixture
def issued(quick_college: College) -> College:
    """Ana Alva and Bo Berg have their certificates."""
    quick_college.take(ANA, BO, header=HEADER)
    return quick_college


def faults(shell: Shell) -> list[str]:
    """What verify finds, in sentences; it changes nothing, and names nobody's page by its secret."""
    college = shell.college
    before = digest(college.root)
    said = shell("verify", status=None)
    after = digest(college.root)
    assert {name for name in after if before.get(name) != after[name]} <= {
        f"var/ledger.sqlite3{suffix}" for suffix in ("", "-wal", "-shm")
    }
    with college.project() as project:
        assert not [token for token in college.tokens(project) if token in said.output]
    lines = said.stdout.splitlines()
    assert said.exit_code == (0 if lines == ["Ledger, vault, output and audit trail agree."] else 1)
    return lines if said.exit_code else []


def test_each_certificate_is_read_once(
    issued: College, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file in the vault and the one beside its page are one: proved once, it is proved."""
    read: list[str] = []
    opened = builtins.open

    def noting(path: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(path, str | os.PathLike):
            read.append(os.path.realpath(path))
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(builtins, "open", noting)
    shell("verify")
    monkeypatch.undo()
    pdfs = {path.stat().st_ino for path in issued.output.rglob("*.pdf")}
    certificates = [os.stat(path).st_ino for path in read if os.path.isfile(path)]
    assert pdfs
    assert sorted(one for one in certificates if one in pdfs) == sorted(pdfs)


def test_all_agrees(issued: College, shell: Shell) -> None:
    assert faults(shell) == []
    issued.run()
    assert faults(shell) == []


def alter(path: Path, old: str = "</main>", new: str = '<a href="https://x.example">x</a></main>') -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize("page", ["person", "verification", "article", "activity", "style", "headers"])
def test_an_altered_page_is_seen(issued: College, shell: Shell, page: str) -> None:
    output = issued.output
    person = issued.page("Ana Alva")
    path, new = {
        "person": (person / "index.html", "</main>"),
        "verification": (next((output / "verify").glob("*/index.html")), "valid"),
        "article": (output / "index.html", "</main>"),
        "activity": (output / "activities/course/index.html", "</main>"),
        "style": (output / "theme/site.css", "{"),
        "headers": (output / "_headers", "nosniff"),
    }[page]
    alter(path, new, "void" if page == "verification" else f"x{new}")
    (fault,) = faults(shell)
    assert fault.startswith("output/: 1 file is not what the ledger says: ")
    if page == "person":
        number = fault.partition("index.html on the page with certificate ")[2]
        assert number[:4].lower() in {
            pdf.stem.rpartition("-")[2] for pdf in person.glob("*-certificate-*.pdf")
        }
    else:
        assert str(path.relative_to(output)) in fault


def test_what_is_missing_is_seen(issued: College, shell: Shell) -> None:
    page = issued.page("Ana Alva")
    (page / "index.html").unlink()
    next(page.glob("*-certificate-*.pdf")).unlink()
    (issued.output / "404.html").unlink()
    (fault,) = faults(shell)
    assert fault.startswith("output/: 3 files are missing: ")
    assert "404.html" in fault


STRAYS = """
evil.html activities/evil.html activities/course/x.tar verify/evil c/evil/index.html .hidden c/.x old/b.tar
"""


@pytest.mark.parametrize("stray", [*STRAYS.split(), "beside a page", "dot beside a page", "folder in a page"])
def test_a_stray_is_seen(issued: College, shell: Shell, stray: str) -> None:
    """At the top, further down, in nobody's folder and in somebody's; a dot-file, a folder."""
    page = issued.page("Ana Alva")
    beside = {"beside a page": "evil.html", "dot beside a page": ".x", "folder in a page": "deep/x"}
    path = page / beside[stray] if stray in beside else issued.output / stray
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("evil")
    found = [fault for fault in faults(shell) if "permission" not in fault]
    assert len(found) == 1
    assert found[0].startswith("output/: 1 entry belongs to nobody: ")
    assert {"c/evil/index.html": "nobody's", "c/.x": "nobody's", "old/b.tar": "old"}.get(
        stray, path.name if stray != "folder in a page" else "deep"
    ) in found[0]


@pytest.mark.parametrize("place", ["passwd", "activities/passwd", "page", "instead", "theme"])
@pytest.mark.parametrize("kind", ["symbolic", "hard"])
def test_a_link_out_of_output_is_seen(
    issued: College, shell: Shell, tmp_path: Path, place: str, kind: str
) -> None:
    """Beside a page, or in its place with the very bytes; hard links too, but for the vault's own."""
    outside, page = tmp_path / "outside", issued.page("Ana Alva")
    outside.write_text("secret")
    path = {"page": page / "passwd", "instead": page / "index.html"}.get(place, issued.output / place)
    if place == "theme":
        (issued.output / "theme").rename(tmp_path / "theme")
        path.symlink_to(tmp_path / "theme", target_is_directory=True)
    elif place == "instead":
        path.rename(outside)
    if place != "theme":
        (path.symlink_to if kind == "symbolic" else path.hardlink_to)(outside)
    found = faults(shell)
    words = "is a link" if kind == "symbolic" or place in ("instead", "theme") else "belongs to nobody"
    assert [fault for fault in found if fault.startswith("output/: 1 entry") and words in fault]


def test_a_third_name_of_a_certificate_is_seen(issued: College, shell: Shell, tmp_path: Path) -> None:
    """Whoever writes into it there writes into the vault."""
    pdf = next(issued.page("Ana Alva").glob("*-certificate-*.pdf"))
    (tmp_path / "copy.pdf").hardlink_to(pdf)
    assert sorted(fault.partition(":")[0] for fault in faults(shell)) == ["output/", "vault/"]


MODES: dict[str, Callable[[College], Path]] = {
    "output/": lambda college: college.output,
    "list of pages": lambda college: college.output / "c",
    "folder": lambda college: college.output / "activities",
    "file": lambda college: college.output / "index.html",
    "page": lambda college: college.page("Ana Alva") / "index.html",
    "certificate": lambda college: next((college.data / "vault").glob("*/*")),
    "outbox": lambda college: next((college.data / "outbox" / "new").glob("*")),
}


@pytest.mark.parametrize("place", MODES)
def test_permissions_are_seen(issued: College, shell: Shell, place: str) -> None:
    MODES[place](issued).chmod(0o777)
    found = faults(shell)
    assert found
    assert all(": 1 entry has other permissions than it must: " in fault for fault in found)


def test_the_folders_of_the_vault_are_closed_again(issued: College, shell: Shell) -> None:
    """Whatever works on the project closes them before it looks."""
    folder = next((issued.data / "vault").glob("*"))
    folder.chmod(0o777)
    assert faults(shell) == []
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_vault_is_read(issued: College, shell: Shell) -> None:
    """A byte that was changed, also where size and time are as before; what is missing; what is nobody's."""
    one, two, *_ = sorted((issued.data / "vault").glob("*/*"))
    before = one.stat()
    one.chmod(0o644)
    one.write_bytes(one.read_bytes()[:-1] + b"?")
    one.chmod(0o444)
    os.utime(one, ns=(before.st_atime_ns, before.st_mtime_ns))
    two.unlink()
    (one.parent / "notes.txt").write_text("x")
    (issued.data / "vault" / "stray").write_text("x")
    (issued.data / "vault" / "link").symlink_to("/etc")
    found = faults(shell)
    for words in (
        f"vault/: 1 file was changed since it was issued: {one.name[:2]}/{one.name}",
        f"vault/: 1 file is missing: {two.name[:2]}/{two.name}",
        "vault/: 2 entries belong to nobody: ",
        "vault/: 1 entry is a link",
    ):
        assert [fault for fault in found if words in fault], words
    assert len(found) == 4


def test_many_faults_are_one_sentence(issued: College, shell: Shell) -> None:
    for page in issued.output.glob("verify/*/index.html"):
        alter(page)
    for at in range(9):
        (issued.output / "activities" / f"{at}.html").write_text("x")
    altered, strays = faults(shell)
    assert altered.startswith("output/: 4 files are not")
    assert strays.startswith("output/: 9 entries belong to nobody: ")
    assert strays.endswith("and 4 more")
