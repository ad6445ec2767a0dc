"""Proof by asking the web host itself: links in; which are not live or not gone out, with no secret.

A page is fetched whole. Of a PDF the host is asked for the length and for the end, which is all that differs
between the certificates of one design; whole are fetched the first PDF with each beginning, some by lot, all
with a beginning whose first was not right, and all from a host that cannot answer with a part. What was made
of certificates for a page counts as of one beginning: what is in it is proved in the certificates themselves.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pipeline.publish.client import FAILURES, Client, reason
from pipeline.publish.record import Link
from pipeline.rules.places import is_page
from pipeline.rules.web.pages import PageFile, is_credit_file

GONE = (404, 410)
LARGEST = 1 << 24  # bytes of a page
# Bytes of a PDF. The press writes some 6,000 for each person, at the end; what is longer makes a beginning of
# its own, which is fetched whole. Beginnings are cut in steps, as those of one design end where names do.
END, STEP = 7 << 10, 1 << 10
ONE_IN = 256  # PDFs is fetched whole, by its digest
GIVE_UP = 25  # questions in a row without any answer: the host is down, not the link
T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How the host is asked."""

    concurrency: int = 8  # questions at a time
    timeout: float = 20.0  # seconds for the connection and for each read
    # Seconds before what failed is asked again, as a host's caches follow late. Where nobody answers there is
    # no cache: that is asked once more, after the first of them.
    waits: tuple[float, ...] = (1.0, 4.0, 15.0)


PATIENCE = Patience()  # where none is handed in


@dataclass(frozen=True)
class Proof:
    """What asking the host showed. `faults` are sentences without secrets; none: it is proved."""

    checked: int  # pages, or paths that had to be gone
    faults: list[str]
    failed: frozenset[str] = field(default=frozenset(), repr=False)  # pages or paths without proof

    def __bool__(self) -> bool:
        return not self.faults


def prove_live(
    site_url: str,
    links: Iterable[Link],
    *,
    output: Path,
    patience: Patience | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> Proof:
    """Ask for each page and each of its PDFs: as the build made them and as they were issued.

    `output`: where the same PDFs lie here; one that is not as it was issued measures nothing, so the host's
    is fetched whole. `progress` is told how many links were looked at. A host that fails is a fault, no
    exception.
    """
    beginnings: dict[bytes, Future[bool]] = {}  # whether the first PDF that begins so was right, as a whole

    def look(client: Client, link: Link) -> str:
        answer = client.get(f"{link.page}/", LARGEST)
        wrong = _wrong(answer.status, answer.body, link.sha256, "page", "built")
        for file in link.files:
            wrong = wrong or _wrong_pdf(client, output / link.page, link.page, file, beginnings)
        return wrong

    return _prove(site_url, list(links), look, lambda link: link.page, patience, progress)


def _wrong_pdf(
    client: Client, folder: Path, page: str, file: PageFile, beginnings: dict[bytes, Future[bool]]
) -> str:
    """What is wrong with a PDF at the host; nothing: an empty text."""
    path = f"{page}/{file.name}"
    start = max(0, file.size - END) // STEP * STEP
    ours = _issued(folder / file.name, file)
    is_right: Future[bool] = Future()
    if ours and start and int(file.sha256[:8], 16) % ONE_IN:
        begins = b"" if is_credit_file(file.name) else hashlib.sha256(ours[:start]).digest()
        first = beginnings.setdefault(begins, is_right)
        if first is not is_right and first.result():
            answer = client.get(path, file.size, start)
            if answer.part == f"bytes {start}-{file.size - 1}/{file.size}" and answer.body == ours[start:]:
                return ""
            if answer.status == 200:
                return _wrong(200, answer.body, file.sha256, "PDF", "issued")
    wrong = "not asked"
    try:
        answer = client.get(path, file.size)
        wrong = _wrong(answer.status, answer.body, file.sha256, "PDF", "issued")
    finally:
        is_right.set_result(not wrong)  # also where nobody answers, as others wait for it
    return wrong


def _issued(path: Path, file: PageFile) -> bytes | None:
    """Our own copy; None where it is not the PDF that was issued."""
    try:
        ours = path.read_bytes()
    except OSError:
        return None
    return ours if hashlib.sha256(ours).hexdigest() == file.sha256 else None


def _wrong(status: int, body: bytes, sha256: str, what: str, made: str) -> str:
    if status != 200:
        return f"the {what} answers {status} instead of 200"
    is_same = hashlib.sha256(body).hexdigest() == sha256
    return "" if is_same else f"the {what} is not the one that was {made}"


def prove_gone(
    site_url: str,
    paths: Iterable[str],
    *,
    patience: Patience | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> Proof:
    """Ask for each path ("c/<token>", or a file below it): it must answer 404 or 410."""

    def look(client: Client, path: str) -> str:
        is_folder = is_page(path)
        status = client.get(f"{path}/" if is_folder else path, LARGEST).status
        return "" if status in GONE else f"a removed link still answers {status}"

    return _prove(site_url, list(paths), look, lambda path: path, patience, progress)


@dataclass(frozen=True)
class _Fault:
    """What is wrong with an item."""

    words: str
    is_silent: bool = False  # the host does not answer


def _prove(
    site_url: str,
    items: list[T],
    look: Callable[[Client, T], str],
    name: Callable[[T], str],
    patience: Patience | None,
    progress: Callable[[int], None],
) -> Proof:
    """Ask about all items at once, then again about those that failed, after each wait."""
    patience = patience or PATIENCE
    clients = _Clients(site_url, patience)
    failing: list[tuple[T, _Fault]] = []  # and there is no use in asking again
    left: list[tuple[T, _Fault | None]] = [(item, None) for item in items]  # with what was wrong before
    try:
        for at, wait in enumerate((0.0, *patience.waits)):
            if at:
                time.sleep(wait)
                clients.reset()
            with ThreadPoolExecutor(patience.concurrency) as pool:
                faults = pool.map(lambda one: clients.ask(look, one[0]), left)
                asked, left = left, []
                for done, ((item, before), fault) in enumerate(zip(asked, faults, strict=True), 1):
                    if fault and fault.is_silent and before and before.is_silent:
                        failing.append((item, fault))
                    elif fault:
                        left.append((item, fault))
                    if at == 0:
                        progress(done)
            if not left:
                break
    finally:
        clients.close()
    failing += [(item, fault) for item, fault in left if fault]
    counts = Counter(fault.words for _, fault in failing)
    words = [f"{count} of {len(items)}: {wrong}" for wrong, count in counts.most_common()]
    return Proof(len(items), words, frozenset(name(item) for item, _ in failing))


class _Clients:
    """One kept-alive connection a thread; gives up on a host that does not answer at all."""

    def __init__(self, site_url: str, patience: Patience) -> None:
        self._site_url, self._host, self._patience = site_url, urlsplit(site_url).netloc, patience
        self._local = threading.local()
        self._all: list[Client] = []
        self._lock = threading.Lock()
        self._answered, self._asked = False, 0
        self.reset()

    def reset(self) -> None:
        self._silent = 0  # questions in a row
        self._asked_before = 0  # the first of them was found without an answer

    def ask(self, look: Callable[[Client, T], str], item: T) -> _Fault | None:
        """What is wrong with an item, if anything."""
        if self._silent >= (GIVE_UP if self._answered else self._patience.concurrency):
            return _Fault(f"{self._host} does not answer", is_silent=True)
        client: Client | None = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = Client(self._site_url, self._patience.timeout)
            with self._lock:
                self._all.append(client)
        with self._lock:
            self._asked += 1
            number = self._asked
        try:
            wrong = look(client, item)
        except FAILURES as error:
            client.close()
            with self._lock:
                self._asked_before = self._asked_before if self._silent else self._asked
                self._silent += 1
            return _Fault(f"{self._host} does not answer ({reason(error)})", is_silent=True)
        with self._lock:
            self._answered = True
            if number > self._asked_before:  # else it was under way before, and tells nothing of now
                self._silent = 0
        return _Fault(wrong) if wrong else None

    def close(self) -> None:
        for client in self._all:
            client.close()
