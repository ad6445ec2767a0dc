"""Pelican's generator of private pages: stamps say which are due, each is rendered with its one person."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from pipeline import files
from pipeline.errors import SiteError
from pipeline.rules.web.pages import Entry, PageFile, PersonPage
from pipeline.rules.web.wording import by_activity
from pipeline.site.folders import PAGE, Folders, Order, Settled, hands
from pipeline.site.job import Built, SiteJob

PLACE = re.compile(r"(?:c/[a-z0-9]+|verify/[0-9A-Z]+(?:-[0-9A-Z]+)*)")
FILE_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*\.pdf")
BATCH = 20  # pages a worker takes at a time

Pages = Callable[[Sequence[str]], Iterable[tuple[str, PersonPage | Entry]]]  # names in, with their facts out


def mark(stamp: str, files: Sequence[PageFile]) -> str:
    """What is noted of a folder: its page's stamp, and how many PDFs of how many bytes lie beside it."""
    return f"{stamp} {len(files)} {sum(file.size for file in files)}"


def _nothing() -> None:
    pass


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
        folders = Folders(
            self.job,
            {
                "c": lambda page: person.render(shared, page=page, groups=by_activity(page)),
                "verify": lambda entry: verification.render(shared, entry=entry),
            },
        )
        with hands(folders, sum(map(self._is_new, self.job.stamps))) as (self._map, self._settle):
            self._folder("c", lambda names: ((page.token, page) for page in self.job.persons(names)))
            self._folder(
                "verify", lambda names: ((one.facts.number, one) for one in self.job.verifications(names))
            )

    def _folder(self, kind: str, pages: Pages) -> None:
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
            begun = self._portion(kind, home, names[at : at + self.job.portion], pages)
            finish()  # the portion before: it was worked on while this one was read
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
                    self.built.removed += files.remove(entry.path)
        if not names:
            os.rmdir(home)

    def _portion(self, kind: str, home: str, names: Sequence[str], pages: Pages) -> Callable[[], None]:
        """Bring some folders up to date: those whose page is due, and those that lack a PDF.

        What is returned waits until that is done, and notes it.
        """
        todo = {name: is_due for name in names if (is_due := self._is_due(kind, home, name)) is not None}
        if not todo:
            return _nothing
        wanted: Mapping[str, Sequence[PageFile]] = self.job.files([*todo]) if kind == "c" else {}
        unsafe = next(
            (f for files in wanted.values() for f in files if not FILE_NAME.fullmatch(f.name)), None
        )
        if unsafe is not None:
            raise SiteError(f'A certificate has the unsafe file name "{unsafe.name}".')
        due = [name for name in todo if todo[name]]
        orders = [Order(kind, name, None, wanted.get(name, ())) for name in todo if not todo[name]]
        if due:
            orders += [Order(kind, name, page, wanted.get(name, ())) for name, page in pages(due)]
        results = self._map(self._settle, [orders[at : at + BATCH] for at in range(0, len(orders), BATCH)])
        return lambda: self._note(kind, todo, wanted, chain.from_iterable(results))

    def _is_new(self, path: str) -> bool:
        """Whether a page was never built, or says something else now."""
        return self.job.built.get(path, "").partition(" ")[0] != self.job.stamps[path]

    def _is_due(self, kind: str, home: str, name: str) -> bool | None:
        """Whether a page has to be written; None where nothing at all is to be done to its folder."""
        if self._is_new(f"{kind}/{name}"):
            return True
        found = files.scan(f"{home}/{name}")
        if self._is_whole(f"{kind}/{name}", found):
            return None
        page = found.get(PAGE)
        return (
            page is None
            or not page.is_file(follow_symlinks=False)
            or page.stat(follow_symlinks=False).st_size == 0
        )

    def _note(
        self,
        kind: str,
        todo: Mapping[str, bool],
        wanted: Mapping[str, Sequence[PageFile]],
        results: Iterable[Settled],
    ) -> None:
        """Count what was done to folders, and put it on record. `todo`: name to whether its page is due."""
        lying: dict[str, int] = {}  # PDFs beside each page
        for settled in results:
            lying[settled.name] = settled.files
            self.built.linked += settled.linked
            self.built.removed += settled.removed
            self.built.faults += settled.faults
        if missing := len(todo.keys() - lying.keys()):
            raise SiteError(
                f"{missing} page(s) in {kind}/ are due, and nothing is known of what they say.",
                "Run certs verify to see what the ledger lacks.",
            )
        written = {}
        for name, is_due in todo.items():
            path = f"{kind}/{name}"
            noted = mark(self.job.stamps[path], wanted.get(name, ()))
            if is_due or self.job.built.get(path) != noted:
                written[path] = noted
        self.built.written.update(written)
        self.built.unchanged += len(todo) - sum(todo.values())
        self.built.pages[kind] += len(todo)
        self.built.files += sum(lying.values())
        if self.job.wrote and written:
            self.job.wrote(written)

    def _is_whole(self, path: str, found: dict[str, os.DirEntry[str]]) -> bool:
        """Whether a folder is as it was left, as far as names and numbers tell: nothing is read for it."""
        noted = self.job.built[path]
        if self.job.thorough:
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
