"""What the vault lost, put back from where the very bytes still lie: output/, or the web host."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline import publish
from pipeline.rules.pages import PageFile
from pipeline.rules.wording import counted
from pipeline.workflow.project import REHEARSAL, Project

NAMED = 3  # lost files named one by one
PORTION = 500  # tokens or digests asked for at a time

Place = tuple[str, PageFile]  # a page's token, and what belongs beside it


def take_back(project: Project, places: Iterable[Place], gone: Sequence[str] = ()) -> None:
    """Put into the vault, and beside its page, what output/ or the web host still has of what the vault lost.

    The host's copy may be the last one: this comes before a publish, which brings the host to what output/
    holds. `gone`: pages that leave the host with this publish; after a new link the file still lies there.
    What is nowhere is told with how to get it from a backup. Raises PublishError where the host fails.
    """
    lost = {file.sha256: (token, file) for token, file in places if not _has(project, file)}
    for pdf in _copies_in_output(project, lost.values()):
        _put_back(project, lost, pdf, "output/")
    if lost and project.settings.publish_to:
        folders = [page for page in gone if page.startswith("c/")]
        wanted = [
            (f"{folder}/{file.name}", file.size)
            for token, file in lost.values()
            for folder in (f"c/{token}", *folders)
        ]
        name = f"{REHEARSAL}{os.getpid()}-"  # swept by the next command, should this one be killed
        with TemporaryDirectory(prefix=name, dir=project.settings.data_dir) as folder:
            for pdf in publish.fetch(project.settings.publish_to, wanted, Path(folder)):
                _put_back(project, lost, pdf, "the web host")
    if lost:
        _tell(project, sorted(lost))


def places_of(project: Project, tokens: Sequence[str]) -> Iterator[Place]:
    """What belongs beside these pages, whether its download is open or not."""
    for at in range(0, len(tokens), PORTION):
        yield from project.ledger.pages.places(tokens=tokens[at : at + PORTION])


def places_of_lost(project: Project, digests: Iterable[str]) -> Iterator[Place]:
    """Where these of the vault's files belong."""
    names = sorted(digests)
    for at in range(0, len(names), PORTION):
        yield from project.ledger.pages.places(digests=names[at : at + PORTION])


def _has(project: Project, file: PageFile) -> bool:
    return project.vault.path(file.sha256).is_file()


def _beside(project: Project, token: str, file: PageFile) -> Path:
    return project.settings.output_dir / "c" / token / file.name


def _copies_in_output(project: Project, places: Iterable[Place]) -> list[bytes]:
    paths = [_beside(project, *place) for place in places]
    return [path.read_bytes() for path in paths if path.is_file() and not path.is_symlink()]


def _put_back(project: Project, lost: dict[str, Place], pdf: bytes, source: str) -> None:
    """Only the very bytes that were issued are taken."""
    digest = hashlib.sha256(pdf).hexdigest()
    if digest not in lost:
        return
    token, file = lost.pop(digest)
    project.vault.put_many([pdf])
    if file in project.ledger.pages.files([token], project.today)[token]:
        place = _beside(project, token, file)
        if place.parent.is_dir():
            project.vault.link(digest, place)
    project.talk.step(f"the vault's file {digest[:12]}... was missing: put back from {source}")


def _tell(project: Project, lost: Sequence[str]) -> None:
    for digest in lost[:NAMED]:
        project.talk.step(
            f"lost: the vault's file {digest[:12]}... is nowhere else, either. Put it back from a backup: "
            f"tar -xf BACKUP -C {project.settings.data_dir} vault/{digest[:2]}/{digest}"
        )
    if len(lost) > NAMED:
        project.talk.step(f"and {counted(len(lost) - NAMED, 'file')} more: certs verify lists all")
