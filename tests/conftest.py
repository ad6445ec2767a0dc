"""Fixtures named for a state."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from copy import deepcopy
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from jinja2 import Environment
from markdown import Markdown

import pipeline.documents.prepared  # noqa: F401 - WeasyPrint asks the system for its libraries while imported
from pipeline.documents import Design, Rendered
from pipeline.ledger import schema
from pipeline.publish import Proof
from pipeline.publish.prove import Patience
from pipeline.rules.certificates.awards import Facts
from pipeline.vault import Vault
from tests.support.college import College
from tests.support.mail_queue import opened
from tests.support.shell import Shell

# Whoever starts the tests in the background has Ctrl-C ignored, here and in every program that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is no bug. CI draws the same cases every time: no change fails by chance.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("soak", deadline=None, max_examples=2000)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that does not answer is asked as often as ever, but without a pause."""
    monkeypatch.setattr("pipeline.publish.prove.PATIENCE", Patience(waits=(0.0, 0.0, 0.0)))


@pytest.fixture(autouse=True, scope="session")
def made_once() -> Iterator[None]:
    """Hundreds of tests begin a ledger and build pages from one theme: each template is compiled once in this
    process, each text turned to HTML once, and a new ledger is a copy of an empty one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Environment, "compile", compile_once())
        patch.setattr("pelican.readers.Markdown", TextsOnce)
        patch.setattr(schema, "_migrate", migrate_once())
        yield


def compile_once() -> Callable[[Environment, str, str | None, str | None], object]:
    compiled: dict[object, object] = {}
    compile_it = Environment.compile

    def once(self: Environment, source: str, name: str | None, filename: str | None) -> object:
        escaped = self.autoescape(name) if callable(self.autoescape) else self.autoescape
        key = (source, name, escaped)
        if key not in compiled:
            compiled[key] = compile_it(self, source, name, filename)
        return compiled[key]

    return once


class TextsOnce(Markdown):
    """What a text comes to is known where it was converted before, with the same extensions."""

    _known: ClassVar[dict[object, tuple[str, dict[str, object]]]] = {}

    def __init__(self, **settings: Any) -> None:
        self._made_of = repr(settings)
        super().__init__(**settings)

    def convert(self, source: str) -> str:
        key = (source, self._made_of, len(self.preprocessors))
        if key not in self._known:
            html = super().convert(source)
            names = vars(self).keys() & {"Meta", "toc", "toc_tokens"}
            self._known[key] = html, deepcopy({name: vars(self)[name] for name in names})
        html, said = self._known[key]
        vars(self).update(deepcopy(said))
        return html


def migrate_once() -> Callable[[sqlite3.Connection, int], None]:
    migrate = schema._migrate

    def once(connection: sqlite3.Connection, version: int) -> None:
        if version:
            migrate(connection, version)
            return
        with closing(schema.in_memory()) as empty:
            empty.execute(f"PRAGMA user_version = {schema.newest_version()}")
            empty.backup(connection)

    return once


def what_is_started() -> list[str]:
    """Servers, browsers, Java and workers that are started from now on; not what only answers a question."""
    started: list[str] = []
    answers = ("fc-list", "uname")
    starts = ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "socket.bind")

    # The interpreter asks a hook to its very end, when the names of a module are gone: it keeps its own.
    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event in starts and not (arguments and arguments[0] in answers):
            started.append(f"{event} {arguments[:2]}")

    sys.addaudithook(note)
    return started


started = what_is_started()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Nothing that starts something is taken for a fast test: `make fast` leaves out what is marked."""
    yield
    if started and not item.get_closest_marker("starts"):
        pytest.fail(f"mark it with @pytest.mark.starts: {started[0]}")


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    started.clear()


@pytest.fixture(autouse=True)
def _journals_end_with_their_test() -> Iterator[None]:
    """Python 3.13 and later warn of a connection that is left to the collector, and warnings are errors."""
    yield
    while opened:
        opened.pop().close()


@pytest.fixture
def college(tmp_path: Path) -> College:
    """A project with activities and nothing on record; certificates are real."""
    return College(tmp_path)


@pytest.fixture
def quick_college(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> College:
    """The same, but a certificate is only a digest of its facts: for outcomes that do not concern paper."""
    without_paper(monkeypatch)
    return College(tmp_path)


def without_paper(patch: pytest.MonkeyPatch) -> None:
    """No certificate, record or picture is drawn: what stands for it is made of the same facts."""
    patch.setattr("pipeline.workflow.render.render_many", quick_paper)
    patch.setattr("pipeline.workflow.gallery.Gallery.pictures", lambda *_: ())
    for name in ("record_pdf", "merged_pdf"):
        patch.setattr(f"pipeline.workflow.credit_files.{name}", quick_pdf)


@pytest.fixture
def shell(quick_college: College, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A prompt in the folder of that quick college."""
    return Shell(quick_college, monkeypatch)


@pytest.fixture
def proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """No web server: what is published counts as proved."""
    for name in ("prove_live", "prove_gone"):
        monkeypatch.setattr(f"pipeline.publish.{name}", lambda *_, **__: Proof(0, []))


@pytest.fixture
def redesign(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From when it is called on, certificates are made otherwise than those that were issued."""

    def other_paper(facts: Iterable[Facts], *_: object) -> Iterator[Rendered]:
        for one in facts:
            yield Rendered(one.number, f"%PDF-1.7 new {one.number}".encode())

    return lambda: monkeypatch.setattr("pipeline.workflow.render.render_many", other_paper)


def quick_pdf(*what: object) -> bytes:
    """A digest of what a PDF would be made of; where its parts are kept does not count."""
    said = [repr(one) for one in what if not isinstance(one, Vault)]
    return b"%PDF-" + hashlib.sha256(repr(said).encode()).hexdigest().encode()


def quick_paper(facts: Iterable[Facts], design: Design, executor: object = None) -> Iterator[Rendered]:
    del design, executor  # what render_many is given besides
    for one in facts:
        yield Rendered(one.number, b"%PDF-" + hashlib.sha256(repr(one).encode()).hexdigest().encode())
