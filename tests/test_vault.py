"""Issued PDFs between vault and output/: other disks, lost files, damaged copies, half-written ones."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pipeline.vault import Vault
from pipeline.workflow import keep
from tests.college import TODAY, College

PDF = b"%PDF-1.7 of somebody"
HEADER = "activity,learner_id,email,name,completed_on,cme_credits,evaluation\n"


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Vault, str]:
    """A vault with one PDF, and its digest."""
    vault = Vault(tmp_path / "vault")
    (digest,) = vault.put_many([PDF])
    return vault, digest


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


def test_a_copy_is_on_the_disk_before_it_takes_its_place(
    kept: tuple[Vault, str], tmp_path: Path, two_disks: None, monkeypatch: pytest.MonkeyPatch
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
    quick_college.run(
        quick_college.claims(
            "course,L1,ana@example.org,Ana Alva,2025-03-01,10,",
            "course,L2,bo@example.org,Bo Berg,2025-03-01,9,",
            header=HEADER,
        )
    )
    return quick_college


def pdfs(folder: Path) -> dict[Path, bytes]:
    """Where which bytes are offered."""
    return {path: path.read_bytes() for path in folder.rglob("*.pdf")}


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
        assert keep.build(project, thorough=True).linked == 2
        assert pdfs(issued.output) == before
        assert keep.build(project, thorough=True).linked == 0


def test_a_half_written_pdf_of_a_killed_run_stops_no_other(issued: College) -> None:
    """Its name is the one that the next run writes beside a damaged PDF, and renames away."""
    before = pdfs(issued.output)
    assert len(before) == 4
    for path in before:
        path.unlink()
        path.write_bytes(b"%PDF torn")
        path.with_name(f"{path.name}.part").write_bytes(b"half")
    assert issued.run().mismatches == []
    assert pdfs(issued.output) == before
    assert list(issued.output.rglob("*.part")) == []
