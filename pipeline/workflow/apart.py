"""Where a file that names people may not be written: where everybody sees it, or where others look for their
own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import CertsError
from pipeline.settings import Settings


def folder_around(settings: Settings, place: Path, *more: Path | None) -> Path | str | None:
    """The first folder that is shown to everybody, or of `more`, in which a place lies; links are
    followed."""
    shown = (settings.output_dir, settings.content, settings.theme, settings.publish_to)
    for folder in (*shown, *more):
        if folder and place.resolve().is_relative_to(Path(folder).resolve()):
            return folder
    return None


def check_own_place(
    settings: Settings,
    to: Path,
    endings: Sequence[str],
    holds: str = "It names people",
    given: Sequence[Path] = (),
) -> None:
    """Raises CertsError where a file that staff name for themselves may not be written.

    `endings`: one of which its name must have; `holds`: why it is private, as the beginning of a sentence;
    `given`: files that were read for it, which it may not replace.
    """
    if to.exists() and any(to.samefile(one) for one in given):
        raise CertsError(f"{to} is the file that was read; nothing was written.", "Name another file.")
    if around := folder_around(settings, to, settings.data_dir, settings.backup_dir):
        raise CertsError(
            f"{to} lies in {around}; nothing was written.",
            f"{holds}: name a file in a place of your own, neither shown nor kept.",
        )
    if to.suffix.casefold() not in endings:
        raise CertsError(
            f"{to} does not end with {' or '.join(endings)}; nothing was written.",
            f"Name it so: {to.stem or 'list'}{endings[0]}",
        )
    if not to.resolve().parent.is_dir():
        raise CertsError(f"There is no folder {to.parent}; nothing was written.", "Make it, or name another.")
    if to.is_dir():
        raise CertsError(f"{to} is a folder; nothing was written.", "Name a file.")
