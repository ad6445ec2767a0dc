"""The sources of claims files: TOML files in, ExportSources out; the shipped ones, then the project's own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pipeline.errors import CatalogError
from pipeline.rules.certificates.activities import Activity
from pipeline.rules.claims.export_source import ExportSource, read_source

SHIPPED = Path(__file__).parent / "sources"


def load_sources(content: Path, catalog: Mapping[str, Activity]) -> tuple[ExportSource, ...]:
    """The sources that are shipped and those of content/exports/, which replace shipped ones of their name.

    Raises CatalogError naming each file, key and what is wrong; nothing is used then.
    """
    requirements = {name for activity in catalog.values() for name in activity.requirements}
    found: dict[str, ExportSource] = {}
    wrong: list[str] = []
    for folder in (SHIPPED, content / "exports"):
        for path in sorted(folder.glob("*.toml")):
            try:
                data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
            except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
                wrong.append(f"exports/{path.name}: cannot be read: {error}")
                continue
            # What the shipped ones say a requirement is called may be asked by no activity here.
            asked = None if folder == SHIPPED else requirements
            source, faults = read_source(path.stem, data, asked, catalog)
            wrong += [f"exports/{path.name}: {fault}" for fault in faults]
            if source is not None:
                found[source.key] = replace(source, is_own=folder != SHIPPED)
    if wrong:
        raise CatalogError(
            "\n".join(wrong), f"Mend what is named above in {content / 'exports'}, then run again."
        )
    return tuple(found.values())
