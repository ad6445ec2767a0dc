"""The site made anew in memory, and output/ held against it byte for byte; nothing is written."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline import files
from pipeline.rules import places
from pipeline.site import sources
from pipeline.site.inputs import Inputs
from pipeline.site.output import FILE, FOLDER, HIDDEN, READ_ONLY, belongs
from pipeline.site.private import PageTexts, portions
from pipeline.site.rendering import render
from pipeline.site.strays import PAGE

READABLE = (FILE, READ_ONLY)


@dataclass
class Discrepancies:
    """Where output/ is not what it must be: paths below it, those of private pages among them."""

    altered: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)  # links, and files with a further name elsewhere
    modes: list[str] = field(default_factory=list)  # other permissions than a web host needs


def compare_site(inputs: Inputs) -> Discrepancies:
    """Make every page and look at every file. Raises SiteError where the site cannot be made."""
    comparison = _Comparison(inputs)
    sources.refuse_links(inputs.root)
    render(inputs, comparison, comparison)
    found = comparison.found
    comparison.walk()
    for paths in (found.altered, found.missing, found.strays, found.links, found.modes):
        paths.sort()
    return found


class _Comparison:
    """Takes what a build would write, and notes what differs."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._kept: dict[str, int] = {}  # what belongs in output/, and how many names its file has
        self.found = Discrepancies()

    def put(self, name: str, data: bytes) -> None:
        self._hold(belongs(name, self._kept), data)

    def generate(self, texts: Mapping[str, PageTexts]) -> None:
        for kind in places.FOLDERS:
            names = sorted(page.name for page in self._inputs.required(kind))
            for pages in portions(self._inputs, kind, names, texts[kind]):
                for page in pages:
                    self._hold(f"{kind}/{page.name}/{PAGE}", page.text)
                    pdfs = [*page.pdfs, *(one.file for one in page.made)]
                    found = files.scan(f"{self._inputs.output}/{kind}/{page.name}") if pdfs else {}
                    for pdf in pdfs:
                        path, there = f"{kind}/{page.name}/{pdf.name}", found.get(pdf.name)
                        self._kept[path] = self._inputs.names(pdf, there) if there else 1
                        if there is None:
                            self.found.missing.append(path)
                        elif not self._kept[path]:
                            self.found.altered.append(path)

    def _hold(self, path: str, data: bytes) -> None:
        self._kept[path] = 1
        try:
            with open(f"{self._inputs.output}/{path}", "rb") as file:
                if file.read() != data:
                    self.found.altered.append(path)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            self.found.missing.append(path)

    def walk(self) -> None:
        """Look at permissions, links, and what else is there."""
        folders = {path.rsplit("/", at)[0] for path in self._kept for at in range(1, path.count("/") + 1)}
        self._check_mode(str(self._inputs.output), "", (FOLDER,))
        self._walk(str(self._inputs.output), "", folders)

    def _walk(self, folder: str, prefix: str, folders: set[str]) -> None:
        for name, entry in files.scan(folder).items():
            path = f"{prefix}{name}"
            if entry.is_symlink():
                self.found.links.append(path)
            elif entry.is_dir():
                if path in folders:
                    self._check_mode(entry.path, path, (HIDDEN if path in places.FOLDERS else FOLDER,))
                    self._walk(entry.path, f"{path}/", folders)
                else:
                    self.found.strays.append(path)
            elif path not in self._kept:
                self.found.strays.append(path)
            else:
                self._check_mode(entry.path, path, READABLE)
                if entry.stat().st_nlink > max(self._kept[path], 1):
                    self.found.links.append(path)

    def _check_mode(self, place: str, path: str, right: Sequence[int]) -> None:
        if os.path.exists(place) and stat.S_IMODE(os.stat(place).st_mode) not in right:
            self.found.modes.append(path)
