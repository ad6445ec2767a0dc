"""Long files: the rows of one person and activity, a credit type each, in; one wide row, or problems, out.

- Repeated rows of one credit type count once where they agree; where they differ, all of them are problems.
- A credit type without a row is absent, not zero: a long file lists only what there is, and what is on record
  stays.
- A row with complete = 0 earns nothing yet: its credits are passed over. The group is complete where any of
  its rows is, an attendance row among them.
- The completion date is that of the CME rows, else of the attendance rows, else of the others: boards'
  credits are often awarded days after the activity was completed.
- Everything else that counts (name, address, requirements ...) must say the same wherever it is not empty.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.rules.claims.claim import NO_WORDS, YES_WORDS, CellMeaning, Problem, Row, row_words
from pipeline.rules.text import quoted, shown

ATTENDANCE = "attended"
_COLUMN_OF = {"cme": "cme_credits", "abim": "abim_moc_points", "abp": "abp_moc_points"}
_SIGNS = (
    ("abim", re.compile(r"\babim\b|\bamerican board of internal medicine\b")),
    ("abp", re.compile(r"\babp\b|\bamerican board of pediatrics\b")),
    ("cme", re.compile(r"\bcme\b|\bama\b|\bpra\b|\bcat(egory)? (1|i)\b")),
    (ATTENDANCE, re.compile(r"\b(attendance|attended|attendee|participation|participant)\b")),
)
# Category 2 credit is claimed from the AMA by the physician; no provider awards it.
_CATEGORY_2 = re.compile(r"\bcat(egory)? (2|ii)\b")
_RANKS = ("cme", ATTENDANCE)


def credit_type(text: str) -> str | None:
    """`cme`, `abim`, `abp` or `attended` for a credit type as learning systems spell it; None for another.

    A type that names two of them, such as "CME/ABIM MOC", is none: nobody can tell whose credits they are.
    """
    words = " ".join(re.findall(r"[^\W_]+", text.casefold()))
    found = [kind for kind, sign in _SIGNS if sign.search(words)]
    if _CATEGORY_2.search(words) or len(found) != 1:
        return None
    if found == ["cme"] and "moc" in words.split():
        return None
    return found[0]


class _UnfitError(Exception):
    """Why rows make no wide row: the field, the reason, and the row it is about where it is about one."""

    def __init__(self, field: str, reason: str, row: Row | None = None) -> None:
        super().__init__(field, reason, row)
        self.field, self.reason, self.row = field, reason, row


def join_rows(rows: Sequence[Row], meaning: CellMeaning) -> Row | list[Problem]:
    """One wide row with the number of the first of them; or problems, one for each of the rows.

    Where the problem is one row's, those beside it are set aside with it, to be mended together.
    """
    first = rows[0]
    try:
        for row in rows:
            for field, reason in row.unread:
                raise _UnfitError(field, reason, row)
        typed = [(row, _type_of(row)) for row in rows]
        earning = [
            (row, kind)
            for row, kind in typed
            if row.cells.get("complete", "").strip().casefold() not in NO_WORDS
        ]
        cells = _common_cells(rows, meaning) | _amounts(earning, meaning)
        if "complete" in first.cells:
            cells["complete"] = _complete(rows)
        if "completed_on" in first.cells:
            cells["completed_on"] = _completed_on(earning, meaning)
    except _UnfitError as unfit:
        at = unfit.row
        return [
            Problem(row.file, row.number, unfit.field, unfit.reason)
            if at is None or row is at
            else Problem(
                row.file, row.number, "row", f"belongs with {row_words(at.number)}, which has a problem"
            )
            for row in rows
        ]
    return Row(first.file, first.number, cells, tuple(row.number for row in rows[1:]), notes=first.notes)


def _type_of(row: Row) -> str:
    text = row.cells.get("credit_type", "")
    if not text.strip():  # somebody enrolled who earned no credit
        if row.cells.get("credits", "").strip(" 0."):
            raise _UnfitError("credit_type", "is missing although there are credits", row)
        return ATTENDANCE
    kind = credit_type(text)
    if kind is None:
        reason = f"{quoted(text)} is not one credit type; read are CME, ABIM MOC, ABP MOC and attendance"
        raise _UnfitError("credit_type", reason, row)
    return kind


def _common_cells(rows: Sequence[Row], meaning: CellMeaning) -> dict[str, str]:
    """What is said of the person and the activity: in any of the rows, and nothing else in another."""
    own = ("credit_type", "credits", "completed_on", "complete")  # what each row says of itself
    return {
        name: _agreed([row for row in rows if row.cells[name].strip()], name, name, meaning)
        for name in rows[0].cells
        if name not in own
    }


def _amounts(earning: Sequence[tuple[Row, str]], meaning: CellMeaning) -> dict[str, str]:
    found = {}
    for kind, column in _COLUMN_OF.items():
        if rows := [row for row, own in earning if own == kind]:
            found[column] = _agreed(rows, "credits", column, meaning)
    return found


def _complete(rows: Sequence[Row]) -> str:
    said = [text for row in rows if (text := row.cells["complete"].strip())]
    words = [text.casefold() for text in said]
    unreadable = [text for text, word in zip(said, words, strict=True) if word not in YES_WORDS | NO_WORDS]
    if unreadable:
        return unreadable[0]  # Judge says what is wrong with it
    return "yes" if not YES_WORDS.isdisjoint(words) else (said or [""])[0]


def _completed_on(earning: Sequence[tuple[Row, str]], meaning: CellMeaning) -> str:
    """The day that the rows of the first rank which have one name."""
    dated = [(row, kind) for row, kind in earning if row.cells["completed_on"].strip()]
    for rank in _RANKS:
        if rows := [row for row, kind in dated if kind == rank]:
            return _agreed(rows, "completed_on", "completed_on", meaning)
    return _agreed([row for row, _ in dated], "completed_on", "completed_on", meaning)


def _agreed(rows: Sequence[Row], column: str, field: str, meaning: CellMeaning) -> str:
    """What all of the rows say in a column, in the words of the first of them; empty without rows.

    `field`: the wide column that they speak of. Raises _UnfitError where they differ.
    """
    texts = [row.cells[column].strip() for row in rows]
    if len(set(texts)) > 1:  # said in other words, or something else is said
        firsts = {meaning(field, row.cells[column]): row for row in reversed(rows)}
        if len(firsts) > 1:
            one, other = sorted(firsts.values(), key=lambda row: row.number)[:2]
            said = (
                f'"{shown(row.cells[column].strip())}" in {row_words(row.number)}' for row in (one, other)
            )
            raise _UnfitError(field, f"rows of one person and activity differ: {', '.join(said)}")
    return texts[0] if texts else ""
