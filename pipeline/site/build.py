"""One run of Pelican in process: pelicanconf.py and Inputs in, an exact output/ out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from pipeline import rules
from pipeline.site import output, sources
from pipeline.site.inputs import Built, Inputs
from pipeline.site.output import PublicFiles
from pipeline.site.private import PrivatePages
from pipeline.site.rendering import render


def build(inputs: Inputs) -> Built:
    """Bring output/ to what is given: public pages, private ones that are due, PDFs, nothing else.

    Raises SiteError for anything Pelican, a template or the disk complains of, however lightly.
    """
    built, public = Built(), PublicFiles(inputs.output)
    private = PrivatePages(inputs, built)
    sources.refuse_links(inputs.root)
    output.claim(inputs.output, {page.stem for page in (inputs.root / "content" / "pages").glob("*.md")})
    if found := private.look():
        inputs.stray(found)
    render(inputs, public, private)
    built.removed += public.sweep()
    built.public_written, built.public = public.written, public.kept
    return built


def theme_digest(root: Path, site_url: str, constants: Mapping[str, object]) -> str:
    """A digest of all that makes a private page look as it does, apart from its facts; part of each stamp.

    `constants`: those of Inputs that all pages are told. Style sheets and scripts are not in it: pages name
    them, and need not be written anew when they change.
    """
    digest = hashlib.sha256(repr([site_url, sorted(constants.items())]).encode())
    for path in page_sources(root):
        digest.update(b"\0" + path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def page_sources(root: Path) -> list[Path]:
    """The files that shape private pages. Of the rules all: a list of names would fall behind in silence."""
    return [
        root / "pelicanconf.py",
        *sorted((root / "theme" / "templates").rglob("*.html")),
        *sorted(Path(__file__).parent.glob("*.py")),
        *sorted(Path(rules.__file__).parent.rglob("*.py")),
    ]
