"""Issued PDFs between vault and output/: other disks, lost files, damaged copies, half-written ones."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.vault import Stored, Vault
from pipeline.workflow import desk, reissue, release, render, standing
from tests.support.college import TODAY, College

PDF = b"%PDF-1.7 of somebody"
HEADER = "activity,learner_id,email,name,completed_on,cme_credits,evaluation\n"


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Vault, str]:
    """A vault with one PDF, and its digest."""
    vault = Vault(tmp_path / "vault")
    (digest,) = vault.put_many([PDF])
    return vault, digest


class Known:
    """What a ledger expects."""

    def __init__(self, sizes: dict[str, int]) -> None:
        self.sizes = sizes

    def stored(self) -> int:
        return len(self.sizes)

    def digests(self, beginning: str) -> dict[str, int]:
        return {digest: size for digest, size in self.sizes.items() if digest.startswith(beginning)}


def test_what_went_after_the_look_is_missed_by_name(
    kept: tuple[Vault, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder is listed once more where its time is another, and only there."""
    vault, digest = kept
    known, path = Known({digest: len(PDF)}), vault.path(digest)
    os.utime(path.parent, ns=(1, 1))
    vault.look(known.digests)
    with monkeypatch.context() as patch:
        patch.setattr(os, "listdir", lambda folder: pytest.fail(f"listed {folder}"))
        assert not vault.look_at_names(known).missing
    path.unlink()
    assert vault.look_at_names(known).missing == {digest}


def test_a_look_tells_whatever_is_not_as_it_was_issued(tmp_path: Path) -> None:
    """And only that: each of a folder's files for itself. What staff put back is given its permissions and
    time; what a killed run left half-written goes; what is no PDF is nobody's."""
    vault = Vault(tmp_path / "vault")
    pdfs = [PDF + bytes([at]) for at in range(7)]
    digests = vault.put_many(pdfs)
    whole, spoilt, gone, linked, open_to_all, back, unknown = digests
    vault.path(spoilt).chmod(0o644)
    vault.path(spoilt).write_bytes(PDF + b"!")
    for lost in (gone, linked):
        vault.path(lost).unlink()
    vault.path(linked).symlink_to(vault.path(whole))
    vault.path(open_to_all).chmod(0o666)
    os.utime(vault.path(back), ns=(1, 1))
    half = vault.path(whole).with_name(f"{whole}.part")
    half.write_bytes(b"half")
    notes = vault.path(whole).with_name("notes.txt")
    notes.write_text("mine")
    elsewhere = hashlib.sha256(b"in no folder").hexdigest()
    known = Known({digest: len(PDF) + 1 for digest in (*digests[:-1], elsewhere)})
    found = vault.look(known.digests)
    assert found == Stored(missing={gone, linked, elsewhere}, spoilt={spoilt}, unknown={unknown})
    assert stat.S_IMODE(vault.path(open_to_all).stat().st_mode) == 0o444
    assert vault.path(back).stat().st_mtime_ns > 1
    assert (half.exists(), notes.exists()) == (False, True)
    assert vault.look(known.digests) == found


@pytest.fixture
def two_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    """No link leads from one folder to another, and Linux says first whether something lies there."""
    link = os.link

    def refuse(source: str, destination: str | Path) -> None:
        if not os.path.lexists(source):
            link(source, destination)
        code = errno.EEXIST if os.path.lexists(destination) else errno.EXDEV
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", refuse)


def lies_there_whole(destination: Path) -> None:
    assert destination.read_bytes() == PDF
    assert not destination.stat().st_mode & 0o222
    assert list(destination.parent.iterdir()) == [destination]


@pytest.mark.parametrize("before", [None, b"", b"%PDF-1.7 torn"])
@pytest.mark.parametrize("part", [None, b"half"])
@pytest.mark.parametrize("disks", ["one", "two"])
def test_a_pdf_is_put_in_its_place_whatever_lies_there(
    kept: tuple[Vault, str],
    tmp_path: Path,
    request: pytest.FixtureRequest,
    before: bytes | None,
    part: bytes | None,
    disks: str,
) -> None:
    """On the vault's file system or on another; over a torn copy, beside what a killed run left."""
    if disks == "two":
        request.getfixturevalue("two_disks")
    vault, digest = kept
    destination = tmp_path / "page" / "a.pdf"
    destination.parent.mkdir()
    for path, there in ((destination, before), (destination.with_name("a.pdf.part"), part)):
        if there is not None:
            path.write_bytes(there)
            path.chmod(0o444)
    vault.link(digest, destination)
    if disks == "one" and before is None:  # linked straight to its place; the build sweeps what is beside
        destination.with_name("a.pdf.part").unlink(missing_ok=True)
    lies_there_whole(destination)
    vault.link(digest, destination)
    lies_there_whole(destination)


@pytest.mark.usefixtures("two_disks")
def test_a_copy_is_on_the_disk_before_it_takes_its_place(
    kept: tuple[Vault, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut leaves the whole copy or none, as its size is all that a later build looks at."""
    vault, digest = kept
    done: list[str] = []
    sync, replace = os.fsync, os.replace

    def synced(descriptor: int) -> None:
        assert os.fstat(descriptor).st_size == len(PDF)
        done.append("synced")
        sync(descriptor)

    def replaced(source: str, destination: Path) -> None:
        done.append("replaced")
        replace(source, destination)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    vault.link(digest, tmp_path / "a.pdf")
    assert done == ["synced", "replaced"]


@pytest.fixture
def issued(quick_college: College) -> College:
    """Ana Alva, and Bo Berg, with two certificates each that can be downloaded."""
    quick_college.take(
        "course,L1,ana@example.org,Ana Alva,2025-03-01,10,",
        "course,L2,bo@example.org,Bo Berg,2025-03-01,9,",
        header=HEADER,
    )
    return quick_college


def pdfs(folder: Path) -> dict[Path, bytes]:
    """Where which issued bytes are offered."""
    return {path: path.read_bytes() for path in folder.rglob("*-certificate-*.pdf")}


@pytest.mark.parametrize("disks", ["one", "two"])
def test_a_look_at_every_file_mends_a_damaged_copy_of_the_right_size(
    issued: College, request: pytest.FixtureRequest, disks: str
) -> None:
    """`certs build` compares bytes where the copy is no link to the vault's file; a right one stays."""
    if disks == "two":
        request.getfixturevalue("two_disks")
    before, damaged = pdfs(issued.output), issued.page("Ana Alva")
    for path, pdf in before.items():
        path.unlink()
        path.write_bytes(pdf[:-3] + b"???" if path.parent == damaged else pdf)
    with issued.project() as project:
        assert release.build_pages(project, thorough=True).linked == 2
        assert pdfs(issued.output) == before
        assert release.build_pages(project, thorough=True).linked == 0


def lose_the_vaults(college: College) -> dict[str, bytes]:
    """The vault lost every file, and output/ holds the last copies: those, by their name."""
    for path in (college.data / "vault").rglob("*"):
        if path.is_file():
            path.unlink()
    return {path.name: pdf for path, pdf in pdfs(college.output).items()}


def in_vault(college: College) -> set[bytes]:
    return {path.read_bytes() for path in (college.data / "vault").rglob("*") if path.is_file()}


@pytest.mark.parametrize("event", ["new link", "correction", "withdrawal", "killed", "killed, then a run"])
def test_the_desk_removes_no_last_copy(issued: College, monkeypatch: pytest.MonkeyPatch, event: str) -> None:
    """Where the vault lost them, it has them back before a command takes them from output/; also those of a
    link whose command was killed."""
    last = lose_the_vaults(issued)
    page = issued.page("Ana Alva")
    ana = set(pdfs(page).values())
    with issued.project() as project:
        number = next(
            entry.facts.number
            for entry in project.ledger.pages.entries(desk.one_person(project, "L1").id, TODAY)
        )
        if event == "correction":
            desk.correct(project, "L1", desk.Change(name="Ana Alba"), "asked", False)
        elif event == "withdrawal":
            standing.withdraw(project, number, "by mistake")
        elif event == "new link":
            desk.rotate(project, "L1", "it leaked")
        else:
            with monkeypatch.context() as patch:
                patch.setattr(desk, "release", killed)
                with pytest.raises(KeyboardInterrupt):
                    desk.rotate(project, "L1", "it leaked")
            if event == "killed":
                desk.resend(project, "L2", None)
    if event == "killed, then a run":
        assert issued.run().mismatches == []
    assert page.exists() == (event in ("correction", "withdrawal"))
    assert ana <= in_vault(issued)
    assert issued.run().mismatches == []
    assert set(last.values()) <= in_vault(issued)


def killed(*_args: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("event", ["closed download", "reissue", "closed link"])
def test_no_build_removes_a_last_copy(issued: College, redesign: Callable[[], None], event: str) -> None:
    """Where a download's window has closed, a newer version takes its place, or the link was closed."""
    today = TODAY
    if event == "closed download":
        text = (issued.root / "content" / "activities" / "course.md").read_text()
        issued.write_activity("course", text.replace("\n\n", f"\nDownload_until: {TODAY}\n\n", 1))
        issued.run()
        today += dt.timedelta(days=1)
    last = lose_the_vaults(issued)
    with issued.project(today) as project:
        if event == "reissue":
            redesign()
            reissue.plan_reissue(project, None)
            render.render(project, None)
        elif event == "closed link":
            person = desk.one_person(project, "L1")
            with project.ledger.transaction():
                project.ledger.people.set_token(person.id, project.new_token())
                project.ledger.builds.note_gone(f"c/{person.token}")
        release.build_pages(project)
        if event == "closed download":
            assert pdfs(issued.output) == {}
    assert set(last.values()) <= in_vault(issued)
    assert issued.run(today=today).mismatches == []


def test_only_what_was_issued_is_taken_back(issued: College, redesign: Callable[[], None]) -> None:
    """What else lies in output/ does not get into the vault."""
    redesign()
    lose_the_vaults(issued)
    page = issued.page("Ana Alva")
    for path in pdfs(page):
        path.unlink()
        path.write_bytes(b"%PDF of somebody else")
    (page / "other.pdf").write_bytes(b"%PDF of nobody")
    bo = set(pdfs(issued.page("Bo Berg")).values())
    with issued.project() as project:
        desk.rotate(project, "L1", "it leaked")
        release.build_pages(project)
    assert in_vault(issued) == bo
