"""Certificates: facts and a design in; finished, checked PDF bytes out, or why there are none."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from pipeline.documents import check, compose, planning, press
from pipeline.documents.design import Design
from pipeline.rules.certificates.awards import Facts

CHUNK = 16  # certificates sent to a worker at a time: a fifth of the cost of sending them one by one
# Chunks in flight, or two for each of the executor's `slots`: bounds memory whatever the run's size.
AHEAD = 20

# Pango corrupts its heap where threads share a font configuration, and an executor's workers may be threads.
_ONE_AT_A_TIME = threading.Lock()

logging.getLogger("weasyprint").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Rendered:
    """One certificate's outcome."""

    number: str
    pdf: bytes | None  # None where problem says why
    problem: str = ""  # of this one certificate only
    pressed: bool = False  # whether the press set it; otherwise WeasyPrint did


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is sent to a worker. A log that shows the arguments of its work shows no people."""

    facts: list[Facts] = field(repr=False)


def render(facts: Facts, design: Design, *, wait: bool = True) -> Rendered:
    """One certificate as PDF/UA-1, one page, its text read back and compared with the facts.

    Threads take turns. Raises DocumentError where the design itself cannot be rendered, and BusyError where
    another process makes what this one needs and `wait` is not set.
    """
    with _ONE_AT_A_TIME:
        if problem := check.unprintable(facts):
            return Rendered(facts.number, None, problem)
        if (pressed := press.press_of(design).press(facts, wait=wait)) is not None:
            return Rendered(facts.number, pressed, pressed=True)
        return _laid_out(facts, design)


def _laid_out(facts: Facts, design: Design) -> Rendered:
    from pipeline.documents import paper  # with WeasyPrint, which takes its time to import
    from pipeline.documents.prepared import prepare

    prepared, said = prepare(design), compose.words(facts)
    for reserve in planning.RESERVES:
        planned = planning.best_plan(facts, said, design, reserve)
        document = paper.lay_out(compose.html(facts, said, planned, design, prepared), prepared)
        if len(document.pages) != 1:
            continue
        pdf = paper.write(document, facts, prepared)
        if missing := sorted({code for font in document.fonts.values() for code in font.missing}):
            return Rendered(facts.number, None, check.missing_words(missing, facts))
        problem = check.compare(pdf, facts, said, design)
        return Rendered(facts.number, None if problem else pdf, problem)
    return Rendered(facts.number, None, "the texts are too long for one page even at the smallest sizes")


def is_pressed(facts: Facts, design: Design) -> bool:
    """Whether the press takes this certificate, rather than WeasyPrint; nothing is rendered."""
    return press.press_of(design).takes(facts)


def type_size(facts: Facts, design: Design) -> float:
    """The size of the smallest text that is fitted to its page, in points; nothing is rendered."""
    planned = planning.best_plan(facts, compose.words(facts), design, planning.RESERVES[0])
    return min(planned.statement_size, *(text.size for text in planned.texts.values()))


def render_many(
    facts: Iterable[Facts], design: Design, executor: Executor | None = None
) -> Iterator[Rendered]:
    """Certificates in the order of their facts, by the executor's workers or, without one, in this process.

    The executor's workers need this program and the design at the same paths; see `fingerprint`. A bounded
    number of chunks is in flight, so memory does not grow with the run.
    """
    if executor is None:
        yield from (render(each, design) for each in facts)
        return
    source = iter(facts)
    flying: deque[Future[list[Rendered]]] = deque()
    try:
        while True:
            ahead = max(AHEAD, 2 * getattr(executor, "slots", 0))
            while len(flying) < ahead and (chunk := list(islice(source, CHUNK))):
                flying.append(executor.submit(_render_chunk, Chunk(chunk), design))
            if not flying:
                return
            yield from flying.popleft().result()
    finally:
        for future in flying:
            future.cancel()


def _render_chunk(chunk: Chunk, design: Design) -> list[Rendered]:
    """Those whose template another worker is making wait until the others are done."""
    done: dict[int, Rendered] = {}
    for wait in (False, True):
        for at, facts in enumerate(chunk.facts):
            if at not in done:
                with suppress(press.BusyError):
                    done[at] = render(facts, design, wait=wait)
    return [done[at] for at in range(len(chunk.facts))]
