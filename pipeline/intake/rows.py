"""Rows of a table that holds no claims: a list of people, or of a board's answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pipeline.errors import IntakeError
from pipeline.intake.source import HEADER_ROWS, Source, in_its_code_page, is_blank, open_tables
from pipeline.rules.text import shown


@dataclass(frozen=True, slots=True)
class TableRows:
    """A table with its header; nothing of it is read twice or kept."""

    name: str  # the file's
    header: tuple[str, ...]
    source: Source
    header_row: int

    def rows(self) -> Iterator[tuple[int, list[str] | str]]:
        """Every row below the header with its number: its cells, or why it cannot be read. Blank ones are not
        given."""
        for number, cells in self.source.rows():
            if number > self.header_row and (isinstance(cells, str) or not is_blank(cells)):
                yield number, cells


def open_rows(
    path: Path, known: Callable[[Sequence[str]], int], names: Callable[[Sequence[str]], Sequence[int]]
) -> TableRows:
    """The table whose header is known best; of a workbook's sheets a visible one.

    `known`: how many cells of a row are known headers; `names`: in which columns of a header names stand, by
    which a code page is told. Raises IntakeError where it is no table, or several sheets are; its words hold
    no cell, as a file without a header begins with a person.
    """
    best: list[tuple[int, int, tuple[str, ...], Source]] = []
    for source in open_tables(path, known):
        rows = islice(source.rows(), HEADER_ROWS)
        scores = [
            (known(cells), -number, tuple(cells)) for number, cells in rows if not isinstance(cells, str)
        ]
        if scores and max(scores)[0] > 1 and getattr(source, "is_visible", True):
            score, number, cells = max(scores)
            best.append((score, -number, cells, source))
    if not best:
        raise IntakeError(
            f"{shown(path.name)}: none of its first {HEADER_ROWS} rows has headers that are known.",
            "Give the export with its header row; docs/boards.md lists the headers.",
        )
    if len(best) > 1:
        raise IntakeError(
            f"{shown(path.name)}: several of its sheets have such headers.", "Give a file with one of them."
        )
    _, number, cells, source = best[0]
    header = tuple(cell.strip("\ufeff").strip() for cell in cells)
    return TableRows(path.name, header, in_its_code_page(source, number, names(header)), number)
