"""Pelican's generator of private pages: stamps say which are due, each is rendered with its one person."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from pipeline.errors import SiteError, VaultError
from pipeline.rules.pages import PageFile
from pipeline.rules.wording import by_activity
from pipeline.site import disk
from pipeline.site.job import Built, SiteJob

PLACE = re.compile(r"(?:c/[a-z0-9]+|verify/[0-9A-Z]+(?:-[0-9A-Z]+)*)")
FILE_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*\.pdf")
PAGE = "index.html"
WRITERS = 2  # threads that wait for the disk
BATCH = 20  # pages one of them takes at a time


def mark(stamp: str, files: Sequence[PageFile]) -> str:
    """What is noted of a folder: its page's stamp, and how many PDFs of how many bytes lie beside it."""
    return f"{stamp} {len(files)} {sum(file.size for file in files)}"


@dataclass
class Settled:
    """What was done to one folder."""

    files: int = 0  # PDFs that lie there now
    linked: int = 0
    removed: int = 0
    faults: list[str] = field(default_factory=list)


def _nothing() -> None:
    pass


def _batches(pages: Iterator[tuple[str, str | None]]) -> Iterator[list[tuple[str, str | None]]]:
    while some := list(islice(pages, BATCH)):
        yield some


class PrivatePages:
    """Writes what is due in c/ and verify/, links PDFs, sweeps the rest. `render` comes from Pelican."""

    def __init__(self, job: SiteJob, built: Built) -> None:
        self.job = job
        self.built = built
        unsafe = next((path for path in job.stamps if not PLACE.fullmatch(path)), None)
        if unsafe is not None:
            raise SiteError(f"A private page has the unsafe place {unsafe[:8]}…, so no page was written.")

    def generate(self, person: Any, verification: Any, constants: dict[str, Any]) -> None:
        """Bring both folders up to date; the two templates are Jinja's."""
        shared = {**constants, "SITEURL": "../.."}

        def persons(tokens: Sequence[str]) -> Iterator[tuple[str, str]]:
            for page in self.job.persons(tokens):
                yield page.token, person.render(shared, page=page, groups=by_activity(page))

        def verifications(numbers: Sequence[str]) -> Iterator[tuple[str, str]]:
            for entry in self.job.verifications(numbers):
                yield entry.facts.number, verification.render(shared, entry=entry)

        with ThreadPoolExecutor(WRITERS) as self._pool:
            self._folder("c", persons, self.job.files)
            self._folder("verify", verifications, lambda _numbers: {})

    def _folder(self, kind: str, pages: Any, files: Any) -> None:
        names = sorted(path.partition("/")[2] for path in self.job.stamps if path.startswith(f"{kind}/"))
        home = str(self.job.output / kind)
        if os.path.islink(home) or os.path.isfile(home):
            os.unlink(home)
            self.built.removed += 1
        if names:
            os.makedirs(home, exist_ok=True)
        if self.job.gone is None:
            self._sweep(home, frozenset(names))
        else:
            self._remove(home, [path for path in self.job.gone if path.startswith(f"{kind}/")])
        finish = _nothing
        for at in range(0, len(names), self.job.portion):
            begun = self._portion(kind, home, names[at : at + self.job.portion], pages, files)
            finish()  # the portion before: the disk worked on it while this one was rendered
            finish = begun
        finish()

    def _remove(self, home: str, paths: Sequence[str]) -> None:
        """Remove the folders of these pages and look at no other."""
        unsafe = next((path for path in paths if not PLACE.fullmatch(path)), None)
        if unsafe is not None:
            raise SiteError(f"A private page has the unsafe place {unsafe[:8]}…, so no page was removed.")
        for path in paths:
            folder = f"{home}/{path.partition('/')[2]}"
            if os.path.isdir(folder) and not os.path.islink(folder):
                shutil.rmtree(folder)
                self.built.removed += 1

    def _sweep(self, home: str, names: frozenset[str]) -> None:
        """Remove the folders without a row, those of expired pages among them."""
        if not os.path.isdir(home):
            return
        with os.scandir(home) as entries:
            for entry in entries:
                if entry.name not in names or not entry.is_dir(follow_symlinks=False):
                    self.built.removed += disk.remove(entry)
        if not names:
            os.rmdir(home)

    def _portion(
        self, kind: str, home: str, names: Sequence[str], pages: Any, files: Any
    ) -> Callable[[], None]:
        """Bring some folders up to date: those whose page is due, and those that lack a PDF.

        Pages are rendered here and handed to the writers; what is returned waits for these and notes it.
        """
        found = {name: disk.scan(f"{home}/{name}") for name in names}
        names = [name for name in names if not self._is_whole(f"{kind}/{name}", found[name])]
        if not names:
            return _nothing
        wanted: dict[str, Sequence[PageFile]] = dict(files(names))
        due = {name: None for name in names if self._is_due(f"{kind}/{name}", found[name])}

        def settle(some: list[tuple[str, str | None]]) -> list[tuple[str, Settled]]:
            return [
                (name, self._settle(f"{home}/{name}", text, wanted.get(name, ()), found[name]))
                for name, text in some
            ]

        whole = ((name, None) for name in names if name not in due)
        results = self._pool.map(settle, _batches(chain(pages([*due]) if due else (), whole)))
        return lambda: self._note(kind, names, due.keys(), wanted, chain.from_iterable(results))

    def _note(
        self,
        kind: str,
        names: Sequence[str],
        due: AbstractSet[str],
        wanted: Mapping[str, Sequence[PageFile]],
        results: Iterable[tuple[str, Settled]],
    ) -> None:
        """Count what was done to some folders, and put it on record."""
        lying: dict[str, int] = {}  # PDFs beside each page
        for name, settled in results:
            lying[name] = settled.files
            self.built.linked += settled.linked
            self.built.removed += settled.removed
            self.built.faults += settled.faults
        if missing := len(due - lying.keys()):
            raise SiteError(
                f"{missing} page(s) in {kind}/ are due, and nothing is known of what they say.",
                "Run certs verify to see what the ledger lacks.",
            )
        written = {}
        for name in names:
            path = f"{kind}/{name}"
            noted = mark(self.job.stamps[path], wanted.get(name, ()))
            if name in due or self.job.built.get(path) != noted:
                written[path] = noted
        self.built.written.update(written)
        self.built.unchanged += len(names) - len(due)
        self.built.pages[kind] += len(names)
        self.built.files += sum(lying.values())
        if self.job.wrote and written:
            self.job.wrote(written)

    def _settle(
        self, folder: str, text: str | None, files: Sequence[PageFile], found: dict[str, os.DirEntry[str]]
    ) -> Settled:
        """One folder: PDFs first, then the page that offers them (None: it stays), then what is no longer
        offered goes. A PDF that the vault lacks stops nobody else's."""
        settled = Settled()
        if not found and not os.path.isdir(folder):
            os.mkdir(folder)
        there = {file.name for file in files if self._put(folder, file, found.get(file.name), settled)}
        settled.files = len(there)
        if text is not None:
            page = found.get(PAGE)
            if page is not None and page.is_dir(follow_symlinks=False):
                disk.remove(page)
            disk.replace(f"{folder}/{PAGE}", text.encode())
        keep = {PAGE, *there}
        for name in found.keys() - keep:
            settled.removed += disk.remove(found[name])
        return settled

    def _is_whole(self, path: str, found: dict[str, os.DirEntry[str]]) -> bool:
        """Whether a folder is as it was left, as far as names and numbers tell: nothing is read for it."""
        noted = self.job.built.get(path, "")
        if self.job.thorough or not noted.startswith(f"{self.job.stamps[path]} "):
            return False
        sizes = {
            name: entry.stat(follow_symlinks=False).st_size if entry.is_file(follow_symlinks=False) else -1
            for name, entry in found.items()
        }
        page = sizes.pop(PAGE, 0)
        if page <= 0 or noted != f"{self.job.stamps[path]} {len(sizes)} {sum(sizes.values())}":
            return False
        kind = path.partition("/")[0]
        self.built.unchanged += 1
        self.built.pages[kind] += 1
        self.built.files += len(sizes)
        return True

    def _is_due(self, path: str, found: dict[str, os.DirEntry[str]]) -> bool:
        page = found.get(PAGE)
        return (
            self.job.built.get(path, "").partition(" ")[0] != self.job.stamps[path]
            or page is None
            or not page.is_file(follow_symlinks=False)
            or page.stat(follow_symlinks=False).st_size == 0
        )

    def _put(self, folder: str, file: PageFile, there: os.DirEntry[str] | None, settled: Settled) -> bool:
        if not FILE_NAME.fullmatch(file.name):
            raise SiteError(f'A certificate has the unsafe file name "{file.name}".')
        if there is not None:
            if there.is_file(follow_symlinks=False) and self.job.holds(file, there):
                return True
            if there.is_dir(follow_symlinks=False):
                disk.remove(there)
        try:
            self.job.link(file.sha256, Path(folder, file.name))  # over what is there: it may be the last copy
        except VaultError as error:
            settled.faults.append(error.message)
            return False
        settled.linked += 1
        return True
