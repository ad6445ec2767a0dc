"""Whose page, and which certificate's, may not be as the last build of all pages left it: triggers mark them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.ledger.table import LISTED, Table, listed
from pipeline.rules.places import PERSONS, VERIFICATIONS

# Those that may not be as the last build of all pages left them: of whom triggers marked, whose claims another day
# or another word of an activity's file changes, and those that builds could not finish or that have no holder now.
_TURNED = (
    "((kept_until >= :then) <> (kept_until >= :today) OR (download_until >= :then) IS NOT (download_until >= :today)"
    " OR (reopened_until >= :then) IS NOT (reopened_until >= :today))"
)
_MOVED = {
    PERSONS: f"""
        WITH moved AS (SELECT id FROM moved_participant UNION SELECT participant_id FROM claim WHERE {{turned}}
            UNION SELECT participant_id FROM claim WHERE activity {LISTED.replace("?", ":activities")})
        SELECT token FROM participant WHERE id IN moved
        UNION SELECT token FROM former WHERE token IS NOT NULL AND participant_id IN moved
        UNION SELECT substr(path, {len(PERSONS) + 2}) FROM page WHERE stamp = '' AND path GLOB '{PERSONS}/*'""",
    VERIFICATIONS: f"""
        SELECT number FROM certificate WHERE id IN moved_certificate
        UNION SELECT number FROM certificate WHERE claim_id IN (SELECT id FROM claim WHERE {{turned}})
        UNION SELECT substr(path, {len(VERIFICATIONS) + 2}) FROM page
            WHERE stamp = '' AND path GLOB '{VERIFICATIONS}/*'""",
}
# Marks whose page is at a path.
_MARKS = (
    f"INSERT INTO moved_participant SELECT id FROM participant WHERE token = substr(?1, {len(PERSONS) + 2})"
    f" UNION SELECT participant_id FROM former WHERE token = substr(?1, {len(PERSONS) + 2}) ON CONFLICT DO NOTHING",
    f"INSERT INTO moved_certificate SELECT id FROM certificate WHERE number = substr(?1, {len(VERIFICATIONS) + 2})"
    " ON CONFLICT DO NOTHING",
)


@dataclass(frozen=True)
class Frame:
    """What pages are made of beside the ledger's own rows: part of each stamp."""

    today: dt.date
    look: str = ""  # a digest of templates, settings and the program's words
    activities: Mapping[str, int] = field(default_factory=dict)  # a number for what is shown of each, by slug

    @property
    def values(self) -> tuple[str, str, str]:
        """As columns of the table built."""
        return self.today.isoformat(), self.look, json.dumps(dict(self.activities), sort_keys=True)


class Moved(Table):
    """The tables built, moved_participant and moved_certificate."""

    def names(self, frame: Frame, kind: str, most: int) -> set[str] | None:
        """Names of pages in c/ or verify/ that may not be as the last build of all left them, or not be there. None
        where there was none, where pages looked otherwise then, or where they are more than `most`."""
        built = self._row("SELECT day, look, activities FROM built")
        if built is None or built["look"] != frame.look:
            return None
        before, now = json.loads(built["activities"]), frame.activities
        others = [slug for slug in before.keys() | now.keys() if before.get(slug) != now.get(slug)]
        query = _MOVED[kind].format(turned=_TURNED if built["day"] != frame.today.isoformat() else "0")
        values = {"then": built["day"], "today": frame.today.isoformat(), "activities": listed(others)}
        rows = self._db.execute(f"{query} LIMIT :most", {**values, "most": most + 1}).fetchall()
        return None if len(rows) > most else {row[0] for row in rows}

    def mark(self, frame: Frame, paths: Sequence[str]) -> None:
        """A build left these pages as they are in this frame. Where all were left in another, no stamp tells once it
        comes back that these are not: they are looked at again."""
        if self._row("SELECT 1 FROM built WHERE (day, look, activities) <> (?, ?, ?)", frame.values):
            for mark in _MARKS:
                self._db.executemany(mark, [(path,) for path in paths])

    def forget(self, frame: Frame) -> None:
        """A build went over all pages in this frame, and left them as they must be: but for those whose stamp says
        that they are not."""
        self._db.execute("INSERT OR REPLACE INTO built VALUES (1, ?, ?, ?)", frame.values)
        self._db.execute("DELETE FROM moved_participant")
        self._db.execute("DELETE FROM moved_certificate")
