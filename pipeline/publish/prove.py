"""Proof by asking the web host itself: links in; which are not live or not gone out, with no secret."""

from __future__ import annotations

import hashlib
import http.client
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote, urlsplit

from pipeline.publish.record import Link
from pipeline.rules.places import site_root

AGENT = {"User-Agent": "certs", "Accept-Encoding": "identity", "Cache-Control": "no-cache"}
GONE = (404, 410)
CHUNK = 1 << 16
LARGEST = 1 << 24  # bytes of a page
GIVE_UP = 25  # questions without any answer, and no answer yet: the host is down, not the link
T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How the host is asked."""

    concurrency: int = 8  # questions at a time
    timeout: float = 20.0  # seconds for the connection and for each read
    # seconds before what failed is asked again: a host's caches follow late
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
    patience: Patience | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> Proof:
    """Fetch each page and each of its PDFs: byte for byte as the build made them and as they were issued.

    `progress` is told how many links were looked at. A host that fails is a fault, no exception.
    """

    def look(client: _Client, link: Link) -> str:
        wrong = client.compare(f"{link.page}/", link.sha256, LARGEST, "page", "built")
        for file in link.files:
            wrong = wrong or client.compare(
                f"{link.page}/{file.name}", file.sha256, file.size, "PDF", "issued"
            )
        return wrong

    return _prove(site_url, list(links), look, lambda link: link.page, patience, progress)


def prove_gone(
    site_url: str,
    paths: Iterable[str],
    *,
    patience: Patience | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> Proof:
    """Ask for each path ("c/<token>", or a file below it): it must answer 404 or 410."""

    def look(client: _Client, path: str) -> str:
        status = client.status(path if "." in path.rpartition("/")[2] else f"{path.rstrip('/')}/")
        return "" if status in GONE else f"a removed link still answers {status}"

    return _prove(site_url, list(paths), look, lambda path: path, patience, progress)


def _prove(
    site_url: str,
    items: list[T],
    look: Callable[[_Client, T], str],
    name: Callable[[T], str],
    patience: Patience | None,
    progress: Callable[[int], None],
) -> Proof:
    """Ask about all items at once, then again about those that failed, after each wait."""
    patience = patience or PATIENCE
    clients = _Clients(site_url, patience.timeout)
    failing: list[tuple[T, str]] = []
    left = items
    try:
        for at, wait in enumerate((0.0, *patience.waits)):
            if at:
                time.sleep(wait)
                clients.reset()
            with ThreadPoolExecutor(patience.concurrency) as pool:
                answers = pool.map(lambda item: clients.ask(look, item), left)
                failing = []
                for done, (item, wrong) in enumerate(zip(left, answers, strict=True), 1):
                    if wrong:
                        failing.append((item, wrong))
                    if at == 0:
                        progress(done)
            left = [item for item, _ in failing]
            if not left:
                break
    finally:
        clients.close()
    counts = Counter(wrong for _, wrong in failing)
    faults = [f"{count} of {len(items)}: {wrong}" for wrong, count in counts.most_common()]
    return Proof(len(items), faults, frozenset(name(item) for item, _ in failing))


class _Clients:
    """One kept-alive connection a thread; gives up on a host that does not answer at all."""

    def __init__(self, site_url: str, timeout: float) -> None:
        self._parts = urlsplit(site_url)
        self._timeout = timeout
        self._local = threading.local()
        self._all: list[_Client] = []
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        self._silent, self._answered = 0, False

    def ask(self, look: Callable[[_Client, T], str], item: T) -> str:
        """What is wrong with an item; nothing: an empty text."""
        if not self._answered and self._silent >= GIVE_UP:
            return f"{self._parts.netloc} does not answer"
        client: _Client | None = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = _Client(self._parts.geturl(), self._timeout)
            with self._lock:
                self._all.append(client)
        try:
            wrong = look(client, item)
        except (OSError, http.client.HTTPException) as error:
            client.close()
            with self._lock:
                self._silent += 1
            return f"{self._parts.netloc} does not answer ({_words(error)})"
        self._answered = True
        return wrong

    def close(self) -> None:
        for client in self._all:
            client.close()


class _Client:
    """GETs below the site's address over one connection. Redirects are not followed: a link must be there."""

    def __init__(self, site_url: str, timeout: float) -> None:
        parts = urlsplit(site_url)
        self._root = site_root(site_url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._http = kind(parts.hostname or "", parts.port, timeout=timeout)

    def status(self, path: str) -> int:
        answer = self._get(path)
        self._drain(answer)
        return answer.status

    def compare(self, path: str, sha256: str, size: int, what: str, made: str) -> str:
        """What is wrong with the answer, of so many bytes at most, for a path; nothing: an empty text."""
        answer = self._get(path)
        if answer.status != 200:
            self._drain(answer)
            return f"the {what} answers {answer.status} instead of 200"
        digest, read = hashlib.sha256(), 0
        while read <= size and (chunk := answer.read(CHUNK)):
            digest.update(chunk)
            read += len(chunk)
        if read > size:
            self.close()  # there may be any amount more
        return "" if digest.hexdigest() == sha256 else f"the {what} is not the one that was {made}"

    def close(self) -> None:
        self._http.close()

    def _get(self, path: str) -> http.client.HTTPResponse:
        """A connection that was kept may have been closed by the host: then it is made anew, once."""
        address = f"{self._root}/{quote(path)}"
        fresh = self._http.sock is None
        try:
            self._http.request("GET", address, headers=AGENT)
            return self._http.getresponse()
        except (ConnectionError, http.client.RemoteDisconnected, http.client.CannotSendRequest):
            self._http.close()
            if fresh:
                raise
        self._http.request("GET", address, headers=AGENT)
        return self._http.getresponse()

    def _drain(self, answer: http.client.HTTPResponse) -> None:
        """Read a page to its end, so that the connection can be used again."""
        for _ in range(64):
            if not answer.read(CHUNK):
                return
        self.close()


def _words(error: BaseException) -> str:
    """The reason alone: an exception's text may hold the address that was asked for."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is refused: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "time out"
    return getattr(error, "strerror", None) or type(error).__name__
