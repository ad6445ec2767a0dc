"""What boards and rosters were told of certificates, and what they answered: the table reported."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.ledger.claims import KEPT
from pipeline.ledger.table import LISTED, Table, listed
from pipeline.rules.boards.answers import AnswerStatus, BoardAnswer
from pipeline.rules.boards.records import (
    BoardCredit,
    BoardRefusal,
    CreditOnRecord,
    DueStep,
    RecordState,
    ReportedRecord,
)
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.web.pages import BoardReport

CREDIT = f"""
    SELECT x.id AS certificate, x.claim_id, x.number, x.current, x.activity, x.is_live, c.completed_on AS done_on,
           p.name, p.email, coalesce(p.learner_id, '') AS learner, v.cme, v.abim, v.abp{{more}}
    FROM certificate_and_claim x JOIN claim c ON c.id = x.claim_id JOIN participant p ON p.id = x.participant_id
    JOIN version v ON v.certificate_id = x.id AND v.version = x.current
    {{joined}} WHERE x.kind <> '{Kind.PARTICIPATION.value}' AND {KEPT.format(claim="c", day="?")} {{which}}
"""
TOLD = (
    ", r.id, r.board, r.completed_on AS told_day, r.cme AS told_cme, r.points, r.types, r.reported_on, r.state,"
    " r.refusal"
)
# Of each board and activity, the claims of which it must be told, as far as the ledger alone can say. Claims are
# gone through once for all boards.
DUE_COUNTS = f"""
    WITH told AS (SELECT y.claim_id, r.* FROM reported r JOIN certificate y ON y.id = r.certificate_id
        WHERE r.ended_on IS NULL),
    stated AS MATERIALIZED (SELECT c.id, c.activity, c.activity_date, v.cme, v.abim, v.abp FROM claim c
        JOIN participant p ON p.id = c.participant_id
        LEFT JOIN certificate x ON x.claim_id = c.id AND x.standing IN ('valid', 'corrected')
            AND x.kind <> '{Kind.PARTICIPATION.value}'
        LEFT JOIN version v ON v.certificate_id = x.id AND v.version = x.current
        WHERE (c.activity_date >= :since OR c.activity IN (SELECT value FROM json_each(:begun)))
        AND {KEPT.format(claim="c", day=":today")}
        AND (CAST(v.abim AS REAL) > 0 OR CAST(v.abp AS REAL) > 0 OR c.id IN (SELECT claim_id FROM told))),
    of_board AS ({{boards}})
    SELECT c.activity, c.board, min(c.activity_date), max(c.activity_date), count(*) FROM of_board c
    LEFT JOIN told t ON t.claim_id = c.id AND t.board = c.board
    WHERE CASE WHEN CAST(c.points AS REAL) > 0
        THEN t.id IS NULL OR (t.state = 'rejected' AND t.refusal NOT IN ({{final}}))
            OR CAST(t.points AS REAL) <> CAST(c.points AS REAL)
            OR CAST(t.cme AS REAL) NOT IN (0, CAST(c.cme AS REAL))
        ELSE t.state IN ('reported', 'accepted') OR t.refusal = '{BoardRefusal.DUPLICATE.value}' END
    GROUP BY c.number, c.activity ORDER BY c.number, c.activity
"""
OF_BOARD = "SELECT *, {number} AS number, '{board}' AS board, {points} AS points FROM stated"


# Of a certificate x, what its page tells: as JSON, NULL where that is nothing. What was reported of one
# stands with the one that took its place, which has the same credit; what was taken back stands where
# nothing took its place.
REPORTS = f"""
    SELECT json_group_array(json_array(r.id, r.board, r.reported_on, r.state, r.refusal, r.ended_on))
    FROM reported r JOIN certificate y ON y.id = r.certificate_id
    WHERE y.claim_id = x.claim_id AND x.kind <> '{Kind.PARTICIPATION.value}' AND CASE
        WHEN x.is_live THEN r.ended_on IS NULL
        ELSE y.id = x.id AND NOT EXISTS (SELECT 1 FROM reported n JOIN certificate z ON z.id = n.certificate_id
            WHERE z.claim_id = x.claim_id AND n.board = r.board AND n.id > r.id)
            AND (r.ended_on IS NOT NULL OR x.standing = 'withdrawn') END
    HAVING count(*) > 0
"""


@dataclass(frozen=True, slots=True)
class BoardCount:
    """Records of one activity at one board, counted; no person in it."""

    activity: str
    board: str
    reported: int  # without an answer
    accepted: int
    rejected: int
    taken_back: int


class Boards(Table):
    """The table reported."""

    def certificates(self, activity: str, today: dt.date) -> list[CreditOnRecord]:
        """The certificates of credit that were issued for an activity, valid or not."""
        query = CREDIT.format(more="", joined="", which="AND x.current > 0 AND x.activity = ?")
        rows = self._db.execute(f"{query} ORDER BY x.id", (today.isoformat(), activity))
        return [_certificate(row) for row in rows]

    def addresses(self, activity: str) -> dict[int, list[str]]:
        """Keys of the addresses that the person of each of an activity's claims was seen with."""
        rows = self._db.execute(
            "SELECT c.id, a.key FROM claim c JOIN address a ON a.participant_id = c.participant_id"
            " WHERE c.activity = ? ORDER BY c.id, a.seen_load DESC, a.key",
            (activity,),
        )
        found: dict[int, list[str]] = {}
        for claim, key in rows:
            found.setdefault(claim, []).append(key)
        return found

    def reported(
        self, today: dt.date, form: str | None = None, activity: str | None = None
    ) -> list[ReportedRecord]:
        """What boards were told and was not taken back, oldest first; of one kind of file and activity, or
        all."""
        query = CREDIT.format(
            more=TOLD,
            joined="JOIN reported r ON r.certificate_id = x.id",
            which="AND r.ended_on IS NULL AND r.form = coalesce(?, r.form) AND x.activity = coalesce(?, x.activity)",
        )
        rows = self._db.execute(f"{query} ORDER BY r.id", (today.isoformat(), form, activity))
        return [_record(row) for row in rows]

    def note(self, steps: Iterable[DueStep], form: str, file: str, today: dt.date) -> None:
        """A file with these steps was written, or (no `file`) somebody did them by hand."""
        day = today.isoformat()
        for step in steps:
            self._db.executemany(
                "UPDATE reported SET ended_on = ?, ended_file = ? WHERE id = ?",
                [(day, file, one.id) for one in step.former],
            )
            if step.add is None:
                continue
            credit, certificate = step.add, step.certificate
            self._db.execute(
                "INSERT INTO reported (certificate_id, form, board, version, completed_on, cme, points, types,"
                " reported_on, file) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(certificate.id, form, credit.board, certificate.version),
                    *(credit.completed_on.isoformat(), str(credit.cme), str(credit.points)),
                    *("\n".join(credit.types), day, file),
                ),
            )

    def unsend(self, file: str) -> int:
        """The file with this SHA-256 was never taken by the board: what it added was not reported, and what
        it deleted stands there. How many records it was about; 0 where one of them was answered or reported
        anew since, or none is of this file."""
        later = self._number(
            "SELECT count(*) FROM reported r WHERE (r.file = ?1 AND (r.answered_on IS NOT NULL"
            " OR r.ended_on IS NOT NULL)) OR (r.ended_file = ?1 AND EXISTS (SELECT 1 FROM reported n"
            " WHERE n.certificate_id = r.certificate_id AND n.board = r.board AND n.ended_on IS NULL AND n.file <> ?1))",
            (file,),
        )
        if later:
            return 0
        gone = self._db.execute("DELETE FROM reported WHERE file = ?", (file,)).rowcount
        back = self._db.execute(
            "UPDATE reported SET ended_on = NULL, ended_file = '' WHERE ended_file = ?", (file,)
        )
        return gone + back.rowcount

    def is_known(self, file: str) -> bool:
        """Whether what this file holds is on record already."""
        return self._row("SELECT 1 FROM reported WHERE ? IN (file, ended_file)", (file,)) is not None

    def answer(self, answers: Iterable[BoardAnswer], today: dt.date) -> int:
        """Put on record what boards say; how many records changed by it."""
        changed = 0
        for one in answers:
            if one.status is AnswerStatus.DELETED:
                query = "UPDATE reported SET ended_on = ?1 WHERE id = ?2 AND ended_on IS NULL"
                changed += self._db.execute(query, (today.isoformat(), one.record.id)).rowcount
                continue
            refusal = one.refusal.value if one.refusal else ""
            changed += self._db.execute(
                "UPDATE reported SET state = ?1, refusal = ?2, answered_on = ?3 WHERE id = ?4"
                " AND (state <> ?1 OR refusal <> ?2)",
                (one.state.value, refusal, today.isoformat(), one.record.id),
            ).rowcount
        return changed

    def unmatched(self, records: Sequence[int]) -> list[tuple[int, int, int]]:
        """(participant, certificate, record) of those of these records of which the board says that it could
        not match the person, who was not told so; of certificates that count."""
        rows = self._db.execute(
            "SELECT x.participant_id, x.id, r.id FROM reported r JOIN certificate y ON y.id = r.certificate_id"
            # the one that counts, where another took the place of that which was reported
            " JOIN certificate_and_claim x ON x.claim_id = y.claim_id AND x.is_live AND x.current > 0"
            f" AND x.kind <> '{Kind.PARTICIPATION.value}'"
            f" WHERE r.id {LISTED} AND r.state = 'rejected' AND r.refusal = ?"
            " AND r.ended_on IS NULL AND x.erased = 0 AND NOT EXISTS (SELECT 1 FROM mention m"
            " WHERE m.certificate_id = x.id AND m.event = 'board' AND m.version = r.id AND m.retired = 0)"
            " ORDER BY x.participant_id, r.id",
            (listed(records), BoardRefusal.MISMATCH.value),
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def counts(self) -> list[BoardCount]:
        """By activity and board, what was reported and answered."""
        rows = self._db.execute(
            "SELECT x.activity, r.board, sum(r.ended_on IS NULL AND r.state = 'reported'),"
            " sum(r.ended_on IS NULL AND r.state = 'accepted'), sum(r.ended_on IS NULL AND r.state = 'rejected'),"
            " sum(r.ended_on IS NOT NULL) FROM reported r JOIN certificate_and_claim x ON x.id = r.certificate_id"
            " GROUP BY x.activity, r.board ORDER BY x.activity, r.board"
        )
        return [BoardCount(*row) for row in rows]

    def refusals(self) -> list[tuple[str, str, BoardRefusal, int]]:
        """(activity, board, why, how many) of what was rejected and not reported again."""
        rows = self._db.execute(
            "SELECT x.activity, r.board, r.refusal, count(*) FROM reported r JOIN certificate_and_claim x"
            " ON x.id = r.certificate_id WHERE r.state = 'rejected' AND r.ended_on IS NULL"
            " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        )
        return [(row[0], row[1], BoardRefusal(row[2] or BoardRefusal.OTHER), row[3]) for row in rows]

    def due(
        self, demanded: Mapping[str, str], today: dt.date, since: dt.date, begun: Iterable[str]
    ) -> Iterator[tuple[str, str, dt.date, dt.date, int]]:
        """(activity, board, first and last day of completion, how many) of what a board must be told of,
        without what an export would say. `demanded`: column of a version by board; of activities before
        `since` only those that are `begun`."""
        final = ", ".join(f"'{one.value}'" for one in BoardRefusal if one.is_final)
        each = (
            OF_BOARD.format(number=number, board=board, points=points)
            for number, (board, points) in enumerate(demanded.items())
        )
        if not demanded:
            return
        rows = self._db.execute(
            DUE_COUNTS.format(boards=" UNION ALL ".join(each), final=final),
            {"today": today.isoformat(), "since": since.isoformat(), "begun": listed(begun)},
        )
        for slug, board, first, last, count in rows.fetchall():
            yield slug, board, dt.date.fromisoformat(first), dt.date.fromisoformat(last), count


def read_reports(text: str) -> Iterator[BoardReport]:
    """What REPORTS found, oldest first."""
    for _, board, on, state, refusal, ended in sorted(json.loads(text), key=lambda one: one[0]):
        yield BoardReport(
            board,
            dt.date.fromisoformat(on),
            RecordState(state),
            BoardRefusal(refusal) if refusal else None,
            dt.date.fromisoformat(ended) if ended else None,
        )


def _certificate(row: sqlite3.Row) -> CreditOnRecord:
    return CreditOnRecord(
        id=row["certificate"],
        claim=row["claim_id"],
        number=row["number"],
        version=row["current"],
        activity=row["activity"],
        name=row["name"],
        email=row["email"],
        learner_id=row["learner"],
        completed_on=dt.date.fromisoformat(row["done_on"]) if row["done_on"] else None,
        cme=Decimal(row["cme"]),
        abim=Decimal(row["abim"]),
        abp=Decimal(row["abp"]),
        is_live=bool(row["is_live"]),
    )


def _record(row: sqlite3.Row) -> ReportedRecord:
    return ReportedRecord(
        id=row["id"],
        certificate=_certificate(row),
        credit=BoardCredit(
            board=row["board"],
            completed_on=dt.date.fromisoformat(row["told_day"]),
            cme=Decimal(row["told_cme"]),
            points=Decimal(row["points"]),
            types=tuple(filter(None, row["types"].split("\n"))),
        ),
        reported_on=dt.date.fromisoformat(row["reported_on"]),
        state=RecordState(row["state"]),
        refusal=BoardRefusal(row["refusal"]) if row["refusal"] else None,
    )
