"""One run of Pelican in process: pelicanconf.py and a SiteJob in, an exact output/ out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2

from pipeline import rules
from pipeline.errors import CertsError, SiteError
from pipeline.rules.web import headers
from pipeline.site import output
from pipeline.site.complaints import complaints
from pipeline.site.folders import template_words
from pipeline.site.job import Built, SiteJob
from pipeline.site.private import PrivatePages

# Pelican takes half a second to import and changes the class of all loggers: only a build pays for that.


CONSTANTS = ("SITENAME", "PROVIDER", "CONTACT", "PUBLIC_URL", "SITE_ROOT")  # what private pages need of them


def build(job: SiteJob) -> Built:
    """Bring output/ to what the job says: public pages, private ones that are due, PDFs, nothing else.

    Raises SiteError for anything Pelican, a template or the disk complains of, however lightly.
    """
    built = Built()
    private = PrivatePages(job, built)
    output.claim(job.output, {page.stem for page in (job.root / "content" / "pages").glob("*.md")})
    kept: set[str] = set()
    # First, as it also marks the folder as ours.
    for name, text in (
        ("_headers", headers.underscore_headers(job.site_url)),
        ("robots.txt", headers.robots(job.site_url)),
    ):
        _put(job, name, text.encode(), built, kept)
    theme = job.root / "theme" / "static"
    for path in sorted(theme.rglob("*")):
        place = path.relative_to(theme)
        if path.is_file() and not any(part.startswith(".") for part in place.parts):
            _put(job, f"theme/{place.as_posix()}", path.read_bytes(), built, kept)
    try:
        _run_pelican(job, built, private, kept)
    except CertsError:
        raise
    except jinja2.TemplateError as error:
        raise SiteError(*template_words(error)) from error
    except OSError as error:
        raise SiteError(
            f"The site could not be written: {error.strerror or error}.",
            "Check OUTPUT_DIR and the disk's space.",
        ) from error
    except Exception as error:
        raise SiteError(
            f"Pelican could not build the site: {error}.",
            "Mend the page or template it names, then run again.",
        ) from error
    built.removed += output.sweep(job.output, kept)
    return built


def theme_digest(root: Path, site_url: str) -> str:
    """A digest of all that makes a private page look as it does, apart from its facts; part of each stamp.

    Style sheets and scripts are not in it: pages name them, and need not be written anew when they change.
    """
    digest = hashlib.sha256(site_url.encode())
    sources = [
        root / "pelicanconf.py",
        *sorted((root / "theme" / "templates").rglob("*.html")),
        *sorted(Path(__file__).parent.glob("*.py")),
        *sorted(Path(rules.__file__).parent.rglob("*.py")),  # all of them: a list of names would fall behind
    ]
    for path in sources:
        digest.update(b"\0" + path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _put(job: SiteJob, name: str, data: bytes, built: Built, kept: set[str]) -> None:
    kept.add(name)
    built.public_written += output.update(job.output / name, data)


def _run_pelican(job: SiteJob, built: Built, private: PrivatePages, kept: set[str]) -> None:
    from pelican import Pelican, signals  # type: ignore[import-untyped]
    from pelican.generators import Generator  # type: ignore[import-untyped]
    from pelican.writers import Writer  # type: ignore[import-untyped]

    class PublicWriter(Writer):  # type: ignore[misc]
        """Pelican's writer, which replaces only what differs and remembers what it made."""

        def _open_w(self, filename: str, encoding: str, override: bool = False) -> Any:
            name = Path(filename).relative_to(job.output).as_posix()
            if name in kept or name.split("/")[0] in ("c", "verify"):
                raise SiteError(
                    f"Two files would be written to output/{name}.",
                    "Give one of them in content/ another slug.",
                )
            return _Pending(name)

    class _Pending(StringIO):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        def __exit__(self, kind: object, *rest: object) -> None:
            if kind is None:
                _put(job, self.name, self.getvalue().encode(), built, kept)

    class PrivateGenerator(Generator):  # type: ignore[misc]
        """Joined to this run alone: a bare `pelican` knows nothing of it."""

        def generate_output(self, writer: object) -> None:
            del writer
            constants = {name: self.settings[name] for name in CONSTANTS}
            private.generate(self.get_template("person"), self.get_template("verification"), constants)

    def generators(_pelican: object) -> Any:
        return PrivateGenerator

    def writer(_pelican: object) -> Any:
        return PublicWriter

    def statics(generator: Any) -> None:
        kept.update(Path(static.save_as).as_posix() for static in generator.staticfiles)

    with (
        _strict(),
        signals.get_generators.connected_to(generators),
        signals.get_writer.connected_to(writer),
        signals.static_generator_finalized.connected_to(statics),
    ):
        Pelican(_settings(job)).run()


def _settings(job: SiteJob) -> dict[str, Any]:
    from pelican.settings import read_settings  # type: ignore[import-untyped]

    conf = job.root / "pelicanconf.py"
    override = {
        "PATH": str(job.root / "content"),
        "THEME": str(job.root / "theme"),
        "OUTPUT_PATH": str(job.output),
        "THEME_STATIC_PATHS": [],  # copied above, where they differ
        "DELETE_OUTPUT_DIRECTORY": False,
        "PLUGINS": [],  # whatever the file says: a plugin sees every page
        "PUBLIC_URL": job.site_url,
        "SITE_ROOT": urlsplit(job.site_url).path.rstrip("/"),
        "TODAY": job.today,
    }
    try:
        return dict(read_settings(str(conf), override=override))
    except (Exception, SystemExit) as error:
        raise SiteError(
            f"pelicanconf.py cannot be read: {error}.", "Mend the file, then run again."
        ) from error


@contextmanager
def _strict() -> Iterator[None]:
    """Make any complaint of Pelican's an error, with the exception behind it."""
    with complaints() as records:
        yield
    if records:
        cause = records[0].exc_info[1] if records[0].exc_info else None
        words = " ".join(f"{records[0].getMessage()}{f': {cause}' if cause else ''}".split())
        more = f" (and {len(records) - 1} more)" if len(records) > 1 else ""
        raise SiteError(
            f"Pelican complains: {words.rstrip('.')}{more}.", "Mend the file it names, then run again."
        ) from cause
