"""What is on record of the web host besides its private pages: its public files, and what is about to leave it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pipeline.ledger.table import Table


class Hosts(Table):
    """Files at the web host, as paths below output/."""

    def public(self, target: str) -> dict[str, str]:
        """Public files with their stamps as they were proved at this target; without one while they are sent."""
        rows = self._db.execute("SELECT path, stamp FROM published_file WHERE target = ?", (target,))
        return dict(rows.fetchall())

    def foresee(
        self, target: str, pages: Iterable[str], public: Iterable[str], removed: Iterable[str]
    ) -> None:
        """These pages and public files are about to be sent there, and these files to be removed: whatever
        happens now, they are known to be there, or to be proved gone."""
        for table, paths in (("published", pages), ("published_file", public)):
            self._db.executemany(
                f"INSERT INTO {table} VALUES (?, '', ?) ON CONFLICT DO NOTHING",
                [(path, target) for path in paths],
            )
        self._db.executemany(
            "INSERT INTO leaving VALUES (?) ON CONFLICT DO NOTHING", [(path,) for path in removed]
        )

    def note_public(self, target: str, stamps: Mapping[str, str]) -> None:
        """These public files are there, and no others."""
        if stamps != self.public(target):
            self._db.execute("DELETE FROM published_file")
            self._db.executemany(
                "INSERT INTO published_file VALUES (?, ?, ?)",
                [(path, stamp, target) for path, stamp in stamps.items()],
            )

    def leaving(self) -> list[str]:
        """Files that were to be removed, and are not proved to be gone yet."""
        return [path for (path,) in self._db.execute("SELECT path FROM leaving ORDER BY path")]

    def left(self, paths: Sequence[str]) -> None:
        """These are gone, or are there again rightly."""
        self._db.executemany("DELETE FROM leaving WHERE path = ?", [(path,) for path in paths])

    def leave(self, target: str) -> None:
        """Forget what was noted for another target than this one."""
        self._db.execute("DELETE FROM published_file WHERE target <> ?", (target,))
        self._db.execute("DELETE FROM leaving")
