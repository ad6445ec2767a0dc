"""Which pages must exist, how the last build left each, and what was proved to be live at the web host."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline.ledger.claims import KEPT
from pipeline.ledger.moved import Frame, Moved
from pipeline.ledger.table import LISTED, Table, listed
from pipeline.rules.page_state import PageState
from pipeline.rules.places import FOLDERS, PERSONS, VERIFICATIONS, closed, names, page_of
from pipeline.rules.web.pages import DuePages, LeftPage, RequiredPage

_KEPT = KEPT.format(claim="c", day=":today")
_OPEN = "(c.download_until IS NULL OR c.download_until >= :today OR coalesce(c.reopened_until, '') >= :today)"
_SHOWS = "(c.withheld > 0 OR EXISTS (SELECT 1 FROM certificate x WHERE x.claim_id = c.id))"
_HELD = "CASE WHEN p.held <> '' THEN '.held' ELSE '' END"
# The stamps of pages: the revision that triggers raise with whatever the page shows, and what the day does to it:
# claims past retention drop out, download windows close. Held participants keep everything. A participant's page
# shows what the activities' files say, too. The former link of a record that became part of another's leads to that
# one's page, as long as there is one. {some} narrows it to some of them.
_REQUIRED = {
    PERSONS: f"""
        SELECT p.token AS name, :look || '.' || p.revision || '.' || count(*) || '.' || sum({_OPEN}) || {_HELD}
               || '.' || sum(coalesce(a.number, 0)) AS stamp
        FROM participant p JOIN claim c ON c.participant_id = p.id
        LEFT JOIN (SELECT key, value AS number FROM json_each(:activities)) a ON a.key = c.activity
        WHERE {_KEPT} {{some}}
        GROUP BY p.id
        HAVING max({_SHOWS})
        UNION ALL
        SELECT f.token, :look || '.to.' || p.id || '.' || p.revision
        FROM former f JOIN participant p ON p.id = f.participant_id
        WHERE f.token IS NOT NULL {{some_former}}
        AND EXISTS (SELECT 1 FROM claim c WHERE c.participant_id = p.id AND {_KEPT} AND {_SHOWS})""",
    VERIFICATIONS: f"""
        SELECT x.number AS name, :look || '.' || x.revision || '.' || {_OPEN} || {_HELD} AS stamp
        FROM certificate x JOIN claim c ON c.id = x.claim_id JOIN participant p ON p.id = c.participant_id
        WHERE x.current > 0 AND {_KEPT} {{some}}""",
}
_NAMED = {PERSONS: "p.token", VERIFICATIONS: "x.number"}
# Where more pages than a share of all may have moved, and more than a few, every page is looked at.
SHARE, FEW = 4, 1000
_CLOSED = f"path GLOB '{closed('*')}'"
_STAYS = f"path NOT GLOB '{closed('*')}'"


class Builds(Table):
    """The tables page, published, public_file and folder."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._moved = Moved(connection)

    def required(
        self,
        frame: Frame,
        kind: str,
        only: Sequence[str] | None = None,
        people: Sequence[int] | None = None,
    ) -> Iterator[RequiredPage]:
        """The pages in c/ or verify/ that must exist, those of these names or participants alone, each with how the
        last build left it. They are read one after the other: nothing of all is held in memory."""
        query, values = self._required(frame, kind, only, people)
        cursor = self._db.cursor()
        cursor.row_factory = lambda _cursor, row: RequiredPage._make(row)
        cursor.execute(
            "SELECT m.name, m.stamp, g.stamp, g.pdfs, g.folder, g.file"
            f" FROM ({query}) m LEFT JOIN page g ON g.path = '{kind}/' || m.name",
            values,
        )
        return cursor

    def due(self, frame: Frame, kind: str, changed: Sequence[str]) -> DuePages:
        """The pages in c/ or verify/ that must exist and that the last build did not leave so, or that were changed
        since, by their names; of all the others no more is read than how many they are."""
        there, pdfs = self._row(
            f"SELECT count(*), coalesce(sum(pdfs), 0) FROM page WHERE path GLOB '{kind}/*'"
        )
        if (moved := self._moved.names(frame, kind, max(there // SHARE, FEW))) is None:
            return self.due_of_all(frame, kind, changed)
        altered = {*changed}
        looked_at = [*moved | altered]
        left = self.left([f"{kind}/{name}" for name in looked_at])
        pages = {page.name: page for page in self.required(frame, kind, looked_at)}
        due = {
            page.name: page.stamp for page in pages.values() if not page.is_stamped or page.name in altered
        }
        whole = [page for page in pages.values() if page.name not in due]
        return DuePages(
            whole=there - len(left) + len(whole),
            pdfs=pdfs - sum(page.pdfs for page in left.values()) + sum(page.pdfs or 0 for page in whole),
            due=due,
            left=sum(pages[name].left is not None for name in due),
        )

    def due_of_all(self, frame: Frame, kind: str, changed: Sequence[str]) -> DuePages:
        """The same, where nothing is known of the others: every page is held against what the last build left."""
        query, values = self._required(frame, kind)
        values["changed"] = listed(changed)
        but = f" AND m.name NOT {LISTED.replace('?', ':changed')}" if changed else ""
        is_whole = f"(g.stamp IS m.stamp{but})"
        pages = f"FROM ({query}) m LEFT JOIN page g ON g.path = '{kind}/' || m.name"
        every, left, whole, pdfs = self._row(
            f"SELECT count(*), count(g.stamp), coalesce(sum({is_whole}), 0),"
            f" coalesce(sum(iif({is_whole}, g.pdfs, 0)), 0) {pages}",
            values,
        )
        due: dict[str, str] = {}
        if whole < every:
            rows = self._db.execute(f"SELECT m.name, m.stamp {pages} WHERE NOT {is_whole}", values)
            due = dict(rows.fetchall())
        return DuePages(whole, pdfs, due, left - whole)

    def note_built(self, frame: Frame) -> None:
        """A build went over all pages, and left them as they must be: but for those that it noted are not."""
        self._moved.forget(frame)

    def paths(self, frame: Frame, people: Sequence[int] | None = None) -> list[str]:
        """The paths of all pages that must exist, or of these participants'."""
        return [
            f"{kind}/{page.name}" for kind in FOLDERS for page in self.required(frame, kind, people=people)
        ]

    def required_among(
        self, frame: Frame, paths: Iterable[str], people: Sequence[int] | None = None
    ) -> set[str]:
        """Which of these paths are pages that must exist, or such pages of these participants."""
        given, found = list(paths), set[str]()
        for kind in FOLDERS:
            if some := names(given, kind):
                found.update(f"{kind}/{page.name}" for page in self.required(frame, kind, some, people))
        return found

    def _required(
        self,
        frame: Frame,
        kind: str,
        only: Sequence[str] | None = None,
        people: Sequence[int] | None = None,
    ) -> tuple[str, dict[str, object]]:
        some, some_former = (
            ("" if only is None else f"AND {name} {LISTED.replace('?', ':only')}")
            + ("" if people is None else f" AND p.id {LISTED.replace('?', ':people')}")
            for name in (_NAMED[kind], "f.token")
        )
        values = {
            "today": frame.today.isoformat(),
            "look": frame.look,
            "activities": json.dumps(dict(frame.activities)),
        }
        return _REQUIRED[kind].format(some=some, some_former=some_former), {
            **values,
            "only": listed(only or ()),
            "people": listed(people or ()),
        }

    def left(self, paths: Sequence[str]) -> dict[str, LeftPage]:
        """How the last build left these pages."""
        rows = self._db.execute(f"SELECT * FROM page WHERE path {LISTED}", (listed(paths),))
        return {row["path"]: LeftPage(*row) for row in rows}

    def states_of_pages(self) -> Iterator[tuple[str, str, str]]:
        """The path of every page that a build left, and how it left the page's folder and file."""
        cursor = self._db.cursor()
        cursor.row_factory = None
        return cursor.execute(f"SELECT path, folder, file FROM page WHERE {_STAYS}")

    def count_left(self, kind: str) -> int:
        """How many pages in c/ or verify/ builds left there."""
        return self._number(f"SELECT count(*) FROM page WHERE path GLOB '{kind}/*'")

    def record(self, pages: Sequence[LeftPage], frame: Frame) -> None:
        """A build left these pages so. Where pages were made of something else when all were gone over last, these
        are looked at again until all are."""
        self._db.executemany("INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?, ?, ?)", pages)
        self._moved.mark(frame, [page.path for page in pages])

    def keep_only(self, frame: Frame, count: int) -> None:
        """Forget the pages that are no more; `count`: how many there must be, each of which a build recorded."""
        if count == self._number(f"SELECT count(*) FROM page WHERE {_STAYS}"):
            return
        for kind in FOLDERS:
            query, values = self._required(frame, kind)
            self._db.execute(
                f"DELETE FROM page WHERE path GLOB '{kind}/*'"
                f" AND path NOT IN (SELECT '{kind}/' || name FROM ({query}))",
                values,
            )

    def note_gone(self, path: str) -> None:
        """Note that this page must leave output/ and the host, in the transaction that closes its link. The note
        stays until that is done, so that a kill in between leaves no closed link open."""
        self._db.execute("INSERT OR REPLACE INTO page (path, stamp) VALUES (?, '')", (closed(path),))

    def gone(self) -> list[str]:
        """The pages that must leave output/ and the host."""
        rows = self._db.execute(f"SELECT path FROM page WHERE {_CLOSED}")
        return [row[0].removeprefix(closed("")) for row in rows]

    def make_due(self, paths: Sequence[str]) -> None:
        """The next build looks at these pages again."""
        self._db.execute(f"UPDATE page SET stamp = '' WHERE path {LISTED}", (listed(paths),))

    def removed(self, paths: Sequence[str]) -> None:
        """These pages left output/."""
        self._db.execute(f"DELETE FROM page WHERE path {LISTED}", (listed(paths),))

    def forget(self, paths: Sequence[str]) -> None:
        """These pages are no more, neither in output/ nor at the host."""
        both = [(path,) for one in paths for path in (one, closed(one))]
        self._db.executemany("DELETE FROM page WHERE path = ?", both)

    def folder_states(self) -> dict[str, str]:
        """Folders of many, with how each was when all in it was as it must be."""
        return dict(self._db.execute("SELECT path, state FROM folder").fetchall())

    def note_folders(self, states: Mapping[str, str]) -> None:
        """These folders were looked through, and all in them was as it must be."""
        self._db.executemany("INSERT OR REPLACE INTO folder VALUES (?, ?)", states.items())

    def note_public(self, digests: Mapping[str, str]) -> None:
        """These are the public files that there are, as paths below output/ with their SHA-256."""
        if digests != self.public():
            self._db.execute("DELETE FROM public_file")
            self._db.executemany("INSERT INTO public_file VALUES (?, ?)", digests.items())

    def public(self) -> dict[str, str]:
        """The public files that the last build made, with their SHA-256."""
        return dict(self._db.execute("SELECT path, sha256 FROM public_file").fetchall())

    def digests(self, paths: Sequence[str]) -> dict[str, str]:
        """SHA-256 of those of these pages that a build wrote."""
        rows = self._db.execute(f"SELECT path, sha256 FROM page WHERE path {LISTED}", (listed(paths),))
        return dict(rows.fetchall())

    def unpublished(self, target: str, paths: Sequence[str] | None = None) -> list[str]:
        """The pages, or those of these, that were not proved to be live at this target as the last build left
        them, in order."""
        some = "" if paths is None else f"AND g.path {LISTED.replace('?', ':paths')}"
        rows = self._db.execute(
            "SELECT g.path FROM page g LEFT JOIN published l ON l.path = g.path AND l.target = :target"
            f" WHERE g.{_STAYS} AND (l.sha256 IS NOT g.sha256 OR g.sha256 = '') {some} ORDER BY g.path",
            {"target": target, "paths": listed(paths or ())},
        )
        return [row[0] for row in rows]

    def not_live(self, target: str, frame: Frame, people: Sequence[int]) -> set[str]:
        """These participants' pages that were not proved to be live there as they must be now."""
        found = set[str]()
        for kind in FOLDERS:
            pages = {f"{kind}/{page.name}": page for page in self.required(frame, kind, people=people)}
            found |= {path for path, page in pages.items() if not page.is_stamped}
            found.update(pages.keys() & set(self.unpublished(target, [*pages])))
        return found

    def state_of(self, target: str, token: str) -> PageState:
        """How a participant's page is by what is on record, without looking at what pages look like today."""
        row = self._row(
            "SELECT g.stamp, g.sha256, p.revision, l.sha256 AS live FROM participant p"
            " LEFT JOIN page g ON g.path = ?1"
            " LEFT JOIN published l ON l.path = g.path AND l.target = ?2 WHERE p.token = ?3",
            (page_of(token), target, token),
        )
        if row["stamp"] is None:
            return PageState.NONE
        if row["stamp"].split(".")[1:2] != [str(row["revision"])]:
            return PageState.BEHIND
        if not target:
            return PageState.BUILT
        return PageState.LIVE if row["sha256"] and row["live"] == row["sha256"] else PageState.UNPROVED

    def to_unpublish(self, target: str, frame: Frame, people: Sequence[int] | None = None) -> list[str]:
        """The pages that may be live at this target and must not exist any more, in order: those whose link was
        closed, and, unless it is for these participants alone, those published that no build left."""
        found = set(self.gone())
        if people is None:
            rows = self._db.execute(
                "SELECT path FROM published WHERE target = ? AND path NOT IN (SELECT path FROM page)",
                (target,),
            )
            found.update(row[0] for row in rows)
        return sorted(found - self.required_among(frame, found))

    def some_live(self, target: str, few: int) -> list[str]:
        """The paths of so many participants' pages that were proved to be live there."""
        rows = self._db.execute(
            f"SELECT path FROM published WHERE target = ? AND sha256 <> '' AND path GLOB '{PERSONS}/*' LIMIT ?",
            (target, few),
        )
        return [row[0] for row in rows]

    def sent_among(self, target: str, paths: Sequence[str]) -> set[str]:
        """Which of these pages were ever sent there, proved or not."""
        rows = self._db.execute(
            f"SELECT path FROM published WHERE target = ? AND path {LISTED}", (target, listed(paths))
        )
        return {row[0] for row in rows}

    def doubt(self, paths: Sequence[str]) -> None:
        """These pages are about to be sent: until they are proved nobody knows what the host has of them, also
        where they come to say again what was proved before."""
        self._db.execute(f"UPDATE published SET sha256 = '' WHERE path {LISTED}", (listed(paths),))

    def has_published(self, target: str) -> bool:
        """Whether a page was proved to be live there."""
        return bool(self._number("SELECT EXISTS (SELECT 1 FROM published WHERE target = ?)", (target,)))

    def elsewhere(self, target: str) -> dict[str, int]:
        """Other targets at which pages were proved to be live, and how many. Nothing is published before those
        are left, so that all rows name one target and the first tells."""
        first = self._row("SELECT target FROM published LIMIT 1")
        if first is None or first[0] == target:
            return {}
        rows = self._db.execute(
            "SELECT target, count(*) FROM published WHERE target <> ? GROUP BY target ORDER BY target",
            (target,),
        )
        return dict(rows.fetchall())

    def leave(self, target: str) -> None:
        """Forget all pages that were noted for another target than this one."""
        self._db.execute("DELETE FROM published WHERE target <> ?", (target,))

    def record_published(self, target: str, live: Sequence[str], gone: Iterable[str]) -> None:
        """These pages were proved to be live as the last build left them, and these to be gone, at the target."""
        self._db.executemany("DELETE FROM published WHERE path = ?", [(path,) for path in gone])
        self._db.execute(
            "INSERT OR REPLACE INTO published (path, sha256, target)"
            f" SELECT path, sha256, ? FROM page WHERE path {LISTED}",
            (target, listed(live)),
        )
