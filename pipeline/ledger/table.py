"""What the modules of tables share: the connection, and queries for one row, one figure, or of a list."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Values = Sequence[object] | Mapping[str, object]
LISTED = "IN (SELECT value FROM json_each(?))"  # of what `listed` makes one bound value of


class Table:
    """A table, or a close family, of an open ledger."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def _row(self, query: str, values: Values = ()) -> Any:
        """The first row that a query finds; None without one."""
        return self._db.execute(query, values).fetchone()

    def _number(self, query: str, values: Values = ()) -> int:
        """The figure that a query finds."""
        return int(self._row(query, values)[0])


def listed(values: Iterable[object]) -> str:
    """Any number of values as one, for LISTED."""
    return json.dumps(list(values))
