"""Which activity a cell means: the catalog and a cell's text in; the activity, or why there is none, out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import lru_cache

from pipeline.rules.certificates.activities import Activity, column_name, folded
from pipeline.rules.text import quoted

MOST_EXPLAINED = 1000  # texts that name no activity of which the explanation is remembered


class ActivityNames:
    """Everything the activities of a catalog may be called in a claims file."""

    def __init__(self, catalog: Mapping[str, Activity]) -> None:
        """`catalog`: slug to activity, drafts included."""
        self._catalog = catalog
        self._slugs = _slugs_by_name(catalog)
        self.found: set[str] = set()  # texts that named one of them, of those asked for so far
        self.explain = lru_cache(MOST_EXPLAINED)(self._explain)

    def find(self, text: str) -> Activity | None:
        """The activity of this slug, in any case, its words joined or not; of this id in a learning system;
        or of this title."""
        slug = self._slugs.get(text)
        if slug is None:
            slug = self._slugs.get(folded(text)) or self._slugs.get(column_name(text).replace("_", "-"))
        if not slug:
            return None
        self.found.add(text)
        return self._catalog[slug]

    def _explain(self, text: str) -> str:
        """Why a text names no activity, with the nearest slug there is."""
        if not text.strip():
            return "is missing"
        near = difflib.get_close_matches(folded(text)[:80], self._slugs, 1, 0.6)
        hint = f"did you mean {self._slugs[near[0]]}?" if near else "content/activities/ has no such file"
        return f"{quoted(text)} is not an activity; {hint}"

    def explain_none(self, texts: Iterable[str]) -> str:
        """Why a file is about none of the activities; empty where at least one of its texts names one.

        A file that names unknown activities only was made for another catalog: nothing of it is used.
        """
        texts = [text for text in texts if text.strip()]
        if not texts or any(self.find(text) for text in texts):
            return ""
        if len(texts) == 1:
            return self.explain(texts[0])
        return f"none of its {len(texts)} activities is known; the first, {self.explain(texts[0])}"


def _slugs_by_name(catalog: Mapping[str, Activity]) -> dict[str, str]:
    """Everything an activity may be called, to its slug; a title that two activities share names neither."""
    titles: dict[str, set[str]] = {}
    for slug, activity in catalog.items():
        titles.setdefault(folded(activity.title), set()).add(slug)
    found = {title: next(iter(slugs)) for title, slugs in titles.items() if len(slugs) == 1}
    found.update((one, slug) for slug, activity in catalog.items() for one in activity.external_ids)
    found.update((slug, slug) for slug in catalog)
    return found
