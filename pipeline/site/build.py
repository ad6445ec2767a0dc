"""One run of Pelican in process: pelicanconf.py and Inputs in, an exact output/ out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import rules
from pipeline.errors import CertsError, SiteError
from pipeline.rules.places import site_root
from pipeline.rules.web import headers
from pipeline.site import output, sources
from pipeline.site.complaints import complaints
from pipeline.site.inputs import Built, Inputs
from pipeline.site.output import PublicFiles
from pipeline.site.private import PrivatePages

# Pelican takes half a second to import and changes the class of all loggers: only a build pays for that.
if TYPE_CHECKING:
    from jinja2 import TemplateError

CONSTANTS = ("SITENAME", "PROVIDER", "CONTACT", "PUBLIC_URL", "SITE_ROOT")  # what private pages need of them


def build(inputs: Inputs) -> Built:
    """Bring output/ to what is given: public pages, private ones that are due, PDFs, nothing else.

    Raises SiteError for anything Pelican, a template or the disk complains of, however lightly.
    """
    from jinja2 import TemplateError

    built, public = Built(), PublicFiles(inputs.output)
    private = PrivatePages(inputs, built)
    sources.refuse_links(inputs.root)
    output.claim(inputs.output, {page.stem for page in (inputs.root / "content" / "pages").glob("*.md")})
    try:
        _run_pelican(inputs, public, private)
    except CertsError:
        raise
    except TemplateError as error:
        raise _template_error(error) from error
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
    built.removed += public.sweep()
    built.public_written = public.written
    return built


def _template_error(error: TemplateError) -> SiteError:
    """What is wrong with which line of a template, and what to do."""
    name, line = getattr(error, "name", None), getattr(error, "lineno", None)
    if name is None:  # an error while rendering: the template's frame is in the traceback
        trace = error.__traceback__
        while trace:
            if trace.tb_frame.f_code.co_filename.endswith(".html"):
                name, line = Path(trace.tb_frame.f_code.co_filename).name, trace.tb_lineno
            trace = trace.tb_next
    where = f"{name}, line {line}" if name and line else name or "a template"
    return SiteError(
        f"The page template {where} fails: {error}.", "Mend it in theme/templates, then run again."
    )


def theme_digest(root: Path, site_url: str) -> str:
    """A digest of all that makes a private page look as it does, apart from its facts; part of each stamp.

    Style sheets and scripts are not in it: pages name them, and need not be written anew when they change.
    """
    digest = hashlib.sha256(site_url.encode())
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


def _run_pelican(inputs: Inputs, public: PublicFiles, private: PrivatePages) -> None:
    from pelican import Pelican, signals  # type: ignore[import-untyped]
    from pelican.generators import Generator  # type: ignore[import-untyped]
    from pelican.writers import Writer  # type: ignore[import-untyped]

    class PublicWriter(Writer):  # type: ignore[misc]
        """Pelican's writer, which replaces only what differs and remembers what it made."""

        def _open_w(self, filename: str, encoding: str, override: bool = False) -> Any:  # noqa: ARG002 - Pelican's
            return _Pending(Path(filename).relative_to(inputs.output).as_posix())

    class _Pending(StringIO):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        def __exit__(self, kind: object, *rest: object) -> None:
            if kind is None:
                public.put(self.name, self.getvalue().encode())

    class PrivateGenerator(Generator):  # type: ignore[misc]
        """Joined to this run alone: a bare `pelican` knows nothing of it."""

        def generate_output(self, _writer: object) -> None:
            constants = {name: self.settings[name] for name in CONSTANTS}
            private.generate(self.get_template("person"), self.get_template("verification"), constants)

    pictures: list[tuple[Any, bytes]] = []  # where each is put is known when pages that attach them are made

    def statics(generator: Any) -> None:
        """The last thing that is read; then the first is written. Pelican itself copies nothing."""
        for static in sorted(generator.context["staticfiles"], key=lambda one: one.source_path):
            source = static.get_relative_source_path()
            pictures.append((static, sources.static_file(inputs.root, source, inputs.is_issued)))
        theme = list(sources.theme_files(inputs.root))
        generator.context["staticfiles"] = []
        # First, as it also marks the folder as ours.
        public.put(headers.HEADERS_FILE, headers.underscore_headers(inputs.site_url).encode())
        public.put("robots.txt", headers.robots(inputs.site_url).encode())
        for name, data in theme:
            public.put(name, data)

    settings = _settings(inputs)
    sources.refuse_folders(settings)
    with (
        _strict(),
        signals.get_generators.connected_to(lambda _pelican: PrivateGenerator),
        signals.get_writer.connected_to(lambda _pelican: PublicWriter),
        signals.static_generator_finalized.connected_to(statics),
    ):
        Pelican(settings).run()
    for static, data in pictures:
        public.put(Path(static.save_as).as_posix(), data)


def _settings(inputs: Inputs) -> dict[str, Any]:
    from pelican.settings import read_settings  # type: ignore[import-untyped]

    conf = inputs.root / "pelicanconf.py"
    override = {
        "PATH": str(inputs.root / "content"),
        "THEME": str(inputs.root / "theme"),
        "OUTPUT_PATH": str(inputs.output),
        "THEME_STATIC_PATHS": [],  # copied above, where they differ
        "DELETE_OUTPUT_DIRECTORY": False,
        "PLUGINS": [],  # whatever the file says: a plugin sees every page
        "THEME_TEMPLATES_OVERRIDES": [],  # these two name files anywhere
        "TEMPLATE_PAGES": {},
        "OUTPUT_SOURCES": False,  # it would copy the Markdown files, and write past us
        "PUBLIC_URL": inputs.site_url,
        "SITE_ROOT": site_root(inputs.site_url),
        "TODAY": inputs.today,
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
