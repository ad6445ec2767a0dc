"""`certs` as processes of their own, each on any day and with a fault, at some fifty milliseconds apiece.

One process imports the program and warms its press, then forks for each command. A forked process that ends
at a step leaves what a killed one leaves: nothing is tidied up. The web host is a folder, and what proves a
link looks into it; or a bucket, and what proves a link asks the website before it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest

from pipeline.cli import COMMANDS, main
from pipeline.publish import Link, Proof
from pipeline.publish.prove import Patience
from tests.support.college import HERE
from tests.support.faults import FINE, Fault, Steps, install

LONGEST = 120  # seconds for one command
FRONT = "FRONT_OF_BUCKET"  # in the environment: the address of the website before a bucket
BROKEN = 70  # the status of a command that raised what it may not raise
CLOCKS = ("pipeline.cli.context", "pipeline.workflow.send", "pipeline.mail.deliver")  # who reads the time


@dataclass(frozen=True)
class Ended:
    """A command that has ended, in whatever way."""

    words: tuple[str, ...]
    fault: Fault
    status: int  # negative: the signal that ended it
    out: str
    err: str
    steps: Sequence[str]  # that it took

    @property
    def stops(self) -> list[str]:
        """The names of what it stopped for."""
        return self.err.rpartition("--accept ")[2].split()[0].split(",") if self.status == 5 else []

    def __str__(self) -> str:
        at = (
            f" {self.fault.kind} before {self.steps[-1]!r}, step {self.fault.at}"
            if self.fault != FINE
            else ""
        )
        return f"certs {' '.join(self.words)}:{at} status {self.status}\n{self.out}{self.err}"


class Forks:
    """Use as a context manager: `certs` runs a command in `root`; what it prints is written into `desk`."""

    def __init__(self, root: Path, desk: Path) -> None:
        self.root, self._desk = root, desk
        self.count = 0  # of commands since a story began: what chance there is follows from it

    def __enter__(self) -> Self:
        self._mother = subprocess.Popen(
            [sys.executable, "-m", "tests.support.forks"],
            cwd=HERE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # So that a story is the same each time, and all files are its own.
            env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._mother.communicate("")

    def certs(
        self, *words: object, now: dt.datetime, env: dict[str, str], fault: Fault = FINE, warm: bool = False
    ) -> Ended:
        """The command on that day. `warm`: by the mother herself: all children know what she learns."""
        self.count += 1
        said = tuple(str(word) for word in words)
        order = {
            "words": said,
            "now": now.isoformat(),
            "env": env,
            "fault": asdict(fault),
            "root": str(self.root),
            "desk": str(self._desk),
            "warm": warm,
            "count": self.count,
        }
        assert self._mother.stdin is not None
        assert self._mother.stdout is not None
        self._mother.stdin.write(json.dumps(order) + "\n")
        self._mother.stdin.flush()
        status = int(self._mother.stdout.readline())
        return Ended(
            said, fault, status, self._read("out"), self._read("err"), self._read("steps").split("\n")
        )

    def _read(self, name: str) -> str:
        path = self._desk / name
        return path.read_text(errors="replace") if path.is_file() else ""


def _main() -> None:
    """The mother: an order a line, the status of the child that carried it out a line."""
    modules = {f"pipeline.cli.{module}" for module, _ in COMMANDS.values()}
    for name in ("pipeline.documents", "pipeline.site.build", "pipeline.mail.session", *sorted(modules)):
        import_module(name)  # all of it: a child that imports takes long
    answer = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        order = json.loads(line)
        if order["warm"]:
            status = _carry_out(order)
        elif (child := os.fork()) == 0:
            signal.alarm(LONGEST)
            steps = Steps(order["root"], Fault(**order["fault"]), log=Path(order["desk"]) / "steps")
            steps.end(_carry_out(order, steps))
        else:
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        answer.write(f"{status}\n")
        answer.flush()


def _carry_out(order: dict[str, Any], steps: Steps | None = None) -> int:
    """The command, with its output in files; its status. `steps`: of a child, which it takes as they say."""
    os.chdir(order["root"])
    os.environ.update(order["env"])
    for descriptor, name in ((0, os.devnull), (1, f"{order['desk']}/out"), (2, f"{order['desk']}/err")):
        if descriptor or steps:  # the mother reads her orders from there
            file = os.open(name, os.O_RDWR | os.O_CREAT | (os.O_TRUNC if descriptor else 0))
            os.dup2(file, descriptor)
            os.close(file)
    with pytest.MonkeyPatch.context() as patch:
        _set_clock(patch, dt.datetime.fromisoformat(order["now"]))
        _leave_nothing_to_chance(patch, order["count"])
        if front := order["env"].get(FRONT):
            _look_through_the_front(patch, front)
        else:
            _look_at_the_host(patch, order["env"].get("PUBLISH_TO", ""))
        if steps:
            install(steps)
        try:
            main(order["words"], prog_name="certs")
        except SystemExit as ended:
            return int(ended.code or 0)
        except BaseException:  # noqa: BLE001 - whoever reads the story must see it
            traceback.print_exc()
        return BROKEN


def _set_clock(patch: pytest.MonkeyPatch, now: dt.datetime) -> None:
    """It is that time when the command begins, and goes on from there."""
    ahead = now - dt.datetime.now(now.tzinfo)

    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            return dt.datetime.now(tz) + ahead

    for name in CLOCKS:
        patch.setattr(f"{name}.dt", SimpleNamespace(**{**vars(dt), "datetime": Clock}))
    patch.setattr("pipeline.publish.prove.PATIENCE", Patience(waits=(0.0, 0.0, 0.0)))


def _leave_nothing_to_chance(patch: pytest.MonkeyPatch, count: int) -> None:
    """A story takes the same steps each time it is told."""
    chance = random.Random(count)
    patch.setattr(secrets, "token_bytes", chance.randbytes)
    patch.setattr(secrets, "token_hex", lambda size: chance.randbytes(size).hex())
    patch.setattr("pipeline.mail.recorder.LONGEST_WAIT", 0)  # a commit waits for no other
    patch.setattr("pipeline.publish.store.AT_ONCE", 1)  # and no request for one that is under way
    random.seed(count)


def _look_at_the_host(patch: pytest.MonkeyPatch, host: str) -> None:
    """A link is live where its files lie in the version that is served, and gone where they do not."""
    served = Path(host) / "current"

    def prove_live(_site: str, links: Iterable[Link], **_: object) -> Proof:
        links = list(links)
        names = {one.page: ["index.html", *(file.name for file in one.files)] for one in links}
        bad = [page for page, files in names.items() if not all((served / page / f).is_file() for f in files)]
        return Proof(len(links), [f"{len(bad)} are not there"] if bad else [], frozenset(bad))

    def prove_gone(_site: str, paths: Iterable[str], **_: object) -> Proof:
        paths = list(paths)
        bad = [path for path in paths if (served / path).exists()]
        return Proof(len(paths), [f"{len(bad)} are there"] if bad else [], frozenset(bad))

    patch.setattr("pipeline.publish.prove_live", prove_live)
    patch.setattr("pipeline.publish.prove_gone", prove_gone)


def _look_through_the_front(patch: pytest.MonkeyPatch, front: str) -> None:
    """The site has a name of its own, which leads nowhere here."""
    for module, name in (
        ("pipeline.publish", "prove_live"),
        ("pipeline.publish", "prove_gone"),
    ):
        real = getattr(import_module(module), name)
        patch.setattr(f"{module}.{name}", partial(_at, front, real))
    listing = import_module("pipeline.publish.listing")
    patch.setattr(listing, "_is_list", partial(_at, front, listing._is_list))


def _at(front: str, ask: Callable[..., Any], _site: str, *given: Any, **more: Any) -> Any:
    return ask(front, *given, **more)


if __name__ == "__main__":
    _main()
