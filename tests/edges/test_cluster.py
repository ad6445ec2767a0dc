"""Rendering on a Dask cluster: the same bytes as here, nothing lost, and a clear word where it cannot be."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dask
import pytest
import trustme

from pipeline.cluster import connected
from pipeline.documents import render
from pipeline.documents.fingerprint import fingerprint
from pipeline.errors import ClusterError
from pipeline.workflow import render as rendering
from tests.support.cluster_kit import Cluster, colour, forever
from tests.support.college import HERE, College
from tests.support.documents_kit import LETTER, made_up
from tests.support.shell import Shell, digest

pytestmark = pytest.mark.starts

NAMES = ["Анна Ковалёва", "محمد عبد الله", "王小明", *["Ida Holm"] * 15]
ROWS = [f"meeting-2025,L{at},person{at}@example.org,{name},,,,,,,yes" for at, name in enumerate(NAMES)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers that share nothing with this process but the disk."""
    started = Cluster(tmp_path_factory.mktemp("dask") / "cluster", workers=2)
    yield started
    started.stop()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    """Clusters that a test may break."""
    started: list[Cluster] = []

    def start(**options: object) -> Cluster:
        started.append(Cluster(tmp_path / f"cluster-{len(started)}", **options))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for each in started:
        each.stop()


def issued(folder: Path, patch: pytest.MonkeyPatch, *words: object) -> tuple[College, dict[str, str]]:
    """A run of the rows that draws the same numbers every time: every file of the vault with its digest."""
    folder.mkdir()
    college = College(folder)
    drawn = random.Random(20251114)
    drawing = SimpleNamespace(
        token_bytes=drawn.randbytes, token_hex=lambda count: drawn.randbytes(count).hex()
    )
    patch.setattr("pipeline.workflow.project.secrets", drawing)
    found = Shell(college, patch).json("run", college.claims(*ROWS), "--yes", *words)
    assert (found["issued"], found["sent"], found["problems"]) == (len(ROWS), len(ROWS), [])
    return college, digest(college.data / "vault")


def test_a_cluster_makes_the_same_bytes(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vault of a run on a cluster is that of a local one, byte for byte; nothing that the cluster logs
    has a person or a link in it. One of three workers is killed while work waits at it and not all its
    results have come: the others do that work, and nothing is lost."""
    _, local = issued(tmp_path / "local", monkeypatch, "--workers", 1)
    victim = cluster.add()
    cluster.joined(3)
    # Much to hand out, and to put on record, in a small run.
    monkeypatch.setattr(sys.modules["pipeline.documents.render"], "CHUNK", 1)
    monkeypatch.setattr(rendering, "BATCH", 3)
    record, recorded = rendering._record, list[Any]()

    def killing(*args: Any) -> rendering.Issued:
        if not recorded:
            victim.kill()
        recorded.append(len(args[1]))
        return record(*args)

    monkeypatch.setattr(rendering, "_record", killing)
    college, made = issued(tmp_path / "cluster", monkeypatch, "--executor", f"dask:{cluster.address}")
    assert recorded == [3] * (len(ROWS) // 3)
    assert made == local
    with college.project(locked=False) as project:
        private = [*NAMES, *college.tokens(project), "@example.org"]
    assert not [each for each in private if each in cluster.said()]


def test_a_worker_with_another_design_is_refused(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The design was changed and the workers were not started anew: they still hold the former one. Nothing
    is done, and the message names the file."""
    college = College(tmp_path)
    (college.root / "theme").unlink()
    shutil.copytree(HERE / "theme", college.root / "theme")
    shell, where = Shell(college, monkeypatch), f"dask:{cluster.address}"
    shell("run", "--executor", where)
    style = college.root / "theme" / "certificates" / "certificate.css"
    style.write_text(style.read_text() + "/* moved */")
    fingerprint.cache_clear()
    before = digest(college.root)
    sentence = shell.refused(
        "run", college.claims(*ROWS, name="claims.csv"), "--executor", where, planned=True
    )
    assert "would make other certificates: theme/certificates/certificate.css differs" in sentence
    after = digest(college.root)
    changed = {name for name in after if after[name] != before.get(name) and not name.startswith("var/press")}
    assert changed <= {"claims.csv", "var/lock", "var/ledger.sqlite3"}  # the ledger has that it was tried
    with college.project(locked=False) as project:
        assert [*college.tokens(project)] == []


def use(address: str, work: Callable[[Executor], object] = lambda _: None) -> object:
    """What the work gives that is done while connected."""
    with connected(address, colour, lambda _: None) as executor:
        return work(executor)


def refusal(address: str, work: Callable[[Executor], object] = lambda _: None) -> ClusterError:
    """How connecting or the work ends."""
    with pytest.raises(ClusterError) as caught:
        use(address, work)
    return caught.value


def test_a_different_worker_that_joins_later_is_refused(start: Callable[..., Cluster]) -> None:
    """A worker is asked before its first work, not only at the beginning of the run."""
    cluster = start(COLOUR="blue")

    def work(executor: Executor) -> None:
        assert executor.submit(abs, -3).result() == 3
        cluster.add(COLOUR="red")
        cluster.joined(2)
        cluster.retire("worker-1")
        executor.submit(abs, -3).result()

    assert "the colour is red there and blue here" in refusal(cluster.address, work).message


def test_when_a_cluster_dies(start: Callable[..., Cluster], monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that kills its worker, a cluster without workers, one whose workers do not come back, and a
    scheduler that is gone: each ends in a sentence that names it, none in waiting for ever."""
    monkeypatch.setattr("pipeline.cluster.WATCH_INTERVAL", 0.1)
    monkeypatch.setattr("pipeline.cluster.NO_WORKER_LIMIT", 0.3)
    cluster = start(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")

    def after(event: Callable[[], None]) -> Callable[[Executor], object]:
        def work(executor: Executor) -> object:
            waiting = executor.submit(forever)
            event()
            return waiting.result()

        return work

    error = refusal(cluster.address, lambda executor: executor.submit(os._exit, 1).result())
    assert "died one after another" in error.message
    assert "run the same command again" in error.hint
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.cluster.CONNECT_TIMEOUT", 0.5)
        error = refusal(cluster.address)
    assert error.message == f"The cluster at {cluster.address} has no worker."
    assert f"dask worker {cluster.address}" in error.hint
    cluster.add()
    cluster.joined(1)
    error = refusal(cluster.address, after(lambda: cluster.retire("worker-2")))
    assert "has had no worker" in error.message
    cluster.add()
    cluster.joined(1)
    error = refusal(cluster.address, after(cluster.scheduler.kill))
    assert error.message == f"The scheduler at {cluster.address} was lost."


def test_encrypted(start: Callable[..., Cluster], tmp_path: Path) -> None:
    """tls:// with the certificates of Dask's own configuration; without them a word what is missing."""
    authority = trustme.CA()
    ca, own = str(tmp_path / "ca.pem"), str(tmp_path / "own.pem")
    authority.cert_pem.write_to_path(ca)
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(own)
    settings = {"ca-file": ca}
    for role in ("scheduler", "worker", "client"):
        settings |= {f"{role}.cert": own, f"{role}.key": own}
    names = {f"distributed.comm.tls.{name}": value for name, value in settings.items()}
    with dask.config.set(names):
        variables = {f"DASK_{name.replace('.', '__').upper()}": value for name, value in names.items()}
        cluster = start(scheme="tls", **variables)
        assert cluster.address.startswith("tls://")
        assert use(cluster.address, lambda executor: executor.submit(abs, -3).result()) == 3
    error = refusal(cluster.address)
    assert "needs certificates" in error.message
    assert "ca-file" in error.hint


def greet(server: socket.socket) -> None:
    """As a mail server does, which is none of Dask's."""
    with server.accept()[0] as caller:
        caller.sendall(b"220 mail.example.org ESMTP\r\n")


def test_nobody_there(college: College, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong address, and one where something else answers: one sentence, before anything is done."""
    monkeypatch.setattr("pipeline.cluster.CONNECT_TIMEOUT", 0.5)
    shell = Shell(college, monkeypatch)
    claims = college.claims(*ROWS)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and does not listen: nobody else can take the port
        where = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
        assert shell.refused("run", claims, "--yes", "--executor", f"dask:{where}", planned=True).startswith(
            f"No Dask scheduler answers at {where}: "
        )
    with socket.create_server(("127.0.0.1", 0)) as other:
        where = f"tcp://127.0.0.1:{other.getsockname()[1]}"
        other.settimeout(20)
        talking = threading.Thread(target=greet, args=(other,))
        talking.start()
        assert where in shell.refused("run", claims, "--yes", "--executor", f"dask:{where}", planned=True)
        talking.join()
    with college.project(locked=False) as project:
        assert not any(project.ledger.counts.totals().values())
    assert not college.output.exists()
    assert college.mails() == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--executor", "threads"], "Write local, dask:tcp://HOST:PORT or dask:tls://HOST:PORT"),
        (["--executor", "dask:http://here:8786"], "Write local"),
        (["--executor", "dask:tcp://here"], "Write local"),
        (["--executor", "dask:tcp://here:70000"], "Write local"),
        (["--executor", "dask:tcp://me@here:8786"], "Write local"),
        (["--executor", "dask:tcp://here:8786", "--workers", 2], "a cluster has its own workers"),
    ],
    ids=["unknown", "scheme", "no port", "no such port", "user", "both"],
)
def test_wrong_use(quick_college: College, shell: Shell, words: list[object], said: str) -> None:
    """Exit status 2 and what to write instead."""
    result = shell("run", *words, status=2)
    assert said in result.stderr
    assert not quick_college.data.exists()


def test_without_the_extra(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint says what to type; local rendering does not need it."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = shell("run", "--executor", "dask:tcp://127.0.0.1:8786", status=1)
    assert "Dask is not installed" in result.stderr
    assert "'.[dask]'" in result.stderr
    shell("run", "--executor", "local", "--workers", 1)


STARTED = "import sys, pipeline.cli.run; print('dask' in sys.modules, 'distributed' in sys.modules)"
USED = """
import sys
from importlib.metadata import packages_distributions
from pipeline.documents.fingerprint import fingerprint
from pipeline.documents.identity import LIBRARIES
from tests.support.documents_kit import LETTER
fingerprint(LETTER)
owners = packages_distributions()
used = {owner.lower() for name in sys.modules for owner in owners.get(name.partition(".")[0], [])}
used -= {"acr-certificates", "pycparser", "setuptools"}  # this program; parts of cffi and of Python itself
print(*sorted(used ^ set(LIBRARIES)))
"""


def output(code: str) -> str:
    """What that Python prints in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=HERE, capture_output=True, text=True
    ).stdout.strip()


def test_what_is_imported() -> None:
    """certs starts without waiting for Dask, and every library that makes a page is compared: all but what
    comes with Python, and this program itself, which is compared file by file."""
    assert output(STARTED) == "False False"
    assert output(USED) == ""


def test_threads_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster's worker may have several threads, and Pango bears one: two never render at a time."""
    meeting = threading.Barrier(2)

    def unprintable(_: object) -> str:
        with pytest.raises(threading.BrokenBarrierError):
            meeting.wait(0.2)
        meeting.reset()
        return "met nobody"

    monkeypatch.setattr("pipeline.documents.check.unprintable", unprintable)
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda name: render(made_up(name=name), LETTER), ["Ida", "Ole"]))
    assert [each.problem for each in made] == ["met nobody"] * 2
