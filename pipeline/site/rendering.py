"""Pelican, run once in this process: pelicanconf.py, templates and Inputs in; names and bytes out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.errors import CertsError, SiteError
from pipeline.rules import places
from pipeline.rules.seals.public_keys import KEYS_FILE
from pipeline.rules.web import headers
from pipeline.rules.web.pages import ForwardPage, PersonPage
from pipeline.rules.web.wording import by_year
from pipeline.site import sources
from pipeline.site.complaints import complaints
from pipeline.site.inputs import Inputs
from pipeline.site.private import PageTexts

# Pelican takes half a second to import and changes the class of all loggers: only a build pays for that.
if TYPE_CHECKING:
    from jinja2 import TemplateError

# What private pages need of them, and what `Inputs.constants` may name. What is of activities stands on pages
# of participants alone: the page of a certificate says what was frozen.
CONSTANTS = ("SITENAME", "PROVIDER", "CONTACT", "PUBLIC_URL", "SITE_ROOT")
GIVEN = ("COLLEGE_URL", "EDUCATION_CENTER_URL", "LINKEDIN_ORGANIZATION_ID")
BY_ACTIVITY = ("APART", "HOURS")


FAVICON = "theme/favicon.ico"


class Public(Protocol):
    """What becomes of public files: a build writes them, a comparison reads what is there."""

    def put(self, name: str, data: bytes) -> None:
        """This file belongs there, below output/."""


class Private(Protocol):
    """What becomes of private pages."""

    def generate(self, texts: Mapping[str, PageTexts]) -> None:
        """Ask for what pages say, of those that are wanted; by folder."""


def render(inputs: Inputs, public: Public, private: Private) -> None:
    """Have the whole site made. All that is read was read, and may be shown, before the first file is put.

    Raises SiteError for anything Pelican, a template or the disk complains of, however lightly.
    """
    with _mendable():
        _run_pelican(inputs, public, private)


def person_texts(inputs: Inputs, pages: Sequence[PersonPage]) -> list[str]:
    """What these participants' pages say; nothing else is read or made. Raises SiteError as `render`."""
    with _mendable():
        from pelican.generators import Generator  # type: ignore[import-untyped]

        settings = _settings(inputs)
        with _strict():
            template = Generator({}, settings, settings["PATH"], settings["THEME"], None).get_template(
                "person"
            )
            shared = _shared(settings)
            return [template.render(shared, page=page, record=by_year(page)) for page in pages]


@contextmanager
def _mendable() -> Iterator[None]:
    """Make whatever goes wrong a sentence that says what to mend."""
    from jinja2 import TemplateError

    try:
        yield
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


def _run_pelican(inputs: Inputs, public: Public, private: Private) -> None:
    from pelican import Pelican, signals  # type: ignore[import-untyped]
    from pelican.generators import Generator
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
            shared = _shared(self.settings)
            self.env.make_globals = partial(_at_hand, self.env)
            person, verification = map(self.get_template, ("person", "verification"))

            def persons(tokens: Sequence[str]) -> Iterable[tuple[str, str]]:
                for page in inputs.persons(tokens):
                    if isinstance(page, ForwardPage):
                        yield page.token, self.get_template("forward").render(shared, page=page)
                    else:
                        yield page.token, person.render(shared, page=page, record=by_year(page))

            def verifications(numbers: Sequence[str]) -> Iterable[tuple[str, str]]:
                frozen = {name: value for name, value in shared.items() if name not in BY_ACTIVITY}
                for entry in inputs.verifications(numbers):
                    yield entry.facts.number, verification.render(frozen, entry=entry)

            private.generate({places.PERSONS: persons, places.VERIFICATIONS: verifications})

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
        for name, data in (*theme, *inputs.extra.items()):
            public.put(name, data)
            if name == FAVICON:  # a browser that shows a PDF asks for it there
                public.put("favicon.ico", data)

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


def _at_hand(environment: Any, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a template sees that is filled for very many: for each, Jinja copies it, and compares it with what
    the templates see that it imports. A chain of dictionaries, which it would have, is slow at both."""
    return {**environment.globals, **(given or {})}


def _shared(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the templates of private pages see beside the page."""
    return {**{name: settings[name] for name in (*CONSTANTS, *GIVEN, *BY_ACTIVITY)}, "SITEURL": "../.."}


def _settings(inputs: Inputs) -> dict[str, Any]:
    from pelican.settings import read_settings  # type: ignore[import-untyped]

    conf = inputs.root / "pelicanconf.py"
    override = {
        **inputs.constants,
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
        "SITE_ROOT": places.site_root(inputs.site_url),
        "TODAY": inputs.today,
        "SEALED": KEYS_FILE in inputs.extra,
    }
    # Whoever only looks changes nothing: Python would put a __pycache__ beside the file.
    usual, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        settings = dict(read_settings(str(conf), override=override))
    except (Exception, SystemExit) as error:
        raise SiteError(
            f"pelicanconf.py cannot be read: {error}.", "Mend the file, then run again."
        ) from error
    finally:
        sys.dont_write_bytecode = usual
    settings["JINJA_ENVIRONMENT"] = {**settings["JINJA_ENVIRONMENT"], "bytecode_cache": inputs.compiled}
    return settings


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
