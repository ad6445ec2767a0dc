"""Claims: what files say of a participant and an activity, what of it waits, and how long it is kept."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.ledger.table import LISTED, Table, listed
from pipeline.rules.certificates.activities import Activity, Kind
from pipeline.rules.certificates.awards import Award, ClaimContent
from pipeline.rules.certificates.merging import Share
from pipeline.rules.certificates.undo import Undone

BEFORE = "activity_date, kept_until, attended, completed_on, cme, abim, abp, met, said_load"
PORTION = 1000  # claims read at a time
# Of a claim and its participant p: whether the record is kept on a day, or is due for deletion.
KEPT = "(p.held <> '' OR ({claim}.erased = 0 AND {claim}.kept_until >= {day}))"
DUE = """p.held = '' AND c.id IN
    (SELECT id FROM claim WHERE kept_until < {day} UNION ALL SELECT id FROM claim WHERE erased = 1)"""


@dataclass(frozen=True, slots=True)
class ClaimOnRecord:
    """One claim on record."""

    id: int
    participant_id: int
    activity: str
    kept_until: dt.date
    content: ClaimContent
    said_load: int
    undone: Undone = Undone.NO  # what is left of it, where a run was undone

    @property
    def standing_content(self) -> ClaimContent:
        """What of it stands: nothing where the run that brought it was undone."""
        return ClaimContent() if self.undone is Undone.VOID else self.content


class Claims(Table):
    """The table claim."""

    def of(self, participant_id: int, activity: str) -> ClaimOnRecord | None:
        row = self._row(
            "SELECT * FROM claim WHERE participant_id = ? AND activity = ?", (participant_id, activity)
        )
        return _recorded(row) if row else None

    def of_certificate(self, certificate_id: int) -> ClaimOnRecord:
        """The claim a certificate was issued for."""
        query = "SELECT c.* FROM claim c JOIN certificate x ON x.claim_id = c.id WHERE x.id = ?"
        return _recorded(self._row(query, (certificate_id,)))

    def add(
        self,
        participant_id: int,
        activity: Activity,
        content: ClaimContent,
        dates: tuple[dt.date, dt.date],
        load: int,
        run: int | None = None,
    ) -> int:
        """A participant's first claim of an activity, to be awarded; `dates`: the activity's, and kept until;
        `run`: that brings it. The id."""
        return self._number(
            "INSERT INTO claim (activity_date, kept_until, attended, completed_on, cme, abim, abp, met, said_load,"
            " participant_id, activity, download_until, run_id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (*_said(content, dates, load), participant_id, activity.slug, _iso(activity.download_until), run),
        )

    def shares(self, claim_id: int) -> dict[int, Share]:
        """What the rows of each of a person's records say of a claim; empty where only one record's do."""
        rows = self._db.execute("SELECT * FROM share WHERE claim_id = ? ORDER BY former", (claim_id,))
        return {row["former"]: Share(_content(row), bool(row["withdrawn"])) for row in rows}

    def set_shares(self, claim_id: int, shares: Mapping[int, Share]) -> None:
        """What the rows of these records say of the claim, each by its number; see
        rules/certificates/merging."""
        self._db.executemany(
            "INSERT OR REPLACE INTO share (claim_id, former, attended, completed_on, cme, abim, abp, met, withdrawn)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(claim_id, one, *_columns(each.content), each.withdrawn) for one, each in shares.items()],
        )

    def void_shares(self, claim_ids: Sequence[int]) -> None:
        """Nothing stands of what the rows of any record say of these claims."""
        self._db.execute(
            "UPDATE share SET attended = 0, completed_on = NULL, cme = '0', abim = '0', abp = '0', met = '',"
            f" withdrawn = 0 WHERE claim_id {LISTED}",
            (listed(claim_ids),),
        )

    def note_before(self, claim_id: int, run: int) -> None:
        """What the claim says now is what this run found, unless it has changed it already."""
        self._db.execute(
            f"INSERT INTO claim_before (run_id, claim_id, {BEFORE}) SELECT ?, id, {BEFORE} FROM claim WHERE id = ?"
            " ON CONFLICT DO NOTHING",
            (run, claim_id),
        )

    def change(self, claim_id: int, content: ClaimContent, dates: tuple[dt.date, dt.date], load: int) -> None:
        """A claim on record says something else, and is awarded again."""
        self._db.execute(
            "UPDATE claim SET activity_date = ?1, state = 'changed',"
            # Where the person's own date is the same, the activity's moved: no earlier day than paper says.
            " kept_until = CASE WHEN completed_on IS ?4 THEN max(kept_until, ?2) ELSE ?2 END,"
            " attended = ?3, completed_on = ?4, cme = ?5, abim = ?6, abp = ?7, met = ?8, said_load = ?9, undone = ''"
            " WHERE id = ?10",
            (*_said(content, dates, load), claim_id),
        )

    def set_content(self, claim_id: int, content: ClaimContent) -> None:
        """The claim says this; its dates and the files that speak of it stay."""
        self._db.execute(
            "UPDATE claim SET attended = ?, completed_on = ?, cme = ?, abim = ?, abp = ?, met = ? WHERE id = ?",
            (*_columns(content), claim_id),
        )

    def move(self, activity: str, day: dt.date, kept: dt.date) -> None:
        """The activity's date is another one: its claims are kept until `kept`, or longer where paper says so."""
        self._db.execute(
            "UPDATE claim SET activity_date = ?1, kept_until = max(kept_until, ?2)"
            " WHERE activity = ?3 AND activity_date <> ?1 AND erased = 0",
            (day.isoformat(), kept.isoformat(), activity),
        )

    def award_again(self, participant_id: int) -> None:
        """Every claim of the participant is looked at again when certificates are next awarded."""
        self._db.execute("UPDATE claim SET state = 'changed' WHERE participant_id = ?", (participant_id,))

    def award_again_of(self, certificate_ids: Sequence[int]) -> None:
        """The claims of these certificates are looked at again when certificates are next awarded."""
        self._db.execute(
            "UPDATE claim SET state = 'changed' WHERE id IN"
            f" (SELECT claim_id FROM certificate WHERE id {LISTED})",
            (listed(certificate_ids),),
        )

    def unsettled(self, people: Sequence[int] | None = None) -> Iterator[ClaimOnRecord]:
        """Claims that changed or wait for a requirement, of all or of these participants, oldest first; they may
        be settled on the way."""
        which = "state <> 'settled'" + ("" if people is None else f" AND participant_id {LISTED}")
        values = () if people is None else (listed(people),)
        ids = sorted(row[0] for row in self._db.execute(f"SELECT id FROM claim WHERE {which}", values))
        for start in range(0, len(ids), PORTION):
            some = listed(ids[start : start + PORTION])
            for row in self._db.execute(
                f"SELECT * FROM claim WHERE id {LISTED} ORDER BY id", (some,)
            ).fetchall():
                yield _recorded(row)

    def settle(self, claim_id: int, withheld: Sequence[Award], is_final: bool) -> None:
        """A claim was awarded: nothing more to do, or these certificates wait. Where credit is not awarded it
        is not final: the claim is awarded again each time, as what its activity says may change."""
        missing = ";".join(f"{award.kind}:{','.join(award.missing)}" for award in withheld)
        self._db.execute(
            "UPDATE claim SET state = ?1, missing = ?2, withheld = ?3 WHERE id = ?4"
            " AND (state <> ?1 OR missing <> ?2)",
            (
                "withheld" if withheld else "settled" if is_final else "changed",
                missing,
                len(withheld),
                claim_id,
            ),
        )

    def newest(self) -> int:
        """The id of the claim that was added last; 0 before the first."""
        return self._number("SELECT coalesce(max(id), 0) FROM claim")

    def count_since(self, claim_id: int) -> int:
        """How many claims were added after this one."""
        return self._number("SELECT count(*) FROM claim WHERE id > ?", (claim_id,))

    def set_window(self, activity: Activity) -> None:
        """Take the download window of the activity's file over to its claims."""
        self._db.execute(
            "UPDATE claim SET download_until = ?1 WHERE activity = ?2 AND download_until IS NOT ?1",
            (_iso(activity.download_until), activity.slug),
        )

    def reopen(self, participant_id: int, activity: str | None, until: dt.date) -> None:
        """Keep downloads open until a day, also those that are closed; those open for longer stay as they are."""
        self._db.execute(
            "UPDATE claim SET reopened_until = ?1 WHERE participant_id = ?2"
            " AND activity = coalesce(?3, activity) AND download_until < ?1 AND coalesce(reopened_until, '') < ?1",
            (until.isoformat(), participant_id, activity),
        )


def read_missing(text: str) -> tuple[Award, ...]:
    """The inverse of what settle() stores."""
    awards = []
    for part in filter(None, text.split(";")):
        kind, _, names = part.partition(":")
        awards.append(Award(Kind(kind), tuple(filter(None, names.split(",")))))
    return tuple(awards)


def _said(content: ClaimContent, dates: tuple[dt.date, dt.date], load: int) -> tuple[object, ...]:
    """activity_date, kept_until, attended, completed_on, cme, abim, abp, met and said_load of a claim."""
    return (dates[0].isoformat(), dates[1].isoformat(), *_columns(content), load)


def _columns(content: ClaimContent) -> tuple[object, ...]:
    """attended, completed_on, cme, abim, abp and met of a claim or a share."""
    return (
        content.attended,
        _iso(content.completed_on),
        str(content.cme),
        str(content.abim),
        str(content.abp),
        ",".join(sorted(content.met)),
    )


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _recorded(row: sqlite3.Row) -> ClaimOnRecord:
    return ClaimOnRecord(
        id=row["id"],
        participant_id=row["participant_id"],
        activity=row["activity"],
        kept_until=dt.date.fromisoformat(row["kept_until"]),
        content=_content(row),
        said_load=row["said_load"],
        undone=Undone(row["undone"]),
    )


def _content(row: sqlite3.Row) -> ClaimContent:
    return ClaimContent(
        attended=bool(row["attended"]),
        completed_on=dt.date.fromisoformat(row["completed_on"]) if row["completed_on"] else None,
        cme=Decimal(row["cme"]),
        abim=Decimal(row["abim"]),
        abp=Decimal(row["abp"]),
        met=frozenset(filter(None, row["met"].split(","))),
    )
