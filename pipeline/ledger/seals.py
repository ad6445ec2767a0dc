"""What of seals is kept for good: public keys, and the standing of certificates that are on record no more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from pipeline.ledger.table import Table
from pipeline.rules.seals.public_keys import PublicKey
from pipeline.rules.seals.standing_list import Kept, KeptStanding, of_numbers


class Seals(Table):
    """The tables seal_key, former_standing and listed_standing."""

    def all_keys(self) -> list[PublicKey]:
        """Every key there ever was, the newest first."""
        rows = self._db.execute("SELECT x, y, since, until, revoked FROM seal_key ORDER BY since DESC, id")
        keys = [
            PublicKey(x, y, _day(since), _day_or_none(until), _day_or_none(revoked))
            for x, y, since, until, revoked in rows
        ]
        return sorted(keys, key=lambda key: (key.until is not None, key.revoked is not None))

    def current(self) -> PublicKey | None:
        """The key that seals."""
        return next((key for key in self.all_keys() if key.until is None and key.revoked is None), None)

    def add(self, key: PublicKey) -> None:
        """It seals from now on; another one does no more."""
        self.end(key.since)
        self._insert(key)

    def _insert(self, key: PublicKey) -> None:
        days = (one.isoformat() if one else None for one in (key.since, key.until, key.revoked))
        self._db.execute("INSERT INTO seal_key VALUES (?, ?, ?, ?, ?, ?)", (key.id, key.x, key.y, *days))

    def take_up(self, key: PublicKey, today: dt.date, can_seal: bool) -> None:
        """A key that was lost from here. It seals if nothing newer does, it was not ended, and it `can_seal`."""
        current = self.current()
        if key.until is None and can_seal and (current is None or current.since <= key.since):
            self.add(key)
        else:
            self._insert(replace(key, until=key.until or today))

    def end(self, today: dt.date) -> None:
        """No key seals any more."""
        self._db.execute("UPDATE seal_key SET until = ? WHERE until IS NULL", (today.isoformat(),))

    def revoke(self, key_id: str, today: dt.date) -> None:
        """Others have the key: what it sealed proves nothing."""
        query = (
            "UPDATE seal_key SET until = coalesce(until, ?1), revoked = coalesce(revoked, ?1) WHERE id = ?2"
        )
        self._db.execute(query, (today.isoformat(), key_id))

    def issued_as(self, sha256: str) -> tuple[str, int] | None:
        """Number and version of the certificate that was issued as these bytes."""
        row = self._row(
            "SELECT x.number, v.version FROM version v JOIN certificate x ON x.id = v.certificate_id"
            " WHERE v.sha256 = ?",
            (sha256,),
        )
        return tuple(row) if row else None

    def standings(self) -> dict[str, KeptStanding]:
        """Of every certificate that does not count, or not as first issued, those deleted since among them."""
        rows = self._db.execute(
            "SELECT number, standing, changed_on, current FROM certificate"
            " WHERE standing <> 'valid' AND current > 0 AND changed_on IS NOT NULL"
            " UNION ALL SELECT number, standing, day, version FROM former_standing"
        )
        of_records = of_numbers(
            (number, KeptStanding(standing, _day(day), version)) for number, standing, day, version in rows
        )
        listed = self._db.execute("SELECT name, standing, day, version FROM listed_standing")
        return {
            name: KeptStanding(standing, _day(day), version) for name, standing, day, version in listed
        } | of_records

    def keep_listed(self, listed: Kept) -> None:
        """What the site's own list says of certificates that no record tells of any more."""
        self._db.executemany(
            "INSERT OR REPLACE INTO listed_standing VALUES (?, ?, ?, ?)",
            [(name, one.standing, one.day.isoformat(), one.version) for name, one in listed.items()],
        )

    def numbers(self) -> Iterator[str]:
        """Of every certificate on record."""
        return (number for (number,) in self._db.execute("SELECT number FROM certificate"))


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _day_or_none(text: str | None) -> dt.date | None:
    return _day(text) if text else None
