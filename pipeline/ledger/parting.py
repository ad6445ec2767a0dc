"""What merging made one record of becomes two again, as long as it is known what was whose.

Of claims their shares tell it, also after later files; of all else what was noted when the records became one.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pipeline.ledger.certificates import Certificates
from pipeline.ledger.claims import Claims
from pipeline.ledger.merging import held_together
from pipeline.ledger.messages import Messages
from pipeline.ledger.table import LISTED, Table, listed
from pipeline.rules.certificates.awards import ClaimContent, Standing
from pipeline.rules.certificates.merging import OWN, Share, highest

# What is noted of claims, and where the claim's number stands in it.
CLAIM_IN = {
    "claims": "id",
    **dict.fromkeys(("certificates", "readings", "mentions", "changed", "superseded"), "claim_id"),
}
PARTED = "issued while the records of two people were one"  # a reason, in words for whoever verifies it


@dataclass(frozen=True, slots=True)
class MergedRecord:
    """A record that became part of a participant's."""

    id: int  # the number that it had as a participant, and has when it is parted again
    participant_id: int
    name: str
    learner_id: str
    merged_on: dt.date
    is_last: bool  # nothing was merged into the same participant since
    email: str  # empty from the next day on, when it is not known any more
    has_link: bool  # it leads to the participant's page

    def __str__(self) -> str:
        known = f", learner id {self.learner_id}" if self.learner_id else ""
        return f"{self.name or 'known by its link alone'}{known}, merged {self.merged_on}"


class Parting(Table):
    """The tables former and share, the other way round."""

    def formers(self, participant: int) -> list[MergedRecord]:
        """The records that became part of the participant's, the last first."""
        rows = self._db.execute(
            "SELECT * FROM former WHERE participant_id = ? ORDER BY turn DESC", (participant,)
        )
        return [
            MergedRecord(
                id=row["id"],
                participant_id=participant,
                name=row["name"],
                learner_id=row["learner_id"] or "",
                merged_on=dt.date.fromisoformat(row["merged_on"]),
                is_last=place == 0,
                email=json.loads(row["undo"])["who"][0]["email"] if row["undo"] else "",
                has_link=row["token"] is not None,
            )
            for place, row in enumerate(rows.fetchall())
        ]

    def told_since(self, record: MergedRecord) -> list[str]:
        """The addresses to which mails about the record's certificates went since it was merged."""
        row = self._row("SELECT undo FROM former WHERE id = ?", (record.id,))
        before: dict[str, Any] = json.loads(row["undo"])
        others = {other for _, other in before["joined"]}
        theirs = [one["id"] for one in before["certificates"] if one["claim_id"] in others]
        moved = self._db.execute(
            "SELECT x.id FROM certificate x JOIN share s ON s.claim_id = x.claim_id WHERE s.former = ?"
            " AND NOT EXISTS (SELECT 1 FROM share o WHERE o.claim_id = s.claim_id AND o.former = 0)",
            (record.id,),
        )
        theirs += [one[0] for one in moved]
        rows = self._db.execute(
            "SELECT DISTINCT g.email FROM mention m JOIN message g ON g.id = m.message_id"
            f" WHERE m.certificate_id {LISTED} AND NOT g.id {LISTED} AND g.state IN ('sent', 'unknown')",
            (listed(theirs), listed(one["id"] for one in before["messages"])),
        )
        return [one[0] for one in rows]

    def forget_notes(self, today: dt.date) -> None:
        """What was noted on an earlier day is not needed any more."""
        self._db.execute(
            "UPDATE former SET undo = '' WHERE undo <> '' AND merged_on < ?", (today.isoformat(),)
        )

    def part(self, record: MergedRecord, token: str, today: dt.date) -> str:
        """The record is a participant again; both get their claims awarded anew. Their link, which is the former
        one, and `token` where that was closed. Belongs in a transaction."""
        row = self._row("SELECT * FROM former WHERE id = ?", (record.id,))
        before = self._renumbered(json.loads(row["undo"]))
        who, into = record.id, record.participant_id
        token = row["token"] or token
        former = [one["id"] for one in before["formers"]]
        self._db.execute("DELETE FROM former WHERE id = ?", (who,))
        self._bring_back(dict(row), before["who"][0], before["into"][0], into, token)
        self._db.execute(f"UPDATE former SET participant_id = ? WHERE id {LISTED}", (who, listed(former)))
        self._part_claims(who, into, {who, *former}, before, today)
        self._part_addresses(into, before)
        self._part_messages(who, into, before)
        self._rename([who, into])
        for one in (who, into):
            Claims(self._db).award_again(one)
        return token

    def _renumbered(self, before: dict[str, Any]) -> dict[str, Any]:
        """What was noted, with another number for each claim whose own was given to a newer one since."""
        others = [other for _, other in before["joined"]]
        rows = self._db.execute(f"SELECT id FROM claim WHERE id {LISTED}", (listed(others),)).fetchall()
        if not rows:
            return before
        free = max(self._number("SELECT max(id) FROM claim"), *others) + 1
        anew = {row[0]: free + place for place, row in enumerate(rows)}
        # What was noted of records that had become part of this one before names its claims, too.
        formers = listed(one["id"] for one in before["formers"])
        query = f"SELECT id, undo FROM former WHERE undo <> '' AND id {LISTED}"
        for former, undo in self._db.execute(query, (formers,)).fetchall():
            noted = json.loads(undo)
            owns = {own for own, _ in noted["joined"]}
            noted = _with_claims(noted, {own: anew[own] for own in owns & anew.keys()})
            self._db.execute("UPDATE former SET undo = ? WHERE id = ?", (json.dumps(noted), former))
        return _with_claims(before, anew)

    def _bring_back(
        self,
        former: Mapping[str, Any],
        person: Mapping[str, Any],
        other: Mapping[str, Any],
        into: int,
        token: str,
    ) -> None:
        """The participant's row, with what files have said under its learner id or name since."""
        mine = self._row("SELECT learner_id, held FROM participant WHERE id = ?", (into,))
        if mine["learner_id"] == person["learner_id"]:  # lent as the other had none
            self._db.execute(
                "UPDATE participant SET learner_id = ? WHERE id = ?", (other["learner_id"], into)
            )
        if mine["held"] == held_together(other["held"], person["held"]):
            self._db.execute("UPDATE participant SET held = ? WHERE id = ?", (other["held"], into))
        said = {name: former[name] for name in ("said_name", "said_credentials", "said_load")}
        row = {**person, **said, "token": token}
        self._insert("participant", row)

    def _part_claims(
        self, who: int, into: int, records: Collection[int], before: Mapping[str, Any], today: dt.date
    ) -> None:
        claims, joined = Claims(self._db), dict(before["joined"])
        rows = self._db.execute("SELECT id FROM claim WHERE participant_id = ? ORDER BY id", (into,))
        for (claim,) in rows.fetchall():
            shares = claims.shares(claim)
            theirs = {OWN if one == who else one: each for one, each in shares.items() if one in records}
            others = {one: each for one, each in shares.items() if one not in records}
            if theirs and others:
                self._say(self._split(claim, joined.get(claim), who, before), theirs)
                self._say(claim, others)
            elif theirs:
                self._db.execute("UPDATE claim SET participant_id = ? WHERE id = ?", (who, claim))
                self._say(claim, theirs)
        for own in joined:
            self._settle_certificates(own, before["certificates"], today)
        self._db.execute(
            "UPDATE OR IGNORE superseded SET participant_id = ?1 WHERE participant_id = ?2"
            " AND claim_id IN (SELECT id FROM claim WHERE participant_id = ?1)",
            (who, into),
        )
        self._insert_again("superseded", before["superseded"])

    def _say(self, claim: int, shares: Mapping[int, Share]) -> None:
        """The claim is what these shares make; what one says alone counts."""
        said = {one: each if len(shares) > 1 else Share(each.content) for one, each in shares.items()}
        content = highest(said.values())
        Claims(self._db).set_content(claim, content)
        if content != ClaimContent():
            self._db.execute("UPDATE claim SET undone = '' WHERE id = ? AND undone = 'void'", (claim,))
        self._db.execute("DELETE FROM share WHERE claim_id = ?", (claim,))
        if said.keys() != {OWN}:
            Claims(self._db).set_shares(claim, said)

    def _split(self, own: int, other: int | None, who: int, before: Mapping[str, Any]) -> int:
        """Another claim of the same activity: the one that there was, or one for what files have said since. Its
        id."""
        row = dict(self._row("SELECT * FROM claim WHERE id = ?", (own,)))
        if other is None:
            del row["id"]
            self._insert("claim", {**row, "participant_id": who})
            query = "SELECT id FROM claim WHERE participant_id = ? AND activity = ?"
            return self._number(query, (who, row["activity"]))
        was = {one["id"]: one for one in before["claims"]}
        self._insert("claim", was[other])
        self._db.execute(
            # Where it does not wait any more a file has said it since; of one that was void, its share tells that.
            "UPDATE claim SET activity_date = ?, kept_until = ?, run_id = ?,"
            " undone = CASE WHEN undone = '' AND ?4 = 'waits' THEN '' ELSE ?4 END WHERE id = ?",
            (*(was[own][name] for name in ("activity_date", "kept_until", "run_id", "undone")), own),
        )
        self._db.execute("DELETE FROM claim_before WHERE claim_id = ?", (own,))
        self._insert_again("claim_before", before["changed"])
        for one in before["certificates"]:
            self._db.execute(
                "UPDATE certificate SET claim_id = ? WHERE id = ? AND claim_id IN (?, ?)",
                (one["claim_id"], one["id"], own, other),
            )
        read = {one["load_id"] for one in before["readings"] if one["claim_id"] == other}
        mine = {one["load_id"] for one in before["readings"] if one["claim_id"] == own}
        self._db.execute(
            f"DELETE FROM reading WHERE claim_id = ? AND load_id {LISTED}", (own, listed(read - mine))
        )
        self._insert_again("reading", [one for one in before["readings"] if one["claim_id"] == other])
        mentions = [one for one in before["mentions"] if one["claim_id"] == other]
        self._db.execute(
            f"DELETE FROM claim_mention WHERE claim_id = ? AND message_id {LISTED}",
            (own, listed(one["message_id"] for one in mentions)),
        )
        self._insert_again("claim_mention", mentions)
        return other

    def _settle_certificates(self, own: int, before: Sequence[Mapping[str, Any]], today: dt.date) -> None:
        """What gave way counts again; what was issued for both claims together counts no more, unless the record
        that stayed had nothing in its place: then it is corrected to what that one says."""
        certificates = Certificates(self._db)
        live = {one["id"] for one in before if Standing(one["standing"]).is_live and one["current"]}
        for one in before:
            row = self._row(
                "SELECT standing FROM certificate WHERE id = ? AND number = ?", (one["id"], one["number"])
            )
            if row is not None and one["id"] in live and row["standing"] == Standing.REPLACED.value:
                self._db.execute(
                    "UPDATE certificate SET replaced_by = '', replaces = ? WHERE id = ?",
                    (one["replaces"], one["id"]),
                )
                certificates.reinstate(one["id"])
            elif row is not None:
                self._db.execute(
                    "UPDATE certificate SET replaces = ? WHERE id = ?", (one["replaces"], one["id"])
                )
        known = LISTED.replace("?", ":known")
        in_place = (
            f"FROM certificate_and_claim y WHERE y.claim_id = x.claim_id AND y.id {known}"
            " AND (y.kind = 'participation') = (x.kind = 'participation')"
        )
        since = self._db.execute(
            f"SELECT x.id, x.current, x.is_live, EXISTS (SELECT 1 {in_place}) AS had,"
            f" (SELECT y.number {in_place} AND y.is_live) AS stays FROM certificate_and_claim x"
            f" WHERE x.claim_id = :own AND NOT x.id {known}",
            {"own": own, "known": listed(one["id"] for one in before)},
        )
        for row in since.fetchall():
            if not row["current"]:
                certificates.drop(row["id"])
            elif row["is_live"] and row["had"]:
                certificates.withdraw(row["id"], today, PARTED)
                self._db.execute(
                    "UPDATE certificate SET replaces = NULL, replaced_by = coalesce(?1, ''),"
                    " standing = CASE WHEN ?1 IS NULL THEN standing ELSE 'replaced' END WHERE id = ?2",
                    (row["stays"], row["id"]),
                )

    def _part_addresses(self, into: int, before: Mapping[str, Any]) -> None:
        known = {one["key"]: one["seen_load"] for one in before["known"]}
        self._insert_again("address", before["addresses"])
        for one in before["addresses"]:
            key, seen = one["key"], one["seen_load"]
            if key in known:
                self._db.execute(
                    "UPDATE address SET seen_load = ? WHERE participant_id = ? AND key = ? AND seen_load = ?",
                    (known[key], into, key, max(seen, known[key])),
                )
            else:
                self._db.execute(
                    "DELETE FROM address WHERE participant_id = ?1 AND key = ?2"
                    " AND key <> (SELECT email_key FROM participant WHERE id = ?1)",
                    (into, key),
                )

    def _part_messages(self, who: int, into: int, before: Mapping[str, Any]) -> None:
        """Messages go back; what waits of them goes where it would have gone. What tells of certificates of both
        tells only of its own person's."""
        messages, notice = listed(one["id"] for one in before["messages"]), before["notice"]
        if notice is not None:  # nobody need be told, unless they were
            self._db.execute(
                "DELETE FROM message WHERE id = ? AND state = 'queued' AND attempt = 0", (notice,)
            )
        self._db.execute(
            f"UPDATE message SET participant_id = ? WHERE participant_id = ? AND id {LISTED}",
            (who, into, messages),
        )
        Messages(self._db).readdress(who, before["who"][0]["email"])
        for table, subject, whose in (
            ("mention", "certificate_id", "certificate_and_claim"),
            ("claim_mention", "claim_id", "claim"),
        ):
            self._db.execute(
                f"DELETE FROM {table} WHERE {subject} IN (SELECT id FROM {whose} WHERE participant_id IN (?1, ?2))"
                f" AND (SELECT participant_id FROM {whose} WHERE id = {table}.{subject})"
                f" <> (SELECT participant_id FROM message WHERE id = {table}.message_id)",
                (who, into),
            )

    def _rename(self, people: Sequence[int]) -> None:
        """These participants are found by their own names again."""
        for one in people:
            self._db.execute("DELETE FROM named WHERE participant_id = ?", (one,))
            self._db.execute(
                "INSERT INTO named SELECT value, ?1 FROM (SELECT name, said_name FROM participant WHERE id = ?1"
                " UNION ALL SELECT name, said_name FROM former WHERE participant_id = ?1) r,"
                " json_each(name_words(r.name, r.said_name)) WHERE true ON CONFLICT DO NOTHING",
                (one,),
            )
            self._db.execute(
                "INSERT INTO word SELECT word FROM named WHERE participant_id = ? ON CONFLICT DO NOTHING",
                (one,),
            )

    def _insert(self, table: str, row: Mapping[str, Any]) -> None:
        columns, places = ", ".join(row), ", ".join("?" * len(row))
        self._db.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", [*row.values()])

    def _insert_again(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows that may be there, and of which what they are about may be deleted since."""
        for row in rows:
            with suppress(sqlite3.IntegrityError):
                self._insert(table, row)


def _with_claims(before: dict[str, Any], anew: Mapping[int, int]) -> dict[str, Any]:
    """What was noted, with other numbers for these claims."""
    noted = {
        table: [
            {name: anew.get(value, value) if name == column else value for name, value in one.items()}
            for one in before[table]
        ]
        for table, column in CLAIM_IN.items()
    }
    return {**before, **noted, "joined": [[anew.get(one, one) for one in both] for both in before["joined"]]}
