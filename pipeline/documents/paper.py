"""WeasyPrint as certificates use it: a page's markup in; the laid-out document, then PDF bytes, out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weasyprint import HTML  # type: ignore[import-untyped]
from weasyprint.urls import FatalURLFetchingError  # type: ignore[import-untyped]

from pipeline.documents import accessible, compose, slim
from pipeline.documents.prepared import Prepared
from pipeline.errors import DocumentError
from pipeline.rules.certificates.awards import Facts

OPTIONS = {"pdf_variant": "pdf/ua-1", "pdf_forms": True}


def lay_out(html: str, prepared: Prepared) -> Any:
    """The markup as a WeasyPrint document of one or more pages.

    Raises DocumentError where a part of the design cannot be loaded.
    """
    try:
        return HTML(string=html, base_url="theme:", url_fetcher=prepared.fetcher).render(
            font_config=prepared.fonts, stylesheets=[prepared.style], cache=prepared.cache, **OPTIONS
        )
    except FatalURLFetchingError as error:
        raise DocumentError(f"The design of certificates cannot be rendered: {error}") from error
    finally:
        prepared.cache.forget_people()


def finisher(facts: Facts) -> Callable[[Any, Any], None]:
    """The finisher that completes what WeasyPrint leaves to do: for accessibility, and for size."""
    headings = compose.clean(facts.name), compose.clean(facts.title)

    def finish(document: Any, pdf: Any) -> None:
        accessible.mend(document, pdf, headings)
        slim.slim(document, pdf)

    return finish


def write(document: Any, facts: Facts, prepared: Prepared) -> bytes:
    """A laid-out certificate as PDF bytes."""
    pdf: bytes = document.write_pdf(
        pdf_identifier=compose.identifier(facts), cache=prepared.cache, finisher=finisher(facts), **OPTIONS
    )
    return pdf
