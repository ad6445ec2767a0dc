"""The folders of private pages: which are due, the page of each made of its facts, its PDFs beside it."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass

from pipeline import files
from pipeline.errors import SiteError, VaultError
from pipeline.rules import places
from pipeline.rules.text import counted
from pipeline.rules.web.pages import LeftPage, PageFile
from pipeline.site import strays
from pipeline.site.inputs import Built, Inputs, MadePdf
from pipeline.site.output import FILE, FOLDER, HIDDEN, READ_ONLY, is_file_of, is_folder
from pipeline.site.strays import FILE_NAME, PAGE, Look

PageTexts = Callable[[Sequence[str]], Iterable[tuple[str, str]]]  # tokens or numbers in; each with its page


@dataclass(frozen=True)
class PageOf:
    """A page as it must be."""

    name: str  # a token or a number
    text: bytes
    pdfs: Sequence[PageFile]  # certificates beside it
    made: list[MadePdf]  # what is about all of them


def portions(inputs: Inputs, kind: str, names: Sequence[str], texts: PageTexts) -> Iterator[list[PageOf]]:
    """Pages with their text and the PDFs that belong beside them. Raises SiteError where the ledger cannot
    tell what a page says, and for a file name that leads elsewhere."""
    is_of_persons = kind == places.PERSONS
    parts = [names[at : at + inputs.portion] for at in range(0, len(names), inputs.portion)]
    made_of = inputs.make(parts if is_of_persons else ())
    for some in parts:
        pdfs = inputs.files(some) if is_of_persons else {}
        made: Mapping[str, list[MadePdf]] = next(made_of, {})  # before the pages are, which name them
        beside = [pdf for of_page in pdfs.values() for pdf in of_page]
        beside += [one.file for of_page in made.values() for one in of_page]
        for name in (pdf.name for pdf in beside):
            if not FILE_NAME.fullmatch(name):
                raise SiteError(f'A certificate has the unsafe file name "{name}".')
        found = [
            PageOf(name, text.encode(), pdfs.get(name, ()), made.get(name, [])) for name, text in texts(some)
        ]
        if missing := len(some) - len(found):
            raise SiteError(
                f"{counted(missing, 'page')} in {kind}/ have to be written, but nothing says what they say.",
                "Run certs verify to see what the ledger lacks.",
            )
        yield found


class PrivatePages:
    """Writes the private pages that are due, puts PDFs beside them, and removes the folders of no page."""

    def __init__(self, inputs: Inputs, built: Built) -> None:
        self._inputs = inputs
        self._built = built
        self._seen: dict[str, Look] = {}
        self._new: set[str] = set()  # folders of pages of this portion in which nothing lay
        _refuse_unsafe(inputs.gone or ())

    def look(self) -> list[str]:
        """See what is due; what lies in c/ and verify/ and no build made, as paths below output/.

        Raises SiteError where a page would be put elsewhere.
        """
        given, found = self._inputs, list[str]()
        for kind in places.FOLDERS:
            seen = strays.look(given, kind)
            _refuse_unsafe(f"{kind}/{name}" for name in seen.due)
            found += strays.private_strays(given.output, kind, seen)
            self._seen[kind] = seen
        return found

    def generate(self, texts: Mapping[str, PageTexts]) -> None:
        """Bring both folders up to date; `texts`: what their pages say.

        A portion of each in turn: workers make what belongs beside the pages of c/ while those of
        verify/ are written. Raises SiteError, OSError and what a template raises.
        """
        with ExitStack() as stack:
            steps = {
                kind: stack.enter_context(closing(self._bring_up(kind, self._seen[kind], texts[kind])))
                for kind in places.FOLDERS
            }
            counts = {kind: 2 + len(self._seen[kind].due) // self._inputs.portion for kind in steps}
            turns = ((turn / counts[kind], kind) for kind in steps for turn in range(counts[kind]))
            for _, kind in sorted(turns):
                next(steps[kind], None)

    def _bring_up(self, kind: str, seen: Look, texts: PageTexts) -> Generator[None]:
        """Bring c/ or verify/ up to date, a portion at a time."""
        home = f"{self._inputs.output}/{kind}"
        if not is_folder(home):
            self._built.removed += files.remove(home)
        if seen.whole or seen.due:
            files.make_folder(home, HIDDEN)
        for entry in seen.others:
            self._remove(f"{kind}/{entry.name}")
        for page in self._inputs.gone or ():
            if page.startswith(f"{kind}/"):
                self._remove(page)
        self._built.unchanged += seen.whole
        self._built.pages[kind] += seen.whole
        self._built.files += seen.pdfs
        for pages in portions(self._inputs, kind, sorted(seen.due), texts):
            self._portion(kind, seen, pages)
            yield
        is_left = not (seen.whole or seen.due or files.scan(home)) and is_folder(home)
        if self._inputs.gone is None and is_left:
            os.rmdir(home)
        elif seen.state and seen.state == strays.folder_state(home):  # nobody added anything meanwhile
            self._built.states[kind] = seen.state

    def _portion(self, kind: str, seen: Look, pages: Sequence[PageOf]) -> None:
        """Bring some folders up to date, and note them."""
        noted, before = [], self._inputs.left([f"{kind}/{page.name}" for page in pages])
        self._put_made(kind, pages)
        for page in pages:
            path, stamp = f"{kind}/{page.name}", seen.due[page.name]
            was = before.get(path, LeftPage(path))
            is_written, there, is_whole = self._fill(path, page)
            left = LeftPage(
                path,
                stamp if is_whole else "",  # else it is due again the next time
                there,
                strays.folder_state(f"{self._inputs.output}/{path}"),
                strays.file_state(f"{self._inputs.output}/{path}/{PAGE}"),
                hashlib.sha256(page.text).hexdigest(),
            )
            if left != was:
                noted.append(left)
            if is_written:
                self._built.written.append(path)
                self._built.mended += was.stamp == stamp
            else:
                self._built.unchanged += 1
            self._built.files += there
        self._built.pages[kind] += len(pages)
        if noted:
            self._inputs.note(noted)

    def _put_made(self, kind: str, pages: Sequence[PageOf]) -> None:
        """Put PDFs that were made for these pages beside them; one sync for all."""
        self._new, written = set(), []
        for page in pages:
            for one in page.made:
                if one.pdf is None:
                    continue
                folder = f"{self._inputs.output}/{kind}/{page.name}"
                if folder not in self._new and self._make_folder(folder):
                    self._new.add(folder)
                place = f"{folder}/{one.file.name}"
                if folder not in self._new and is_folder(place):
                    files.remove(place)
                self._inputs.put(one.pdf, one.file.sha256, f"{place}{files.BESIDE}")
                written.append((f"{place}{files.BESIDE}", place))
        files.put_in_place(written)
        for page in pages:  # their bytes are needed no more, and weigh more than all pages
            page.made[:] = [MadePdf(one.file, None if one.pdf is None else b"") for one in page.made]

    def _make_folder(self, folder: str) -> bool:
        """A folder, never a link to one; whether it is new."""
        if files.make_new_folder(folder, FOLDER):
            return True
        if not is_folder(folder):
            self._built.removed += files.remove(folder)
        return files.make_folder(folder, FOLDER)

    def _fill(self, path: str, page: PageOf) -> tuple[bool, int, bool]:
        """PDFs first, then the page that offers them, then what is no longer offered goes. A PDF that the
        vault lacks stops nobody else's. Whether the page was written, how many certificates lie there, and
        whether all does that must."""
        folder = f"{self._inputs.output}/{path}"
        is_new = folder in self._new or self._make_folder(folder)
        found = {} if is_new else files.scan(folder)
        there = {pdf.name for pdf in page.pdfs if self._put(folder, pdf, found.get(pdf.name))}
        made = {one.file.name for one in page.made if one.pdf is not None or one.file.name in found}
        place = f"{folder}/{PAGE}"
        is_due = is_new or not is_file_of(place, page.text)
        if is_due:
            if not is_new and is_folder(place):
                files.remove(place)
            files.replace(place, page.text, FILE)
        for name in found.keys() - {PAGE, *there, *made}:
            self._take_away(f"{folder}/{name}")
        return is_due, len(there), (len(there), len(made)) == (len(page.pdfs), len(page.made))

    def _put(self, folder: str, pdf: PageFile, there: os.DirEntry[str] | None) -> bool:
        """Put a PDF beside its page, unless it lies there; whether it does now."""
        if there is not None:
            if there.is_file(follow_symlinks=False) and self._inputs.names(pdf, there):
                if not there.stat().st_mode & stat.S_IROTH:
                    os.chmod(there.path, READ_ONLY)
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

    def _remove(self, path: str) -> None:
        """Remove what lies there. What is as a build left it goes without a word."""
        place = f"{self._inputs.output}/{path}"
        noted = self._inputs.left([path]).get(path)
        if noted is None or not strays.was_left(noted, place):
            self._take_away(place)
        else:
            self._built.removed += files.remove(place)

    def _take_away(self, place: str) -> None:
        """Remove a file, or a folder with all in it, that no build left so; before, tell of the PDFs."""
        for pdf in _pdfs(place):
            self._inputs.leaves(pdf)
        self._built.removed += files.remove(place)


def _refuse_unsafe(paths: Iterable[str]) -> None:
    unsafe = next((path for path in paths if not places.is_page(path)), None)
    if unsafe is not None:
        raise SiteError(f"A private page has the unsafe place {unsafe[:8]}…, so no page was written.")


def _pdfs(place: str) -> Iterator[str]:
    """The PDF at this place, or those below it; through no link."""
    if os.path.islink(place):
        return
    if os.path.isdir(place):
        for entry in files.scan(place).values():
            yield from _pdfs(entry.path)
    elif place.endswith(".pdf") and os.path.isfile(place):
        yield place
