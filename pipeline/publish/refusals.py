"""What a publish refuses before the host is touched: what no build made, removals that nothing explains."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pipeline import files
from pipeline.errors import PublishError
from pipeline.publish.record import PAGE, Changes, Link, Record
from pipeline.rules.places import FOLDERS, private_page
from pipeline.rules.text import counted
from pipeline.rules.web.headers import HEADERS_FILE

FEW = 5  # public files that may go without a question, or a tenth of them: a renamed activity, a font


def refuse_what_no_build_made(output: Path, record: Record, links: Sequence[Link]) -> None:
    """Raises PublishError where output/ lacks a page, PDF or public file that must be there, or where it is
    not what the build wrote. PDFs are told by their size here: each is proved by its SHA-256 afterwards.
    """
    if not record.public:
        raise PublishError(f"{output} holds no whole site: it was not built yet.", "Run certs build first.")
    for path, sha256 in record.public.items():
        if _digest(output / path) != sha256:
            raise PublishError(f"{output} lacks {path}, or it was changed since.", "Run certs build first.")
    lacking = altered = 0
    for link in links:
        folder = output / link.page
        found = _digest(folder / PAGE)
        if found is None or not all(_has_size(folder / file.name, file.size) for file in link.files):
            lacking += 1
        elif found != link.sha256:
            altered += 1
    if lacking:
        raise PublishError(
            f"{output} lacks {lacking:,} of {counted(len(links), 'private page')} that must be there, "
            "or their PDFs.",
            "Run certs build, then publish again.",
        )
    if altered:
        raise PublishError(
            f"{counted(altered, 'private page was', 'private pages were')} changed in {output} since the "
            "build; nothing was published.",
            "Find out by whom; certs build writes such pages anew, then publish again.",
        )


def not_of_the_build(output: Path, record: Record, links: Sequence[Link]) -> list[str]:
    """What lies in output/, as far as it is looked at, and no build made: in words, as it is never sent."""
    public = [
        path.relative_to(output).as_posix()
        for top in files.scan(output)
        if top not in FOLDERS
        for path in (output / top, *(output / top).rglob("*"))
        if not path.is_dir() or path.is_symlink()
    ]
    beside = sum(1 for _ in strays_beside_pages(output, links))
    return [
        *(path for path in sorted(public) if path not in record.public),
        *([f"{counted(beside, 'file')} beside private pages"] if beside else ()),
    ]


def strays_beside_pages(output: Path, links: Iterable[Link]) -> Iterator[str]:
    """What lies in the folders of these pages and does not belong there, as paths below `output`."""
    for link in links:
        yield from (
            f"{link.page}/{name}" for name in files.scan(output / link.page) if name not in link.names
        )


def refuse_unexplained_removals(changes: Changes, record: Record, allow: int) -> None:
    """Raises PublishError where more would be removed than the ledger explains.

    `allow`: how many unexplained removals somebody agreed to.
    """
    if changes.removed and not changes.is_site:
        raise PublishError(
            f"PUBLISH_TO holds {counted(len(changes.removed), 'file')} and is not this site: "
            f"it has no {HEADERS_FILE}.",
            "Name an empty folder of its own as PUBLISH_TO in .env.",
        )
    by_page: dict[str, list[str]] = {}
    unexplained = public_removed = 0
    gone = set(record.gone)
    required = record.required_among([*{page for path in changes.removed if (page := private_page(path))}])
    for path in changes.removed:
        page = private_page(path)
        if page is None:
            public_removed += 1
        elif path.rpartition("/")[2].startswith("."):
            continue  # what a transfer left half-written
        elif page in required:
            by_page.setdefault(page, []).append(path.rpartition("/")[2])
        else:
            unexplained += page not in gone
    for link in record.links(sorted(by_page)):
        unexplained += sum(name in link.names for name in by_page[link.page])
    if public_removed > FEW and public_removed > len(record.public) // 10:
        unexplained += public_removed
    if unexplained > allow:
        total = len(changes.removed)
        raise PublishError(
            f"This publish would remove {counted(total, 'file')} from the host, and expiry, rotation and "
            f"withdrawal explain only {total - unexplained:,} of them.",
            "Is DATA_DIR the one that this host was filled from, and output/ whole? If the removal is meant: "
            f"certs publish --allow-removals {unexplained}",
        )


def _has_size(path: Path, size: int) -> bool:
    try:
        found = path.stat(follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == size


def _digest(path: Path) -> str | None:
    """The SHA-256 of a file; None where there is none, or only a link."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return None
