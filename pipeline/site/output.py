"""The folder output/: is it ours; public files written where they differ; what is nobody's removed."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from pipeline import files
from pipeline.errors import SiteError
from pipeline.rules.web.headers import MARK

OURS = {"c", "verify", "activities", "theme", "images", "index.html", "404.html", "robots.txt", "_headers"}


def update(path: Path, data: bytes) -> bool:
    """Put `data` at `path` unless it is there already; whether it was written."""
    if path.is_file() and not path.is_symlink() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        files.remove(path)
    files.replace(str(path), data)
    return True


def claim(output: Path, pages: Collection[str]) -> None:
    """Make sure `output` is the site's own folder before anything in it is replaced or swept.

    `pages`: names of folders that content/pages makes. Raises SiteError where others' files lie.
    """
    if output.exists() and not output.is_dir():
        raise SiteError(f"OUTPUT_DIR {output} is not a folder.", "Move it away or name another in .env.")
    output.mkdir(parents=True, exist_ok=True)
    mark = output / "_headers"
    if mark.is_file() and mark.read_bytes().startswith(MARK.encode()):
        return
    foreign = sorted(
        entry.name for entry in os.scandir(output) if entry.name not in OURS and entry.name not in pages
    )
    if foreign:
        raise SiteError(
            f"OUTPUT_DIR {output} holds {foreign[0]}, which is not of this site, and everything else in it "
            "would be removed.",
            "Name an empty folder as OUTPUT_DIR in .env, or empty this one.",
        )


def sweep(folder: Path, keep: Collection[str], prefix: str = "") -> int:
    """Remove all below `folder` that `keep` does not name, as paths with slashes; "c" and "verify" on top are
    swept by those who know their pages. How many entries went."""
    folders = {path.rsplit("/", at)[0] for path in keep for at in range(1, path.count("/") + 1)}
    removed = 0
    for name, entry in files.scan(folder).items():
        path = f"{prefix}{name}"
        if not prefix and name in ("c", "verify") and entry.is_dir(follow_symlinks=False):
            continue
        if entry.is_dir(follow_symlinks=False) and path in folders:
            removed += sweep(Path(entry.path), keep, f"{path}/")
        elif path not in keep or entry.is_dir(follow_symlinks=False):
            removed += files.remove(entry.path)
    return removed
