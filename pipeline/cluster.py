"""Rendering on a Dask cluster: a scheduler's address in; an executor whose work is done by its workers, out.

Only a function's name and its arguments are sent, so every worker must have this program and its files. A
probe tells what the outcome of work depends on. It is run here and on every worker before any work, also on
those that join later: all answers must be equal, otherwise ClusterError names the worker and the differences.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from functools import partial
from typing import Any, Self
from weakref import WeakSet

from pipeline.errors import CertsError, ClusterError
from pipeline.rules.text import first_few

Probe = Callable[[], Mapping[str, str]]  # name of what the outcome depends on -> its version or digest
DIGEST = "sha256:"  # a value that begins so is not shown to people: it tells them nothing

CONNECT_TIMEOUT = 5.0  # seconds for the scheduler to answer, and for its first worker to be there
WATCH_INTERVAL = 2.0  # seconds between two looks at the workers
NO_WORKER_LIMIT = 60.0  # seconds without any worker after which the run stops waiting
DIFFERENCES_NAMED = 3  # in a message

RUN_AGAIN = "Nothing is lost: run the same command again, it goes on where it was."
MAKE_EQUAL = (
    "Bring scheduler and workers to this program, its theme (at the same path), libraries and fonts, "
    "and start them anew."
)


class DifferentWorkerError(Exception):
    """A worker's probe does not say what this machine's says."""


class ClusterExecutor(Executor):
    """The cluster's workers as an executor. Dask gives the work of a worker that died to another one."""

    def __init__(self, client: Any, probe: Probe, expected: Mapping[str, str]) -> None:
        self._client, self._probe, self._expected = client, probe, _digest(expected)
        self._pending: WeakSet[Future[Any]] = WeakSet()
        self.slots = 1  # number of workers; each renders one certificate at a time

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As Executor.submit. The function and its arguments must be picklable, and importable there."""
        # Dask's own executor is not used: it waits for ever where the connection breaks during a result.
        remote = self._client.submit(_run, self._expected, self._probe, fn, *args, pure=False, **kwargs)
        local: Future[Any] = Future()
        local.add_done_callback(lambda local: remote.cancel() if local.cancelled() else None)
        remote.add_done_callback(partial(_copy_outcome, local))
        self._pending.add(local)
        return local

    def cancel_pending(self) -> None:
        """Cancel all work that is not done. Whoever waits for it gets a CancelledError."""
        for future in list(self._pending):
            future.cancel()


def _copy_outcome(local: Future[Any], remote: Any) -> None:
    """Give the result or the error of Dask's future to the future that the caller holds."""
    try:
        settle = partial(local.set_result, remote.result())
    except BaseException as error:  # noqa: BLE001 - whatever it is belongs to who asked for the result
        settle = partial(local.set_exception, error)
    if local.set_running_or_notify_cancel():
        settle()


def _run(expected: str, probe: Probe, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Runs on a worker, where the probe is computed once and then remembered."""
    if _digest(probe()) != expected:
        raise DifferentWorkerError
    return fn(*args, **kwargs)


def _digest(answer: Mapping[str, str]) -> str:
    return hashlib.sha256(repr(sorted(answer.items())).encode()).hexdigest()


def _differences(probe: Probe, expected: Mapping[str, str]) -> dict[str, str] | CertsError:
    """Runs on a worker: the worker's answers that differ, or why it has none."""
    try:
        found = probe()
    except CertsError as error:
        return error
    except OSError as error:  # as a value, so that it is not taken for an error of the network
        return ClusterError(f"{error}.")
    names = [*expected, *(name for name in found if name not in expected)]
    return {name: found.get(name, "") for name in names if found.get(name, "") != expected.get(name, "")}


def _do_nothing() -> None:
    """Runs on a worker by way of the scheduler, which fails where the scheduler does not have the program."""


@contextmanager
def connected(address: str, probe: Probe, tell: Callable[[str], None]) -> Iterator[ClusterExecutor]:
    """The executor of the cluster whose scheduler is at `tcp://host:port` or `tls://host:port`.

    `probe` must be picklable and remember its answer; `tell` receives a sentence about what was found. Raises
    ClusterError where the cluster cannot be used, and where it is lost while the executor is in use.
    """
    distributed = _import_dask()
    with _client(distributed, address) as client:
        expected = probe()
        count = _count_equal_workers(client, address, probe, expected)
        tell(f"{count} workers of {address} make the same certificates as this machine")
        executor = ClusterExecutor(client, probe, expected)
        executor.slots = count
        with _Watch(client, executor) as watch:
            try:
                yield executor
            except DifferentWorkerError as error:
                _count_equal_workers(client, address, probe, expected)  # raises and names the difference
                raise ClusterError(
                    "A worker that joined later would make other certificates.", MAKE_EQUAL
                ) from error
            except distributed.KilledWorker as error:
                raise ClusterError(
                    f"Workers of {address} died one after another over the same certificates.",
                    "Their logs say why; often it is memory. " + RUN_AGAIN,
                ) from error
            except (
                CancelledError,
                distributed.comm.CommClosedError,
                distributed.client.ClosedClientError,
            ) as error:
                lost = watch.reason or f"The scheduler at {address} was lost."
                raise ClusterError(lost, RUN_AGAIN) from error


def _import_dask() -> Any:
    """Imported when it is asked for: it takes its time, and few colleges need it."""
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
    import asyncio  # each run imports this module

    try:
        # Connect once without a client first: a client whose start fails leaves threads that complain later.
        security = distributed.Security()  # read from Dask's own configuration
        asyncio.run(_connect_once(distributed, address, security.get_connection_args("client")))
        client = distributed.Client(address, timeout=CONNECT_TIMEOUT, security=security, set_as_default=False)
    except Exception as error:  # of the network, of TLS, or of a server that is not Dask's
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


async def _connect_once(distributed: Any, address: str, arguments: Mapping[str, Any]) -> None:
    comm = await distributed.comm.connect(address, timeout=CONNECT_TIMEOUT, **arguments)
    await comm.close()


def _count_equal_workers(client: Any, address: str, probe: Probe, expected: Mapping[str, str]) -> int:
    """The number of workers. Raises ClusterError where one of them does not give the expected answer."""
    try:
        client.wait_for_workers(1, timeout=CONNECT_TIMEOUT)
    except TimeoutError as error:
        raise ClusterError(
            f"The cluster at {address} has no worker.",
            f"Start some: dask worker {address} --nworkers auto --nthreads 1",
        ) from error
    answers = client.run(_differences, probe, expected, on_error="return")
    for worker, answer in sorted(answers.items()):
        if not answer or isinstance(answer, OSError):  # it is equal, or has just left
            continue
        if isinstance(answer, CertsError):
            wrong = f"cannot render: {answer.message}"
        elif isinstance(answer, ImportError):
            wrong = f"lacks the program: {answer}."
        elif isinstance(answer, BaseException):
            wrong = f"cannot be used: {answer!r}."
        else:
            wrong = f"would make other certificates: {_in_words(answer, expected)}."
        raise ClusterError(f"The worker {worker} {wrong}", MAKE_EQUAL)
    try:
        client.submit(_do_nothing, pure=False).result(timeout=CONNECT_TIMEOUT)
    except Exception as error:
        raise ClusterError(
            f"The cluster at {address} takes no work: {error or 'no answer'}.", MAKE_EQUAL
        ) from error
    return len(answers)


def _in_words(found: Mapping[str, str], expected: Mapping[str, str]) -> str:
    """`weasyprint is 69.0 there and 70.0 here; theme/... differs; and 4 more`"""
    words = []
    for name, there in found.items():
        here = expected.get(name, "")
        if not there or not here:
            words.append(f"{name} is {'here' if here else 'there'} only")
        elif there.startswith(DIGEST):
            words.append(f"{name} differs")
        else:
            words.append(f"{name} is {there} there and {here} here")
    return "; ".join(first_few(words, DIFFERENCES_NAMED))


class _Watch(threading.Thread):
    """Counts the workers every few seconds, and cancels the work where there have been none for too long."""

    def __init__(self, client: Any, executor: ClusterExecutor) -> None:
        super().__init__(daemon=True)
        self._client, self._executor = client, executor
        self.over = threading.Event()
        self.reason = ""  # why the work was cancelled

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.join(WATCH_INTERVAL)

    def run(self) -> None:
        without = 0.0
        while not self.over.wait(WATCH_INTERVAL):
            if self._client.status in ("closing", "closed"):  # Dask tried in vain to connect again
                self._executor.cancel_pending()
                return
            try:
                count = len(self._client.nthreads())
            except Exception:  # noqa: BLE001, S112 - the connection is lost: Dask tells those who wait for results
                continue
            self._executor.slots = max(1, count)
            without = 0.0 if count else without + WATCH_INTERVAL
            if without >= NO_WORKER_LIMIT:
                self.reason = f"The cluster has had no worker for {NO_WORKER_LIMIT:.0f} seconds."
                self._executor.cancel_pending()
