"""How the desk looks: values in, pages of theme/desk out. Whatever is typed or on record is escaped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.rules.text import counted, one_line
from pipeline.rules.web.lines import line_of
from pipeline.rules.web.wording import FILTERS

FILES = {  # name in the browser: where it lies below theme/, and what it is
    "site.css": ("static/site.css", "text/css"),
    "desk.css": ("desk/desk.css", "text/css"),
    "desk.js": ("desk/desk.js", "text/javascript"),
    "day.css": ("desk/day.css", "text/css"),
    "day.js": ("desk/day.js", "text/javascript"),
    "review.css": ("review/review.css", "text/css"),
    "icon.svg": ("static/icon.svg", "image/svg+xml"),
    "favicon.ico": ("static/favicon.ico", "image/x-icon"),
}


class Screens:
    """The templates and files of one theme. Raises OSError where one is missing."""

    def __init__(self, theme: Path) -> None:
        self.files = {name: ((theme / path).read_bytes(), kind) for name, (path, kind) in FILES.items()}
        self._environment = Environment(
            loader=FileSystemLoader([theme / "desk", theme / "review"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            FILTERS, one_line=one_line, moment=moment, counted=counted, line=line_of
        )

    def page(self, template: str, values: Mapping[str, object]) -> str:
        """The template with these values. Raises jinja2.TemplateError."""
        return self._environment.get_template(template).render(values)


def moment(at: dt.datetime | str, zone: dt.tzinfo) -> str:
    """A time on record, in the college's time zone: 2026-11-26 14:05."""
    time = dt.datetime.fromisoformat(at) if isinstance(at, str) else at
    return time.astimezone(zone).strftime("%Y-%m-%d %H:%M")
