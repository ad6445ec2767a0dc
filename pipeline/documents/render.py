"""Certificates: facts and a design in; finished, checked PDF bytes out, or why there are none."""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from itertools import islice

from weasyprint import HTML  # type: ignore[import-untyped]
from weasyprint.urls import FatalURLFetchingError  # type: ignore[import-untyped]

from pipeline.documents import check, compose, faces, finish
from pipeline.documents.design import Design, Press, press
from pipeline.errors import DocumentError
from pipeline.rules.awards import Facts

CHUNK = 16  # certificates a worker takes at a time: about a second's work
ATTEMPTS = 8  # layouts, each with more points kept free than the one before: measuring is not layout
AHEAD = 8  # chunks in flight: bounds memory whatever the run's size

logging.getLogger("weasyprint").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Rendered:
    """One certificate's outcome."""

    number: str
    pdf: bytes | None  # None where problem says why
    problem: str = ""  # concerns this one certificate only


def render(facts: Facts, design: Design) -> Rendered:
    """One certificate as PDF/UA-1, one page, its text read back and compared with the facts.

    Raises DocumentError where the design itself cannot be rendered.
    """
    prepared = press(design)
    if problem := check.unprintable(facts):
        return Rendered(facts.number, None, problem)
    said = compose.words(facts)
    for attempt in range(ATTEMPTS):
        planned = compose.best_plan(facts, said, design, reserve=4.0 + 18.0 * attempt)
        html = compose.html(facts, said, planned, design, prepared)
        pdf, missing, pages = _write(html, facts, prepared)
        if missing:
            return Rendered(facts.number, None, check.missing_words(missing, facts))
        if pages == 1:
            problem = check.compare(pdf, facts, said, design)
            return Rendered(facts.number, None if problem else pdf, problem)
    return Rendered(facts.number, None, "the texts are too long for one page even at the smallest sizes")


def _write(html: str, facts: Facts, prepared: Press) -> tuple[bytes, list[int], int]:
    """PDF bytes, code points no font has, and the number of pages."""
    languages = (faces.language(facts.name), faces.language(facts.title))
    try:
        document = HTML(
            string=html,
            base_url="theme:",
            url_fetcher=prepared.fetcher,
        ).render(
            font_config=prepared.fonts,
            stylesheets=[prepared.style],
            cache=prepared.cache,
            pdf_variant="pdf/ua-1",
            pdf_forms=True,
        )
        if len(document.pages) != 1:
            return b"", [], len(document.pages)
        pdf = document.write_pdf(
            pdf_variant="pdf/ua-1",
            pdf_forms=True,
            pdf_identifier=_identifier(facts),
            cache=prepared.cache,
            finisher=partial(finish.mend, languages=languages),
        )
    except FatalURLFetchingError as error:
        raise DocumentError(f"The design of certificates cannot be rendered: {error}") from error
    finally:
        prepared.cache.forget_people()
    missing = sorted({code for font in document.fonts.values() for code in font.missing})
    return pdf, missing, 1


def _identifier(facts: Facts) -> bytes:
    """The PDF's identifier, from the facts alone: the same facts give the same file."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32].encode()


def render_many(
    facts: Iterable[Facts], design: Design, executor: Executor | None = None
) -> Iterator[Rendered]:
    """Certificates in the order of their facts, by the executor's workers or, without one, in this process.

    Never more than AHEAD chunks are in flight, so memory does not grow with the run.
    """
    source = iter(facts)
    if executor is None:
        for each in source:
            yield render(each, design)
        return
    flying: deque[Future[list[Rendered]]] = deque()
    try:
        while True:
            while len(flying) < AHEAD and (chunk := list(islice(source, CHUNK))):
                flying.append(executor.submit(_render_chunk, chunk, design))
            if not flying:
                return
            yield from flying.popleft().result()
    finally:
        for future in flying:
            future.cancel()


def _render_chunk(chunk: list[Facts], design: Design) -> list[Rendered]:
    return [render(each, design) for each in chunk]
