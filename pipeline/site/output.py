"""The folder output/ as a whole: whether it is ours, its public files, and the removal of all else."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Collection
from pathlib import Path

from pipeline import files
from pipeline.errors import SiteError
from pipeline.rules.places import CHECK_PAGE, FOLDERS, private_page
from pipeline.rules.web.headers import FIRST, HEADERS_FILE

FILE, FOLDER = 0o644, 0o755  # permissions: the web server is another user
READ_ONLY = 0o444  # of PDFs, which are the vault's own files
HIDDEN = 0o711  # of c/ and verify/: who knows a page's name gets it, and nobody gets a list of names

OURS = {
    *FOLDERS,
    "activities",
    "seals",
    "theme",
    "images",
    "index.html",
    "404.html",
    "robots.txt",
    "favicon.ico",
    ".well-known",
    "did.json",
    HEADERS_FILE,
}


def claim(output: Path, pages: Collection[str]) -> None:
    """Make sure `output` is the site's own folder before anything in it is replaced or removed.

    `pages`: names of folders that content/pages makes. Raises SiteError where others' files lie.
    """
    if output.exists() and not output.is_dir():
        raise SiteError(f"OUTPUT_DIR {output} is not a folder.", "Move it away or name another in .env.")
    files.make_folder(output, FOLDER)
    sign = output / HEADERS_FILE
    if sign.is_file() and sign.read_bytes().startswith(FIRST.encode()):
        return
    begun = f"{HEADERS_FILE}{files.BESIDE}"  # the first file of a first build, which was killed
    foreign = sorted(files.scan(output).keys() - OURS - {begun, *pages})
    if foreign:
        raise SiteError(
            f"OUTPUT_DIR {output} holds {foreign[0]}, which is not of this site, and everything else in it "
            "would be removed.",
            "Name an empty folder as OUTPUT_DIR in .env, or empty this one.",
        )


class PublicFiles:
    """The public files of one build, as paths with slashes below output/."""

    def __init__(self, output: Path) -> None:
        self._output = str(output)
        self._folders = {""}  # that are there, as folders
        self.kept: dict[str, str] = {}  # what belongs there, with its SHA-256
        self.written = 0  # how many were new or differed

    def put(self, name: str, data: bytes) -> None:
        """This file belongs there, and is written unless it is there. Raises SiteError as `belongs`."""
        self.kept[belongs(name, self.kept)] = hashlib.sha256(data).hexdigest()
        path = f"{self._output}/{name}"
        self._make_folder(name.rpartition("/")[0])
        if is_file_of(path, data):
            return
        if os.path.isdir(path) and not os.path.islink(path):
            files.remove(path)
        files.replace(path, data, FILE)
        self.written += 1

    def _make_folder(self, name: str) -> None:
        """A folder, never a link to one, and those above it."""
        if name in self._folders:
            return
        self._make_folder(name.rpartition("/")[0])
        path = f"{self._output}/{name}"
        if not is_folder(path):
            files.remove(path)
        files.make_folder(path, HIDDEN if name in FOLDERS else FOLDER)
        self._folders.add(name)

    def sweep(self) -> int:
        """Remove what does not belong there; how many entries went. Private pages are not looked at."""
        folders = {path.rsplit("/", at)[0] for path in self.kept for at in range(1, path.count("/") + 1)}
        removed = self._sweep(self._output, "", folders - {*FOLDERS})
        if CHECK_PAGE not in self.kept:
            removed += files.remove(f"{self._output}/{CHECK_PAGE}")
        return removed

    def _sweep(self, folder: str, prefix: str, folders: Collection[str]) -> int:
        removed = 0
        for name, entry in files.scan(folder).items():
            path, is_dir = f"{prefix}{name}", entry.is_dir(follow_symlinks=False)
            if is_dir and path in folders:
                removed += self._sweep(entry.path, f"{path}/", folders)
            elif path not in (FOLDERS if is_dir else self.kept):
                removed += files.remove(entry.path)
        return removed


def belongs(name: str, kept: Collection[str]) -> str:
    """The place of a public file. Raises SiteError where another is put there, and for a place that is not
    the public site's."""
    if name in kept or private_page(name) or not set(name.split("/")).isdisjoint(("", "..")):
        raise SiteError(
            f"Two files would be written to output/{name}.", "Give one of them in content/ another slug."
        )
    return name


def is_folder(path: str) -> bool:
    """A folder, and no link to one. What cannot be reached is none: builds mend the permissions above it."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def is_file_of(path: str, data: bytes) -> bool:
    """Whether a file with these bytes lies there: no link, under no other name. All may read it then."""
    try:
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode) or found.st_size != len(data) or found.st_nlink > 1:
            return False
        if stat.S_IMODE(found.st_mode) != FILE:
            os.chmod(path, FILE)
        with open(path, "rb") as file:
            return file.read() == data
    except FileNotFoundError:
        return False
