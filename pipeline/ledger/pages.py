"""What the public pages show, and which of them must exist: paths with stamps, persons, certificates."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline.ledger.certificates import FACTS, read_facts
from pipeline.ledger.people import read_missing
from pipeline.rules.activities import Activity, Kind
from pipeline.rules.awards import Standing
from pipeline.rules.pages import Entry, PageFile, PersonPage, WithheldEntry, file_name
from pipeline.rules.retention import download_open_until

LIVE = (Standing.VALID, Standing.CORRECTED)

# A page's facts are its holder's revision and what the date does to it: claims past retention drop out,
# download windows close. Held participants keep everything.
STAMPS = """
    SELECT p.token, p.revision, p.held <> '' AS held, count(*) AS claims, max(c.state = 'withheld') AS waits,
           sum(c.download_until IS NULL OR c.download_until >= :today
               OR coalesce(c.reopened_until, '') >= :today) AS open
    FROM participant p JOIN claim c ON c.participant_id = p.id
    WHERE c.kept_until >= :today OR p.held <> ''
    GROUP BY p.id
    HAVING sum(c.state = 'withheld' OR EXISTS
        (SELECT 1 FROM certificate x WHERE x.claim_id = c.id)) > 0
"""
NUMBERS = """
    SELECT x.number, p.revision FROM certificate x JOIN claim c ON c.id = x.claim_id
    JOIN participant p ON p.id = c.participant_id
    WHERE x.current > 0 AND (c.kept_until >= :today OR p.held <> '')
"""


class Pages:
    """The public view of the ledger on one day."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def stamps(self, today: dt.date, common: str, catalog: str) -> dict[str, str]:
        """Every page that must exist, with the stamp of what goes into it.

        `common`: digest of templates and settings, part of every stamp; `catalog`: digest of the activities,
        part of those pages that show a withheld certificate.
        """
        day = {"today": today.isoformat()}
        stamps = {
            f"c/{row['token']}": f"{common}.{row['revision']}.{row['claims']}.{row['open']}"
            + (f".{catalog}" if row["waits"] else "")
            for row in self._db.execute(STAMPS, day)
        }
        for row in self._db.execute(NUMBERS, day):
            stamps[f"verify/{row['number']}"] = f"{common}.{row['revision']}"
        return stamps

    def built(self) -> dict[str, str]:
        """The pages as they were last written."""
        return dict(self._db.execute("SELECT path, stamp FROM page").fetchall())

    def record(self, written: Mapping[str, str]) -> None:
        """These pages were written."""
        self._db.executemany(
            "INSERT INTO page VALUES (?, ?) ON CONFLICT DO UPDATE SET stamp = excluded.stamp",
            written.items(),
        )

    def keep_only(self, paths: Mapping[str, str]) -> None:
        """Forget the pages that are no more."""
        gone = [(path,) for path in self.built() if path not in paths]
        if gone:
            self._db.executemany("DELETE FROM page WHERE path = ?", gone)

    def published(self, target: str) -> dict[str, str]:
        """The pages that were proved to be live at this target."""
        rows = self._db.execute("SELECT path, stamp FROM published WHERE target = ?", (target,))
        return dict(rows.fetchall())

    def record_published(self, target: str, live: Mapping[str, str], gone: Iterable[str]) -> None:
        """These pages were proved to be live, and these to be gone, at the target; others are forgotten."""
        self._db.execute("DELETE FROM published WHERE target <> ?", (target,))
        self._db.executemany("DELETE FROM published WHERE path = ?", [(path,) for path in gone])
        self._db.executemany(
            "INSERT INTO published VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET stamp = excluded.stamp",
            [(path, stamp, target) for path, stamp in live.items()],
        )

    def persons(
        self, tokens: Sequence[str], catalog: Mapping[str, Activity], today: dt.date
    ) -> Iterator[PersonPage]:
        """These participants' pages, in the order asked for."""
        for token in tokens:
            person = self._db.execute("SELECT * FROM participant WHERE token = ?", (token,)).fetchone()
            if person is not None:
                yield self._person(person, catalog, today)

    def files(self, tokens: Sequence[str], today: dt.date) -> dict[str, list[PageFile]]:
        """The PDFs that can be downloaded today, by these tokens."""
        found: dict[str, list[PageFile]] = {token: [] for token in tokens}
        marks = ",".join("?" * len(tokens))
        rows = self._db.execute(
            "SELECT p.token, x.number, x.kind, c.activity, v.version, v.size, v.sha256, c.download_until,"
            " c.reopened_until, c.kept_until, p.held FROM participant p JOIN claim c ON c.participant_id = p.id"
            " JOIN certificate x ON x.claim_id = c.id"
            " JOIN version v ON v.certificate_id = x.id AND v.version = x.current"
            f" WHERE p.token IN ({marks}) AND x.standing IN ('valid', 'corrected')",
            tuple(tokens),
        )
        for row in rows:
            if open_until(row, today) is not None:
                name = file_name(row["activity"], row["kind"], row["number"], row["version"])
                found[row["token"]].append(PageFile(name, row["size"], row["sha256"]))
        return found

    def open_files(self, today: dt.date) -> int:
        """How many PDFs can be downloaded today."""
        row = self._db.execute(
            "SELECT count(*) FROM certificate x JOIN claim c ON c.id = x.claim_id"
            " JOIN participant p ON p.id = c.participant_id"
            " WHERE x.current > 0 AND x.standing IN ('valid', 'corrected')"
            " AND (c.kept_until >= :today OR p.held <> '') AND (c.download_until IS NULL"
            " OR c.download_until >= :today OR coalesce(c.reopened_until, '') >= :today)",
            {"today": today.isoformat()},
        ).fetchone()
        return int(row[0])

    def verifications(self, numbers: Sequence[str], today: dt.date) -> Iterator[Entry]:
        """These certificates as their verification pages show them, in the order asked for."""
        for number in numbers:
            row = self._db.execute(
                ENTRY + "WHERE v.version = x.current AND x.number = ?", (number,)
            ).fetchone()
            if row is not None:
                yield self._entry(row, today)

    def mentioned(self, message: int, today: dt.date) -> list[Entry]:
        """The certificates one message is about, as they stand today, newest activity first."""
        rows = self._db.execute(
            ENTRY
            + "JOIN mention m ON m.certificate_id = x.id WHERE v.version = x.current AND m.message_id = ?"
            " AND (c.kept_until >= ? OR p.held <> '') ORDER BY c.activity_date DESC, c.id, x.id",
            (message, today.isoformat()),
        ).fetchall()
        return [self._entry(row, today) for row in rows]

    def entries(self, participant_id: int, today: dt.date) -> list[Entry]:
        """A participant's issued certificates, newest activity first."""
        rows = self._db.execute(
            ENTRY + "WHERE v.version = x.current AND c.participant_id = ?"
            " AND (c.kept_until >= ? OR p.held <> '') ORDER BY c.activity_date DESC, c.id, x.id",
            (participant_id, today.isoformat()),
        ).fetchall()
        return [self._entry(row, today) for row in rows]

    def _person(self, person: sqlite3.Row, catalog: Mapping[str, Activity], today: dt.date) -> PersonPage:
        waiting = self._db.execute(
            "SELECT c.* FROM claim c WHERE c.participant_id = ?1 AND (c.kept_until >= ?2 OR ?3 <> '')"
            " AND c.missing <> ''",
            (person["id"], today.isoformat(), person["held"]),
        ).fetchall()
        withheld = [
            WithheldEntry(award.kind, row["activity"], _title(catalog, row["activity"]), day, award.missing)
            for row in waiting
            for award in read_missing(row["missing"])
            for day in [dt.date.fromisoformat(row["activity_date"])]
        ]
        for row in self._db.execute(
            "SELECT x.kind, c.activity, c.activity_date FROM version v"
            " JOIN certificate x ON x.id = v.certificate_id JOIN claim c ON c.id = x.claim_id"
            " WHERE v.sha256 IS NULL AND v.problem <> '' AND x.current = 0 AND c.participant_id = ?",
            (person["id"],),
        ):
            withheld.append(
                WithheldEntry(
                    Kind(row["kind"]),
                    row["activity"],
                    _title(catalog, row["activity"]),
                    dt.date.fromisoformat(row["activity_date"]),
                    ("glyph",),
                )
            )
        return PersonPage(
            token=person["token"],
            name=person["name"],
            credentials=person["credentials"],
            entries=tuple(self.entries(person["id"], today)),
            withheld=tuple(sorted(withheld, key=lambda one: one.date, reverse=True)),
        )

    def _entry(self, row: sqlite3.Row, today: dt.date) -> Entry:
        facts = read_facts(row)
        standing = Standing(row["standing"])
        last = open_until(row, today) if standing in LIVE else None
        digests = self._db.execute(
            "SELECT sha256 FROM version WHERE certificate_id = ? AND sha256 IS NOT NULL ORDER BY version",
            (row["id"],),
        ).fetchall()
        name = file_name(facts.activity, facts.kind, facts.number, row["version"])
        return Entry(
            facts=facts,
            standing=standing,
            file=PageFile(name, row["size"], row["sha256"]) if last else None,
            download_until=last,
            changed_on=dt.date.fromisoformat(row["changed_on"]) if row["changed_on"] else None,
            reason=row["why"],
            replaced_by=row["replaced_by"],
            digests=tuple(one[0] for one in digests),
        )


ENTRY = FACTS.replace("FROM certificate x", ", p.held FROM certificate x") + (
    "JOIN participant p ON p.id = c.participant_id "
)


def open_until(row: sqlite3.Row, today: dt.date) -> dt.date | None:
    """The last day of the download of a row with download_until, reopened_until, kept_until and held."""
    window, reopened = row["download_until"], row["reopened_until"]
    kept = dt.date.fromisoformat(row["kept_until"])
    return download_open_until(
        dt.date.fromisoformat(window) if window else None,
        dt.date.fromisoformat(reopened) if reopened else None,
        max(kept, today) if row["held"] else kept,
        today,
    )


def _title(catalog: Mapping[str, Activity], slug: str) -> str:
    return catalog[slug].title if slug in catalog else slug
