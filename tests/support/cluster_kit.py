"""A Dask cluster of processes on loopback, started as docs/operations.md says, and probes its workers run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

from distributed import Client

from tests.support.college import HERE

ADDRESS = re.compile(r"(?:tcp|tls)://127\.0\.0\.1:\d+")


def colour() -> dict[str, str]:
    """A probe whose answer a worker is given at its start."""
    return {"the colour": os.environ.get("COLOUR", "blue")}


def forever() -> None:
    """Work that does not end by itself."""
    threading.Event().wait()


class Member:
    """The process of a scheduler or worker; what it says is read as it comes."""

    def __init__(self, words: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.said, self.address = "", ""
        self._known = threading.Event()  # where it listens, or that it has ended
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dask", *words, "--no-dashboard"],
            env={**os.environ, "PYTHONPATH": str(HERE), **environment},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.said += line
                if not self.address and (found := ADDRESS.search(line)):
                    self.address = found[0]
                    self._known.set()
        self._known.set()

    def listening(self) -> str:
        """Its address."""
        assert self._known.wait(60), self.said
        assert self.address, self.said
        return self.address

    def kill(self) -> None:
        """As the system would when memory is short."""
        self.process.kill()
        self.process.wait()
        self._reader.join()


class Cluster:
    """A scheduler and workers, each a process with one thread that works."""

    def __init__(self, folder: Path, workers: int = 1, scheme: str = "tcp", **environment: str) -> None:
        self.members: list[Member] = []
        self._folder, self._host, self._environment = folder, f"{scheme}://127.0.0.1", environment
        folder.mkdir()
        self.scheduler = self._start("scheduler", "--port", "0")
        self.address = self.scheduler.listening()
        for _ in range(workers):
            self.add()
        self.joined(workers)

    def add(self, **environment: str) -> Member:
        """One more worker; on its way, not yet there."""
        name = f"worker-{len(self.members)}"
        return self._start(
            *("worker", self.address, "--name", name, "--nthreads", "1", "--no-nanny"), **environment
        )

    def joined(self, count: int) -> None:
        """Returns when so many workers are there."""
        with Client(self.address, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            client.wait_for_workers(count, timeout=60)

    def retire(self, name: str) -> None:
        """Send the worker of that name away; returns when it has left."""
        with Client(self.address, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            # Dask keeps a worker that holds the only copy of a result, as that of a moment ago may still be.
            while not client.retire_workers(names=[name]):
                pass

    def said(self) -> str:
        """All that its members logged."""
        return "".join(member.said for member in self.members)

    def stop(self) -> None:
        for member in reversed(self.members):
            member.kill()

    def _start(self, *words: str, **environment: str) -> Member:
        words = (*words, "--host", self._host)
        member = Member(list(words), self._folder, {**self._environment, **environment})
        self.members.append(member)
        return member
