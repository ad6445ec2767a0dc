"""The folders of private pages: which are due, the page of each made of its facts, its PDFs beside it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from pipeline import files
from pipeline.errors import SiteError, VaultError
from pipeline.rules import places
from pipeline.rules.web.pages import PageFile
from pipeline.rules.web.wording import by_activity
from pipeline.site.inputs import Built, Inputs

PAGE = "index.html"
FILE_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*\.pdf")

PageTexts = Callable[[Sequence[str]], Iterable[tuple[str, str]]]  # tokens or numbers in; each with its page


def note_of(stamp: str, pdfs: Sequence[PageFile]) -> str:
    """What is noted of a page: the stamp of what it shows, and how many PDFs and bytes lie beside it."""
    return f"{stamp} {len(pdfs)} {sum(pdf.size for pdf in pdfs)}"


def _size(entry: os.DirEntry[str]) -> int:
    """The bytes of a file; -1 for what is none."""
    return entry.stat(follow_symlinks=False).st_size if entry.is_file(follow_symlinks=False) else -1


class PrivatePages:
    """Writes the private pages that are due, puts PDFs beside them, and removes the folders of no page."""

    def __init__(self, inputs: Inputs, built: Built) -> None:
        self._inputs = inputs
        self._built = built
        paths = chain(inputs.stamps, inputs.gone or ())
        unsafe = next((path for path in paths if not places.is_page(path)), None)
        if unsafe is not None:
            raise SiteError(f"A private page has the unsafe place {unsafe[:8]}…, so no page was written.")

    def generate(self, person: Any, verification: Any, constants: dict[str, Any]) -> None:
        """Bring both folders up to date; the two templates are Jinja's.

        Raises SiteError, OSError and what a template raises.
        """
        shared = {**constants, "SITEURL": "../.."}

        def persons(tokens: Sequence[str]) -> Iterable[tuple[str, str]]:
            for page in self._inputs.persons(tokens):
                yield page.token, person.render(shared, page=page, groups=by_activity(page))

        def verifications(numbers: Sequence[str]) -> Iterable[tuple[str, str]]:
            for entry in self._inputs.verifications(numbers):
                yield entry.facts.number, verification.render(shared, entry=entry)

        self._bring_up(places.PERSONS, persons)
        self._bring_up(places.VERIFICATIONS, verifications)

    def _bring_up(self, kind: str, texts: PageTexts) -> None:
        """Bring c/ or verify/ up to date."""
        names = sorted(places.names(self._inputs.stamps, kind))
        home = f"{self._inputs.output}/{kind}"
        if os.path.islink(home) or os.path.isfile(home):
            self._built.removed += files.remove(home)
        if names:
            os.makedirs(home, exist_ok=True)
        if self._inputs.gone is None:
            self._sweep(home, frozenset(names))
        else:
            self._remove(page for page in self._inputs.gone if page.startswith(f"{kind}/"))
        for at in range(0, len(names), self._inputs.portion):
            self._portion(kind, names[at : at + self._inputs.portion], texts)

    def _remove(self, pages: Iterable[str]) -> None:
        """Remove the folders of these pages and look at no other."""
        for page in pages:
            folder = f"{self._inputs.output}/{page}"
            if os.path.isdir(folder) and not os.path.islink(folder):
                self._built.removed += files.remove(folder)

    def _sweep(self, home: str, names: frozenset[str]) -> None:
        """Remove the folders of no page, those of expired pages among them."""
        if not os.path.isdir(home):
            return
        with os.scandir(home) as entries:
            for entry in entries:
                if entry.name not in names or not entry.is_dir(follow_symlinks=False):
                    self._built.removed += files.remove(entry.path)
        if not names:
            os.rmdir(home)

    def _portion(self, kind: str, names: Sequence[str], texts: PageTexts) -> None:
        """Bring some folders up to date: those whose page is due, and those that lack a PDF; note them."""
        todo = {name: is_due for name in names if (is_due := self._is_due(f"{kind}/{name}")) is not None}
        if not todo:
            return
        pdfs: Mapping[str, Sequence[PageFile]] = {}
        if kind == places.PERSONS:
            pdfs = self._inputs.files([*todo])
        for name in (pdf.name for some in pdfs.values() for pdf in some):
            if not FILE_NAME.fullmatch(name):
                raise SiteError(f'A certificate has the unsafe file name "{name}".')
        missing = set(todo)
        for name, text in self._texts(todo, texts):
            self._fill(f"{kind}/{name}", text, pdfs.get(name, ()))
            missing.discard(name)
        if missing:
            raise SiteError(
                f"{len(missing)} page(s) in {kind}/ are due, and nothing is known of what they say.",
                "Run certs verify to see what the ledger lacks.",
            )
        written = {}
        for name, is_due in todo.items():
            path = f"{kind}/{name}"
            noted = note_of(self._inputs.stamps[path], pdfs.get(name, ()))
            if is_due or self._inputs.noted.get(path) != noted:
                written[path] = noted
        self._built.written.update(written)
        self._built.unchanged += len(todo) - sum(todo.values())
        self._built.pages[kind] += len(todo)
        if self._inputs.note and written:
            self._inputs.note(written)

    def _texts(self, todo: Mapping[str, bool], texts: PageTexts) -> Iterable[tuple[str, str | None]]:
        """Each name with its page's text; None where the page stays as it is."""
        yield from ((name, None) for name, is_due in todo.items() if not is_due)
        if due := [name for name, is_due in todo.items() if is_due]:
            yield from texts(due)

    def _is_due(self, path: str) -> bool | None:
        """Whether a page has to be written; None where nothing at all is to be done to its folder."""
        if self._inputs.noted.get(path, "").partition(" ")[0] != self._inputs.stamps[path]:
            return True  # it was never built, or says something else now
        found = files.scan(f"{self._inputs.output}/{path}")
        if self._is_whole(path, found):
            return None
        return PAGE not in found or _size(found[PAGE]) <= 0

    def _is_whole(self, path: str, found: Mapping[str, os.DirEntry[str]]) -> bool:
        """Whether a folder is as it was left, as far as names and numbers tell: nothing is read for it."""
        if self._inputs.thorough:
            return False
        sizes = {name: _size(entry) for name, entry in found.items()}
        page = sizes.pop(PAGE, 0)
        noted = f"{self._inputs.stamps[path]} {len(sizes)} {sum(sizes.values())}"
        if page <= 0 or self._inputs.noted[path] != noted:
            return False
        self._built.unchanged += 1
        self._built.pages[path.partition("/")[0]] += 1
        self._built.files += len(sizes)
        return True

    def _fill(self, path: str, text: str | None, pdfs: Sequence[PageFile]) -> None:
        """PDFs first, then the page that offers them, then what is no longer offered goes. A PDF that the
        vault lacks stops nobody else's."""
        folder = f"{self._inputs.output}/{path}"
        try:
            os.mkdir(folder)
            found = {}
        except FileExistsError:
            found = files.scan(folder)
        there = {pdf.name for pdf in pdfs if self._put(folder, pdf, found.get(pdf.name))}
        self._built.files += len(there)
        if text is not None:
            page = found.get(PAGE)
            if page is not None and page.is_dir(follow_symlinks=False):
                files.remove(page.path)
            files.replace(f"{folder}/{PAGE}", text.encode())
        for name in found.keys() - {PAGE, *there}:
            self._built.removed += files.remove(found[name].path)

    def _put(self, folder: str, pdf: PageFile, there: os.DirEntry[str] | None) -> bool:
        """Put a PDF beside its page, unless it lies there; whether it does now."""
        if there is not None:
            if there.is_file(follow_symlinks=False) and self._inputs.holds(pdf, there):
                return True
            if there.is_dir(follow_symlinks=False):
                files.remove(there.path)
        try:
            self._inputs.link(pdf.sha256, f"{folder}/{pdf.name}")  # over what is there: perhaps the last copy
        except VaultError as error:
            self._built.faults.append(error.message)
            return False
        self._built.linked += 1
        return True
