"""The cells of a row on their way to the judge: what fits the header, what is text, what could be read."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from pipeline.intake.sheet_xml import cell_name
from pipeline.intake.sheets import Part
from pipeline.intake.source import CsvSource, is_blank
from pipeline.intake.workbook import XlsxSource
from pipeline.rules.addresses import bare_address
from pipeline.rules.claims import columns
from pipeline.rules.claims.claim import Problem, Row, full_name
from pipeline.rules.claims.formulas import ABSENT, error_value, formula_text
from pipeline.rules.claims.inverted_names import NameOrder, chosen_credentials, read_name
from pipeline.rules.claims.names import character_name, without_signs_at_ends
from pipeline.rules.text import conjoined, counted, quoted, shown


def misfit(cells: list[str], names: Sequence[str]) -> str:
    """Why a row does not fit its header; empty where it does.

    Cells may be missing at the end only where their columns are requirements: taken as empty they
    withhold, while a missing credit would be a credit lost.
    """
    if len(cells) > len(names):
        if is_blank(cells[len(names) :]):
            return ""
        hint = "a cell that holds the delimiter needs quotation marks"
        return f"has {counted(len(cells), 'cell')} for {counted(len(names), 'column')}; {hint}"
    absent = [name for name in names[len(cells) :] if name in columns.FIXED]
    if absent:
        found = f"has {counted(len(cells), 'cell')} for {counted(len(names), 'column')}"
        return f"{found}; {conjoined(absent)} would be missing"
    cells.extend([""] * (len(names) - len(cells)))
    return ""


def as_text(row: Row) -> Row | Problem:
    """The row without signs at the ends of its cells that nobody sees; the problem of bytes and characters
    that are no text at all, in a column that is used."""
    cells = {name: without_signs_at_ends(cell) for name, cell in row.cells.items()}
    for name, cell in cells.items():
        if cell.isprintable() or name not in columns.FIXED:
            continue
        for character in cell:
            if (character < " " and character not in "\t\n\r") or "\ud800" <= character <= "\udfff":
                return Problem(row.file, row.number, name, f"holds {character_name(character)}")
    return replace(row, cells=cells)


def with_bare_address(row: Row) -> Row:
    """The row with the address alone where its cell has a name or `mailto:` as well."""
    text = row.cells.get("email", "")
    bare = bare_address(text)
    return row if bare is text else replace(row, cells={**row.cells, "email": bare})


def may_be_unread(part: Part, text: str) -> bool:
    """Whether a row whose cells are this text may have one that could not be read."""
    if isinstance(part.source, CsvSource) and part.source.doubtful:
        return True
    return "#" in text or '="' in text or "Err:" in text or ABSENT in text


def with_unread(part: Part, row: Row, used: Collection[str]) -> Row:
    """The row, with what is wrong with used cells that hold an error, a formula or letters in doubt."""
    cells, unread, number = dict(row.cells), [], row.number - part.above
    formulas = part.source.look.formulas if isinstance(part.source, XlsxSource) else {}
    for at, name in enumerate(part.columns.names):
        if name not in used:
            continue
        column = (part.places[at] if part.places else at) + 1
        place = cell_name(number, column)
        if (formula := formulas.get((number, column))) is not None:
            what = f"the formula {shown(formula)}" if len(formula) > 1 else "a formula"
            unread.append((name, f"{place} holds {what} without a value: open the file in Excel and save it"))
        elif error := error_value(cells[name]):
            unread.append((name, f"{place} holds the Excel error {shown(error)}"))
        elif other := _in_doubt(part, name, cells[name]):
            unread.append((name, other))
        else:
            cells[name] = formula_text(cells[name])
    return replace(row, cells=cells, unread=tuple(unread))


def _in_doubt(part: Part, name: str, cell: str) -> str:
    """Why nobody can tell a name's letters; empty where it is certain."""
    if name not in columns.NAME_COLUMNS or not isinstance(part.source, CsvSource):
        return ""
    other = part.source.doubtful.get(unicodedata.normalize("NFC", cell))
    how = "the file does not say in which code page it is; save it as CSV UTF-8"
    return f"{quoted(cell)} could also be {quoted(other)}: {how}" if other else ""


def in_order_of_speech(row: Row) -> Row:
    """The row of a file that writes "Last, First, Credentials", with the name as it is spoken."""
    found = read_name(full_name(row.cells))
    if found.order is NameOrder.UNCLEAR:
        why = f"{quoted(found.name)}: nobody can tell last name, first name and credentials; mend the name"
        return replace(row, unread=(*row.unread, ("name", why)))
    notes = list(row.notes)
    if found.is_capitals:
        notes.append(("name", f"{quoted(found.name)} is all capitals, and printed so"))
    cells: Mapping[str, str] = {**row.cells, "name": found.name}
    if found.credentials or "credentials" in cells:
        credentials, said = chosen_credentials(cells.get("credentials", "").strip(), found.credentials)
        notes += [("credentials", said)] if said else []
        cells = {**cells, "credentials": credentials}
    return replace(row, cells=cells, notes=tuple(notes))
