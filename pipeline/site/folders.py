"""The folders of private pages: a page's facts in; the page, with the PDFs it offers beside it, out."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

import jinja2

from pipeline import files, processes
from pipeline.errors import SiteError, VaultError
from pipeline.rules.web.pages import Entry, PageFile, PersonPage
from pipeline.site.job import SiteJob

PAGE = "index.html"
MANY = 1000  # pages that are due: from here on other processes make them
WORKERS = min(os.cpu_count() or 1, 4)  # more of them wait for one another: all folders lie in two


@dataclass(frozen=True, slots=True)
class Order:
    """What there is to do to one folder."""

    kind: str  # the folder above: c or verify
    name: str
    page: PersonPage | Entry | None  # None: the page stays as it is
    files: Sequence[PageFile]


@dataclass(slots=True)
class Settled:
    """What was done to one folder."""

    name: str
    files: int = 0  # PDFs that lie there now
    linked: int = 0
    removed: int = 0
    faults: list[str] = field(default_factory=list)


Settle = Callable[[Sequence[Order]], list[Settled]]
Render = Callable[[Any], str]


class Folders:
    """Makes folders of pages. `render`: kind to what makes a page of its facts."""

    def __init__(self, job: SiteJob, render: Mapping[str, Render]) -> None:
        self._job = job
        self._render = render

    def settle(self, orders: Sequence[Order]) -> list[Settled]:
        """Bring these folders to what is ordered. Raises SiteError, OSError."""
        return [self._settle(order) for order in orders]

    def _settle(self, order: Order) -> Settled:
        """PDFs first, then the page that offers them, then what is no longer offered goes. A PDF that the
        vault lacks stops nobody else's."""
        settled = Settled(order.name)
        text = None if order.page is None else self._text(order.kind, order.page)
        folder = f"{self._job.output}/{order.kind}/{order.name}"
        try:
            os.mkdir(folder)
            found = {}
        except FileExistsError:
            found = files.scan(folder)
        there = {file.name for file in order.files if self._put(folder, file, found.get(file.name), settled)}
        settled.files = len(there)
        if text is not None:
            page = found.get(PAGE)
            if page is not None and page.is_dir(follow_symlinks=False):
                files.remove(page.path)
            files.replace(f"{folder}/{PAGE}", text.encode())
        keep = {PAGE, *there}
        for name in found.keys() - keep:
            settled.removed += files.remove(found[name].path)
        return settled

    def _text(self, kind: str, page: PersonPage | Entry) -> str:
        try:
            return self._render[kind](page)
        except jinja2.TemplateError as error:
            raise SiteError(*template_words(error)) from error

    def _put(self, folder: str, file: PageFile, there: os.DirEntry[str] | None, settled: Settled) -> bool:
        if there is not None:
            if there.is_file(follow_symlinks=False) and self._job.holds(file, there):
                return True
            if there.is_dir(follow_symlinks=False):
                files.remove(there.path)
        try:
            self._job.link(file.sha256, f"{folder}/{file.name}")  # over what is there: perhaps the last copy
        except VaultError as error:
            settled.faults.append(error.message)
            return False
        settled.linked += 1
        return True


def template_words(error: jinja2.TemplateError) -> tuple[str, str]:
    """What is wrong with which line of a template, and what to do."""
    name, line = getattr(error, "name", None), getattr(error, "lineno", None)
    if name is None:  # an error while rendering: the template's frame is in the traceback
        trace = error.__traceback__
        while trace:
            if trace.tb_frame.f_code.co_filename.endswith(".html"):
                name, line = os.path.basename(trace.tb_frame.f_code.co_filename), trace.tb_lineno
            trace = trace.tb_next
    where = f"{name}, line {line}" if name and line else name or "a template"
    return f"The page template {where} fails: {error}.", "Mend it in theme/templates, then run again."


Map = Callable[[Settle, Sequence[Sequence[Order]]], Iterable[list[Settled]]]  # as of an executor


@contextmanager
def hands(folders: Folders, pages: int) -> Iterator[tuple[Map, Settle]]:
    """What maps a function over batches of orders, and that function: here, or of many pages in forked
    processes. These have templates, settings and vault as they are here, and touch nothing else."""
    global _folders
    _folders = folders
    try:
        pool = _forked() if forks(pages) else None
        if pool is None:
            yield (lambda settle, batches: [settle(batch) for batch in batches]), folders.settle
            return
        with pool:
            yield pool.map, _settle_forked
    except BrokenProcessPool as error:
        raise SiteError(
            "A process that made pages was ended from outside.",
            "Often memory is short. Run again: the pages that were made stay.",
        ) from error
    finally:
        _folders = None


def forks(pages: int) -> bool:
    """Whether it is worth the while, and safe: a fork takes along the locks of other threads, not them."""
    alone = threading.active_count() == 1 and sys.platform == "linux"
    return pages >= MANY and WORKERS > 1 and alone


def _forked() -> ProcessPoolExecutor | None:
    """Worker processes; None where the system grants none.

    They are forked at once, and Ctrl-C waits until all are there: of a pool that was only half begun nobody
    would end the workers, and these would hold the lock.
    """
    others = multiprocessing.active_children()
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        pool = ProcessPoolExecutor(WORKERS, get_context("fork"), processes.begin)
        pool.submit(os.getpid)
    except (OSError, ImportError, NotImplementedError):  # too many processes; no semaphores on this system
        for each in multiprocessing.active_children():
            if each not in others:
                each.terminate()
                each.join()
        return None
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
    return pool


_folders: Folders | None = None  # of the run that forked this process


def _settle_forked(orders: Sequence[Order]) -> list[Settled]:
    assert _folders is not None  # noqa: S101 - set before the fork
    return _folders.settle(orders)
