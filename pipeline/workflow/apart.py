"""Where a file that names people may not be written: where everybody sees it, or where others look for their
own."""

from __future__ import annotations

from pathlib import Path

from pipeline.settings import Settings


def folder_around(settings: Settings, place: Path, *more: Path | None) -> Path | str | None:
    """The first folder that is shown to everybody, or of `more`, in which a place lies; links are
    followed."""
    shown = (settings.output_dir, settings.content, settings.theme, settings.publish_to)
    for folder in (*shown, *more):
        if folder and place.resolve().is_relative_to(Path(folder).resolve()):
            return folder
    return None
