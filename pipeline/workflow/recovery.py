"""What the vault lost, put back: from output/, made again, from a backup, or from the web host.

Only the very bytes that were issued are taken. The facts of a certificate are frozen: where program, fonts
and design are the same, so is the PDF.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import tee
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline import publish
from pipeline.backup import read_certificates
from pipeline.errors import CertsError
from pipeline.rules.places import page_of, token_of
from pipeline.rules.text import first_few
from pipeline.rules.web.pages import PageFile
from pipeline.vault import Stored
from pipeline.workflow import render
from pipeline.workflow.aside import set_spoilt_aside
from pipeline.workflow.marks import access_of
from pipeline.workflow.project import REHEARSAL, Project
from pipeline.workflow.sealing import every_sealed, former_sealers

NAMED = 3  # lost files named one by one

Place = tuple[str, PageFile]  # a page's token, and what belongs beside it


def take_back(project: Project, places: Iterable[Place], gone: Sequence[str] = ()) -> None:
    """Put into the vault, and beside its page, what output/, BACKUP_DIR or the web host has of what it lost.

    This comes before a publish: the host's copy may be the last one. `gone`: pages that leave the host with
    it, where a file may still lie. What is nowhere is told, with how to get it from a backup. Raises
    PublishError.
    """
    lost = {file.sha256: (token, file) for token, file in places if not _has(project, file.sha256)}
    _find_here(project, lost, gone)
    if lost and project.settings.backup_dir:
        with suppress(CertsError, OSError):  # one that cannot be read is no reason not to look further
            _find_in_backup(project, lost, project.settings.backup_dir)
    if lost and project.settings.publish_to:
        folders = [page for page in gone if token_of(page)]
        wanted = [
            (f"{folder}/{file.name}", file.size)
            for token, file in lost.values()
            for folder in (page_of(token), *folders)
        ]
        name = f"{REHEARSAL}{os.getpid()}-"  # swept by the next command, should this one be killed
        with TemporaryDirectory(prefix=name, dir=project.settings.data_dir) as folder:
            for pdf in publish.fetch(
                project.settings.publish_to, wanted, Path(folder), access_of(project.settings)
            ):
                _put_back(project, lost, pdf, "the web host")
    if lost:
        _tell(project, sorted(lost))


def _find_here(project: Project, lost: dict[str, Place], gone: Sequence[str]) -> None:
    """Take back what this machine has, or can make again; what is found is lost no more."""
    if not lost:
        return
    rescue(project, [*{page_of(token) for token, _ in lost.values()}, *gone])
    for digest in [one for one in lost if _has(project, one)]:
        del lost[digest]
    if lost:
        sealers = former_sealers(project)
        ahead, behind = tee(project.ledger.certificates.stating(lost))
        made = render.render_many((facts for facts, _ in ahead), render.design_of(project.settings), None)
        for (facts, version), again in zip(behind, made, strict=False):
            if again.pdf is not None:
                for pdf in every_sealed(again.pdf, facts, version, sealers):
                    _put_back(project, lost, pdf, "its facts, made again")


def take_from_backup(project: Project, source: Path) -> tuple[int, int]:
    """Put into the vault what it lost and a backup has, a file or a folder: how many PDFs came back, and how
    many are still lost. Raises VaultError, LockedError, OSError."""
    due = _lost(project, project.vault.look(project.ledger.certificates.digests))
    lost = dict(due)
    _find_in_backup(project, lost, source)
    if lost:
        _tell(project, sorted(lost))
    _make_due(project, due)
    return len(due) - len(lost), len(lost)


def _find_in_backup(project: Project, lost: dict[str, Place], source: Path) -> None:
    for pdf in read_certificates(source, set(lost)):
        _put_back(project, lost, pdf, "a backup")


def rescue(project: Project, pages: Iterable[str]) -> None:
    """Put into the vault what it lost and the folders of these pages in output/ still have.

    Whatever is removed from there may be the last copy. Only bytes that were issued once are taken.
    """
    for page in pages:
        folder = project.settings.output_dir / page
        if not token_of(page) or folder.is_symlink():
            continue
        for path in folder.glob("*.pdf"):
            if path.is_symlink() or not path.is_file():
                continue
            pdf = path.read_bytes()
            digest = hashlib.sha256(pdf).hexdigest()
            if not _has(project, digest) and any(project.ledger.pages.places_of([digest])):
                _store(project, digest, pdf)
                project.vault.link(digest, path)
                _tell_back(project, digest, "output/")


def rescue_all(project: Project) -> None:
    """Put back what this machine has of all that names, sizes and times tell the vault lost.

    A file that was changed is lost: it goes aside, and out of output/, where it may be the same file.
    """
    lost = _lost(project, project.vault.look(project.ledger.certificates.digests))
    _find_here(project, dict(lost), project.ledger.builds.gone())
    _make_due(project, lost)


def take_all_back(project: Project, stored: Stored) -> bool:
    """The same, and what the web host has; `stored`: how the vault was found. Whether something was lost.

    Raises PublishError.
    """
    lost = _lost(project, stored)
    take_back(project, lost.values(), project.ledger.builds.gone())
    _make_due(project, lost)
    return bool(lost)


def _lost(project: Project, stored: Stored) -> dict[str, Place]:
    """What the vault lost, by SHA-256; what was changed goes aside."""
    for digest in [one for one in stored.spoilt if project.ledger.certificates.is_unsized(one)]:
        pdf = project.vault.path(digest).read_bytes()
        if hashlib.sha256(pdf).hexdigest() == digest:  # put there from a backup, as staff were told
            _store(project, digest, pdf)
            stored.spoilt.remove(digest)
    set_spoilt_aside(project, stored.spoilt)
    lost = stored.missing | stored.spoilt
    return {file.sha256: (token, file) for token, file in project.ledger.pages.places_of(lost)}


def _make_due(project: Project, lost: Mapping[str, Place]) -> None:
    """Another file may lie where it belongs, and its page is looked at by the next build."""
    if lost:
        with project.ledger.transaction():
            project.ledger.builds.make_due([page_of(token) for token, _ in lost.values()])


def _has(project: Project, digest: str) -> bool:
    return project.vault.path(digest).is_file()


def _put_back(project: Project, lost: dict[str, Place], pdf: bytes, source: str) -> None:
    """Into the vault and beside its page, if these are the very bytes that were issued."""
    digest = hashlib.sha256(pdf).hexdigest()
    if digest not in lost:
        return
    token, file = lost.pop(digest)
    file = replace(file, size=_store(project, digest, pdf))
    if file in project.ledger.pages.files([token], project.today)[token]:
        place = project.settings.output_dir / page_of(token) / file.name
        if place.parent.is_dir():
            project.vault.link(digest, place)
    _tell_back(project, digest, source)


def _store(project: Project, digest: str, pdf: bytes) -> int:
    """Into the vault; its size, which the ledger learns first: a page that put it on record told none."""
    if project.ledger.certificates.is_unsized(digest):
        with project.ledger.transaction():
            project.ledger.certificates.note_size(digest, len(pdf))
    project.vault.put_many([pdf])
    return len(pdf)


def _tell_back(project: Project, digest: str, source: str) -> None:
    project.listener.step(f"the vault's file {digest[:12]}... was missing: put back from {source}")


def _tell(project: Project, lost: Sequence[str]) -> None:
    lines = [
        f"lost: the vault's file {digest[:12]}... is nowhere else, either. Where a backup has it: "
        "certs restore BACKUP --lost"
        for digest in lost
    ]
    for line in first_few(lines, NAMED, "and {} more: certs verify lists all", "file"):
        project.listener.step(line)
