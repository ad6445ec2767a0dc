"""The PDFs about all of a person's certificates that builds made, by the page that they lie beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.ledger.table import LISTED, Table, listed
from pipeline.rules.web.pages import CreditFile, CreditFileKind, PageFile


class CreditFiles(Table):
    """The table credit_file. What is of a page goes with it."""

    def of(self, pages: Sequence[str]) -> dict[str, list[CreditFile]]:
        """Those of these pages, by their paths: the Record of credits of all years first."""
        found: dict[str, list[CreditFile]] = {}
        rows = self._db.execute(
            f"SELECT * FROM credit_file WHERE page {LISTED} ORDER BY page, kind DESC, year <> 0, year DESC",
            (listed(pages),),
        )
        for row in rows:
            file = PageFile(row["name"], row["size"], row["sha256"])
            kind = CreditFileKind(row["kind"])
            found.setdefault(row["page"], []).append(CreditFile(file, kind, row["year"], row["source"]))
        return found

    def note(self, made: Mapping[str, Sequence[CreditFile]]) -> None:
        """A build left these beside these pages, and no others."""
        before = self.of([*made])
        changed = {page: files for page, files in made.items() if [*files] != before.get(page, [])}
        self._db.execute(f"DELETE FROM credit_file WHERE page {LISTED}", (listed(changed),))
        self._db.executemany(
            "INSERT INTO credit_file VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (page, one.kind, one.year, one.file.name, one.file.size, one.file.sha256, one.source)
                for page, files in changed.items()
                for one in files
            ],
        )
