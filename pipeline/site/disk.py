"""Files of output/: written beside and then replaced, left alone when unchanged, swept when nobody's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from pipeline.errors import SiteError
from pipeline.rules.web.headers import MARK

OURS = {"c", "verify", "activities", "theme", "images", "index.html", "404.html", "robots.txt", "_headers"}
BESIDE = ".writing"  # ends the name of a half-written file; what a killed run leaves of them is swept


def replace(path: Path | str, data: bytes) -> None:
    """Put `data` at `path`: a reader sees the old file or the new one, never half of one."""
    beside = f"{path}{BESIDE}"
    with open(beside, "wb") as file:
        file.write(data)
    os.replace(beside, path)


def update(path: Path, data: bytes) -> bool:
    """Replace `path` where it does not hold `data` already; whether it was written."""
    if path.is_file() and not path.is_symlink() and path.read_bytes() == data:
        return False
    for folder in reversed(path.parents):
        if folder.is_symlink() or folder.exists():
            continue
        folder.mkdir()
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    replace(path, data)
    return True


def remove(entry: os.DirEntry[str]) -> int:
    """Remove what an entry names, never what a link points to; how many went: 1, or 0 where it is no more.

    The half-written file of a killed run is no more once a new one of its name was put in its place.
    """
    try:
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)
    except FileNotFoundError:
        return 0
    return 1


def scan(folder: str) -> dict[str, os.DirEntry[str]]:
    """The entries of a folder by name; none where it is not there."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name: entry for entry in entries}
    except (FileNotFoundError, NotADirectoryError):
        return {}


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
    for name, entry in scan(str(folder)).items():
        path = f"{prefix}{name}"
        if not prefix and name in ("c", "verify") and entry.is_dir(follow_symlinks=False):
            continue
        if entry.is_dir(follow_symlinks=False) and path in folders:
            removed += sweep(Path(entry.path), keep, f"{path}/")
        elif path not in keep or entry.is_dir(follow_symlinks=False):
            removed += remove(entry)
    return removed
