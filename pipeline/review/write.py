"""The file of a review: written beside its place and then put there; removed by whoever changes something."""

from __future__ import annotations

import base64
import gzip
import hashlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import files
from pipeline.errors import CertsError
from pipeline.review.values import Review
from pipeline.rules.text import counted
from pipeline.rules.web.lines import line_of

if TYPE_CHECKING:
    from jinja2 import BytecodeCache

FOLDER, FILE = "review", "index.html"  # below DATA_DIR
MOST = 4_900_000  # bytes of a review: one that is larger is opened slowly, and taken by few mail servers


def place_of(data: Path) -> Path:
    """Where the review lies unless it is wanted elsewhere; `data`: DATA_DIR."""
    return data / FOLDER / FILE


def remove_review(data: Path) -> None:
    """Remove the review: it names people whom a command may be about to correct, forget or delete."""
    files.remove(data / FOLDER)


def write_review(
    review: Review, theme: Path, place: Path, makes_folder: bool, compiled: BytecodeCache | None = None
) -> None:
    """Write it for its owner alone, in place of one that is there. `theme`: the folder of the site's theme;
    `makes_folder`: the folder is the review's own; `compiled`: where templates are kept that were used
    before.

    Raises CertsError where the template cannot be used or the disk refuses.
    """
    from jinja2 import TemplateError  # only who writes one waits for it

    try:
        if makes_folder:
            files.make_folder(place.parent, files.PRIVATE_FOLDER)
        files.replace(str(place), review_page(review, theme, compiled).encode())
    except TemplateError as error:
        raise CertsError(
            f"The review cannot be made: {error.message or error}.", f"Look in {theme / 'review'}."
        ) from error
    except OSError as error:
        raise CertsError(
            f"The review {place} could not be written: {error.strerror or error}.",
            "Name another file with --review, or make room, then run again.",
        ) from error


def review_page(review: Review, theme: Path, compiled: BytecodeCache | None = None) -> str:
    """The whole page; its lists are packed where it would be larger than MOST. Raises jinja2.TemplateError,
    OSError."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = theme / "review"
    script = (folder / "review.js").read_text(encoding="utf-8").strip()
    style = "".join(
        path.read_text(encoding="utf-8") for path in (theme / "static" / "site.css", folder / "review.css")
    )
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=compiled,
    )
    environment.filters.update(line=line_of, counted=counted, picture=picture_of)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    lists = environment.get_template("lists.html").render(review=review)
    page = partial(
        environment.get_template("review.html").render,
        review=review,
        script=script,
        style=style,
        digest=digest,
    )
    whole = page(lists=lists, packed="")
    return whole if len(whole.encode()) <= MOST else page(lists="", packed=packed(lists))


def packed(text: str) -> str:
    """The text as its script unpacks it: gzip (RFC 1952) in base64."""
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()


def picture_of(png: bytes) -> str:
    """A picture as an address that holds all of it (RFC 2397)."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
