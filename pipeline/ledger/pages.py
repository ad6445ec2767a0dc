"""What the private pages show: persons, certificates, what can be downloaded."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline.ledger.boards import REPORTS, read_reports
from pipeline.ledger.certificates import FACTS, read_facts
from pipeline.ledger.claims import KEPT, read_missing
from pipeline.ledger.table import LISTED, Table, listed
from pipeline.rules.certificates.activities import Activity, Kind
from pipeline.rules.certificates.awards import Award, Standing
from pipeline.rules.certificates.retention import download_open_until
from pipeline.rules.web.pages import Entry, ForwardPage, PageFile, PersonPage, WithheldEntry, file_name

# A version's PDF, with whose it is and what says how long it can be downloaded.
PLACES = """
    SELECT p.token, p.held, x.number, x.kind, x.activity, x.download_until, x.reopened_until, x.kept_until AS record_until,
           v.version, v.size, v.sha256
    FROM participant p JOIN certificate_and_claim x ON x.participant_id = p.id
    JOIN version v ON v.certificate_id = x.id
"""


class Pages(Table):
    """The public view of the ledger on one day."""

    def persons(
        self, tokens: Sequence[str], catalog: Mapping[str, Activity], today: dt.date
    ) -> Iterator[PersonPage]:
        """These participants' pages, in the order asked for; a few queries for all of them."""
        people = self._db.execute(f"SELECT * FROM participant WHERE token {LISTED}", (listed(tokens),))
        by_token = {person["token"]: person for person in people}
        ids = [person["id"] for person in by_token.values()]
        entries = self._entries_of(ids, today)
        withheld = self._withheld_of(ids, catalog, today)
        for person in filter(None, map(by_token.get, tokens)):
            waiting = sorted(withheld.get(person["id"], ()), key=lambda one: one.date, reverse=True)
            yield PersonPage(
                token=person["token"],
                name=person["name"],
                credentials=person["credentials"],
                entries=tuple(entries.get(person["id"], ())),
                withheld=tuple(waiting),
            )

    def forwards(self, tokens: Sequence[str]) -> Iterator[ForwardPage]:
        """Those of these pages that lead to others."""
        rows = self._db.execute(
            "SELECT f.token, p.token FROM former f JOIN participant p ON p.id = f.participant_id"
            f" WHERE f.token {LISTED}",
            (listed(tokens),),
        )
        return (ForwardPage(*row) for row in rows)

    def files(self, tokens: Sequence[str], today: dt.date) -> dict[str, list[PageFile]]:
        """The PDFs that can be downloaded today, by these tokens."""
        found: dict[str, list[PageFile]] = {token: [] for token in tokens}
        kept = KEPT.format(claim="x", day="?")
        rows = self._db.execute(
            f"{PLACES} WHERE p.token {LISTED} AND v.version = x.current AND x.is_live AND {kept}",
            (listed(tokens), today.isoformat()),
        )
        for row in rows:
            if open_until(row, today) is not None:
                found[row["token"]].append(_file(row))
        return found

    def places(self, tokens: Iterable[str]) -> Iterator[tuple[str, PageFile]]:
        """(token, PDF) of what the certificates of these pages now say; the download may be closed."""
        query = f"{PLACES} WHERE p.token {LISTED} AND v.version = x.current"
        return ((row["token"], _file(row)) for row in self._db.execute(query, (listed(tokens),)))

    def places_of(self, digests: Iterable[str]) -> Iterator[tuple[str, PageFile]]:
        """(token, PDF) of what has these SHA-256, former versions among them; the download may be closed."""
        rows = self._db.execute(f"{PLACES} WHERE v.sha256 {LISTED}", (listed(digests),))
        return ((row["token"], _file(row)) for row in rows)

    def open_files(self, today: dt.date) -> int:
        """How many PDFs can be downloaded today."""
        return self._number(
            "SELECT count(*) FROM certificate_and_claim c JOIN participant p ON p.id = c.participant_id"
            " WHERE c.current > 0 AND c.is_live"
            f" AND {KEPT.format(claim='c', day=':today')} AND (c.download_until IS NULL"
            " OR c.download_until >= :today OR coalesce(c.reopened_until, '') >= :today)",
            {"today": today.isoformat()},
        )

    def verifications(self, numbers: Sequence[str], today: dt.date) -> Iterator[Entry]:
        """These certificates as everybody may see them, in the order asked for: what boards were told is their
        holders' affair."""
        rows = self._db.execute(
            f"{PUBLIC_ENTRY} WHERE v.version = x.current AND x.number {LISTED}", (listed(numbers),)
        )
        found = {row["number"]: read_entry(row, today) for row in rows}
        return (found[number] for number in numbers if number in found)

    def entries(self, participant_id: int, today: dt.date) -> list[Entry]:
        """A participant's issued certificates, newest activity first."""
        return self._entries_of([participant_id], today).get(participant_id, [])

    def _entries_of(self, ids: Sequence[int], today: dt.date) -> dict[int, list[Entry]]:
        rows = self._db.execute(
            f"{ENTRY} WHERE v.version = x.current AND x.participant_id {LISTED}"
            f" AND {KEPT.format(claim='x', day='?')} {ORDER}",
            (listed(ids), today.isoformat()),
        )
        found: dict[int, list[Entry]] = {}
        for row in rows:
            found.setdefault(row["participant_id"], []).append(read_entry(row, today))
        return found

    def _withheld_of(
        self, ids: Sequence[int], catalog: Mapping[str, Activity], today: dt.date
    ) -> dict[int, list[WithheldEntry]]:
        """What waits for a requirement, and what could not be printed."""
        waiting = self._db.execute(
            "SELECT c.participant_id, c.activity, c.activity_date, c.missing FROM claim c"
            f" JOIN participant p ON p.id = c.participant_id WHERE c.participant_id {LISTED}"
            f" AND {KEPT.format(claim='c', day='?')} AND c.withheld > 0",
            (listed(ids), today.isoformat()),
        )
        found: dict[int, list[WithheldEntry]] = {}
        for row in waiting:
            found.setdefault(row["participant_id"], []).extend(
                read_waiting(row, award, catalog) for award in read_missing(row["missing"])
            )
        unprinted = self._db.execute(
            "SELECT x.participant_id, x.activity, x.activity_date, x.kind FROM version v"
            " JOIN certificate_and_claim x ON x.id = v.certificate_id"
            " WHERE v.sha256 IS NULL AND v.problem <> '' AND x.current = 0"
            f" AND x.participant_id {LISTED}",
            (listed(ids),),
        )
        for row in unprinted:
            award = Award(Kind(row["kind"]), ("paper",))
            found.setdefault(row["participant_id"], []).append(read_waiting(row, award, catalog))
        return found


def _file(row: sqlite3.Row) -> PageFile:
    name = file_name(row["activity"], row["kind"], row["number"], row["version"])
    return PageFile(name, row["size"], row["sha256"])


def read_waiting(row: sqlite3.Row, award: Award, catalog: Mapping[str, Activity]) -> WithheldEntry:
    slug, day = row["activity"], dt.date.fromisoformat(row["activity_date"])
    known = catalog.get(slug)
    if known is None:
        return WithheldEntry(award.kind, slug, slug, day, award.missing)
    return WithheldEntry(
        kind=award.kind,
        activity=slug,
        title=known.title,
        date=day,
        missing=award.missing,
        start=known.start,
        end=known.end,
        location=known.location,
        format=known.format,
        url=known.url,
        claim_until=known.claim_until,
    )


def read_entry(row: sqlite3.Row, today: dt.date) -> Entry:
    standing = Standing(row["standing"])
    last = open_until(row, today) if standing.is_live else None
    return Entry(
        facts=read_facts(row),
        standing=standing,
        file=_file(row) if last else None,
        download_until=last,
        changed_on=dt.date.fromisoformat(row["changed_on"]) if row["changed_on"] else None,
        reason=row["why"],
        replaced_by=row["replaced_by"],
        digests=tuple(row["digests"].split()),
        alike=row["alike"],
        held=bool(row["held"]),
        reports=tuple(read_reports(row["reports"])) if row["reports"] else (),
    )


def _entry(reports: str) -> str:
    """One row an issued certificate, with the digests of all its versions, the current one last."""
    return (
        FACTS.replace(
            "FROM certificate_and_claim x",
            ", p.held, x.kept_until AS record_until, (SELECT group_concat(sha256, ' ') FROM (SELECT sha256 FROM version"
            " WHERE certificate_id = x.id AND sha256 IS NOT NULL ORDER BY version)) AS digests,"
            " (SELECT count(*) FROM version a WHERE a.certificate_id = x.id AND a.sha256 IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM version b WHERE b.certificate_id = x.id AND b.version > a.version"
            " AND b.sha256 IS NOT NULL AND b.reason <> '')) AS alike,"
            f" ({reports}) AS reports FROM certificate_and_claim x",
        )
        + "JOIN participant p ON p.id = x.participant_id"
    )


ENTRY, PUBLIC_ENTRY = _entry(REPORTS), _entry("NULL")
ORDER = "ORDER BY x.activity_date DESC, x.claim_id, x.id"


def open_until(row: sqlite3.Row, today: dt.date) -> dt.date | None:
    """The last day of the download of a row with download_until, reopened_until, record_until and held."""
    window, reopened = row["download_until"], row["reopened_until"]
    kept = dt.date.fromisoformat(row["record_until"])
    return download_open_until(
        dt.date.fromisoformat(window) if window else None,
        dt.date.fromisoformat(reopened) if reopened else None,
        max(kept, today) if row["held"] else kept,
        today,
    )
