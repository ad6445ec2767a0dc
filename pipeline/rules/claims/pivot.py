"""Rows of one person and activity, one a credit type -> one row in the wide form, or why they make none.

- Repeated rows of one credit type that agree count once; that differ, the whole group is a problem.
- A type the group has no row for is absent, not zero: a long file lists only what there is, and what is on
  record stays.
- A row with complete = 0 earns nothing yet: its credits are passed over. The group is complete where any of
  its rows is (an attendance row among them); Judge decides by the activity whether that or `attended` counts.
- The completion date is that of the CME rows, else of the attendance rows, else of the others: boards'
  credits are often awarded days after the activity was completed. Rows of one rank must name the same day.
- Everything else that counts (name, address, requirements ...) must say the same wherever it is not empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipeline.rules.claims.claim import NO, YES, Meaning, Problem, Row
from pipeline.rules.text import shown

ATTENDANCE = "attended"
TYPES = {"cme": "cme_credits", "abim": "abim_moc_points", "abp": "abp_moc_points"}
_SIGNS = (
    ("abim", re.compile(r"\babim\b|\bamerican board of internal medicine\b")),
    ("abp", re.compile(r"\babp\b|\bamerican board of pediatrics\b")),
    ("cme", re.compile(r"\bcme\b|\bama\b|\bpra\b|\bcat(egory)? (1|i)\b")),
    (ATTENDANCE, re.compile(r"\b(attendance|attended|attendee|participation|participant)\b")),
)
_CATEGORY_2 = re.compile(
    r"\bcat(egory)? (2|ii)\b"
)  # claimed from the AMA by the physician, awarded by nobody
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


def merge(rows: Sequence[Row], meaning: Meaning) -> Row | list[Problem]:
    """One row in the wide form, named for the first of them; or problems, one for each row of the group."""
    types: list[str] = []
    for row in rows:
        text = row.cells.get("credit_type", "")
        kind = credit_type(text) if text.strip() else ATTENDANCE  # an enrolment without credit
        if kind is None:
            reason = f'"{shown(text)}" is not one credit type; read are CME, ABIM MOC, ABP MOC and attendance'
            return _all(rows, "credit_type", reason, row)
        if kind == ATTENDANCE and not text.strip() and row.cells.get("credits", "").strip(" 0."):
            return _all(rows, "credit_type", "is missing although there are credits", row)
        types.append(kind)
    cells: dict[str, str] = {}
    earned = [row.cells.get("complete", "").strip().casefold() not in NO for row in rows]
    for name in rows[0].cells:
        if name in ("credit_type", "credits", "completed_on", "complete"):
            continue
        texts = [text for row in rows if (text := row.cells[name].strip())]
        if len(set(texts)) > 1:  # in other words, or something else
            values = {
                meaning(name, row.cells[name]): row for row in reversed(rows) if row.cells[name].strip()
            }
            if len(values) > 1:
                return _differ(rows, name, name, values.values())
        cells[name] = texts[0] if texts else ""
    for kind, column in TYPES.items():
        amounts = {
            meaning(column, row.cells["credits"]): row
            for row, own, counts in reversed(list(zip(rows, types, earned, strict=True)))
            if own == kind and counts
        }
        if len(amounts) > 1:
            return _differ(rows, column, "credits", amounts.values())
        if amounts:
            cells[column] = next(iter(amounts.values())).cells["credits"]
    if "complete" in rows[0].cells:
        said = [row.cells["complete"].strip() for row in rows if row.cells["complete"].strip()]
        odd = [word for word in said if word.casefold() not in YES | NO]
        complete = "yes" if any(word.casefold() in YES for word in said) else (said or [""])[0]
        cells["complete"] = (odd or [complete])[0]
    if "completed_on" in rows[0].cells:
        days = _days(rows, types, earned, meaning)
        if len(days) > 1:
            return _differ(rows, "completed_on", "completed_on", days)
        cells["completed_on"] = days[0].cells["completed_on"] if days else ""
    return Row(rows[0].file, rows[0].number, cells, tuple(row.number for row in rows[1:]))


def _days(rows: Sequence[Row], types: Sequence[str], earned: Sequence[bool], meaning: Meaning) -> list[Row]:
    """A row for each day of the first rank that has any."""
    for rank in (*_RANKS, None):
        days = {
            meaning("completed_on", row.cells["completed_on"]): row
            for row, kind, counts in reversed(list(zip(rows, types, earned, strict=True)))
            if row.cells["completed_on"].strip() and counts and (rank is None or kind == rank)
        }
        if days:
            return list(days.values())
    return []


def _differ(rows: Sequence[Row], name: str, column: str, unlike: Iterable[Row]) -> list[Problem]:
    """`name`: what the problem is told of; `column`: where the rows that are unlike say it."""
    first, second = sorted(unlike, key=lambda row: row.number)[:2]
    said = (f'"{shown(row.cells[column].strip())}" in row {row.number}' for row in (first, second))
    return _all(rows, name, f"rows of one person and activity differ: {', '.join(said)}", None)


def _all(rows: Sequence[Row], name: str, reason: str, at: Row | None) -> list[Problem]:
    """The reason for the row it is about; the rows beside it are set aside with it, to be mended together."""
    return [
        Problem(row.file, row.number, name, reason)
        if at is None or row is at
        else Problem(row.file, row.number, "row", f"belongs with row {at.number}, which has a problem")
        for row in rows
    ]
