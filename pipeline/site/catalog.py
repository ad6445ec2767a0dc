"""content/activities/*.md in, activities by slug out, read as Pelican reads them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline import files
from pipeline.errors import CatalogError
from pipeline.rules.certificates.activities import (
    FIELDS,
    PAGE_FIELDS,
    Activity,
    column_name,
    read_activity,
    unknown_fields,
)
from pipeline.rules.text import did_you_mean, shown
from pipeline.site.complaints import complaints
from pipeline.site.output import FILE

# What an activity's file is called, rightly or by mistake: under another name nothing of it would be read.
_MARKDOWN = re.compile(r".*\.(?:md|markdown|mdown|mkd)(?:\.txt)?", re.IGNORECASE)


def load_catalog(content: Path) -> dict[str, Activity]:
    """Every activity of content/activities, by slug.

    Raises CatalogError naming each file and everything wrong with it; nothing is used then.
    """
    folder = content / "activities"
    if not folder.is_dir():
        raise CatalogError(
            f"There is no folder {folder}.", "Make it, and put one Markdown file an activity into it."
        )
    catalog: dict[str, Activity] = {}
    files: dict[str, Path] = {}
    wrong: list[str] = []
    for path in sorted(path for path in folder.rglob("*") if _MARKDOWN.fullmatch(path.name)):
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        if path.suffix != ".md":
            wrong.append(f"{path.name}: is not read, as its name does not end in .md")
            continue
        metadata = _metadata(path, wrong)
        if metadata is None:
            continue
        activity, faults = read_activity(metadata)
        wrong += [f"{path.name}: {fault}" for fault in (*unknown_fields(metadata), *faults)]
        if activity is None:
            continue
        if activity.slug in catalog:
            wrong.append(f'{path.name}: slug: "{activity.slug}" is also that of {files[activity.slug].name}')
        catalog[activity.slug], files[activity.slug] = activity, path
    wrong += _shared_ids(catalog, files)
    if wrong:
        raise CatalogError("\n".join(wrong), f"Mend what is named above in {folder}, then run again.")
    return catalog


def write_activity(
    content: Path, catalog: Mapping[str, Activity], fields: Mapping[str, str]
) -> tuple[Path, Activity]:
    """Write the file of an activity that `catalog` has not yet; its path, and what it says.

    `fields`: field, as FIELDS has it, -> value; empty ones are left out. The text for readers is the summary.
    Raises CatalogError with everything wrong, and where there is such an activity or file already.
    """
    said = {
        name: "\n".join(" ".join(line.split()) for line in unicodedata.normalize("NFC", value).splitlines())
        for name, value in fields.items()
    }
    asked, wrong = read_activity({name.casefold(): value for name, value in said.items()})
    if asked is None:
        raise CatalogError(f"The activity cannot be written: {'; '.join(wrong)}.", "Say what is named above.")
    path = content / "activities" / f"{asked.slug}.md"
    if asked.slug in catalog or path.exists():
        raise CatalogError(
            f"There is an activity {asked.slug} already.",
            f"Change its file below {path.parent}, or take another slug.",
        )
    lines = [f"{name}: {value}".replace("\n", "\n    ") for name, value in said.items() if value]
    text = "\n".join([*lines, *(["", said["Summary"]] if said.get("Summary") else []), ""])
    beside = path.with_name(f".{path.name}")  # which no catalog reads
    try:
        files.write_new(beside, text.encode(), FILE)
        # The file says what was asked, or it is not put in place.
        metadata = _metadata(beside, wrong)
        wrong += _shared_ids(
            {**catalog, asked.slug: asked}, {slug: Path(f"{slug}.md") for slug in (*catalog, asked.slug)}
        )
        if wrong or metadata is None or read_activity(metadata)[0] != asked:
            raise CatalogError(
                f"The activity cannot be written: {'; '.join(wrong) or 'a value cannot be written'}.",
                "Say what is named above in other words.",
            )
        files.put_in_place([(beside, path)])
    finally:
        files.remove(beside)
    return path, asked


def _shared_ids(catalog: Mapping[str, Activity], files: Mapping[str, Path]) -> Iterator[str]:
    """A row with an id that two activities claim, or that is another's slug, could be about either."""
    holders: dict[str, list[str]] = {slug: [slug] for slug in catalog}
    for slug, activity in catalog.items():
        for one in activity.external_ids:
            if slug not in holders.setdefault(one, []):
                holders[one].append(slug)
    for one, (first, *others) in holders.items():
        for other in others:
            what = "the slug of" if one == first else "also that of"
            yield f'{files[other].name}: external_ids: "{one}" is {what} {files[first].name}'


def _metadata(path: Path, wrong: list[str]) -> dict[str, str] | None:
    """A file's metadata, names lower-cased, the lines of a value joined; complaints go to `wrong`, and with
    it None where the file cannot be read at all."""
    from pelican.readers import MarkdownReader  # type: ignore[import-untyped]
    from pelican.settings import DEFAULT_CONFIG  # type: ignore[import-untyped]

    reader = MarkdownReader(
        {**DEFAULT_CONFIG, "MARKDOWN": {"extensions": ["markdown.extensions.meta"]}, "FORMATTED_FIELDS": []}
    )
    try:
        with complaints() as records:
            _, found = reader.read(str(path))
    except UnicodeDecodeError as error:
        wrong.append(f"{path.name}: is not UTF-8 text ({error.reason} at byte {error.start})")
        return None
    except (OSError, ValueError) as error:
        wrong.append(f"{path.name}: cannot be read: {error}")
        return None
    wrong += [f"{path.name}: {record.getMessage()}" for record in records]
    wrong += [f"{path.name}: {fault}" for fault in _lost_fields(path.read_text(encoding="utf-8-sig"))]
    metadata = {
        name.lower(): "\n".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in found.items()
    }
    return {name: unicodedata.normalize("NFC", value) for name, value in metadata.items()}


def _lost_fields(text: str) -> Iterator[str]:
    """Lines of a file that look like fields and are none: the fields end with the first line that is not
    written as one, and whatever stands below it is text for readers.
    """
    from markdown import Markdown

    lines = text.splitlines()
    # What the reader of fields leaves, which takes the blank line or --- that ends them as well.
    reader = Markdown(extensions=["markdown.extensions.meta"]).preprocessors["meta"]
    body: list[str] = reader.run(list(lines))
    ended = lines[len(lines) - len(body) - 1] if len(body) < len(lines) else ""
    if body and ended.strip() and not re.match(r"(?:---|\.\.\.)(?:\s|$)", ended):
        yield f'"{shown(body[0])}" is not written as Name: value; leave a line empty between fields and text'
    known, harmless = ({column_name(name) for name in names} for names in (FIELDS, PAGE_FIELDS))
    is_first = True
    for line in body:
        is_first = is_first and bool(line.strip())
        match = re.match(r" {0,3}(\w[\w -]{0,30}?)\s*:(?:\s|$)", line)
        if not match or (name := column_name(match[1])) in harmless:
            continue
        if name in known or (is_first and did_you_mean(name, FIELDS)):
            yield f'"{shown(line.strip())}" stands below the fields; take out the empty line above it'
