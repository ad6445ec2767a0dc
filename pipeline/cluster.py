"""A Dask cluster's scheduler address in; an executor that runs work on its workers out.

What is sent are a function's name and its arguments: the workers bring the program and its files themselves.
So that they do what this machine would do, a probe is run here and there and must say the same: on all
workers before any work is handed out, and on each once more before its first, for workers come and go.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from functools import partial
from typing import Any
from weakref import WeakSet

from pipeline.errors import CertsError, ClusterError

Probe = Callable[[], Mapping[str, str]]  # what the outcome of work hangs on: its name, and version or digest
DIGEST = "sha256:"  # begins a digest, which tells people nothing

CONNECTING = 5.0  # seconds for the scheduler to answer, and for its first worker to be there
LOOKING = 2.0  # seconds from one look at the workers to the next
PATIENCE = 60.0  # seconds without any worker after which nobody waits any more
NAMED = 3  # differences that a message names

AGAIN = "Nothing is lost: run the same command again, it goes on where it was."
EQUAL = (
    "Bring scheduler and workers to this program, its theme (at the same path), libraries and fonts, "
    "and start them anew."
)


class StrangerError(Exception):
    """A worker that joined later does not do what this machine would do."""


class Members(Executor):
    """The cluster's workers as an executor. Work lost with a worker is done by another."""

    def __init__(self, client: Any, probe: Probe, here: Mapping[str, str]) -> None:
        self._client, self._probe, self._mark = client, probe, _mark(here)
        self._pending: WeakSet[Future[Any]] = WeakSet()
        self.slots = 1  # workers; each renders one certificate at a time

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As Executor.submit; function and arguments must be picklable and known to the workers."""
        # Not Dask's own executor: where the connection breaks while a result comes, that one waits for ever.
        theirs = self._client.submit(_work, self._mark, self._probe, fn, *args, pure=False, **kwargs)
        ours: Future[Any] = Future()
        ours.add_done_callback(lambda ours: theirs.cancel() if ours.cancelled() else None)
        theirs.add_done_callback(partial(_pass_on, ours))
        self._pending.add(ours)
        return ours

    def give_up(self) -> None:
        """Cancel what was not done: who waits for it is told so."""
        for future in list(self._pending):
            future.cancel()


def _pass_on(ours: Future[Any], theirs: Any) -> None:
    """What became of work, from Dask's future to that of who waits."""
    result, failure = None, None
    try:
        result = theirs.result()
    except BaseException as error:
        failure = error
    if not ours.set_running_or_notify_cancel():
        return
    if failure is not None:
        ours.set_exception(failure)
    else:
        ours.set_result(result)


def _work(mark: str, probe: Probe, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Runs on a worker. The probe remembers its answer."""
    if _mark(probe()) != mark:
        raise StrangerError
    return fn(*args, **kwargs)


def _mark(said: Mapping[str, str]) -> str:
    return hashlib.sha256(repr(sorted(said.items())).encode()).hexdigest()


def _differing(probe: Probe, elsewhere: Mapping[str, str]) -> dict[str, str] | CertsError:
    """Runs on a worker: what its probe says otherwise, or why it says nothing."""
    try:
        said = probe()
    except CertsError as error:
        return error
    except OSError as error:  # as a value it is not taken for one of the network
        return ClusterError(f"{error}.")
    names = [*elsewhere, *(name for name in said if name not in elsewhere)]
    return {name: said.get(name, "") for name in names if said.get(name, "") != elsewhere.get(name, "")}


def _ready() -> None:
    """Runs on a worker, by way of the scheduler, which must know the program as well."""


@contextmanager
def connected(address: str, probe: Probe, tell: Callable[[str], None]) -> Iterator[Members]:
    """The executor of the cluster whose scheduler is at `tcp://host:port` or `tls://host:port`.

    `probe` must be picklable and remember its answer; `tell` is told what was found. Raises ClusterError
    where the cluster cannot be used, and where it is lost while the executor is in use.
    """
    distributed = _library()
    with _client(distributed, address) as client:
        here = probe()
        found = _agreeing(client, address, probe, here)
        tell(f"{found} workers of {address} make the same certificates as this machine")
        members = Members(client, probe, here)
        members.slots = found
        with _watched(client, members) as watch:
            try:
                yield members
            except StrangerError as error:
                _agreeing(client, address, probe, here)  # names the worker and the difference
                raise ClusterError(
                    "A worker that joined later would make other certificates.", EQUAL
                ) from error
            except distributed.KilledWorker as error:
                raise ClusterError(
                    f"Workers of {address} died one after another over the same certificates.",
                    "Their logs say why; often it is memory. " + AGAIN,
                ) from error
            except (
                CancelledError,
                distributed.comm.CommClosedError,
                distributed.client.ClosedClientError,
            ) as error:
                raise ClusterError(watch.reason or f"The scheduler at {address} was lost.", AGAIN) from error


def _library() -> Any:
    """Imported here, for few need it and it takes its time."""
    try:
        import distributed
    except ImportError as error:
        raise ClusterError(
            f"Dask is not installed here: {error}.", "Install it: .venv/bin/pip install -e '.[dask]'"
        ) from error
    # Its client would log tracebacks of what is said here in a sentence.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    return distributed


@contextmanager
def _client(distributed: Any, address: str) -> Iterator[Any]:
    try:
        # Asked first without a client: one whose start fails leaves threads behind that complain later.
        security = distributed.Security()  # of Dask's own configuration
        asyncio.run(_answers(distributed, address, security.get_connection_args("client")))
        client = distributed.Client(address, timeout=CONNECTING, security=security, set_as_default=False)
    except Exception as error:  # of the network, of TLS, or what a server that is not Dask's makes of it
        if address.startswith("tls:") and isinstance(error, TypeError):
            raise ClusterError(
                f"{address} needs certificates, and Dask's configuration names none.",
                "Set distributed.comm.tls there: ca-file, and client.cert and client.key.",
            ) from error
        words = str(error) or type(error).__name__
        raise ClusterError(
            f"No Dask scheduler answers at {address}: {words}.",
            "Is it running, and is that its address? Start one with: dask scheduler",
        ) from error
    try:
        yield client
    finally:
        client.close()


async def _answers(distributed: Any, address: str, arguments: Mapping[str, Any]) -> None:
    comm = await distributed.comm.connect(address, timeout=CONNECTING, **arguments)
    await comm.close()


def _agreeing(client: Any, address: str, probe: Probe, here: Mapping[str, str]) -> int:
    """The number of workers, each of which says what is said here. Raises ClusterError where one does not."""
    try:
        client.wait_for_workers(1, timeout=CONNECTING)
    except TimeoutError as error:
        raise ClusterError(
            f"The cluster at {address} has no worker.",
            f"Start some: dask worker {address} --nworkers auto --nthreads 1",
        ) from error
    answers = client.run(_differing, probe, here, on_error="return")
    for worker, answer in sorted(answers.items()):
        if isinstance(answer, CertsError):
            raise ClusterError(f"The worker {worker} cannot render: {answer.message}", EQUAL) from answer
        if isinstance(answer, ImportError):
            raise ClusterError(f"The worker {worker} lacks the program: {answer}.", EQUAL) from answer
        if isinstance(answer, OSError):  # it has just gone
            continue
        if isinstance(answer, BaseException):
            raise ClusterError(f"The worker {worker} cannot be used: {answer!r}.", EQUAL) from answer
        if answer:
            raise ClusterError(
                f"The worker {worker} would make other certificates: {_words(answer, here)}.", EQUAL
            )
    try:
        client.submit(_ready, pure=False).result(timeout=CONNECTING)
    except Exception as error:
        raise ClusterError(
            f"The cluster at {address} takes no work: {error or 'no answer'}.", EQUAL
        ) from error
    return len(answers)


def _words(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """`weasyprint is 69.0 there and 70.0 here; theme/... differs; and 4 more`"""
    words = []
    for name, value in list(there.items())[:NAMED]:
        mine = here.get(name, "")
        if not value or not mine:
            words.append(f"{name} is {'here' if mine else 'there'} only")
        elif value.startswith(DIGEST):
            words.append(f"{name} differs")
        else:
            words.append(f"{name} is {value} there and {mine} here")
    if len(there) > NAMED:
        words.append(f"and {len(there) - NAMED} more")
    return "; ".join(words)


class _Watch(threading.Thread):
    """Looks at the cluster now and then: counts its workers, and gives up where there are none for long."""

    def __init__(self, client: Any, members: Members) -> None:
        super().__init__(daemon=True)
        self._client, self._members = client, members
        self.over = threading.Event()
        self.reason = ""

    def run(self) -> None:
        alone = 0.0
        while not self.over.wait(LOOKING):
            if self._client.status in ("closing", "closed"):  # Dask tried in vain to connect again
                self._members.give_up()
                return
            try:
                count = len(self._client.nthreads())
            except Exception:  # noqa: S112 - the connection is lost: whoever waits for work is told by Dask
                continue
            self._members.slots = max(1, count)
            alone = 0.0 if count else alone + LOOKING
            if alone >= PATIENCE:
                self.reason = f"The cluster has had no worker for {PATIENCE:.0f} seconds."
                self._members.give_up()


@contextmanager
def _watched(client: Any, members: Members) -> Iterator[_Watch]:
    watch = _Watch(client, members)
    watch.start()
    try:
        yield watch
    finally:
        watch.over.set()
        watch.join(LOOKING)
