"""What a publish refuses before the host is touched: half a site, and removals that nothing explains."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import PublishError
from pipeline.publish.record import Changes, Record
from pipeline.rules.places import FOLDERS, private_page
from pipeline.rules.text import counted
from pipeline.rules.web.headers import HEADERS_FILE

ESSENTIAL = (HEADERS_FILE, "index.html", "404.html", "robots.txt")
FEW = 5  # public files that may go without a question, or a tenth of them: a renamed activity, a font


def refuse_half_a_site(output: Path, record: Record, full: bool) -> None:
    """Raises PublishError where output/ lacks a page or PDF that the ledger says must be there.

    Looks at the pages that changed, and with `full` at all.
    """
    missing = [name for name in ESSENTIAL if not _filled(output / name)]
    if missing:
        raise PublishError(
            f"{output} holds no whole site: {missing[0]} is missing.", "Run certs build first."
        )
    pages = sorted(record.must) if full else record.changed()
    lacking = 0
    for page, files in record.files_of(pages):
        folder = output / page
        whole = _filled(folder / "index.html") and all(
            _filled(folder / file.name, file.size) for file in files
        )
        lacking += not whole
    if lacking:
        raise PublishError(
            f"{output} lacks {lacking:,} of {counted(len(pages), 'private page')} that must be there, "
            "or their PDFs.",
            "Run certs build, then publish again.",
        )


def refuse_unexplained_removals(changes: Changes, record: Record, output: Path, allow: int) -> None:
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
    for path in changes.removed:
        page = private_page(path)
        if page is None:
            public_removed += 1
        elif page in record.must:
            by_page.setdefault(page, []).append(path.rpartition("/")[2])
        else:
            unexplained += page not in record.published
    for page, files in record.files_of(sorted(by_page)):
        stay = {"index.html", *(file.name for file in files)}
        unexplained += sum(name in stay for name in by_page[page])
    if public_removed > FEW and public_removed > _public_files(output) // 10:
        unexplained += public_removed
    if unexplained > allow:
        total = len(changes.removed)
        raise PublishError(
            f"This publish would remove {counted(total, 'file')} from the host, and expiry, rotation and "
            f"withdrawal explain only {total - unexplained:,} of them.",
            "Is DATA_DIR the one that this host was filled from, and output/ whole? If the removal is meant: "
            f"certs publish --allow-removals {unexplained}",
        )


def _public_files(output: Path) -> int:
    return sum(
        1
        for top in output.iterdir()
        if top.name not in FOLDERS
        for path in ([top] if top.is_file() else top.rglob("*"))
        if path.is_file()
    )


def _filled(path: Path, size: int | None = None) -> bool:
    try:
        found = path.stat(follow_symlinks=False).st_size
    except OSError:
        return False
    return found > 0 if size is None else found == size
