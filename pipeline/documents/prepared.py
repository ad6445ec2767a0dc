"""A design in; what a process parses once for WeasyPrint, out.

Raises DocumentError for a design that lacks a file or cannot be parsed.
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from weasyprint import CSS  # type: ignore[import-untyped]
from weasyprint.text.fonts import FontConfiguration  # type: ignore[import-untyped]
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse  # type: ignore[import-untyped]

from pipeline.documents.design import INK_IN_DRAWINGS, Design, check_design
from pipeline.documents.hand import hand_of
from pipeline.documents.pictures import Cache
from pipeline.errors import DocumentError


class Fetcher(URLFetcher):  # type: ignore[misc]
    """Opens what the design consists of and nothing else.

    `theme:` addresses lie in the theme folder (`?ink=` colours a drawing); `image:` addresses are the two
    configured images. Any other raises FatalURLFetchingError: after any other error WeasyPrint goes on.
    """

    def __init__(self, design: Design) -> None:
        super().__init__()
        self.root = design.theme.resolve()
        self.images = {"signature": design.signature_image, "logo": design.logo_image}

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:  # noqa: ARG002 - WeasyPrint's signature
        parts = urlsplit(url)
        if parts.scheme == "image" and (image := self.images.get(parts.path)) is not None:
            path = image
        elif parts.scheme == "theme":
            path = (self.root / unquote(parts.path).lstrip("/")).resolve()
            if not path.is_relative_to(self.root):
                raise FatalURLFetchingError(f"{url} lies outside the theme")
        else:
            raise FatalURLFetchingError(f"{url} is not part of the design")
        try:
            body = path.read_bytes()
        except OSError as error:
            raise FatalURLFetchingError(f"{path}: {error.strerror}") from error
        if path == self.images["signature"]:
            body = hand_of(body)
        if ink := parse_qs(parts.query).get("ink"):
            body = body.replace(INK_IN_DRAWINGS.encode(), f"#{ink[0]}".encode())
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return URLFetcherResponse(url, body, {"Content-Type": kind})


@dataclass(frozen=True)
class Prepared:
    """What one process prepares once for a design. Never shared between threads: Pango is not safe there."""

    template: Template
    fonts: FontConfiguration
    style: CSS
    fetcher: Fetcher
    cache: Cache


@lru_cache(maxsize=4)
def prepare(design: Design) -> Prepared:
    """The parsed template, style and fonts of a design.

    Raises DocumentError where the design cannot be rendered at all.
    """
    check_design(design)
    fonts = FontConfiguration()
    fetcher = Fetcher(design)
    try:
        style = CSS(url="theme:certificate.css", font_config=fonts, url_fetcher=fetcher)
    except FatalURLFetchingError as error:
        raise DocumentError(f"The design of certificates cannot be used: {error}") from error
    environment = Environment(
        loader=FileSystemLoader(design.theme), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return Prepared(environment.get_template("certificate.html"), fonts, style, fetcher, Cache(fetcher.fetch))
