"""Columns of a claims file that nothing reads: do they hold credit, a requirement, or who does not count?

A column that is passed over may cost somebody a certificate, or issue one to somebody who never came. Its
header and its cells are looked at once, and staff are asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from pipeline.rules.certificates.activities import Activity
from pipeline.rules.claims.claim import NO_WORDS, SHEET_ROWS
from pipeline.rules.claims.columns import CREDIT_COLUMNS, FIXED, UNUSED, Columns, column_of
from pipeline.rules.stops import Stop
from pipeline.rules.text import conjoined, counted, first_few, quoted, shown

SHOWN_VALUES = 12  # of a column of statuses, in a sentence
MOST_VALUES = 1000  # distinct texts of a column of statuses that are counted

# 10, 8.25 hours, 1,5, 1:30
_AMOUNT = re.compile(r"\s*(?:[0-9]{1,4}(?:[.,:][0-9]{1,4})?(?::[0-9]{2})?|[.,][0-9]{1,4})\s*[A-Za-z. ]{0,20}")
_ZERO = re.compile(r"[\s0.,:A-Za-z]*")
_CREDIT_SIGNS = re.compile(
    r"\b(?:cme\w*|ama(?:pra)?|pra|moc(?!k)\w*|abim\w*|abp\w*|cpd|cne|ceu?s?|(?:[a-z]*credit|hour|hr|point|pt)s?"
    r"|crs?|units|claimed|earned|awarded|cat(?:egory)? [12i]+"
    r"|credit[oi]s?|horas|heures|stunden|ore|puntos|pontos|punti|\w*punkte)\b"
)
_NO_AMOUNT = re.compile(r"\b(?:id|ids|date|type|url|link|card|code|phone|expir\w*|status)\b")
_STATUS_SIGNS = re.compile(
    r"status\b|\b(?:state|enroll?ment|registration|participation|progress|outcome|result|completion"
    r"|disposition|rsvp|estado|statut)\b"
)
# What a status says of somebody who did not take part or did not finish, as `_words` writes it.
_DOES_NOT_COUNT = re.compile(
    r"(?!(?:not|never) (?:cancel|refund|withdr|wait|delet|drop|void))"
    r"(?:.*\b(?:cancel|cxl|canx|no ?show|wait ?list)"
    r"|(?:refund|withdr|in progress|not |never |did not |didn t |incomplete|declin|dropped|absent|expired"
    r"|fail|pending|denied|reject|void|deleted|removed|invited|abandon|transferr|inactive|partial|missed"
    r"|left early|started|standby|suspended|overdue|past due|awaiting|on hold|quit$|disqualif|ineligible"
    r"|terminat|revoked|rescinded|lapsed|forfeit|opted out|dna$"
    r"|un(?:registered|enroll?ed|attended|paid|confirmed|verified)"
    r"|annul|stornier|abgesagt|nicht |ausente|no asist|en cours|retirad))"
)
# The plainest words of these, which say so in any column.
_LAPSED = re.compile(r"cancell?ed|no ?show|wait ?list(?:ed)?|refunded|withdrawn")
# A column whose header says so itself, with yes, a date, a reason in its cells: Cancelled, Refunded on.
_LAPSE_SIGNS = re.compile(
    r"(?:is |was |date |time )?(?:cancel(?:l?ed|lation)?|no ?show|wait ?list(?:ed)?|refund(?:ed)?"
    r"|withdr(?:ew|awn|awal)|dropped|deleted|void(?:ed)?|absent|not attended|did not attend)"
    r"(?: on| at| date| time| reason| amount| position)?"
)
# A column whose header says the contrary, with no in its cells: Checked in.
_TAKEN_SIGNS = re.compile(
    r"(?:is |was |has )?(?:pass(?:ed)?|pass fail|check(?:ed)? ?in|participat(?:ed|ion)|finished|completion"
    r"|showed(?: up)?)"
)
_NOTHING = frozenset((*NO_WORDS, "n a", "na", "none", "null", "nil", "never"))
_FEW = 3


def _words(text: str) -> str:
    """A text as its words are compared; `InProgress` and `CMEHours` are two words."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    bare = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})", " ", bare)
    return " ".join(re.findall(r"[^\W_]+", bare.casefold()))


@lru_cache(MOST_VALUES)
def does_not_count(header: str, text: str) -> bool:
    """Whether a cell says that its person did not take part or did not finish.

    In a column whose header is none of a status only the plainest words say so.
    """
    words, of = _words(text), _words(header)
    if _LAPSE_SIGNS.fullmatch(of):
        return bool(words.strip("0 ")) and words not in _NOTHING and not words.startswith("not ")
    if _TAKEN_SIGNS.fullmatch(of) and words in NO_WORDS:
        return True
    says = _DOES_NOT_COUNT.match if is_status(header) else _LAPSED.fullmatch
    return says(words) is not None


def is_status(header: str) -> bool:
    """Whether a header is that of a column that may say who does not count."""
    words = _words(header)
    return any((_STATUS_SIGNS.search(words), _LAPSE_SIGNS.fullmatch(words), _TAKEN_SIGNS.fullmatch(words)))


def like_requirement(header: str, requirement: str) -> bool:
    """Whether a header looks like a requirement: every word of it is there, a few letters aside."""
    words = _words(header)
    joined = words.replace(" ", "")
    asked = _words(requirement)
    return all(
        any(
            fuzz.ratio(one, word) >= 85 or (len(word) >= 4 and one.startswith(word)) for word in words.split()
        )
        for one in asked.split()
    ) or (len(asked) >= 6 and joined.startswith(asked.replace(" ", "")))


class UnusedColumns:
    """Watches the columns that nothing reads while a file is read for the first time."""

    def __init__(
        self, file: str, header: Sequence[str], columns: Columns, requirements: Collection[str]
    ) -> None:
        """`file`: its name; `requirements`: of all activities, as Activity has them."""
        self._file, self._columns = file, columns
        known = {*FIXED, *requirements, *map(column_of, requirements)}
        self._unused = {
            at: header[at].strip() for at, name in enumerate(columns.names) if name and name not in known
        }
        self._amounts: dict[int, list[int]] = {}  # place of a column -> rows that have an amount in it
        self._statuses: dict[int, Counter[str]] = {}  # place of a column -> its texts
        self._lapsed: dict[int, list[int]] = {}  # place of a column -> rows that do not count
        for at, text in self._unused.items():
            words = _words(text)
            if _CREDIT_SIGNS.search(words) and not _NO_AMOUNT.search(words):
                self._amounts[at] = []
            else:
                self._statuses[at] = Counter()
                self._lapsed[at] = []

    def see(self, number: int, cells: Sequence[str]) -> None:
        """Take one row into account. `number`: as a spreadsheet counts it."""
        for at, rows in self._amounts.items():
            if at < len(cells) and _AMOUNT.fullmatch(cells[at]) and not _ZERO.fullmatch(cells[at]):
                rows.append(number)
        for at, values in self._statuses.items():
            text = cells[at].strip() if at < len(cells) else ""
            if text in values or len(values) < MOST_VALUES:
                values[text] += 1
            if does_not_count(self._unused[at], text):
                self._lapsed[at].append(number)

    @property
    def lapsed(self) -> dict[str, str]:
        """Columns by which rows are not taken: name -> header. does_not_count says which."""
        return {self._columns.names[at]: self._unused[at] for at, rows in self._lapsed.items() if rows}

    def stops(self, activities: Sequence[Activity]) -> list[Stop]:
        """What staff must see before anything is done. `activities`: those that the file is about."""
        return [*self._credit(activities), *self._requirements(activities), *self._status()]

    def _credit(self, activities: Sequence[Activity]) -> Iterable[Stop]:
        for at, rows in self._amounts.items():
            header = self._unused[at]
            offered = {
                column: [one.slug for one in activities if getattr(one, f"{CREDIT_COLUMNS[column]}_max")]
                for column in _credits_of(_words(header))
            }
            offering = [*dict.fromkeys(slug for slugs in offered.values() for slug in slugs)]
            if not rows or not offering:
                continue
            free = [column for column in offered if offered[column] and column not in self._columns.names]
            meant = " or ".join([UNUSED] if self._columns.long else free or [UNUSED])
            yield self._stop(
                "unused-credit-column",
                f"nothing reads the column {quoted(header)}, which has an amount in {_some(rows)}, though "
                f"{conjoined(offering)} offers credit: going on awards nothing for it. Write into COLUMN_MAP "
                f"what it means, unused where it is no credit: {_mapped(header, meant)}",
                rows,
            )

    def _requirements(self, activities: Sequence[Activity]) -> Iterable[Stop]:
        for name, header in self.near_requirements(activities).items():
            if header:
                slugs = [one.slug for one in activities if name in one.requirements]
                yield self._stop(
                    "unused-requirement-column",
                    f"the file has no column {name}, which {conjoined(slugs)} requires; is it "
                    f"{quoted(header)}? Going on withholds every certificate that waits for it. Write what "
                    f"it means into COLUMN_MAP: {_mapped(header, name)}",
                    (),
                )

    def _status(self) -> Iterable[Stop]:
        for at, rows in self._lapsed.items():
            if not rows:
                continue
            header, values = self._unused[at], self._statuses[at]
            said = [f"{quoted(text)} in {counted(count, 'row')}" for text, count in values.most_common()]
            lapsed = [f"{quoted(text)}" for text in values if does_not_count(header, text)]
            refused = conjoined(first_few(lapsed, SHOWN_VALUES, "{} more"))
            yield self._stop(
                "status-column",
                f"the column {quoted(header)} says {conjoined(first_few(said, SHOWN_VALUES, '{} more'))}. "
                f"Going on takes every row but those that say {refused} ({_some(rows)}). Or say which count "
                "in a source's file in content/exports/, or in COLUMN_MAP that it does not matter: "
                f"{_mapped(header, UNUSED)}",
                rows,
            )

    def _stop(self, name: str, text: str, rows: Sequence[int]) -> Stop:
        """`text` may end with what to type, and then has no full stop."""
        return Stop(name, f"{shown(self._file)}: {text}", self._file, tuple(row % SHEET_ROWS for row in rows))

    def near_requirements(self, activities: Iterable[Activity]) -> dict[str, str]:
        """What these activities require and the file has no column for, each with the header that looks like
        it; empty where none does."""
        names = {*self._columns.names}
        asked = dict.fromkeys(name for one in activities for name in one.requirements)
        return {
            name: next((text for text in self._unused.values() if like_requirement(text, name)), "")
            for name in asked
            if name not in names and column_of(name) not in names
        }


def _credits_of(words: str) -> list[str]:
    """The columns of credit that the words of a header may speak of: points may be of either board."""
    boards = {"abim": "abim_moc_points", "abp": "abp_moc_points"}
    named = [column for board, column in boards.items() if board in words.split()]
    are_points = {"moc", "point", "points", "pt", "pts"} & {*words.split()}
    return named or ([*boards.values()] if are_points else ["cme_credits"])


def _some(rows: Sequence[int]) -> str:
    few = first_few([row % SHEET_ROWS for row in rows], _FEW, "{} more")
    return f"row{'s' if rows[1:] else ''} {conjoined(few)}"


def _mapped(header: str, name: str) -> str:
    """What to write into COLUMN_MAP: there a comma ends a header, and signs make no difference."""
    return f"{' '.join(re.sub('[,=]', ' ', header).split())}={name}"
