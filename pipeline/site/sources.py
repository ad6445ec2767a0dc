"""What a build reads: content/ and the theme, looked through before anything is written.

A link could lead to private data, a folder of pictures could hold a ledger, and pelicanconf.py could name
other folders: whatever is shown is a file that lies here itself and is of a kind that a site shows.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import SiteError
from pipeline.rules.web.statics import OF_THEME, SHOWN, Look, fault_of_static

FOLDERS = ("STATIC_PATHS", "PAGE_PATHS", "ARTICLE_PATHS")  # Pelican's settings that name folders of content/


def refuse_links(root: Path) -> None:
    """Raises SiteError for a link in content/ or the theme. Nobody shows hidden files: they may be links."""
    for folder in (root / "content", root / "theme" / "static", root / "theme" / "templates"):
        for path in _entries(folder):
            if path.is_symlink():
                raise SiteError(
                    f"{path.relative_to(root)} is a link, and may lead to what nobody must see.",
                    "Put the file or folder itself in its place.",
                )


def refuse_folders(settings: Mapping[str, Any]) -> None:
    """Raises SiteError where Pelican would read outside of content/."""
    for name in FOLDERS:
        for folder in settings[name]:
            if os.path.isabs(folder) or ".." in Path(folder).parts:
                raise SiteError(
                    f"{name} in pelicanconf.py names {folder}, which is not in content/.",
                    "Put what it holds into content/, and name that folder.",
                )


def theme_files(root: Path) -> Iterator[tuple[str, bytes]]:
    """Each file of theme/static: where it is put below output/, and its bytes. Raises SiteError."""
    static = root / "theme" / "static"
    for path in _entries(static):
        if not path.is_dir():
            yield f"theme/{path.relative_to(static).as_posix()}", _read(root, path, OF_THEME)


def static_file(root: Path, source: str, is_issued: Callable[[str], bool]) -> bytes:
    """A picture or PDF of content/. `is_issued`: whether a certificate has this SHA-256. Raises SiteError."""
    content = root / "content"
    path = content / source
    if ".." in path.parts or not path.resolve().is_relative_to(content.resolve()):
        raise SiteError(
            f"A page links to {source}, which is not in content/.", "Put it there, or take the link out."
        )
    data = _read(root, path, SHOWN)
    if is_issued(hashlib.sha256(data).hexdigest()):
        raise SiteError(
            f"content/{source} is somebody's certificate.", "Take it out: it would be shown to everybody."
        )
    return data


def _entries(folder: Path) -> Iterator[Path]:
    """Files, folders and links below a folder, in order; nothing hidden, and no link is followed."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted([*folders, *names]):
            if not name.startswith("."):
                yield Path(here, name)


def _read(root: Path, path: Path, kinds: Mapping[str, Look]) -> bytes:
    name = path.relative_to(root)
    if not path.is_file():
        raise SiteError(f"{name} is no file.", "Take it out.")
    data = path.read_bytes()
    if fault := fault_of_static(path.name, data, kinds):
        raise SiteError(f"{name} {fault}.", "Take it out: whatever lies there is shown to everybody.")
    return data
