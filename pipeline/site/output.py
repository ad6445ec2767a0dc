"""The folder output/ as a whole: whether it is ours, its public files, and the removal of all else."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pipeline import files
from pipeline.errors import SiteError
from pipeline.rules.places import FOLDERS, private_page
from pipeline.rules.web.headers import FIRST, HEADERS_FILE

OURS = {*FOLDERS, "activities", "theme", "images", "index.html", "404.html", "robots.txt", HEADERS_FILE}


def strays(output: Path) -> list[str]:
    """What lies at the top of output/ and no build makes: files, and folders that hold more than pages."""
    found = []
    for name, entry in files.scan(output).items() if output.is_dir() else ():
        folder = Path(entry.path) if entry.is_dir(follow_symlinks=False) else None
        if name not in OURS and (
            folder is None or any(path.suffix != ".html" for path in folder.rglob("*") if not path.is_dir())
        ):
            found.append(name)
    return sorted(found)


def claim(output: Path, pages: Collection[str]) -> None:
    """Make sure `output` is the site's own folder before anything in it is replaced or removed.

    `pages`: names of folders that content/pages makes. Raises SiteError where others' files lie.
    """
    if output.exists() and not output.is_dir():
        raise SiteError(f"OUTPUT_DIR {output} is not a folder.", "Move it away or name another in .env.")
    output.mkdir(parents=True, exist_ok=True)
    sign = output / HEADERS_FILE
    if sign.is_file() and sign.read_bytes().startswith(FIRST.encode()):
        return
    foreign = sorted(files.scan(output).keys() - OURS - set(pages))
    if foreign:
        raise SiteError(
            f"OUTPUT_DIR {output} holds {foreign[0]}, which is not of this site, and everything else in it "
            "would be removed.",
            "Name an empty folder as OUTPUT_DIR in .env, or empty this one.",
        )


class PublicFiles:
    """The public files of one build, as paths with slashes below output/."""

    def __init__(self, output: Path) -> None:
        self._output = output
        self.kept: set[str] = set()  # what belongs there
        self.written = 0  # how many were new or differed

    def put(self, name: str, data: bytes) -> None:
        """This file belongs there, and is written unless it is there already. Raises SiteError where another
        is put there, and for a place that is not the public site's."""
        if name in self.kept or private_page(name) or ".." in name.split("/"):
            raise SiteError(
                f"Two files would be written to output/{name}.", "Give one of them in content/ another slug."
            )
        self.kept.add(name)
        path = self._output / name
        if path.is_file() and not path.is_symlink() and path.read_bytes() == data:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            files.remove(path)
        files.replace(str(path), data)
        self.written += 1

    def sweep(self) -> int:
        """Remove what does not belong there; how many entries went. Private pages are not looked at."""
        folders = {path.rsplit("/", at)[0] for path in self.kept for at in range(1, path.count("/") + 1)}
        return self._sweep(self._output, "", folders)

    def _sweep(self, folder: Path, prefix: str, folders: Collection[str]) -> int:
        removed = 0
        for name, entry in files.scan(folder).items():
            path, is_folder = f"{prefix}{name}", entry.is_dir(follow_symlinks=False)
            if is_folder and path in folders:
                removed += self._sweep(folder / name, f"{path}/", folders)
            elif path not in (FOLDERS if is_folder else self.kept):
                removed += files.remove(entry.path)
        return removed
