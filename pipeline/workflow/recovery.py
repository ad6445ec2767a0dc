"""What the vault lost, put back from where the very bytes still lie: output/, or the web host."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline import publish
from pipeline.rules.places import page_of, token_of
from pipeline.rules.text import first_few
from pipeline.rules.web.pages import PageFile
from pipeline.workflow.project import REHEARSAL, Project

NAMED = 3  # lost files named one by one

Place = tuple[str, PageFile]  # a page's token, and what belongs beside it


def take_back(project: Project, places: Iterable[Place], gone: Sequence[str] = ()) -> None:
    """Put into the vault, and beside its page, what output/ or the web host still has of what the vault lost.

    This comes before a publish: the host's copy may be the last one. `gone`: pages that leave the host with
    it, where a file may still lie. What is nowhere is told, with how to get it from a backup. Raises
    PublishError.
    """
    belong = {file.sha256: (token, file) for token, file in places if not _has(project, file.sha256)}
    if belong:
        rescue(project, [*{page_of(token) for token, _ in belong.values()}, *gone])
    lost = {digest: place for digest, place in belong.items() if not _has(project, digest)}
    if lost and project.settings.publish_to:
        folders = [page for page in gone if token_of(page)]
        wanted = [
            (f"{folder}/{file.name}", file.size)
            for token, file in lost.values()
            for folder in (page_of(token), *folders)
        ]
        name = f"{REHEARSAL}{os.getpid()}-"  # swept by the next command, should this one be killed
        with TemporaryDirectory(prefix=name, dir=project.settings.data_dir) as folder:
            for pdf in publish.fetch(project.settings.publish_to, wanted, Path(folder)):
                _put_back(project, lost, pdf)
    if lost:
        _tell(project, sorted(lost))


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
                project.vault.put_many([pdf])
                project.vault.link(digest, path)
                _tell_back(project, digest, "output/")


def rescue_all(project: Project) -> None:
    """The same for every page, as far as names tell that the vault lost something."""
    lost = project.ledger.certificates.stored().difference(project.vault.digests())
    if lost:
        pages = {page_of(token) for token, _ in project.ledger.pages.places_of(lost)}
        rescue(project, [*pages, *project.ledger.pages.gone()])


def _has(project: Project, digest: str) -> bool:
    return project.vault.path(digest).is_file()


def _put_back(project: Project, lost: dict[str, Place], pdf: bytes) -> None:
    """The host's copy, into the vault and beside its page; only the very bytes that were issued are taken."""
    digest = hashlib.sha256(pdf).hexdigest()
    if digest not in lost:
        return
    token, file = lost.pop(digest)
    project.vault.put_many([pdf])
    if file in project.ledger.pages.files([token], project.today)[token]:
        place = project.settings.output_dir / page_of(token) / file.name
        if place.parent.is_dir():
            project.vault.link(digest, place)
    _tell_back(project, digest, "the web host")


def _tell_back(project: Project, digest: str, source: str) -> None:
    project.listener.step(f"the vault's file {digest[:12]}... was missing: put back from {source}")


def _tell(project: Project, lost: Sequence[str]) -> None:
    lines = [
        f"lost: the vault's file {digest[:12]}... is nowhere else, either. Put it back from a backup: "
        f"tar -xf BACKUP -C {project.settings.data_dir} vault/{digest[:2]}/{digest}"
        for digest in lost
    ]
    for line in first_few(lines, NAMED, "and {} more: certs verify lists all", "file"):
        project.listener.step(line)
