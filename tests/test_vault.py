"""Issued PDFs between vault and output/: other file systems, lost files, damaged copies, half-written ones."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pipeline.vault import Vault

PDF = b"%PDF-1.7 of somebody"


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
